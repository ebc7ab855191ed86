"""What programs that read feeds make of ours: feedparser, reader, and newsboat where it is installed."""

import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import feedparser
import pytest
from reader import Reader, make_reader

from tests.conftest import Service, Site, at_free_port, piece, running

FEEDS = ("atom.xml", "tag/boats/atom.xml", "tag/rivers/atom.xml", "tag/lakes/atom.xml")
ITEMS = {
    "ferry": piece("The ferry", "tags: [boats, rivers, lakes]", "date: 2026-11-01"),
    "canoe": piece("The canoe & the “weir”", "tags: [boats, lakes]", "date: 2026-11-02"),
    "dam": piece("The dam", "tags: [rivers]", "date: 2026-11-03"),
    "talk": piece("A talk", "kind: appearance", "outlet: Radio", "tags: [boats]", "date: 2026-11-04"),
}


class News(NamedTuple):
    """What a program that reads feeds calls new, and what modified, over all feeds."""

    new: int
    modified: int


@pytest.fixture
def boats(site: Site) -> Site:
    for name, text in ITEMS.items():
        site.write(f"{name}.md", text)
    at_free_port(site)
    site.done("once")
    return site


@pytest.fixture
def program() -> Reader:
    return make_reader(":memory:")


def subscribe(program: Reader, service: Service) -> None:
    for feed in FEEDS:
        program.add_feed(service.address + feed)


def update(program: Reader) -> News:
    new = modified = 0
    results = list(program.update_feeds_iter(scheduled=False))
    assert len(results) == len(FEEDS), "it did not ask for all feeds"
    for result in results:
        if isinstance(result.value, Exception):
            raise result.value
        if result.value:
            new += result.value.new
            modified += result.value.modified
    return News(new, modified)


def test_feedparser_reads_every_feed_as_it_is_served(boats: Site) -> None:
    with running(boats) as service:
        for path in FEEDS:
            feed = feedparser.parse(service.address + path)
            assert feed.bozo == 0
            assert feed.status == 200
            assert feed.headers["content-type"].startswith("application/atom+xml")
            (own,) = [link.href for link in feed.feed.links if link.rel == "self"]
            assert own == service.address + path


def test_each_item_is_there_once_with_the_same_id_in_every_feed(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service)
        assert update(program) == News(4 + 3 + 2 + 2, 0)
        titles = {(entry.id, entry.title) for entry in program.get_entries()}
        counts = {feed: program.get_entry_counts(feed=service.address + feed).total for feed in FEEDS}

    assert counts == dict(zip(FEEDS, (4, 3, 2, 2), strict=True))
    assert sorted(str(title) for _, title in titles) == [
        "A talk",
        "The canoe & the “weir”",
        "The dam",
        "The ferry",
    ]


def test_publishing_everything_anew_makes_nothing_new(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service)
        update(program)
        assert update(program) == News(0, 0)
        assert service.end(signal.SIGTERM) == 0

    shutil.rmtree(boats.public)  # so that no date of a file can tell the program that it has all
    boats.done("publish", "--all")

    with running(boats):
        assert update(program) == News(0, 0)


def test_an_edited_title_modifies_that_item_only(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service)
        update(program)
        service.end(signal.SIGTERM)

    boats.write("ferry.md", ITEMS["ferry"].replace("The ferry", "The fast ferry"))
    boats.done("once")

    with running(boats):
        assert update(program) == News(0, 4)
        ferries = {entry.id for entry in program.get_entries() if entry.title == "The fast ferry"}
        stale = [entry.id for entry in program.get_entries() if entry.title == "The ferry"]
    assert len(ferries) == 1
    assert not stale


def test_a_new_text_is_new_in_its_feeds_only(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service)
        update(program)
        service.end(signal.SIGTERM)

    boats.write("raft.md", piece("The raft", "tags: [lakes]"))
    boats.done("once")

    with running(boats):
        assert update(program) == News(2, 0)


def test_newsboat_shows_an_item_of_three_feeds_once(boats: Site, tmp_path: Path) -> None:
    newsboat = shutil.which("newsboat")
    if newsboat is None:
        pytest.skip("newsboat is missing here, and no part of what a fresh machine needs")
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").touch()
    with running(boats) as service:
        (home / "urls").write_text("".join(f"{service.address}{feed}\n" for feed in FEEDS[1:]))
        subprocess.run(
            [newsboat, "-u", home / "urls", "-c", home / "cache.db", "-C", home / "config", "-x", "reload"],
            env={"HOME": str(home), "PATH": os.defpath, "TERM": "dumb", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        )

    with closing(sqlite3.connect(home / "cache.db")) as cache:
        titles = [row[0] for row in cache.execute("SELECT title FROM rss_item ORDER BY title")]
    assert titles == ["A talk", "The canoe & the “weir”", "The dam", "The ferry"]
