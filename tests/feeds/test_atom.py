"""Atom documents: by the standard, by the byte, and as feed readers read them."""

import calendar
import io
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import struct_time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder import feeds, shipped
from feeder.feeds import Listing, Rendering
from feeder.markup import html, text, urls
from feeder.model.feeds import Feed, Selection
from feeder.model.items import Item, Kind, Name, Outlet, Picture
from feeder.model.settings import Site
from feeder.templating import Templates

EVERYTHING = Feed(1, "urn:uuid:00000000-0000-5000-8000-0000000000aa", Selection.EVERYTHING)
TAG = Feed(2, "urn:uuid:00000000-0000-5000-8000-0000000000bb", Selection.TAG, "häfen", "Häfen & <Kräne>")
POSTED = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
COURIER = Outlet(1, "Hanse & Kurier", "hanse-kurier", "urn:uuid:00000000-0000-5000-8000-0000000000cc")


def uid(number: int) -> str:
    return UUID(int=number, version=5).urn


def piece(number: int, **parts: Any) -> Item:
    return replace(
        Item(
            id=number,
            uid=uid(number),
            source="content",
            key=f"{number}.md",
            slug=f"item-{number}",
            kind=Kind.PIECE,
            title=f"Title {number}",
            posted=POSTED - timedelta(hours=number),
            revised=POSTED - timedelta(hours=number),
            number=number,
            authors=(Name(1, "Ada Fjordman", "ada-fjordman"),),
            body="<p>Body</p>",
        ),
        **parts,
    )


FULL = piece(
    1,
    title="Why <b>ports</b> & “cranes” wait",
    url="https://hanse-kurier.example/wirtschaft/kran?teil=1&seite=2",
    outlet=replace(COURIER, home="https://hanse-kurier.example/"),
    published=datetime(2026, 10, 30, 22, 30, tzinfo=UTC),
    revised=POSTED + timedelta(hours=5),
    tags=(
        Name(1, "Häfen", "häfen"),
        Name(2, "港口", "港口"),
        Name(3, "ميناء", "ميناء"),
        Name(4, "R&D", "r-d"),
    ),
    language="de",
    picture=Picture("media/kran-0a1b.png", "Drei Kräne", "Drei „Kräne“", "Foto: A & B", Path("kran.png")),
    note="<p>New piece for <em>Hanse &amp; Kurier</em>.</p>",
    standfirst="Die Häfen kaufen größere Kräne.",
    body='<p>Wer einen Hafen besucht&nbsp;… <a href="https://x.example/?a=1&amp;b=2">hier</a></p>\n<pre>  a\n</pre>',
)
APPEARANCE = piece(
    2,
    kind=Kind.APPEARANCE,
    title="Radio Nordlicht, on cable repairs",
    outlet=replace(COURIER, id=2, name="Radio Nordlicht", slug="radio-nordlicht", uid=uid(77)),
    tags=(Name(1, "Häfen", "häfen"),),
    language="en",
    role="interviewed",
    medium="radio",
    topic="cable repairs",
    note="<p>Six minutes.</p>",
    body="",
)
BY_DAY = piece(
    3,
    title="最短的一篇",
    url="https://outlet.example/最短",
    published=date(2016, 10, 17),
    language="zh-Hans",
    authors=(),
    body="",
)


def render(items: Sequence[Item], site: Site, templates: Templates, feed: Feed = EVERYTHING) -> Rendering:
    return feeds.render(Listing(feed, items), site, templates)


def atom_of(rendering: Rendering) -> bytes:
    (document,) = [made for made in rendering.documents if made.path.endswith("atom.xml")]
    return document.content


# ── The standard ─────────────────────────────────────────────────────────────────────────────────

NS = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)")


def violations(document: bytes, address: str) -> list[str]:
    """Hold a document at `address` against RFC 4287, and against what feeder promises beyond it."""
    feed = etree.fromstring(document)
    found = [] if feed.tag == f"{NS}feed" else [f"the root is {feed.tag!r}"]
    found += _about_feed(feed, address)
    entries = feed.findall(f"{NS}entry")
    for entry in entries:
        found += _about_entry(entry, has_feed_author=feed.find(f"{NS}author") is not None)
    ids = Counter(entry.findtext(f"{NS}id") for entry in entries)
    found += [f"4.1.1: {id_} stands {times} times" for id_, times in ids.items() if times > 1]
    found += [f"3.1: text of type {made.get('type')}" for made in _texts(feed) if not _is_text(made)]
    updates = [entry.findtext(f"{NS}updated") or "" for entry in entries]
    if max(updates, default="") > (feed.findtext(f"{NS}updated") or ""):
        found.append("the feed is older than its newest entry")
    return found


