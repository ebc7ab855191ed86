"""Signatures by which receivers know that a message is from a domain, and unchanged (DKIM).

A message is signed in its relaxed form: fields on one line, and blanks as one (RFC 6376, 3.4.2 and 3.4.4).
Every field is signed once more than it stands there, so that nobody can add another (8.15).
There is no time in a signature: the same message stays the same bytes.
"""

import base64
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

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
_KEYS = [(name, name.lower().encode()) for name in SIGNED]
_BLANKS = re.compile(rb"[ \t]+")
_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n|\Z)")

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
Fields = Mapping[bytes, Sequence[bytes]]


class Signer:
    """Signs messages for a domain with one key, whose public half the DNS has under the selector."""

    def __init__(self, domain: str, selector: str, key: PrivateKey) -> None:
        algorithm, self._sign = _algorithm(key)
        self._begin = f"v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};\r\n"

    def sign(self, head: bytes, body: bytes) -> bytes:
        """Return the field to be put before `head`: all fields, each ended by CRLF. `body` follows an empty line."""
        return self.field(_fields(head), _hash(body))

    def field(self, fields: Fields, hash_of_body: str) -> bytes:
        """Return the field for a message whose parts are in their relaxed form."""
        names: list[str] = []
        signed: list[bytes] = []
        for name, key in _KEYS:
            found = fields.get(key, ())
            names += [name] * (len(found) + 1)
            signed += reversed(found)  # from the last one up (RFC 6376, 5.4.2)
        value = f"{self._begin} h={_named(names)};\r\n bh={hash_of_body};\r\n b="
        signed.append(_relaxed(b"dkim-signature", value.encode()))
        signature = base64.b64encode(self._sign(b"\r\n".join(signed))).decode()
        return f"DKIM-Signature: {value}{_folded(signature)}\r\n".encode()


class Signers:
    """Signs messages with several keys, the first of them first."""

    def __init__(self, *signers: Signer) -> None:
        self._signers = signers

    def sign(self, head: bytes, body: bytes) -> bytes:
        """Return the fields to be put before a head, as `Signer.sign` does."""
        fields, hash_of_body = _fields(head), _hash(body)
        return b"".join(signer.field(fields, hash_of_body) for signer in self._signers)


def _algorithm(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the name of what a key does, and the way to do it. Both let other threads go on meanwhile."""
    if isinstance(key, RSAPrivateKey):
        padding, algorithm = PKCS1v15(), SHA256()
        return "rsa-sha256", lambda signed: key.sign(signed, padding, algorithm)
    # RFC 8463, 3: what is signed is the hash.
    return "ed25519-sha256", lambda signed: key.sign(sha256(signed).digest())


# ── The relaxed form ─────────────────────────────────────────────────────────────────────────────


def _fields(head: bytes) -> Fields:
    """Return all fields by their names in small letters, from the first one down."""
    fields = defaultdict(list)
    for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t").split(b"\r\n"):
        name, _, value = line.partition(b":")
        key = name.rstrip(b" \t").lower()
        fields[key].append(_relaxed(key, value))
    return fields


def _relaxed(key: bytes, value: bytes) -> bytes:
    if b"\r\n" in value:
        value = value.replace(b"\r\n", b"")
    if b"  " in value or b"\t" in value:
        value = _BLANKS.sub(b" ", value)
    return key + b":" + value.strip(b" ")


def _hash(body: bytes) -> str:
    """Return the hash of a body in its relaxed form, which those of feeder's own composing are already."""
    # Looking from the end finds the same, in half the time.
    if body.rfind(b"  ") >= 0 or body.rfind(b" \r") >= 0 or b"\t" in body or body.endswith(b" "):
        body = _BLANKS.sub(b" ", _BLANKS_AT_END.sub(b"", body))
    if not body.endswith(b"\r\n") or body.endswith(b"\r\n\r\n") or body == b"\r\n":
        body = _ended(body)
    return base64.b64encode(sha256(body).digest()).decode()


def _ended(body: bytes) -> bytes:
    """Return a body without empty lines at its end; one that is empty stays so."""
    bare = body.rstrip(b"\r\n")
    return bare and bare + b"\r\n"


# ── The field ────────────────────────────────────────────────────────────────────────────────────


def _named(names: Sequence[str]) -> str:
    some = (names[start : start + _NAMES_A_LINE] for start in range(0, len(names), _NAMES_A_LINE))
    return ":\r\n ".join(map(":".join, some))


def _folded(text: str) -> str:
    return "\r\n ".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
