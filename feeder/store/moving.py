"""A site moves from one database to another: every row, checked by counts and hashes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from feeder.errors import StoreError
from feeder.store import dialects, tables

_AT_ONCE = 1_000
"""How many rows are read and written at a time."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that was copied: its rows, and the digest that both databases give of them."""

    table: str
    rows: int
    digest: str


Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Walks through the tables, of which there are so many, and shows how far it is."""


def copy(source: Connection, target: Connection, progress: Progress) -> list[Moved]:
    """Copy all rows to an empty store of the same schema, and check them there.

    Raises: StoreError, before the first row, when the target is not empty; at the end, when what
    stands there is not what was copied. The caller undoes the transaction then.
    """
    _check_empty(target)
    moved = []
    every = tables.CARRIED
    for table in reversed(every):
        target.execute(table.delete())  # what every new store begins with
    for table in progress(every, len(every)):
        for rows in _batches(source, table):
            target.execute(insert(table), rows)
        dialects.renumber(target, table)
        told, found = _digest(source, table), _digest(target, table)
        if told != found:
            raise StoreError(
                f"table {table.name}",
                f"is not there as it is here ({told.rows} rows here, {found.rows} there)",
                "stop everything that writes to either database, and move again",
            )
        moved.append(told)
    return moved


def _check_empty(target: Connection) -> None:
    for table in (tables.items, tables.subscribers, tables.documents, tables.sources):
        if target.execute(select(func.count()).select_from(table)).scalar_one():
            raise StoreError(
                f"table {table.name} of the other database",
                "is not empty",
                "name a database that nobody uses",
            )


def _digest(connection: Connection, table: Table) -> Moved:
    """Count the rows of a table and digest them, in an order that no collation changes."""
    total, rows = 0, 0
    for batch in _batches(connection, table):
        for row in batch:
            # Added up, so that the order of rows, which databases see differently, does not count.
            total += int.from_bytes(blake2b(repr(sorted(row.items())).encode(), digest_size=16).digest())
            rows += 1
    return Moved(table.name, rows, f"{total % 2**128:032x}")


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    query = select(table).execution_options(stream_results=True, yield_per=_AT_ONCE)
    for rows in connection.execute(query).mappings().partitions():
        yield [dict(row) for row in rows]
