"""Brevo signs nothing: a password or a token of ours comes with each post, as it was given to it.

Source: https://developers.brevo.com/docs/transactional-webhooks, and …/docs/username-and-password-authentication
"""

from datetime import datetime
from typing import Any

from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Post, Told, Unreadable
from feeder.model.returns import Kind, Return, Trace

_KINDS = {
    "hard_bounce": Kind.HARD,
    "invalid_email": Kind.HARD,
    "soft_bounce": Kind.SOFT,
    "blocked": Kind.DOUBTFUL,  # it is on a list of theirs, and nothing says why
    "error": Kind.OURS,
    "spam": Kind.COMPLAINT,
    "complaint": Kind.COMPLAINT,
    "unsubscribe": Kind.LEAVES,
    "unsubscribed": Kind.LEAVES,
}


class Brevo:
    """One account of Brevo's."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, post: Post, now: datetime) -> Told:  # noqa: ARG002 - it tells no time that is proved
        """Return what a post tells."""
        proofs.password(post, self._secret)
        found = said.read(post.body)
        events = found if isinstance(found, list) else [found]
        told = [_return(kind, event) for event in events if (kind := _KINDS.get(said.text(event, "event")))]
        return Told(proofs.mark(post.body), told)


def _return(kind: Kind, event: Any) -> Return:
    trace = Trace(
        token=_token(said.text(event, "X-Mailin-custom")),
        address=said.address(event, "email"),
        queue_id=said.text(event, "message-id"),
    )
    # Its other times are in the zone of the account, or were.
    when = said.epoch(event, "ts_epoch", per_second=1000)
    return said.failure(kind, trace, when, words=said.text(event, "reason"))


def _token(custom: str) -> str:
    try:
        return said.text(said.read(custom), TOKEN)
    except Unreadable:
        return ""
