"""Feeds at addresses, in files and streams, and the site's own tree."""

import gzip
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from feeder import net
from feeder.errors import PublishError, SourceError
from feeder.feeds import redirects
from feeder.model.settings import Site
from feeder.workflows import examine
from feeder.workflows.examine import MAX_BYTES, Examined
from tests.feeds.doctor.surgery import ATOM, RSS, changed, json_feed, names

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {
    "Content-Type": "application/atom+xml; charset=utf-8",
    "ETag": '"1"',
    "Last-Modified": "Tue, 03 Nov 2026 10:00:00 GMT",
}
SELF = "https://spans.example/atom.xml"

Answer = tuple[int, dict[str, str], bytes]


class Web:
    """A server on the loopback; `answer` is asked with the path and the headers of each request."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Callable[[str, dict[str, str]], Answer] = lambda _path, _headers: (404, {}, b"")
        web = self

        class Visit(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                web.asked.append(headers)
                with suppress(ConnectionError):  # one of the two hangs up
                    self._answer(*web.answer(self.path, headers))

            def _answer(self, status: int, fields: dict[str, str], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in {**fields, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def feed(self, document: str = ATOM) -> bytes:
        """Return a document whose self link is where it will be asked for."""
        return changed(document, (SELF, f"{self.address}atom.xml")).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()
    yield found
    found.close()


@pytest.fixture
def visit(web: Web) -> Iterator[Callable[..., Examined]]:
    """Examine what stands at a path of the server."""
    with net.Client("feeder/test") as client:
        yield lambda path="atom.xml": examine.at_address(
            f"{web.address}{path}", client, NOW, allow_private=True
        )


def conditional(
    body: bytes, headers: dict[str, str] | None = None
) -> Callable[[str, dict[str, str]], Answer]:
    """Answer as a good server does: with 304 to whoever has it."""
    fields = GOOD if headers is None else headers

    def answer(_path: str, asked: dict[str, str]) -> Answer:
        has_it = asked.get("if-none-match") == fields.get("ETag", "-")
        has_it = has_it or asked.get("if-modified-since") == fields.get("Last-Modified", "-")
        return (304, fields, b"") if has_it else (200, fields, body)

    return answer


def test_a_good_feed_is_asked_for_thrice(web: Web, visit: Callable[..., Examined]) -> None:
    web.answer = conditional(web.feed())

    found = visit()

    assert [str(finding) for finding in found.report.findings] == []
    assert found.place == f"{web.address}atom.xml"
    conditions = [(one.get("if-none-match"), one.get("if-modified-since")) for one in web.asked]
    assert conditions == [(None, None), ('"1"', None), (None, GOOD["Last-Modified"])]
    assert {one["user-agent"] for one in web.asked} == {"feeder/test"}


def test_a_server_that_never_says_304(web: Web, visit: Callable[..., Examined]) -> None:
    web.answer = lambda _path, _headers: (200, GOOD, web.feed())

    assert names(visit().report) == ["not-modified", "not-modified"]


def test_a_server_that_only_compares_the_etag(web: Web, visit: Callable[..., Examined]) -> None:
    body = web.feed()
    web.answer = lambda _path, asked: (304, GOOD, b"") if "if-none-match" in asked else (200, GOOD, body)

    (finding,) = visit().report.findings

    assert (finding.rule.name, finding.place.path) == ("not-modified", "header If-Modified-Since")


def test_a_server_that_refuses_conditions(web: Web, visit: Callable[..., Examined]) -> None:
    body = web.feed()
    fields = {name: value for name, value in GOOD.items() if name != "Last-Modified"}
    web.answer = lambda _path, asked: (403, {}, b"") if "if-none-match" in asked else (200, fields, body)

    (finding,) = visit().report.findings

    assert "status 403" in finding.found


def test_a_server_that_breaks_down_meanwhile(web: Web) -> None:
    def answer(_path: str, asked: dict[str, str]) -> Answer:
        if "if-none-match" in asked:
            raise ConnectionError
        return 200, {name: value for name, value in GOOD.items() if name != "Last-Modified"}, web.feed()

    web.answer = answer
    with net.Client("feeder/test", sleep=lambda _seconds: None) as client:
        found = examine.at_address(f"{web.address}atom.xml", client, NOW, allow_private=True)

    (finding,) = found.report.findings
    assert finding.found == "asked with what it said itself, it sent nothing"


def test_a_feed_that_differs_each_time(web: Web, visit: Callable[..., Examined]) -> None:
    web.answer = lambda _path, _headers: (200, GOOD, web.feed() + b"<!-- %d -->" % len(web.asked))

    assert names(visit().report) == ["restless"]


def test_without_validators_it_is_asked_for_once(web: Web, visit: Callable[..., Examined]) -> None:
    web.answer = conditional(web.feed(), {"Content-Type": "application/atom+xml"})

    assert names(visit().report) == ["validator-missing"]
    assert len(web.asked) == 1


def test_a_packed_feed_is_unpacked(web: Web, visit: Callable[..., Examined]) -> None:
    body = web.feed(changed(ATOM, ("The wind.", "The wind. " * 20_000)))
    packed = {**GOOD, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    web.answer = conditional(gzip.compress(body), packed)

    found = visit()

    assert not names(found.report)
    assert found.report.size_bytes == len(body)


def test_a_redirect_is_followed_and_named(web: Web, visit: Callable[..., Examined]) -> None:
    there = conditional(web.feed())
    web.answer = lambda path, asked: (
        (301, {"Location": "/atom.xml"}, b"") if path == "/feed" else there(path, asked)
    )

    (finding,) = visit("feed").report.findings

    assert (finding.rule.name, finding.mend) == ("moved", f"tell them {web.address}atom.xml")


def test_self_and_hub_of_the_header_are_read(web: Web, visit: Callable[..., Examined]) -> None:
    bare = ATOM.replace(f'<link rel="self" href="{SELF}"/>', "")
    links = f'<{web.address}atom.xml>; rel="self", <https://hub.example/>; rel="hub"'
    web.answer = conditional(bare.encode(), {**GOOD, "Link": links})

    assert not names(visit().report)


def test_a_page_names_its_feeds(web: Web, visit: Callable[..., Examined]) -> None:
    page = b'<!doctype html><link rel="alternate" type="application/atom+xml" href="atom.xml">'
    web.answer = conditional(page, {"Content-Type": "text/html"})

    (finding,) = visit("").report.findings

    assert finding.found == f"it is a page, and advertises {web.address}atom.xml (Atom)"


@pytest.mark.parametrize("status", [404, 410, 304])
def test_what_cannot_be_had_is_an_error(web: Web, visit: Callable[..., Examined], status: int) -> None:
    web.answer = lambda _path, _headers: (status, {}, b"")

    with pytest.raises(net.RequestFailed, match=str(status)):
        visit()


def test_an_answer_beyond_the_limit_is_not_read_to_its_end(web: Web, visit: Callable[..., Examined]) -> None:
    web.answer = lambda _path, _headers: (200, GOOD, b" " * (MAX_BYTES + 1))

    with pytest.raises(net.RequestFailed, match="is larger than 15 MB"):
        visit()


def test_this_machine_is_not_asked_unless_that_is_meant(web: Web) -> None:
    with net.Client("feeder/test") as client, pytest.raises(net.RequestFailed, match="private network"):
        examine.at_address(f"{web.address}atom.xml", client, NOW, allow_private=False)

    assert not web.asked


def test_files_and_streams(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(RSS)

    found = examine.in_file(file, NOW)
    streamed = examine.in_stream("standard input", io.BytesIO(RSS.encode()), NOW)

    assert (found.place, found.report.format) == (str(file), "RSS 2.0")
    assert streamed == Examined("standard input", found.report)


def test_files_and_streams_beyond_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(b" " * (MAX_BYTES + 1))

    with pytest.raises(SourceError, match="is larger than 15 MB"):
        examine.in_file(file, NOW)
    with pytest.raises(SourceError, match="is larger than 15 MB"):
        examine.in_stream("standard input", io.BytesIO(b" " * (MAX_BYTES + 1)), NOW)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        examine.in_file(tmp_path / "feed.xml", NOW)


# ── The site's own ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A published tree with a feed in three formats and an archive, another feed, and what is no feed."""
    address = "https://spans.example"
    rss = changed(RSS, (f"<guid>{address}/hum/", '<guid isPermaLink="false">tag:spans.example,2026:hum'))
    archive = changed(
        ATOM,
        (SELF, f"{address}/archive/1.xml"),
        ("<title>Spans", '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/><title>Spans'),
        ("<entry>", f'<link rel="current" href="{SELF}"/><entry>'),
    )
    files = {
        "atom.xml": ATOM,
        "rss.xml": rss,
        "feed.json": json_feed(),
        "archive/1.xml": archive,
        "tag/brücken/atom.xml": changed(ATOM, (SELF, f"{address}/tag/br%C3%BCcken/atom.xml")),
        "index.html": "<!doctype html>",
        "sitemap.xml": "<urlset/>",
        ".trash/atom.xml": "",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, "utf-8")
    return tmp_path


