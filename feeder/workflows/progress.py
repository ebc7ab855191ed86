"""How far issues are: counts by state, rate, what is left, who sends, and what holds them up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeder.model.deliveries import State
from feeder.model.issues import ALL_MAIL, EVERY_DIGEST, Hold
from feeder.model.reports import Progress, Sender
from feeder.store import Store, Transaction

LATELY, MINUTE, HOUR = timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1)
"""Over the first of these times the rate is told; what was accepted is counted over each."""

_SPANS = (LATELY, MINUTE, HOUR)

_NEWEST = 5
"""How many issues of one digest are told."""


@dataclass(frozen=True, slots=True)
class Course:
    """How an issue stands: how far it is, how many go out in a second, how long the rest takes at that rate.

    `remaining` is None while nobody sends. `hold` is what stops it, and `asked` since when it waits for a person.
    """

    progress: Progress
    rate: float
    remaining: timedelta | None
    hold: Hold | None
    asked: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """How some issues stand, who sends now, and what is stopped."""

    issues: Sequence[Course]
    senders: Sequence[Sender]
    holds: Sequence[Hold]

    @property
    def states(self) -> Mapping[State, int]:
        """The deliveries of these issues by state."""
        return sum((Counter(course.progress.states) for course in self.issues), Counter())

    def accepted(self, span: timedelta) -> int:
        """Return how many of them were accepted within the last `LATELY`, `MINUTE` or `HOUR`."""
        place = _SPANS.index(span)
        return sum(course.progress.lately[place] for course in self.issues)


def of_all(store: Store, digests: Iterable[str], now: datetime) -> Overview:
    """Tell of all issues that are under way, and of the newest of each of `digests`."""
    with store.reading() as tx:
        return overview(tx, digests, now)


def overview(tx: Transaction, digests: Iterable[str], now: datetime) -> Overview:
    """Tell so within a transaction."""
    newest = [(name, period) for name in digests for period in tx.ledger.periods(name, 1)]
    return _overview(tx, list(dict.fromkeys([*tx.ledger.open(), *newest])), now)


def of_digest(store: Store, digest: str, now: datetime) -> Overview:
    """Tell of the newest issues of a digest, newest first."""
    with store.reading() as tx:
        return _overview(tx, [(digest, period) for period in tx.ledger.periods(digest, _NEWEST)], now)


def of_issue(store: Store, digest: str, period: str, now: datetime) -> Overview:
    """Tell of one issue; of none, when there is no such issue."""
    with store.reading() as tx:
        return _overview(tx, [(digest, period)], now)


def _overview(tx: Transaction, issues: Iterable[tuple[str, str]], now: datetime) -> Overview:
    holds = {hold.digest: hold for hold in tx.holds.all()}
    asked = {(each.digest, each.period): each.asked for each in tx.approvals.open()}
    since = [now - span for span in _SPANS]
    found = [tx.ledger.issue(digest, period, *since) for digest, period in issues]
    return Overview(
        [
            _course(
                progress,
                holds.get(ALL_MAIL) or holds.get(EVERY_DIGEST) or holds.get(progress.digest),
                asked.get((progress.digest, progress.period)),
                now,
            )
            for progress in found
            if progress
        ],
        tx.ledger.senders(now),
        list(holds.values()),
    )


def _course(progress: Progress, hold: Hold | None, asked: datetime | None, now: datetime) -> Course:
    """Work out the rate over what has passed of the last moments."""
    passed = min(LATELY, max(now - progress.planned, timedelta(seconds=1)))
    rate = progress.lately[0] / passed.total_seconds()
    remaining = timedelta(seconds=round(progress.left / rate)) if rate and progress.left else None
    # What once waited and was passed over by the next issue waits no more.
    return Course(
        progress, rate, remaining, hold if progress.left else None, asked if progress.left else None
    )
