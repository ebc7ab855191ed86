"""What is said to subscribers and to other hubs, and what they answer. Pure."""

import hmac
from hashlib import sha256
from urllib.parse import urlencode

from feeder import websub
from feeder.model.hub import Mode, Wanted

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def verification(wanted: Wanted, topic: str, challenge: str) -> str:
    """Return the address that asks a subscriber whether this was meant; `topic` is the feed's address.

    Source: section 5.3.
    """
    told = {"hub.mode": wanted.mode.value, "hub.topic": topic, "hub.challenge": challenge}
    if wanted.mode is Mode.SUBSCRIBE:
        told["hub.lease_seconds"] = str(int(wanted.lease.total_seconds()))
    return _with(wanted.callback, told)


def is_confirmed(answer: bytes, challenge: str) -> bool:
    """Tell whether a subscriber repeats the challenge, and nothing else."""
    return hmac.compare_digest(answer, challenge.encode())


def denial(callback: str, topic: str, reason: str) -> str:
    """Return the address that tells a subscriber that there is no such subscription. Source: section 5.2."""
    return _with(callback, {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason})


def notification(
    topic: str, hubs: tuple[str, ...], media_type: str, secret: str, content: bytes
) -> dict[str, str]:
    """Return the header fields with which the content of a feed goes to a subscriber. Source: sections 7, 7.1."""
    told = {"Content-Type": media_type, "Link": websub.link(topic, hubs)}
    if secret:
        told["X-Hub-Signature"] = f"sha256={hmac.new(secret.encode(), content, sha256).hexdigest()}"
    return told


def ping(topic: str) -> bytes:
    """Return the form that tells another hub that a feed has changed.

    The recommendation leaves it open (section 6); this is what hubs agree on since PubSubHubbub 0.3.
    """
    return urlencode({"hub.mode": "publish", "hub.url": topic}).encode()


def _with(callback: str, told: dict[str, str]) -> str:
    """Add parameters to an address, behind those that it has (section 5.1.1)."""
    return f"{callback}{'&' if '?' in callback else '?'}{urlencode(told)}"