def of_site(tree: Path) -> dict[str, list[str]]:
    return {
        found.place: names(found.report) for found in examine.of_site(tree, "https://spans.example/", NOW)
    }


def test_all_feeds_of_a_tree_are_examined_and_nothing_else(tree: Path) -> None:
    assert of_site(tree) == {
        "archive/1.xml": [],
        "atom.xml": [],
        "feed.json": [],
        "rss.xml": [],
        "tag/brücken/atom.xml": [],
    }


def test_a_self_link_of_another_address_is_an_error(tree: Path) -> None:
    moved = {found.place: names(found.report) for found in examine.of_site(tree, "https://new.example/", NOW)}

    assert moved == {path: ["self-own"] for path in of_site(tree)}


def test_the_copy_at_the_old_place_of_a_renamed_tag_is_not_examined(tree: Path) -> None:
    old = tree / "tag" / "alte brücken" / "atom.xml"
    old.parent.mkdir()
    old.write_bytes((tree / "tag" / "brücken" / "atom.xml").read_bytes())
    assert of_site(tree)["tag/alte brücken/atom.xml"] == ["self-own"]
    site = Site("Spans", "Ada Fjordman", "https://spans.example/")
    rules = redirects.rules({"tag/alte brücken/": "tag/brücken/"}, ["tag/none/"], site)
    (tree / "_redirects").write_bytes(rules)
    assert "tag/alte brücken/atom.xml" not in of_site(tree)
    assert "tag/brücken/atom.xml" in of_site(tree)


def test_formats_that_differ_are_an_error(tree: Path) -> None:
    other = changed(
        (tree / "rss.xml").read_text(), ("tag:spans.example,2026:hum", "tag:spans.example,2026:new")
    )
    (tree / "rss.xml").write_text(other)

    assert of_site(tree)["rss.xml"] == ["formats-differ"]


def test_a_tree_without_feeds_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="publish first"):
        list(examine.of_site(tmp_path, "https://spans.example/", NOW))
    with pytest.raises(PublishError, match="publish first"):
        list(examine.of_site(tmp_path / "public", "https://spans.example/", NOW))
