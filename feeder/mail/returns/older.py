"""Notices in words alone, as qmail and Yahoo still write them, and Exim, sendmail and Exchange did before RFC 3464."""

import re
from collections.abc import Iterator, Sequence
from email.message import Message

from feeder.mail.returns import judging, parts
from feeder.mail.returns.judging import Judgement
from feeder.model.returns import Kind, Return

_MACHINE = re.compile(
    r"(?i)mailer[-_. ]?daemon|postmaster|mail[-_. ]?delivery|mdaemon|mail administrator|system administrator"
)
_OPENING = re.compile(
    r"(?i)this is the qmail-send program|created automatically by mail delivery software"
    r"|following addresses had (permanent|transient)|did not reach (some or all of )?the(ir)? (intended )?recipient"
    r"|(could|can) ?not be delivered|unable to deliver|wasn't able to deliver|(was|is) ?n[o']t delivered|delivery .{0,20}failed"
    r"|undeliver(able|ed)|returned mail|failure notice|delivery failure|delivery status notification|returned to sender|nicht zugestellt"
    r"|could ?n[o']t deliver"
)
_DELAY = re.compile(
    r"(?i)transient non-fatal|warning message only|do(es)? not need to (resend|re-send)|no action is required"
    r"|will (continue to|keep) try|delivery attempts will continue|will be retried|(has|is) been delayed|delayed \d|\(delay\)"
)

# Where the message that comes back begins, in which anything may be said.
_COPY = re.compile(
    r"(?im)^[-\s]*(below this line is a copy|this is a copy of (the|your) message|original message|message header follows"
    r"|unsent message (below|follows)|returned message|included is a copy|message headers? (of|follow)|content-type:)"
)
_LONGEST = 20_000
_MOST_PARAGRAPHS = 50


def read(message: Message, inside: Sequence[Message]) -> Return | None:
    """Return what a notice says, or None for what is none: a program must have written it, and say that it failed."""
    text = next((found for found in _texts(inside) if found.strip()), "")
    subject = parts.field(message, "Subject")
    sender = parts.field(message, "From")
    is_notice = _MACHINE.search(sender) and _OPENING.search(f"{subject}\n{text}")
    if not is_notice:
        return None
    told = _COPY.split(text, maxsplit=1)[0][:_LONGEST]
    if _DELAY.search(f"{subject}\n{told}"):
        return Return(Kind.DELAYED)
    paragraphs = re.split(r"\n[ \t]*\n", told, maxsplit=_MOST_PARAGRAPHS)[:_MOST_PARAGRAPHS]
    found = _judged([part.strip() for part in paragraphs if part.strip()])
    return Return(found.kind, status=found.status, reason=found.reason)


def _texts(inside: Sequence[Message]) -> Iterator[str]:
    for part in inside:
        if parts.kind(part) in ("text/plain", "text/html"):
            yield parts.body(part)


def _judged(paragraphs: Sequence[str]) -> Judgement:
    """Judge by what a server said, else by the words that say most, else by nothing at all."""
    said = [judging.judge("", each) for each in paragraphs if judging.is_said(each)]
    if said:
        return said[0]
    told = (judging.judge("", each) for each in paragraphs)
    return next((each for each in told if each.kind is not Kind.DOUBTFUL), judging.judge("", ""))
