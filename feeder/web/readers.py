"""Who reads feeds, counted in memory, so that serving waits for nothing.

Of those who come themselves only a hash is held, of address and program, by a key that nobody ever
sees: it is made for a day (UTC), and thrown away with all hashes when that is over.
"""

import secrets
import time
from collections.abc import Callable
from datetime import date
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
"""How many numbers of aggregators are held until they are written down."""
_LONGEST_BYTES = 512
"""What a program says of itself beyond that is not heard."""

_DAY_SECONDS = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Readers:
    """Counts who reads feeds; safe to share between threads. `clock` tells seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._agent = lru_cache(_AGENTS)(agents.read)
        self._over: list[Tally] = []
        self._said: dict[tuple[str, str, str], int] = {}
        self._grown: set[str] = set()
        self._begin(int(clock()) // _DAY_SECONDS)

    def came(self, path: str, client: str, user_agent: bytes) -> None:
        """Count somebody who asked for a document of a feed, by its path in the tree."""
        said = user_agent[:_LONGEST_BYTES]
        agent = self._agent(said)
        if agent is None:
            return
        with self._lock:
            self._turn()
            if agent.subscribers is not None:
                place = (path, agent.name, agent.feed_id)
                if place in self._said or len(self._said) < _MOST_SAID:
                    self._said[place] = agent.subscribers
                return
            hashing = self._hashing.copy()
            hashing.update(client.encode() + b" " + said)
            mark, feed = hashing.digest(), feed_of(path)
            visitors = self._visitors.setdefault(feed, set())
            if mark not in visitors and self._room > 0:
                self._room -= 1
                visitors.add(mark)
                self._grown.add(feed)

    def take(self) -> list[Tally]:
        """Return what was heard since the last time, of days that are over as well; numbers are those of whole days."""
        with self._lock:
            self._turn()
            taken = [*self._over, self._tally()]
            self._over.clear()
            self._said.clear()
            self._grown.clear()
        return [tally for tally in taken if tally.said or tally.readers]

    def _turn(self) -> None:
        """Begin another day when one is over."""
        day = int(self._clock()) // _DAY_SECONDS
        if day != self._day:
            self._over.append(self._tally())
            self._begin(day)

    def _begin(self, day: int) -> None:
        self._day = day
        self._hashing = blake2b(key=secrets.token_bytes(32), digest_size=_HASH_BYTES)
        self._room = _MOST_HASHES
        self._visitors: dict[str, set[bytes]] = {}
        self._said.clear()
        self._grown.clear()

    def _tally(self) -> Tally:
        said = [
            Said(path, agent, feed_id, subscribers)
            for (path, agent, feed_id), subscribers in self._said.items()
        ]
        day = date.fromordinal(_FIRST_DAY + self._day)
        return Tally(day, said, {feed: len(self._visitors[feed]) for feed in self._grown})
