"""Which message a report is about: by the return path that it was sent to, or by the message that it brings back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import Message

from feeder.mail.returns import arf, parts
from feeder.model.returns import Return, Trace

_RECIPIENT = (
    "Delivered-To",
    "X-Original-To",
    "X-Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Rcpt-To",
    "To",
)
"""Fields in which servers write to whom the envelope was addressed; the last is what the sender wrote."""

_TOKEN = re.compile(r"\+([A-Za-z0-9_-]{40,64})@")
_LEAVING = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{20,64})>")


def traced(told: Return, inside: Sequence[Message], recipient: str) -> Return:
    """Add to a report, taken apart, whom it is about, as far as it says so."""
    token = next(_tokens(inside, recipient), "")
    leaving = next((found for head in _enclosed(inside) for found in _leavings(head)), "")
    return replace(told, trace=Trace(token, leaving))


def _tokens(inside: Sequence[Message], recipient: str) -> Iterator[str]:
    yield from _TOKEN.findall(recipient)
    for told in parts.fields(inside[0], *_RECIPIENT):
        yield from _TOKEN.findall(told)
    # Complaints go to an address that the provider knows, not to a return path.
    for part in inside:
        if parts.kind(part) == arf.KIND:
            for block in parts.blocks(part):
                yield from _TOKEN.findall(parts.field(block, "Original-Mail-From"))
    for head in _enclosed(inside):
        yield from _TOKEN.findall(parts.field(head, "Return-Path"))


def _enclosed(inside: Sequence[Message]) -> Iterator[Message]:
    for part in inside:
        head = parts.enclosed(part)
        if head is not None:
            yield head


def _leavings(head: Message) -> Iterator[str]:
    for told in parts.fields(head, "List-Unsubscribe"):
        yield from _LEAVING.findall(told)
