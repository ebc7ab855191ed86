"""Proofs that a post is a provider's. All are compared in a time that does not tell how much of them is right."""

import binascii
import hmac
from base64 import b64decode
from datetime import datetime, timedelta
from hashlib import blake2b

from feeder.mail.webhooks.calls import Forged, Post

LONG = timedelta(days=1)
"""How old a signed time may be where a post that failed comes again with the same: they try for so long."""

KEPT = 2 * LONG
"""How long it is remembered which posts came: longer than any of them is taken."""


def password(post: Post, secret: str) -> None:
    """Prove by the password of Basic, whoever it names, or by a Bearer token. Raises: Forged.

    Source: RFC 7617, RFC 6750.
    """
    scheme, _, given = post.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            found = given.strip()
        case "basic":
            found = _decoded(given).decode("utf-8", "replace").partition(":")[2]
        case _:
            raise Forged("it comes without a password")
    same(found.encode(), secret.encode())


def same(given: bytes, expected: bytes) -> None:
    """Prove by what nobody else can know. Raises: Forged."""
    if not hmac.compare_digest(given, expected):
        raise Forged("its proof is wrong")


def fresh(at: datetime | None, now: datetime, window: timedelta) -> None:
    """Prove that something was signed lately; clocks may differ by minutes. Raises: Forged."""
    if at is None or not now - window <= at <= now + timedelta(minutes=5):
        raise Forged("it was signed at another time")


def bytes_of(encoded: str) -> bytes:
    """Return what stands in Base64. Raises: Forged."""
    found = _decoded(encoded)
    if not found:
        raise Forged("its proof is no Base64")
    return found


def mark(body: bytes) -> str:
    """Return by what a post is known that has no name of its own."""
    return blake2b(body, digest_size=16).hexdigest()


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
