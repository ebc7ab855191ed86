"""One request at a time to a host, in the order in which they came."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class NoTurn(Exception):
    """The others before us took too long."""


class Turns:
    """A line of waiting threads for each host that is being asked; no longer than there are threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: dict[str, deque[Event]] = {}

    @contextmanager
    def take(self, host: str, patience_seconds: float) -> Iterator[None]:
        """Wait until all who came before are done with a host, and keep it until the end.

        Raises: NoTurn.
        """
        mine = Event()
        with self._lock:
            line = self._lines.setdefault(host, deque())
            line.append(mine)
            line[0].set()
        try:
            if not mine.wait(patience_seconds):
                raise NoTurn(host)
            yield
        finally:
            self._leave(host, mine)

    def waiting(self, host: str) -> int:
        """Return how many wait for a host, besides the one whose turn it is."""
        with self._lock:
            return max(len(self._lines.get(host, ())) - 1, 0)

    def hosts(self) -> int:
        """Return how many hosts are being asked."""
        with self._lock:
            return len(self._lines)

    def _leave(self, host: str, mine: Event) -> None:
        with self._lock:
            line = self._lines[host]
            line.remove(mine)
            if line:
                line[0].set()
            else:
                del self._lines[host]
