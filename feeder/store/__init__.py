"""The article store: the only place that speaks SQL.

    with store.transaction() as tx:     # may write; waits until no other transaction does
        tx.items.release(now)
    with store.reading() as tx:         # sees one state of everything; writes nothing
        tx.listings.live([feed.id], 50)

Every method answers one question or makes one change, and raises `StoreError` when the database
is locked for too long or has vanished. Rows stay here: what leaves are values of `model`.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from feeder.model.issues import ALL_MAIL
from feeder.store import afterwards, backups, dialects, hashes, migrations, moving, upgrades
from feeder.store.afterwards import Known
from feeder.store.approvals import Approvals
from feeder.store.choices import Choices
from feeder.store.contents import Contents
from feeder.store.curation import Curation
from feeder.store.deliveries import Deliveries
from feeder.store.documents import Documents
from feeder.store.editions import Editions
from feeder.store.entries import Entries
from feeder.store.feeds import Feeds
from feeder.store.hashes import Hashes
from feeder.store.holds import Holds
from feeder.store.hub import Hub
from feeder.store.issues import Issues
from feeder.store.items import Items
from feeder.store.ledger import Ledger
from feeder.store.letters import Letters
from feeder.store.links import Links
from feeder.store.listings import Listings
from feeder.store.members import Members
from feeder.store.migrations import Fit
from feeder.store.notes import Notes
from feeder.store.objects import Objects
from feeder.store.pings import Pings
from feeder.store.readership import Readership
from feeder.store.requests import Requests
from feeder.store.returns import Returns
from feeder.store.runs import Facts, Keys, Runs, Turns
from feeder.store.sources import Sources
from feeder.store.subscribers import Subscribers
from feeder.store.suppressions import Suppressions

PATIENCE = timedelta(seconds=30)
"""How long a transaction waits for another one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup has of a store: when it was made, at which revision, and which tables."""

    made: datetime
    revision: str
    shapes: Sequence[backups.Shape]


class Dump:
    """All rows of a store as they are at one moment."""

    revision = migrations.HEAD
    shapes = tuple(backups.shapes())

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lines(self, table: str) -> Iterator[bytes]:
        """Tell the rows of a table, a line each."""
        return backups.lines(self._connection, table)


class Transaction:
    """One transaction, by what it is about."""

    def __init__(self, connection: Connection, space: UUID, hashes: Hashes) -> None:
        self._connection = connection
        self._afterwards: list[Callable[[], None]] = []
        self.feeds = Feeds(connection, space)
        self.listings = Listings(connection)
        self.entries = Entries(connection)
        self.documents = Documents(connection)
        self.objects = Objects(connection)
        self.readership = Readership(connection)
        self.items = Items(connection, space, self.documents)
        self.curation = Curation(connection, self.items, self.documents)
        self.links = Links(connection)
        self.sources = Sources(connection)
        self.subscribers = Subscribers(connection, hashes)
        self.suppressions = Suppressions(connection, hashes)
        self.requests = Requests(connection, hashes)
        self.letters = Letters(connection, hashes)
        self.choices = Choices(connection)
        self.issues = Issues(connection)
        self.deliveries = Deliveries(connection)
        self.ledger = Ledger(connection, self.items)
        self.returns = Returns(connection)
        self.contents = Contents(connection)
        self.runs = Runs(connection)
        self.turns = Turns(connection)
        self.holds = Holds(connection)
        self.notes = Notes(connection, self.runs)
        self.approvals = Approvals(connection)
        self.editions = Editions(connection, self.documents)
        self.hub = Hub(connection)
        self.pings = Pings(connection)
        self.keys = Keys(connection)
        self.facts = Facts(connection)
        self.members = Members(connection)

    @property
    def driver_connection(self) -> Any:
        """The driver's own connection, for an engine that keeps its jobs in the same database."""
        return self._connection.connection.driver_connection

    def afterwards(self, act: Callable[[], None]) -> None:
        """Let something happen once this transaction has been committed, and not at all if it is undone."""
        self._afterwards.append(act)

    def is_committed(self) -> None:
        """Do what was to happen afterwards."""
        for act in self._afterwards:
            act()


