"""Who reads feeds, counted in memory, so that serving waits for nothing.

Of those who come themselves only a hash is held, of address and program, by a key that nobody ever
sees: it is made for a day (UTC), and thrown away with all hashes when that is over.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b
from threading import Lock

from feeder.model.readership import Said, Tally, feed_of
from feeder.web import agents

_AGENTS = 4096
_HASH_BYTES = 8
_MOST_HASHES = 200_000
"""How many visits to feeds a day tells apart; beyond that its numbers say at least so many."""
_MOST_SAID = 20_000


def _today() -> date:
    return datetime.now(UTC).date()


class Readers:
    """Counts who reads feeds; safe to share between threads."""

    def __init__(self, today: Callable[[], date] = _today) -> None:
        self._today = today
        self._lock = Lock()
        self._agent = lru_cache(_AGENTS)(agents.read)
        self._over: list[Tally] = []
        self._said: dict[tuple[str, str, str], int] = {}
        self._grown: set[str] = set()
        self._begin(today())

    def came(self, path: str, client: str, user_agent: bytes) -> None:
        """Count somebody who asked for a document of a feed, by its path in the tree."""
        agent = self._agent(user_agent)
        if agent is None:
            return
        with self._lock:
            if (today := self._today()) != self._day:
                self._over.append(self._tally())
                self._begin(today)
            if agent.subscribers is not None:
                place = (path, agent.name, agent.feed_id)
                if place in self._said or len(self._said) < _MOST_SAID:
                    self._said[place] = agent.subscribers
                return
            mark = blake2b(f"{client} ".encode() + user_agent, key=self._key, digest_size=_HASH_BYTES)
            visitors = self._visitors.setdefault(feed_of(path), set())
            if (found := mark.digest()) not in visitors and self._room > 0:
                self._room -= 1
                visitors.add(found)
                self._grown.add(feed_of(path))

    def take(self) -> list[Tally]:
        """Return what was heard since the last time, of days that are over as well; numbers are those of whole days."""
        with self._lock:
            taken = [*self._over, self._tally()]
            self._over.clear()
            self._said.clear()
            self._grown.clear()
        return [tally for tally in taken if tally.said or tally.readers]

    def _begin(self, day: date) -> None:
        self._day = day
        self._key = secrets.token_bytes(32)
        self._room = _MOST_HASHES
        self._visitors: dict[str, set[bytes]] = {}
        self._said.clear()
        self._grown.clear()

    def _tally(self) -> Tally:
        said = [
            Said(path, agent, feed_id, subscribers)
            for (path, agent, feed_id), subscribers in self._said.items()
        ]
        return Tally(self._day, said, {feed: len(self._visitors[feed]) for feed in self._grown})
