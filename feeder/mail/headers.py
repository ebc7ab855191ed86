"""The headers of a digest, one small function per standard.

Each sets its fields on a message under `POLICY`. Fields are given as printable ASCII and written as
they are, folded at spaces only. The standard library would decode encoded words when a field is set,
and with them whatever line ends a title had smuggled in; and it would turn a long address into
an encoded word, which no mail program takes for a link.
"""

import re
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from feeder.markup import text

LEAVE = "unsubscribe"
"""With this word, and the token of the link, begins the subject of a mail that leaves."""

LINE = 78
"""Octets of a line, without its end, that are better not passed (RFC 5322, 2.1.1)."""


_ADDRESSED = "To"
"""The one field that may hold letters beyond ASCII: those of a mailbox that has them (RFC 6532, 3.2)."""

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>(),;\\\"]+", re.ASCII)


class _Policy(EmailPolicy):
    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep a field as it was given. Raises: ValueError for anything but printable ASCII, addresses aside."""
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError(f"{name} must be printable")
        if name != _ADDRESSED and not value.isascii():
            raise ValueError(f"{name} must be printable ASCII")
        return name, value

    def fold_binary(self, name: str, value: str) -> bytes:
        """Fold a field at its spaces."""
        first, *rest = value.split(" ")
        lines = [f"{name}: {first}"]
        for part in rest:
            if len(lines[-1]) + 1 + len(part) <= LINE:
                lines[-1] += f" {part}"
            else:
                lines.append(f" {part}")
        return "".join(f"{line}{self.linesep}" for line in lines).encode()


BODY_LINE = 76
"""Octets that a line of quoted-printable may not pass (RFC 2045, 6.7)."""

POLICY = _Policy(linesep="\r\n", max_line_length=BODY_LINE, cte_type="7bit", raise_on_defect=True)


def originate(message: EmailMessage, sender: str, name: str, reader: str, subject: str) -> None:
    """Say who writes to whom about what. One reader a message: links are personal.

    Source: RFC 5322, 3.6.2, 3.6.3 and 3.6.5; RFC 2047.
    """
    message["From"] = f"{_phrase('From', name)} <{_address(sender)}>" if name else _address(sender)
    message["To"] = _address(reader)
    message["Subject"] = _text("Subject", subject)


def identify(message: EmailMessage, message_id: str, date: datetime) -> None:
    """Give the message its id, which stays the same over retries, and its date.

    Source: RFC 5322, 3.6.1 and 3.6.4.
    """
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id


def mailing_list(message: EmailMessage, name: str, list_id: str) -> None:
    """Name the list, for readers who sort their mail. `list_id` never changes.

    Source: RFC 2919.
    """
    message["List-Id"] = f"{_phrase('List-Id', name)} <{list_id}>"


def leaving(message: EmailMessage, address: str, by_mail: str = "") -> None:
    """Let the reader's mail program leave with one click, or by a mail to `by_mail` where it cannot.

    Source: RFC 2369, 3.2; RFC 8058: a POST to the one address, without cookies or log-in; RFC 6068.
    """
    ways = [f"<{address}>"]
    if by_mail:
        token = address.rpartition("/")[2]
        ways.append(f"<mailto:{quote(_address(by_mail), safe='@+')}?subject={LEAVE}%20{token}>")
    message["List-Unsubscribe"] = ", ".join(ways)
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def automatic(message: EmailMessage) -> None:
    """Tell vacation programs that nobody waits for their answer.

    Source: RFC 3834, 5.
    """
    message["Auto-Submitted"] = "auto-generated"


def _text(field: str, words: str) -> str:
    """Return a text as it stands in a field: as it is, or as encoded words."""
    return words if _is_plain(words) else _encoded(field, words)


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
