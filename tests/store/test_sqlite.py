"""What is so on SQLite only."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import MetaData, create_engine, make_url, text

from feeder.errors import StoreBusy, StoreError
from feeder.store import Store, open_store, tables

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

_WRITE = """
import sys
from uuid import UUID
from feeder.store import open_store
store = open_store(sys.argv[1], UUID(sys.argv[2]))
with store.transaction() as tx:
    tx.facts.remember("committed", "yes")
with store.transaction() as tx:
    tx.facts.remember("committed", "no")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_every_connection_is_made_ready(store: Store) -> None:
    expected = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}
    with store._engine.connect() as one, store._engine.connect() as two:
        for connection in (one, two):
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in expected}
            assert found == expected


def with_conditions() -> MetaData:
    """Return the schema page with its indexes of some rows as SQLite has them, by the letter."""
    copy = MetaData(naming_convention=tables.metadata.naming_convention)
    for table in tables.metadata.sorted_tables:
        copied = table.to_metadata(copy)
        wheres = {index.name: index.info.get("where") for index in table.indexes}
        for index in copied.indexes:
            if where := wheres[index.name]:
                in_sqlite = where.replace("IS TRUE", "IS 1").replace("IS FALSE", "IS 0")
                index.dialect_options["sqlite"]["where"] = text(in_sqlite)
    return copy


def test_the_steps_make_the_very_tables_and_indexes_of_the_schema_page(store: Store, tmp_path: Path) -> None:
    def schema(file: str) -> dict[str, list[object]]:
        """Return the columns, keys and indexes of each table; a column's default is of no account."""
        with closing(sqlite3.connect(file)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                name: [
                    sorted(
                        connection.execute(
                            f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}')"
                        )
                    ),
                    sorted(
                        connection.execute(
                            f'SELECT "from", "table", "to" FROM pragma_foreign_key_list(\'{name}\')'
                        )
                    ),
                    sorted(
                        (index if sql else "", unique, columns, (sql or "").replace('"', ""))
                        for index, unique, columns, sql in connection.execute(
                            'SELECT i.name, i."unique", group_concat(c.name), m.sql'
                            f" FROM pragma_index_list('{name}') i, pragma_index_info(i.name) c"
                            " LEFT JOIN sqlite_master m ON m.name = i.name GROUP BY i.name"
                        )
                    ),
                ]
                for (name,) in names
                if name not in {"alembic_version", "sqlite_sequence"}
            }

    page = tmp_path / "page.db"
    engine = create_engine(f"sqlite:///{page}")
    with_conditions().create_all(engine)
    engine.dispose()
    assert schema(store._engine.url.database or "") == schema(str(page))


def test_a_row_cannot_name_another_that_is_not_there(store: Store) -> None:
    with store._engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_a_killed_writer_leaves_its_last_commit_and_no_lock(url: str, space: UUID) -> None:
    command = [sys.executable, "-c", _WRITE, url, str(space)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "writing\n"
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    with closing(open_store(url, space)) as store, store.transaction() as tx:
        assert tx.facts.get("committed") == "yes"


def test_a_copy_of_the_closed_file_is_the_whole_store(url: str, space: UUID) -> None:
    with closing(open_store(url, space)) as store, store.transaction() as tx:
        tx.facts.remember("look", "x")
    file = Path(make_url(url).database or "")
    assert [found.name for found in file.parent.glob("feeder.db-*")] == []


def test_opening_a_database_that_is_held_and_new_says_that_it_is_busy(tmp_path: Path, space: UUID) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    other = create_engine(url, connect_args={"isolation_level": None})
    with closing(other.raw_connection()) as connection:
        connection.cursor().execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            open_store(url, space, timedelta(milliseconds=20))
        connection.cursor().execute("ROLLBACK")
    other.dispose()
    open_store(url, space).close()


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def test_a_database_in_a_folder_that_is_not_there_cannot_be_used(tmp_path: Path, space: UUID) -> None:
    with pytest.raises(StoreError, match="unable to open") as raised:
        open_store(f"sqlite:///{tmp_path / 'none' / 'feeder.db'}", space)
    assert type(raised.value) is StoreError


def test_a_folder_is_no_database(tmp_path: Path, space: UUID) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        open_store(f"sqlite:///{tmp_path}", space)


@pytest.mark.parametrize("content", [b"\0" * 8192, b"This is a text about bridges. " * 500])
def test_a_file_of_something_else_is_no_database(tmp_path: Path, space: UUID, content: bytes) -> None:
    file = tmp_path / "feeder.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{file}", space)
    assert file.read_bytes() == content


def test_a_database_that_is_cut_off_cannot_be_used(url: str, space: UUID) -> None:
    file = file_of(url)
    file.write_bytes(file.read_bytes()[:9000])

    def use_it() -> None:
        with closing(open_store(url, space)) as store, store.transaction() as tx:
            tx.documents.mark_all(changed=True)
            tx.items.newest(10)
            tx.deliveries.recover(NOW)
            tx.subscribers.all()
            tx.facts.remember("look", "x")

    with pytest.raises(StoreError, match=r"malformed|not a database"):
        use_it()


def test_a_database_that_vanished_says_so(url: str, space: UUID) -> None:
    with closing(open_store(url, space)) as store:
        store.close()
        file_of(url).unlink()
        with pytest.raises(StoreError), store.reading() as tx:
            tx.items.newest(10)
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.items.release(NOW)
