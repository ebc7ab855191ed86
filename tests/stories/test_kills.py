"""A run that is killed at any moment: the next one ends as if nothing had happened."""

import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import (
    BLOG,
    MONDAY,
    SUNDAY,
    Site,
    contents,
    killed,
    new_site,
    piece,
)

SEED = 20261123
READERS = 3
# The site is prepared once.

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000


@dataclass(slots=True)
class Stage:
    """A site with a past, and what its next round leaves when nobody disturbs it.

    `length_seconds` is how long a round took the last time: machines are not equally fast all the time.
    """

    prepared: Path
    site: Site
    length_seconds: float
    tree: dict[str, bytes] = field(repr=False)
    mails: dict[str, bytes] = field(repr=False)
    deliveries: dict[str, int] = field(repr=False)

    def set(self) -> None:
        """Put the site back to before the round, always in the same place."""
        shutil.rmtree(self.site.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.site.folder)

    def finish(self) -> None:
        """Do a round to its end, and remember how long it took."""
        start = time.monotonic()
        self.site.done("once")
        self.length_seconds = time.monotonic() - start


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    prepare(new_site(folder / "site"))
    prepared = (folder / "site").rename(folder / "prepared")
    made = Stage(prepared, Site(folder / "site", now=MONDAY), 0, {}, {}, {})
    made.set()
    made.finish()
    made.tree, made.mails = made.site.tree(), made.site.mails()
    made.deliveries = deliveries(made.site.folder / "feeder.db")
    assert len(made.mails) == 2 * READERS
    assert made.site.feeder("publish", "--check").code == 0
    return made


def prepare(site: Site) -> None:
    """Give a site a past, and something to do."""
    site.now = SUNDAY
    site.done("import", "wxr", BLOG)
    for number in range(6):
        site.write(f"old-{number}.md", piece(f"Old {number}", "tags: [bridges, boats]", "date: 2026-10-01"))
    for number in range(READERS):
        site.done("subscriber", "add", f"reader{number}@example.org", "--tag", "bridges", "--welcome", "7")
    site.done("once")
    for number in range(10):
        lines = (f"tags: [bridges, harbours, year {number % 4}]", "image: seen.png")
        site.write(f"new-{number}.md", piece(f"New {number}", *lines, "date: 2026-11-22T12:00:00Z"))
    (site.folder / "content" / "seen.png").write_bytes(PICTURE)
    site.write("old-0.md", piece("Old and edited", "tags: [bridges, boats]", "date: 2026-10-01"))
    site.write("old-1.md", piece("Old 1", "tags: [boats, harbours]", "date: 2026-10-01"))
    (site.folder / "content" / "old-2.md").unlink()
    site.write("bound.md", piece("Due on Monday", "tags: [bridges]", "embargo: 2026-11-23T07:30:00Z"))


def deliveries(database: Path) -> dict[str, int]:
    """Count the deliveries in each state."""
    with closing(sqlite3.connect(database)) as store:
        return dict(store.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))


def tell_differences(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    return sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))


def survives(stage: Stage, moments: Sequence[float]) -> None:
    """Kill one round after the other at moments, as parts of its length, and then let one end."""
    first, *others = moments
    stage.set()
    while not killed(stage.site, "once", after_seconds=first * stage.length_seconds):
        stage.length_seconds *= 0.8  # it was over: the machine has become faster
        stage.set()
    for moment in others:
        killed(stage.site, "once", after_seconds=moment * stage.length_seconds)

    stage.finish()

    site, when = stage.site, f"killed at {moments} of {stage.length_seconds:.2f} seconds (seed {SEED})"
    found_tree, found_mails = site.tree(), site.mails()
    assert tell_differences(found_tree, stage.tree) == [], when
    assert tell_differences(found_mails, stage.mails) == [], when
    assert contents(site.folder / "mail" / "tmp") == {}, when
    assert [path for path in contents(site.folder) if path.endswith(".part")] == [], when
    assert deliveries(site.folder / "feeder.db") == stage.deliveries, when
    assert is_sound(site.folder / "feeder.db"), when


def is_sound(database: Path) -> bool:
    """Check the database, and that no reader is served past the newest arrival or has an open delivery."""
    with closing(sqlite3.connect(database)) as store:
        (integrity,) = store.execute("PRAGMA integrity_check").fetchone()
        orphans = store.execute("PRAGMA foreign_key_check").fetchall()
        (newest,) = store.execute("SELECT max(number) FROM items").fetchone()
        cursors = [row[0] for row in store.execute("SELECT cursor FROM subscribers")]
        (dirty,) = store.execute("SELECT count(*) FROM dirty").fetchone()
        numbers = [row[0] for row in store.execute("SELECT number FROM items WHERE number IS NOT NULL")]
    unique = all(count == 1 for count in Counter(numbers).values())
    return integrity == "ok" and not orphans and cursors == [newest] * READERS and dirty == 0 and unique


def moments(count: int, salt: str) -> list[float]:
    """Choose moments of a round, as parts of its length; at its very beginning it only gets ready."""
    chance = random.Random(f"{SEED} {salt}")
    return [round(chance.uniform(0.1, 1), 4) for _ in range(count)]


def test_a_round_killed_at_any_moment_is_made_good_by_the_next(stage: Stage) -> None:
    for moment in moments(10, "at any moment"):
        survives(stage, [moment])


def test_two_kills_in_a_row_are_made_good_too(stage: Stage) -> None:
    for number in range(2):
        survives(stage, moments(2, f"two {number}"))


def test_a_round_killed_again_and_again_gets_on(stage: Stage) -> None:
    survives(stage, sorted(moments(4, "again and again")))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_two_hundred_moments(stage: Stage, part: int) -> None:
    for moment in moments(20, f"soak {part}"):
        survives(stage, [moment])


@pytest.mark.soak
def test_many_kills_in_a_row(stage: Stage) -> None:
    for number in range(30):
        survives(stage, moments(1 + number % 4, f"soak in a row {number}"))
