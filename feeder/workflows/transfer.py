"""Work that comes in once, and a site that moves."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from feeder import net
from feeder.errors import DraftRefused, FeederError, NotFound
from feeder.markup import text
from feeder.model.batches import batched, unique
from feeder.model.changes import Change, Changed, New, Same, Tally, Visit
from feeder.model.items import Draft, Item, Kind
from feeder.model.settings import Site
from feeder.sources import changes
from feeder.sources.syndication import archive as syndication_archive
from feeder.sources.syndication import drafts as syndication_drafts
from feeder.sources.syndication.drafts import Manner
from feeder.sources.syndication.entries import Entry, Keyed, keyed, shared_ids
from feeder.sources.wordpress import wxr
from feeder.store import Store, Transaction
from feeder.store.moving import Moved, Progress
from feeder.workflows import twins
from feeder.workflows.collect import Rules, apply

T = TypeVar("T")

Walk = Callable[[Iterable[T], int], Iterable[T]]
"""A way to go through so many things, perhaps showing how far it is."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_ID_CHARACTERS = 2_000
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import, and what could not be taken.

    `adopted` is how many items that were there already got the ids by which readers know them.
    """

    source: str
    tally: Tally
    refused: tuple[FeederError, ...]
    adopted: int = 0


@dataclass(slots=True)
class _Taken:
    """What an import has done so far. `claimed` are items (ids) that stand for an entry."""

    tally: Counter[type] = field(default_factory=Counter)
    refused: list[FeederError] = field(default_factory=list)
    adopted: int = 0
    claimed: set[int] = field(default_factory=set)

    def imported(self, source: str) -> Imported:
        """Return what came of it."""
        tally = Tally(new=self.tally[New], changed=self.tally[Changed], same=self.tally[Same])
        return Imported(source, tally, tuple(self.refused), self.adopted)


@dataclass(frozen=True, slots=True)
class _Arriving:
    """A draft, and what readers know of it: its id, if it can be kept, and its last update."""

    draft: Draft
    uid: str | None
    updated: datetime | None


def import_wxr(
    store: Store,
    path: Path,
    now: datetime,
    *,
    announce: bool,
    rules: Rules | None = None,
    progress: Walk[Draft | DraftRefused],
) -> Imported:
    """Import a WordPress export, as back catalogue unless `announce`; a second time changes nothing.

    A file that is broken anywhere is refused as a whole; posts that it does not hold stay.
    Raises: SourceError, StoreError.
    """
    export = wxr.inspect(path)
    source = f"wxr:{urlsplit(export.address).netloc}"
    visit = Visit(now, last_complete=None, announce=announce)
    taken = _Taken()
    for some in batched(progress(wxr.read(path), export.posts)):
        taken.refused += [found for found in some if isinstance(found, DraftRefused)]
        drafts = [found for found in some if isinstance(found, Draft)]
        tally = apply(store, source, drafts, visit, rules=rules)
        taken.tally.update({New: tally.new, Changed: tally.changed, Same: tally.same})
    return taken.imported(source)


def import_feed(
    store: Store,
    place: str,
    client: net.Client,
    site: Site,
    now: datetime,
    *,
    keep_ids: bool,
    announce: bool,
    rules: Rules | None = None,
    progress: Walk[Keyed | Entry],
) -> Imported:
    """Import a feed from a file or an address, as back catalogue unless `announce`.

    With `keep_ids` items get the ids and the dates by which the feed's readers know them, so that a
    site that moves marks nothing unread. Items that are there already, by any source, get them too,
    instead of coming twice. A second time changes nothing, and what the feed does not hold stays.
    An item with an outlet is one whose entry names it: the feed is the author's own.
    Raises: SourceError, StoreError.
    """
    whole = syndication_archive.read(place, client)
    entries = list(keyed(whole.channel.entries, shared_ids(whole.channel.entries)))
    manner = Manner(whole.thing, whole.channel, site)
    visit = Visit(now, last_complete=None, announce=announce)
    taken = _Taken(refused=list(whole.refused))
    for some in batched(progress(entries, len(entries))):
        arriving = list(_arriving(some, manner, taken, keep_ids=keep_ids))
        if keep_ids:
            with store.transaction() as tx:
                tx.items.lock()
                _keep(tx, whole.name, arriving, visit, taken)
        else:
            tally = apply(store, whole.name, [each.draft for each in arriving], visit, rules=rules)
            taken.tally.update({New: tally.new, Changed: tally.changed, Same: tally.same})
    return taken.imported(whole.name)


def move(store: Store, target: Store, *, progress: Progress) -> list[Moved]:
    """Copy a site to another database, which must be empty, and check every table there.

    The caller holds the site's lock: nothing is published or sent meanwhile. The site itself stays
    as it is. Raises: StoreError.
    """
    return store.copy_to(target, progress)


def _arriving(
    found: Iterable[Keyed | Entry], manner: Manner, taken: _Taken, *, keep_ids: bool
) -> Iterator[_Arriving]:
    """Yield what can be taken, and note what cannot, or not with its id."""
    for each in found:
        try:
            if isinstance(each, Entry):
                raise syndication_drafts.keyless(each, manner.thing)
            draft = syndication_drafts.draft(each, Kind.PIECE, manner)
        except DraftRefused as refusal:
            taken.refused.append(refusal)
            continue
        uid = _uid(each)
        if keep_ids and uid is None:
            taken.refused.append(_id_lost(each, manner))
        updated = syndication_drafts.as_moment(each.entry.updated)
        yield _Arriving(draft, uid, updated)


def _uid(found: Keyed) -> str | None:
    """Return the id by which readers know an entry, or the link where it has none.

    None where all readers make of it what they like: it is no URI, or several entries have it.
    """
    is_shared = bool(found.entry.id) and found.entry.id != found.key
    is_uri = len(found.key) <= _ID_CHARACTERS and _URI.fullmatch(found.key)
    return found.key if is_uri and not is_shared else None


def _id_lost(found: Keyed, manner: Manner) -> DraftRefused:
    named = syndication_drafts.named(found, manner.thing)
    told = text.line(found.entry.id)[:_SHOWN_CHARACTERS]
    return DraftRefused(
        named,
        f"its id “{told}” cannot be kept, since ids are URIs of one entry each",
        "it has one of our own now, so that readers show it anew",
    )


def _keep(tx: Transaction, source: str, arriving: Sequence[_Arriving], visit: Visit, taken: _Taken) -> None:
    """Take in drafts as readers know them."""
    known = tx.items.known(source, [each.draft.key for each in arriving])
    strangers = [each for each in arriving if each.draft.key not in known]
    there = _there(tx, source, strangers, taken)
    made = [
        _as_told(changes.compare(known.get(each.draft.key), each.draft, visit), each)
        for each in arriving
        if each.draft.key not in there
    ]
    tx.items.apply(source, made)
    twins.unite_again(tx, [each.known.id for each in made if isinstance(each, Changed)], visit.now)
    taken.tally.update(type(change) for change in made)
    ours = {item.id: item for item in tx.items.with_ids([each.id for each in known.values()])}
    there_or_known = there | {key: ours[each.id] for key, each in known.items()}
    for each in arriving:
        item = there_or_known.get(each.draft.key)
        if item is not None and _adopt(tx, item, each.uid):
            taken.adopted += 1
        elif each.draft.key in there:
            taken.tally[Same] += 1


def _as_told(change: Change, arriving: _Arriving) -> Change:
    """Return a change with the id and the update that readers know."""
    match change:
        case New(posted=posted):
            return replace(change, uid=arriving.uid, revised=max(posted, arriving.updated or posted))
        case Changed(posted=posted) if arriving.updated:
            return replace(change, revised=max(posted, arriving.updated))
        case _:
            return change


def _adopt(tx: Transaction, item: Item, uid: str | None) -> bool:
    """Give an item the id that readers know, if it has another and nothing else has this one."""
    if uid is None or item.uid == uid:
        return False
    holder = _named(tx, uid)
    if holder is not None and (holder.id != item.id or holder.key != uid):
        return False  # it is an alias already, or another item's
    tx.items.adopt(item.id, uid)
    return True


def _there(tx: Transaction, source: str, strangers: Sequence[_Arriving], taken: _Taken) -> dict[str, Item]:
    """Return the items that are there already by another source, by the key of their draft."""
    found: dict[str, Item] = {}
    for each in strangers:
        names = unique(name for name in (each.uid, each.draft.key, each.draft.url, each.draft.slug) if name)
        item = next(filter(None, (_named(tx, name) for name in names)), None)
        if item is not None and (item.gone is None or item.uid == each.uid):
            found[each.draft.key] = item
    taken.claimed |= {item.id for item in found.values()}
    others = [each.draft for each in strangers if each.draft.key not in found and each.draft.url]
    at = tx.items.at_addresses([draft.url for draft in others if draft.url])
    items = {item.id: item for item in tx.items.with_ids(unique(chain.from_iterable(at.values())))}
    for choose in (_titled, _only):
        for draft in others:
            candidates = [
                items[each]
                for each in at.get(draft.url or "", ())
                if items[each].source != source and items[each].gone is None and each not in taken.claimed
            ]
            if draft.key not in found and (item := choose(candidates, draft)):
                found[draft.key] = item
                taken.claimed.add(item.id)
    return found


def _titled(candidates: Sequence[Item], draft: Draft) -> Item | None:
    """Return the one item at a draft's address that has its title."""
    title = text.title_key(draft.title)
    likely = [item for item in candidates if text.title_key(item.title) == title]
    return likely[0] if len(likely) == 1 else None


def _only(candidates: Sequence[Item], _draft: Draft) -> Item | None:
    """Return the one item at a draft's address, which may have another title by now."""
    return candidates[0] if len(candidates) == 1 else None


def _named(tx: Transaction, name: str) -> Item | None:
    """Return the item that has a name, or that into which it was merged."""
    try:
        item = tx.items.get(name)
    except NotFound:
        return None
    return tx.items.with_ids([item.merged_into])[0] if item.merged_into else item
