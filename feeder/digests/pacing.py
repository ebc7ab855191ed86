"""How fast messages may leave, in all and to each receiving domain; slower for a while where a server says so. Pure.

A pace is a bucket of tokens: each message takes one, and they come back at a rate. A domain that says that
it gets too much is given half of what it got, and twice as much again after each spell without complaint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

EVERYBODY = ""
"""The name of the pace of all messages together; the others are called after their domains."""

_SPELL = timedelta(minutes=10)
_BURST = timedelta(minutes=1)
"""So much of a rate may leave at once."""

_LEAST, _FREE = 60.0, 360_000.0
"""Messages an hour below which no domain is slowed, and above which it is let go."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of one pace: tokens that were there at a moment, messages an hour, when it was last slowed."""

    tokens: float
    at: datetime
    an_hour: float
    slowed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages an hour may leave at most, in all and to each domain; 0 for as many as there are."""

    in_all: int = 0
    each_domain: int = 0


@dataclass(slots=True)
class Paces:
    """All paces that are known, by name; who is not among them is as fast as `limits` allow."""

    limits: Limits
    known: dict[str, Pace] = field(default_factory=dict)

    @property
    def are_free(self) -> bool:
        """Tell whether nobody is held back."""
        return not (self.known or self.limits.in_all or self.limits.each_domain)

    def take(self, domains: Sequence[str], now: datetime) -> list[datetime]:
        """Take tokens for messages to these domains; return from when on each may leave, `now` or later.

        Whoever is held back asks again when that time has come, and takes no token before.
        """
        moments, held = [], list[str]()
        for domain in domains:
            moments.append(max(self._take(EVERYBODY, now), self._take(domain, now)))
            if moments[-1] > now:
                held += (EVERYBODY, domain)
        for name in held:
            if name in self.known:
                self.known[name] = replace(self.known[name], tokens=self.known[name].tokens + 1)
        return moments

    def slow(self, domain: str, sent_lately: float, now: datetime) -> None:
        """Halve the pace of a domain, which got `sent_lately` messages an hour until now; once a minute."""
        pace = self._now(domain, now)
        if pace and pace.slowed and now - pace.slowed < _BURST:
            return
        an_hour = max(_LEAST, min(pace.an_hour if pace else _FREE, sent_lately or _FREE) / 2)
        self.known[domain] = Pace(0, now, an_hour, now)

    def forget(self, now: datetime) -> None:
        """Forget paces that hold nobody back any more."""
        for name in list(self.known):
            pace = self._now(name, now)
            if pace is None or (pace.slowed is None and pace.tokens >= _most(pace)):
                del self.known[name]

    def _take(self, name: str, now: datetime) -> datetime:
        pace = self._now(name, now)
        if pace is None:
            return now
        self.known[name] = replace(pace, tokens=pace.tokens - 1)
        if pace.tokens >= 1:
            return now
        return now + timedelta(hours=(1 - pace.tokens) / pace.an_hour)

    def _now(self, name: str, now: datetime) -> Pace | None:
        """Return a pace as it is now; None for one that is free."""
        limit = float(self.limits.each_domain if name else self.limits.in_all)
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
