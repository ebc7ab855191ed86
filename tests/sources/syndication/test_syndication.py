"""The source: asked for over the loopback, conditionally, with all that goes wrong; and our own Atom read back."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import net
from feeder.errors import SourceError
from feeder.feeds import atom
from feeder.feeds.heads import Head
from feeder.feeds.imprint import Imprint
from feeder.markup import text
from feeder.model import settings
from feeder.model.feeds import EVERYTHING
from feeder.model.feeds import Feed as OurFeed
from feeder.model.items import Broken, Draft, Item, Kind, Mark, NotModified, Past, Reading, Told, Unchanged
from feeder.sources.syndication import Feed, documents
from feeder.sources.syndication.documents import Fetched
from feeder.templating.speech import Speech

SAMPLES = Path(__file__).parents[2] / "data" / "feeds"
SITE = settings.Site("Spans", "Ada Fjordman", "https://spans.example/", language="en")


@dataclass
class Web:
    """A server on the loopback with one answer, and what it was asked."""

    address: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, body: str | bytes = b"", status: int = 200, **headers: str) -> None:
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body.encode() if isinstance(body, str) else body


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response_only(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_address[1]}/feed?key=secret"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client() -> Iterator[net.Client]:
    with net.Client(sleep=lambda _: None) as made:
        yield made


def rss(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>News</title><link>https://news.example/</link>{inner}</channel></rss>'


def item(number: int, title: str = "", link: str = "") -> str:
    where = link or f"https://news.example/{number}"
    return f"<title>{title or f'Title {number}'}</title><guid>g{number}</guid><link>{where}</link>"


def source(web: Web, client: net.Client, **fields: Any) -> Feed:
    feed = settings.Syndication("news", web.address, **{"allow_private": True, **fields})
    return Feed(feed, SITE, client)


def reading(of: Feed, past: Past | None = None) -> Reading:
    found = of.read(past or Past())
    assert isinstance(found, Reading)
    return replace(found, told=list(found.told))


def past_of(found: Reading) -> Past:
    """Return what the store would tell the source after a reading."""
    marks = {each.place: Mark(each.key, each.version) for each in found.told if isinstance(each, Draft)}
    return Past(found.state, lambda: marks, lambda places: {p: marks[p] for p in places if p in marks})


def keys(found: Reading) -> list[str]:
    return [each.key for each in found.told if isinstance(each, Draft | Unchanged)]


def test_a_feed_is_a_window_told_from_the_oldest(web: Web, client: net.Client) -> None:
    web.answer(rss(item(2), item(1)))

    found = reading(source(web, client))

    assert keys(found) == ["g1", "g2"]
    assert (found.complete, found.window, found.missing) == (True, True, frozenset())
    assert [each.outlet for each in found.told if isinstance(each, Draft)] == ["News", "News"]
    assert "application/atom+xml" in web.asked[0]["accept"]


def test_the_settings_name_outlet_and_kind(web: Web, client: net.Client) -> None:
    web.answer(rss(item(1)))

    (found,) = reading(source(web, client, outlet="The Meridian", kind=Kind.APPEARANCE)).told

    assert isinstance(found, Draft)
    assert (found.outlet, found.kind) == ("The Meridian", Kind.APPEARANCE)


def test_rules_choose(web: Web, client: net.Client) -> None:
    web.answer(rss(item(1, "Fog"), item(2, "Interview on fog"), item(3, "Sun")))

    found = reading(source(web, client, only=("title:fog",), appearances=("title:interview",)))

    assert [(each.key, each.kind) for each in found.told if isinstance(each, Draft)] == [
        ("g2", Kind.APPEARANCE),
        ("g1", Kind.PIECE),
    ]


# ── Asked again ──────────────────────────────────────────────────────────────────────────────────


def test_validators_are_repeated_as_they_came(web: Web, client: net.Client) -> None:
    news = source(web, client)
    web.answer(rss(item(1)), ETag='W/"a b"', Last_Modified="tue, 3 nov 2026 10:00:00 GMT")
    found = reading(news)
    web.answer(status=304)

    assert news.read(past_of(found)) == NotModified()
    assert "if-none-match" not in web.asked[0]
    assert web.asked[1]["if-none-match"] == 'W/"a b"'
    assert web.asked[1]["if-modified-since"] == "tue, 3 nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    "modified", ["Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 01 Jan 2036 00:00:00 GMT", "yesterday", "0", ""]
)
def test_dates_that_would_hold_for_ever_are_not_repeated(web: Web, client: net.Client, modified: str) -> None:
    news = source(web, client)
    web.answer(rss(item(1)), Last_Modified=modified, Date="Tue, 03 Nov 2026 10:00:00 GMT")

    news.read(past_of(reading(news)))

    assert "if-modified-since" not in web.asked[1]


def test_other_settings_ask_for_everything_anew(web: Web, client: net.Client) -> None:
    web.answer(rss(item(1)), ETag='"1"')
    found = reading(source(web, client))

    again = reading(source(web, client, outlet="The Meridian"), past_of(found))

    assert "if-none-match" not in web.asked[1]
    assert [type(each) for each in again.told] == [Draft]


def test_a_304_that_nobody_asked_for_is_no_answer(web: Web, client: net.Client) -> None:
    web.answer(status=304)

    with pytest.raises(SourceError, match="unasked"):
        source(web, client).read(Past())


def test_unchanged_entries_are_told_so(web: Web, client: net.Client) -> None:
    news = source(web, client)
    web.answer(rss(item(2), item(1)))
    found = reading(news)
    web.answer(rss(item(3), item(2, "Another title"), item(1)))

    again = reading(news, past_of(found))

    assert [(type(each), key) for each, key in zip(again.told, keys(again), strict=True)] == [
        (Unchanged, "g1"),
        (Draft, "g2"),
        (Draft, "g3"),
    ]


def test_ids_that_several_entries_have_give_way_to_links_for_good(web: Web, client: net.Client) -> None:
    news = source(web, client)
    one, two = (f"<title>{n}</title><guid>same</guid><link>https://news.example/{n}</link>" for n in (1, 2))
    web.answer(rss(one))
    first = reading(news)
    web.answer(rss(two, one))
    second = reading(news, past_of(first))
    web.answer(rss(two))
    third = reading(news, past_of(second))

    assert keys(first) == ["same"]
    assert keys(second) == ["https://news.example/1", "https://news.example/2"]
    assert second.missing == {"same"}
    assert keys(third) == ["https://news.example/2"]
    assert [draft.substance for draft in first.told if isinstance(draft, Draft)] == [
        draft.substance for draft in second.told if isinstance(draft, Draft) and draft.title == "1"
    ]


def test_what_is_broken_is_named_and_the_others_go_on(web: Web, client: net.Client) -> None:
    large = f"<title>Large</title><guid>large</guid><description>{'x' * 2_000_001}</description>"
    web.answer(rss(item(1), large, "<title>Nameless</title>"))

    found: list[Told] = list(reading(source(web, client)).told)
    broken = [each for each in found if isinstance(each, Broken)]

    assert {each.keys for each in broken} == {frozenset(), frozenset({"large"})}
    assert any("source news, entry “Large”: is over 2 MB" in str(each.refusal) for each in broken)
    assert [each.key for each in found if isinstance(each, Draft)] == ["g1"]


def test_counters_in_the_markup_are_no_revision(web: Web, client: net.Client) -> None:
    def draft(markup: str) -> Draft:
        web.answer(rss(f"{item(1)}<description><![CDATA[<p>Text</p>{markup}]]></description>"))
        (found,) = reading(source(web, client)).told
        assert isinstance(found, Draft)
        return found

    assert draft('<img src="/a?1" width=1 height=1>').substance == draft('<img src="/a?2">').substance
    assert draft("<p>More</p>").substance != draft("").substance


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "nothing at this address"), (410, "gone for good"), (500, "in trouble"), (401, "401")],
)
def test_failures_are_named_without_secrets(web: Web, client: net.Client, status: int, words: str) -> None:
    web.answer("no", status=status)

    with pytest.raises(SourceError) as caught:
        source(web, client).read(Past())

    assert "source news: http://127.0.0.1:" in str(caught.value)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_who_asks_to_be_left_alone_is(web: Web, client: net.Client) -> None:
    web.answer(status=429, Retry_After="3600")

    with pytest.raises(SourceError) as caught:
        source(web, client).read(Past())

    assert caught.value.retry_after == timedelta(hours=1)


def test_a_web_page_names_its_feeds(web: Web, client: net.Client) -> None:
    web.answer(
        "<html><link rel=alternate type=application/atom+xml href=/atom.xml>", Content_Type="text/html"
    )

    with pytest.raises(
        SourceError, match=r"source news: is a web page, not a feed; it announces http.*/atom\.xml"
    ):
        source(web, client).read(Past())


def test_the_own_network_is_not_asked_unless_it_may(web: Web, client: net.Client) -> None:
    with pytest.raises(SourceError):
        source(web, client, allow_private=False).read(Past())
    assert not web.asked


# ── Whatever comes ───────────────────────────────────────────────────────────────────────────────

_MARKUP = st.lists(
    st.sampled_from([
        "<rss version='2.0'>", "</rss>", "<channel>", "</channel>", "<item>", "</item>", "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "</feed>", "<entry>", "</entry>", "<title>", "</title>", "<link href='x'/>", "<guid>", "</guid>", "<source>", "</source>",
        "<content type='xhtml'>", "</content>", "<div>", "<![CDATA[", "]]>", "&", "&amp;", "&nbsp;", "&#0;", "<!--", "-->",
        "<author>", "</author>", "<media:content url='", "'>", "<category term='a'/>", "<!DOCTYPE a>", "<?xml version='1.0'?>", "\0", "x",
    ]),
    max_size=30,
)  # fmt: skip


@given(
    st.text().map(str.encode)
    | st.binary()
    | _MARKUP.map(lambda parts: "<rss version='2.0'>" + "".join(parts)).map(str.encode)
)
def test_any_bytes_are_a_feed_or_refused(content: bytes) -> None:
    with suppress(SourceError):
        documents.read(Fetched("the feed", content, "https://x.example/"))


NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@given(
    st.text(min_size=1).map(text.line).filter(bool),
    st.sampled_from(["urn:uuid:1", "tag:a,2026:Ã©", "http://x.org/a/../b#"]),
)
def test_our_own_atom_comes_back_with_any_title(title: str, uid: str) -> None:
    made = Item(1, uid, "texts", "a", "a", Kind.PIECE, title, NOW, NOW, url="https://x.example/a")
    head = Head(OurFeed(1, "urn:uuid:0", EVERYTHING), title, "", NOW)
    imprint = Imprint(SITE, Speech(SITE.language, SITE.zone))
    document = atom.document(head, [atom.entry(made, imprint)], imprint)

    found = documents.read(Fetched("the feed", document, "https://spans.example/atom.xml"))

    assert found.title == title
    assert [(entry.title.words, entry.id, entry.link) for entry in found.entries] == [
        (title, uid, "https://x.example/a")
    ]
    assert (found.entries[0].published, found.entries[0].updated) == (NOW, NOW)
