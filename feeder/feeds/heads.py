"""What a document says of its feed, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feeder.model.feeds import Feed, Tombstone


@dataclass(frozen=True, slots=True)
class Head:
    """A feed as one of its documents tells it.

    `archive` is the number of the archive that the document is, None for a live one. A `complete`
    feed lists all that there is (RFC 5005, section 2), another has archives with the rest, unless
    `has_archives` is False.
    """

    feed: Feed
    title: str
    description: str
    updated: datetime
    tombstones: Sequence[Tombstone] = ()
    archive: int | None = None
    complete: bool = False
    has_archives: bool = True

    @property
    def previous(self) -> int | None:
        """The number of the archive before this document, if there is one."""
        before = self.feed.archives if self.archive is None else self.archive - 1
        return before if before and self.has_archives else None

    @property
    def next(self) -> int | None:
        """The number of the archive after this one, if it is one and has a successor."""
        if self.archive is None or self.archive >= self.feed.archives:
            return None
        return self.archive + 1


def archive_path(feed: Feed, number: int) -> str:
    """Return where an archive of a feed stands in the tree."""
    return f"{feed.path}archive/{number}.xml"
