"""What programs that read feeds make of ours, in every format: feedparser, reader, newsboat and rss2email."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

import feedparser
import pytest
from lxml import html
from reader import Entry, Reader, make_reader

from tests.conftest import BLOG, Service, Site, at_free_port, contents, need, new_site, piece, running

XML = ("atom.xml", "rss.xml")
FORMATS = (*XML, "feed.json")
FOLDERS = ("", "tag/boats/", "tag/rivers/", "tag/lakes/")
ITEMS = {
    "ferry": piece("The ferry", "tags: [boats, rivers, lakes]", "date: 2026-11-01"),
    "canoe": piece("The canoe & the “weir”", "tags: [boats, lakes]", "date: 2026-11-02"),
    "dam": piece(
        "The dam < the lake",
        "tags: [rivers]",
        "date: 2026-11-03",
        "url: https://outlet.example/dam?a=1&b={2}|<3>",
    ),
    "talk": piece("A talk", "kind: appearance", "outlet: Radio", "tags: [boats]", "date: 2026-11-04"),
}
TITLES = ["A talk", "The canoe & the “weir”", "The dam < the lake", "The ferry"]


class News(NamedTuple):
    """What a program that reads feeds calls new, and what modified, over all feeds."""

    new: int
    modified: int


@pytest.fixture(scope="module")
def _boats_made_once(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = at_free_port(new_site(tmp_path_factory.mktemp("boats") / "site"))
    for name, text in ITEMS.items():
        made.write(f"{name}.md", text)
    made.done("once")
    return made


@pytest.fixture
def boats(_boats_made_once: Site, tmp_path: Path) -> Site:
    made = _boats_made_once
    return replace(made, folder=Path(shutil.copytree(made.folder, tmp_path / "site")))


@pytest.fixture
def program() -> Reader:
    return make_reader(":memory:")


def subscribe(program: Reader, service: Service, *files: str) -> None:
    for folder in FOLDERS:
        for file in files:
            program.add_feed(f"{service.address}{folder}{file}")


def update(program: Reader) -> News:
    """Let the program ask for all its feeds. Raises what it complains of."""
    new = modified = 0
    results = list(program.update_feeds_iter(scheduled=False))
    assert len(results) == program.get_feed_counts().total, "it did not ask for all feeds"
    for result in results:
        if isinstance(result.value, Exception):
            raise result.value
        if result.value:
            new += result.value.new
            modified += result.value.modified
    return News(new, modified)


# ── All programs, all formats ────────────────────────────────────────────────────────────────────


def test_feedparser_reads_every_feed_as_it_is_served(boats: Site) -> None:
    types = {"atom.xml": "application/atom+xml", "rss.xml": "application/rss+xml"}
    with running(boats) as service:
        for path in (folder + file for folder in FOLDERS for file in XML):
            feed = feedparser.parse(service.address + path)
            assert feed.bozo == 0
            assert feed.status == 200
            assert feed.headers["content-type"].startswith(types[path.rpartition("/")[2]])
            (own,) = [link.href for link in feed.feed.links if link.rel == "self"]
            assert own == service.address + path


def test_reader_finds_the_same_items_in_every_format(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service, *FORMATS)
        assert update(program) == News((4 + 3 + 2 + 2) * len(FORMATS), 0)
        for folder in FOLDERS:
            atom, rss, json_feed = (
                sorted(
                    program.get_entries(feed=f"{service.address}{folder}{file}"), key=lambda entry: entry.id
                )
                for file in FORMATS
            )
            assert [told(entry) for entry in atom] == [told(entry) for entry in rss]
            assert [told(entry) for entry in atom] == [told(entry) for entry in json_feed]
            assert [entry.link for entry in atom] == [entry.link for entry in rss]
            for one, other in zip(atom, json_feed, strict=True):
                # It takes JSON Feed's `url`, the item's page, and leaves `external_url` aside.
                is_elsewhere = str(one.link).startswith("https://outlet.example/")
                assert (one.link != other.link) == is_elsewhere
    assert sorted({str(entry.title) for entry in program.get_entries()}) == TITLES
    assert len({entry.id for entry in program.get_entries()}) == len(ITEMS)


def told(entry: Entry) -> tuple[object, ...]:
    (content,) = [part.value for part in entry.content if part.type == "text/html"]
    # Without an update, an item was last changed when it was published.
    updated = entry.updated or entry.published
    return (entry.id, entry.title, entry.published, updated, html.fromstring(content).text_content())


@pytest.mark.parametrize("language", ["no tag/../x", "de_DE", "x" * 300, "de" + "-abcdefgh" * 40])
def test_a_blog_that_names_no_language_breaks_no_feed(site: Site, language: str) -> None:
    blog = site.folder / "blog.xml"
    blog.write_text(re.sub("<language>[^<]*", f"<language>{language}", BLOG.read_text("utf-8")), "utf-8")
    site.done("import", "wxr", blog)

    site.done("once")

    assert not feedparser.parse(site.tree()["atom.xml"]).bozo
    told = set(re.findall(r'xml:lang="([^"]*)"', site.page("atom.xml")))
    assert all(re.fullmatch("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", tag) for tag in told)


class Stored(NamedTuple):
    """An item as newsboat stores it."""

    guid: str
    title: str
    url: str
    published: datetime


def test_newsboat_shows_an_item_of_six_feeds_once(boats: Site, tmp_path: Path) -> None:
    newsboat = shutil.which("newsboat")
    need(newsboat, "newsboat")
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").touch()
    with running(boats) as service:
        urls = [f"{service.address}{folder}{file}" for folder in FOLDERS[1:] for file in XML]
        (home / "urls").write_text("".join(f"{url}\n" for url in urls))
        subprocess.run(
            [str(newsboat), "-u", home / "urls", "-c", home / "cache.db", "-C", home / "config",
             "-d", home / "log", "-l", "2", "-x", "reload"],
            env={"HOME": str(home), "PATH": os.defpath, "TERM": "dumb", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        address = service.address

    assert (home / "log").read_text().strip() == "", "it complains of nothing"
    with closing(sqlite3.connect(home / "cache.db")) as cache:
        rows = list(cache.execute("SELECT guid, title, url, pubDate FROM rss_item ORDER BY title"))
        feeds = {url for (url,) in cache.execute("SELECT rssurl FROM rss_feed WHERE title <> ''")}
    stored = [Stored(guid, title, url, datetime.fromtimestamp(at, UTC)) for guid, title, url, at in rows]
    assert feeds == set(urls)
    assert stored == expected(boats, address)


def test_rss2email_mails_every_item_once_and_then_nothing(boats: Site, tmp_path: Path) -> None:
    r2e = shutil.which("r2e")
    need(r2e, "rss2email")
    box = tmp_path / "mail"
    for folder in ("cur", "new", "tmp"):
        (box / folder).mkdir(parents=True)
    said = []

    def run(file: str, *words: str) -> None:
        done = subprocess.run(
            [str(r2e), "-c", tmp_path / f"{file}.cfg", "-d", tmp_path / f"{file}.json", *words],
            env={"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        said.append(done.stdout + done.stderr)

    with running(boats) as service:
        for file in XML:
            (tmp_path / f"{file}.cfg").write_text(
                "[DEFAULT]\nto = reader@example.org\nverbose = warning\ndate-header = True\n"
                f"email-protocol = maildir\nmaildir-path = {tmp_path}\nmaildir-mailbox = mail\n"
            )
            run(file, "add", "boats", f"{service.address}{file}")
            run(file, "run")
            run(file, "run")
        address = service.address

    assert set(said) == {""}, "it complains of nothing"
    items = expected(boats, address)
    mails = [message_from_bytes(mail, policy=policy.default) for mail in contents(box).values()]
    read = [
        Stored(
            mail["X-RSS-ID"], mail["Subject"], mail["X-RSS-URL"], mail["Date"].datetime.replace(tzinfo=UTC)
        )
        for mail in mails
    ]
    assert sorted(read) == sorted(item for item in items for _ in XML)


def expected(site: Site, address: str) -> list[Stored]:
    """Return what is to be read, by title, from what the site itself says of its items."""
    return sorted(
        (
            Stored(
                item["uid"],
                item["title"],
                item["url"] or f"{address}item/{item['slug']}/",
                datetime.fromisoformat(item["posted"]),
            )
            for item in site.done("item", "list", "--json").json
        ),
        key=lambda item: item.title,
    )


# ── What happens to items ────────────────────────────────────────────────────────────────────────


@contextmanager
def read_before(site: Site, program: Reader) -> Iterator[None]:
    """Let the program read the feeds, in Atom, before something happens."""
    with running(site) as service:
        subscribe(program, service, "atom.xml")
        update(program)
        assert service.end(signal.SIGTERM) == 0
    yield


def after(site: Site, program: Reader) -> News:
    """Publish what has happened, and let the program read again."""
    site.done("once")
    with running(site) as service:
        news = update(program)
        assert service.end(signal.SIGTERM) == 0
    return news


def program_feed(site: Site) -> str:
    return f"{site.settings['FEEDER_SITE__PUBLIC_URL']}atom.xml"


def updates(program: Reader) -> dict[str, datetime | None]:
    return {entry.id: entry.updated or entry.published for entry in program.get_entries()}


def test_publishing_everything_anew_makes_nothing_new(boats: Site, program: Reader) -> None:
    with running(boats) as service:
        subscribe(program, service, *FORMATS)
        update(program)
        assert update(program) == News(0, 0)
        assert service.end(signal.SIGTERM) == 0

    shutil.rmtree(boats.public)  # so that no date of a file can tell the program that it has all
    boats.done("publish", "--all")

    assert after(boats, program) == News(0, 0)


def test_what_is_news_and_what_is_none(boats: Site, program: Reader) -> None:
    with read_before(boats, program):
        before = updates(program)

        boats.write("ferry.md", ITEMS["ferry"].replace("[boats, rivers, lakes]", "[boats, rivers, oars]"))
        assert after(boats, program) == News(0, 0), "another tag is no news"

        boats.done("item", "edit", "the-ferry", "--title", "The fery", "--minor")
        assert after(boats, program) == News(0, 3), "the title is another in each of its feeds"
        assert updates(program) == before, "and a minor edit is no update"

        boats.done("item", "edit", "the-ferry", "--url", "https://another.example/ferry")
        assert after(boats, program) == News(0, 3)
        (ferry,) = {id_ for id_, updated in updates(program).items() if updated != before[id_]}
        assert updates(program).keys() == before.keys(), "another address is the same item"
        assert program.get_entry((program_feed(boats), ferry)).link == "https://another.example/ferry"


def test_what_comes_and_what_goes(boats: Site, program: Reader) -> None:
    with read_before(boats, program):
        boats.write("raft.md", piece("The raft", "tags: [boats, lakes]", "embargo: 2100-01-01"))
        assert after(boats, program) == News(0, 0), "nobody is told before"

        boats.write("raft.md", piece("The raft", "tags: [boats, lakes]", "embargo: 2026-01-01"))
        assert after(boats, program) == News(3, 0)

        (ferry,) = {entry.id for entry in program.get_entries() if entry.title == "The ferry"}
        (boats.folder / "content" / "ferry.md").unlink()
        assert after(boats, program) == News(0, 0)
        for folder in FOLDERS:
            feed = boats.page(f"{folder}atom.xml")
            assert f"<id>{ferry}</id>" not in feed
            assert f'<at:deleted-entry ref="{ferry}"' in feed


def test_one_piece_in_five_tag_feeds_is_one_item(boats: Site, program: Reader) -> None:
    tags = ("boats", "rivers", "lakes", "häfen", "港口")
    boats.write("five.md", piece("Five at once", f"tags: [{', '.join(tags)}]"))
    boats.done("once")
    with running(boats) as service:
        subscribe(program, service, "atom.xml")
        for tag in ("tag/hafen/", "tag/%E6%B8%AF%E5%8F%A3/"):
            program.add_feed(f"{service.address}{tag}atom.xml")
        update(program)

    five = [entry for entry in program.get_entries() if entry.title == "Five at once"]
    assert len(five) == 1 + len(tags)
    assert len({(entry.id, entry.link, entry.published) for entry in five}) == 1
