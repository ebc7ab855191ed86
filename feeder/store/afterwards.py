"""What happened to readers after a backup was made, so that it outlives the backup being put back.

The backup is an earlier state of the same store, so whatever has the same id in both is the same thing. Kept are who
must not be mailed, the readers that both know, as they are now, their issues, and what these brought: items that were
sent stay in the store under their numbers, and counters go on from where they were. So nothing of it is sent again,
and what comes next is not passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from feeder.model.batches import batches
from feeder.model.subscribers import Status
from feeder.store import dialects, hashes, tables
from feeder.store.documents import Documents
from feeder.store.runs import Facts

_MARGIN = timedelta(hours=1)
"""Clocks of several machines differ; what is kept that was there before does no harm."""

_NAMED = {"tag_id": tables.tags, "author_id": tables.authors, "outlet_id": tables.outlets}
_PARTS = (tables.item_tags, tables.item_authors, tables.item_pictures, tables.aliases)

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
    """What is kept of a store: rows by their tables, and the key of its hashes, by which it is known."""

    key: str | None
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def of(self, table: Table) -> list[Row]:
        """Return the rows of a table."""
        return self.rows.get(table.name, [])


def read(connection: Connection, since: datetime) -> Happened:
    """Read what happened since a moment."""
    happened = Happened(Facts(connection).get(hashes.FACT))
    rows = happened.rows
    rows["numbers"] = _rows(connection, tables.numbers)
    rows["suppressions"] = _rows(connection, tables.suppressions)
    rows["subscribers"] = _rows(connection, tables.subscribers)
    changed = select(tables.deliveries).where(tables.deliveries.c.changed >= since - _MARGIN)
    rows["deliveries"] = [dict(row) for row in connection.execute(changed).mappings()]
    contents = {row["content_id"] for row in rows["deliveries"]} - {None}
    rows["contents"] = _rows(connection, tables.contents, tables.contents.c.id, contents)
    rows["content_items"] = _rows(
        connection, tables.content_items, tables.content_items.c.content_id, contents
    )
    items = {row["item_id"] for row in rows["content_items"]}
    rows["items"] = _rows(connection, tables.items, tables.items.c.id, items)
    for part in _PARTS:
        rows[part.name] = _rows(connection, part, part.c.item_id, items)
    for column, named in _NAMED.items():
        wanted = {row.get(column) for table in (tables.items, *_PARTS) for row in happened.of(table)} - {None}
        rows[named.name] = _rows(connection, named, named.c.id, wanted)
    return happened


def carry(connection: Connection, happened: Happened, documents: Documents) -> Known:
    """Add to a store that was just put back what had happened since; to that of another site, nothing."""
    active = set(
        connection.execute(
            select(tables.subscribers.c.id).where(tables.subscribers.c.status == Status.ACTIVE)
        ).scalars()
    )
    if happened.key is None or happened.key != Facts(connection).get(hashes.FACT):
        return Known(0, len(active))
    _count_on(connection, happened)
    _add(connection, tables.suppressions, happened.of(tables.suppressions))
    readers = _readers(connection, happened)
    _replace(connection, tables.subscribers, readers)
    documents.touch(_items(connection, happened))
    _issues(connection, happened, {row["id"] for row in readers})
    known = active & {row["id"] for row in readers}
    return Known(len(known), len(active - known))


def _count_on(connection: Connection, happened: Happened) -> None:
    for row in happened.of(tables.numbers):
        _add(connection, tables.numbers, [row])
        behind = (tables.numbers.c.name == row["name"], tables.numbers.c.value < row["value"])
        connection.execute(update(tables.numbers).where(*behind).values(value=row["value"]))


def _readers(connection: Connection, happened: Happened) -> list[Row]:
    """Return the readers that both know, as they are now; a cursor never goes back."""
    columns = (tables.subscribers.c.id, tables.subscribers.c.address_key, tables.subscribers.c.cursor)
    there = {(row.id, row.address_key): row.cursor for row in connection.execute(select(*columns))}
    both = [row for row in happened.of(tables.subscribers) if (row["id"], row["address_key"]) in there]
    return [row | {"cursor": max(row["cursor"], there[row["id"], row["address_key"]])} for row in both]


def _items(connection: Connection, happened: Happened) -> list[int]:
    """Add the items that were sent and are not there, and return their ids."""
    names = {column: _names(connection, happened, named) for column, named in _NAMED.items()}
    there = _there(connection, tables.items.c.id, happened.of(tables.items))
    new = [_renamed(row, names) for row in happened.of(tables.items) if row["id"] not in there]
    _add(connection, tables.items, new)
    added = _there(connection, tables.items.c.id, new)
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


def _issues(connection: Connection, happened: Happened, readers: set[int]) -> None:
    _add(connection, tables.contents, happened.of(tables.contents))
    contents = _there(connection, tables.contents.c.id, happened.of(tables.contents))
    brought = happened.of(tables.content_items)
    items = _there(connection, tables.items.c.id, [{"id": row["item_id"]} for row in brought])
    _add(
        connection,
        tables.content_items,
        [row for row in brought if row["item_id"] in items and row["content_id"] in contents],
    )
    issues = [row for row in happened.of(tables.deliveries) if row["subscriber_id"] in readers]
    there = _there(connection, tables.deliveries.c.id, issues)
    # First those that are there: one that is open keeps out the next of its reader.
    _replace(connection, tables.deliveries, [row for row in issues if row["id"] in there])
    new = [row for row in issues if row["id"] not in there]
    for some in batches(new):
        connection.execute(insert(tables.deliveries), some)
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
        found += [dict(row) for row in connection.execute(select(table).where(column.in_(some))).mappings()]
    return found


def _there(connection: Connection, column: Column[Any], rows: Sequence[Row]) -> set[int]:
    found: set[int] = set()
    for some in batches(sorted({row["id"] for row in rows})):
        found.update(connection.execute(select(column).where(column.in_(some))).scalars())
    return found


def _add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    for some in batches(rows):
        connection.execute(dialects.insert_new(connection, table), some)


def _replace(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    changes = {
        column.name: bindparam(f"new_{column.name}", type_=column.type)
        for column in table.columns
        if column.name != "id"
    }
    statement = update(table).where(table.c.id == bindparam("this")).values(changes)
    for some in batches(rows):
        connection.execute(
            statement, [{"this": row["id"], **{f"new_{name}": row[name] for name in changes}} for row in some]
        )
