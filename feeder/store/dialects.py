"""Every difference between SQLite and PostgreSQL, and nowhere else.

SQLite lets one transaction write at a time, so a transaction that will write says so when it
begins. PostgreSQL lets many; there the rows themselves are locked, and a row that another
transaction has just written is waited for.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    URL,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Double,
    Engine,
    Integer,
    Row,
    Select,
    Table,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy import insert as sql_insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from feeder.errors import ConfigurationError, SiteLocked, StoreBusy, StoreError
from feeder.model.batches import BATCH, batches
from feeder.store import lock

AnyRow = Row[Any]
"""A row of a query whose columns are read by name."""

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    Insert = sqlite.Insert | postgresql.Insert
    """Both have the same ways to meet a row that is there already."""

Value = str | int | bool | None
"""What every driver takes as it is."""

Stored = tuple[str | int | float | bytes | None, ...]
"""A row as both databases can tell and take it: yes and no are 1 and 0, and JSON is the text that was written."""

_WRITES = "feeder_writes"
"""The execution option that tells SQLite's transactions that will write from those that only read."""

_SITE_LOCK, _SCHEMA_LOCK = 7_203_339_101, 7_203_339_102
"""Names of PostgreSQL's advisory locks: any numbers, so long as they stay."""


_LIFE_SIGNS = {
    "keepalives_idle": 2,  # seconds, as the next
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "user_timeout": 4_000,  # milliseconds
}
"""After how long a connection without a sign of life is dead: on both sides, by TCP's own means."""

_AS_STORED = {Boolean: "CAST({} AS INTEGER)", JSON: "CAST({} AS TEXT)"}
"""How both databases tell in the same way what they keep in ways of their own."""

_AT_ONCE = 1_000
"""How many rows are fetched at a time."""

_SQLITE_CACHE_KB = 16_000
"""How much of a database stays in memory while thousands of rows come in: what they change should not be written twice."""

_SQLITE_LOG_PAGES = 50_000
"""How long the log of changes may grow meanwhile (200 MB), until its pages move into the database.

Each transaction changes pages all over an index: so they move once for several.
"""


# ── Connecting ───────────────────────────────────────────────────────────────────────────────────


def engine(url: str, patience: timedelta, abandoned: timedelta | None = None) -> Engine:
    """Make an engine for the database at `url`; a locked one is waited for as long as `patience`.

    PostgreSQL ends transactions in which nothing is asked for as long as `abandoned`.
    Raises: ConfigurationError for an address that names no database we know.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _sqlite(address, patience)
        if address.get_backend_name() == "postgresql":
            return _postgresql(address, patience, abandoned)
    except (ArgumentError, NoSuchModuleError) as error:  # such as nonsense, or sqlite+unknown://
        raise _unknown("store.url") from error  # which may hold a password
    except ImportError as error:
        raise ConfigurationError(
            "store.url", "names PostgreSQL, whose driver is not installed", "install feeder[postgresql]"
        ) from error
    raise _unknown(f"store.url = {address.render_as_string()}")


def untouched(made: Engine) -> Engine:
    """Return an engine for a look that leaves no file: an empty database in memory instead of a file to be made."""
    file = Path(made.url.database or "")
    if made.dialect.name == "sqlite" and file.parent.is_dir() and not file.exists():
        return engine("sqlite://", timedelta())
    return made


def _sqlite(address: URL, patience: timedelta) -> Engine:
    made = create_engine(address, connect_args={"timeout": patience.total_seconds()}, hide_parameters=True)
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _postgresql(address: URL, patience: timedelta, abandoned: timedelta | None) -> Engine:
    # What it could not tidy up after a server that has gone says nothing that our own error does not.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    session = {
        "timezone": "UTC",
        "jit": "off",  # to compile a statement takes half a second, and most take a thousandth of that
        "lock_timeout": _milliseconds(patience),
        "idle_in_transaction_session_timeout": _milliseconds(abandoned or timedelta()),  # 0 is never
        # The server, too, shall know soon of a client that was cut off, so that what it held is free.
        **{f"tcp_{name}": value for name, value in _LIFE_SIGNS.items()},
    }
    options = " ".join(f"-c {name}={value}" for name, value in session.items())
    tcp = {name.replace("user", "tcp_user"): str(value) for name, value in _LIFE_SIGNS.items()}
    return create_engine(
        address.set(drivername="postgresql+psycopg").update_query_dict(
            {**tcp, "connect_timeout": "10", "options": options}
        ),
        hide_parameters=True,  # they are texts of drafts and addresses of readers
        pool_pre_ping=True,  # a server that was started anew must not cost a transaction
    )


def _milliseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)


def connection_parameters(made: Engine) -> dict[str, Any]:
    """Return how an engine connects to PostgreSQL, in libpq's words."""
    _, parameters = made.dialect.create_connect_args(made.url)
    return dict(parameters)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions of its own: `_begin_sqlite` does.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL outlives a killed process; only a power cut can undo the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that first reads and then writes could not be let in while another writes;
    # one that says at once that it will write waits its turn.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _unknown(thing: str) -> ConfigurationError:
    return ConfigurationError(
        thing,
        "names no database that feeder knows",
        "write sqlite:///feeder.db or postgresql://user@host/name",
    )


