"""How much one client may have in a minute, or an hour."""

from ipaddress import IPv6Address, ip_address
from math import ceil

_SECOND = 10**9
"""In nanoseconds, as all times here."""
_CLIENTS = 10_000


class Limit:
    """A bucket for each client: it holds the answers of one period, and fills as the period goes on.

    What is kept of a client is just when its bucket will be full again; then it is forgotten.
    """

    def __init__(self, rate: int, clients: int = _CLIENTS, period_seconds: int = 60) -> None:
        self._period = period_seconds * _SECOND
        self._each = self._period // rate if rate else 0
        self._most_clients = clients
        self._full_at: dict[bytes, int] = {}

    @property
    def clients(self) -> int:
        """How many clients are known."""
        return len(self._full_at)

    def wait(self, client: str, now: int) -> int:
        """Take an answer out of a client's bucket, and return 0.

        If there is none, return in how many whole seconds there will be one.
        """
        return self.wait_for(network(client), now)

    def wait_for(self, key: bytes, now: int) -> int:
        """Do so for whatever has a bucket by a key of its own."""
        if not self._each:
            return 0
        full_at = max(self._full_at.get(key, 0), now) + self._each
        if full_at > now + self._period:
            return ceil((full_at - now - self._period) / _SECOND)
        if key not in self._full_at and len(self._full_at) >= self._most_clients:
            self._forget(now)
        self._full_at[key] = full_at
        return 0

    def _forget(self, now: int) -> None:
        """Forget those whose buckets are full again, and if many are left, the half that will be first."""
        left = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        latest = sorted(left, key=left.__getitem__, reverse=True)[: self._most_clients // 2]
        self._full_at = {key: left[key] for key in latest}


def network(client: str) -> bytes:
    """Return what stands for a client: its IPv4 address, or the /64 of its IPv6 address, of which it has them all.

    All that give no address are one client.
    """
    try:
        address = ip_address(client)
    except ValueError:
        return b""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped.packed if address.ipv4_mapped else address.packed[:8]
    return address.packed
