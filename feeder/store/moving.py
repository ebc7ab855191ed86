"""A site moves from one database to another: every row, checked by counts and hashes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, func, select

from feeder.errors import StoreError
from feeder.store import dialects, tables
from feeder.store.dialects import Stored

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Walks through the tables, of which there are so many, and shows how far it is."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that was copied: its rows, and the digest that both databases give of them."""

    table: str
    rows: int
    digest: str


class _Digest:
    """Counts rows and digests them, in any order: databases have orders of their own."""

    def __init__(self) -> None:
        self._rows = 0
        self._total = 0

    def through(self, rows: Iterable[Stored]) -> Iterator[Stored]:
        """Let rows pass, and digest them."""
        for row in rows:
            self._total += int.from_bytes(blake2b(repr(row).encode(), digest_size=16).digest())
            self._rows += 1
            yield row

    def of(self, table: Table) -> Moved:
        """Say of which table they were."""
        return Moved(table.name, self._rows, f"{self._total % 2**128:032x}")


def copy(source: Connection, target: Connection, progress: Progress) -> list[Moved]:
    """Copy all rows to an empty store of the same schema, and check them there.

    Raises: StoreError, before the first row, when the target is not empty; at the end, when what
    stands there is not what was copied. The caller undoes the transaction then.
    """
    _check_empty(target)
    for table in reversed(tables.CARRIED):
        target.execute(table.delete())  # what every new store begins with
    moved = [_copy(source, target, table) for table in progress(tables.CARRIED, len(tables.CARRIED))]
    dialects.learn(target, tables.CARRIED)
    return moved


def _copy(source: Connection, target: Connection, table: Table) -> Moved:
    here, there = _Digest(), _Digest()
    dialects.fill(target, table, here.through(dialects.stored(source, table)))
    dialects.renumber(target, table)
    for _ in there.through(dialects.stored(target, table)):
        pass
    told, found = here.of(table), there.of(table)
    if told != found:
        raise StoreError(
            f"table {table.name}",
            f"is not there as it is here ({told.rows} rows here, {found.rows} there)",
            "stop everything that writes to either database, and move again",
        )
    return told


def _check_empty(target: Connection) -> None:
    for table in (tables.items, tables.subscribers, tables.documents, tables.sources):
        if target.execute(select(func.count()).select_from(table)).scalar_one():
            raise StoreError(
                f"table {table.name} of the other database",
                "is not empty",
                "name a database that nobody uses",
            )
