"""SendGrid signs the time and the body by ECDSA, with a key of which it shows the public half.

Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from datetime import datetime
from typing import Any

from feeder.errors import ConfigurationError
from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Forged, Post, Told
from feeder.model.returns import Kind, Return, Trace

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIME = "x-twilio-email-event-webhook-timestamp"

_KINDS = {"spamreport": Kind.COMPLAINT, "unsubscribe": Kind.LEAVES, "group_unsubscribe": Kind.LEAVES}
_BOUNCES = {"blocked": Kind.SOFT, "expired": Kind.SOFT}
# Why it did not even try.
_DROPS = {
    "bounced address": Kind.HARD,
    "invalid": Kind.HARD,
    "unsubscribed address": Kind.LEAVES,
    "spam reporting address": Kind.COMPLAINT,
}


class SendGrid:
    """One webhook of SendGrid's, by the key that verifies it."""

    def __init__(self, key: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # noqa: PLC0415 - slow
        from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

        try:
            found = load_der_public_key(proofs.bytes_of(key))
        except (Forged, ValueError) as error:
            raise _no_key() from error
        if not isinstance(found, EllipticCurvePublicKey):
            raise _no_key()
        self._key = found

    def read(self, post: Post, now: datetime) -> Told:
        """Return what a post tells."""
        time = post.headers.get(_TIME, "")
        self._verify(proofs.bytes_of(post.headers.get(_SIGNATURE, "")), time.encode() + post.body)
        proofs.fresh(said.epoch(time), now, proofs.LONG)
        found = said.read(post.body)
        told = [_return(kind, event) for event in _events(found) if (kind := _kind(event))]
        return Told(proofs.mark(post.body), told)

    def _verify(self, signature: bytes, signed: bytes) -> None:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        try:
            self._key.verify(signature, signed, ECDSA(SHA256()))
        except InvalidSignature as error:
            raise Forged("its signature is wrong") from error


def _no_key() -> ConfigurationError:
    return ConfigurationError(
        "mail.webhooks.sendgrid.key", "is no verification key", "copy it from Mail Settings, Event Webhooks"
    )


def _events(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _kind(event: Any) -> Kind | None:
    match said.text(event, "event"):
        case "bounce":
            return _BOUNCES.get(said.text(event, "type"), Kind.HARD)
        case "dropped":
            return _DROPS.get(said.text(event, "reason").lower(), Kind.OURS)
        case name:
            return _KINDS.get(name)


def _return(kind: Kind, event: Any) -> Return:
    trace = Trace(
        token=said.text(event, TOKEN),
        address=said.address(event, "email"),
        # What follows tells which of its machines had it.
        queue_id=said.text(event, "sg_message_id").partition(".")[0],
    )
    words = said.text(event, "reason") or said.text(event, "response")
    return said.failure(kind, trace, said.epoch(event, "timestamp"), said.text(event, "status"), words)
