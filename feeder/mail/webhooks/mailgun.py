"""Mailgun signs a time and a token, and nothing of what it tells.

Whoever has seen one post could send another with the same two, so each token is good for one post.

Source: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Any

from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Post, Told
from feeder.model.returns import Kind, Return, Trace

_KINDS = {"complained": Kind.COMPLAINT, "unsubscribed": Kind.LEAVES, "rejected": Kind.OURS}
# Why it did not even try, by what came before.
_REASONS = {
    "suppress-bounce": Kind.HARD,
    "suppress-complaint": Kind.COMPLAINT,
    "suppress-unsubscribe": Kind.LEAVES,
    "old": Kind.SOFT,
    "espblock": Kind.OURS,
    "generic": Kind.DOUBTFUL,
}


class Mailgun:
    """One account of Mailgun's, by its key for signing webhooks."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def read(self, post: Post, now: datetime) -> Told:
        """Return what a post tells."""
        event = said.read(post.body)
        signature = said.at(event, "signature")
        time, token = said.text(signature, "timestamp"), said.text(signature, "token")
        expected = hmac.new(self._secret, f"{time}{token}".encode(), sha256).hexdigest()
        proofs.same(said.text(signature, "signature").encode(), expected.encode())
        proofs.fresh(said.epoch(signature, "timestamp"), now, proofs.LONG)
        found = said.at(event, "event-data")
        kind = _kind(found)
        return Told(token, [_return(kind, found)] if kind else [])


def _kind(event: Any) -> Kind | None:
    name = said.text(event, "event")
    if name != "failed":
        return _KINDS.get(name)
    # Of what is temporary it tries again by itself.
    if said.text(event, "severity") != "permanent":
        return None
    return _REASONS.get(said.text(event, "reason"), Kind.HARD)


def _return(kind: Kind, event: Any) -> Return:
    name = said.text(event, "message", "headers", "message-id").strip("<>")
    trace = Trace(
        token=said.text(event, "user-variables", TOKEN),
        address=said.address(event, "recipient"),
        queue_id=f"<{name}>" if name else "",
    )
    status = said.at(event, "delivery-status")
    words = (
        said.text(status, "message")
        or said.text(status, "description")
        or said.text(event, "reject", "reason")
    )
    when = said.epoch(event, "timestamp")
    return said.failure(kind, trace, when, said.text(status, "enhanced-code"), words)
