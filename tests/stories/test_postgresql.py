"""The same program on PostgreSQL: the whole way of a new user, a move there, two at once, and kills."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import BLOG, FEEDER, MONDAY, Site, contents, killed, new_site, piece, plain_environment
from tests.postgresql_rig import a_database

SEED = 20261124


@pytest.fixture(scope="module")
def database(postgresql: str) -> Iterator[Callable[[], str]]:
    """Make a database that nobody has used yet, and return its address."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(a_database(postgresql))


def psql(server: str, statement: str) -> str:
    command = ["psql", "-X", "-A", "-t", "-d", f"{server}/postgres", "-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture
def there(tmp_path: Path, database: Callable[[], str]) -> Site:
    """A new site on PostgreSQL that has imported a blog and welcomed a reader."""
    site = new_site(tmp_path / "there")
    site.settings["FEEDER_STORE__URL"] = database()
    site.done("import", "wxr", BLOG)
    site.done("subscriber", "add", "reader@example.org", "--tag", "bridges", "--welcome", "7")
    site.done("once")
    return site


def test_a_site_there_publishes_the_same_bytes_as_one_in_a_file(there: Site, blog: Site) -> None:
    assert there.tree() == blog.tree()
    assert there.mails().keys() == blog.mails().keys()
    stamps = there.stamps()
    assert "nothing new" in there.done("once").out
    assert there.stamps() == stamps
    assert not (there.folder / "feeder.db").exists()


def test_a_site_moves_there_and_goes_on(blog: Site, database: Callable[[], str]) -> None:
    address = database()
    before, stamps, mails = blog.tree(), blog.stamps(), blog.mails()
    assert "All there, and the same" in blog.done("store", "move", address).out
    again = blog.feeder("store", "move", address)
    assert again.code == 1
    assert "is not empty" in again.err

    (blog.folder / "feeder.db").unlink()
    blog.settings["FEEDER_STORE__URL"] = address
    blog.done("once")
    assert (blog.tree(), blog.stamps(), blog.mails()) == (before, stamps, mails), "nothing new to anybody"

    blog.write("quay.md", piece("A new quay", "tags: [bridges]"))
    blog.now = "2026-11-22T12:00:00Z"
    blog.done("once")
    blog.now = MONDAY
    blog.done("once")
    assert "A new quay" in blog.page("tag/bridges/atom.xml")
    assert len(blog.mails()) == len(mails) + 1


def test_of_two_runs_at_once_one_says_so_and_leaves(there: Site) -> None:
    there.configure("[web]\nport = 0", instead_of="[web]")
    with subprocess.Popen(
        [*FEEDER, "run"],
        cwd=there.folder,
        env=plain_environment() | there.settings,
        stderr=subprocess.PIPE,
    ) as service:
        assert service.stderr is not None
        assert b"serving" in service.stderr.readline()
        told = there.feeder("once")
        service.send_signal(signal.SIGTERM)
        assert service.wait(20) == 0
    assert told.code == 1
    assert "is being worked on by another feeder" in told.err
    there.done("once")


def test_a_round_killed_at_any_moment_is_made_good_by_the_next(there: Site, blog: Site) -> None:
    chance = random.Random(SEED)
    for site in (there, blog):
        site.now = "2026-11-22T12:00:00Z"
        site.done("once")
    length = 0.5
    for turn in range(3):
        at = f"2026-11-{23 + turn:02}T08:00:00Z"
        for site in (there, blog):
            site.now = at
            site.write(f"new-{turn}.md", piece(f"Number {turn}", "tags: [bridges]"))
        killed(there, "once", after_seconds=chance.uniform(0.1, 1) * length)
        start = time.monotonic()
        there.done("once")
        length = time.monotonic() - start
        blog.done("once")
        assert there.tree() == blog.tree(), f"turn {turn}"
        assert there.mails().keys() == blog.mails().keys(), f"turn {turn}"
    assert not [path for path in contents(there.public) if path.endswith(".part")]
