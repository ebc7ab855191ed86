"""What people decide of items: hidden, corrected, merged, proposed and dropped, and why.

Whoever changes anything here has locked the items before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.items import Item
from feeder.store import dialects, tables
from feeder.store.documents import Documents
from feeder.store.items import Items

_SO_MANY = 50
"""So many items have one address or title, that it says nothing of any two of them."""

_LOST = "lost"
"""Stands in place of the fingerprint of an item that its own source lost, and another still tells."""

_columns = tables.items.c
_other = tables.items.alias("other")
_PUBLIC = _columns.number.is_not(None)


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to an item, when, and why. `changes` is what JSON can hold."""

    at: datetime
    action: str
    reason: str
    changes: Mapping[str, Any]


class Curation:
    """What people decided of the items of one site."""

    def __init__(self, connection: Connection, items: Items, documents: Documents) -> None:
        self._connection = connection
        self._items = items
        self._documents = documents

    # ── Items by hand ────────────────────────────────────────────────────────────────────────────

    def set_by_hand(self, item: int, edited: Mapping[str, Any]) -> None:
        """Remember all fields of an item that were set by hand, so that they outlive what its source says."""
        self._set(item, edited=dict(edited) or None)

    def ask_again(self, item: int) -> None:
        """Forget in which version a source told an item, so that the next reading takes in all of it."""
        forgotten = update(tables.items).where(_columns.id == item, _columns.fingerprint != _LOST)
        self._connection.execute(forgotten.values(fingerprint="", version=""))
        source = select(_columns.source).where(_columns.id == item).scalar_subquery()
        self._connection.execute(
            update(tables.sources).where(tables.sources.c.name == source).values(state={})
        )

    def attach(self, item: int, piece: int | None) -> None:
        """Say which piece an appearance belongs to."""
        public = self._public([item])
        self._documents.touch([*public, *self._items.belonging(public)])
        self._set(item, piece_id=piece)

    def hide(self, item: int) -> None:
        """Take an item out of the public's sight."""
        self._documents.touch(self._public([item]))
        self._set(item, hidden=True, number=None)

    def bring_back(self, item: int) -> None:
        """Hide an item no longer; the next release gives it a further number."""
        self._set(item, hidden=False)

    def correct(self, item: int, correction: str, at: datetime) -> None:
        """Mark an item as corrected; the next release gives it a further number."""
        self._number_anew(item)
        self._set(item, corrected=at, correction=correction)

    def announce(self, item: int) -> None:
        """Make an item of the back catalogue news; the next release gives it a further number."""
        self._number_anew(item)
        self._set(item, announced=True)

    def record(
        self, item: int, at: datetime, action: str, reason: str, changes: Mapping[str, Any] | None = None
    ) -> None:
        """Write down what was done to an item."""
        row = {"item_id": item, "at": at, "action": action, "reason": reason, "changes": dict(changes or {})}
        self._connection.execute(insert(tables.history).values(row))

    def history(self, item: int) -> list[Deed]:
        """Return what was done to an item, oldest first."""
        columns = tables.history.c
        query = select(columns.at, columns.action, columns.reason, columns.changes)
        rows = self._connection.execute(query.where(columns.item_id == item).order_by(columns.id))
        return [Deed(*row) for row in rows]

    # ── Merged items ─────────────────────────────────────────────────────────────────────────────

    def merge(self, item: Item, other: Item) -> None:
        """Make `other`, and all that was merged into it, part of `item`, and its id one of that item's."""
        self._documents.touch(self._public([item.id, other.id]))
        self._documents.touch_emptied([other.id])
        self._connection.execute(
            update(tables.items).where(_columns.merged_into == other.id).values(merged_into=item.id)
        )
        self._set(other.id, merged_into=item.id, hidden=True, number=None)
        columns = tables.aliases.c
        self._connection.execute(
            update(tables.aliases).where(columns.item_id == other.id).values(item_id=item.id)
        )
        self._connection.execute(insert(tables.aliases).values(uid=other.uid, item_id=item.id))

    def part(self, item: Item, other: Item, aliases: Sequence[str]) -> None:
        """Make `other` an item of its own again, with those of the item's `aliases` that are its own."""
        self._documents.touch(self._public([item.id]))
        self._documents.touch_emptied([other.id])
        self._set(other.id, merged_into=None, hidden=False)
        columns = tables.aliases.c
        self._connection.execute(tables.aliases.delete().where(columns.uid == other.uid))
        moved = update(tables.aliases).where(columns.item_id == item.id, columns.uid.in_(aliases))
        self._connection.execute(moved.values(item_id=other.id))

    def in_merges(self, items: Sequence[int]) -> list[int]:
        """Return those of `items` (ids) that were merged, or into which something was."""
        found: set[int] = set()
        for some in batches(items):
            parts = select(_columns.id).where(_columns.id.in_(some), _columns.merged_into.is_not(None))
            wholes = select(_columns.merged_into).where(_columns.merged_into.in_(some))
            found |= set(self._connection.execute(parts.union(wholes)).scalars())
        return sorted(found)

    def merged(self, items: Sequence[int]) -> dict[int, list[Item]]:
        """Return what was merged into each of `items` (ids), the elder first; those without are left out."""
        found: dict[int, list[Item]] = {}
        for item in self._all_with(select(_columns.id).where(_columns.merged_into.in_(items))):
            found.setdefault(item.merged_into or 0, []).append(item)
        return found

    def aliases(self, item: int) -> list[str]:
        """Return the further ids of an item, in order."""
        columns = tables.aliases.c
        query = select(columns.uid).where(columns.item_id == item).order_by(columns.uid)
        return list(self._connection.execute(query).scalars())

    def still_told(self, items: Sequence[int]) -> set[int]:
        """Return those of `items` (ids) into which something was merged that its source still tells.

        Such an item is not gone, although its own source no longer has it.
        """
        found: set[int] = set()
        for some in batches(items):
            query = select(_columns.merged_into).where(
                _columns.merged_into.in_(some), _is_there(tables.items)
            )
            found |= set(self._connection.execute(query).scalars())
        return found

    def lose(self, items: Sequence[int]) -> None:
        """Remember that their own sources lost these items (ids), which are still told by others.

        Whatever their sources tell of them next is a change, and undoes this.
        """
        for some in batches(items):
            lost = update(tables.items).where(
                _columns.id.in_(some), or_(_columns.fingerprint != _LOST, _columns.gone.is_not(None))
            )
            self._connection.execute(lost.values(gone=None, fingerprint=_LOST, place="", version=""))

    def lost(self, items: Sequence[int]) -> set[int]:
        """Return those of `items` (ids) that their own sources lost, and that are not gone."""
        found: set[int] = set()
        for some in batches(items):
            query = select(_columns.id).where(
                _columns.id.in_(some), _columns.fingerprint == _LOST, _columns.gone.is_(None)
            )
            found |= set(self._connection.execute(query).scalars())
        return found

    # ── Appearances ──────────────────────────────────────────────────────────────────────────────

    def appearances(self, piece: int) -> list[Item]:
        """Return the appearances that belong to a piece, the elder first."""
        return self._all_with(select(_columns.id).where(_columns.piece_id == piece))

    def judge(self, piece: int, proposal: str, verdict: str, appearance: int | None, at: datetime) -> None:
        """Remember what became of an appearance that the note of a piece proposes."""
        row = {
            "item_id": piece,
            "proposal": proposal,
            "verdict": verdict,
            "appearance_id": appearance,
            "at": at,
        }
        upsert = dialects.upsert(self._connection, tables.verdicts, "item_id", "proposal")
        self._connection.execute(upsert, row)

    def judged(self, pieces: Sequence[int]) -> set[tuple[int, str]]:
        """Return the proposals of `pieces` (ids) that were accepted or dropped.

        What was merged into a piece counts as the piece: it may have been its note.
        """
        found: set[tuple[int, str]] = set()
        for some in batches(pieces):
            of = func.coalesce(_columns.merged_into, _columns.id)
            query = (
                select(of, tables.verdicts.c.proposal)
                .join(tables.items, tables.verdicts.c.item_id == _columns.id)
                .where(or_(_columns.id.in_(some), _columns.merged_into.in_(some)))
            )
            found |= {(piece, proposal) for piece, proposal in self._connection.execute(query)}
        return found

    # ── Items that look like the same work ───────────────────────────────────────────────────────

    def alike(self, items: Sequence[int]) -> list[tuple[int, int]]:
        """Return pairs of one of `items` (ids) and an item of another source with its address or title.

        None of them is gone or withheld, or hidden but for being merged. An address or title that
        very many items have says nothing. Found by index: the cost is that of `items`.
        """
        found: set[tuple[int, int]] = set()
        for name in ("address_key", "title_key"):
            keys = self._telling_keys(_columns[name], items)
            if not keys:
                continue
            query = select(_columns.id, _other.c.id).where(
                _columns.id.in_(items),
                _columns[name].in_(keys),
                _columns.hidden.is_(False),
                _is_there(tables.items),
                _other.c[name] == _columns[name],
                _other.c.id != _columns.id,
                _other.c.source != _columns.source,
                or_(_other.c.hidden.is_(False), _other.c.merged_into.is_not(None)),
                _is_there(_other),
            )
            found |= {(item, other_item) for item, other_item in self._connection.execute(query)}
        return sorted(found)

    def propose(self, item: int, other: int, likeness: str) -> bool:
        """Propose to merge two items; tell whether nobody had before, or dropped it."""
        row = {
            "item_id": max(item, other),
            "other_id": min(item, other),
            "likeness": likeness,
            "dropped": False,
        }
        made = self._connection.execute(dialects.insert_new(self._connection, tables.twins).values(row))
        return dialects.affected(self._connection, made) > 0

    def keep_apart(self, items: Sequence[int], others: Sequence[int]) -> None:
        """Drop for good what proposes, or would propose, to merge one of `items` with one of `others`."""
        rows = [
            {"item_id": max(item, other), "other_id": min(item, other), "likeness": "", "dropped": True}
            for item in items
            for other in others
        ]
        upsert = dialects.upsert(self._connection, tables.twins, "item_id", "other_id")
        self._connection.execute(upsert, rows)

    def kept_apart(self, items: Sequence[int]) -> set[frozenset[int]]:
        """Return the pairs with one of `items` (ids) that a person keeps apart."""
        columns = tables.twins.c
        found: set[frozenset[int]] = set()
        for some in batches(items):
            query = select(columns.item_id, columns.other_id).where(
                columns.dropped.is_(True), or_(columns.item_id.in_(some), columns.other_id.in_(some))
            )
            found |= {frozenset(pair) for pair in self._connection.execute(query)}
        return found

    def proposed(self, items: Sequence[int] | None = None) -> list[tuple[int, int]]:
        """Return the pairs that are proposed, the younger first: all, or those with one of `items` (ids)."""
        columns = tables.twins.c
        query = select(columns.item_id, columns.other_id).where(columns.dropped.is_(False))
        if items is not None:
            query = query.where(or_(columns.item_id.in_(items), columns.other_id.in_(items)))
        rows = self._connection.execute(query.order_by(columns.item_id, columns.other_id))
        return [(item, other) for item, other in rows]

    def _telling_keys(self, column: ColumnElement[Any], items: Sequence[int]) -> list[str]:
        """Return the keys of `items` that others have too, but not very many."""
        theirs = select(column).where(_columns.id.in_(items))
        query = select(column).where(column.in_(theirs), column != "").group_by(column)
        return list(self._connection.execute(query.having(func.count().between(2, _SO_MANY))).scalars())

    def _number_anew(self, item: int) -> None:
        self._documents.touch(self._public([item]))
        self._set(item, number=None)

    def _set(self, item: int, **values: object) -> None:
        self._connection.execute(update(tables.items).where(_columns.id == item).values(values))

    def _public(self, items: Sequence[int]) -> list[int]:
        query = select(_columns.id).where(_columns.id.in_(items), _PUBLIC)
        return list(self._connection.execute(query).scalars())

    def _all_with(self, ids: Select[Any]) -> list[Item]:
        found = self._items.with_ids(list(self._connection.execute(ids).scalars()))
        return sorted(found, key=lambda item: item.id)


def _is_there(table: Any) -> ColumnElement[bool]:
    return and_(table.c.gone.is_(None), table.c.withheld.is_(False))
