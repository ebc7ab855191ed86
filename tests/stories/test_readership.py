"""Readers come while the service runs: some take only what is new, and the author sees how many they are."""

import signal
from pathlib import Path
from urllib.request import Request, urlopen

from reader import make_reader

from tests.conftest import Site, at_free_port, piece, running

FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; {} subscribers; like FeedFetcher-Google)"


def ask(address: str, **fields: str) -> tuple[int, bytes]:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    with urlopen(Request(address, headers=headers), timeout=10) as answer:
        return answer.status, answer.read()


def test_readers_take_what_is_new_and_are_counted(site: Site) -> None:
    at_free_port(site)
    site.write("bridge.md", piece("The bridge", "tags: [bridges]"))
    site.done("once")
    program = make_reader(":memory:")
    with running(site) as service:
        feed = f"{service.address}tag/bridges/atom.xml"
        program.add_feed(feed)  # it asks for what is new alone, and knows its own versions
        program.update_feeds(scheduled=False)
        with urlopen(Request(feed, headers={"A-IM": "feed"}), timeout=10) as answer:
            tag = answer.headers["ETag"]
        site.write("ferry.md", piece("The ferry", "tags: [bridges]"))
        assert service.shows("The ferry", "tag/bridges/atom.xml")
        status, part = ask(feed, A_IM="feed", If_None_Match=tag)
        assert (status, part.count(b"<entry")) == (226, 1)
        assert b"The ferry" in part
        program.update_feeds(scheduled=False)
        assert {entry.title for entry in program.get_entries()} == {"The bridge", "The ferry"}
        assert program.get_feed(feed).last_exception is None

        ask(feed, User_Agent=FEEDLY.format(37))
        ask(f"{service.address}tag/bridges/rss.xml", User_Agent=FEEDLY.format(5))
        assert service.end(signal.SIGTERM) == 0

    told = {each["address"]: each for each in site.done("feeds", "stats", "--json").json}
    bridges = told[f"{service.address}tag/bridges/"]
    assert bridges["subscribers"] == 42
    assert [(each["name"], each["subscribers"]) for each in bridges["aggregators"]] == [
        ("Feedly", 37),
        ("Feedly", 5),
    ]
    assert bridges["today"] == 2  # that program, and this one
    assert told[service.address]["subscribers"] == 0
    lines = site.done("feeds", "stats").out.splitlines()
    assert "42 subscribers by 2 aggregators" in lines[0]
    assert b"127.0.0.1 Python" not in Path(site.folder / "feeder.db").read_bytes()
