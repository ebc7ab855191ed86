"""Somebody wonders what is wrong with a feed, and asks `feeder feeds check`."""

import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import FEEDER, SUNDAY, Site, feeder, piece, plain_environment
from tests.feeds.doctor.surgery import ATOM, RSS, changed

ENVIRONMENT = {"FEEDER_NOW": SUNDAY}
BAD = changed(
    ATOM,
    ("<id>tag:spans.example,2026:hum</id>", "<id>/hum/</id>"),
    ("<updated>2026-11-03T10:00:00Z</updated>\n    <link", "<updated>3 Nov 2026</updated>\n    <link"),
    ("Why old", "Stone &amp;amp; old"),
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a server on the loopback that serves the folder `web`."""
    (tmp_path / "web").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web")))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(ATOM)

    told = feeder("feeds", "check", "good.xml", folder=tmp_path, environment=ENVIRONMENT)

    assert (told.code, told.out, told.err) == (
        0,
        f"nothing wrong: Atom 1.0, 1 entry, {len(ATOM)} bytes\n",
        "",
    )


def test_a_bad_file_is_told_line_by_line_the_worst_first(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text(BAD)

    told = feeder("feeds", "check", "bad.xml", folder=tmp_path, environment=ENVIRONMENT)

    assert told.code == 1, str(told)
    assert told.out == (
        "errors:\n"
        "  feed/entry/id, line 9: “/hum/” is relative; an id is an absolute IRI, and never changes"
        " (RFC 4287, section 4.2.6); write a tag: or urn:uuid: that you keep for good\n"
        "  feed/entry/updated, line 11: “3 Nov 2026” is another form; a date is written by RFC 3339"
        " (RFC 4287, section 3.3); write 2026-11-03T00:00:00Z\n"
        "warnings:\n"
        "  feed/entry/title, line 10: it holds “&amp;”; what is escaped once too often is shown as code"
        " (RFC 4287, section 3.1.1; RSS profile; JSON Feed); write plain text, escaped once\n"
        f"Atom 1.0, 1 entry, {len(BAD)} bytes\n"
        "2 errors, 1 warning, 0 pieces of advice\n"
    )


def test_scripts_get_the_same_as_json(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text(BAD)

    told = feeder("feeds", "check", "bad.xml", "--json", folder=tmp_path, environment=ENVIRONMENT)

    (document,) = told.json["documents"]
    assert told.code == 1
    assert told.json["totals"] == {"error": 2, "warning": 1, "advice": 0}
    assert {key: value for key, value in document.items() if key != "findings"} == {
        "place": "bad.xml",
        "format": "Atom 1.0",
        "entries": 1,
        "bytes": len(BAD),
        "more": {},
    }
    assert document["findings"][1] == {
        "severity": "error",
        "name": "date",
        "place": "feed/entry/updated",
        "line": 11,
        "column": None,
        "found": "“3 Nov 2026” is another form",
        "rule": "a date is written by RFC 3339",
        "source": "RFC 4287, section 3.3",
        "mend": "write 2026-11-03T00:00:00Z",
    }


def test_many_alike_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text(changed(RSS, ("    <item>", "    " + "<item/>" * 30 + "<item>")))

    told = feeder("feeds", "check", "bad.xml", folder=tmp_path, environment=ENVIRONMENT)

    assert sum("neither title nor description" in line for line in told.out.splitlines()) == 5
    assert "  … and 25 more such places (item-empty)" in told.out.splitlines()
    assert told.out.endswith("30 errors, 30 warnings, 0 pieces of advice\n")


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "odd.xml").write_text(changed(ATOM, ("Why old", "Stone &amp;amp; old")))

    told = feeder("feeds", "check", "odd.xml", folder=tmp_path, environment=ENVIRONMENT)

    assert (told.code, told.out.splitlines()[-1]) == (0, "0 errors, 1 warning, 0 pieces of advice")


@pytest.mark.parametrize(("document", "code"), [(ATOM, 0), ("<p>Hello", 1), ("", 1)])
def test_standard_input(tmp_path: Path, document: str, code: int) -> None:
    done = subprocess.run(
        [*FEEDER, "feeds", "check", "-"],
        cwd=tmp_path,
        env=plain_environment() | ENVIRONMENT,
        input=document.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (code, b"")


def test_an_address_on_this_machine_is_asked_only_when_that_is_meant(tmp_path: Path, served: str) -> None:
    file = tmp_path / "web" / "atom.xml"
    file.write_text(changed(ATOM, ("https://spans.example/atom.xml", f"{served}atom.xml")))
    os.utime(file, (1_793_700_000, 1_793_700_000))  # 3 November 2026

    refused = feeder("feeds", "check", f"{served}atom.xml", folder=tmp_path, environment=ENVIRONMENT)
    asked = feeder(
        "feeds", "check", f"{served}atom.xml", "--allow-private", folder=tmp_path, environment=ENVIRONMENT
    )

    assert (refused.code, refused.out) == (1, "")
    assert refused.complaints[0].endswith("if that is meant, add --allow-private")
    assert asked.code == 0, str(asked)
    assert asked.out.startswith("nothing wrong: Atom 1.0, 1 entry"), str(asked)


def test_the_sites_own_address_may_be_on_this_machine(site: Site, served: str) -> None:
    (site.folder.parent / "web" / "atom.xml").write_text(ATOM)
    site.settings["FEEDER_SITE__PUBLIC_URL"] = served

    told = site.feeder("feeds", "check", f"{served}atom.xml", "--json")

    assert told.code == 0, str(told)
    assert "self-other" in [finding["name"] for finding in told.json["documents"][0]["findings"]]


def test_a_page_says_where_its_feeds_are(tmp_path: Path, served: str) -> None:
    page = (
        '<!doctype html><title>Spans</title><link rel=alternate type="application/rss+xml" href="/rss.xml">'
    )
    (tmp_path / "web" / "index.html").write_text(page)

    told = feeder("feeds", "check", served, "--allow-private", folder=tmp_path, environment=ENVIRONMENT)

    assert told.code == 1
    assert f"it is a page, and advertises {served}rss.xml (RSS)" in told.out


def test_all_feeds_of_the_site(site: Site) -> None:
    site.write("a.md", piece("Why old bridges hum", "date: 2026-11-02 10:00", "tags: fog, Brücken"))
    site.write("b.md", piece("Stone & rope", "date: 2026-11-03 10:00", "tags: fog"))
    site.done("once")

    told = site.done("feeds", "check", "--json")

    places = {one["place"]: one["findings"] for one in told.json["documents"]}
    assert {"atom.xml", "tag/fog/atom.xml", "tag/brucken/atom.xml"} <= places.keys()
    assert [finding for findings in places.values() for finding in findings] == []


def test_what_is_wrong_with_the_sites_feeds_is_told_with_its_path(site: Site) -> None:
    site.write("a.md", piece("Why old bridges hum", "date: 2026-11-02 10:00", "tags: fog"))
    site.done("once")
    site.settings["FEEDER_SITE__PUBLIC_URL"] = "https://new.example/"

    told = site.feeder("feeds", "check")

    assert told.code == 1
    (line,) = [line for line in told.out.splitlines() if line.startswith("  tag/fog/atom.xml: feed/link")]
    assert "publish anew; it should be https://new.example/tag/fog/atom.xml" in line


def test_a_site_that_has_published_nothing(site: Site) -> None:
    told = site.feeder("feeds", "check")

    assert (told.code, told.out) == (1, "")
    assert "holds no feed; publish first" in told.complaints[0]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["nothing.xml"], 1, "nothing.xml: cannot be read (No such file or directory)"),
        (["ftp://spans.example/feed"], 2, "the address: is no address of the web that can be asked"),
        (
            ["https://ada:secret@spans.example/feed"],
            2,
            "the address: is no address of the web that can be asked",
        ),
        ([""], 2, "the feed: has no name"),
        ([], 2, "config/feeder.toml"),
    ],
)
def test_what_cannot_be_checked(tmp_path: Path, words: list[str], code: int, complaint: str) -> None:
    told = feeder("feeds", "check", *words, folder=tmp_path, environment=ENVIRONMENT)

    assert (told.code, told.out) == (code, "")
    assert complaint in told.err
    assert "secret" not in told.err
