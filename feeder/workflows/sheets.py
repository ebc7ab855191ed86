"""What has to be made, rendered: which documents to put, which to take off, what to remember."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from feeder import feeds
from feeder.errors import DocumentRefused, FeederError, PublishError
from feeder.feeds import Catalogue, Listing, entries
from feeder.feeds.pages import Shown
from feeder.model.appearances import Policy
from feeder.model.batches import BATCH, batches
from feeder.model.feeds import EVERYTHING, Dirt, Document, Entry, Feed, Listed, Part, Standing, Tombstone
from feeder.model.items import Item
from feeder.store import Transaction
from feeder.workflows.allowed import shown
from feeder.workflows.arrange import LISTS
from feeder.workflows.press import Press
from feeder.workflows.stock import Stock, with_related

_AT_ONCE = 50
"""How many parts of feeds are read in one transaction; of items, a whole batch is."""

Opening = Callable[[], AbstractContextManager[Transaction]]
"""Begins a transaction."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One thing rendered: why, what to put, what to take off, what to remember.

    What stands at the paths in `kept` stays, though it could not be made now. `told` are the updates that feeds (ids) tell, and `entries` those to be kept, by how much they show.
    """

    dirt: Dirt
    documents: Sequence[Document] = ()
    removed: Sequence[str] = ()
    kept: Sequence[str] = ()
    told: Mapping[int, datetime] = field(default_factory=dict)
    refused: Sequence[FeederError] = ()
    entries: Mapping[Policy, Sequence[Entry]] = field(default_factory=dict)


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
        return tx.documents.dirty_feeds(after, _AT_ONCE)

    def paths(self, tx: Transaction, after: str) -> Dirt:
        """Return some paths."""
        return tx.documents.dirty_paths(after, _AT_ONCE)


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
            wanted = list(dirty) if press.publish.pages else tx.items.beyond_feeds(list(dirty))
            items = with_related(tx, wanted)
        if not dirty:
            return
        beyond = dirty.keys() - set(wanted)
        yield Sheet(Dirt(items={item: dirty[item] for item in beyond}))
        for item in items:
            yield _item(press, item, Dirt(items={item.id: dirty[item.id]}))
        after = max(dirty)


def _item(press: Press, item: Item, dirt: Dirt) -> Sheet:
    if item.number is None:
        return Sheet(dirt, removed=[feeds.item_path(item)])
    item = shown(item, press.policies)
    documents: list[Document] = []
    kept: list[str] = []
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
            # That it cannot be read just now is no reason to take it from its readers.
            kept.append(picture.src)
            refused.append(
                PublishError(
                    f"picture {picture.file} of item {item.slug}",
                    f"cannot be read ({error.strerror})",
                    "put it back, or take it out of the item",
                )
            )
    return Sheet(dirt, documents, kept=kept, refused=refused)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of one part of a feed: what it shows, and where else that has to stand."""

    part: Part
    listing: Listing
    copies: Sequence[Feed] = ()
    refused: Sequence[FeederError] = ()


def _of_feeds(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    after = 0
    while True:
        with opening() as tx:
            dirty = walk.feeds(tx, after).parts
        if not dirty:
            return
        shown = [part for part in dirty if _is_shown(press, part)]
        beyond = dirty.keys() - set(shown)
        yield Sheet(Dirt(parts={part: dirty[part] for part in beyond}))
        for parts in batches(shown, _AT_ONCE):
            with opening() as tx:
                stock = Stock(tx, press, anew=walk.anew)
                read = _read(tx, press, stock, parts)
            for each in read:
                yield _feed(press, each, Dirt(parts={each.part: dirty[each.part]}))
            yield Sheet(Dirt(), entries=stock.made)
        after = max(part.feed for part in dirty)


def _read(tx: Transaction, press: Press, stock: Stock, parts: Sequence[Part]) -> list[_Read]:
    """Read what some parts of feeds show; each entry once for all of them."""
    found = {feed.id: feed for feed in tx.feeds.with_ids(list({part.feed for part in parts}))}
    live = [found[part.feed] for part in parts if part.archive is None]
    listed = tx.listings.live([feed.id for feed in live], press.publish.entries)
    lists = {
        part: listed[part.feed] if part.archive is None else tx.listings.archived(part.feed, part.archive)
        for part in parts
    }
    for policy in Policy:
        of_policy = [lists[part] for part in parts if press.most(found[part.feed]) is policy]
        stock.fetch((each.item for some in of_policy for each in some), policy)
    stones = tx.listings.tombstones([feed.id for feed in live])
    copies = left_to(tx, live)
    return [
        _Read(
            part,
            _listing(tx, press, stock, found[part.feed], part, lists[part], stones.get(part.feed, ())),
            copies.get(part.feed, ()) if part.archive is None else (),
            [stock.refused[each.item] for each in lists[part] if each.item in stock.refused],
        )
        for part in parts
    ]


def _is_shown(press: Press, part: Part) -> bool:
    """Tell whether the site publishes a part of a feed at all."""
    return part.archive is None or press.publish.archives or press.publish.pages


def _listing(
    tx: Transaction,
    press: Press,
    stock: Stock,
    feed: Feed,
    part: Part,
    listed: Sequence[Listed],
    stones: Sequence[Tombstone],
) -> Listing:
    is_archive = part.archive is not None
    is_home = feed.subject == EVERYTHING and not is_archive and press.publish.pages
    all_entries = stock.take((each.item for each in listed), press.most(feed))
    fitting = entries.within_budget(all_entries, stock.short)
    shown = stock.take((each.item for each in listed if is_archive or not each.archived), press.most(feed))
    dates = {each.item: each for each in listed}
    return Listing(
        feed,
        fitting,
        max((each.updated for each in listed), default=None),
        [
            Shown(dates[entry.item].posted, dates[entry.item].published, (entry.page, entry.line))
            for entry in shown
        ],
        stones,
        standing(tx, feed),
        tx.feeds.counts() if is_home else (),
        whole=len(fitting) == len(all_entries) and len(listed) == feed.total,
    )


def _feed(press: Press, read: _Read, dirt: Dirt) -> Sheet:
    listing, number = read.listing, read.part.archive
    feed = listing.feed
    if number is not None:
        if listing.standing is not Standing.LIVE or number > feed.archives:
            return Sheet(dirt, removed=feeds.archive_paths(feed, number))
        return Sheet(dirt, press.renderer.archive(number, listing).documents, refused=read.refused)
    if listing.standing is Standing.MOVED or not (feed.standing or feed.updated or feed.total):
        return Sheet(dirt)
    rendered = press.renderer.live(listing)
    documents = list(rendered.documents)
    for other in read.copies:
        # Their addresses lead here, and where nothing redirects, the same bytes stand there.
        documents += [
            replace(each, path=other.path + each.path.removeprefix(feed.path)) for each in rendered.documents
        ]
    return Sheet(dirt, documents, told={feed.id: rendered.updated}, refused=read.refused)


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
