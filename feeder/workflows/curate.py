"""Items by hand: added, edited, hidden, corrected; each deed with its time and reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from feeder.errors import StoreError
from feeder.model.changes import Changed, Known, New
from feeder.model.items import Draft, Item, Kind
from feeder.model.settings import Site
from feeder.sources import changes, hand, substance
from feeder.store import Store, Transaction
from feeder.store.curation import Deed
from feeder.workflows import merge, twins
from feeder.workflows.twins import Twins


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be set by hand.

    `fields` are fields of a draft, as `sources.hand` reads them; those in `as_source` are given
    back to the item's source. `piece` names the piece that an appearance belongs to; empty, it
    belongs to none any more; None leaves that as it is.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    as_source: Sequence[str] = ()
    piece: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that there is to say of an item.

    `places` are where it appeared: itself, then what was merged into it. `survivor` is the item
    that it was merged into, `edited` holds what was set by hand, in JSON's shapes.
    """

    item: Item
    places: Sequence[Item]
    aliases: Sequence[str]
    edited: Mapping[str, Any]
    history: Sequence[Deed]
    appearances: Sequence[Item]
    piece: Item | None
    survivor: Item | None
    proposals: Sequence[Twins]


def show(store: Store, name: str) -> Shown:
    """Return all that there is to say of an item.

    Raises: NotFound.
    """
    with store.reading() as tx:
        item = tx.items.get(name)
        return Shown(
            item=item,
            places=[item, *tx.curation.merged([item.id]).get(item.id, [])],
            aliases=tx.curation.aliases(item.id),
            edited=merge.known_of(tx, item).edited,
            history=tx.curation.history(item.id),
            appearances=tx.curation.appearances(item.id),
            piece=_other(tx, item.piece),
            survivor=_other(tx, item.merged_into),
            proposals=twins.twins(tx, tx.curation.proposed([item.id])),
        )


def add(store: Store, given: Edits, site: Site, now: datetime, reason: str) -> Item:
    """Add an item, announced now, or when its embargo ends or its time comes.

    A time of posting in the past says that it was announced then: it is back catalogue. An
    appearance of a piece has its tags, authors and language, others those of the site, unless
    they are given.
    Raises: DraftRefused, when it has no title; NotFound; StoreError.
    """
    with store.transaction() as tx:
        tx.items.lock()
        piece = _piece(tx, given.piece) if given.piece else None
        draft = hand.draft("", _inherited(piece, site) | dict(given.fields))
        draft = replace(draft, key=_free_key(tx, changes.fingerprint(draft)))
        posted = _posted(draft, now)
        announced = draft.posted is None or draft.posted >= now
        item = put(tx, draft, posted, piece, announced=announced)
        tx.curation.record(item.id, now, "add", reason)
        twins.match_within(tx, [item.id], "propose", now)
        return item


def put(tx: Transaction, draft: Draft, posted: datetime, piece: Item | None, *, announced: bool) -> Item:
    """Put a new item by hand into the store, in a transaction that has locked the items."""
    new = New(draft, changes.fingerprint(draft), posted, announced)
    item = tx.items.apply(hand.SOURCE, [new])[draft.key]
    if piece is not None:
        tx.curation.attach(item, piece.id)
    return tx.items.with_ids([item])[0]


def edit(store: Store, name: str, edits: Edits, now: datetime, reason: str, *, minor: bool) -> Item:
    """Set fields of an item, which outlive what its source says; unless `minor`, it may count as revised.

    Editing what is so already changes nothing.
    Raises: DraftRefused, NotFound; StoreError, when it is gone at its source.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item = merge.survivor(tx, name)
        _edit(tx, item, edits, now, reason, "minor edit" if minor else "edit")
        return merge.fresh(tx, item)


def correct(store: Store, name: str, correction: str, edits: Edits, now: datetime, reason: str) -> Item:
    """Edit an item and mark it as corrected: it takes a further number, and readers are told.

    Raises: DraftRefused, NotFound; StoreError, when it is not public.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item = merge.survivor(tx, name)
        if item.number is None:
            raise StoreError(
                f"item {item.slug}", "is not public, so that nobody saw what is to be corrected", "edit it"
            )
        _edit(tx, item, edits, now, reason, "correct", correction)
        tx.curation.correct(item.id, correction, now)
        tx.items.release(now)  # at once, so that it is missing from no feed
        return merge.fresh(tx, item)


