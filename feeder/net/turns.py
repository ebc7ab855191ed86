"""One request at a time to a host, or a few, in the order in which they came."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Event, Lock


class NoTurn(Exception):
    """The others before us took too long."""


class Turns:
    """A line of waiting threads for each host that is being asked; no longer than there are threads.

    The first of each line, as many as `at_once`, are with the host.
    """

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._lock = Lock()
        self._lines: dict[str, deque[Event]] = {}

    @contextmanager
    def take(self, host: str, patience_seconds: float) -> Iterator[None]:
        """Wait until it is our turn with a host, and keep it until the end.

        Raises: NoTurn.
        """
        mine = Event()
        with self._lock:
            line = self._lines.setdefault(host, deque())
            line.append(mine)
            self._call(line)
        try:
            if not mine.wait(patience_seconds):
                raise NoTurn(host)
            yield
        finally:
            self._leave(host, mine)

    def waiting(self, host: str) -> int:
        """Return how many wait for a host, besides those whose turn it is."""
        with self._lock:
            return max(len(self._lines.get(host, ())) - self._at_once, 0)

    def hosts(self) -> int:
        """Return how many hosts are being asked."""
        with self._lock:
            return len(self._lines)

    def _leave(self, host: str, mine: Event) -> None:
        with self._lock:
            line = self._lines[host]
            line.remove(mine)
            if line:
                self._call(line)
            else:
                del self._lines[host]

    def _call(self, line: deque[Event]) -> None:
        for each in islice(line, self._at_once):
            each.set()