def _about_feed(feed: etree._Element, address: str) -> list[str]:
    found = _once(feed, "id", "title", "updated") + _ids(feed) + _dates(feed) + _people(feed) + _links(feed)
    own = [link for link in feed.findall(f"{NS}link") if link.get("rel") == "self"]
    if [link.get("href") for link in own] != [address]:
        found.append(f"4.1.1: the self link is not {address}")
    if not feed.get(XML_LANG):
        found.append("the feed has no xml:lang")
    return found


def _about_entry(entry: etree._Element, *, has_feed_author: bool) -> list[str]:
    found = _once(entry, "id", "title", "updated", "published") + _ids(entry) + _dates(entry)
    found += _people(entry) + _links(entry)
    if not has_feed_author and entry.find(f"{NS}author") is None:
        found.append("4.1.1: neither the feed nor the entry has an author")
    content = entry.find(f"{NS}content")
    if content is None and not _alternates(entry):
        found.append("4.1.2: neither content nor alternate link")
    if content is not None and content.get("src") and entry.find(f"{NS}summary") is None:
        found.append("4.1.2: remote content without a summary")
    if not (entry.findtext(f"{NS}content") or entry.findtext(f"{NS}summary")):
        found.append("4.1.1.1: an entry without any text")
    for name in ("content", "summary", "source"):
        if len(entry.findall(f"{NS}{name}")) > 1:
            found.append(f"4.1.2: more than one {name}")
    for source in entry.findall(f"{NS}source"):
        found += _once(source, "id", "title", "updated") + _ids(source) + _dates(source) + _links(source)
    return found + _categories(entry)


def _categories(entry: etree._Element) -> list[str]:
    found = []
    for category in entry.findall(f"{NS}category"):
        if not (category.get("term") and category.get("label")):
            found.append("4.2.2: a category without term or label")
        if not IRI.fullmatch(category.get("scheme", "")):
            found.append(f"4.2.2.2: the scheme {category.get('scheme')} is no IRI")
    return found


def _once(element: etree._Element, *names: str) -> list[str]:
    return [
        f"{element.tag!r} has {count} of {name}"
        for name in names
        if (count := len(element.findall(f"{NS}{name}"))) != 1
    ]


def _ids(element: etree._Element) -> list[str]:
    wrong = [made.text for made in element.findall(f"{NS}id") if not IRI.fullmatch(made.text or "")]
    return [f"4.2.6: the id {text!r} is no IRI" for text in wrong]


def _dates(element: etree._Element) -> list[str]:
    made = [*element.findall(f"{NS}updated"), *element.findall(f"{NS}published")]
    wrong = [when.text for when in made if not MOMENT.fullmatch(when.text or "")]
    return [f"3.3: {text!r} is no moment of RFC 3339 in UTC" for text in wrong]


def _people(element: etree._Element) -> list[str]:
    people = [*element.findall(f"{NS}author"), *element.findall(f"{NS}contributor")]
    names = [[name.text for name in person.findall(f"{NS}name")] for person in people]
    return [f"3.2: a person called {called}" for called in names if len(called) != 1 or not called[0]]


def _links(element: etree._Element) -> list[str]:
    found = []
    for link in element.findall(f"{NS}link"):
        href = link.get("href", "")
        if not (IRI.fullmatch(href) and urlsplit(href).netloc):
            found.append(f"4.2.7: the link {href!r} is not absolute")
    alternates = Counter(_alternates(element))
    found += [f"4.1.1, 4.1.2: two alternates of {which}" for which, n in alternates.items() if n > 1]
    return found


def _alternates(element: etree._Element) -> list[tuple[str | None, str | None]]:
    links = element.findall(f"{NS}link")
    return [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]


def _texts(feed: etree._Element) -> list[etree._Element]:
    names = ("title", "subtitle", "summary", "rights", "content")
    return [made for name in names for made in feed.iter(f"{NS}{name}")]


