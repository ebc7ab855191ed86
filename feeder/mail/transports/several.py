"""Mail servers, or a provider, as one way out: each takes its share, and what one cannot take goes to another.

A server that cannot be used rests, for longer each time, while the others go on. A message goes to
another server only as long as nothing of it was taken: so nobody gets it twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from feeder.mail.transports import Unavailable, Way
from feeder.model.deliveries import Deferred, Envelope, Message, Outcome, Verdict

_FIRST_REST_SECONDS = 30.0
_LONGEST_REST_SECONDS = 15 * 60.0
_DOUBLINGS = 5

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Standing:
    """How one server, or provider, stands among others. `turn` grows by its weight until it gets the next group.

    `trouble` is why it could not be used when it was last tried, and `failures` how often that was so.
    """

    out: Way
    turn: int = 0
    carrying: int = 0
    failures: int = 0
    rests_until: float = 0.0
    trouble: Deferred | None = None


class Several:
    """Mail servers that share the messages by their weights."""

    def __init__(self, ways: Sequence[Way], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ways = [_Standing(way) for way in ways]
        self._monotonic = monotonic
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """How many groups they take at a time."""
        return sum(way.out.connections for way in self._ways)

    @property
    def servers(self) -> Mapping[str, int]:
        """Those that do not rest, with their weights; all of them when all rest."""
        now = self._monotonic()
        with self._lock:
            ways = [way for way in self._ways if way.rests_until <= now] or self._ways
        return {way.out.name: way.out.weight for way in ways}

    def send_group(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group by one server, and what that could not take by the next, unless a message is for one only."""
        outcomes: list[Outcome] = [self._resting()] * len(group)
        for server in {envelope.server for envelope, _ in group}:
            places = [place for place, (envelope, _) in enumerate(group) if envelope.server == server]
            self._send(group, places, outcomes, [way for way in self._ways if server in ("", way.out.name)])
        return outcomes

    def close(self) -> None:
        """Let go of all connections."""
        for way in self._ways:
            way.out.close()

    def _send(
        self,
        group: Sequence[tuple[Envelope, Message]],
        waiting: list[int],
        outcomes: list[Outcome],
        ways: Sequence[_Standing],
    ) -> None:
        """Send those of a group that stand in some places by one server after another, and note what came of them."""
        tried: list[_Standing] = []
        while waiting and (way := self._begin([way for way in ways if way not in tried])):
            tried.append(way)
            told, trouble = self._attempt(way, [group[place] for place in waiting])
            for place, outcome in zip(waiting, told, strict=True):
                outcomes[place] = outcome
            waiting = [place for place in waiting if _may_go_elsewhere(outcomes[place], trouble)]
        for place in waiting:
            outcomes[place] = self._unsent(outcomes[place])

    def _begin(self, ways: Sequence[_Standing]) -> _Standing | None:
        """Choose whose turn it is, among those that do not rest; first among those with a connection to spare."""
        now = self._monotonic()
        with self._lock:
            awake = [way for way in ways if way.rests_until <= now]
            if not awake:
                return None
            awake = [way for way in awake if way.carrying < way.out.connections] or awake
            for way in awake:
                way.turn += way.out.weight
            chosen = max(awake, key=lambda way: way.turn)
            chosen.turn -= sum(way.out.weight for way in awake)
            chosen.carrying += 1
        return chosen

    def _attempt(
        self, way: _Standing, group: Sequence[tuple[Envelope, Message]]
    ) -> tuple[list[Outcome], Deferred | None]:
        """Send a group by one server; return what came of it, and the trouble with the server if that is all."""
        trouble = None
        try:
            outcomes = way.out.attempt(group)
        except Unavailable as error:
            outcomes = [error.outcome] * len(group)
            trouble = error.outcome
        with self._lock:
            way.carrying -= 1
            self._note(way, trouble)
        return outcomes, trouble

    def _note(self, way: _Standing, trouble: Deferred | None) -> None:
        """Let a server in trouble rest, twice as long as the last time; one that works is as good as new."""
        now = self._monotonic()
        way.trouble = trouble
        if trouble is None:
            way.failures = 0
        elif way.rests_until <= now:  # several threads find out at once, and it is one failure
            rest = min(_FIRST_REST_SECONDS * 2 ** min(way.failures, _DOUBLINGS), _LONGEST_REST_SECONDS)
            way.failures += 1
            way.rests_until = now + rest
            if len(self._ways) > 1:  # else whoever sends tells what came of it
                log.warning(
                    "mail server rests",
                    extra={"server": way.out.name, "seconds": round(rest), "why": trouble.reason},
                )

    def _resting(self) -> Deferred:
        """Say why nothing can go now, for when no server is awake."""
        with self._lock:
            soonest = min(self._ways, key=lambda way: way.rests_until)
        return soonest.trouble or Deferred(f"the mail server {soonest.out.name} rests", Verdict.CONNECTION)

    def _unsent(self, outcome: Outcome) -> Outcome:
        """Keep trouble with a log-in to its server, unless every server has it."""
        with self._lock:
            for_a_person = all(way.trouble and way.trouble.verdict is Verdict.OURS for way in self._ways)
        if isinstance(outcome, Deferred) and not for_a_person:
            return replace(outcome, verdict=Verdict.CONNECTION)
        return outcome


def _may_go_elsewhere(outcome: Outcome, trouble: Deferred | None) -> bool:
    """Tell whether nothing of a message was taken, for a reason that is this server's."""
    return isinstance(outcome, Deferred) and (outcome.verdict is Verdict.CONNECTION or outcome is trouble)
