"""What is going on, in one look: for people who ask, and for what measures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeder.model.hub import Trouble
from feeder.model.members import Member
from feeder.model.reports import Backlog
from feeder.model.returns import Kind
from feeder.model.settings import Settings
from feeder.store import Store, Transaction
from feeder.store.sources import SourceState
from feeder.workflows import alarms, consequences, gate, progress
from feeder.workflows.alarms import Alarm
from feeder.workflows.gate import Passage
from feeder.workflows.jobs import TICK
from feeder.workflows.progress import Overview, Settled

LATELY = timedelta(days=7)
"""What came back within this time is counted."""

_GRACE = timedelta(minutes=1)
"""A job that is due again and again may be so much later than its interval says, twice over, before it is late."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A job, how often it is to be run, and when it last began."""

    job: str
    every: timedelta
    last: datetime

    def lag(self, now: datetime) -> timedelta:
        """Return for how long it has not begun."""
        return max(timedelta(), now - self.last)

    def is_late(self, now: datetime) -> bool:
        """Tell whether it should have begun since."""
        return self.lag(now) > 2 * self.every + _GRACE


@dataclass(frozen=True, slots=True)
class Survey:
    """What is going on at a moment.

    `deliveries` and `letters` are what is still to be settled; `issues` how far those are that are under way, and
    the newest of each digest. `members` are the processes that work for the site, as far as they have not been given
    up, and `queued` how many jobs wait or run, by name, where others than the process that put them know that.
    `dirty` counts reasons to make a document anew, `unput` documents that a bucket lacks.
    `slowed` is whom less is sent to since they said so, by the name of the pace, with messages an hour.
    `returned` is what came back `LATELY`. Of `jobs` only those are there of which it is known when they last began.
    """

    at: datetime
    alarms: Sequence[Alarm]
    rests_until: datetime | None
    gate: Passage
    sources: Sequence[SourceState]
    troubles: Sequence[Trouble]
    members: Sequence[Member]
    queued: Mapping[str, int]
    jobs: Sequence[Turn]
    deliveries: Backlog
    issues: Overview
    letters: Backlog
    slowed: Mapping[str, float]
    returned: Mapping[Kind, int]
    dirty: int
    unput: int
    subscriptions: int

    @property
    def late(self) -> list[Turn]:
        """The jobs that should have begun since."""
        return [turn for turn in self.jobs if turn.is_late(self.at)]

    @property
    def silent(self) -> list[Member]:
        """The processes that have not told for too long that they live."""
        return [member for member in self.members if not member.is_alive]

    def alive(self, role: str) -> int:
        """Return how many processes with a role live."""
        return sum(role in member.roles for member in self.members if member.is_alive)


def take(
    store: Store,
    settings: Settings,
    every: Mapping[str, timedelta],
    queued: Callable[[Transaction], Mapping[str, int]],
    now: datetime,
    settled: Settled,
) -> Survey:
    """Look at all that goes on. Raises: StoreError.

    `every` says of each job how often it is to be run, `queued` how many wait or run, by name. `settled` is what
    whoever looks again and again knows of issues.
    """
    with store.reading() as tx:
        return take_in(tx, settings, every, queued(tx), now, settled)


def take_in(
    tx: Transaction,
    settings: Settings,
    every: Mapping[str, timedelta],
    queued: Mapping[str, int],
    now: datetime,
    settled: Settled,
) -> Survey:
    """Look so within a transaction."""
    opened = tx.ledger.open()
    limits = consequences.limits(settings.delivery, settings.mail)
    sources = tx.sources.all()
    return Survey(
        at=now,
        alarms=alarms.standing(tx),
        rests_until=consequences.rests_until(tx),
        gate=gate.known_of(tx),
        sources=sources,
        troubles=tx.pings.troubles(),
        members=tx.members.all(),
        queued=queued,
        jobs=_turns(tx, every, {state.name: state.last_read for state in sources}),
        deliveries=sum(opened.values(), Backlog()),
        issues=progress.overview(tx, opened, settings.digests, now, settled),
        letters=tx.letters.backlog(),
        slowed=consequences.slowed(tx, limits, now),
        returned=tx.returns.counts(now - LATELY),
        dirty=tx.documents.count_dirty(),
        unput=tx.objects.count_unput(),
        subscriptions=sum(tx.hub.count(now).values()),
    )


def _turns(
    tx: Transaction, every: Mapping[str, timedelta], read: Mapping[str, datetime | None]
) -> list[Turn]:
    """Tell when jobs last began: by the slots that were taken, or by what the source of a `collect:SOURCE` remembers."""
    began = {job: tx.runs.last(f"{TICK}{job}") or read.get(job.partition(":")[2]) for job in every}
    return [Turn(job, every[job], last) for job, last in began.items() if last]
