"""Which addresses feeder may ask, and which lead into its own machine or network. Pure.

The tables are ours, since what Python's `is_global` says changes between its versions.

Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries.
"""

import re
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from feeder.net.failures import RequestFailed, shown

Address = IPv4Address | IPv6Address

MAX_CHARACTERS = 8000

_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\]")

_PRIVATE_4 = tuple(
    map(
        IPv4Network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.0.2.0/24",  # this and the two like it are for examples; laboratories use them
            "192.168.0.0/16",
            "198.18.0.0/15",  # for benchmarks; some VPNs give such addresses to names
            "198.51.100.0/24",
            "203.0.113.0/24",
        ),
    )
)
_NEVER_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # Linux takes 0.0.0.0 for itself
            "100.100.100.200/32",  # Alibaba's metadata
            "168.63.129.16/32",  # Azure's metadata, in the middle of the public range
            "169.254.0.0/16",  # link-local, with most clouds' metadata
            "192.0.0.0/24",
            "192.88.99.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PRIVATE_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7", "2001:db8::/32", "3fff::/20")))
_NEVER_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo and other protocols
            "2002::/16",  # 6to4: a tunnel to any IPv4 address
            "fd00:ec2::/32",  # Amazon's metadata
            "fd20:ce::/32",  # Google's metadata
        ),
    )
)
# Whatever else there is, no site has an address outside of this.
_GLOBAL_6 = IPv6Network("2000::/3")
# Where all of IPv4 is mirrored, so that the last 32 bits decide: IPv4-mapped, and NAT64, which
# networks without IPv4 need for every site that has no IPv6.
_MIRRORS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


class Standing(Enum):
    """Who may have an address."""

    PUBLIC = "a public address"
    PRIVATE = "an address of this machine or a private network"
    NEVER = "an address that no site has"


def judge(address: Address) -> Standing:
    """Tell who may have an address."""
    if isinstance(address, IPv4Address):
        return _judge_4(address)
    if _within(address, _MIRRORS):
        return _judge_4(IPv4Address(int(address) & 0xFFFF_FFFF))
    if _within(address, _NEVER_6):
        return Standing.NEVER
    if _within(address, _PRIVATE_6):
        return Standing.PRIVATE
    return Standing.PUBLIC if address in _GLOBAL_6 else Standing.NEVER


def is_refused(standing: Standing, *, allow_private: bool) -> bool:
    """Tell whether feeder must not connect to an address."""
    return standing is Standing.NEVER or (standing is Standing.PRIVATE and not allow_private)


def refusal(thing: str, address: str, standing: Standing) -> RequestFailed:
    """Return why an address is not asked, and what to do about it."""
    if standing is Standing.PRIVATE:
        mend = "if that is meant, set `allow_private = true`"
    else:
        mend = "give the address of a site"
    return RequestFailed(thing, f"leads to {address}, {standing.value}", mend)


def check(url: str, *, allow_private: bool = False) -> None:
    """Refuse an address that no request may go to, as far as that shows without asking anybody.

    Absolute, http or https, with a host, without credentials, whitespace, control characters and
    backslashes, and with no IP address that is not allowed.
    A name may still lead to one; that shows when it is asked for.

    Raises: RequestFailed.
    """
    thing = shown(url)
    if len(url) > MAX_CHARACTERS or _NOT_IN_URL.search(url):
        raise RequestFailed(thing, "is no web address", "give one without spaces, of ordinary length")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RequestFailed(thing, "is no web address", "correct its host or port") from error
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise RequestFailed(thing, "is no web address", "give one that begins with https:// or http://")
    if "@" in parts.netloc:
        raise RequestFailed(thing, "holds a name or a password", "give these in keys of their own")
    _check_host(thing, host, allow_private=allow_private)


def _check_host(thing: str, host: str, *, allow_private: bool) -> None:
    try:
        standing = judge(ip_address(host))
    except ValueError:
        is_local = host.rstrip(".").rpartition(".")[2] == "localhost"
        standing = Standing.PRIVATE if is_local else Standing.PUBLIC
    if is_refused(standing, allow_private=allow_private):
        raise refusal(thing, host, standing)


def _judge_4(address: IPv4Address) -> Standing:
    if _within(address, _NEVER_4):
        return Standing.NEVER
    return Standing.PRIVATE if _within(address, _PRIVATE_4) else Standing.PUBLIC


def _within(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
