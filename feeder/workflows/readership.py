"""How many read the feeds: kept from what the service hears, and told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feeder.model.feeds import Feed
from feeder.model.readership import Heard, Tally, feed_of
from feeder.store import Store
from feeder.workflows import standings

_KEPT = timedelta(days=400)
_SILENT = timedelta(days=7)
"""An aggregator that has not asked for so long has no subscribers any more."""


@dataclass(frozen=True, slots=True)
class Readership:
    """Who reads a feed: what aggregators say of each of its documents, and how many others came, by day.

    `told` are the subscriptions of its documents at our hub, most of which are of such aggregators as well.
    """

    feed: Feed
    heard: Sequence[Heard]
    days: dict[date, int]
    told: int = 0

    @property
    def subscribers(self) -> int:
        """How many subscribe by aggregators, by their own words."""
        return sum(each.said.subscribers for each in self.heard)


def keep(store: Store, tallies: Sequence[Tally], now: datetime) -> None:
    """Remember what the service has heard, and forget what is old."""
    if not tallies:
        return
    with store.transaction() as tx:
        for tally in tallies:
            tx.readership.heard(tally.day, tally.said)
            tx.readership.came(tally.day, tally.readers)
        tx.readership.forget((now - _KEPT).date())


def of_all(store: Store, now: datetime) -> list[Readership]:
    """Return who reads each feed that is published, with the most subscribers first."""
    since = (now - _SILENT).date()
    with store.reading() as tx:
        feeds = standings.catalogue(tx).feeds
        heard, visitors = tx.readership.said(since), tx.readership.visitors(since)
        subscriptions = tx.hub.count(now)
    by_feed: dict[str, list[Heard]] = {}
    for each in heard:
        by_feed.setdefault(feed_of(each.said.path), []).append(each)
    told: Counter[str] = Counter()
    for topic, number in subscriptions.items():
        told[feed_of(topic)] += number
    found = [
        Readership(feed, by_feed.get(feed.path, []), visitors.get(feed.path, {}), told[feed.path])
        for feed in feeds
    ]
    return sorted(found, key=lambda each: (-each.subscribers, -sum(each.days.values()), each.feed.path))
