"""Addresses: checked before anybody is written down."""

import re
from functools import lru_cache

from feeder.errors import ConfigurationError

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# Capitals are left to the library: it knows the names in which they mean nothing (RFC 2142).
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LONGEST_LOCAL = 64
_DOMAINS_KEPT = 4_096


def checked(address: str) -> str:
    """Return an address in the form in which it is mailed: NFC, the domain as ASCII.

    What stands before the @ may be of any script (RFC 6531). A mailbox on this machine,
    `name@localhost`, is an address too. Nothing is asked of the network.
    Raises: ConfigurationError.
    """
    # The library takes the addresses of the world only.
    if address.endswith("@localhost"):
        return _validated(f"{address}.example", address, public=False).removesuffix(".example")
    return _validated(address, address, public=False)


def public(address: str) -> str:
    """Return an address that a stranger gave, in the form in which it is mailed, if it is one of the world.

    A mailbox on this machine or in its network is not theirs to give.
    Raises: ConfigurationError.
    """
    if "=?" in address:  # programs that decode headers would read another address
        raise _unfit(address, "it looks like an encoded word")
    return _validated(address, address, public=True)


def _validated(address: str, given: str, *, public: bool) -> str:
    # It takes a while to import, and only adding a reader needs it.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        found = validate_email(
            address,
            check_deliverability=False,
            strict=True,
            allow_smtputf8=True,
            globally_deliverable=public,
        )
    except EmailNotValidError as error:
        raise _unfit(given, str(error)) from error
    return f"{found.local_part}@{found.ascii_domain}"


def _unfit(address: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"address {address!r}", f"cannot be mailed ({reason})", "write it as name@example.org"
    )


class Addresses:
    """Checks many addresses, and says of each just what `checked` says.

    The library takes longer than all else that is done with a row of a list. Most addresses are plain,
    and share a domain with others: so it is asked about each domain once, and about what is not plain.
    """

    def __init__(self) -> None:
        self._domain = lru_cache(_DOMAINS_KEPT)(_mailed_domain)

    def checked(self, address: str) -> str:
        """Return an address in the form in which it is mailed. Raises: ConfigurationError."""
        local, _, domain = address.partition("@")
        if len(local) <= _LONGEST_LOCAL and _PLAIN.fullmatch(local):
            mailed = self._domain(domain)
            if mailed:
                return f"{local}@{mailed}"
        return checked(address)


def _mailed_domain(domain: str) -> str:
    """Return a domain in the form in which it is mailed; empty if it is none, or leaves no room for a name."""
    try:
        return checked(f"{'a' * _LONGEST_LOCAL}@{domain}").rpartition("@")[2]
    except ConfigurationError:
        return ""


def masked(text: str) -> str:
    """Return an address so that its owner knows it, and nobody else: `a…@e….org`."""
    local, at, domain = text.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}{dot and '….'}{ending}" if at else text
