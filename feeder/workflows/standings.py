"""What has become of feeds: which are live, which moved with their subject, which nothing has any more."""

from collections.abc import Sequence

from feeder.feeds import Catalogue
from feeder.model.feeds import Feed, Standing
from feeder.store import Transaction


def standing(tx: Transaction, feed: Feed) -> Standing:
    """Tell what has become of a feed.

    One without items moved with its subject, when that was renamed. Else it is retired when
    nothing has its subject any more, not even a draft.
    """
    if feed.total or feed.standing:
        return Standing.LIVE
    if heir_of(tx, feed):
        return Standing.MOVED
    return Standing.LIVE if tx.feeds.is_carried(feed.subject) else Standing.RETIRED


def heir_of(tx: Transaction, feed: Feed) -> Feed | None:
    """Return the feed with items to which those of an emptied feed went, perhaps by way of others."""
    seen = {feed.id}
    while feed.heir and not feed.total and feed.heir not in seen:
        seen.add(feed.heir)
        (feed,) = tx.feeds.with_ids([feed.heir])
    return feed if feed.total and len(seen) > 1 else None


def left_to(tx: Transaction, feeds: Sequence[Feed]) -> dict[int, list[Feed]]:
    """Return for feeds with items (ids) the emptied feeds whose items went there, perhaps by way of others."""
    found: dict[int, list[Feed]] = {feed.id: [] for feed in feeds if feed.total}
    ends = {feed: feed for feed in found}
    heirs = list(found)
    while heirs:
        more = [each for each in tx.feeds.left_to(heirs) if each.id not in ends and not each.standing]
        for each in more:
            ends[each.id] = ends[each.heir or 0]
            found[ends[each.id]].append(each)
        heirs = [each.id for each in more]
    return found


def catalogue(tx: Transaction) -> Catalogue:
    """Return all feeds, and what has become of those without items."""
    moved: dict[str, str] = {}
    retired: list[str] = []
    others = set[int]()
    for feed in tx.feeds.emptied():
        heir = heir_of(tx, feed)
        if heir is not None:
            moved[feed.path] = heir.path
            others.add(feed.id)
        elif standing(tx, feed) is Standing.RETIRED:
            retired.append(feed.path)
            others.add(feed.id)
    return Catalogue([feed for feed in tx.feeds.shown() if feed.id not in others], moved, retired)
