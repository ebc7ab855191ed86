"""The keys that sign mail: their files, and what the DNS says of them."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from feeder.errors import ConfigurationError
from feeder.mail.dkim import PrivateKey, Signer, Signers
from feeder.mail.domains.judging import PublicKey
from feeder.model.settings import Dkim

_RSA_BITS = 2048
_FEWEST_RSA_BITS = 1024
"""RFC 8301, 3.2: receivers take no signature by a shorter key."""

_ED25519_BITS = 256

_STRING = 255
"""Characters that one string of a TXT record has room for (RFC 1035, 3.3)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key in its file, new or not, and what the DNS has to say: the name and the value of a TXT record."""

    selector: str
    file: Path
    is_new: bool
    name: str
    value: str

    @property
    def line(self) -> str:
        """The record as a line of a zone file."""
        strings = [self.value[start : start + _STRING] for start in range(0, len(self.value), _STRING)]
        quoted = " ".join(f'"{string}"' for string in strings)
        return f"{self.name}. IN TXT {quoted if len(strings) == 1 else f'( {quoted} )'}"


def open_signers(dkim: Dkim, domain: str) -> Signers | None:
    """Return what signs for a domain by the keys of the configuration; None where there are none.

    Raises: ConfigurationError.
    """
    keys = [(dkim.selector, dkim.key), (dkim.ed25519_selector, dkim.ed25519_key)]
    # RSA first: many receivers look at one signature only, and know no other kind (RFC 8463, 5).
    signers = [Signer(domain, selector, load(file)) for selector, file in keys if file]
    return Signers(*signers) if signers else None


def public_keys(dkim: Dkim, domain: str) -> Iterator[PublicKey]:
    """Tell of the keys that sign for a domain, and what the DNS has to say of them. Raises: ConfigurationError."""
    keys = [(dkim.selector, dkim.key), (dkim.ed25519_selector, dkim.ed25519_key)]
    for selector, file in keys:
        if file:
            key = load(file)
            is_rsa = isinstance(key, RSAPrivateKey)
            bits = key.key_size if isinstance(key, RSAPrivateKey) else _ED25519_BITS
            # Who knows no Ed25519, as many do, passes over it, and over its record (RFC 8463, 5).
            yield PublicKey(_name(selector, domain), _record(key), bits, is_needed=is_rsa or not dkim.key)


def load(file: Path) -> PrivateKey:
    """Read a private key. Raises: ConfigurationError."""
    mend = "feeder keys dkim makes one, where there is no file"
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(f"the key {file}", f"cannot be read ({error.strerror})", mend) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it wants a password
        raise ConfigurationError(
            f"the key {file}", "is no private key in PEM without a password", mend
        ) from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigurationError(f"the key {file}", "must be RSA or Ed25519", mend)
    if isinstance(key, RSAPrivateKey) and key.key_size < _FEWEST_RSA_BITS:
        raise ConfigurationError(f"the key {file}", f"must have {_FEWEST_RSA_BITS} bits at least", mend)
    return key


def pairs(dkim: Dkim, domain: str, folder: Path) -> Iterator[Pair]:
    """Make the keys that are not there yet, RSA and Ed25519, and tell of all. No file is ever overwritten.

    They are in the files of the configuration, or in `folder` by the names of their selectors.
    Raises: ConfigurationError.
    """
    rsa = dkim.key or folder / f"{dkim.selector}.pem"
    ed25519 = dkim.ed25519_key or folder / f"{dkim.ed25519_selector}.pem"
    for selector, file, make in (
        (dkim.selector, rsa, lambda: generate_private_key(65537, _RSA_BITS)),
        (dkim.ed25519_selector, ed25519, Ed25519PrivateKey.generate),
    ):
        is_new = not file.exists()
        if is_new:
            _write(file, make())
        yield Pair(selector, file, is_new, _name(selector, domain), _record(load(file)))


def _write(file: Path, key: PrivateKey) -> None:
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # For nobody else to read from the first moment, and never over another key.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
    except OSError as error:
        raise ConfigurationError(
            f"the key {file}", f"cannot be written ({error.strerror})", "name another file, or make room"
        ) from error


def _name(selector: str, domain: str) -> str:
    return f"{selector}._domainkey.{domain}"


def _record(key: PrivateKey) -> str:
    """Return what a TXT record says of a key. Source: RFC 6376, 3.6.1; RFC 8463, 4."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        kind, content = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, content = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={base64.b64encode(content).decode()}"
