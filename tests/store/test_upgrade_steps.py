"""Steps of two kinds: what comes before is borne by old programs, what comes after waits until none of them works."""

import ast
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, text

from feeder.errors import StoreInUse, StoreNewer
from feeder.model.members import Member
from feeder.store import Kept, Store, backups, dialects, migrations, open_store, upgrades
from feeder.store.migrations import Fit, Place
from tests.store.conftest import NOON
from tests.store.test_moving import walk

MEMBER = Member("old:1:a", "old", 1, ("worker",), "0.0.9", NOON, timedelta(minutes=1), NOON)
STEPS = list(ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions())[::-1]
ADDS = {"create_table", "create_index", "add_column", "f"}
"""What a step before may call of Alembic's operations."""


# ── Their kinds ──────────────────────────────────────────────────────────────────────────────────


def test_each_step_says_of_which_kind_it_is() -> None:
    assert {step.module.kind for step in STEPS} == {"before", "after"}
    newest = {step.module.kind: step.revision for step in STEPS}
    assert (newest["before"], newest["after"]) == (migrations.BEFORE, migrations.AFTER)


@dataclass(frozen=True, slots=True)
class Shape:
    """What old programs rely on: columns that they need not fill, and rules that their rows keep."""

    columns: dict[tuple[str, str], tuple[str, bool, bool]]
    rules: set[tuple[str, str]]

    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def shape(connection: Connection) -> Shape:
    """Look at all tables: each column's type, whether it may be null, and whether it has a default; and all rules."""
    there = inspect(connection)
    columns, rules = {}, set()
    for table in there.get_table_names():
        for column in there.get_columns(table):
            told = str(column["type"]), bool(column["nullable"]), column["default"] is not None
            columns[table, column["name"]] = told
        found: list[Any] = [
            *there.get_unique_constraints(table),
            *there.get_foreign_keys(table),
            *there.get_check_constraints(table),
            *(index for index in there.get_indexes(table) if index["unique"]),
        ]
        rules |= {(table, str(each["name"])) for each in found}
    return Shape(columns, rules)


def faults(was: Shape, becomes: Shape) -> list[str]:
    """Return what an old program cannot stand of a change."""
    found = [f"{key} is another" for key, told in was.columns.items() if becomes.columns.get(key) != told]
    for (table, column), (_, nullable, has_default) in becomes.columns.items():
        is_added = table in was.tables() and (table, column) not in was.columns
        if is_added and not (nullable or has_default):
            found.append(f"{table}.{column} has to be filled")
    return [*found, *(f"{rule} is new" for rule in becomes.rules - was.rules if rule[0] in was.tables())]


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """Begin a transaction that may write."""
    engine = dialects.engine(url, timedelta(seconds=5))
    with engine.connect() as opened:
        connection = dialects.writing(opened)
        with connection.begin():
            yield connection
    engine.dispose()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with writing(f"sqlite:///{tmp_path}/steps.db") as opened:
        yield opened


def test_what_comes_before_is_borne_by_old_programs(connection: Connection) -> None:
    was = shape(connection)
    for step in STEPS:
        migrations.step_by_step(connection, step.revision)
        becomes = shape(connection)
        if step.module.kind == "before":
            assert faults(was, becomes) == [], step.revision
        was = becomes


@pytest.mark.parametrize("step", [step for step in STEPS if step.module.kind == "before"], ids=str)
def test_what_comes_before_only_adds(step: Script) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(Path(step.path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "op"
    }
    assert called
    assert called <= ADDS


def test_what_is_added_need_not_be_filled_in_new_stores_either(
    connection: Connection, tmp_path: Path
) -> None:
    """A store that a new program makes at once is one that old programs may come to later."""
    migrations.step_by_step(connection, migrations.AFTER)
    since = shape(connection)
    with writing(f"sqlite:///{tmp_path}/new.db") as new:
        migrations.at_once(new)
        assert [each for each in faults(since, shape(new)) if "filled" in each] == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("ALTER TABLE notes DROP COLUMN text", "is another"),
        ("ALTER TABLE notes RENAME COLUMN text TO words", "is another"),
        ("DROP TABLE notes", "is another"),
        ("CREATE UNIQUE INDEX one_note ON notes (digest)", "is new"),
        ("ALTER TABLE empty ADD COLUMN must INTEGER NOT NULL", "has to be filled"),
        ("ALTER TABLE notes ADD COLUMN may INTEGER", None),
        ("ALTER TABLE notes ADD COLUMN has INTEGER DEFAULT 0 NOT NULL", None),
        ("CREATE INDEX some_notes ON notes (digest)", None),
        ("CREATE TABLE further (must INTEGER NOT NULL UNIQUE)", None),
    ],
)
def test_what_they_cannot_stand_is_found(connection: Connection, statement: str, fault: str | None) -> None:
    connection.execute(text("CREATE TABLE notes (id INTEGER PRIMARY KEY, digest TEXT, text TEXT)"))
    before = shape(connection)
    if "empty" in statement:  # SQLite adds no such column, but can make the table with it
        connection.execute(text("CREATE TABLE empty (id INTEGER PRIMARY KEY)"))
        before = shape(connection)
        connection.execute(text("DROP TABLE empty"))
        statement = "CREATE TABLE empty (id INTEGER PRIMARY KEY, must INTEGER NOT NULL)"
    connection.execute(text(statement))

    found = faults(before, shape(connection))

    assert bool(found) == bool(fault)
    assert not fault or fault in found[0]


