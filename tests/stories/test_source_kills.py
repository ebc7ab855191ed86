"""A reading of all kinds of sources that is killed at any moment: the next one ends as if nothing had happened."""

import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Site, killed, new_site, piece
from tests.sources.wordpress.rig import Replay, recorded, replaying

SEED = 20261126
FILES, ENTRIES, ROWS, POSTS = 750, 150, 250, 10
MONDAY = "2026-11-23T08:00:00Z"
TUESDAY = "2026-11-24T08:00:00Z"

Told = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of items, without the order in which they came, and all that is published."""

    items: dict[tuple[str, str], Told] = field(repr=False)
    tree: dict[str, bytes] = field(repr=False)


@dataclass(slots=True)
class Stage:
    """A site before a reading, what its sources have then, and what that reading leaves when nobody disturbs it.

    `length_seconds` is how long the reading took the last time: machines are not equally fast all the time.
    """

    prepared: Path
    site: Site
    blog: Replay
    moment: str
    feed: Path
    length_seconds: float = 0
    expected: Held = field(default_factory=lambda: Held({}, {}), repr=False)

    def set(self) -> None:
        """Put the site back to before the reading, always in the same place, and the sources to its day."""
        shutil.rmtree(self.site.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.site.folder)
        self.blog.lists = recorded(self.moment, self.blog.address).lists
        write_feed(self.feed, self.moment)

    def finish(self) -> Held:
        """Read all sources to their ends, publish, and return what came of it."""
        start = time.monotonic()
        self.site.done("sync")
        self.length_seconds = time.monotonic() - start
        self.site.done("publish")
        return held(self.site)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """The first reading of all, and one on the next day, when much has changed."""
    folder = tmp_path_factory.mktemp("stages")
    with ExitStack() as stack:
        blog = stack.enter_context(replaying())
        feed = folder / "web" / "feed.xml"
        feed.parent.mkdir()
        address = stack.enter_context(serving(feed.parent))
        site = Site(folder / "site", now=MONDAY)
        configure(new_site(folder / "site"), blog.address, f"{address}/feed.xml")
        fill(site)
        first = Stage(site.folder.rename(folder / "empty"), site, blog, "before", feed)
        first.set()
        first.expected = first.finish()
        live_a_day(site)
        later = replace(site, now=TUESDAY)
        second = Stage(site.folder.rename(folder / "read"), later, blog, "after", feed)
        second.set()
        second.expected = second.finish()
        assert len(first.expected.items) == FILES + ENTRIES + ROWS + POSTS
        assert len(second.expected.items) == len(first.expected.items) + 5 + 10 + 20 + 1
        yield {"first": first, "second": second}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the files of a folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def configure(site: Site, blog: str, feed: str) -> None:
    site.configure(f'[sources.blog]\ntype = "wordpress"\nurl = "{blog}"\nallow_private = true\n')
    site.configure(f'[sources.news]\ntype = "feed"\nurl = "{feed}"\nallow_private = true\n')
    site.configure(
        '[sources.archive]\ntype = "sql"\nurl = "sqlite:///archive.db"\nquery = "SELECT * FROM texts"\n'
    )
    # Pages of a thousand items are made no differently from their feeds.
    site.configure("[publish]\npages = false", instead_of="[publish]")


# ── What the sources have ────────────────────────────────────────────────────────────────────────


def fill(site: Site) -> None:
    for number in range(FILES):
        site.write(f"{number % 10}/{number}.md", text_of(number))
    with closing(sqlite3.connect(site.folder / "archive.db")) as archive, archive:
        archive.execute("CREATE TABLE texts (key, title, url, posted, tags)")
        archive.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", map(row, range(ROWS)))


def text_of(number: int, body: str = "") -> str:
    lines = (f"tags: [piers, year {number % 7}]", f"date: {day(number)}")
    return piece(f"Text {number}", *lines, body=body or f"The text on pier {number}.")


def row(number: int) -> Told:
    address = f"https://archive.example/{number}"
    return (number, f"Row {number}", address, day(number), f"archive, shelf {number % 5}")


def day(number: int) -> str:
    return f"2026-{1 + number % 10:02}-{1 + number % 28:02}"


def write_feed(file: Path, moment: str) -> None:
    """Write the feed of a day: on the next, ten entries are new, and one is mended."""
    numbers = range(10, ENTRIES + 10) if moment == "after" else range(ENTRIES)
    entries = "".join(
        f"<item><title>Entry {number}{' mended' if moment == 'after' and number == 20 else ''}</title>"
        f"<guid>{number}</guid><link>https://news.example/{number}</link>"
        f"<category>news</category><category>week {number % 9}</category>"
        f"<pubDate>{1 + number % 28:02} Oct 2026 08:00:00 GMT</pubDate></item>"
        for number in reversed(numbers)
    )
    file.write_text(
        f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>', encoding="utf-8"
    )


def live_a_day(site: Site) -> None:
    """Mend, rename, remove and add files, and rows."""
    content = site.folder / "content"
    for number in range(0, 300, 3):
        site.write(f"{number % 10}/{number}.md", text_of(number, f"A better text on pier {number}."))
    (content / "moved").mkdir()
    for number in range(301, 400):
        (content / str(number % 10) / f"{number}.md").rename(content / "moved" / f"{number}.md")
    for number in range(400, 450):
        (content / str(number % 10) / f"{number}.md").unlink()
    for number in range(FILES, FILES + 5):
        site.write(f"new/{number}.md", text_of(number))
    with closing(sqlite3.connect(site.folder / "archive.db")) as archive, archive:
        archive.execute("UPDATE texts SET tags = 'archive, mended' WHERE key % 11 = 0")
        archive.execute("DELETE FROM texts WHERE key % 13 = 1")
        archive.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", map(row, range(ROWS, ROWS + 20)))


# ── What is held ─────────────────────────────────────────────────────────────────────────────────


_ITEMS = """
SELECT source, key, uid, title, url, posted, revised, published, number, shown, announced, gone, slug, place, version,
    body, fingerprint, substance, correction, hidden, withheld, merged_into,
    (SELECT name FROM outlets WHERE outlets.id = outlet_id),
    (SELECT group_concat(name, '|') FROM (
        SELECT name FROM item_tags JOIN tags ON tags.id = tag_id WHERE item_id = items.id ORDER BY position)),
    (SELECT group_concat(name, '|') FROM (
        SELECT name FROM item_authors JOIN authors ON authors.id = author_id
        WHERE item_id = items.id ORDER BY position))
