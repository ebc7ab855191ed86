"""When to ask again. Pure."""

from datetime import UTC, datetime, timedelta
from random import Random

from feeder.net.failures import RequestFailed

_FIRST = timedelta(seconds=1)
_DOUBLINGS = 16
# Nobody is left alone for longer, whatever a server says by mistake.
_LONGEST_REST = timedelta(days=1)


def rest(said: str | None, now: datetime) -> timedelta | None:
    """Return how long a `Retry-After` asks us to wait, at most a day; None when it says nothing.

    Source: RFC 9110, section 10.2.3: seconds, or a date.
    """
    if not said:
        return None
    said = said.strip()
    if said.isascii() and said.isdigit():
        # Cut, since there may be more digits than any number of ours takes.
        seconds = int(said.lstrip("0")[:12] or "0")
        return min(timedelta(seconds=min(seconds, 10**9)), _LONGEST_REST)
    until = _date(said)
    return None if until is None else min(max(until - now, timedelta()), _LONGEST_REST)


def pause(
    failure: RequestFailed, asked: int, retries: int, longest: timedelta, random: Random
) -> timedelta | None:
    """Return how long to wait before asking once more, or None when that is of no use.

    `asked` counts what was asked before, from 0. What the server asks for is granted up to
    `longest`; else each pause is random, up to twice as long as the one before ("full jitter"),
    so that many who failed together do not come back together.
    """
    if not failure.passing or asked >= retries:
        return None
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= longest else None
    return min(_FIRST * 2.0 ** min(asked, _DOUBLINGS), longest) * random.random()


def _date(said: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - a slow import, for a rare need

    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)