def version(connection: Connection) -> str:
    """Return what a database calls itself, and which version it is."""
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


# ── Transactions ─────────────────────────────────────────────────────────────────────────────────


def writing(connection: Connection) -> Connection:
    """Say of a fresh connection that its transaction will write."""
    return connection.execution_options(**{_WRITES: True}, preserve_rowcount=True)


def reading(connection: Connection) -> Connection:
    """Say of a fresh connection that its transaction only reads, and sees one state throughout."""
    if connection.dialect.name == "sqlite":
        return connection  # one that has begun to read always does
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def lock_schema(connection: Connection) -> None:
    """Let one process at a time bring the schema up to date; SQLite's writers wait for each other anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))


@contextmanager
def site_lock(made: Engine, *, shared: bool = False) -> Iterator[Callable[[], None]]:
    """Hold the site, so that no second run publishes or sends. What it yields makes sure that it is still held.

    On PostgreSQL it can be `shared`: by the processes of a cluster, which keep in step by the store.

    Raises: SiteLocked, at once, when another process holds it; so does what it yields.
    """
    if made.dialect.name == "sqlite":
        with lock.hold(Path(f"{made.url.database}.lock")):
            yield lambda: None  # the operating system forgets no lock
        return
    # Its own connection: the lock goes with it, also when the process is killed.
    arguments = {"application_name": lock.name()}
    own = create_engine(made.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    with own.connect() as connection:
        _take(connection, shared=shared)
        try:
            yield _Keeper(connection, shared).keep
        finally:
            # The server takes a while to see that a connection has ended, and the next may come at once. Those who
            # share have nobody who waits for them; one that was cut off would wait in vain for an answer.
            if not shared:
                with suppress(SQLAlchemyError):  # a connection that was lost holds nothing
                    connection.execute(select(func.pg_advisory_unlock_all()))


class _Keeper:
    """Makes sure that a connection still has the lock. Safe to share between threads."""

    def __init__(self, connection: Connection, shared: bool) -> None:
        self._connection = connection
        self._shared = shared
        self._one_at_a_time = threading.Lock()
        self._failed: tuple[float, Exception] | None = None  # when, and how

    def keep(self) -> None:
        came = time.monotonic()
        with self._one_at_a_time:
            # Where the server does not answer, many wait here: what the first finds out is true for all of them.
            if self._failed and self._failed[0] >= came:
                raise self._failed[1]
            try:
                self._keep()
            except (DBAPIError, SiteLocked) as error:
                self._failed = time.monotonic(), error
                raise

    def _keep(self) -> None:
        try:
            _take(self._connection, shared=self._shared)
        except DBAPIError:
            # The server was started anew, and knows nothing of us; the next statement connects again.
            self._connection.rollback()
            _take(self._connection, shared=self._shared)


def _take(connection: Connection, *, shared: bool) -> None:
    """Take PostgreSQL's lock; a connection that has it can take it again."""
    take = func.pg_try_advisory_lock_shared if shared else func.pg_try_advisory_lock
    if not connection.execute(select(take(_SITE_LOCK))).scalar_one():
        raise _taken(connection)


def _taken(connection: Connection) -> SiteLocked:
    """Say who holds PostgreSQL's lock, as the server knows it."""
    holder = connection.execute(
        text(
            "SELECT application_name, backend_start FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) + objid::bigint = :lock"
        ),
        {"lock": _SITE_LOCK},
    ).first()
    return lock.taken(*holder) if holder else lock.taken("", datetime.now(UTC))


