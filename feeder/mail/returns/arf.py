"""Complaints: a provider says that its user said "this is spam". Source: RFC 5965, 6430, 6591."""

from collections.abc import Sequence
from email.message import Message

from feeder.mail import answers
from feeder.mail.returns import parts
from feeder.model.returns import Kind, Return

KIND = "message/feedback-report"

_KINDS = {
    "opt-out": Kind.LEAVES,
    "opt-out-list": Kind.LEAVES,
    "not-spam": Kind.IGNORED,
    # How signatures failed is a matter of domains, and of nobody's wish.
    "auth-failure": Kind.IGNORED,
}


def read(inside: Sequence[Message]) -> Return | None:
    """Return what a feedback report says, or None for what is none: abuse, fraud, virus and others are complaints."""
    for part in inside:
        if parts.kind(part) == KIND:
            said = next(
                (said for block in parts.blocks(part) if (said := parts.field(block, "Feedback-Type"))), ""
            )
            kind = _KINDS.get(said.lower(), Kind.COMPLAINT)
            return Return(kind, reason=answers.printable(said))
    return None