def _is_text(made: etree._Element) -> bool:
    return made.get("type", "text") in {"text", "html"} and len(made) == 0


# ── Documents ────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_as_readers_know_it(
    site: Site, templates: Templates, golden: Callable[[str, bytes], None]
) -> None:
    rendering = render([FULL, APPEARANCE, BY_DAY], site, templates)

    assert rendering.refused == []
    golden("atom.xml", atom_of(rendering))


@pytest.mark.parametrize(
    ("feed", "address"),
    [
        (EVERYTHING, "https://ada.example/blog/atom.xml"),
        (TAG, "https://ada.example/blog/tag/h%C3%A4fen/atom.xml"),
    ],
)
def test_a_feed_keeps_the_standard(site: Site, templates: Templates, feed: Feed, address: str) -> None:
    rendering = render([FULL, APPEARANCE, BY_DAY], site, templates, feed)

    assert violations(atom_of(rendering), address) == []


def test_the_standard_is_held_against_documents_that_break_it(site: Site, templates: Templates) -> None:
    address = "https://ada.example/blog/atom.xml"
    good = atom_of(render([FULL, APPEARANCE], site, templates))
    broken = [
        good.replace(b"+00:00", b"+01:00"),
        good.replace(b"<updated>", b"<updated>x"),
        good.replace(b'rel="related"', b'rel="alternate" hreflang="de"'),
        good.replace(uid(2).encode(), uid(1).encode()),
        good.replace(uid(2).encode(), b"no iri"),
        good.replace(b'scheme="', b'scheme=" '),
        good.replace(b' rel="self"', b' rel="via"'),
        good.replace(b'xml:lang="en"', b""),
        good.replace(b"<name>", b"<uri/><name/><name>"),
        good.replace(b'type="html"', b'type="CDATA"'),
        good.replace(b'href="https://hanse', b'href="/hanse'),
    ]

    for document in broken:
        assert document != good
        assert violations(document, address) != []


def test_entries_stand_in_the_order_given(site: Site, templates: Templates) -> None:
    document = etree.fromstring(atom_of(render([BY_DAY, FULL, APPEARANCE], site, templates)))

    assert [made.text for made in document.iterfind(f"{NS}entry/{NS}id")] == [uid(3), uid(1), uid(2)]


def test_the_update_of_a_feed_is_the_newest_of_its_items(site: Site, templates: Templates) -> None:
    rendering = render([APPEARANCE, FULL, BY_DAY], site, templates)

    assert rendering.updated == FULL.revised
    assert b"<updated>2026-11-03T14:30:00+00:00</updated>" in atom_of(rendering)


def test_a_feed_never_tells_an_earlier_update_than_it_told(site: Site, templates: Templates) -> None:
    told = FULL.revised + timedelta(days=1)
    rendering = render([FULL], site, templates, replace(EVERYTHING, updated=told))

    assert rendering.updated == told
    assert etree.fromstring(atom_of(rendering)).findtext(f"{NS}updated") == "2026-11-04T14:30:00+00:00"


def test_an_empty_feed_is_a_feed(site: Site, templates: Templates) -> None:
    rendering = render([], site, templates)

    assert violations(atom_of(rendering), "https://ada.example/blog/atom.xml") == []
    assert rendering.updated == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_feed_that_lost_its_last_item_keeps_its_update(site: Site, templates: Templates) -> None:
    assert render([], site, templates, replace(EVERYTHING, updated=POSTED)).updated == POSTED


@pytest.mark.parametrize("public_url", ["http://[::1]:8000", "https://ada.example", "https://a.example/b/"])
def test_self_links_come_from_the_public_address(site: Site, public_url: str) -> None:
    elsewhere = replace(site, public_url=public_url)

    rendering = render([FULL], elsewhere, Templates([shipped.templates()], elsewhere), TAG)

    address = f"{public_url.rstrip('/')}/tag/h%C3%A4fen/atom.xml"
    assert violations(atom_of(rendering), address) == []


