"""Signed links: a purpose, a subscriber, a key and a version, in 38 characters.

    token     = base64url(payload ‖ first 16 bytes of HMAC-SHA-256(key, payload))
    payload   = version (1 byte) ‖ purpose (1) ‖ key id (2) ‖ subscriber (8), big-endian

A token of one purpose is useless for another. Pure.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import IntEnum
from hashlib import sha256
from struct import Struct

_VERSION = 1
_PAYLOAD = Struct(">BBHQ")
_MAC_BYTES = 16
_MAX_CHARACTERS = 64


class Purpose(IntEnum):
    """What a link is for."""

    UNSUBSCRIBE = 1


class Signer:
    """Makes and verifies tokens. The key with the highest id signs; all verify."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)

    def sign(self, purpose: Purpose, subscriber: int) -> str:
        """Return the token that lets its bearer do this one thing for this subscriber."""
        key = max(self._keys)
        payload = _PAYLOAD.pack(_VERSION, purpose, key, subscriber)
        return _encoded(payload + _mac(self._keys[key], payload))

    def verify(self, purpose: Purpose, token: str) -> int | None:
        """Return the subscriber's id, or None for anything that was not signed here for `purpose`."""
        raw = _decoded(token)
        payload, mac = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
        if len(payload) != _PAYLOAD.size:
            return None
        version, meant, key, subscriber = _PAYLOAD.unpack(payload)
        if version != _VERSION or meant != purpose or key not in self._keys:
            return None
        if not hmac.compare_digest(mac, _mac(self._keys[key], payload)):
            return None
        return int(subscriber)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, sha256)[:_MAC_BYTES]


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(token: str) -> bytes:
    if len(token) > _MAX_CHARACTERS or not token.isascii():
        return b""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return b""
    # The decoder passes over strange characters and spare bits; only what we wrote is ours.
    return raw if _encoded(raw) == token else b""
