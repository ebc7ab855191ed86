"""A machine stalls in the middle of its work, and goes on when another has done it: it changes nothing more."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import launcher
from tests.conftest import SUNDAY, Site, piece, plain_environment
from tests.postgresql_rig import a_database
from tests.stories.test_sources import Visit, feed_source, rss, says, serving

IS_OVER = "is over, since turn"
_STOPS_SECONDS = 60


@pytest.fixture(params=["sqlite", "postgresql"])
def there(request: pytest.FixtureRequest, site: Site) -> Iterator[Site]:
    """A site on each database that has published one piece."""
    site.write("a.md", piece("A", body="The old text."))
    if request.param == "sqlite":
        site.done("once")
        yield site
        return
    with a_database(request.getfixturevalue("postgresql")) as address:
        site.settings["FEEDER_STORE__URL"] = address
        site.done("once")
        yield site


@contextmanager
def stalled(
    site: Site, *words: str, program: str, by_itself: bool
) -> Iterator[tuple[launcher.Started, Path]]:
    """Start a program, and let it go on after the block; give it, and what it says."""
    said = site.folder / "said"
    with said.open("wb") as err:
        started = launcher.start(
            words, site.folder, plain_environment() | site.environment, err, err, program=program
        )
    try:
        if by_itself:
            until_stopped(started.pid)
        yield started, said
    finally:
        os.kill(started.pid, signal.SIGCONT)


def until_stopped(process: int) -> None:
    end = time.monotonic() + _STOPS_SECONDS
    while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_machine_that_stalled_while_it_published_puts_nothing_over_what_is_newer(there: Site) -> None:
    there.write("a.md", piece("A", body="A newer text."))
    there.done("sync")
    words = (str(there.folder / "config" / "feeder.toml"), SUNDAY.replace("Z", "+00:00"))
    program = "tests.publishing_worker"
    with stalled(there, *words, program=program, by_itself=True) as (late, said):
        there.write("a.md", piece("A", body="The newest text."))
        there.done("sync")
        there.done("publish")
        before, stamps = there.tree(), there.stamps()
    assert late.wait(60) == 1
    assert f"at publish: {IS_OVER}" in said.read_text()
    assert (there.tree(), there.stamps()) == (before, stamps)
    assert "The newest text." in there.page("item/a/index.html")
    assert there.done("publish", "--check").out == ""


def test_a_machine_that_stalled_while_it_read_a_source_brings_nothing_older(there: Site) -> None:
    asked, goes_on = threading.Event(), threading.Event()

    def slowly(visit: Visit) -> None:
        asked.set()
        goes_on.wait(_STOPS_SECONDS)
        says(200, rss("news", [1]))(visit)

    with serving() as web:
        there.configure(feed_source("news", web.url("news"), "allow_private = true"))
        web.troubles["news"] = slowly
        with stalled(there, "sync", "news", program="feeder.cli", by_itself=False) as (late, said):
            assert asked.wait(_STOPS_SECONDS)
            os.kill(late.pid, signal.SIGSTOP)
            del web.troubles["news"]
            web.feeds["news"] = [1, 2, 3]
            there.done("sync", "news")
            goes_on.set()
        assert late.wait(60) == 1
    assert f"at collect:news: {IS_OVER}" in said.read_text()
    assert len(there.done("item", "list", "--json").json) == 4
