"""The headers of a digest, one small function per standard.

Each sets its fields on a message under `POLICY`, which folds text as RFC 5322 wants and leaves
alone the fields that hold addresses of the web: the standard library would turn a long one into
an encoded word, which no mail program takes for a link.
"""

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

LINE = 78
"""Octets of a line, without its end, that are better not passed (RFC 5322, 2.1.1)."""

_VERBATIM = {"list-unsubscribe", "list-unsubscribe-post", "list-id", "message-id"}


class _Policy(EmailPolicy):
    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep a field of `_VERBATIM` as it was given: parsing would decode its encoded words."""
        if name.lower() not in _VERBATIM:
            return super().header_store_parse(name, value)
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"{name} must be printable ASCII")
        return name, value

    def fold_binary(self, name: str, value: str) -> bytes:
        """Fold a field of `_VERBATIM` between its parts only."""
        if name.lower() not in _VERBATIM:
            return super().fold_binary(name, value)
        lines = [f"{name}:"]
        for part in value.split(" "):
            if len(lines[-1]) + 1 + len(part) <= LINE:
                lines[-1] += f" {part}"
            else:
                lines.append(f" {part}")
        return "".join(f"{line}{self.linesep}" for line in lines).encode("ascii")


POLICY = _Policy(linesep="\r\n", max_line_length=LINE, cte_type="7bit", raise_on_defect=True)


def originate(message: EmailMessage, sender: str, name: str, reader: str, subject: str) -> None:
    """Say who writes to whom about what. One reader a message: links are personal."""
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(addr_spec=reader)
    message["Subject"] = subject


def identify(message: EmailMessage, message_id: str, date: datetime) -> None:
    """Give the message its id, which stays the same over retries, and its date.

    Source: RFC 5322, 3.6.
    """
    message["Date"] = date
    message["Message-ID"] = message_id


def mailing_list(message: EmailMessage, name: str, list_id: str) -> None:
    """Name the list, for readers who sort their mail. `list_id` is ASCII and never changes.

    Source: RFC 2919.
    """
    phrase = _quoted(name) if name.isascii() else " ".join(Header(name, "utf-8").encode().split())
    message["List-Id"] = f"{phrase} <{list_id}>"


def leaving(message: EmailMessage, address: str) -> None:
    """Let the reader's mail program leave with one click.

    Source: RFC 2369; RFC 8058: a POST to the one address, without cookies or log-in.
    """
    message["List-Unsubscribe"] = f"<{address}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def automatic(message: EmailMessage) -> None:
    """Tell vacation programs that nobody waits for their answer.

    Source: RFC 3834, 5.
    """
    message["Auto-Submitted"] = "auto-generated"


def _quoted(name: str) -> str:
    # RFC 5322, 3.2.4
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
