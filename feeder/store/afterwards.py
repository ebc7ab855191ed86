"""What happened to readers after a backup was made, so that it outlives the backup being put back.

The backup is an earlier state of the same store, so whatever has the same id in both is the same thing. Kept are who
must not be mailed, the readers that both know, as they are now, their issues, and what these brought: items that were
sent stay in the store under their numbers, and counters go on from where they were. So nothing of it is sent again,
and what comes next is not passed over.

What there is for each reader waits in the database meanwhile, in tables of this transaction's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    case,
    exists,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.subscribers import Status
from feeder.store import dialects, hashes, tables
from feeder.store.documents import Documents
from feeder.store.runs import Facts

_MARGIN = timedelta(hours=1)
"""Clocks of several machines differ; what is kept that was there before does no harm."""

_NAMED = {"tag_id": tables.tags, "author_id": tables.authors, "outlet_id": tables.outlets}
_PARTS = (tables.item_tags, tables.item_authors, tables.item_pictures, tables.aliases)

_WAS = {
    table: Table(f"was_{table.name}", MetaData(), *(Column(each.name, each.type) for each in table.columns))
    for table in (
        tables.suppressions,
        tables.rhythms,
        tables.subscribers,
        tables.deliveries,
        tables.contents,
        tables.content_items,
    )
}
"""Where the rows of these tables wait."""

Row = dict[str, Any]  # Any: a row of whichever table


@dataclass(frozen=True, slots=True)
class Known:
    """Of how many readers it is known what they got since a backup was made, and of how many it is not."""

    readers: int
    unknown: int

    def reason(self, made: datetime) -> str:
        """Say why mail waits."""
        if self.unknown:
            rest = f"what {self.unknown:,} of {self.readers + self.unknown:,} readers got since is not known, and may come twice"
        else:
            rest = "nothing that was sent since comes again"
        return f"a backup of {made:%Y-%m-%d %H:%M} UTC was put back; {rest}"


@dataclass(slots=True)
class Happened:
    """What is kept of a store: rows of items by their tables, and the key of its hashes, by which it is known."""

    key: str | None
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def of(self, table: Table) -> list[Row]:
        """Return the rows of a table."""
        return self.rows.get(table.name, [])


def read(connection: Connection, since: datetime) -> Happened:
    """Read what happened since a moment, and let it wait; `carry` must follow in the same transaction."""
    happened = Happened(Facts(connection).get(hashes.FACT))
    rows = happened.rows
    moment = int((since - _MARGIN).timestamp())
    issues = "SELECT content_id FROM was_deliveries"
    for table, where in (
        (tables.suppressions, ""),
        (tables.rhythms, ""),
        (tables.subscribers, ""),
        (tables.deliveries, f" WHERE changed >= {moment}"),
        (tables.contents, f" WHERE id IN ({issues})"),
        (tables.content_items, f" WHERE content_id IN ({issues})"),
    ):
        # No values apart: PostgreSQL takes none in such a statement.
        copied = f"CREATE TEMPORARY TABLE {_WAS[table].name} AS SELECT * FROM {table.name}{where}"  # noqa: S608 - our own names
        connection.execute(text(copied))
    for table in (tables.subscribers, tables.deliveries):
        name = _WAS[table].name
        connection.execute(text(f"CREATE INDEX ix_{name} ON {name} (id)"))
    rows["numbers"] = _rows(connection, tables.numbers)
    items = set(connection.execute(select(_WAS[tables.content_items].c.item_id).distinct()).scalars())
    rows["items"] = _rows(connection, tables.items, tables.items.c.id, items)
    for part in _PARTS:
        rows[part.name] = _rows(connection, part, part.c.item_id, items)
    for column, named in _NAMED.items():
        wanted = {row.get(column) for table in (tables.items, *_PARTS) for row in happened.of(table)} - {None}
        rows[named.name] = _rows(connection, named, named.c.id, wanted)
    return happened


def carry(connection: Connection, happened: Happened, documents: Documents) -> Known:
    """Add to a store that was just put back what had happened since; to that of another site, nothing."""
    is_same = happened.key is not None and happened.key == Facts(connection).get(hashes.FACT)
    known = _known(connection) if is_same else Known(0, _active(connection))
    if is_same:
        _count_on(connection, happened)
        _add_those(connection, tables.suppressions, true())
        _update_readers(connection)
        documents.touch(_items(connection, happened))
        _issues(connection)
    for waiting in _WAS.values():
        connection.execute(text(f"DROP TABLE {waiting.name}"))
    return known


def _active(connection: Connection, *more: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(tables.subscribers)
    where = (tables.subscribers.c.status == Status.ACTIVE, *more)
    return int(connection.execute(query.where(*where)).scalar_one())


def _known(connection: Connection) -> Known:
    known = _active(connection, exists().where(_same_reader()))
    return Known(known, _active(connection) - known)


def _same_reader() -> ColumnElement[bool]:
    """Tell the reader who is the same now as in the backup; one who was erased since is somebody else."""
    reader, was = tables.subscribers.c, _WAS[tables.subscribers].c
    return (reader.id == was.id) & (reader.address_key == was.address_key)


def _count_on(connection: Connection, happened: Happened) -> None:
    for row in happened.of(tables.numbers):
        _add(connection, tables.numbers, [row])
        behind = (tables.numbers.c.name == row["name"], tables.numbers.c.value < row["value"])
        connection.execute(update(tables.numbers).where(*behind).values(value=row["value"]))


def _update_readers(connection: Connection) -> None:
    """Let readers, and the rhythms that they go with, be as they are now; a cursor never goes back."""
    connection.execute(tables.rhythms.delete())
    _add_those(connection, tables.rhythms, true())
    dialects.renumber(connection, tables.rhythms)
    reader, was = tables.subscribers.c, _WAS[tables.subscribers].c
    changes: dict[str, ColumnElement[Any]] = {name: was[name] for name in was.keys() if name != "id"}  # noqa: SIM118 - of columns
    changes["cursor"] = case((was.cursor > reader.cursor, was.cursor), else_=reader.cursor)
    connection.execute(update(tables.subscribers).where(_same_reader()).values(changes))


def _items(connection: Connection, happened: Happened) -> list[int]:
    """Add the items that were sent and are not there, and return their ids."""
    names = {column: _names(connection, happened, named) for column, named in _NAMED.items()}
    there = _there(connection, tables.items, happened.of(tables.items))
    new = [_renamed(row, names) for row in happened.of(tables.items) if row["id"] not in there]
    _add(connection, tables.items, new)
    added = _there(connection, tables.items, new)
    for part in _PARTS:
        _add(connection, part, [_renamed(row, names) for row in happened.of(part) if row["item_id"] in added])
    dialects.renumber(connection, tables.items)
    return sorted(added)


def _names(connection: Connection, happened: Happened, named: Table) -> dict[int, int]:
    """Add the names that are not there, and return where each is now."""
    rows = happened.of(named)
    _add(connection, named, rows)
    dialects.renumber(connection, named)
    keys = _rows(connection, named, named.c.key, {row["key"] for row in rows})
    now = {row["key"]: row["id"] for row in keys}
    return {row["id"]: now[row["key"]] for row in rows if row["key"] in now}


def _renamed(row: Row, names: Mapping[str, Mapping[int, int]]) -> Row:
    return row | {column: names[column].get(row[column]) for column in names if column in row}


def _issues(connection: Connection) -> None:
    brought, issue, was = _WAS[tables.content_items].c, tables.deliveries.c, _WAS[tables.deliveries].c
    _add_those(connection, tables.contents, true())
    _add_those(connection, tables.content_items, exists().where(tables.items.c.id == brought.item_id))
    # First those that are there: one that is open keeps out the next of its reader.
    changes = {name: was[name] for name in was.keys() if name != "id"}  # noqa: SIM118 - of columns
    theirs = exists().where(_same_reader(), tables.subscribers.c.id == was.subscriber_id)
    connection.execute(update(tables.deliveries).where(issue.id == was.id, theirs).values(changes))
    _add_those(connection, tables.deliveries, theirs)
    for table in (tables.contents, tables.deliveries):
        dialects.renumber(connection, table)


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


def _rows(
    connection: Connection, table: Table, column: Column[Any] | None = None, wanted: Iterable[object] = ()
) -> list[Row]:
    """Return all rows of a table, or those that have one of some values in a column."""
    if column is None:
        return [dict(row) for row in connection.execute(select(table)).mappings()]
    found: list[Row] = []
    for some in batches(sorted(wanted, key=str)):
        query = select(table).where(column.in_(some))
        found += [dict(row) for row in connection.execute(query).mappings()]
    return found


def _there(connection: Connection, table: Table, rows: Sequence[Row]) -> set[int]:
    found: set[int] = set()
    for some in batches(sorted({row["id"] for row in rows})):
        found.update(connection.execute(select(table.c.id).where(table.c.id.in_(some))).scalars())
    return found


def _add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    for some in batches(rows):
        connection.execute(dialects.insert_new(connection, table), some)


def _add_those(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    """Add those waiting rows of a table that are not there."""
    waiting = select(_WAS[table]).where(which)
    connection.execute(dialects.insert_new(connection, table).from_select(list(table.c.keys()), waiting))