# ── When they are gone ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "fit"),
    [
        (None, Fit.EMPTY),
        (Place(migrations.HEAD, migrations.AFTER), Fit.SAME),
        (Place("0004", ""), Fit.BEHIND),
        (Place("9999", migrations.AFTER), Fit.AHEAD),
        (Place("9999", "9998"), Fit.BEYOND),
    ],
)
def test_how_a_database_fits(place: Place | None, fit: Fit) -> None:
    assert migrations.fit(place) is fit


MEMBERS = """
CREATE TABLE members (id TEXT, machine TEXT, process INTEGER, roles TEXT, version TEXT, began BIGINT, beats FLOAT, seen FLOAT)
"""


@pytest.fixture
def behind(new_url: str) -> str:
    """A store whose next step takes away, and whose processes do not tell yet which steps they know."""
    with writing(new_url) as connection:
        migrations.step_by_step(connection, "0004")
        connection.execute(text(MEMBERS))
    return new_url


def joined(url: str, seen: str) -> None:
    with writing(url) as connection:
        values = f"'old:1:a', 'old', 1, '[]', '0.0.9', 0, 60, {seen}"
        connection.execute(text(f"INSERT INTO members VALUES ({values})"))


def place_of(url: str) -> Place | None:
    with writing(url) as connection:
        return migrations.place(connection)


def test_a_step_that_takes_away_waits_for_who_does_not_know_it(behind: str, space: UUID) -> None:
    joined(behind, seen="9e9")
    with pytest.raises(StoreInUse, match=r"old:1 \(0\.0\.9\).*stop or upgrade these"):
        open_store(behind, space)
    assert place_of(behind) == Place("0004", "")


def test_who_is_silent_holds_nothing_up(behind: str) -> None:
    joined(behind, seen="0")
    with writing(behind) as connection:
        upgrades.make_sure_that_all_know(connection, "0005")


def set_place(url: str, place: Place) -> None:
    with writing(url) as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :revision, oldest = :oldest"), asdict(place)
        )


def test_a_store_that_has_more_than_this_program_knows_can_be_used_but_not_copied(
    store: Store, url: str, space: UUID, now: datetime
) -> None:
    ahead = Place("9999", migrations.AFTER)
    set_place(url, ahead)
    with closing(open_store(url, space)) as opened, opened.transaction() as tx:
        tx.facts.remember("said", "hello")
    assert store.condition().fit is Fit.AHEAD
    store.finish_upgrade()
    assert place_of(url) == ahead
    kept = Kept(now, migrations.HEAD, backups.shapes())
    copies: list[Callable[[], object]] = [
        lambda: store.dump().__enter__(),
        lambda: store.copy_to(store, walk),
        lambda: store.put_back(kept, lambda _: [], walk, now),
    ]
    for copy in copies:
        with pytest.raises(StoreNewer, match="holds what this one does not know"):
            copy()


def test_a_process_that_was_given_up_does_not_come_back_to_a_store_that_is_beyond_it(
    store: Store, url: str
) -> None:
    with store.transaction() as tx:
        tx.members.join(MEMBER)
        (known,) = tx.members.all()
    assert known == replace(MEMBER, seen=known.seen, ahead=known.ahead, revision=migrations.HEAD)
    set_place(url, Place("9999", "9999"))
    with pytest.raises(StoreNewer, match="can use it no more"), store.transaction() as tx:
        tx.members.join(MEMBER)
