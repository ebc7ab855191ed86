"""What has to be made, rendered: which documents to put, which to take off, what to remember."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from feeder import feeds
from feeder.errors import DocumentRefused, FeederError, PublishError
from feeder.feeds import Listing, entries
from feeder.feeds.pages import Shown, Volume
from feeder.model.appearances import Policy
from feeder.model.batches import BATCH, batches
from feeder.model.feeds import (
    EVERYTHING,
    LISTS,
    Dirt,
    Document,
    Entry,
    Feed,
    Listed,
    Part,
    Standing,
    Tombstone,
)
from feeder.model.issues import ISSUES
from feeder.model.items import Item, Kind
from feeder.model.links import Copy
from feeder.store import Transaction
from feeder.workflows.allowed import shown
from feeder.workflows.press import Press
from feeder.workflows.standings import catalogue, left_to, standing
from feeder.workflows.stock import Stock, with_related
from feeder.workflows.walks import FEEDS_AT_ONCE, Walk

_STONES_AT_MOST = 1000
"""How many tombstones a feed tells at most, the newest."""

Opening = Callable[[], AbstractContextManager[Transaction]]
"""Begins a transaction."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One thing rendered: why, what to put, what to take off, what to remember.

    What stands at the paths in `kept` stays, though it could not be made now. `told` are the updates
    that feeds (ids) tell, and `entries` those to be kept, by how much they show.
    """

    dirt: Dirt
    documents: Sequence[Document] = ()
    removed: Sequence[str] = ()
    kept: Sequence[str] = ()
    told: Mapping[int, datetime] = field(default_factory=dict)
    refused: Sequence[FeederError] = ()
    entries: Mapping[Policy, Sequence[Entry]] = field(default_factory=dict)


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
            copies = tx.links.copies(wanted)
        beyond = dirty.keys() - set(wanted)
        yield Sheet(Dirt(items={item: dirty[item] for item in beyond}))
        for item in items:
            yield _item(press, item, copies.get(item.id), Dirt(items={item.id: dirty[item.id]}))
        if len(dirty) < BATCH:
            return
        after = max(dirty)


def _item(press: Press, item: Item, copy: Copy | None, dirt: Dirt) -> Sheet:
    if item.number is None:
        return Sheet(dirt, removed=[feeds.item_path(item)])
    item = shown(item, press.policies)
    documents: list[Document] = []
    kept: list[str] = []
    removed: list[str] = []
    refused: list[FeederError] = []
    try:
        if press.publish.pages:
            documents.append(press.renderer.item_page(item, copy))
    except DocumentRefused as refusal:
        removed.append(feeds.item_path(item))
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
    return Sheet(dirt, documents, removed, kept=kept, refused=refused)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Asked:
    """A part of a feed, which items it lists, and the tombstones that it tells."""

    feed: Feed
    part: Part
    listed: Sequence[Listed]
    stones: Sequence[Tombstone]


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
        shown = [part for part in dirty if _is_shown(press, part)]
        beyond = dirty.keys() - set(shown)
        yield Sheet(Dirt(parts={part: dirty[part] for part in beyond}))
        for parts in batches(shown, FEEDS_AT_ONCE):
            with opening() as tx:
                stock = Stock(tx, press, anew=walk.anew)
                read = _read(tx, press, stock, parts)
            for each in read:
                yield _feed(press, each, Dirt(parts={each.part: dirty[each.part]}))
            yield Sheet(Dirt(), entries=stock.made)
        if len({part.feed for part in dirty}) < FEEDS_AT_ONCE:
            return
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
            _listing(
                tx, press, stock, _Asked(found[part.feed], part, lists[part], stones.get(part.feed, ()))
            ),
            copies.get(part.feed, ()) if part.archive is None else (),
            [stock.refused[each.item] for each in lists[part] if each.item in stock.refused],
        )
        for part in parts
    ]


def _is_shown(press: Press, part: Part) -> bool:
    """Tell whether the site publishes a part of a feed at all."""
    return part.archive is None or press.publish.archives or press.publish.pages


def _listing(tx: Transaction, press: Press, stock: Stock, asked: _Asked) -> Listing:
    feed, policy = asked.feed, press.most(asked.feed)
    is_archive = asked.part.archive is not None
    is_home = feed.subject == EVERYTHING and not is_archive and press.publish.pages
    stones = asked.stones[:_STONES_AT_MOST]
    entries_of_all = stock.take((each.item for each in asked.listed), policy)
    fitting = entries.within_budget(
        entries_of_all,
        lambda entry: stock.short(entry, policy),
        {each.item for each in asked.listed if each.archived and not is_archive},
        len(stones),
    )
    on_page = {each.item: each for each in asked.listed if is_archive or not each.archived}
    return Listing(
        feed,
        fitting,
        max((each.updated for each in asked.listed), default=None),
        [
            Shown(on_page[entry.item].posted, on_page[entry.item].published, (entry.page, entry.line))
            for entry in entries_of_all
            if entry.item in on_page
        ],
        stones,
        standing(tx, feed),
        tx.feeds.counts() if is_home else (),
        has_issues=is_home and tx.editions.any_shown(),
        whole=len(fitting) == len(entries_of_all) and len(asked.listed) == feed.total,
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


# ── Paths ────────────────────────────────────────────────────────────────────────────────────────


def _of_paths(opening: Opening, press: Press, walk: Walk) -> Iterator[Sheet]:
    after = ""
    while True:
        with opening() as tx:
            dirty = walk.paths(tx, after).paths
            there = _shown_pictures(tx, press, list(dirty))
            found = catalogue(tx) if LISTS in dirty else None
        for path, reasons in dirty.items():
            dirt = Dirt(paths={path: reasons})
            if path == LISTS and found:
                yield Sheet(dirt, press.renderer.lists(found))
            elif path == ISSUES:
                yield _issues(opening, press, dirt)
            elif path.startswith(ISSUES):
                yield _edition(opening, press, walk, path, dirt)
            else:
                yield Sheet(dirt, removed=[] if path in there else [path])
        if len(dirty) < FEEDS_AT_ONCE:
            return
        after = max(dirty)


def _issues(opening: Opening, press: Press, dirt: Dirt) -> Sheet:
    """Render the list of all editions."""
    with opening() as tx:
        editions = tx.editions.shown()
    if not (editions and press.publish.pages):
        return Sheet(dirt, removed=[feeds.edition_path()])
    volumes = [Volume(edition, press.title_of(edition), count) for edition, count in editions]
    return Sheet(dirt, [press.renderer.issues(volumes)])


def _edition(opening: Opening, press: Press, walk: Walk, path: str, dirt: Dirt) -> Sheet:
    """Render an edition, as long as any of its items is public."""
    policy = press.publish.content
    with opening() as tx:
        edition = tx.editions.marked_by(path)
        stock = Stock(tx, press, anew=walk.anew)
        items = tx.items.in_order(tx.editions.items(edition.id)) if press.publish.pages else []
        made = stock.take((item.id for item in items), policy)
    if not made:
        return Sheet(dirt, removed=[feeds.edition_path(edition)])
    by_id = {item.id: item for item in items}
    parts = {Kind.PIECE: list[Shown](), Kind.APPEARANCE: list[Shown]()}
    for each in made:
        item = by_id[each.item]
        parts[item.kind].append(Shown(item.posted, item.published, (each.page, each.line)))
    page = press.renderer.edition(edition, press.title_of(edition), parts[Kind.PIECE], parts[Kind.APPEARANCE])
    return Sheet(dirt, [page], entries=stock.made, refused=list(stock.refused.values()))


def _shown_pictures(tx: Transaction, press: Press, paths: Sequence[str]) -> set[str]:
    """Return those of `paths` at which public items have pictures that their outlets allow to be shown."""
    items = tx.items.in_order(tx.documents.with_pictures(paths))
    return {picture.src for item in items for picture in shown(item, press.policies).pictures}