# ── Statements ───────────────────────────────────────────────────────────────────────────────────


def insert_new(connection: Connection, table: Table) -> "Insert":
    """Begin an INSERT that leaves rows alone that are there already."""
    return _insert(connection, table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, *keys: str) -> "Insert":
    """Begin an INSERT that replaces all other columns of a row that has the same `keys`."""
    statement = _insert(connection, table)
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


def _insert(connection: Connection, table: Table) -> "Insert":
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - it takes a while, and most sites do without

    return postgresql.insert(table)


def inserted(connection: Connection, table: Table, row: Mapping[str, object]) -> int:
    """Insert a row into a table with an `id`, and return that."""
    made = connection.execute(sql_insert(table).values(row).returning(table.c.id))
    return int(made.scalar_one())


def inserted_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Insert rows into a table with an `id`, and return their ids in the same order."""
    if connection.dialect.name == "sqlite":
        # Nobody else writes now, so the next ids are known; asking for each would cost a statement a row.
        highest = connection.execute(select(func.max(table.c.id))).scalar() or 0
        numbered = [{"id": highest + place, **row} for place, row in enumerate(rows, 1)]
        connection.execute(sql_insert(table), numbered)
        return [highest + place for place in range(1, len(rows) + 1)]
    statement = sql_insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


def in_order(connection: Connection, query: Select[Any], column: Column[Any]) -> Select[Any]:
    """Let SQLite find rows in the order of a column that indexes of the table they are for follow.

    It finds them by an index, and would change pages all over the others; PostgreSQL reads what is much from its start.
    """
    return query.order_by(column) if connection.dialect.name == "sqlite" else query


def add_rows(
    connection: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[tuple[Value, ...]]
) -> set[Value]:
    """Insert thousands of rows, and return the `key`s of those that were there already, which stay as they are.

    Values are as drivers take them: SQLAlchemy looks at each, which takes longer than inserting them.
    The table has an `id`, no two of the rows have the same key, and a transaction does so once.
    """
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        return _add_to_sqlite(connection, table, table.c[key], names, rows, columns.index(key))
    return _copy_to_postgresql(connection, table, key, names, rows)


def _add_to_sqlite(
    connection: Connection,
    table: Table,
    key: Column[Any],
    names: str,
    rows: Sequence[tuple[Value, ...]],
    place: int,
) -> set[Value]:
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_CACHE_KB}")
    connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {_SQLITE_LOG_PAGES}")
    highest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    if len(rows) > BATCH:
        # Keys are hashes: in their order, each page of their index is come by once. A short list keeps its own.
        rows = sorted(rows, key=itemgetter(place))
    marks = ", ".join("?" * len(rows[0]))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own names
    added = affected(connection, connection.exec_driver_sql(statement, rows))
    there: set[Value] = set()
    if added < len(rows):
        # Nobody else writes now, so whoever has one of the keys and is not new was there.
        for some in batches([row[place] for row in rows]):
            query = select(key).where(key.in_(some), table.c.id <= highest)
            there.update(connection.execute(query).scalars())
    return there


def _copy_to_postgresql(
    connection: Connection, table: Table, key: str, names: str, rows: Sequence[tuple[Value, ...]]
) -> set[Value]:
    try:
        with connection.begin_nested():
            _copy(connection, table.name, names, rows)
    except IntegrityError:
        # COPY knows no conflicts; so rows arrive in a table of their own, and those go on that can.
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA"  # noqa: S608 - our own names
        )
        _copy(connection, "arriving", names, rows)
        there = connection.exec_driver_sql(
            f"WITH added AS (INSERT INTO {table.name} ({names}) SELECT {names} FROM arriving"  # noqa: S608
            f" ON CONFLICT DO NOTHING RETURNING {key}) SELECT {key} FROM arriving EXCEPT SELECT {key} FROM added"
        )
        return set(there.scalars())
    return set()


def _copy(connection: Connection, table: str, names: str, rows: Iterable[Stored]) -> None:
    cursor: Any = connection.connection.cursor()  # psycopg's, which alone can copy
    with _told_as_ours(connection), cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _told_as_ours(connection: Connection) -> Iterator[None]:
    """Tell errors of a driver that is spoken to directly as SQLAlchemy tells them."""
    drivers = connection.dialect.loaded_dbapi
    try:
        yield
    except drivers.IntegrityError as error:
        raise IntegrityError("", None, error) from error
    except drivers.Error as error:
        raise DBAPIError("", None, error) from error


def stored(connection: Connection, table: Table) -> Iterator[Stored]:
    """Yield all rows of a table, in the order of its columns; memory holds a thousand of them."""
    told = ", ".join(_AS_STORED.get(type(column.type), "{}").format(column.name) for column in table.columns)
    driver: Any = connection.connection.driver_connection
    # PostgreSQL would send all rows at once, were the cursor not at the server.
    named = {"name": "stored"} if connection.dialect.name == "postgresql" else {}
    with _told_as_ours(connection), closing(driver.cursor(**named)) as cursor:
        cursor.execute(f"SELECT {told} FROM {table.name}")  # noqa: S608 - our own names
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def fill(connection: Connection, table: Table, rows: Iterable[Stored]) -> None:
    """Insert rows that `stored` told into a table, all columns of each."""
    names = ", ".join(column.name for column in table.columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, table.name, names, rows)
        return
    marks = ", ".join("?" * len(table.columns))
    cursor: Any = connection.connection.cursor()
    with _told_as_ours(connection), closing(cursor):
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608


def learn(connection: Connection, filled: Iterable[Table]) -> None:
    """Let PostgreSQL look at tables that were just filled: until it has, it walks through them for each question."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in filled)}")


