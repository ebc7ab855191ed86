"""A message taken apart, one level at a time: one that nests a thousand times costs no more than its first levels.

The standard library reads heads and encodings. It is never given a whole message, into which it would dive.
"""

import re
from collections.abc import Iterator, Sequence
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

_DEEPEST = 4
_MOST_PARTS = 30
"""A report has three parts; what is beyond these bounds is not looked at."""

_MOST_BLOCKS = 100
_LONGEST_HEAD = 50_000
_LONGEST_FIELD = 2_000
_LONGEST_TEXT = 100_000

_TAG = re.compile(r"<[^<>]{0,500}>")


def opened(raw: bytes) -> Message:
    """Read the head of a message, or of a part; the rest stays as it is."""
    head, *rest = re.split(rb"(?:\A|\r?\n)\r?\n", raw, maxsplit=1)
    # Other policies read what is in the fields as well, and stumble over bad ones.
    message = BytesHeaderParser(policy=compat32).parsebytes(b"\n\n".join([head[:_LONGEST_HEAD], *rest]))
    # The library takes a time that grows with the square of what it reads there.
    if len(str(message.get("Content-Type", ""))) > _LONGEST_FIELD:
        del message["Content-Type"]
    return message


def inside(message: Message) -> list[Message]:
    """Return a message and its parts, in their order, as far as they are of use."""
    found: list[Message] = []
    _collect(message, _DEEPEST, found)
    return found


def _collect(part: Message, deep: int, found: list[Message]) -> None:
    found.append(part)
    if not deep or kind(part).partition("/")[0] != "multipart":
        return
    for each in _split(part):
        if len(found) >= _MOST_PARTS:
            return
        _collect(opened(each), deep - 1, found)


def _split(part: Message) -> Sequence[bytes]:
    """Cut what stands between the boundaries; what is before the first, or after the last, belongs to nobody."""
    boundary = part.get_boundary()
    if not boundary:
        return []
    begin = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode(errors="surrogateescape"))
    end = rb"[ \t]*(?:\r?\n|\Z)"  # that of an inner part may begin with the outer one's
    body, *_ = re.split(begin + b"--" + end, _raw(part), maxsplit=1)
    return re.split(begin + end, body, maxsplit=_MOST_PARTS)[1:]


def kind(part: Message) -> str:
    """Return the media type of a part, in small letters."""
    return part.get_content_type()


def body(part: Message) -> str:
    """Return the text of a part, as far as it is of use; HTML without its tags."""
    raw = part.get_payload(decode=True)
    text = raw[:_LONGEST_TEXT].decode(errors="replace") if isinstance(raw, bytes) else ""
    text = text.replace("\r\n", "\n")
    return _TAG.sub(" ", text) if kind(part) == "text/html" else text


def enclosed(part: Message) -> Message | None:
    """Return the head of the message, or the fields, that a part brings back; None where it brings none."""
    brings = kind(part) in (
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/global-headers",
    )
    return opened(_raw(part).lstrip()) if brings else None


def blocks(part: Message) -> list[Message]:
    """Return the groups of fields of a report, which blank lines part. Source: RFC 3464, 2.1; RFC 5965, 3."""
    groups = re.split(rb"(?:\r?\n){2,}", _raw(part).strip(), maxsplit=_MOST_BLOCKS)
    return [opened(group) for group in groups[:_MOST_BLOCKS]]


def field(message: Message, name: str) -> str:
    """Return the first field of a name on one line, empty where there is none."""
    return next(fields(message, name), "")


def fields(message: Message, *names: str) -> Iterator[str]:
    """Tell the fields with these names, each on one line, with its encoded words decoded where they can be."""
    for name in names:
        for found, value in message.raw_items():
            if found.lower() == name.lower():
                # The library keeps bytes beyond ASCII as surrogates; by now they are UTF-8 (RFC 6532).
                raw = value[:_LONGEST_FIELD].encode(errors="surrogateescape")
                yield _decoded(raw.decode(errors="replace"))


def _decoded(value: str) -> str:
    line = " ".join(value.split())
    if "=?" not in line:
        return line
    try:
        return str(make_header(decode_header(line)))
    except (MessageError, ValueError, LookupError):  # of the library, about an encoding or a charset
        return line


def _raw(part: Message) -> bytes:
    """Return what a part holds, in bytes."""
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""
