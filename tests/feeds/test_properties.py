"""Whatever an item holds, its feeds are legal documents, and say what it says."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder.markup import html, text, urls
from feeder.model.appearances import Role
from feeder.model.feeds import Tombstone
from feeder.model.items import Item, Kind, Name, Picture, Related
from feeder.model.settings import Site
from tests.feeds.kits import atom_rules, json_rules, reading, rss_rules
from tests.feeds.kits.samples import APPEARANCE, BY_DAY, COURIER, FULL, SAMPLES, Made, Press, piece, uid

PUBLIC = "https://ada.example/blog/"
PRESS = Press(
    Site("Ada & Bridges", "Ada Fjordman", PUBLIC, language="en", zone="Asia/Kathmandu"),
    hubs=("https://hub.example/",),
)

# ── Items as the store holds them ────────────────────────────────────────────────────────────────

# feedparser takes letters followed by one of these for UTF-8 that was read as Latin-1, and mends them.
REPAIRED = "".join(map(chr, range(0x80, 0xC0)))
lines = st.text(st.characters(exclude_characters=REPAIRED), max_size=30).map(text.line)
titles = lines.filter(bool)
words = st.text(st.sampled_from("ab <>&\"'/=;é港\u200f\n"), max_size=40) | st.text(max_size=40)
fragments = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "<a href='/x?a&b'>", "<img src=y.png>", "]]>", "&amp;", "<!--"])
    | words,
    max_size=6,
).map(lambda parts: html.sanitize("".join(parts), PUBLIC))
moments = st.integers(631152000, 4102444800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
tags = st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}", fullmatch=True)
# People paste addresses with marks in them that none may hold; the store keeps those escaped.
addresses = (
    st.builds(
        lambda scheme, host, rest: f"{scheme}://{host}/{rest}",
        st.sampled_from(["http", "https", "HTTPS"]),
        st.sampled_from(["outlet.example", "häfen.example", "港.example:8080", "[2001:db8::1]", "127.0.0.1"]),
        st.text(st.sampled_from("/?#&=;+,:!$'()*~._-a1é港%[]\"<>{}|^`"), max_size=30),
    )
    .filter(urls.is_web)
    .map(urls.legal)
)


@st.composite
def names(draw: st.DrawFn) -> Name:
    name = draw(titles)
    return Name(draw(st.integers(1, 9)), name, urls.slug(name))


related = st.builds(
    Related, st.sampled_from(Kind), titles, titles.map(urls.slug), st.none() | addresses, st.none() | tags,
    st.sampled_from([*Role, ""]),
)  # fmt: skip
pictures = st.builds(Picture, addresses, lines, lines, lines)


@st.composite
def items(draw: st.DrawFn) -> Item:
    return replace(
        piece(draw(st.integers(1, 10**6))),
        slug=urls.slug(draw(lines)),
        kind=draw(st.sampled_from(Kind)),
        title=draw(titles),
        posted=draw(moments),
        revised=draw(moments),
        url=draw(st.none() | addresses),
        outlet=draw(
            st.none()
            | st.builds(
                lambda name, home: replace(COURIER, name=name, home=home), titles, st.none() | addresses
            )
        ),
        published=draw(st.none() | moments | st.dates()),
        tags=tuple(draw(st.lists(names(), max_size=3, unique_by=lambda tag: tag.slug))),
        authors=tuple(draw(st.lists(names(), max_size=2))),
        language=draw(st.none() | tags),
        picture=draw(st.none() | pictures),
        note=draw(fragments),
        standfirst=draw(lines),
        summary=draw(lines),
        body=draw(fragments),
        role=draw(lines),
        medium=draw(lines),
        topic=draw(lines),
        corrected=draw(st.none() | moments),
        correction=draw(lines),
        related=tuple(draw(st.lists(related, max_size=3))),
    )


many = st.lists(items(), max_size=4, unique_by=lambda item: item.uid)
stones = st.lists(
    st.builds(lambda number, at: Tombstone(uid(number), at), st.integers(10**7, 10**8), moments),
    max_size=3,
    unique_by=lambda stone: stone.uid,
)


def violations(made: Made) -> list[str]:
    return [
        *atom_rules.violations(made.atom, f"{PUBLIC}atom.xml"),
        *rss_rules.violations(made.rss, f"{PUBLIC}rss.xml"),
        *json_rules.violations(made.json, f"{PUBLIC}feed.json"),
    ]


def ids(made: Made) -> list[list[str]]:
    """Return the ids of the items in each format."""
    return [atom_rules.entry_ids(made.atom), rss_rules.entry_ids(made.rss), json_rules.entry_ids(made.json)]


@given(many, stones)
@example(list(SAMPLES), [])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_items_that_the_store_can_hold_make_legal_feeds(
    chosen: list[Item], buried: list[Tombstone]
) -> None:
    made = PRESS.live(chosen, tombstones=buried)

    assert made.refused == []
    assert violations(made) == []
    assert ids(made) == [[item.uid for item in chosen]] * 3


@given(many)
@example(list(SAMPLES))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_feed_readers_read_the_same_in_all_formats(chosen: list[Item]) -> None:
    # What looks like a mail address in a name, feedparser takes out of it in RSS.
    assume(not any("@" in author.name for item in chosen for author in item.authors))
    made = PRESS.live(chosen)

    read = reading.xml(made.atom)

    assert read == reading.xml(made.rss) == reading.json_feed(made.json)
    for told, item in zip(read.items, chosen, strict=True):
        assert (told.id, told.title, told.published) == (item.uid, item.title, item.posted)
        assert told.updated == item.updated
        assert told.link == (item.url or urls.absolute(PUBLIC, item.path))
        assert told.language == (item.language or "")


@given(items())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_texts_stand_in_all_formats_as_they_are(item: Item) -> None:
    made = PRESS.live([item])
    entry = _first(made.atom, "{*}entry")
    rss = _first(made.rss, "channel/item")
    (told,) = json.loads(made.json)["items"]

    assert entry.findtext("{*}title") == rss.findtext("title") == told["title"] == item.title
    assert entry.findtext("{*}content") == rss.findtext("{*}encoded") == told["content_html"]
    for part in (item.note, item.body):
        assert part in told["content_html"]
    names = [name.text for name in entry.findall("{*}author/{*}name")]
    assert names[: len(item.authors)] == [author.name for author in item.authors]
    assert names == [name.text for name in rss.findall("{*}creator")]
    assert names == [author["name"] for author in told.get("authors", [])]
    categories = [made.get("label") for made in entry.findall("{*}category")]
    assert categories == [made.text for made in rss.findall("category")]
    assert categories[: len(item.tags)] == [tag.name for tag in item.tags] == told.get("tags", [])


@given(items(), items())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_entry_depends_on_no_other(one: Item, other: Item) -> None:
    alone = etree.tostring(_first(PRESS.live([one]).atom, "{*}entry"), method="c14n")
    beside = etree.tostring(
        _first(PRESS.live([one, replace(other, id=one.id + 1)]).atom, "{*}entry"), method="c14n"
    )

    assert alone.strip() == beside.strip()


def _first(document: bytes, path: str) -> etree._Element:
    found = etree.fromstring(document).find(path)
    assert found is not None
    return found


# ── Items as no store should hold them ───────────────────────────────────────────────────────────

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


def others_stand(made: Made, bad: Item, others: Sequence[Item]) -> None:
    """Check that a bad item is left out and named or stands, and that all others do stand, in every format."""
    for read in ids(made):
        assert [one for one in read if one != bad.uid] == [item.uid for item in others]
        assert (bad.uid in read) != bool(made.refused)
    assert all(bad.uid in problem.thing for problem in made.refused)


@pytest.mark.parametrize("character", NASTY, ids=ascii)
@pytest.mark.parametrize("field", ["title", "note", "body"])
def test_an_item_that_no_document_can_hold_is_named_and_the_others_stand(field: str, character: str) -> None:
    bad: dict[str, Any] = {field: f"a{character}b"}

    made = PRESS.live([APPEARANCE, replace(FULL, **bad), BY_DAY])

    assert [FULL.uid in problem.thing for problem in made.refused] == [True]
    others_stand(made, FULL, [APPEARANCE, BY_DAY])
    assert violations(made) == []


@pytest.mark.parametrize("character", NASTY, ids=ascii)
@pytest.mark.parametrize(
    "spoil",
    [
        *[pytest.param(lambda bad, field=field: {field: bad}, id=field) for field in FIELDS],
        pytest.param(lambda bad: {"tags": (Name(1, bad, "tag"),)}, id="tag"),
        pytest.param(lambda bad: {"authors": (Name(1, bad, "author"),)}, id="author"),
        pytest.param(lambda bad: {"outlet": replace(COURIER, name=bad)}, id="outlet"),
        pytest.param(lambda bad: {"picture": Picture("https://x.example/", alt=bad)}, id="picture"),
        pytest.param(lambda bad: {"correction": bad}, id="correction"),
        pytest.param(
            lambda bad: {"related": (Related(Kind.PIECE, bad, "s", None, None, ""),)},
            id="title of a related item",
        ),
    ],
)
def test_a_bad_character_anywhere_never_breaks_a_feed(spoil: Any, character: str) -> None:
    bad = replace(FULL, kind=Kind.APPEARANCE, **spoil(f"a{character}b"))

    others_stand(PRESS.live([APPEARANCE, bad, BY_DAY]), bad, [APPEARANCE, BY_DAY])


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"posted": datetime(2026, 1, 1), "revised": datetime(2026, 1, 1)},  # noqa: DTZ001 - what must not be
        {"uid": ""},
    ],
    ids=["no title", "no zone", "no id"],
)
def test_an_item_that_lacks_what_it_must_have_is_left_out(wrong: dict[str, Any]) -> None:
    made = PRESS.live([replace(FULL, **wrong), APPEARANCE])

    assert len(made.refused) == 1
    assert ids(made) == [[APPEARANCE.uid]] * 3


anything = st.text(st.characters(exclude_categories=[]))


@given(raw=anything, field=st.sampled_from(FIELDS))
@settings(max_examples=80, deadline=None)
def test_raw_text_never_breaks_a_feed(raw: str, field: str) -> None:
    bad: dict[str, Any] = {field: raw}

    others_stand(PRESS.live([APPEARANCE, replace(FULL, **bad)]), FULL, [APPEARANCE])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=60, deadline=None)
def test_a_raw_title_that_stands_stands_as_it_is(raw: str) -> None:
    made = PRESS.live([replace(FULL, title=raw)])

    if not made.refused:
        assert etree.fromstring(made.atom).findtext("{*}entry/{*}title") == raw
        assert etree.fromstring(made.rss).findtext("channel/item/title") == raw
        assert json.loads(made.json)["items"][0]["title"] == raw


@given(st.dates(date(1, 1, 1), date(9999, 12, 30)), st.integers(0, 86_399))
@settings(max_examples=40, deadline=None)
def test_dates_of_any_century_are_legal(day: date, second: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)

    made = PRESS.live([piece(1, posted=moment, revised=moment, published=moment)])

    assert made.refused == []
    assert violations(made) == []
