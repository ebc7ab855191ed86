"""What is so on SQLite only."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine, make_url, text

from feeder.store import Store, open_store, tables

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


def test_the_steps_make_the_very_tables_and_indexes_of_the_schema_page(store: Store, tmp_path: Path) -> None:
    def schema(file: str) -> dict[str, list[str]]:
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        ignored = {"alembic_version", "sqlite_sequence"}
        return {
            name: sorted(
                line.strip(" ,\t") for line in sql.replace("\t", "").splitlines() if line.strip(" )")
            )
            for name, sql in rows
            if name not in ignored
        }

    page = tmp_path / "page.db"
    engine = create_engine(f"sqlite:///{page}")
    tables.metadata.create_all(engine)
    engine.dispose()
    assert schema(store._engine.url.database or "") == schema(str(page))


def test_ids_of_reasons_are_counted_by_the_database(store: Store) -> None:
    with store._engine.connect() as connection:
        sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'dirty'")).scalar_one()
    assert "AUTOINCREMENT" in sql


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