RENDERER = """
import pickle, sys
from pathlib import Path
from feeder import feeds, shipped
from feeder.templating import Templates
listing, site = pickle.loads(Path(sys.argv[1]).read_bytes())
for document in feeds.render(listing, site, Templates([shipped.templates()], site)).documents:
    sys.stdout.buffer.write(document.content)
"""


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "4000", "PYTHONUTF8": "0"},
    ],
)
def test_the_same_items_give_the_same_bytes_elsewhere(
    site: Site, templates: Templates, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    listing = Listing(TAG, [FULL, APPEARANCE, BY_DAY])
    (tmp_path / "listing").write_bytes(pickle.dumps((listing, site)))

    told = subprocess.run(
        [sys.executable, "-c", RENDERER, tmp_path / "listing"],
        env={**os.environ, **surroundings},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout

    here = feeds.render(listing, site, templates).documents
    assert told == b"".join(document.content for document in here)


def test_the_same_items_give_the_same_bytes_again(site: Site, templates: Templates) -> None:
    items = [FULL, APPEARANCE, BY_DAY]

    assert render(items, site, templates).documents == render(items, site, templates).documents


# ── Any items ────────────────────────────────────────────────────────────────────────────────────

SITE = Site(
    "Ada & Bridges", "Ada Fjordman", "https://ada.example/blog/", language="en", zone="Asia/Kathmandu"
)
# feedparser takes letters followed by one of these for UTF-8 that was read as Latin-1, and mends them.
REPAIRED = "".join(map(chr, range(0x80, 0xC0)))
lines = st.text(st.characters(exclude_characters=REPAIRED), max_size=30).map(text.line)
titles = lines.filter(bool)
words = st.text(st.sampled_from("ab <>&\"'/=;é港\u200f\n"), max_size=40) | st.text(max_size=40)
fragments = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "<a href='/x?a&b'>", "<img src=y.png>", "]]>", "&amp;", "<!--"])
    | words,
    max_size=6,
).map(lambda parts: html.sanitize("".join(parts), "https://ada.example/"))
moments = st.integers(631152000, 4102444800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@st.composite
def names(draw: st.DrawFn) -> Name:
    name = draw(titles)
    return Name(draw(st.integers(1, 9)), name, urls.slug(name))


@st.composite
def items(draw: st.DrawFn) -> Item:
    return replace(
        piece(draw(st.integers(1, 10**6))),
        kind=draw(st.sampled_from(Kind)),
        title=draw(titles),
        posted=draw(moments),
        revised=draw(moments),
        url=draw(st.none() | titles.map(lambda name: urls.absolute("https://outlet.example", name))),
        outlet=draw(st.none() | titles.map(lambda name: replace(COURIER, name=name))),
        published=draw(st.none() | moments | st.dates()),
        tags=tuple(draw(st.lists(names(), max_size=3, unique_by=lambda tag: tag.slug))),
        authors=tuple(draw(st.lists(names(), max_size=2))),
        language=draw(st.sampled_from([None, "de", "zh-Hans"])),
        picture=draw(st.none() | st.just(Picture("https://cdn.example/p.jpg?a=1&b=2", "alt", "“words”"))),
        note=draw(fragments),
        standfirst=draw(lines),
        summary=draw(lines),
        body=draw(fragments),
        role=draw(lines),
        medium=draw(lines),
        topic=draw(lines),
    )


def moment(read: struct_time) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(read), UTC)


many = st.lists(items(), max_size=4, unique_by=lambda item: item.uid)


@given(many)
@settings(max_examples=40, deadline=None)
def test_any_items_that_the_store_can_hold_make_a_feed_that_keeps_the_standard(
    templates: Templates, chosen: list[Item]
) -> None:
    rendering = render(chosen, SITE, templates)
    document = atom_of(rendering)

    assert rendering.refused == []
    assert violations(document, "https://ada.example/blog/atom.xml") == []
    assert [entry.text for entry in etree.fromstring(document).iterfind(f"{NS}entry/{NS}id")] == [
        item.uid for item in chosen
    ]


@given(many)
@example([FULL, APPEARANCE, BY_DAY])
@settings(max_examples=40, deadline=None)
def test_feed_readers_read_what_was_written(templates: Templates, chosen: list[Item]) -> None:
    read = feedparser.parse(io.BytesIO(atom_of(render(chosen, SITE, templates))))

    assert not read.bozo
    assert read.feed.id == EVERYTHING.uid
    for entry, item in zip(read.entries, chosen, strict=True):
        links = {link.rel: link.href for link in entry.links}
        page = f"https://ada.example/blog/{item.path}"
        assert entry.id == item.uid
        assert " ".join(entry.title.split()) == item.title
        assert links == ({"alternate": item.url, "related": page} if item.url else {"alternate": page})
        assert moment(entry.published_parsed) == item.posted
        assert moment(entry.updated_parsed) == item.updated
        assert [(tag.term, tag.label, tag.scheme) for tag in entry.get("tags", [])] == [
            (tag.slug, tag.name, "https://ada.example/blog/tag/") for tag in item.tags
        ]


