"""Postmark signs nothing: a password of ours stands in the address that it posts to.

Source: https://postmarkapp.com/developer/webhooks/webhooks-overview and the pages below it.
"""

from datetime import datetime
from typing import Any

from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Post, Told
from feeder.model.returns import Kind, Return, Trace

_BOUNCES = {
    "HardBounce": Kind.HARD,
    "BadEmailAddress": Kind.HARD,
    "ManuallyDeactivated": Kind.HARD,
    "SoftBounce": Kind.SOFT,
    "DnsError": Kind.SOFT,
    "Unknown": Kind.DOUBTFUL,
    "Blocked": Kind.OURS,
    "DMARCPolicy": Kind.OURS,
    "SMTPApiError": Kind.OURS,
    "SpamNotification": Kind.OURS,
    "TemplateRenderingFailed": Kind.OURS,
    "VirusNotification": Kind.OURS,
    "SpamComplaint": Kind.COMPLAINT,
    "Unsubscribe": Kind.LEAVES,
}
_SUPPRESSIONS = {
    "HardBounce": Kind.HARD,
    "SpamComplaint": Kind.COMPLAINT,
    "ManualSuppression": Kind.LEAVES,
}


class Postmark:
    """One server of Postmark's."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, post: Post, now: datetime) -> Told:  # noqa: ARG002 - it tells no time that is proved
        """Return what a post tells."""
        proofs.password(post, self._secret)
        event = said.read(post.body)
        kind = _kind(event)
        return Told(proofs.mark(post.body), [_return(kind, event)] if kind else [])


def _kind(event: Any) -> Kind | None:
    match said.text(event, "RecordType"):
        case "Bounce":
            return _BOUNCES.get(said.text(event, "Type"))
        case "SpamComplaint":
            return Kind.COMPLAINT
        case "SubscriptionChange" if said.at(event, "SuppressSending") is True:
            return _SUPPRESSIONS.get(said.text(event, "SuppressionReason"))
    return None


def _return(kind: Kind, event: Any) -> Return:
    trace = Trace(
        token=said.text(event, "Metadata", TOKEN),
        address=said.address(event, "Email") or said.address(event, "Recipient"),
        queue_id=said.text(event, "MessageID"),
    )
    when = said.moment(event, "BouncedAt") or said.moment(event, "ChangedAt")
    words = said.text(event, "Details") or said.text(event, "Description")
    return said.failure(kind, trace, when, words=words)
