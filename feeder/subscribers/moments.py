"""Moments as lists of people write them. Pure."""

import re
from datetime import UTC, datetime

# listmonk writes as Go does: 2023-10-11 08:22:33.123456 +0530 IST
_OF_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d{4}) \S+")
_SECONDS = re.compile(r"[0-9]{9,10}")
_PLAIN_LENGTH = len("2018-02-05 19:28:23")  # as most services write it


def read(text: str) -> datetime:
    """Read a moment in ISO 8601, as Go writes it, or in seconds since 1970; without an offset it is UTC.

    A day is its beginning. What depends on a country, such as 03/04/2025, is not guessed.
    Raises: ValueError.
    """
    if len(text) == _PLAIN_LENGTH and text[13] == ":":
        return datetime.fromisoformat(f"{text}Z")
    if go := _OF_GO.fullmatch(text):
        text = "".join(go.groups())
    elif _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC, microsecond=0)
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:  # in the year 1, or 9999
        raise ValueError(text) from error
