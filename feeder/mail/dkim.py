"""Signatures by which receivers know that a message is from a domain, and unchanged (DKIM).

A message is signed in its relaxed form: fields on one line, and blanks as one (RFC 6376, 3.4.2 and 3.4.4).
Every field is signed once more than it stands there, so that nobody can add another (8.15).
There is no time in a signature: the same message stays the same bytes.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from feeder.mail.headers import Field

SIGNED = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "Sender",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "CFBL-Address",
)
"""The fields that are signed, whether they are there or not. RFC 8058, 4, demands those for leaving."""

_LINE = 72
_NAMES_A_LINE = 3

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
Fields = Mapping[str, str]
"""Fields in their relaxed form, by their names, in the order in which they are signed."""


class Signer:
    """Signs messages for a domain with one key, whose public half the DNS has under the selector."""

    def __init__(self, domain: str, selector: str, key: PrivateKey) -> None:
        algorithm, self._sign = _algorithm(key)
        self._begin = f"v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};\r\n"

    def sign(self, fields: Sequence[Field], body: bytes) -> bytes:
        """Return the field to be put before `fields`, each of which stands there once.

        `body` is in its relaxed form, as quoted-printable of feeder's own is.
        """
        return self.field(_relaxed(fields), _hash(body))

    def field(self, fields: Fields, hash_of_body: str) -> bytes:
        """Return the field for a message whose parts are in their relaxed form."""
        value = f"{self._begin} h={_named(tuple(fields))};\r\n bh={hash_of_body};\r\n b="
        signed = [*fields.values(), "dkim-signature:" + value.replace("\r\n", "")]
        signature = base64.b64encode(self._sign("\r\n".join(signed).encode())).decode()
        return f"DKIM-Signature: {value}{_folded(signature)}\r\n".encode()


class Signers:
    """Signs messages with several keys, the first of them first."""

    def __init__(self, *signers: Signer) -> None:
        self._signers = signers

    def sign(self, fields: Sequence[Field], body: bytes) -> bytes:
        """Return the fields to be put before the others, as `Signer.sign` does."""
        relaxed, hash_of_body = _relaxed(fields), _hash(body)
        return b"".join(signer.field(relaxed, hash_of_body) for signer in self._signers)


def _algorithm(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the name of what a key does, and the way to do it. Both let other threads go on meanwhile."""
    if isinstance(key, RSAPrivateKey):
        padding, algorithm = PKCS1v15(), SHA256()
        return "rsa-sha256", lambda signed: key.sign(signed, padding, algorithm)
    # RFC 8463, 3: what is signed is the hash.
    return "ed25519-sha256", lambda signed: key.sign(sha256(signed).digest())


# ── The relaxed form ─────────────────────────────────────────────────────────────────────────────


def _relaxed(fields: Sequence[Field]) -> Fields:
    """Return those fields that are signed, in the order of `SIGNED`: on one line, with single blanks."""
    found = {name: f"{name.lower()}:{' '.join(body.split())}" for name, body in fields}
    return {name: found[name] for name in SIGNED if name in found}


def _hash(body: bytes) -> str:
    return base64.b64encode(sha256(body).digest()).decode()


# ── The field ────────────────────────────────────────────────────────────────────────────────────


@lru_cache
def _named(there: Sequence[str]) -> str:
    """Name all fields that are signed, those that are `there` once more."""
    names = [name for each in SIGNED for name in [each] * (1 + (each in there))]
    some = (names[start : start + _NAMES_A_LINE] for start in range(0, len(names), _NAMES_A_LINE))
    return ":\r\n ".join(map(":".join, some))


def _folded(text: str) -> str:
    return "\r\n ".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
