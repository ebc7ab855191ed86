"""Questions to the DNS, bounded in time and number. Names that are not there have no records."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dns.resolver import Resolver

_PORT = 53


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one question may take, how many may stay without an answer, and how many are asked.

    Records of others can lead to many more.
    """

    question: timedelta = timedelta(seconds=5)
    unanswered: int = 3
    questions: int = 500


class Silent(Exception):
    """The DNS has no answer: nobody could be asked, or the servers of the domain fail."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Dns:
    """Asks the DNS server at an address, perhaps with a port, or else those of this machine. Remembers answers."""

    def __init__(self, server: str = "", limits: Limits | None = None) -> None:
        self._server = server
        self._limits = limits or Limits()
        self._asked = 0
        self._unanswered = 0

    def texts(self, name: str) -> list[str]:
        """Return the texts of a name, each whole. Raises: Silent."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._records(name, "TXT")]

    def addresses(self, name: str, version: int) -> list[str]:
        """Return the addresses of a name, of version 4 or 6. Raises: Silent."""
        return [str(record.address) for record in self._records(name, "A" if version == 4 else "AAAA")]  # noqa: PLR2004 - of IP

    def exchangers(self, name: str) -> list[str]:
        """Return the hosts that take mail for a name, the first to be tried first; "" says that nobody does.

        Raises: Silent.
        """
        records = sorted(self._records(name, "MX"), key=lambda record: int(record.preference))
        return [_plain(record.exchange) for record in records]

    def names(self, address: IPv4Address | IPv6Address) -> list[str]:
        """Return the names of an address. Raises: Silent."""
        return [_plain(record.target) for record in self._records(address.reverse_pointer, "PTR")]

    def _records(self, name: str, kind: str) -> list[Any]:  # Any: each kind has fields of its own
        import dns.exception  # noqa: PLC0415 - only who looks over a site needs it
        import dns.resolver  # noqa: PLC0415

        failures = dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, OSError
        self._count(name)
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except dns.resolver.LifetimeTimeout as error:
            self._unanswered += 1
            raise Silent(name) from error
        except failures as error:
            raise Silent(name) from error
        except dns.exception.DNSException:  # there is no such name or record, or there cannot be
            return []

    def _count(self, name: str) -> None:
        self._asked += 1
        if self._asked > self._limits.questions or self._unanswered >= self._limits.unanswered:
            raise Silent(name)

    @cached_property
    def _resolver(self) -> "Resolver":
        import dns.resolver  # noqa: PLC0415 - for the reason above

        made = dns.resolver.Resolver(configure=not self._server)
        if self._server:
            host, port = address_and_port(self._server)
            made.nameservers, made.port = [host], port
        made.lifetime = self._limits.question.total_seconds()
        made.cache = dns.resolver.LRUCache()
        return made


def address_and_port(server: str) -> tuple[str, int]:
    """Read ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. Raises: ValueError."""
    host, colon, port = server.rpartition(":")
    if colon and port.isdigit() and (host.startswith("[") or ":" not in host):
        return str(ip_address(host.strip("[]"))), int(port)
    return str(ip_address(server.strip("[]"))), _PORT


def _plain(name: Any) -> str:  # Any: dnspython's own name
    return str(name).rstrip(".").lower()
