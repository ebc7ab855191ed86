"""How far issues are: counts by state, rate, what is left, who sends, and what holds them up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeder.model.issues import ALL_MAIL, EVERY_DIGEST, Hold
from feeder.model.reports import Progress, Sender
from feeder.store import Store, Transaction

LATELY = timedelta(seconds=30)
"""Over so long a time the rate is told."""

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


def of_all(store: Store, digests: Iterable[str], now: datetime) -> Overview:
    """Tell of all issues that are under way, and of the newest of each of `digests`."""
    with store.reading() as tx:
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
    found = [tx.ledger.issue(digest, period, now - LATELY) for digest, period in issues]
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
    rate = progress.lately / passed.total_seconds()
    remaining = timedelta(seconds=round(progress.left / rate)) if rate and progress.left else None
    # What once waited and was passed over by the next issue waits no more.
    return Course(
        progress, rate, remaining, hold if progress.left else None, asked if progress.left else None
    )
