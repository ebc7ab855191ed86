"""Ways through what has to be made: what is dirty, or everything. Some at a time, so that memory stays flat."""

from typing import Protocol

from feeder.model.batches import BATCH
from feeder.model.feeds import LISTS, Dirt, Part
from feeder.store import Transaction

FEEDS_AT_ONCE = 50
"""How many feeds are looked at together, and how many paths; of items, a whole batch is."""


class Walk(Protocol):
    """A way through what has to be made, some at a time, in the order of ids and paths.

    On some ways all entries are made `anew`, whatever the store keeps.
    """

    anew: bool

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some items whose ids come after `after`."""

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of some feeds whose ids come after `after`."""

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return some paths that come after `after`."""


class Dirty:
    """The way through what is dirty."""

    anew = False

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some items."""
        return tx.documents.dirty_items(after, BATCH)

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of some feeds."""
        return tx.documents.dirty_feeds(after, FEEDS_AT_ONCE)

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return some paths."""
        return tx.documents.dirty_paths(after, FEEDS_AT_ONCE)


class Everything:
    """The way through all that the tree holds."""

    anew = True

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some public items."""
        return Dirt(items=dict.fromkeys(tx.items.public_ids(after, BATCH), ()))

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of all feeds."""
        parts = [
            Part(feed.id, number)
            for feed in (tx.feeds.shown() if after == 0 else ())
            for number in (None, *range(1, feed.archives + 1))
        ]
        return Dirt(parts=dict.fromkeys(parts, ()))

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return the paths that stand for documents of the whole site, and for all editions."""
        paths = [LISTS, *tx.editions.marks()]
        return Dirt(paths={path: () for path in paths if path > after})
