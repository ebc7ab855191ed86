"""A site moves: its feed comes into another site, and readers see nothing new."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.conftest import BLOG, Site, new_site, piece

LATER = "2026-11-25T08:00:00Z"


@pytest.fixture
def old(tmp_path: Path) -> Site:
    """A site that has published pieces, and revised one since."""
    site = new_site(tmp_path / "old")
    site.write(
        "a.md",
        piece(
            "One & only",
            "date: 2026-11-02 10:00",
            "url: https://meridian.example/one",
            "outlet: The Meridian",
            "tags: fog",
        ),
    )
    site.write("b.md", piece("Drafts <of> wind", "date: 2026-11-02 10:00", "tags: fog, Brücken"))
    site.write(
        "c.md", piece("Ã© is no mistake", "date: 2026-10-01 09:30", "language: de", "published: 2019-05-01")
    )
    site.write("d.md", piece("The newest", "date: 2026-11-20 07:00", "authors: Jon Quay"))
    site.done("once")
    site.now = "2026-11-23T10:00:00Z"
    site.write(
        "c.md",
        piece(
            "Ã© is no mistake",
            "date: 2026-10-01 09:30",
            "language: de",
            "published: 2019-05-01",
            body="A better text.",
        ),
    )
    site.done("once")
    return site  # fmt: skip


@pytest.fixture
def new(tmp_path: Path) -> Site:
    site = new_site(tmp_path / "new")
    site.settings["FEEDER_SITE__PUBLIC_URL"] = "https://new.example/"
    site.now = LATER
    return site


@pytest.fixture
def served(old: Site) -> Iterator[str]:
    """The address of the old site's published tree."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(old.public)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def as_readers_see(site: Site) -> list[tuple[Any, ...]]:
    """Return what decides for a reader whether an entry is a new one, in the feed's order."""
    found = feedparser.parse((site.public / "atom.xml").read_bytes())
    assert not found.bozo
    return [
        (each.id, each.title, each.published, each.updated, each.link, each.get("tags"))
        for each in found.entries
    ]


def known(site: Site) -> list[tuple[Any, ...]]:
    """The same without tags, whose scheme is the site's own."""
    return [each[:-1] for each in as_readers_see(site)]


def names(site: Site) -> list[list[str]]:
    return [[tag["label"] for tag in each[-1]] for each in as_readers_see(site)]


def test_a_site_moves_and_readers_see_nothing_new(old: Site, new: Site) -> None:
    told = new.done("import", "feed", old.public / "atom.xml", "--keep-ids")
    new.done("once")

    assert told.out == "feed:127.0.0.1: 4 new, 0 changed, 0 as they were\n"
    assert len(known(old)) == 4
    assert known(new) == known(old)
    assert names(new) == names(old)
    assert not new.mails()


def test_a_second_import_changes_nothing(old: Site, new: Site) -> None:
    new.done("import", "feed", old.public / "atom.xml", "--keep-ids")
    new.done("once")
    before, stamps = new.tree(), new.stamps()

    told = new.done("import", "feed", old.public / "atom.xml", "--keep-ids", "--json")
    new.done("once")

    assert told.json == {
        "source": "feed:127.0.0.1",
        "tally": {"new": 0, "changed": 0, "same": 4, "gone": 0},
        "refused": [],
        "adopted": 0,
    }
    assert (new.tree(), new.stamps()) == (before, stamps)


def test_a_feed_comes_from_its_address(old: Site, new: Site, served: str) -> None:
    told = new.done("import", "feed", f"{served}atom.xml", "--keep-ids")
    new.done("once")

    assert told.out.startswith("feed:127.0.0.1")
    assert known(new) == known(old)


def test_without_the_ids_all_is_new_to_readers(old: Site, new: Site) -> None:
    new.done("import", "feed", old.public / "atom.xml")
    new.done("once")

    assert not {each[0] for each in known(new)} & {each[0] for each in known(old)}


def test_a_blog_that_was_imported_gets_the_ids_of_its_feed(new: Site) -> None:
    new.done("import", "wxr", BLOG)
    new.done("once")
    guids = [f"https://blog.example/?p={number}" for number in (5, 7, 9, 11, 14, 16, 17)]
    items = "".join(f'<item><title>T</title><guid isPermaLink="false">{guid}</guid></item>' for guid in guids)
    feed = new.folder / "feed.xml"
    feed.write_text(f'<rss version="2.0"><channel><title>Blog</title>{items}</channel></rss>')
    titles = [each[1] for each in known(new)]

    told = new.done("import", "feed", feed, "--keep-ids")
    new.done("once")

    assert told.out.endswith(": 0 new, 0 changed, 0 as they were, 7 with the ids that readers know\n")
    assert [each[1] for each in known(new)] == titles
    assert {each[0] for each in known(new)} == set(guids)


def test_what_is_no_feed_is_said_in_one_line(new: Site, served: str) -> None:
    told = new.feeder("import", "feed", served)

    assert told.code == 1
    assert len(told.complaints) == 1
    assert "is a web page, not a feed; it announces" in told.complaints[0]
    assert f"{served}atom.xml" in told.complaints[0]


def test_a_file_that_is_not_there(new: Site) -> None:
    told = new.feeder("import", "feed", "nothing.xml")

    assert (told.code, told.out) == (1, "")
    assert told.complaints == [
        "feeder: nothing.xml: cannot be read (No such file or directory); check its name and rights"
    ]