@contextmanager
def by_index(connection: Connection) -> Iterator[None]:
    """Go through a big table in the order of an index, whatever PostgreSQL has gathered of it before it grew.

    It would look through all of the table, or sort all that waits to find the first.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    ways = ("enable_seqscan", "enable_bitmapscan", "enable_sort")
    connection.execute(select(*(func.set_config(way, "off", literal(True)) for way in ways)))
    yield
    connection.execute(select(*(func.set_config(way, "on", literal(True)) for way in ways)))


class Present(FunctionElement[float]):
    """The database's own clock, in seconds since 1970: one for all machines, and not that of a transaction's begin."""

    inherit_cache = True
    name = "present"
    type = Double()


@compiles(Present, "sqlite")
def _present_of_sqlite(_present: Present, _compiler: SQLCompiler, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Present, "postgresql")
def _present_of_postgresql(_present: Present, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def inserted_new(connection: Connection, table: Table, row: Mapping[str, object]) -> int | None:
    """Insert a row and return its `id`; None when one is there that equals it in a unique column."""
    made = connection.execute(insert_new(connection, table).values(row).returning(table.c.id))
    found = made.scalar_one_or_none()
    return None if found is None else int(found)


def begins_with(connection: Connection, column: Column[Any], start: str) -> ColumnElement[bool]:
    """Tell the rows whose text begins with `start`, by an index where the database can."""
    if connection.dialect.name == "sqlite":  # whose LIKE knows no case, and so uses no index
        return column.between(start, f"{start}\U0010ffff")
    return column.startswith(start, autoescape=True)


def affected(connection: Connection, result: CursorResult[Any]) -> int:
    """Return how many rows a statement changed.

    SQLite's driver does not know it of statements that begin with WITH, the database does.
    """
    if result.rowcount >= 0:
        return result.rowcount
    return int(connection.exec_driver_sql("SELECT changes()").scalar_one())


def renumber(connection: Connection, table: Table) -> None:
    """Go on counting ids after the highest; for tables that were filled with ids of their own."""
    if connection.dialect.name == "postgresql" and "id" in table.c and isinstance(table.c.id.type, Integer):
        highest = select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, "id")
        connection.execute(select(func.setval(sequence, highest + 1, text("false"))))


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────


def translate(error: DBAPIError) -> StoreError:
    """Say what went wrong with the database in the store's own words."""
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if any(word in cause for word in ("locked", "busy", "lock timeout", "deadlock")):
        return StoreBusy(
            "the store", "is held by another process", "try again, or stop the other feeder or backup"
        )
    if isinstance(error, IntegrityError):
        return StoreError(
            "the store", f"was given what breaks its rules ({cause})", "report this: it is our fault"
        )
    return StoreError(
        "the store", f"cannot be used ({cause})", "check that its disk or server is there and has room"
    )
