"""The same work, told several times, becomes one item with several places.

The item that stays keeps its id, title, link and dates; the id of the other becomes one of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from feeder.errors import NotFound, StoreError
from feeder.model.batches import batches
from feeder.model.changes import Changed, Known
from feeder.model.items import Draft, Item
from feeder.sources import changes, hand, matching
from feeder.store import Store, Transaction

_EDITS = ("edit", "minor edit", "correct")


def merge(store: Store, name: str, other_name: str, now: datetime, reason: str) -> Item:
    """Make one item part of another, which stays; names of what was merged before mean what it is part of.

    Raises: NotFound; StoreError, when this would hide what is public, or show what is hidden.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item, other = survivor(tx, name), survivor(tx, other_name)
        _check(item, other)
        absorb(tx, item, other, now, reason)
        return fresh(tx, item)


def part(store: Store, name: str, other_name: str, now: datetime, reason: str) -> Item:
    """Undo a merge: return the item that is one of its own again. It will not be proposed any more.

    What had been merged into that one before stays with the item.
    Raises: NotFound.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item = survivor(tx, name)
        places = tx.curation.merged([item.id]).get(item.id, [])
        other = _named(other_name, places, item)
        own = own_draft(tx, item)
        tx.curation.part(item, other, _latest(tx, other, "merged", None).get("aliases", ()))
        rest = [place for place in places if place.id != other.id]
        tx.curation.keep_apart([other.id], [item.id, *(place.id for place in rest)])
        _give_back(tx, item, own, other, rest)
        settle(tx, [item.id], now)
        tx.curation.record(item.id, now, "part", reason, {"parted": other.uid})
        tx.curation.record(other.id, now, "parted", reason, {"from": item.uid})
        return fresh(tx, other)


def survivor(tx: Transaction, name: str) -> Item:
    """Return the item of this name, or the one that it was merged into.

    Raises: NotFound.
    """
    item = tx.items.get(name)
    return item if item.merged_into is None else tx.items.with_ids([item.merged_into])[0]


def fresh(tx: Transaction, item: Item) -> Item:
    """Return an item as it is now."""
    return tx.items.with_ids([item.id])[0]


def known_of(tx: Transaction, item: Item) -> Known:
    """Return what comparing needs of an item."""
    return tx.items.known(item.source, [item.key])[item.key]


def absorb(tx: Transaction, item: Item, other: Item, now: datetime, reason: str) -> None:
    """Make one item part of another, in a transaction that has locked the items, and write it down.

    Where the other was news, so is the whole, with a further number.
    """
    before = hand.draft_of(item)
    own = _own_words(own_draft(tx, item))
    own_aliases = _own_aliases(tx, other)
    belonging = [each for each in tx.curation.appearances(other.id) if each.id != item.id]
    if not other.gone:
        _rewrite(tx, other, known_of(tx, other), own_draft(tx, other))
    tx.items.remove(sorted(tx.curation.lost([other.id])), now)  # only its places still told it
    tx.curation.merge(item, other)
    for appearance in belonging:
        tx.curation.attach(appearance.id, item.id)
    after = unite(tx, fresh(tx, item), tx.curation.merged([item.id])[item.id])
    said = {"tags": {"was": before.tags, "is": after.tags}} | difference(before, after)
    about = {"appearances": [each.uid for each in belonging]}
    tx.curation.record(
        item.id, now, "merge", reason, {"merged": other.uid, "fields": said, "own": own, **about}
    )
    tx.curation.record(other.id, now, "merged", reason, {"into": item.uid, "aliases": own_aliases})
    if other.announced and other.number is not None and not item.announced:
        tx.curation.announce(item.id)
        tx.items.release(now)  # at once, so that it is missing from no feed


def unite(tx: Transaction, item: Item, places: Sequence[Item]) -> Draft:
    """Let an item say what it says itself and what its other places say; return it as a draft.

    What was set by hand stays. What is gone, or a draft at its source, says nothing.
    """
    return _rewrite(tx, item, known_of(tx, item), _united(own_draft(tx, item), places))


def settle(tx: Transaction, items: Sequence[int], now: datetime) -> None:
    """Let items (ids) be there as long as anything tells them: their own sources, or those of their parts.

    Those that only their parts told are gone with the last of these, and come back with the first.
    """
    told = tx.curation.still_told(items)
    tx.items.remove(sorted(tx.curation.lost(items) - told), now)
    for some in batches(sorted(told)):
        tx.curation.lose([item.id for item in tx.items.with_ids(some) if item.gone])


def remember_own(tx: Transaction, item: Item, now: datetime) -> None:
    """Write down what an item with several places says itself, when its own source has told it anew."""
    own = _own_words(hand.draft_of(item))
    if own != _own_written(tx, item):
        tx.curation.record(item.id, now, "told", "", {"own": own})


def own_draft(tx: Transaction, item: Item) -> Draft:
    """Return what an item says itself, without what its other places say, as far as that was written down."""
    draft = hand.draft_of(item, known_of(tx, item))
    if not tx.curation.in_merges([item.id]):
        return draft
    own = _own_written(tx, item)
    return changes.overlaid(replace(draft, pictures=() if own else draft.pictures), own)


def _own_written(tx: Transaction, item: Item) -> dict[str, Any]:
    """Return what was last written down that an item says itself, with what was edited since."""
    own: dict[str, Any] = {}
    for deed in tx.curation.history(item.id):
        if "own" in deed.changes:
            own = dict(deed.changes["own"])
        elif deed.action in _EDITS:
            own |= {name: each["is"] for name, each in deed.changes["fields"].items() if name in own}
    return own


def _own_words(draft: Draft) -> dict[str, Any]:
    """Return those fields of a draft in which it says what others do, in shapes that JSON has."""
    return {name: hand.plain(getattr(draft, name)) for name in (*matching.UNITED, *matching.FILLED)}


def _give_back(tx: Transaction, item: Item, own: Draft, other: Item, rest: Sequence[Item]) -> None:
    """Take out of an item what `other` brought, and let its appearances follow it."""
    about = _latest(tx, item, "merge", other)
    if not item.gone:
        _rewrite(tx, item, known_of(tx, item), _united(own, rest))
    for appearance in tx.curation.appearances(item.id):
        if appearance.uid in about.get("appearances", ()):
            tx.curation.attach(appearance.id, other.id)


def _united(draft: Draft, places: Sequence[Item]) -> Draft:
    telling = [place for place in places if not (place.gone or place.withheld)]
    return matching.united(draft, [hand.draft_of(place) for place in telling])


def _rewrite(tx: Transaction, item: Item, known: Known, draft: Draft) -> Draft:
    """Let an item say what a draft says, but for what was set by hand, without its being news."""
    before = hand.draft_of(item, known)
    draft = replace(draft, **{name: getattr(before, name) for name in known.edited})
    if draft != before:
        change = Changed(
            known,
            draft,
            known.fingerprint,
            posted=item.posted,
            revised=item.revised,
            announced=item.announced,
            public=known.released,
        )
        tx.items.apply(item.source, [change])
    return draft


def difference(before: Draft, after: Draft) -> dict[str, Any]:
    """Return for each field that differs what it was and what it is, in shapes that JSON has."""
    names = set(hand.FIELDS.values()) | {"pictures"}
    return {
        name: {"was": hand.plain(getattr(before, name)), "is": hand.plain(getattr(after, name))}
        for name in sorted(names)
        if getattr(before, name) != getattr(after, name)
    }


def _own_aliases(tx: Transaction, item: Item) -> list[str]:
    """Return the further ids that are an item's own, and not those of what was merged into it."""
    places = tx.curation.merged([item.id]).get(item.id, [])
    others = {place.uid for place in places}
    for place in places:
        others |= set(_latest(tx, place, "merged", None).get("aliases", ()))
    return [uid for uid in tx.curation.aliases(item.id) if uid not in others]