FROM items
"""


def held(site: Site) -> Held:
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        return Held({(source, key): tuple(row) for source, key, *row in store.execute(_ITEMS)}, site.tree())


def is_sound(site: Site) -> bool:
    """Check the database: each source was read to its end, and each item that is public has its own number."""
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        (integrity,) = store.execute("PRAGMA integrity_check").fetchone()
        orphans = store.execute("PRAGMA foreign_key_check").fetchall()
        well = "problem IS NULL AND held IS NULL AND failures = 0 AND last_complete IS NOT NULL"
        (read,) = store.execute(f"SELECT count(*) FROM sources WHERE {well}").fetchone()
        (dirty,) = store.execute("SELECT count(*) FROM dirty").fetchone()
    return bool(integrity == "ok" and not orphans and read == 4 and dirty == 0)


def tell_differences(found: Held, expected: Held) -> list[object]:
    keys = found.items.keys() | expected.items.keys()
    paths = found.tree.keys() | expected.tree.keys()
    return [
        *((found.items.get(key), expected.items.get(key)) for key in sorted(keys)
          if found.items.get(key) != expected.items.get(key)),
        *(path for path in sorted(paths) if found.tree.get(path) != expected.tree.get(path)),
    ]  # fmt: skip


# ── Kills ────────────────────────────────────────────────────────────────────────────────────────


def survives(stage: Stage, moments: Sequence[float]) -> None:
    """Kill one reading after the other at moments, as parts of its length, and then let one end."""
    first, *others = moments
    stage.set()
    while not killed(stage.site, "sync", after_seconds=first * stage.length_seconds):
        stage.length_seconds *= 0.8  # it was over: the machine has become faster
        stage.set()
    length = stage.length_seconds
    for moment in others:
        killed(stage.site, "sync", after_seconds=moment * length)

    found = stage.finish()

    when = f"killed at {moments} of {length:.2f} seconds (seed {SEED})"
    assert tell_differences(found, stage.expected)[:5] == [], when
    assert is_sound(stage.site), when


def moments(count: int, salt: str) -> list[float]:
    """Choose moments of a reading, as parts of its length; at its very beginning it only gets ready."""
    chance = random.Random(f"{SEED} {salt}")
    return [round(chance.uniform(0.1, 1), 4) for _ in range(count)]


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_reading_killed_at_any_moment_is_made_good_by_the_next(stages: dict[str, Stage], name: str) -> None:
    survives(stages[name], moments(1, name))


def test_a_reading_killed_again_gets_on(stages: dict[str, Stage]) -> None:
    survives(stages["second"], sorted(moments(2, "again")))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(6))
@pytest.mark.parametrize("name", ["first", "second"])
def test_sixty_moments(stages: dict[str, Stage], name: str, part: int) -> None:
    for moment in moments(5, f"soak {name} {part}"):
        survives(stages[name], [moment])


@pytest.mark.soak
@pytest.mark.parametrize("name", ["first", "second"])
def test_many_kills_in_a_row(stages: dict[str, Stage], name: str) -> None:
    for number in range(4):
        survives(stages[name], moments(2 + number, f"soak in a row {name} {number}"))
