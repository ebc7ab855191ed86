"""From the store into the published tree: only what a change touches."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain

from feeder import __version__, feeds
from feeder.errors import DocumentRefused, FeederError, PublishError
from feeder.feeds import Listing, Renderer
from feeder.feeds.publishers.folder import Folder
from feeder.model.batches import batched, batches
from feeder.model.feeds import Dirt, Document, Feed, Selection, Written
from feeder.model.items import Item
from feeder.model.settings import Site
from feeder.store import Store, Transaction
from feeder.templating import Templates
from feeder.workflows.allowed import Policies, shown
from feeder.workflows.release import release

_AT_ONCE = 50
"""How many feeds and items are written before one transaction takes off their dirty rows."""

_HANDS = 4
"""How many documents are put at the same time."""

_LOOK = "look"
"""The fact that remembers what all documents were made with."""


@dataclass(frozen=True, slots=True)
class Press:
    """What documents are made with, and where they go."""

    site: Site
    templates: Templates
    folder: Folder
    entries: int
    pages: bool = True
    policies: Policies = field(default_factory=dict)

    def look(self) -> str:
        """Return a digest of what, beside the items, shapes every document."""
        policies = sorted(self.policies.items())
        made = f"{self.entries}-{self.pages}-{policies}-{self.folder.root}"
        return f"{__version__}-{self.templates.fingerprint}-{made}"


@dataclass(slots=True)
class Published:
    """What a publish did, by path; `unchanged` were rendered and stood there already."""

    released: int = 0
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[FeederError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One dirty feed or item, rendered: what to put, what to take off, what to remember."""

    dirt: Dirt
    documents: Sequence[Document] = ()
    removed: Sequence[str] = ()
    told: tuple[int, datetime] | None = None
    refused: Sequence[FeederError] = ()


Progress = Callable[[Iterable[_Sheet], int], Iterable[_Sheet]]
"""Walks through sheets, of which there are so many, and shows how far it is."""


def publish(store: Store, press: Press, now: datetime, *, progress: Progress) -> Published:
    """Release what is due, and write the documents of all that changed since the last publish.

    Reasons are taken off after the documents stand, so a crash before repeats the put.
    Raises: PublishError; StoreError.
    """
    report = Published(released=release(store, now))
    _put_a_new_look(store, press, report)
    with store.reading() as tx:
        dirt = tx.documents.dirty()
    total = len(dirt.feeds) + len(dirt.items) + len(dirt.pictures)
    with ThreadPoolExecutor(_HANDS) as hands:
        for some in batched(progress(_sheets(store, press, dirt), total), _AT_ONCE):
            pages = [sheet for sheet in some if not sheet.told]
            written = _put(press, hands, pages, now, report)
            written += _put(press, hands, [sheet for sheet in some if sheet.told], now, report)
            with store.transaction() as tx:
                tx.items.lock()  # before the rows of feeds, as everybody does
                _remember(tx, some)
                tx.documents.remember(written)
    return report


def publish_all(store: Store, press: Press, now: datetime, *, progress: Progress) -> Published:
    """Publish everything anew: repairs a tree that somebody damaged. Unchanged files stay untouched."""
    with store.transaction() as tx:
        tx.facts.remember(_LOOK, "")
    report = publish(store, press, now, progress=progress)
    stale = _stale(store, {*report.written, *report.unchanged})
    report.removed += [path for path in stale if press.folder.remove(path)]
    with store.transaction() as tx:
        tx.documents.forget(stale)
    return report


def check(store: Store, press: Press) -> list[str]:
    """Return the paths at which the tree differs from the store, and write nothing."""
    with store.reading() as tx:
        all_feeds = {feed.id: () for feed in tx.documents.feeds()}
        all_items = {item.id: () for item in tx.items.public()}
    sheets = _sheets(store, press, Dirt(all_feeds, all_items))
    made, differing = set(), []
    for document in chain(_assets(press), chain.from_iterable(sheet.documents for sheet in sheets)):
        made.add(document.path)
        if press.folder.differs(document):
            differing.append(document.path)
    return sorted([*differing, *(path for path in _stale(store, made) if press.folder.holds(path))])


def _stale(store: Store, made: Set[str]) -> list[str]:
    """Return the paths that we once wrote and that nothing makes any more."""
    with store.reading() as tx:
        left = tx.documents.paths() - made
        # A picture that could not be read just now is no reason to take it from its readers.
        return sorted(left - tx.documents.shown_pictures(left))


