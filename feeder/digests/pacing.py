"""How fast messages may leave: in all, by each server, to each domain; slower for a while where one says so. Pure.

A pace is a bucket of tokens: each message takes one, and they come back at a rate. A server or a domain that says
that it gets too much is given half of what it got, and twice as much again after each spell without complaint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

EVERYBODY = ""
"""The name of the pace of all messages together; the others are called after their domains, or by `of_server`."""

_SERVER = "@"  # begins the name of no domain
_NOBODY: Mapping[str, int] = MappingProxyType({})

_SPELL = timedelta(minutes=10)
_BURST = timedelta(minutes=1)
"""So much of a rate may leave at once."""

_LEAST, _FREE = 60.0, 360_000.0
"""Messages an hour below which nobody is slowed, and above which a pace is let go."""


def of_server(name: str) -> str:
    """Return the name of the pace of a server."""
    return f"{_SERVER}{name}"


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of one pace: tokens that were there at a moment, messages an hour, when it was last slowed."""

    tokens: float
    at: datetime
    an_hour: float
    slowed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages an hour may leave at most, in all, to each domain, by each server; 0 for as many as there are.

    `warm_up` is the plan of `digests.warming`; empty for none.
    """

    in_all: int = 0
    each_domain: int = 0
    servers: Mapping[str, int] = field(default_factory=dict)
    warm_up: Sequence[int] = ()

    def of(self, name: str) -> float:
        """Return the limit of a pace by its name."""
        if name.startswith(_SERVER):
            return self.servers.get(name.removeprefix(_SERVER), 0)
        return self.each_domain if name else self.in_all


class Leave(NamedTuple):
    """From when on a message may leave, and by which server; empty for any."""

    at: datetime
    server: str = ""


@dataclass(slots=True)
class Paces:
    """All paces that are known, by name; who is not among them is as fast as `limits` allow."""

    limits: Limits
    known: dict[str, Pace] = field(default_factory=dict)

    @property
    def are_free(self) -> bool:
        """Tell whether nobody is held back."""
        limits = self.limits
        return not (self.known or limits.in_all or limits.each_domain or any(limits.servers.values()))

    def take(
        self, domains: Sequence[str], now: datetime, weights: Mapping[str, int] = _NOBODY
    ) -> list[Leave]:
        """Take tokens for messages to these domains; tell from when on each may leave, `now` or later.

        `weights` are the shares of the servers that there are. Where one of them has a pace, each message is
        told by which it goes: of those that may take it soonest, the one whose turn it is.
        Whoever is held back asks again when that time has come, and takes no token before.
        """
        turns = dict.fromkeys(weights, 0)
        is_bound = any(self._now(of_server(name), now) for name in weights)
        leaves, held = [], list[str]()
        for domain in domains:
            names = [EVERYBODY, domain]
            server = self._next(weights, turns, now) if is_bound else ""
            if server:
                names.append(of_server(server))
            leaves.append(Leave(max(self._take(name, now) for name in names), server))
            if leaves[-1].at > now:
                held += names
        for name in held:
            if name in self.known:
                self.known[name] = replace(self.known[name], tokens=self.known[name].tokens + 1)
        return leaves

    def slow(self, name: str, sent_lately: float, now: datetime) -> None:
        """Halve the pace of a domain or server, which got `sent_lately` messages an hour until now; once a minute."""
        pace = self._now(name, now)
        if pace and pace.slowed and now - pace.slowed < _BURST:
            return
        an_hour = max(_LEAST, min(pace.an_hour if pace else _FREE, sent_lately or _FREE) / 2)
        self.known[name] = Pace(0, now, an_hour, now)

    def slowed(self, now: datetime) -> dict[str, float]:
        """Return the paces that somebody's complaint holds back still, each as messages an hour."""
        found = {name: self._now(name, now) for name in self.known}
        return {name: pace.an_hour for name, pace in found.items() if pace and pace.slowed}

    def forget(self, now: datetime) -> None:
        """Forget paces that hold nobody back any more."""
        for name in list(self.known):
            pace = self._now(name, now)
            if pace is None or (pace.slowed is None and pace.tokens >= _most(pace)):
                del self.known[name]

    def _next(self, weights: Mapping[str, int], turns: dict[str, int], now: datetime) -> str:
        """Choose a server by turns: each gains its weight until it is chosen."""
        moments = {name: self._at(self._now(of_server(name), now), now) for name in weights}
        soonest = [name for name, moment in moments.items() if moment == min(moments.values())]
        for name in soonest:
            turns[name] += weights[name]
        chosen = max(soonest, key=lambda name: turns[name])
        turns[chosen] -= sum(weights[name] for name in soonest)
        return chosen

    def _take(self, name: str, now: datetime) -> datetime:
        pace = self._now(name, now)
        if pace:
            self.known[name] = replace(pace, tokens=pace.tokens - 1)
        return self._at(pace, now)

    @staticmethod
    def _at(pace: Pace | None, now: datetime) -> datetime:
        """Tell when a pace has its next token."""
        if pace is None or pace.tokens >= 1:
            return now
        return now + timedelta(hours=(1 - pace.tokens) / pace.an_hour)

    def _now(self, name: str, now: datetime) -> Pace | None:
        """Return a pace as it is now; None for one that is free."""
        limit = float(self.limits.of(name))
        pace = self.known.get(name)
        if pace is None:
            return Pace(limit * (_BURST / timedelta(hours=1)), now, limit) if limit else None
        if pace.slowed is None and pace.an_hour != limit:  # it was configured anew
            pace = replace(pace, an_hour=limit)
        slowed = pace.slowed
        if slowed and now - slowed >= _SPELL:
            spells = (now - slowed) // _SPELL
            faster = pace.an_hour * 2**spells
            if faster >= (limit or _FREE):
                pace = replace(pace, an_hour=limit, slowed=None)
            else:
                pace = replace(pace, an_hour=faster, slowed=slowed + spells * _SPELL)
        if not pace.an_hour:
            return None
        came = pace.an_hour * ((now - pace.at) / timedelta(hours=1))
        return replace(pace, tokens=min(_most(pace), pace.tokens + max(0.0, came)), at=max(now, pace.at))


def _most(pace: Pace) -> float:
    """Return how many tokens a pace gathers at most."""
    return max(1.0, pace.an_hour * (_BURST / timedelta(hours=1)))


Row = Sequence[float | None]
"""A pace as JSON: tokens, when, messages an hour, when it was slowed."""


def written(paces: Paces) -> dict[str, Row]:
    """Write what is known as JSON."""
    return {
        name: [
            pace.tokens,
            pace.at.timestamp(),
            pace.an_hour,
            pace.slowed.timestamp() if pace.slowed else None,
        ]
        for name, pace in paces.known.items()
    }


def read(values: Mapping[str, Row], limits: Limits) -> Paces:
    """Read what was written."""
    known = {}
    for name, (tokens, at, an_hour, slowed) in values.items():
        known[name] = Pace(
            tokens or 0.0,
            datetime.fromtimestamp(at or 0.0, UTC),
            an_hour or 0.0,
            datetime.fromtimestamp(slowed, UTC) if slowed else None,
        )
    return Paces(limits, known)