def _latest(tx: Transaction, item: Item, action: str, with_: Item | None) -> Mapping[str, Any]:
    """Return what the latest such deed was about, with this other item if one is given; empty if none was."""
    wanted = {with_.uid} if with_ else set()
    for deed in reversed(tx.curation.history(item.id)):
        named = {deed.changes.get("merged"), deed.changes.get("into")}
        if deed.action == action and wanted <= named:
            return deed.changes
    return {}


def _named(name: str, places: Sequence[Item], item: Item) -> Item:
    for place in places:
        if name in {place.uid, place.uid.removeprefix("urn:uuid:"), place.slug, place.key}:
            return place
    raise NotFound(
        f"item {name!r}", f"is no part of {item.slug}", f"`feeder item show {item.slug}` tells its places"
    )


def _check(item: Item, other: Item) -> None:
    check_two(item, other)
    for each in (item, other):
        if each.hidden:
            raise StoreError(
                f"item {each.slug}",
                "is hidden",
                f"bring it back first: `feeder item hide {each.slug} --undo`",
            )
    refused = None
    if item.gone:
        refused = "is gone at its source"
    elif other.number is not None and item.number is None:
        refused = f"is not public, and {other.slug} is"
    elif item.piece == other.id:
        refused = f"belongs to {other.slug}"
    if refused:
        mend = f"merge them the other way round: `feeder item merge {other.slug} {item.slug}`"
        raise StoreError(f"item {item.slug}", refused, mend)


def check_two(item: Item, other: Item) -> None:
    """Refuse two names of one item.

    Raises: StoreError.
    """
    if item.id == other.id:
        raise StoreError(f"item {item.slug}", "is the same item under both names", "name two items")
