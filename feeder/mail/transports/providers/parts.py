"""A message taken apart, for providers that put it together themselves. Pure.

What `composing` makes is taken, and nothing else: a head in which each field stands once, and a body of
plain text, or of plain text and HTML that say the same. What is neither has no place in such an interface.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mime
from email.utils import parseaddr

from feeder.mail.transports.providers import calls
from feeder.model.deliveries import Envelope, Message

_LINE_END = re.compile(r"\r?\n")

# Providers make these of what they are told; they date a message when they take it.
_THEIRS = frozenset(
    {"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}
)
_NEVER = frozenset(
    {"cc", "bcc", "reply-to", "sender", "return-path", "received", "dkim-signature", "x-mailin-custom"}
)
"""Fields that some providers refuse, or take for something else; none of ours is among them."""


_CHARSETS = ("utf-8", "us-ascii")
_CODINGS = ("7bit", "8bit", "quoted-printable")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a message says. Text and HTML have lines that end by a newline; HTML is empty where there is none.

    `fields` are all fields of its head, by their names as they stand there, each on one line; those that
    a provider makes itself of the others are left out.
    """

    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    fields: Mapping[str, str]


def of(envelope: Envelope, message: Message, provider: str) -> Parts:
    """Take a message apart for a provider with a return path of its own.

    Raises: Inexpressible; ValueError for a message that has no place in an interface of parts.
    """
    found = taken_apart(message.content)
    check_sender(envelope, found.sender, provider)
    return found


def check_sender(envelope: Envelope, sender: str, provider: str) -> None:
    """Refuse a return path that is not the sender's, for a provider that has its own. Raises: Inexpressible."""
    if envelope.sender != sender:
        raise calls.ours(f"{provider} takes no return path, as mail.returns asks for")


def renamed(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields for a provider that gives a message an id of its own, and would not take ours beside it."""
    return {"X-Message-ID" if name.lower() == "message-id" else name: body for name, body in fields.items()}


def mailbox(name: str, address: str) -> str:
    """Write a name before an address (RFC 5322, 3.4); letters beyond ASCII stay, for what is sent in JSON."""
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}" <{address}>' if name else address


def taken_apart(content: bytes) -> Parts:
    """Take a message apart. Raises: ValueError for one that has no place in an interface of parts."""
    head, body = _cut(content)
    fields = _fields(head)
    refused = sorted(_NEVER.intersection(fields))
    if refused:
        raise ValueError(f"has the field {refused[0]}, which providers make themselves")
    name, sender = parseaddr(fields.get("from", ("", ""))[1])
    if not sender:
        raise ValueError("names no sender")
    text, html = _body(head, body)
    return Parts(
        sender,
        _decoded(name),
        _decoded(fields.get("subject", ("", ""))[1]),
        text,
        html,
        {name: body for low, (name, body) in fields.items() if low not in _THEIRS},
    )


def sender_of(content: bytes) -> str:
    """Return the address that a message is from; empty for none."""
    return parseaddr(str(_cut(content)[0].get("From", "")))[1]


def without(content: bytes, field: str) -> tuple[bytes, str]:
    """Take one field out of the head; return the rest as it was, and the field's body, empty for none."""
    head, blank, body = content.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^%b:((?:.*\r\n[ \t])*.*)(?:\r\n|\Z)" % re.escape(field.encode()), head)
    if not found:
        return content, ""
    rest = (head[: found.start()] + head[found.end() :]).removesuffix(b"\r\n")
    return rest + blank + body, " ".join(found[1].decode("ascii", "replace").split())


def _cut(content: bytes) -> tuple[Mime, bytes]:
    """Return a head, read, and the body below it. The standard library would read a body line by line."""
    head, _, body = content.partition(b"\r\n\r\n")
    return message_from_bytes(head + b"\r\n\r\n"), body


def _fields(message: Mime) -> dict[str, tuple[str, str]]:
    """Return the fields of a head by their names in small letters: the names as they are, and the bodies."""
    fields: dict[str, tuple[str, str]] = {}
    for name, body in message.raw_items():
        if name.lower() in fields:
            raise ValueError(f"has the field {name} twice")
        fields[name.lower()] = name, _LINE_END.sub("", str(body)).strip()
    return fields


def _body(head: Mime, body: bytes) -> tuple[str, str]:
    """Return what a body says in plain text, and in HTML; its parts are told apart by what stands between them."""
    if head.get_content_type() == "text/plain":
        return _words(head, body), ""
    boundary = head.get_boundary("").encode()
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1] if boundary else []
    cut = [_cut(part.removeprefix(b"\r\n")) for part in parts]
    kinds = [head.get_content_type(), *(found.get_content_type() for found, _ in cut)]
    if kinds != ["multipart/alternative", "text/plain", "text/html"]:
        raise ValueError("is neither plain text, nor plain text and HTML")
    text, html = (_words(found, words) for found, words in cut)
    return text, html


def _words(head: Mime, body: bytes) -> str:
    charset, coding = head.get_content_charset("us-ascii"), str(head.get("Content-Transfer-Encoding", "7bit"))
    if charset not in _CHARSETS or coding not in _CODINGS:
        raise ValueError(f"is written in {charset}, and coded as {coding}")
    plain = binascii.a2b_qp(body) if coding == "quoted-printable" else body
    return plain.replace(b"\r\n", b"\n").decode("utf-8")


def _decoded(body: str) -> str:
    """Return words as people read them (RFC 2047), on one line."""
    try:
        return " ".join(str(make_header(decode_header(body))).split())
    except (HeaderParseError, LookupError) as error:
        raise ValueError("has encoded words that cannot be read") from error
