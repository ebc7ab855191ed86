"""Items that look like the same work: merged by rule, or proposed to a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeder.model.batches import batches
from feeder.model.items import Item
from feeder.sources import matching
from feeder.sources.matching import Likeness
from feeder.store import Store, Transaction
from feeder.workflows import merge

MERGE = "merge"
"""The rule by which what is clearly the same work is merged without asking."""

_RULE = "rule"


@dataclass(frozen=True, slots=True)
class Twins:
    """Two items that look like the same work: `item`, the elder, would stay."""

    item: Item
    other: Item
    why: Likeness
    texts_differ: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """How many pairs of items were proposed, and how many merged."""

    proposed: int = 0
    merged: int = 0


def match_within(tx: Transaction, ids: Sequence[int], rule: str, now: datetime) -> Matched:
    """Look for the same work among other sources' items; `ids` are a few that are new or changed.

    With the rule MERGE, what is clearly one work is merged into the elder; all else is proposed.
    For the transaction that brought them in, and has locked the items.
    """
    unite_again(tx, ids, now)
    pairs = tx.curation.alike(ids)
    if not pairs:
        return Matched()
    rows = _rows(tx, [one for pair in pairs for one in pair])
    part_of = {row.id: _part_of(row) for row in rows.values()}
    apart = tx.curation.kept_apart([*rows])
    several = _with_several(pairs, rows, part_of)
    proposed = merged = 0
    for one, another in pairs:
        why = matching.likeness(rows[one], rows[another])
        ids_now = sorted((part_of[one], part_of[another]))
        if why is None or len({*ids_now}) == 1 or {frozenset({one, another}), frozenset(ids_now)} & apart:
            continue
        elder, younger = sorted(tx.items.with_ids(ids_now), key=lambda each: each.id)
        if not (_is_open(elder) and _is_open(younger)):
            continue
        if rule == MERGE and one not in several and _is_clear(tx, elder, younger, now):
            merge.absorb(tx, elder, younger, now, _RULE)
            part_of = {row: elder.id if into == younger.id else into for row, into in part_of.items()}
            merged += 1
        else:
            proposed += tx.curation.propose(younger.id, elder.id, why)
    return Matched(proposed, merged)


def _with_several(
    pairs: Sequence[tuple[int, int]], rows: Mapping[int, Item], part_of: Mapping[int, int]
) -> set[int]:
    """Return those that are like several items of one source: nobody can tell which is the same."""
    alike = {(one, rows[another].source, part_of[another]) for one, another in pairs}
    often = Counter((one, source) for one, source, _ in alike)
    return {one for (one, _), times in often.items() if times > 1}


def _is_clear(tx: Transaction, elder: Item, younger: Item, now: datetime) -> bool:
    """Tell whether two items may be merged without asking.

    A source that tells both says that they are two; and nothing that is to be seen may vanish.
    """
    groups = tx.curation.merged([elder.id, younger.id])
    theirs, others = (
        {each.source, *(place.source for place in groups.get(each.id, ()))} for each in (elder, younger)
    )
    is_shown = elder.number is not None or (elder.posted <= now and not elder.withheld)
    return theirs.isdisjoint(others) and is_shown and not matching.texts_differ(elder, younger)


def unite_again(tx: Transaction, ids: Sequence[int], now: datetime) -> None:
    """Let items say again what their other places say, where one of `ids` was told anew or is gone.

    What nothing tells any more is gone, and what another place tells again is back.
    For the transaction that brought this about, and has locked the items.
    """
    for some in batches(ids):
        items = sorted({_part_of(row) for row in _rows(tx, tx.curation.in_merges(some)).values()})
        merge.settle(tx, items, now)
        rows = _rows(tx, items)
        for item, places in tx.curation.merged(items).items():
            if rows[item].gone:
                continue
            if item in some:
                merge.remember_own(tx, rows[item], now)
            merge.unite(tx, rows[item], places)


def keep_apart(store: Store, name: str, other_name: str, now: datetime, reason: str) -> Item:
    """Drop for good what proposes to merge two items; return the first.

    Raises: NotFound; StoreError, when they are one.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item, other = merge.survivor(tx, name), merge.survivor(tx, other_name)
        merge.check_two(item, other)
        groups = tx.curation.merged([item.id, other.id])
        one, another = ([each.id, *(place.id for place in groups.get(each.id, ()))] for each in (item, other))
        tx.curation.keep_apart(one, another)
        for each, apart in ((item, other), (other, item)):
            tx.curation.record(each.id, now, "keep apart", reason, {"from": apart.uid})
        return item


def proposals(store: Store) -> list[Twins]:
    """Return the pairs that look like the same work, and about which nobody has decided."""
    with store.reading() as tx:
        return twins(tx, tx.curation.proposed())


def twins(tx: Transaction, pairs: Sequence[tuple[int, int]]) -> list[Twins]:
    """Return those of the proposed pairs (ids) that look like the same work now, each once."""
    rows = _rows(tx, [one for pair in pairs for one in pair])
    found: dict[tuple[int, int], Twins] = {}
    for pair in pairs:
        item, other = (rows[_part_of(rows[one])] for one in pair)
        why = matching.likeness(*(rows[one] for one in pair))
        if why is None or item.id == other.id or not (_is_open(item) and _is_open(other)):
            continue
        elder, younger = sorted((item, other), key=lambda each: each.id)
        found[elder.id, younger.id] = Twins(elder, younger, why, matching.texts_differ(elder, younger))
    return list(found.values())


def _is_open(item: Item) -> bool:
    return not item.hidden and item.gone is None


def _part_of(item: Item) -> int:
    return item.id if item.merged_into is None else item.merged_into


def _rows(tx: Transaction, ids: Sequence[int]) -> dict[int, Item]:
    """Return items by id, and with those that were merged what they are part of."""
    found: dict[int, Item] = {}
    for some in batches(sorted(set(ids))):
        found |= {item.id: item for item in tx.items.with_ids(some)}
    survivors = sorted({_part_of(item) for item in found.values()} - found.keys())
    for some in batches(survivors):
        found |= {item.id: item for item in tx.items.with_ids(some)}
    return found
