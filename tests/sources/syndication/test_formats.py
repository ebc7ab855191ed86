"""What each kind of feed becomes, by the samples of `tests/data/feeds`."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from feeder.errors import DraftRefused, SourceError
from feeder.model import settings
from feeder.model.items import Draft, Kind, Picture
from feeder.sources.syndication import documents
from feeder.sources.syndication.documents import Fetched
from feeder.sources.syndication.drafts import Manner, draft, keyless
from feeder.sources.syndication.entries import Channel, Entry, keyed, shared_ids

SAMPLES = Path(__file__).parents[2] / "data" / "feeds"
SITE = settings.Site("Spans", "Ada Fjordman", "https://spans.example/", language="en")


def channel(
    content: bytes | str, url: str = "https://origin.example/feed", content_type: str = ""
) -> Channel:
    raw = content.encode() if isinstance(content, str) else content
    return documents.read(Fetched("the feed", raw, url, content_type))


def sample(name: str) -> Channel:
    return channel((SAMPLES / name).read_bytes())


def told(of: Channel) -> list[Draft | DraftRefused]:
    """Tell the drafts of a feed, all as appearances, and what cannot be one."""
    found: list[Draft | DraftRefused] = []
    for each in keyed(of.entries, shared_ids(of.entries)):
        if isinstance(each, Entry):
            found.append(keyless(each, "the feed"))
            continue
        try:
            found.append(draft(each, Kind.APPEARANCE, Manner("the feed", of, SITE)))
        except DraftRefused as refusal:
            found.append(refusal)
    return found


def drafts(of: Channel) -> list[Draft]:
    return [each for each in told(of) if isinstance(each, Draft)]


def without_defaults(draft: Draft) -> dict[str, Any]:
    empty = asdict(Draft(key="", kind=Kind.PIECE, title="", substance=""))
    fields = asdict(draft) | {"picture": draft.picture}
    return {
        name: value
        for name, value in fields.items()
        if value != empty[name] and name not in {"substance", "kind"}
    }


def only(draft: Draft, *names: str) -> tuple[object, ...]:
    return tuple(getattr(draft, name) for name in names)


def moment(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_rss_with_everything() -> None:
    full, plain = drafts(sample("everything.rss"))

    assert without_defaults(full) == {
        "key": "https://harbour.example/?p=41",
        "title": "Why old bridges hum – and new ones don’t",
        "url": "https://harbour.example/2026/11/hum/?page=2",
        "outlet": "The Meridian",
        "published": moment(2026, 11, 3, 8, 30),
        "posted": moment(2026, 11, 3, 8, 30),
        "tags": ("Bridges & tunnels", "Q&A"),
        "authors": ("Ada Fjordman", "Jon Quay"),
        "language": "en-GB",
        "picture": Picture("https://harbour.example/large.jpg", "", "The Old Bridge in fog.", "Lena Kai"),
        "summary": "The short of it.",
        "body": '<p>The wind <a href="https://harbour.example/wind">plays</a> them.</p>\n'
        '<p><img src="https://harbour.example/2026/11/hum/img/hum.jpg" alt="A bridge"></p>',
    }
    assert without_defaults(plain) == {
        "key": "/2026/10/plain/",
        "title": "Plain bold words",
        "url": "https://origin.example/2026/10/plain/",
        "published": moment(2026, 10, 1),
        "posted": moment(2026, 10, 1),
        "language": "de",
        "picture": Picture("https://harbour.example/plain.png"),
        "body": 'Only a description, with a <a href="https://origin.example/2026/10/plain/more.html">link</a>.',
    }


def test_a_feed_of_rss() -> None:
    found = sample("everything.rss")

    assert (found.title, found.address, found.language) == (
        "Harbour & Bridge",
        "https://harbour.example/",
        "en-GB",
    )
    assert found.older == "https://harbour.example/feed/?page=2"
    assert "wordpress" in found.generator


def test_rss_1_in_latin_1() -> None:
    (draft,) = drafts(sample("one.rdf"))

    assert only(draft, "key", "title", "authors", "tags", "language") == (
        "https://quai.example/1",
        "Un témoin",
        ("Marie Lévy",),
        ("ports",),
        "fr",
    )
    assert draft.posted == moment(2026, 9, 1, 8)


def test_atom_with_bases_and_types() -> None:
    xhtml, text, html = drafts(sample("types.atom"))

    assert without_defaults(xhtml) == {
        "key": "urn:uuid:0c9d9fd0-9bb8-4d07-a5fd-000000000001",
        "title": "Ein schräger Titel & mehr",
        "url": "https://types.example/blog/2026/one",
        "outlet": "Der Outlet",
        "published": date(2026, 10, 17),
        "posted": moment(2026, 11, 1, 7),
        "tags": ("Brücken", "ohne-schild"),
        "authors": ("Ada Fjordman",),
        "language": "de-CH",
        "body": '<p>Siehe <a href="https://elsewhere.example/deep/page">dort</a> &lt; hier.</p>',
    }
    assert only(text, "key", "title", "summary", "published", "posted") == (
        "post-2",
        "5 < 6 &amp; so on",
        "In short: 5 < 6.",
        date(2026, 10, 30),
        moment(2026, 10, 30),
    )
    assert text.body == "<p>First line<br>\nof a paragraph.</p>\n<p>Second &lt;paragraph&gt;.</p>"
    assert only(html, "key", "title", "summary", "authors") == (
        "HTTPS://Types.example/a/../b#",
        "Only a summary",
        "",
        ("Jon Quay",),
    )
    assert html.body == '<p>Short <a href="https://types.example/blog/rel">and</a> sweet</p>'


def test_a_feed_of_atom() -> None:
    found = sample("types.atom")

    assert found.title == "Types & bases"
    assert found.older == "https://types.example/blog/archive/3.atom"
    assert found.entries[0].updated == moment(2026, 11, 3, 10)


def test_old_atom() -> None:
    (draft,) = drafts(sample("old.atom"))

    assert only(draft, "key", "title", "body") == ("tag:old.example,2004:1", "An old way", "<p>The text.</p>")
    assert draft.posted == moment(2004, 2, 1, 14)


def test_the_oldest_rss_with_its_document_type() -> None:
    found = sample("netscape.rss")
    (draft,) = drafts(found)

    assert found.title == "Café"
    assert only(draft, "title", "body") == ("Crème & sugar", "A&nbsp;spoon")


def test_json_feed() -> None:
    found = sample("full.json")
    keyless, first, second = told(found)

    assert found.older == "https://jetty.example/feed.json?page=2"
    assert [str(refusal) for refusal in found.refused] == ["the feed, item 3: is no object; mend the feed"]
    assert isinstance(first, Draft)
    assert without_defaults(first) == {
        "key": "https://jetty.example/1",
        "title": "<3 & other <b>signs</b>",
        "url": "https://jetty.example/1",
        "published": moment(2026, 11, 2, 12),
        "posted": moment(2026, 11, 2, 12),
        "tags": ("signs", "Signs"),
        "authors": ("Jon Quay",),
        "language": "de",
        "picture": Picture("https://jetty.example/1.jpg"),
        "summary": "A greeting",
        "body": '<p>Hello <a href="https://jetty.example/x">x</a></p>',
    }
    assert isinstance(second, Draft)
    assert only(second, "key", "url", "title", "medium", "authors", "published") == (
        "2",
        "https://meridian.example/2",
        "A short one. With <two> paragraphs.",
        "audio",
        ("Ada Fjordman",),
        date(2026, 11, 1),
    )
    assert second.body == "<p>A short one.</p>\n<p>With &lt;two&gt; paragraphs.</p>"
    assert "entry “Nothing to know it by”: has neither an id nor a link to know it by" in str(keyless)


def test_control_characters_are_left_out() -> None:
    (draft,) = drafts(sample("controls.rss"))

    assert only(draft, "title", "body") == ("A form feed", "Text")


def test_ampersands_and_letters_of_html_are_mended() -> None:
    found = sample("mendable.rss")
    (draft,) = drafts(found)

    assert found.title == "Salt & pepper"
    assert only(draft, "title", "url") == ("Fish & chips at the café…", "https://salt.example/?a=1&b=2")
    assert draft.body == "<p>Stays &amp; as it &nbsp; is: a &amp; b</p>"


def test_what_cannot_be_mended_is_read_loosely_if_nothing_is_lost() -> None:
    one, two = drafts(sample("loose.rss"))

    assert one.body == "One line<br>and another"
    assert two.authors == ("Ada Fjordman",)


def test_feedburner_gives_the_address_that_it_replaced() -> None:
    (draft,) = drafts(sample("feedburner.rss"))

    assert only(draft, "key", "url") == ("tag:burnt.example,2026:ash", "https://burnt.example/ash?id=4#top")
    assert only(draft, "body", "posted") == ("Grey", moment(2026, 11, 2, 15))


def test_a_podcast() -> None:
    seven, six = drafts(sample("podcast.rss"))

    assert (
        only(seven, "key", "url", "medium", "tags", "body", "summary")
        == (
            "ep-7",
            "https://foghorn.example/7",
            "audio",
            ("bridges", "fog"),
            "<p>We talk.</p>",
            "We talk, plainly.",
        )
        or seven.summary == ""
    )
    assert seven.picture == Picture("https://foghorn.example/7.jpg")
    assert only(six, "url", "body") == (None, "<p>Only this.</p>")


def test_a_film_has_its_description_as_text() -> None:
    (draft,) = drafts(sample("film.atom"))

    assert only(draft, "key", "title") == ("yt:video:abc", "A talk")
    assert draft.picture == Picture("https://films.example/abc.jpg")
    assert draft.body == "<p>About the talk.</p>\n<p>More of it &amp; so on.</p>"


def test_poor_entries() -> None:
    of = sample("poor.rss")
    found = {each.key: each for each in drafts(of)}

    assert found["https://poor.example/1"].title.endswith("so long that it has to be…")
    assert {key: found[key].posted for key in ("odd", "odder", "epoch")} == {
        "odd": None,
        "odder": None,
        "epoch": None,
    }
    assert [str(each) for each in told(of) if isinstance(each, DraftRefused)] == [
        "the feed, entry “Neither id nor link”: has neither an id nor a link to know it by; give it an id",
        "the feed, entry “empty”: has neither a title nor a text; give it a title",
    ]


# ── What is no feed ──────────────────────────────────────────────────────────────────────────────

PAGE = """<!DOCTYPE html><html><head><title>Spans</title>
<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="stylesheet" href="/x.css">
<link rel=alternate type="application/atom+xml" href="https://spans.example/atom.xml"></head><body>Hello</body></html>"""
ENTITIES = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"><channel><title>&a;</title></channel></rss>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("Not here", "is neither XML nor JSON"),
        (
            PAGE,
            "web page, not a feed; it announces https://origin.example/rss.xml, https://spans.example/atom.xml",
        ),
        ("<html><body>Hello</body></html>", "is a web page, not a feed; give the address of a feed"),
        ("<?xml version='1.0'?><urlset/>", "is XML, but no feed (it begins with <urlset>)"),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "is XML, but no feed"),
        ("{}", "is JSON, but no JSON Feed"),
        ("[1, 2]", "is JSON, but no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": {}}', "is JSON, but no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "is broken JSON (line 1)"),
        ("[" * 100_000, "is broken JSON"),
        (ENTITIES, "declares entities"),
        (ENTITIES.replace("<!DOCTYPE", "<!-- x -->\n<!DOCTYPE"), "declares entities"),
        (
            '<rss version="2.0"><channel><item><title>One</title></item><item><title>T',
            "is ill-formed XML (it breaks off before its end, line 1)",
        ),
        (
            '<rss version="2.0"><channel><title>A</b></title></channel></rss>',
            "is ill-formed XML (mismatched tag",
        ),
    ],
)
def test_what_is_no_feed_is_named(content: str, expected: str) -> None:
    with pytest.raises(SourceError) as caught:
        channel(content)

    assert expected in str(caught.value)


def test_an_export_with_drafts_in_it_is_no_feed() -> None:
    with pytest.raises(SourceError, match=r"is an export of WordPress, .*`feeder import wxr`"):
        channel((SAMPLES.parent / "blog.wxr.xml").read_bytes())


def test_a_document_type_in_the_middle_is_no_way_in() -> None:
    with pytest.raises(SourceError):
        channel(
            '<rss version="2.0"><!DOCTYPE rss [<!ENTITY a "b">]><channel><title>&a;</title></channel></rss>'
        )


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    outside = f'<!DOCTYPE rss [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]>'

    with pytest.raises(SourceError, match="declares entities"):
        channel(f"{outside}<rss version='2.0'><channel><title>&a;</title></channel></rss>")


def feed_of(item: Callable[[int], str], number: int) -> str:
    items = "".join(f"<item>{item(n)}</item>" for n in range(number))
    return f'<rss version="2.0"><channel><title>Many</title>{items}</channel></rss>'


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(SourceError, match="over 10000 entries"):
        channel(feed_of(lambda n: f"<guid>{n}</guid>", 10_001))


# The test's own time limit would be too coarse to name the culprit: feedparser takes the square of these.
@pytest.mark.parametrize(
    "item", [f"<author>{'a' * 500_000}</author>", "".join(f"<category>{n}</category>" for n in range(30_000))]
)
def test_a_huge_entry_costs_no_more_than_its_size(item: str) -> None:
    begun = datetime.now(UTC)

    channel(feed_of(lambda _: f"<guid>1</guid><title>T</title>{item}", 1))

    assert (datetime.now(UTC) - begun).total_seconds() < 5


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("<rss version='2.0'><channel><title>Çà</title></channel></rss>".encode("iso-8859-1"), "text/xml; charset=ISO-8859-1"),
        ("<rss version='2.0'><channel><title>Çà</title></channel></rss>".encode(), "text/xml"),
        ("<rss version='2.0'><channel><title>Çà</title></channel></rss>".encode(), "text/xml; charset=us-ascii"),
        ("<rss version='2.0'><channel><title>Çà</title></channel></rss>".encode("utf-16"), ""),
        ("<?xml version='1.0' encoding='windows-1252'?><rss version='2.0'><channel><title>Çà</title></channel></rss>".encode("cp1252"), ""),
        ("\ufeff<rss version='2.0'><channel><title>Çà</title></channel></rss>".encode(), "application/rss+xml; charset=punycode"),
    ],
)  # fmt: skip
def test_the_encoding_is_found(content: bytes, content_type: str) -> None:
    assert channel(content, content_type=content_type).title == "Çà"
