"""Delivery status notifications: what a mail server says has become of a message. Source: RFC 3464, 6533."""

import re
from collections.abc import Sequence
from email.message import Message

from feeder.mail.returns import judging, parts
from feeder.mail.returns.judging import Judgement
from feeder.model.returns import Kind, Return

_KINDS = ("message/delivery-status", "message/global-delivery-status")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_TYPE = re.compile(r"^\s*[\w.-]{1,40}\s*;\s*")

_MILDEST_FIRST = (Kind.IGNORED, Kind.DELAYED, Kind.OURS, Kind.SOFT, Kind.DOUBTFUL, Kind.HARD)


def read(inside: Sequence[Message]) -> Return | None:
    """Return what a notice says, or None for what is none.

    Each message of ours has one reader. Where several are named it was passed on to them, and whoever passes
    mail on to several is gone only when all of them are: the mildest is told.
    """
    found = [
        judgement
        for part in inside
        if parts.kind(part) in _KINDS
        for block in parts.blocks(part)
        if (judgement := _judged(block))
    ]
    if not found:
        return None
    mildest = min(found, key=lambda each: _MILDEST_FIRST.index(each.kind))
    return Return(mildest.kind, status=mildest.status, reason=mildest.reason)


def _judged(block: Message) -> Judgement | None:
    """Return what is said of one recipient; None for the fields that are about the message."""
    action = parts.field(block, "Action").lower()
    told = _STATUS.search(parts.field(block, "Status"))
    status = told[0] if told else ""
    if not action and not status:
        return None
    words = _TYPE.sub("", parts.field(block, "Diagnostic-Code"))
    if action.startswith("delayed"):
        return Judgement(Kind.DELAYED, status, judging.judge(status, words).reason)
    if action.startswith(("delivered", "relayed", "expanded")) or status.startswith("2"):
        return Judgement(Kind.IGNORED, status, "")
    return judging.judge(status, words)