def _put_a_new_look(store: Store, press: Press, report: Published) -> None:
    """Mark everything when settings, templates or the folder are others than at the last publish."""
    look = press.look()
    with store.reading() as tx:
        if tx.facts.get(_LOOK) == look and press.folder.root.is_dir():
            return
        unwanted = [] if press.pages else [path for path in tx.documents.paths() if feeds.is_page(path)]
    report.written += [document.path for document in _assets(press) if press.folder.put(document)]
    report.removed += [path for path in sorted(unwanted) if press.folder.remove(path)]
    with store.transaction() as tx:
        tx.items.lock()
        tx.documents.forget(unwanted)
        tx.documents.mark_all()
        tx.facts.remember(_LOOK, look)


def _assets(press: Press) -> list[Document]:
    if not press.pages:
        return []
    return [Document(f"assets/{name}", content) for name, content in press.templates.assets().items()]


def _sheets(store: Store, press: Press, dirt: Dirt) -> Iterator[_Sheet]:
    """Render what is dirty: items before the feeds that link to them, then what may have to go."""
    with store.reading() as tx:
        everything = tx.documents.everything()
    for some in batches(list(dirt.items), _AT_ONCE):
        with store.reading() as tx:
            made = some if press.pages else tx.documents.beyond_feeds(some)
            items = tx.items.with_ids(made)
        if len(made) < len(some):
            yield _Sheet(Dirt(items={item: dirt.items[item] for item in some if item not in made}))
        for item in items:
            yield _item_sheet(
                press, shown(item, press.policies), everything, Dirt(items={item.id: dirt.items[item.id]})
            )
    renderer = Renderer(press.site, press.templates, pages=press.pages)
    for some in batches(list(dirt.feeds), _AT_ONCE):
        with store.reading() as tx:
            listings = _listings(tx, some, press)
        for listing in listings:
            feed = listing.feed.id
            rendered = renderer.render(listing)
            yield _Sheet(
                Dirt(feeds={feed: dirt.feeds[feed]}),
                rendered.documents,
                told=(feed, rendered.updated),
                refused=rendered.refused,
            )
    for paths in batches(list(dirt.pictures), _AT_ONCE):
        with store.reading() as tx:
            there = tx.documents.shown_pictures(paths)
        for path in paths:
            gone = () if path in there else (path,)
            yield _Sheet(Dirt(pictures={path: dirt.pictures[path]}), removed=gone)


def _listings(tx: Transaction, ids: Sequence[int], press: Press) -> list[Listing]:
    dirty = tx.documents.with_ids(ids)
    found = tx.items.matching_each(dirty, press.entries)
    items = {feed: [shown(item, press.policies) for item in some] for feed, some in found.items()}
    tags = tx.documents.tags() if any(feed.selection is Selection.EVERYTHING for feed in dirty) else ()
    return [Listing(feed, items[feed.id], tags) for feed in dirty]


def _item_sheet(press: Press, item: Item, everything: Feed, dirt: Dirt) -> _Sheet:
    if item.number is None:
        return _Sheet(dirt, removed=[feeds.item_path(item)])
    documents: list[Document] = []
    refused: list[FeederError] = []
    try:
        if press.pages:
            documents.append(feeds.item_page(item, everything, press.templates))
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
    return _Sheet(dirt, documents, refused=refused)


def _put(
    press: Press, hands: Executor, sheets: Sequence[_Sheet], now: datetime, report: Published
) -> list[Written]:
    """Put what stands on some sheets, several documents at a time: each waits for the disk."""
    # Two items may show one picture.
    documents = list({document.path: document for sheet in sheets for document in sheet.documents}.values())
    for document, changed in zip(documents, hands.map(press.folder.put, documents), strict=True):
        (report.written if changed else report.unchanged).append(document.path)
    for sheet in sheets:
        report.removed += [path for path in sheet.removed if press.folder.remove(path)]
        report.refused.extend(sheet.refused)
    return [
        Written(each.path, sha256(each.content).hexdigest(), len(each.content), now) for each in documents
    ]


def _remember(tx: Transaction, sheets: Sequence[_Sheet]) -> None:
    for sheet in sheets:
        if sheet.told:
            tx.documents.told(*sheet.told)
    tx.documents.forget([path for sheet in sheets for path in sheet.removed])
    tx.documents.done(*(sheet.dirt for sheet in sheets))
