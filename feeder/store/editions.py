"""Editions: what a digest selects between two cutoffs, for the public."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select, true
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.issues import ISSUES, Edition
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow
from feeder.store.documents import Documents

_COLUMNS = tables.editions.c
_HELD = tables.edition_items.c
_ITEM = tables.items.c


class Editions:
    """The editions of one site.

    A dirty one is marked as `issue/ID`, and the list of all as `issue/`: at those paths nothing stands.
    """

    def __init__(self, connection: Connection, documents: Documents) -> None:
        self._connection = connection
        self._documents = documents

    def newest(self) -> dict[str, Edition]:
        """Return the newest edition of each digest, by its name."""
        newest = select(func.max(_COLUMNS.id)).group_by(_COLUMNS.digest)
        rows = self._connection.execute(select(tables.editions).where(_COLUMNS.id.in_(newest)))
        return {row.digest: _edition(row) for row in rows}

    def arrived(self, digest: str, after: int, up_to: int) -> list[int]:
        """Return the announced items (ids) with after < number ≤ up_to that no edition of a digest holds yet.

        They are in the order of their numbers. One that was given another number has been told before.
        """
        there = exists().where(
            _HELD.item_id == _ITEM.id, _HELD.edition_id == _COLUMNS.id, _COLUMNS.digest == digest
        )
        new = (_ITEM.number.between(after + 1, up_to), _ITEM.announced.is_(True), ~there)
        return list(self._connection.execute(select(_ITEM.id).where(*new).order_by(_ITEM.number)).scalars())

    def close(self, digest: str, period: str, up_to: int, items: Sequence[int], now: datetime) -> None:
        """Keep what an edition holds, as items (ids), unless there is one for this period; mark it."""
        row = {"digest": digest, "period": period, "up_to": up_to, "closed": now}
        edition = dialects.inserted_new(self._connection, tables.editions, row)
        if edition is None or not items:
            return
        self._connection.execute(
            insert(tables.edition_items), [{"edition_id": edition, "item_id": item} for item in items]
        )
        self.mark(items)

    def mark(self, items: Sequence[int]) -> None:
        """Mark the editions that hold some items (ids), and the list of all."""
        for some in batches(items):
            for path in self._marks(_HELD.item_id.in_(some)):
                self._documents.mark_path(path)

    def mark_all(self) -> None:
        """Mark all editions, and the list of them."""
        for path in self.marks():
            self._documents.mark_path(path)

    def marks(self) -> list[str]:
        """Return what all editions are marked by, and the list of them, if there are any."""
        return self._marks(true())

    def _marks(self, which: ColumnElement[bool]) -> list[str]:
        holding = select(_HELD.edition_id).where(which).distinct()
        found = self._connection.execute(holding.order_by(_HELD.edition_id)).scalars()
        paths = [f"{ISSUES}{edition}" for edition in found]
        return [ISSUES, *paths] if paths else []

    def marked_by(self, path: str) -> Edition:
        """Return the edition that is marked by a path."""
        which = _COLUMNS.id == int(path.removeprefix(ISSUES))
        return _edition(self._connection.execute(select(tables.editions).where(which)).one())

    def items(self, edition: int) -> list[int]:
        """Return the public items (ids) of an edition: pieces, then appearances, each newest first."""
        query = (
            select(_ITEM.id)
            .join(tables.edition_items, _HELD.item_id == _ITEM.id)
            .where(_HELD.edition_id == edition, _ITEM.number.is_not(None))
            .order_by(_ITEM.kind.desc(), _ITEM.posted.desc(), _ITEM.uid)
        )
        return list(self._connection.execute(query).scalars())

    def any_shown(self) -> bool:
        """Tell whether there is an edition with public items."""
        public = select(_HELD.item_id).join(tables.items, _ITEM.id == _HELD.item_id)
        return bool(
            self._connection.execute(select(exists(public.where(_ITEM.number.is_not(None))))).scalar()
        )

    def shown(self) -> list[tuple[Edition, int]]:
        """Return the editions with public items, newest first, and how many each has."""
        items = func.count().label("items")
        query = (
            select(tables.editions, items)
            .join(tables.edition_items, _HELD.edition_id == _COLUMNS.id)
            .join(tables.items, _ITEM.id == _HELD.item_id)
            .where(_ITEM.number.is_not(None))
            .group_by(_COLUMNS.id)
            .order_by(_COLUMNS.id.desc())
        )
        return [(_edition(row), row.items) for row in self._connection.execute(query)]


def _edition(row: AnyRow) -> Edition:
    return Edition(row.id, row.digest, row.period, row.up_to, row.closed)
