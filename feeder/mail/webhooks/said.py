"""Values out of a stranger's JSON, and what they say of a message. Pure."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from feeder.mail import answers
from feeder.mail.returns import judging
from feeder.mail.webhooks.calls import Unreadable
from feeder.markup import text as texts
from feeder.model.returns import Kind, Return, Trace

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_TYPE = re.compile(r"^\s*(smtp|x-[\w.-]{1,40})\s*;\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>]{1,256}@[^\s@<>]{1,256}")
_LONGEST = 4_000

_FAILURES = frozenset({Kind.HARD, Kind.SOFT, Kind.DOUBTFUL})


def read(body: bytes | str) -> Any:  # Any: it is a stranger's, and each value that is taken is looked at
    """Return what a body says in JSON. Raises: Unreadable."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is no JSON") from error


def at(value: Any, *path: str) -> Any:
    """Return what stands at a path of names; None where nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *path: str) -> str:
    """Return the text at a path, cut where it is long; empty where there is none. Numbers are texts, too."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return texts.scrub(found[:_LONGEST]) if isinstance(found, str) else ""


def items(value: Any, *path: str) -> list[Any]:
    """Return the list at a path; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def address(value: Any, *path: str) -> str:
    """Return the mail address at a path, without the name before it; empty where there is none."""
    found = text(value, *path).strip()
    bare = found[found.rfind("<") + 1 : -1] if found.endswith(">") else found
    return bare if _ADDRESS.fullmatch(bare) else ""


def moment(value: Any, *path: str) -> datetime | None:
    """Return the moment at a path, as ISO 8601 writes it."""
    try:
        found = datetime.fromisoformat(text(value, *path))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def epoch(value: Any, *path: str, per_second: int = 1) -> datetime | None:
    """Return the moment at a path that is told since 1970, as a number or a text of one."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, (int, float, str)):
        return None
    try:
        seconds = float(found) / per_second
        return datetime.fromtimestamp(math.floor(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def failure(kind: Kind, trace: Trace, when: datetime | None, status: str = "", words: str = "") -> Return:
    """Return what a failure means: by what the reader's server said, or else as the provider takes it.

    Providers call it a hard bounce, too, when a server refuses the mail for what it thinks of us.
    """
    words = _TYPE.sub("", words)
    status = status if _STATUS.fullmatch(status) else ""
    reason = answers.printable(words)
    if kind in _FAILURES and (status or judging.is_said(words)):
        judged = judging.judge(status, words)
        status, reason = judged.status, judged.reason
        kind = kind if judged.kind in {Kind.DOUBTFUL, Kind.IGNORED} else judged.kind
    return Return(kind, trace, status, reason, when)
