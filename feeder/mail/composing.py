"""From the words of an issue to the bytes of one reader's mail.

An issue is cut into bytes once, at the places where a reader's own words belong, and filled for each
reader. The same arguments give the same bytes.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

from feeder.mail import headers, quoted
from feeder.mail.headers import Field
from feeder.model.deliveries import Message
from feeder.model.digests import Mark, Rendered

_MARKS = [mark.value for mark in (Mark.WHY, Mark.UNSUBSCRIBE, Mark.PREFERENCES, Mark.COPY)]
_MARK = re.compile(f"({'|'.join(_MARKS)})")


class Signer(Protocol):
    """Signs messages for a domain."""

    def sign(self, fields: Sequence[Field], body: bytes) -> bytes:
        """Return the field, or fields, to be put before the others."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a message says about itself, beside its words; a letter is from no list.

    `leave` is the address to which a mail program can write that the reader leaves, and `feedback` is
    what complaints are counted by; both are empty for none.
    """

    sender: str
    sender_name: str
    list_name: str
    list_id: str
    language: str
    leave: str = ""
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """What one reader's message has of its own.

    `copy` is where it can be read on the web, empty for nowhere, and `rest` where all that it had no room
    for stands.
    """

    reader: str
    message_id: str
    date: datetime
    why: str = ""
    unsubscribe: str = ""
    preferences: str = ""
    copy: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Mould:
    """An issue, or a letter, cut: the fields that all messages share, and the body in bytes, with its slots."""

    frame: Frame
    fields: Sequence[Field]
    head: bytes
    body: Sequence[bytes | int]
    """A number is a slot: the place of what fills it among a reader's own words."""

    def fill(self, own: Own, signer: Signer | None = None) -> Message:
        """Make one reader's message. Raises: ValueError for what cannot stand in a header."""
        words = _own_words(own)
        body = b"".join([part if isinstance(part, bytes) else words[part] for part in self.body])
        fields = list(self._own_fields(own))
        head = headers.written(fields) + self.head
        signature = signer.sign([*fields, *self.fields], body) if signer else b""
        return Message(own.message_id, b"".join((signature, head, b"\r\n", body)), dotless=True)

    def _own_fields(self, own: Own) -> Iterator[Field]:
        yield headers.reader(own.reader)
        yield from headers.identity(own.message_id, own.date)
        if self.frame.list_id:
            yield headers.leaving(own.unsubscribe, self.frame.leave)
        if own.copy:
            yield headers.archived(own.copy)


def cut(rendered: Rendered, frame: Frame) -> Mould:
    """Cut an issue: plain text and HTML that say the same, and all fields that every reader gets.

    Raises: ValueError for what cannot stand in a header.
    """
    boundary = f"=_{blake2b(repr(rendered).encode(), digest_size=12).hexdigest()}"
    body = [
        _part(boundary, "text/plain").lstrip(),
        *_slotted(rendered.text, is_html=False),
        _part(boundary, "text/html"),
        *_slotted(rendered.html, is_html=True),
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    fields = list(_fields(rendered, frame, boundary))
    return Mould(frame, fields, headers.written(fields), body)


def _fields(rendered: Rendered, frame: Frame, boundary: str) -> Iterator[Field]:
    yield headers.sender(frame.sender, frame.sender_name)
    yield headers.subject(rendered.subject)
    if frame.list_id:
        yield headers.mailing_list(frame.list_name, frame.list_id)
        yield headers.ONE_CLICK
    if frame.feedback:
        yield headers.feedback(frame.feedback)
    yield headers.AUTOMATIC
    yield "Content-Language", frame.language
    yield "MIME-Version", "1.0"
    yield "Content-Type", f'multipart/alternative; boundary="{boundary}"'


def _part(boundary: str, kind: str) -> bytes:
    lines = [
        f"\r\n--{boundary}",
        f'Content-Type: {kind}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _slotted(words: str, *, is_html: bool) -> Iterator[bytes | int]:
    for part in _MARK.split(words if words.endswith("\n") else f"{words}\n"):
        if part in _MARKS:
            yield 2 * _MARKS.index(part) + is_html
        elif part:
            yield quoted.encode(part)


def _own_words(own: Own) -> list[bytes]:
    """Return what fills the slots: for each mark, in their order, plain text and HTML."""
    return [
        *_shared(own.why),
        *_encoded(own.unsubscribe),
        *_encoded(own.preferences),
        *_encoded(own.rest),
    ]


def _encoded(words: str) -> tuple[bytes, bytes]:
    escaped, plain = html.escape(words), quoted.encode(words)
    return plain, plain if escaped == words else quoted.encode(escaped)


_shared = lru_cache(maxsize=1024)(_encoded)
"""Of what many readers are told: why they get their mail."""
