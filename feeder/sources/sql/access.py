"""Asking a database one question, with nothing changed there, whatever the question is.

A text that is not one SELECT is refused before anything is opened. That alone proves little, since
functions write too, so the database itself is told to refuse writes:

- SQLite opens the file to read only, and may neither attach another nor be told otherwise.
- PostgreSQL, MySQL and MariaDB run the query in a transaction that may only read.
- Of other databases nothing of that kind is known. Their transaction is rolled back, as is every
  other: rights to read only are the better half of the promise there.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from feeder.errors import SourceError
from feeder.sources.sql import failures
from feeder.sources.sql.failures import Failures

_BEGINNINGS = {"SELECT", "WITH", "VALUES", "TABLE"}
_COMMENT_OR_QUOTED = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|'[^']*'|"[^"]*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$""", re.DOTALL
)
_END = "; \t\r\n"
_FIRST_WORD = re.compile(r"[(\s]*(\w+)")

_MYSQL = {"mysql", "mariadb"}
_ROWS_AT_A_TIME = 500
_INSTRUCTIONS_BETWEEN_LOOKS_AT_THE_CLOCK = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for a connection, how long a query may take to its last row, and how many rows."""

    connect: timedelta = timedelta(seconds=10)
    query: timedelta = timedelta(minutes=10)
    rows: int = 1_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of the columns, and the rows, which can be walked through once."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


def check(thing: str, query: str) -> str:
    """Return the text of a query, without a semicolon at its end.

    Raises: SourceError, when it holds several statements, or is no SELECT.
    """
    bare = _COMMENT_OR_QUOTED.sub(lambda found: " " if found["comment"] else "x", query).rstrip(_END)
    first = _FIRST_WORD.match(bare)
    word = first[1].upper() if first else ""
    if word not in _BEGINNINGS:
        begins = f"it begins with {word}" if word else "it is empty"
        raise SourceError(
            thing, f"its query is no SELECT ({begins}), and feeder only reads", "write a SELECT"
        )
    if ";" in bare:
        raise SourceError(thing, "its query is several statements", "write one SELECT")
    if re.search(r"\bINTO\b", bare, re.IGNORECASE):
        raise failures.writes(thing)
    return query.strip().rstrip(_END)


@contextmanager
def ask(thing: str, url: str, query: str, limits: Limits = LIMITS) -> Iterator[Answer]:
    """Run a query, and keep the connection for as long as its rows are walked through.

    Raises: SourceError, named `thing`; also while the rows are walked through.
    """
    address = _address(thing, url)
    translator = Failures(thing, address, limits.query)
    with ExitStack() as stack:
        with translator.connecting():
            engine = _engine(thing, address, limits)
            stack.callback(engine.dispose)
            connection = engine.connect()
            stack.callback(_close, connection)
        deadline = monotonic() + limits.query.total_seconds()
        with translator.asking():
            _only_read(connection, limits, deadline)
            result = connection.exec_driver_sql(
                # A percent sign or a colon in the query is no parameter.
                query,
                execution_options={"no_parameters": True, "yield_per": _ROWS_AT_A_TIME},
            )
            stack.callback(_close_result, result)
            if not result.returns_rows:
                raise failures.writes(thing)
            columns = tuple(result.keys())
        yield Answer(columns, _walk(translator, limits, result, deadline))


def _walk(
    translator: Failures, limits: Limits, result: CursorResult[Any], deadline: float
) -> Iterator[Sequence[Any]]:
    with translator.asking():
        for number, row in enumerate(result):
            if number >= limits.rows:
                rule = f"its query gives more than {limits.rows} rows"
                raise SourceError(translator.thing, rule, "select fewer, with WHERE")
            if monotonic() > deadline:
                raise translator.too_long()
            yield row


# ── Connecting ───────────────────────────────────────────────────────────────────────────────────


def _address(thing: str, url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the cause may hold a part of the password.
        raise _unknown(thing) from None


def _engine(thing: str, address: URL, limits: Limits) -> Engine:
    """Make an engine whose connections end when they are closed.

    Raises: SourceError, for an address that names no database we can reach.
    """
    seconds = int(limits.connect.total_seconds())
    try:
        match address.get_backend_name():
            case "sqlite":
                file = _file(thing, address)
                return create_engine(
                    "sqlite://", creator=lambda: _open(file, limits.connect), poolclass=NullPool
                )
            case "postgresql":
                # A server that is gone without a word must not be waited for without end.
                patience = {"connect_timeout": seconds, "keepalives_idle": 30, "tcp_user_timeout": 60_000}
                psycopg = address.set(drivername="postgresql+psycopg")
                return create_engine(psycopg, connect_args=patience, poolclass=NullPool)
            case kind:
                if address.get_dialect().is_async:
                    rule = f"its address names an asynchronous driver, {address.drivername}"
                    raise SourceError(thing, rule, "name one that is not")
                arguments = {"connect_timeout": seconds} if kind in _MYSQL else {}
                return create_engine(address, connect_args=arguments, poolclass=NullPool)
    except (ArgumentError, NoSuchModuleError):
        raise _unknown(thing) from None
    except ImportError as error:
        raise _driverless(thing, address, error) from error


def _file(thing: str, address: URL) -> Path:
    """Return the file of a SQLite database; one that is not there must not be made.

    Raises: SourceError, when there is no such file.
    """
    database = address.database or ""
    if database.startswith("file:"):
        database = unquote(database.removeprefix("file:"))
    if not database or database == ":memory:":
        raise SourceError(thing, "its address names no file", "write sqlite:////home/me/blog.db")
    file = Path(database).absolute()
    if not file.is_file():
        raise SourceError(thing, f"there is no file {file}", "mend its address, or let feeder read the file")
    return file


def _open(file: Path, patience: timedelta) -> sqlite3.Connection:
    made = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=patience.total_seconds())
    made.text_factory = _text_or_bytes
    return made


def _text_or_bytes(stored: bytes) -> str | bytes:
    # SQLite stores whatever it is given as text; one such row must not hide the others.
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _unknown(thing: str) -> SourceError:
    return SourceError(
        thing,
        "its address names no database that SQLAlchemy knows",
        "write sqlite:////home/me/blog.db or postgresql://user@host/name",
    )


def _driverless(thing: str, address: URL, error: ImportError) -> SourceError:
    if address.get_backend_name() == "postgresql":
        return SourceError(
            thing, "names PostgreSQL, whose driver is not installed", "install feeder[postgresql]"
        )
    driver = error.name or address.drivername
    return SourceError(
        thing,
        f"the driver {driver} of its database is not installed",
        "install it, or name another in the address, as in mysql+pymysql://user@host/name",
    )


def _close(connection: Connection) -> None:
    """Roll back and end a connection, whatever became of it: nothing was to be kept."""
    with suppress(SQLAlchemyError):
        connection.rollback()
    connection.invalidate()
    connection.close()


def _close_result(result: CursorResult[Any]) -> None:
    with suppress(SQLAlchemyError):
        result.close()


# ── Reading only ─────────────────────────────────────────────────────────────────────────────────


def _only_read(connection: Connection, limits: Limits, deadline: float) -> None:
    """Have the database itself refuse writes, and end what takes too long."""
    milliseconds = int(limits.query.total_seconds() * 1000)
    match connection.dialect.name:
        case "sqlite":
            _only_read_sqlite(_driver_connection(connection), deadline)
        case "postgresql":
            connection.execution_options(postgresql_readonly=True)
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
            connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")
            connection.exec_driver_sql("SET LOCAL datestyle = 'ISO, YMD'")
            _leave_dates_as_text(_driver_connection(connection).adapters)
        case kind if kind in _MYSQL:
            is_mariadb = getattr(connection.dialect, "is_mariadb", False)
            limit = (
                f"max_statement_time = {milliseconds / 1000}"
                if is_mariadb
                else f"max_execution_time = {milliseconds}"
            )
            connection.exec_driver_sql(f"SET SESSION {limit}")
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            connection.exec_driver_sql("START TRANSACTION READ ONLY")


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _only_read_sqlite(connection: sqlite3.Connection, deadline: float) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.set_progress_handler(lambda: monotonic() > deadline, _INSTRUCTIONS_BETWEEN_LOOKS_AT_THE_CLOCK)
    connection.set_authorizer(_authorize)


def _authorize(action: int, name: str | None, value: str | None, *_: str | None) -> int:
    """Refuse SQLite's ways to open other files, and to be told that it may write."""
    if action == sqlite3.SQLITE_PRAGMA:
        # Full-text search asks for the version whenever it reads.
        harmless = name == "data_version" and value is None
        return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY
    if action in {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _leave_dates_as_text(adapters: Any) -> None:
    # The driver gives up the whole answer over a date that Python does not know, such as
    # "infinity"; as a text it is refused with its row only.
    loader = adapters.get_loader(adapters.types["text"].oid, 0)
    for kind in ("date", "timestamp", "timestamptz"):
        adapters.register_loader(kind, loader)
