"""Resend posts by Svix, which signs name, time and body by HMAC; each try has a time of its own.

Source: https://docs.svix.com/receiving/verifying-payloads/how-manual, https://resend.com/docs/webhooks/event-types
"""

import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from feeder.errors import ConfigurationError
from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Forged, Post, Told
from feeder.model.returns import Kind, Return, Trace

_WINDOW = timedelta(minutes=5)
_PREFIX = "whsec_"
_MOST_SIGNATURES = 10

_KINDS = {"email.complained": Kind.COMPLAINT, "email.failed": Kind.OURS, "email.suppressed": Kind.HARD}
_BOUNCES = {"Permanent": Kind.HARD, "Transient": Kind.SOFT}


class Resend:
    """One webhook of Resend's, by its signing secret."""

    def __init__(self, secret: str) -> None:
        try:
            self._secret = proofs.bytes_of(secret.removeprefix(_PREFIX))
        except Forged as error:
            raise ConfigurationError(
                "mail.webhooks.resend.secret",
                "is no signing secret",
                f"copy it whole; it begins with {_PREFIX}",
            ) from error

    def read(self, post: Post, now: datetime) -> Told:
        """Return what a post tells."""
        name, time = post.headers.get("svix-id", ""), post.headers.get("svix-timestamp", "")
        signed = hmac.new(self._secret, f"{name}.{time}.".encode() + post.body, sha256).digest()
        self._prove(post.headers.get("svix-signature", ""), f"v1,{b64encode(signed).decode()}")
        proofs.fresh(said.epoch(time), now, _WINDOW)
        event = said.read(post.body)
        kind = _kind(event)
        return Told(name, [_return(kind, event)] if kind else [])

    def _prove(self, given: str, expected: str) -> None:
        """One of several signatures must be right: while a secret is replaced, there are two."""
        found = [
            hmac.compare_digest(each.encode(), expected.encode()) for each in given.split()[:_MOST_SIGNATURES]
        ]
        if not any(found):
            raise Forged("its signature is wrong")


def _kind(event: Any) -> Kind | None:
    name = said.text(event, "type")
    if name != "email.bounced":
        return _KINDS.get(name)
    return _BOUNCES.get(said.text(event, "data", "bounce", "type"), Kind.DOUBTFUL)


def _return(kind: Kind, event: Any) -> Return:
    found = said.at(event, "data")
    to = said.items(found, "to")
    trace = Trace(
        token=_token(said.at(found, "tags")),
        # Each mail of ours has one reader.
        address=said.address(to[0]) if len(to) == 1 else "",
        queue_id=said.text(found, "email_id"),
    )
    spoken = [said.text(each) for each in said.items(found, "bounce", "diagnosticCode")[:1]]
    words = "".join(spoken) or said.text(found, "bounce", "message") or said.text(found, "failed", "reason")
    return said.failure(kind, trace, said.moment(event, "created_at"), words=words)


def _token(tags: Any) -> str:
    """Return the token among the tags, which are told as a table, or as a list of names and values."""
    if isinstance(tags, list):
        tags = {said.text(each, "name"): said.at(each, "value") for each in tags}
    return said.text(tags, TOKEN)
