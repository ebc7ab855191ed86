"""A store on every database that feeder can use, and the values that the tests put into it."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.sql.expression import Executable

from feeder.model import ids
from feeder.model.changes import New
from feeder.model.digests import Due, Rhythm
from feeder.model.items import Draft, Item, Kind
from feeder.model.subscribers import Preferences, Subscriber
from feeder.sources import changes
from feeder.store import Store, dialects, open_store, tables
from tests.postgresql_rig import a_database

DATABASES = ["sqlite", "postgresql"]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def as_now(store: Store, who: Subscriber) -> Subscriber:
    """Return a reader as they are in the store by now."""
    with store.reading() as tx:
        found = tx.subscribers.with_id(who.id)
    assert found
    return found


@pytest.fixture(scope="session")
def space() -> UUID:
    return ids.namespace("https://example.org/")


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory, space: UUID) -> Path:
    """An empty store, made once: the migrations take longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "feeder.db"
    open_store(f"sqlite:///{file}", space).close()
    return file


@pytest.fixture(scope="session")
def empty_database(postgresql: str, space: UUID) -> Iterator[str]:
    """An empty store on PostgreSQL, made once; the address of its database."""
    with a_database(postgresql) as address:
        open_store(address, space).close()
        yield address


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)


@pytest.fixture
def new_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that nobody has used yet."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    yield request.getfixturevalue("another_on_postgresql")


@pytest.fixture
def another_on_postgresql(postgresql: str) -> Iterator[str]:
    """The address of a database on PostgreSQL that nobody has used yet."""
    with a_database(postgresql) as address:
        yield address


@contextmanager
def empty_store(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Make an empty store, and give its address."""
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("empty_file"), folder / "feeder.db")
        yield f"sqlite:///{folder / 'feeder.db'}"
        return
    empty = request.getfixturevalue("empty_database")
    with a_database(request.getfixturevalue("postgresql"), like=empty) as address:
        yield address


@pytest.fixture
def url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store."""
    with empty_store(database, request, tmp_path) as address:
        yield address


@contextmanager
def held_by_another(url: str) -> Iterator[None]:
    """Let another program write to a database meanwhile."""
    other = dialects.engine(url, timedelta(seconds=5))
    with other.connect() as connection, dialects.writing(connection).begin():
        if other.dialect.name == "postgresql":
            names = ", ".join(tables.metadata.tables)
            connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        yield
    other.dispose()


@pytest.fixture
def held(url: str) -> Callable[[], AbstractContextManager[None]]:
    """Let another program write to the database: `with held(): ...`."""
    return lambda: held_by_another(url)


@pytest.fixture
def store(url: str, space: UUID) -> Iterator[Store]:
    with closing(open_store(url, space)) as opened:
        yield opened


@pytest.fixture
def impatient(url: str, space: UUID, store: Store) -> Iterator[Store]:
    """The same store, opened by somebody who waits for nobody."""
    with closing(open_store(url, space, 50 * timedelta(milliseconds=1))) as opened:
        yield opened


@pytest.fixture
def sql(store: Store) -> Callable[[Executable], Sequence[Any]]:
    """Run a statement that the store has no method for, and return its rows."""

    def run(statement: Executable) -> Sequence[Any]:
        with store._engine.begin() as connection:
            result = connection.execute(statement)
            return result.all() if result.returns_rows else []

    return run


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(key: str, **fields: Any) -> Draft:
        title = f"Title of {key}"
        return Draft(**{"key": key, "kind": Kind.PIECE, "title": title, "substance": title, **fields})

    return make


@pytest.fixture
def keep(store: Store) -> Callable[..., Item]:
    """Put drafts into the store as new, an hour after each other, and return the last as an item."""

    def put(*drafts: Draft, posted: datetime = NOON, source: str = "blog", announced: bool = True) -> Item:
        for number, found in enumerate(drafts):
            at = posted + timedelta(hours=number)
            change = New(found, changes.fingerprint(found), at, announced)
            with store.transaction() as tx:
                tx.items.apply(source, [change])
        with store.reading() as tx:
            known = tx.items.known(source, [drafts[-1].key])[drafts[-1].key]
            return tx.items.with_ids([known.id])[0]

    return put


@pytest.fixture
def reader(store: Store) -> Callable[..., Subscriber]:
    """Add a reader who is due at noon."""

    def add(
        address: str = "ada@example.org",
        *,
        cursor: int = 0,
        next_issue_at: datetime = NOON,
        **preferences: Any,
    ) -> Subscriber:
        wanted = Preferences(**{"digest": "weekly", "zone": "UTC", **preferences})
        with store.transaction() as tx:
            tx.subscribers.add(address, wanted, cursor, next_issue_at, "they asked for it", NOON)
            return tx.subscribers.get(address)

    return add


@pytest.fixture
def due() -> Callable[..., Due]:
    def make(period: str = "2026-W47", *, rhythm: Rhythm | None = None, at: datetime = NOON) -> Due:
        return Due(
            rhythm or Rhythm("weekly", None, None, "UTC"),
            period,
            next_issue_at=at + timedelta(days=7),
            next_hour=at + timedelta(hours=20),
        )

    return make
