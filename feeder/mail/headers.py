"""The fields of a message's head, one small function per standard.

Each returns fields as printable ASCII, which `written` folds at spaces only. The standard library would
decode encoded words when a field is set, and with them whatever line ends a title had smuggled in; and it
would turn a long address into an encoded word, which no mail program takes for a link.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from feeder.markup import text

LEAVE = "unsubscribe"
"""With this word, and the token of the link, begins the subject of a mail that leaves."""

LINE = 78
"""Octets of a line, without its end, that are better not passed (RFC 5322, 2.1.1)."""

Field = tuple[str, str]
"""The name of a field, and its body."""

_ADDRESSED = "To"
"""The one field that may hold letters beyond ASCII: those of a mailbox that has them (RFC 6532, 3.2)."""

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>(),;\\\"]+", re.ASCII)


def written(fields: Iterable[Field]) -> bytes:
    """Return fields as they are sent, folded at their spaces.

    Raises: ValueError for anything but printable ASCII, addresses aside.
    """
    return b"".join(_written(name, body) for name, body in fields)


def _written(name: str, body: str) -> bytes:
    if not body.isprintable():
        raise ValueError(f"{name} must be printable")
    if name != _ADDRESSED and not body.isascii():
        raise ValueError(f"{name} must be printable ASCII")
    line = f"{name}: {body}"
    return (line if len(line) <= LINE else _folded(line)).encode() + b"\r\n"


def _folded(line: str) -> str:
    name, first, *rest = line.split(" ")
    lines = [f"{name} {first}"]
    for part in rest:
        if len(lines[-1]) + 1 + len(part) <= LINE:
            lines[-1] += f" {part}"
        else:
            lines.append(f" {part}")
    return "\r\n".join(lines)


def sender(address: str, name: str) -> Field:
    """Say who writes. Source: RFC 5322, 3.6.2; RFC 2047."""
    return "From", f"{_phrase('From', name)} <{_address(address)}>" if name else _address(address)


def reader(address: str) -> Field:
    """Say to whom: one reader a message, since links are personal. Source: RFC 5322, 3.6.3."""
    return _ADDRESSED, _address(address)


def subject(words: str) -> Field:
    """Say about what. Source: RFC 5322, 3.6.5; RFC 2047."""
    return "Subject", words if _is_plain(words) else _encoded("Subject", words)


def identity(message_id: str, date: datetime) -> list[Field]:
    """Give a message its id, which stays the same over retries, and its date.

    Source: RFC 5322, 3.6.1 and 3.6.4.
    """
    return [("Date", _date(date)), ("Message-ID", message_id)]


_date = lru_cache(format_datetime)
"""All messages of an issue have one date."""


def mailing_list(name: str, list_id: str) -> Field:
    """Name the list, for readers who sort their mail. `list_id` never changes.

    Source: RFC 2919.
    """
    return "List-Id", f"{_phrase('List-Id', name)} <{list_id}>"


def leaving(address: str, by_mail: str = "") -> Field:
    """Let the reader's mail program leave with one click, or by a mail to `by_mail` where it cannot.

    Source: RFC 2369, 3.2; RFC 6068.
    """
    ways = [f"<{address}>"]
    if by_mail:
        token = address.rpartition("/")[2]
        ways.append(f"<mailto:{quote(_address(by_mail), safe='@+')}?subject={LEAVE}%20{token}>")
    return "List-Unsubscribe", ", ".join(ways)


ONE_CLICK: Field = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
"""The one address of `leaving` takes a POST, without cookies or log-in. Source: RFC 8058."""

AUTOMATIC: Field = ("Auto-Submitted", "auto-generated")
"""Tells vacation programs that nobody waits for their answer. Source: RFC 3834, 5."""


def feedback(words: str) -> Field:
    """Let providers that count complaints do so by digest and issue, and by nobody's person.

    Source: Google's feedback loop, support.google.com/mail/answer/6254652: three words of our own, and one of
    5 to 15 characters that never changes.
    """
    return "Feedback-ID", words


def archived(address: str) -> Field:
    """Tell where the message can be read on the web. Source: RFC 5064."""
    return "Archived-At", f"<{address}>"


def _phrase(field: str, name: str) -> str:
    """Return a name as it stands before an address: quoted (RFC 5322, 3.2.4), or as encoded words."""
    if not _is_plain(name):
        return _encoded(field, name)
    escaped = text.line(name).replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _address(address: str) -> str:
    """Return one address. Raises: ValueError for more than one, or for what is none."""
    if not _ADDRESS.fullmatch(address) or "=?" in address:
        raise ValueError("an address must be one address")
    return address


def _is_plain(words: str) -> bool:
    return words.isascii() and words.isprintable() and "=?" not in words


def _encoded(field: str, words: str) -> str:
    # On one line: a line end would come back where a mail program decodes the words.
    return " ".join(Header(text.line(words), "utf-8", header_name=field).encode().split())
