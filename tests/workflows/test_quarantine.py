"""An item that no document can hold is left out, named, and comes back when it is mended."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from feeder.app import App
from feeder.store import tables
from feeder.workflows import publish
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published

Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]
Tree = Callable[[], dict[str, bytes]]
Sql = Callable[..., Sequence[Any]]

HOUR = timedelta(hours=1)


@pytest.fixture
def spoil(app: App, sql: Sql) -> Callable[[str, str], None]:
    """Put words into an item that no source of ours would let through."""

    def put(column: str, words: str) -> None:
        sql(update(tables.items).where(tables.items.c.key == "bad").values({column: words}))
        with app.store.transaction() as tx:
            tx.items.lock()
            tx.documents.touch([tx.items.get("bad").id])

    return put


@pytest.mark.parametrize("column", ["title", "body", "note", "topic", "url"])
def test_a_bad_item_spoils_no_feed_and_comes_back_when_mended(
    app: App,
    spoil: Callable[[str, str], None],
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
    column: str,
) -> None:
    write("good", "tags: x")
    write("bad", "tags: x, y")
    sync(now)
    press(now)
    before = tree()
    spoil(column, "https://bell.example/\x07")

    published = press(now + HOUR)

    (refusal,) = published.refused
    assert "Title of bad" in str(refusal) or column == "title"
    assert f"its {column} holds the character U+0007" in str(refusal)
    shown = tree()
    assert [path for path, content in shown.items() if b"\x07" in content] == []
    for feed in ("", "tag/x/"):
        for file in ("atom.xml", "rss.xml", "feed.json", "index.html"):
            assert b"Title of good" in shown[f"{feed}{file}"]
            assert b"Title of bad" not in shown[f"{feed}{file}"]
    assert b"</entry>" not in shown["tag/y/atom.xml"]

    write("bad", "tags: x, y", "Another body.")
    sync(now + 2 * HOUR)

    assert press(now + 2 * HOUR).refused == []
    after = tree()
    assert set(after) == set(before)
    assert all(b"Title of bad" in after[f"{feed}atom.xml"] for feed in ("", "tag/x/", "tag/y/"))
    assert publish.check(app.store, app.press, now + 2 * HOUR) == []


def test_the_page_of_a_bad_item_is_taken_off(
    spoil: Callable[[str, str], None],
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
) -> None:
    write("good", "tags: x")
    write("bad", "tags: x")
    sync(now)
    press(now)
    spoil("body", "\x07")
    press(now + HOUR)
    assert [path for path in tree() if path.startswith("item/")] == ["item/title-of-good/index.html"]


def test_an_id_that_no_document_can_hold_hinders_nothing_when_its_item_goes(
    app: App, sql: Sql, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("good", "tags: x")
    file = write("bad", "tags: x")
    sync(now)
    sql(update(tables.items).where(tables.items.c.key == "bad").values(uid="urn:\x07"))
    (refusal,) = press(now).refused
    assert "U+0007" in str(refusal)
    file.unlink()
    sync(now + HOUR, confirmed=True)
    assert press(now + HOUR).refused == []
    assert b"\x07" not in tree()["tag/x/atom.xml"]
    assert publish.check(app.store, app.press, now + HOUR) == []
