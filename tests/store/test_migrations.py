import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from feeder.errors import StoreNewer
from feeder.model.items import Item
from feeder.store import condition, dialects, hashes, migrations, open_store, tables
from feeder.store.migrations import Fit, Place

_VERSIONS = Path(migrations.__file__).parent
NEWEST = Place(migrations.HEAD, migrations.AFTER)

_OPEN = """
import sys
from uuid import UUID
from feeder.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1], UUID(sys.argv[2]))
with store.transaction() as tx:
    tx.facts.remember(sys.argv[3], "here")
store.close()
"""


@pytest.fixture(params=["at once", "step by step"])
def made(request: pytest.FixtureRequest, new_url: str) -> Iterator[Engine]:
    """A database that was made in one way or the other."""
    engine = dialects.engine(new_url, timedelta(seconds=5))
    with engine.connect() as connection:
        writing = dialects.writing(connection)
        with writing.begin():
            (migrations.at_once if request.param == "at once" else migrations.step_by_step)(writing)
    yield engine
    engine.dispose()


def test_both_ways_lead_to_the_schema_page(made: Engine) -> None:
    with made.connect() as connection:
        assert migrations.place(connection) == NEWEST
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []


def test_head_is_the_newest_step_and_there_is_one_way_to_it() -> None:
    steps = ScriptDirectory(str(_VERSIONS))
    assert steps.get_heads() == [migrations.HEAD]
    assert [step.revision for step in steps.walk_revisions()] == sorted(
        (file.name.split("_")[0] for file in (_VERSIONS / "versions").glob("[0-9]*.py")), reverse=True
    )


def test_a_new_store_is_at_head_and_opening_again_changes_nothing(url: str, space: UUID) -> None:
    def state(engine: Engine) -> list[object]:
        with engine.connect() as connection:
            assert migrations.place(connection) == NEWEST
            found: list[object] = []
            for table in tables.metadata.sorted_tables:
                found += [tuple(row) for row in connection.execute(table.select())]
            return found

    with closing(open_store(url, space)) as store:
        before = state(store._engine)
    with closing(open_store(url, space)) as store:
        assert state(store._engine) == before


def test_the_condition_of_a_database_is_told_and_not_changed(
    new_url: str, space: UUID, tmp_path: Path
) -> None:
    empty = condition(new_url)
    assert condition(new_url) == empty
    assert not (tmp_path / "new.db").exists()  # of SQLite, whose file a connection makes
    with closing(open_store(new_url, space)) as store:
        made = condition(new_url)
        assert store.condition() == made
    assert (empty.revision, made.revision, made.newest) == (None, migrations.HEAD, migrations.HEAD)
    assert (empty.fit, made.fit) == (Fit.EMPTY, Fit.SAME)
    assert re.fullmatch(r"(SQLite|PostgreSQL) \d+\..+", made.database)


def test_each_new_store_has_a_key_for_its_hashes_that_nobody_else_has(
    new_url: str, tmp_path: Path, space: UUID
) -> None:
    keys = []
    for url in (new_url, f"sqlite:///{tmp_path}/other.db"):
        with closing(open_store(url, space)) as store, store.reading() as tx:
            keys.append(bytes.fromhex(tx.facts.get(hashes.FACT) or ""))
    assert [len(key) for key in keys] == [32, 32]
    assert keys[0] != keys[1]


def test_a_database_of_a_later_version_is_left_alone(url: str, space: UUID) -> None:
    engine = dialects.engine(url, timedelta(seconds=5))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999', oldest = '9998'"))
    for _ in range(2):
        with pytest.raises(StoreNewer, match="later version of feeder"):
            open_store(url, space)
    with engine.connect() as connection:
        assert migrations.place(connection) == Place("9999", "9998")
    engine.dispose()


def test_a_new_store_can_be_opened_by_several_processes_at_once(new_url: str, space: UUID) -> None:
    url = new_url
    names = ["one", "two", "three"]
    others = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN, url, str(space), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    errors = [other.communicate(timeout=30)[1] for other in others]
    assert [error for error in errors if error] == []
    with closing(open_store(url, space)) as store, store.reading() as tx:
        assert [tx.facts.get(name) for name in names] == ["here"] * len(names)
        assert len(tx.feeds.shown()) == 1
        assert len(tx.keys.all()) == 1


def test_the_schema_page_holds_every_field_of_an_item() -> None:
    elsewhere = {"tags", "authors", "outlet", "piece", "related"}
    columns = {column.name for column in tables.items.columns}
    assert {name for name in Item.__dataclass_fields__ if name not in columns} == elsewhere


_MADE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE%INDEX%'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


def test_indexes_of_some_rows_have_just_the_rows_that_the_schema_page_says(made: Engine) -> None:
    indexes = [index for table in tables.metadata.sorted_tables for index in table.indexes]
    told = {str(index.name): str(index.info.get("where", "")) for index in indexes}
    database = made.dialect.name
    with made.connect() as connection:
        written = {name: sql for name, sql in connection.execute(text(_MADE[database]))}  # noqa: C416 - rows
    found = {name: written[name].partition(" WHERE ")[2] for name in told}
    if database == "sqlite":  # which finds such an index by the letter, and asks for 1 and 0
        told = {
            name: where.replace("IS TRUE", "IS 1").replace("IS FALSE", "IS 0") for name, where in told.items()
        }
        assert found == told
    else:  # which writes conditions in ways of its own
        assert {name: bool(where) for name, where in found.items()} == {
            name: bool(where) for name, where in told.items()
        }
