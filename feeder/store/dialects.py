"""Every difference between databases, and nowhere else."""

import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Row, Table, create_engine, event, make_url
from sqlalchemy import insert as sql_insert
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from feeder.errors import ConfigurationError, StoreBusy, StoreError

AnyRow = Row[Any]
"""A row of a query whose columns are read by name."""

WRITES = "feeder_writes"
"""The execution option that tells a transaction that will write from one that only reads."""


def engine(url: str, patience: timedelta) -> Engine:
    """Make an engine for the database at `url`; a locked one is waited for as long as `patience`.

    Raises: ConfigurationError for an address that names no database we know.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            f"store.url = {url!r}", "is no database address", "write sqlite:///feeder.db"
        ) from error
    if address.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"store.url = {address.render_as_string()}",
            "names a database that this version cannot use",
            "write sqlite:///feeder.db; PostgreSQL comes with a later version",
        )
    try:
        made = create_engine(address, connect_args={"timeout": patience.total_seconds()})
    except NoSuchModuleError as error:  # such as sqlite+unknown://
        raise ConfigurationError(
            f"store.url = {url!r}", "names no driver we know", "write sqlite:///feeder.db"
        ) from error
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions of its own: `_begin` does.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL outlives a killed process; only a power cut can undo the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that first reads and then writes could not be let in while another writes;
    # one that says at once that it will write waits its turn.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_new(table: Table) -> Insert:
    """Begin an INSERT that leaves rows alone that are there already."""
    return insert(table).on_conflict_do_nothing()


def upsert(table: Table, *keys: str) -> Insert:
    """Begin an INSERT that replaces all other columns of a row that has the same `keys`."""
    statement = insert(table)
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


def inserted(connection: Connection, table: Table, row: Mapping[str, object]) -> int:
    """Insert a row into a table with an `id`, and return that."""
    made = connection.execute(sql_insert(table).values(row).returning(table.c.id))
    return int(made.scalar_one())


def affected(connection: Connection, result: CursorResult[Any]) -> int:
    """Return how many rows a statement changed.

    SQLite's driver does not know it of statements that begin with WITH, the database does.
    """
    if result.rowcount >= 0:
        return result.rowcount
    return int(connection.exec_driver_sql("SELECT changes()").scalar_one())


def translate(error: DBAPIError) -> StoreError:
    """Say what went wrong with the database in the store's own words."""
    cause = str(error.orig)
    if "locked" in cause or "busy" in cause:
        return StoreBusy(
            "the store", "is held by another process", "try again, or stop the other feeder or backup"
        )
    if isinstance(error, IntegrityError):
        return StoreError(
            "the store", f"was given what breaks its rules ({cause})", "report this: it is our fault"
        )
    return StoreError("the store", f"cannot be used ({cause})", "check that its disk is there and has room")
