"""A store that an older version filled is brought up to date, with all that it holds."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from alembic import command
from alembic.config import Config

from feeder.model.feeds import Selection, Subject
from feeder.store import dialects, migrations, open_store

_ITEM = """
INSERT INTO items (id, uid, source, key, slug, kind, title, url, posted, revised, number, shown, announced,
    withheld, pictures, note, standfirst, summary, body, medium, role, topic, fingerprint, substance)
VALUES ({id}, 'urn:x:{id}', 'blog', 'k{id}', 's{id}', 'piece', 'Title {id}!', {url}, {posted}, {posted}, {number},
    1, 1, 0, '[]', '', '', '', '', '', '', '', 'f', 's')
"""
_ROWS = [
    "INSERT INTO tags (id, name, key, slug) VALUES (1, 'Bridges', 'bridges', 'bridges')",
    "INSERT INTO feeds (selection, subject, uid) VALUES ('everything', 0, 'urn:e'), ('tag', 1, 'urn:t')",
    _ITEM.format(id=1, url="'https://www.paper.example/a/?utm_source=x'", posted=1000, number=1),
    _ITEM.format(id=2, url="NULL", posted=2000, number=2),
    _ITEM.format(id=3, url="NULL", posted=3000, number="NULL"),
    "INSERT INTO item_tags (item_id, position, tag_id) VALUES (1, 0, 1), (2, 0, 1), (3, 0, 1)",
    "INSERT INTO facts (name, value) VALUES ('look', 'x')",
    "INSERT INTO dirty (feed_id) VALUES (1)",
    "INSERT INTO sources (name, state, unread) VALUES ('blog', '{}', '[]')",
]


def at_first_revision(file: Path) -> None:
    engine = dialects.engine(f"sqlite:///{file}", timedelta(seconds=5))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.connect() as connection:
        writing = dialects.writing(connection)
        with writing.begin():
            config.attributes["connection"] = writing
            command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(file)) as database:
        for statement in _ROWS:
            database.execute(statement)
        database.commit()


def test_a_store_of_the_first_revision_comes_along_with_its_items(tmp_path: Path, space: UUID) -> None:
    file = tmp_path / "old.db"
    at_first_revision(file)
    with closing(open_store(f"sqlite:///{file}", space)) as store, store.reading() as tx:
        (everything,) = tx.feeds.shown()
        assert everything.uid == "urn:e"
        tag = tx.feeds.known([Subject(Selection.TAG, "bridges")])
        assert [(feed.uid, feed.subject.name) for feed in tag.values()] == [("urn:t", "Bridges")]
        assert [item.hidden for item in tx.items.newest(10)] == [False] * 3
        assert tx.sources.state("blog").failures == 0
        assert tx.items.any_to_release(datetime.now(UTC))
        assert tx.facts.get("look") is None, "what feeds list is worked out by the next publish"
    with closing(sqlite3.connect(file)) as database:
        keys = database.execute("SELECT address_key, title_key FROM items ORDER BY id").fetchall()
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert keys == [("paper.example/a", "title1"), (None, "title2"), (None, "title3")]
