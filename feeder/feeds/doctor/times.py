"""What the dates of a feed say together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from feeder.feeds.doctor import dates
from feeder.feeds.doctor.findings import Finding, Place, Rule, advice, warning

FUTURE = warning(
    "date-future", "a date lies in the past: readers hide the others, or put it on top for long", "practice"
)
ANCIENT = warning("date-ancient", "a date is that of a publication", "practice")
ALL_SAME = warning(
    "dates-all-same",
    "each entry has its own date: with one for all, everything looks new",
    "RFC 4287, section 4.2.15",
)
OLDER = warning(
    "feed-older", "a feed was updated when its newest entry was, or later", "RFC 4287, section 4.2.15"
)
BUILT_BEFORE = advice(
    "feed-older",
    "a channel was built after its newest item was published",
    "RSS 2.0, optional channel elements",
)
ORDER = advice("order", "entries stand newest first, as many readers expect", "snarfed/bridgy-fed#2654")

_TOLERANCE = timedelta(hours=1)
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_FEW = 3


@dataclass(frozen=True, slots=True)
class Dated:
    """An entry's dates, as far as they can be read; `place` is that of the newer one."""

    place: Place
    published: datetime | None
    updated: datetime | None

    @property
    def newest(self) -> datetime | None:
        """The later of both."""
        return max(filter(None, (self.published, self.updated)), default=None)


def check_one(moment: datetime, place: Place, now: datetime) -> Iterator[Finding]:
    """Check one date against the present and the past."""
    if moment > now + _TOLERANCE:
        yield Finding(
            FUTURE, place, f"{dates.day(moment)} is yet to come", "publish it when its time has come"
        )
    elif moment < _FIRST:
        mend = "give the date of publication, or leave it out"
        yield Finding(ANCIENT, place, f"{dates.day(moment)} is before there were feeds", mend)


def check_entries(entries: Sequence[Dated]) -> Iterator[Finding]:
    """Check the dates of all entries, in the order of the feed."""
    newest = [entry.newest for entry in entries]
    if len(newest) >= _FEW and None not in newest and len(set(newest)) == 1:
        found = f"all {len(newest)} entries are of one moment"
        mend = "date each by its own publication, not by the time of building"
        yield Finding(ALL_SAME, entries[0].place, found, mend)
    orders = (
        [(entry.place, entry.published or entry.updated) for entry in entries],
        [(entry.place, entry.updated or entry.published) for entry in entries],
    )
    breaks = [_first_break(order) for order in orders]
    if breaks[0] is not None and breaks[1] is not None:
        yield Finding(
            ORDER, breaks[0], "it is newer than the entry before it", "sort by date, the newest first"
        )


def check_feed(rule: Rule, updated: datetime, place: Place, entries: Sequence[Dated]) -> Iterator[Finding]:
    """Check a feed's own date against those of its entries."""
    moments = [entry.updated or entry.published for entry in entries]
    newest = max((moment for moment in moments if moment), default=None)
    if newest is not None and updated < newest:
        found = f"{updated.isoformat()} is before {newest.isoformat()}, when its newest entry was"
        yield Finding(rule, place, found, "write the date of the newest entry, or a later one")


def _first_break(order: Sequence[tuple[Place, datetime | None]]) -> Place | None:
    """Return where an order is first broken; None if it is kept."""
    dated = [(place, moment) for place, moment in order if moment is not None]
    return next((place for (_, one), (place, other) in pairwise(dated) if other > one), None)
