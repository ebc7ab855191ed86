"""What has to be made, rendered: which documents to put, which to take off, what to remember."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from feeder import feeds
from feeder.errors import DocumentRefused, FeederError, PublishError
from feeder.feeds import Catalogue, Listing
from feeder.model.batches import batches
from feeder.model.feeds import EVERYTHING, Dirt, Document, Feed, Part, Standing
from feeder.model.items import Item
from feeder.store import Transaction
from feeder.workflows.allowed import shown
from feeder.workflows.arrange import LISTS
from feeder.workflows.press import Press

_AT_ONCE = 50
"""How many items, or parts of feeds, are read in one transaction."""

Opening = Callable[[], AbstractContextManager[Transaction]]
"""Begins a transaction."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One thing rendered: why, what to put, what to take off, what to remember of a feed (by its id)."""

    dirt: Dirt
    documents: Sequence[Document] = ()
    removed: Sequence[str] = ()
    told: Mapping[int, datetime] = field(default_factory=dict)
    refused: Sequence[FeederError] = ()


class Walk(Protocol):
    """A way through what has to be made, some at a time, in the order of ids and paths."""

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some items whose ids come after `after`."""

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of some feeds whose ids come after `after`."""

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return some paths that come after `after`."""


class Dirty:
    """The way through what is dirty."""

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some items."""
        return tx.documents.dirty_items(after, _AT_ONCE)

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of some feeds."""
        return tx.documents.dirty_feeds(after, _AT_ONCE)

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return some paths."""
        return tx.documents.dirty_paths(after, _AT_ONCE)


class Everything:
    """The way through all that the tree holds."""

    def items(self, tx: Transaction, after: int) -> Dirt:
        """Return some public items."""
        return Dirt(items=dict.fromkeys(tx.items.public_ids(after, _AT_ONCE), ()))

    def feeds(self, tx: Transaction, after: int) -> Dirt:
        """Return parts of all feeds."""
        parts = [
            Part(feed.id, number)
            for feed in (tx.feeds.shown() if after == 0 else ())
            for number in (None, *range(1, feed.archives + 1))
        ]
        return Dirt(parts=dict.fromkeys(parts, ()))

    def paths(self, tx: Transaction, after: str) -> Dirt:  # noqa: ARG002 - as all ways have it
        """Return the one path that stands for documents of the whole site."""
        return Dirt(paths={LISTS: ()} if after < LISTS else {})