def hide(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Take an item out of feeds, pages and digests, whatever its source says. Hiding twice changes nothing.

    Raises: NotFound.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item = merge.survivor(tx, name)
        if not item.hidden:
            tx.curation.hide(item.id)
            tx.curation.record(item.id, now, "hide", reason)
        return merge.fresh(tx, item)


def bring_back(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Hide an item no longer; it takes a further number when the next release finds that it may be public.

    Raises: NotFound; StoreError, when it is hidden because it was merged.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item = tx.items.get(name)
        whole = _other(tx, item.merged_into)
        if whole is not None and not whole.hidden:
            raise StoreError(
                f"item {item.slug}",
                f"is part of {whole.slug}",
                f"part them: `feeder item merge {whole.slug} {item.slug} --undo`",
            )
        item = whole or item
        if item.hidden:
            tx.curation.bring_back(item.id)
            tx.curation.record(item.id, now, "unhide", reason)
        return merge.fresh(tx, item)


def _edit(
    tx: Transaction, item: Item, edits: Edits, now: datetime, reason: str, action: str, correction: str = ""
) -> None:
    if item.gone:
        raise StoreError(f"item {item.slug}", "is gone at its source", "bring it back there")
    known = merge.known_of(tx, item)
    given = dict(edits.fields) | _given_back(tx, item, edits.as_source)
    before = hand.draft_of(item, known)
    after = hand.edited(before, given)
    said = merge.difference(before, after) | _attach(tx, item, edits.piece)
    pinned = _pinned(item, known, edits)
    if not said and pinned == known.edited and not correction:
        return
    significant = hand.is_significant(before, after) and action == "edit"
    posted = _posted_again(item, known, after, given, now)
    _apply(tx, item, known, after, posted, now, revised=significant or action == "correct")
    tx.curation.set_by_hand(item.id, pinned)
    if edits.as_source:
        tx.curation.ask_again(item.id)
    about = {"fields": said, "as_source": list(edits.as_source)}
    tx.curation.record(item.id, now, action, reason, about | ({"text": correction} if correction else {}))


def _apply(
    tx: Transaction, item: Item, known: Known, draft: Draft, posted: datetime, now: datetime, *, revised: bool
) -> None:
    if item.source == hand.SOURCE:
        draft = replace(draft, substance=substance(draft.title, draft.body, draft.url))
    as_it_was = posted if item.revised == item.posted else item.revised
    change = Changed(
        known,
        draft,
        known.fingerprint,
        posted=posted,
        revised=now if revised and known.shown else as_it_was,
        announced=item.announced,
        public=posted <= now and not draft.withheld and not item.hidden,
    )
    tx.items.apply(item.source, [change])


def _pinned(item: Item, known: Known, edits: Edits) -> dict[str, Any]:
    """Return what outlives the item's source; by hand nothing has to."""
    if item.source == hand.SOURCE:
        return {}
    kept = {name: value for name, value in known.edited.items() if name not in edits.as_source}
    return kept | {name: hand.plain(value) for name, value in edits.fields.items()}


def _given_back(tx: Transaction, item: Item, names: Sequence[str]) -> dict[str, Any]:
    """Return what the fields were before they were first set by hand; the next reading knows better."""
    if names and item.source == hand.SOURCE:
        raise StoreError(
            f"item {item.slug}", "was written by hand, so that no source says anything", "clear the field"
        )
    before: dict[str, Any] = {}
    for deed in tx.curation.history(item.id) if names else ():
        if deed.action in {"edit", "minor edit", "correct"}:
            for name in deed.changes.get("as_source", ()):
                before.pop(name, None)
            for name, change in deed.changes.get("fields", {}).items():
                before.setdefault(name, change["was"])
    were = {name: before[name] for name in names if name in before}
    said = changes.overlaid(hand.draft_of(item), were)
    return {name: getattr(said, name) for name in were}


def _attach(tx: Transaction, item: Item, name: str | None) -> dict[str, Any]:
    """Let an appearance belong to a piece, or to none, and return what that changes."""
    if name is None:
        return {}
    piece = _piece(tx, name) if name else None
    if piece is not None and piece.id == item.id:
        raise StoreError(f"item {item.slug}", "cannot belong to itself", "name another piece")
    now_of = piece.id if piece else None
    if now_of == item.piece:
        return {}
    was = _other(tx, item.piece)
    tx.curation.attach(item.id, now_of)
    return {"piece": {"was": was.uid if was else None, "is": piece.uid if piece else None}}


def _piece(tx: Transaction, name: str) -> Item:
    piece = merge.survivor(tx, name)
    if piece.kind is not Kind.PIECE:
        raise StoreError(f"item {piece.slug}", "is no piece", "name the piece that it belongs to")
    return piece


def _inherited(piece: Item | None, site: Site) -> dict[str, Any]:
    if piece is None:
        return {"authors": (site.author,) if site.author else (), "language": site.language}
    draft = hand.draft_of(piece)
    return {"tags": draft.tags, "authors": draft.authors, "language": draft.language}


def _free_key(tx: Transaction, mark: str) -> str:
    """Return a key that no item by hand has: the same items, added again, get the same ids."""
    keys = (f"{mark}-{number}" if number > 1 else mark for number in count(1))
    return next(key for key in keys if not tx.items.known(hand.SOURCE, [key]))


def _posted(draft: Draft, now: datetime) -> datetime:
    """Return when an item by hand is announced: when it says so, else now, and never under embargo."""
    return max(filter(None, (draft.posted or now, draft.embargo)))


def _posted_again(
    item: Item, known: Known, draft: Draft, given: Mapping[str, Any], now: datetime
) -> datetime:
    """Return when an edited item is announced: as before, unless its time or its embargo was set."""
    if not {"posted", "embargo"} & given.keys():
        return item.posted
    own = given.get("posted") or (None if item.posted == item.embargo else item.posted)
    dated = max(filter(None, (own, draft.embargo)), default=now)
    if given.get("posted") or dated > now:
        return dated
    return item.posted if known.shown else now


def _other(tx: Transaction, item: int | None) -> Item | None:
    return None if item is None else tx.items.with_ids([item])[0]