# ── One bad item ─────────────────────────────────────────────────────────────────────────────────

NASTY = ["\x00", "\x0b", "\ud800", "\ufffe"]
FIELDS = [
    "title",
    "note",
    "body",
    "standfirst",
    "summary",
    "role",
    "medium",
    "topic",
    "language",
    "url",
    "slug",
]


def _spoilt(field: str, character: str) -> Item:
    return replace(FULL, **{field: f"a{character}b"})  # type: ignore[arg-type]


@pytest.mark.parametrize("character", NASTY, ids=ascii)
@pytest.mark.parametrize("field", ["title", "note", "body"])
def test_an_item_that_no_document_can_hold_is_named_and_the_others_stand(
    site: Site, templates: Templates, field: str, character: str
) -> None:
    rendering = render([APPEARANCE, _spoilt(field, character), BY_DAY], site, templates)
    document = atom_of(rendering)

    assert [FULL.uid in problem.thing for problem in rendering.refused] == [True]
    assert violations(document, "https://ada.example/blog/atom.xml") == []
    assert [entry.text for entry in etree.fromstring(document).iterfind(f"{NS}entry/{NS}id")] == [
        APPEARANCE.uid,
        BY_DAY.uid,
    ]


@pytest.mark.parametrize("character", NASTY, ids=ascii)
@pytest.mark.parametrize(
    "spoil",
    [
        *[pytest.param(lambda bad, field=field: {field: bad}, id=field) for field in FIELDS],
        pytest.param(lambda bad: {"tags": (Name(1, bad, "tag"),)}, id="tag"),
        pytest.param(lambda bad: {"authors": (Name(1, bad, "author"),)}, id="author"),
        pytest.param(lambda bad: {"outlet": replace(COURIER, name=bad)}, id="outlet"),
        pytest.param(lambda bad: {"picture": Picture("https://x.example/", alt=bad)}, id="picture"),
    ],
)
def test_a_bad_character_anywhere_never_breaks_a_feed(
    site: Site, templates: Templates, spoil: Callable[[str], dict[str, Any]], character: str
) -> None:
    bad = replace(FULL, kind=Kind.APPEARANCE, **spoil(f"a{character}b"))

    rendering = render([APPEARANCE, bad, BY_DAY], site, templates)

    read = [e.text for e in etree.fromstring(atom_of(rendering)).iterfind(f"{NS}entry/{NS}id")]
    assert [APPEARANCE.uid, BY_DAY.uid] == [one for one in read if one != bad.uid]
    assert (bad.uid in read) != bool(rendering.refused)


def test_an_item_without_a_title_is_named(site: Site, templates: Templates) -> None:
    rendering = render([replace(FULL, title=""), APPEARANCE], site, templates)

    assert [FULL.uid in problem.thing for problem in rendering.refused] == [True]


def test_an_item_whose_time_has_no_zone_is_named(site: Site, templates: Templates) -> None:
    somewhere = datetime(2026, 1, 1)  # noqa: DTZ001 - what must not be

    rendering = render([replace(FULL, posted=somewhere, revised=somewhere), APPEARANCE], site, templates)

    assert [FULL.uid in problem.thing for problem in rendering.refused] == [True]


@given(st.text(st.characters(exclude_categories=[]), min_size=1), st.sampled_from(["title", "note", "body"]))
@settings(max_examples=60, deadline=None)
def test_raw_text_never_breaks_a_feed(templates: Templates, raw: str, field: str) -> None:
    bad = replace(FULL, **{field: raw})  # type: ignore[arg-type]

    rendering = render([APPEARANCE, bad], SITE, templates)

    entries = etree.fromstring(atom_of(rendering)).findall(f"{NS}entry")
    assert len(entries) + len(rendering.refused) == 2
    assert entries[0].findtext(f"{NS}id") == APPEARANCE.uid
