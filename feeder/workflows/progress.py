"""How far issues are: counts by state, rate, what is left, who sends, and what holds them up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeder.model.deliveries import State
from feeder.model.issues import ALL_MAIL, EVERY_DIGEST, Hold
from feeder.model.reports import Progress, Sender
from feeder.store import Store, Transaction
from feeder.store.ledger import Issue

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
        return overview(tx, tx.ledger.open(), digests, now, {})


Settled = dict[Issue, tuple[int, Progress]]
"""Issues that were settled when somebody looked, with the newest delivery: none of theirs changes any more."""


def overview(
    tx: Transaction, opened: Iterable[Issue], digests: Iterable[str], now: datetime, settled: Settled
) -> Overview:
    """Tell so within a transaction, of which it is known which issues are `opened`.

    What is `settled` is not counted again, and is added to: for whoever looks again and again.
    """
    under_way = list(opened)
    newest = [(name, period) for name in digests for period in tx.ledger.periods(name, 1)]
    others = [issue for issue in newest if issue not in under_way]
    for gone in settled.keys() - set(others):
        del settled[gone]
    return _told(
        tx,
        [
            *(_counted(tx, *issue, now) for issue in under_way),
            *(_ended(tx, issue, now, settled) for issue in others),
        ],
        now,
    )


def _ended(tx: Transaction, issue: Issue, now: datetime, settled: Settled) -> Progress | None:
    """Count an issue that is not under way, unless that is known."""
    last = tx.ledger.newest(*issue)
    if last is None:
        return None
    if issue in settled and settled[issue][0] == last:
        return settled[issue][1]
    progress = _counted(tx, *issue, now)
    if progress and not any(progress.lately):
        settled[issue] = last, progress
    return progress


def _counted(tx: Transaction, digest: str, period: str, now: datetime) -> Progress | None:
    return tx.ledger.issue(digest, period, *(now - span for span in _SPANS))


def of_digest(store: Store, digest: str, now: datetime) -> Overview:
    """Tell of the newest issues of a digest, newest first."""
    with store.reading() as tx:
        return _overview(tx, [(digest, period) for period in tx.ledger.periods(digest, _NEWEST)], now)


def of_issue(store: Store, digest: str, period: str, now: datetime) -> Overview:
    """Tell of one issue; of none, when there is no such issue."""
    with store.reading() as tx:
        return _overview(tx, [(digest, period)], now)


def _overview(tx: Transaction, issues: Iterable[Issue], now: datetime) -> Overview:
    return _told(tx, [_counted(tx, *issue, now) for issue in issues], now)


def _told(tx: Transaction, found: Iterable[Progress | None], now: datetime) -> Overview:
    holds = {hold.digest: hold for hold in tx.holds.all()}
    asked = {(each.digest, each.period): each.asked for each in tx.approvals.open()}
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