class Store:
    """The database of one site. Safe to share between threads."""

    def __init__(self, engine: Engine, space: UUID, hashes: Hashes) -> None:
        self._engine = engine
        self._space = space
        self._hashes = hashes

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a transaction that may write; commit it, or undo it when anything is raised."""
        with self._translated(), self._engine.connect() as connection:
            writing = dialects.writing(connection)
            tx = Transaction(writing, self._space, self._hashes)
            with writing.begin():
                yield tx
        tx.is_committed()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Begin a transaction that only reads: it sees one state, and holds up nobody."""
        with self._translated(), self._engine.connect() as connection:
            yield Transaction(dialects.reading(connection), self._space, self._hashes)

    @contextmanager
    def rehearsal(self) -> Iterator[Transaction]:
        """Begin a transaction that may write, and undo it in the end whatever happens."""
        with self._translated(), self._engine.connect() as connection:
            writing = dialects.writing(connection)
            with writing.begin() as begun:
                yield Transaction(writing, self._space, self._hashes)
                begun.rollback()

    @contextmanager
    def lock(self, *, shared: bool = False) -> Iterator[Callable[[], None]]:
        """Hold the site, so that no second run publishes or sends; or `shared`, with all who share it.

        What it yields makes sure that the site is still held: a server that is started anew forgets who held it.
        Raises: SiteLocked, at once, when another process holds it; StoreError. So does what it yields.
        """
        with self._translated(), dialects.site_lock(self._engine, shared=shared) as keep:
            yield self._translated()(keep)

    def copy_to(self, target: "Store", progress: moving.Progress) -> list[moving.Moved]:
        """Copy everything to another store, which must be empty: all of it, or nothing.

        Raises: StoreError.
        """
        with self._translated(), self._engine.connect() as here, target._engine.connect() as there:  # noqa: SLF001 - of the same class
            writing = dialects.writing(there)
            with writing.begin():
                reading = dialects.reading(here)
                migrations.check_known(reading)
                moved = moving.copy(reading, writing, progress)
            target._hashes = self._hashes  # noqa: SLF001 - the key of the hashes moved as well
            return moved

    @contextmanager
    def dump(self) -> Iterator[Dump]:
        """Read all rows as they are at one moment, while others go on. Raises: StoreError."""
        with self._translated(), self._engine.connect() as connection:
            reading = dialects.reading(connection)
            migrations.check_known(reading)
            yield Dump(reading)

    def put_back(self, backup: Kept, told: backups.Lines, progress: moving.Progress, now: datetime) -> Known:
        """Put a backup in the place of all that there is: all of it, or nothing; then mail waits for a person.

        What this store knows of readers since the backup was made is kept, where it is the same site's.
        Raises: StoreError.
        """
        with self._translated(), self._engine.connect() as connection:
            writing = dialects.writing(connection)
            with writing.begin():
                dialects.lock_schema(writing)
                migrations.check_known(writing)
                happened = afterwards.read(writing, backup.made)
                backups.put_back(writing, backup.revision, backup.shapes, told, progress)
                key = _key(writing)
                tx = Transaction(writing, self._space, Hashes(key))
                known = afterwards.carry(writing, happened, tx.documents)
                tx.holds.lift(ALL_MAIL)
                tx.holds.add(ALL_MAIL, known.reason(backup.made), now)
            self._hashes = Hashes(key)
            return known

    def holds_work(self) -> bool:
        """Tell whether there is anything that somebody could miss. Raises: StoreError."""
        with self._translated(), self._engine.connect() as connection:
            return backups.holds_work(connection)

    def condition(self) -> "Condition":
        """Return what the database is, as it answers now. Raises: StoreError."""
        with self._translated(), self._engine.connect() as connection:
            return _condition(connection)

    def finish_upgrade(self) -> None:
        """Take away what only earlier versions of feeder used. Raises: StoreInUse while one of them works; StoreError."""
        with self._translated(), self._engine.connect() as connection:
            writing = dialects.writing(connection)
            with writing.begin():
                dialects.lock_schema(writing)
                upgrades.finish(writing)

    def connection_parameters(self) -> dict[str, Any]:
        """Return how this store connects to PostgreSQL, in libpq's words."""
        return dialects.connection_parameters(self._engine)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise dialects.translate(error) from error


@dataclass(frozen=True, slots=True)
class Condition:
    """What a database is: which, at which revision (None while it is empty), the newest that we know, and how it fits."""

    database: str
    revision: str | None
    newest: str
    fit: Fit


def condition(url: str) -> Condition:
    """Return what the database at `url` is, and change nothing there.

    Raises: ConfigurationError, StoreError.
    """
    engine = dialects.untouched(dialects.engine(url, PATIENCE))
    try:
        with engine.connect() as connection:
            return _condition(connection)
    except DBAPIError as error:
        raise dialects.translate(error) from error
    finally:
        engine.dispose()


def _condition(connection: Connection) -> Condition:
    there = migrations.place(connection)
    revision = there.revision if there else None
    return Condition(dialects.version(connection), revision, migrations.HEAD, migrations.fit(there))


def open_store(
    url: str, space: UUID, patience: timedelta = PATIENCE, abandoned: timedelta | None = None
) -> Store:
    """Open the store at `url`, made or brought up to date where it needs to be.

    `space` is the namespace in which ids are minted. PostgreSQL ends transactions of ours in which nothing is
    asked for as long as `abandoned`, None for never.
    Raises: ConfigurationError, StoreBusy, StoreNewer, StoreInUse, StoreError.
    """
    engine = dialects.engine(url, patience, abandoned)
    try:
        return Store(engine, space, Hashes(_prepared(engine, space)))
    except BaseException:
        engine.dispose()
        raise


def _prepared(engine: Engine, space: UUID) -> bytes:
    """Bring the database up to date, and return the key of its hashes."""
    try:
        with engine.connect() as connection:
            if _is_ready(connection) and (key := _key(connection)):
                return key
        with engine.connect() as connection:
            writing = dialects.writing(connection)
            with writing.begin():
                dialects.lock_schema(writing)
                upgrades.upgrade(writing)
                if not _key(writing):
                    Facts(writing).remember(hashes.FACT, secrets.token_hex(32))
                key = _key(writing)
                tx = Transaction(writing, space, Hashes(key))
                tx.feeds.ensure_everything()
                tx.keys.ensure(secrets.token_bytes(32), datetime.now(UTC))
                return key
    except DBAPIError as error:
        raise dialects.translate(error) from error


def _is_ready(connection: Connection) -> bool:
    """Tell whether nothing has to be done before this program can work, or can be now."""
    match migrations.fit(migrations.place(connection)):
        case Fit.SAME | Fit.AHEAD:
            return True
        case Fit.UNFINISHED:
            return upgrades.any_members(connection)
        case _:
            return False


def _key(connection: Connection) -> bytes:
    return bytes.fromhex(Facts(connection).get(hashes.FACT) or "")
