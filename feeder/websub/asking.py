"""What subscribers ask of our hub, and what it refuses to take on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from feeder.markup import urls
from feeder.model.hub import Mode, Wanted
from feeder.websub import terms

MODE, TOPIC, CALLBACK = "hub.mode", "hub.topic", "hub.callback"
LEASE_SECONDS, SECRET = "hub.lease_seconds", "hub.secret"
FIELDS = (MODE, TOPIC, CALLBACK, LEASE_SECONDS, SECRET)

SECRET_BYTES = 200
"""A secret is shorter than this (section 5.1)."""

_SECONDS_DIGITS = 12
_WEB_PORTS = {80, 443}
_LAST_SYSTEM_PORT = 1023

UNKNOWN_TOPIC = "hub.topic must be the address of a feed of this site, just as its self link has it."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not taken: a status, and words for whoever wrote the client."""

    status: int
    words: str


def read(fields: Mapping[str, str], public_url: str) -> Wanted | Refusal:
    """Return what a form asks for; `fields` are those of `FIELDS` that it has. Others say nothing to us.

    Whether there is such a topic is for the store to say. Source: section 5.1.
    """
    mode, callback, secret = (fields.get(name, "") for name in (MODE, CALLBACK, SECRET))
    topic = topic_of(fields.get(TOPIC, ""), public_url)
    seconds = fields.get(LEASE_SECONDS, "")
    if mode not in set(Mode):
        return _bad("hub.mode must be subscribe or unsubscribe; this hub knows by itself what was published.")
    if not _can_be_called(callback):
        return _bad(
            "hub.callback must be an http or https address in ASCII, without user, password and #,"
            " at port 80, 443 or one above 1023."
        )
    if topic is None:
        return Refusal(404, UNKNOWN_TOPIC)
    if seconds and not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _SECONDS_DIGITS):
        return _bad("hub.lease_seconds must be a number of seconds.")
    if len(secret) >= SECRET_BYTES or not (secret.isascii() and secret.isprintable()):
        return _bad(f"hub.secret must be printable ASCII of fewer than {SECRET_BYTES} bytes.")
    lease = terms.lease(timedelta(seconds=int(seconds)) if seconds else None)
    return Wanted(Mode(mode), topic, callback, lease, secret)


def topic_of(address: str, public_url: str) -> str | None:
    """Return the path in the tree that has just this public address; None where none can."""
    path = unquote(address.removeprefix(public_url))
    return path if path and urls.absolute(public_url, path) == address else None


def _can_be_called(callback: str) -> bool:
    """Tell whether this is the address of a web server; on the ports of other services there is none."""
    if not (callback.isascii() and urls.is_web(callback)) or "#" in callback:
        return False
    port = urlsplit(callback).port
    return port is None or port in _WEB_PORTS or port > _LAST_SYSTEM_PORT


def _bad(words: str) -> Refusal:
    return Refusal(400, words)