def sheets(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    """Render what has to be made: items before the feeds that link to them, then what may have to go."""
    yield from _of_items(opening, press, walk)
    yield from _of_feeds(opening, press, walk)
    yield from _of_paths(opening, press, walk)


# ── Items ────────────────────────────────────────────────────────────────────────────────────────


def _of_items(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    after = 0
    while True:
        with opening() as tx:
            dirty = walk.items(tx, after).items
            items = _with_related(tx, list(dirty))
        if not dirty:
            return
        for item, reasons in dirty.items():
            yield _item(press, items[item], Dirt(items={item: reasons}))
        after = max(dirty)


def _with_related(tx: Transaction, ids: Sequence[int]) -> dict[int, Item]:
    related = tx.items.related(ids)
    return {item.id: replace(item, related=tuple(related.get(item.id, ()))) for item in tx.items.in_order(ids)}


def _item(press: Press, item: Item, dirt: Dirt) -> Sheet:
    if item.number is None:
        return Sheet(dirt, removed=[feeds.item_path(item)])
    item = shown(item, press.policies)
    documents: list[Document] = []
    refused: list[FeederError] = []
    try:
        if press.publish.pages:
            documents.append(press.renderer.item_page(item))
    except DocumentRefused as refusal:
        refused.append(refusal)
    for picture in item.pictures:
        if picture.file is None:
            continue
        try:
            documents.append(Document(picture.src, picture.file.read_bytes()))
        except OSError as error:
            refused.append(
                PublishError(
                    f"picture {picture.file} of item {item.slug}",
                    f"cannot be read ({error.strerror})",
                    "put it back, or take it out of the item",
                )
            )
    return Sheet(dirt, documents, refused=refused)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of one part of a feed: what it shows, and where else that has to stand."""

    part: Part
    listing: Listing
    copies: Sequence[Feed] = ()


def _of_feeds(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    after = 0
    while True:
        with opening() as tx:
            dirty = walk.feeds(tx, after).parts
        if not dirty:
            return
        for parts in batches(list(dirty), _AT_ONCE):
            with opening() as tx:
                read = _read(tx, press, parts)
            for each in read:
                yield _feed(press, each, Dirt(parts={each.part: dirty[each.part]}))
        after = max(part.feed for part in dirty)


def _read(tx: Transaction, press: Press, parts: Sequence[Part]) -> list[_Read]:
    """Read what some parts of feeds show; each item once for all of them."""
    found = {feed.id: feed for feed in tx.feeds.with_ids(list({part.feed for part in parts}))}
    most = press.publish.entries
    lists = {
        part: tx.listings.live(part.feed, most)
        if part.archive is None
        else tx.listings.archived(part.feed, part.archive, most)
        for part in parts
    }
    items = _with_related(tx, list({item for listed in lists.values() for item in listed}))
    stones = tx.listings.tombstones([part.feed for part in parts if part.archive is None])
    read = []
    for part in parts:
        feed = found[part.feed]
        policy = press.most(feed)
        listed = [shown(items[item], press.policies, policy) for item in lists[part]]
        if part.archive is not None:
            read.append(_Read(part, Listing(feed, listed, listed, standing=standing(tx, feed))))
            continue
        latest = set(tx.listings.latest(feed.id, most))
        listing = Listing(
            feed,
            listed,
            [item for item in listed if item.id in latest],
            stones[feed.id],
            standing(tx, feed),
            tx.feeds.counts() if feed.subject == EVERYTHING else (),
        )
        read.append(_Read(part, listing, left_to(tx, feed)))
    return read


def _feed(press: Press, read: _Read, dirt: Dirt) -> Sheet:
    feed, number = read.listing.feed, read.part.archive
    if number is not None:
        if read.listing.standing is not Standing.LIVE or number > feed.archives:
            return Sheet(dirt, removed=feeds.archive_paths(feed, number))
        rendered = press.renderer.archive(feed, number, read.listing.items)
        return Sheet(dirt, rendered.documents, refused=rendered.refused)
    if read.listing.standing is Standing.MOVED or not (feed.standing or feed.updated or feed.total):
        return Sheet(dirt)
    rendered = press.renderer.live(read.listing)
    documents = list(rendered.documents)
    for other in read.copies:
        # Their addresses lead here, and where nothing redirects, the same bytes stand there.
        moved = [other.path + each.path.removeprefix(feed.path) for each in rendered.documents]
        documents += [replace(each, path=path) for each, path in zip(rendered.documents, moved, strict=True)]
    return Sheet(dirt, documents, told={feed.id: rendered.updated}, refused=rendered.refused)


# ── What becomes of feeds ────────────────────────────────────────────────────────────────────────


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
    while feed.heir is not None and not feed.total and feed.heir not in seen:
        seen.add(feed.heir)
        (feed,) = tx.feeds.with_ids([feed.heir])
    return feed if feed.total and len(seen) > 1 else None


def left_to(tx: Transaction, feed: Feed) -> list[Feed]:
    """Return the emptied feeds whose items went to a feed, perhaps by way of others."""
    found: dict[int, Feed] = {}
    heirs = [feed.id]
    while heirs and feed.total:
        more = [each for each in tx.feeds.left_to(heirs) if each.id not in found and not each.standing]
        found |= {each.id: each for each in more}
        heirs = [each.id for each in more]
    return list(found.values())


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


# ── Paths ────────────────────────────────────────────────────────────────────────────────────────


def _of_paths(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    after = ""
    while True:
        with opening() as tx:
            dirty = walk.paths(tx, after).paths
            there = tx.documents.shown_pictures(dirty)
            found = catalogue(tx) if LISTS in dirty else None
        if not dirty:
            return
        for path, reasons in dirty.items():
            dirt = Dirt(paths={path: reasons})
            if path == LISTS and found:
                yield Sheet(dirt, press.renderer.lists(found))
            else:
                yield Sheet(dirt, removed=[] if path in there else [path])
        after = max(dirty)
