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

_MARKS = {mark.value: mark for mark in Mark}
_MARK = re.compile(f"({'|'.join(_MARKS)})")

_encoded = lru_cache(maxsize=1024)(quoted.encode)
"""Of the words that many readers share: why they get their mail."""


class Signer(Protocol):
    """Signs messages for a domain."""

    def sign(self, head: bytes, body: bytes) -> bytes:
        """Return the field, or fields, to be put before a head."""


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
class _Slot:
    """A place for a reader's own words, in plain text or in HTML."""

    mark: Mark
    is_html: bool


@dataclass(frozen=True, slots=True)
class Mould:
    """An issue, or a letter, cut into bytes: the head that all messages share, and the body with its slots."""

    frame: Frame
    head: bytes
    body: Sequence[bytes | _Slot]

    def fill(self, own: Own, signer: Signer | None = None) -> Message:
        """Make one reader's message. Raises: ValueError for what cannot stand in a header."""
        words = {
            Mark.WHY: own.why,
            Mark.UNSUBSCRIBE: own.unsubscribe,
            Mark.PREFERENCES: own.preferences,
            Mark.COPY: own.rest,
        }
        body = b"".join(part if isinstance(part, bytes) else _filled(part, words) for part in self.body)
        head = headers.written(self._own_fields(own)) + self.head
        signature = signer.sign(head, body) if signer else b""
        return Message(own.message_id, b"".join((signature, head, b"\r\n", body)))

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
    return Mould(frame, headers.written(_fields(rendered, frame, boundary)), body)


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


def _slotted(words: str, *, is_html: bool) -> Iterator[bytes | _Slot]:
    for part in _MARK.split(words if words.endswith("\n") else f"{words}\n"):
        if part in _MARKS:
            yield _Slot(_MARKS[part], is_html)
        elif part:
            yield quoted.encode(part)


def _filled(slot: _Slot, words: dict[Mark, str]) -> bytes:
    own = words[slot.mark]
    shown = html.escape(own) if slot.is_html else own
    return _encoded(shown) if slot.mark is Mark.WHY else quoted.encode(shown)
