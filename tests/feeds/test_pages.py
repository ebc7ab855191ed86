"""Pages for people: what each of them says, whatever the words are that it is given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder import shipped
from feeder.feeds import pages
from feeder.feeds.imprint import Imprint
from feeder.feeds.pages import Pages, Shown
from feeder.markup import html, text
from feeder.model import feeds
from feeder.model.feeds import Count, Document, Feed, Format, Selection, Subject
from feeder.model.items import Item, Kind, Name, Outlet, Picture, Related
from feeder.model.settings import Site
from feeder.templating import Templates
from tests.feeds.kits.html_rules import Page, faults, things, words

PUBLIC = "https://ada.example/blog/"
TAGS = [Name(1, "Häfen & <Kräne>", "häfen-kräne"), Name(2, "港口", "港口"), Name(3, "100%?#", "100")]
EVERYTHING = Feed(1, "urn:uuid:00000000-0000-5000-8000-0000000000aa", feeds.EVERYTHING, total=3)
TAGGED = Feed(2, "urn:uuid:2", Subject(Selection.TAG, TAGS[0].slug, TAGS[0].name), total=3)
HARBOUR = Feed(3, "urn:uuid:3", Subject(Selection.TAG, TAGS[1].slug, TAGS[1].name), total=3)
AUTHORED = Feed(4, "urn:uuid:4", Subject(Selection.AUTHOR, "ada-fjordman", "Ada <Fjordman>"), total=1)
APPEARANCES = Feed(5, "urn:uuid:5", Subject(Selection.KIND, "appearances", "Appearances"), total=3)
COURIER = Outlet(1, "Hanse & Kurier", "hanse-kurier", UUID(int=7, version=5).urn, "https://hanse.example/")
POSTED = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></head><body onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "\u202eright to left",
    "x" * 2000,
]


def piece(number: int, **parts: Any) -> Item:
    return replace(
        Item(
            id=number,
            uid=UUID(int=number, version=5).urn,
            source="content",
            key=f"{number}.md",
            slug=f"item-{number}",
            kind=Kind.PIECE,
            title=f"Title {number}",
            posted=POSTED - timedelta(hours=number),
            revised=POSTED + timedelta(hours=number),
            number=number,
            authors=(Name(1, "Ada <Fjordman>", "ada-fjordman"),),
            body="<p>Body with <a href='https://x.example/'>a link</a></p>".replace("'", '"'),
        ),
        **parts,
    )


def appearance(number: int, **parts: Any) -> Item:
    return piece(number, **{"kind": Kind.APPEARANCE, "body": "", **parts})


ITEMS = [
    piece(
        1,
        title="Why <b>ports</b> & “cranes” wait",
        url="https://hanse.example/kran?a=1&b=2",
        outlet=COURIER,
        published=date(2026, 10, 30),
        tags=tuple(TAGS),
        language="de",
        picture=Picture("media/kran-0a1b.png", 'Drei "Kräne"', "<Kräne>", "A & B", Path("kran.png")),
        note="<p>New piece.</p>",
        standfirst="Größere <Kräne>.",
    ),
    appearance(
        2,
        slug="港口-2",
        outlet=replace(COURIER, home=None),
        tags=(TAGS[0],),
        role="interviewed",
        medium="radio",
        topic="<cables>",
        picture=Picture("https://cdn.example/a.jpg?x=1&y=2"),
        published=POSTED - timedelta(hours=2),
    ),
    piece(3, body="", summary="In a word."),
]


class OfItems:
    """Pages as they are made of items, whose parts are rendered first."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.item, self.retired = pages.item, pages.retired

    def _shown(self, items: Sequence[Item]) -> list[Shown]:
        return [Shown(item.posted, item.published, self._pages.parts(item)) for item in items]

    def home(self, everything: Feed, items: Sequence[Item], counts: Sequence[Count]) -> Document:
        return self._pages.home(everything, self._shown(items), counts)

    def feed(self, feed: Feed, title: str, description: str, items: Sequence[Item]) -> Document:
        return self._pages.feed(feed, title, description, self._shown(items))

    def older(self, feed: Feed, title: str, number: int, items: Sequence[Item]) -> Document:
        return self._pages.older(feed, title, number, self._shown(items))


@pytest.fixture(scope="module")
def made(site: Site, templates: Templates) -> OfItems:
    return of(site, templates)


def of(site: Site, templates: Templates, *formats: Format) -> OfItems:
    return OfItems(Pages(Imprint(site, templates.speech), formats or tuple(Format), templates))


def page_of(made: OfItems, item: Item) -> Page:
    return Page(made.item(item).content)


def pages_about(made: OfItems, items: Sequence[Item], feed: Feed = TAGGED) -> dict[str, Page]:
    """Return pages of every kind that show `items`, by their paths."""
    counts = [Count(Subject(Selection.TAG, tag.slug, tag.name), 1) for tag in TAGS]
    archived = replace(feed, archives=3)
    documents = [
        made.home(EVERYTHING, items, counts),
        made.feed(archived, "Posts tagged", "About it.", items),
        *(made.older(archived, "Posts tagged", number, items) for number in (1, 2, 3)),
        made.feed(replace(APPEARANCES, archives=1), "Appearances", "", items),
        made.older(replace(APPEARANCES, archives=1), "Appearances", 1, items),
        made.retired(HARBOUR, "Posts tagged"),
        *map(made.item, items),
    ]
    return {document.path: Page(document.content) for document in documents}


def test_pages_of_every_kind_are_as_they_should_be(made: OfItems) -> None:
    found = pages_about(made, ITEMS)

    assert len(found) == 11
    assert {path: faults(page) for path, page in found.items() if faults(page)} == {}


def test_pages_without_any_item_are_as_they_should_be(made: OfItems) -> None:
    found = pages_about(made, [])

    assert {path: faults(page) for path, page in found.items() if faults(page)} == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</h1>", ""),
        ("<h1>", '<h1 onclick="x">'),
        ("<h1>", '<h1 style="color:red">'),
        ("</main>", "</main><script></script>"),
        ("</main>", "<style></style></main>"),
        ("</main>", '<p id="a"></p><p id="a"></p></main>'),
        ("</main>", '<a href="javascript:alert(1)">x</a></main>'),
        ("</main>", '<a href="/x"></a></main>'),
        ("</main>", "</main></main>"),
        ("</main>", "<input></main>"),
        ("</main>", '<section aria-labelledby="none"></section></main>'),
        ("</main>", '<p itemprop="name">x</p></main>'),
        ("</main>", '<p itemscope itemtype="https://schema.org/Unheard"></p></main>'),
        ("</main>", "</main><nav></nav>"),
        ("</h1>", "</h1><h3>x</h3>"),
        ("</h1>", "</h1><h2></h2>"),
        (' lang="en"', ""),
        (' dir="ltr"', ""),
        (">T<", "><"),
        ("</h1>", "</h1><h1>x</h1>"),
        ("</h1>", '</h1><img src="/x">'),
        ("</title>", '</title><link rel="stylesheet" href="https://x.example/x.css">'),
        ("<footer></footer>", ""),
        ("<!DOCTYPE html>", ""),
    ],
)
def test_the_rules_find_what_is_wrong(old: str, new: str) -> None:
    good = (
        '<!DOCTYPE html><html lang="en" dir="ltr"><head><title>T</title></head>'
        "<body><header></header><main><h1>H</h1></main><footer></footer></body></html>"
    )
    assert faults(Page(good)) == []

    assert old in good
    assert faults(Page(good.replace(old, new))) != []


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_shows_names_as_they_are_written(made: OfItems) -> None:
    page = page_of(made, ITEMS[0])

    assert words(page.one("h1")) == "Why <b>ports</b> & “cranes” wait"
    image = page.one("img")
    assert (image.get("src"), image.get("alt")) == ("../../media/kran-0a1b.png", 'Drei "Kräne"')
    assert "Größere <Kräne>." in [words(each) for each in page.all("p")]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda words: words[:12])
def test_hostile_words_stay_words(site: Site, hostile: str) -> None:
    spoilt = replace(site, title=hostile, author=hostile, description=hostile)
    made = of(spoilt, Templates([shipped.templates()], spoilt))
    name = Name(1, hostile, TAGS[0].slug)
    item = replace(
        ITEMS[1],
        title=hostile,
        outlet=replace(COURIER, name=hostile),
        tags=(name,),
        authors=(name,),
        role=hostile,
        medium=hostile,
        topic=hostile,
        standfirst=hostile,
        summary=hostile,
        corrected=POSTED,
        correction=hostile,
        picture=Picture("https://x.example/p.png", hostile, hostile, hostile),
        related=(Related(Kind.PIECE, hostile, "a", None, None, hostile),),
    )

    for path, page in pages_about(made, [item]).items():
        assert faults(page) == [], path
        assert text.line(hostile) in words(page.one("title")), path


@given(st.text(max_size=40).map(text.line).filter(bool), st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_title_and_any_sanitized_body_make_a_page(made: OfItems, title: str, raw: str) -> None:
    body = html.sanitize(f"<p>{raw}</p>", PUBLIC)
    page = page_of(made, replace(ITEMS[0], title=title, body=body, note=body))

    assert page.problem == ""
    assert len(page.all("h1")) == 1
    assert words(page.one("h1")) == " ".join(title.split())


def test_headings_of_the_author_stand_below_those_of_the_page(made: OfItems) -> None:
    raw = "<h1>First</h1><p>a</p><h4>Within</h4><p>b</p><h1>Second</h1><img src='https://x.example/y.png'>"
    item = replace(ITEMS[0], body=html.sanitize(raw, PUBLIC), note=html.sanitize(raw, PUBLIC))

    page = page_of(made, item)

    assert faults(page) == []
    assert [words(each) for each in page.all("h2") if words(each) in {"First", "Second"}] == [
        "First",
        "Second",
    ]
    assert [words(each) for each in page.all("h3")] == ["First", "Second", "Within"]
    assert faults(Page(made.feed(TAGGED, "T", "", [item]).content)) == []


@pytest.mark.parametrize(
    ("language", "expected"), [("de", ("de", "ltr")), ("ar", ("ar", "rtl")), (None, (None, "auto"))]
)
def test_the_words_of_an_author_tell_their_language_and_direction(
    made: OfItems, language: str | None, expected: tuple[str | None, str]
) -> None:
    page = page_of(made, replace(ITEMS[0], language=language))

    told = [
        page.one("h1"),
        *page.with_class("note"),
        *page.with_class("prose"),
        *page.with_class("standfirst"),
    ]
    assert len(told) == 4
    assert {(each.get("lang"), each.get("dir")) for each in told} == {expected}


def test_a_site_in_a_language_written_from_right_to_left_runs_so(site: Site) -> None:
    hebrew = replace(site, language="he")

    page = page_of(of(hebrew, Templates([shipped.templates()], hebrew)), ITEMS[0])

    assert page.one("html").attrib == {"lang": "he", "dir": "rtl"}


# ── Items ────────────────────────────────────────────────────────────────────────────────────────


def test_a_piece_tells_machines_what_it_is(made: OfItems) -> None:
    (told,) = [thing for thing in things(page_of(made, ITEMS[0])) if thing["@type"] == ["Article"]]

    assert told["headline"] == ["Why <b>ports</b> & “cranes” wait"]
    assert told["author"] == ["Ada <Fjordman>"]
    assert told["publisher"] == ["Hanse & Kurier"]
    assert told["datePublished"] == ["2026-10-30"]
    assert told["dateModified"] == ["2026-11-03T10:30:00Z"]
    assert told["inLanguage"] == ["de"]
    assert told["keywords"] == ["Häfen & <Kräne>", "港口", "100%?#"]
    assert told["image"] == ["../../media/kran-0a1b.png"]
    assert told["sameAs"] == ["https://hanse.example/kran?a=1&b=2"]
    assert told["url"] == [PUBLIC + "item/item-1/"]
    people = [thing for thing in things(page_of(made, ITEMS[0])) if thing["@type"] == ["Person"]]
    assert people == [
        {"@type": ["Person"], "url": ["../../author/ada-fjordman/"], "name": ["Ada <Fjordman>"]}
    ]


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("interviewed", "contributor"),
        ("talk", "contributor"),
        ("panel", "contributor"),
        ("", "contributor"),
        ("quoted", "mentions"),
        ("translated", "author"),
        ("republished", "author"),
    ],
)
def test_an_appearance_tells_machines_what_the_author_does_in_it(made: OfItems, role: str, part: str) -> None:
    (told,) = [
        thing
        for thing in things(page_of(made, replace(ITEMS[1], role=role)))
        if thing["@type"] == ["CreativeWork"]
    ]

    parts = {name: told[name] for name in ("author", "contributor", "mentions") if name in told}
    assert parts == {part: ["Ada <Fjordman>"]}
    assert told["about"] == ["<cables>"]
    assert told["datePublished"] == ["2026-11-03T07:30:00Z"]


def test_a_piece_of_unknown_date_was_published_when_it_was_posted(made: OfItems) -> None:
    (told,) = [thing for thing in things(page_of(made, ITEMS[2])) if thing["@type"] == ["Article"]]

    assert told["datePublished"] == ["2026-11-03T06:30:00Z"]


def test_an_item_names_the_feed_of_each_of_its_subjects(made: OfItems) -> None:
    page = page_of(made, ITEMS[0])

    assert {link["type"] for link in page.rel("alternate")} == {"application/atom+xml"}
    assert [unquote(link) for link in page.feeds] == [
        "../../kind/pieces/atom.xml",
        "../../tag/häfen-kräne/atom.xml",
        "../../tag/港口/atom.xml",
        "../../tag/100/atom.xml",
        "../../author/ada-fjordman/atom.xml",
        "../../outlet/hanse-kurier/atom.xml",
        "../../language/de/atom.xml",
        "../../atom.xml",
    ]


def test_a_correction_is_told_with_its_day(made: OfItems) -> None:
    (told,) = page_of(made, replace(ITEMS[0], corrected=POSTED, correction="It is < 2.")).with_class(
        "correction"
    )
    (bare,) = page_of(made, replace(ITEMS[0], corrected=POSTED)).with_class("correction")

    assert words(told) == "Corrected on 3 November 2026: It is < 2."
    assert words(bare) == "Corrected on 3 November 2026"
    assert page_of(made, ITEMS[0]).with_class("correction") == []


def test_what_belongs_to_an_item_is_linked(made: OfItems) -> None:
    told = (
        Related(Kind.APPEARANCE, "码头", "matou", "https://m.example/", "zh", "translated"),
        Related(Kind.APPEARANCE, "On air", "on-air", None, None, ""),
    )

    (section,) = page_of(made, replace(ITEMS[0], related=told)).with_class("related")

    first, second = section.iter("a")
    assert (first.get("href"), first.get("hreflang"), first.get("lang")) == ("../../item/matou/", "zh", "zh")
    assert (second.get("href"), second.get("hreflang")) == ("../../item/on-air/", None)
    assert "Translated" in words(section)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("formats", "files"),
    [
        ((Format.ATOM, Format.RSS, Format.JSON), ["atom.xml", "rss.xml", "feed.json"]),
        ((Format.ATOM, Format.JSON), ["atom.xml", "feed.json"]),
        ((Format.ATOM,), ["atom.xml"]),
    ],
)
def test_a_feed_is_offered_in_the_formats_that_there_are(
    site: Site, templates: Templates, formats: tuple[Format, ...], files: list[str]
) -> None:
    feed = replace(TAGGED, archives=1)
    made = of(site, templates, *formats)
    latest = Page(made.feed(feed, "T", "", ITEMS).content)
    older = Page(made.older(feed, "T", 1, ITEMS).content)
    home = Page(made.home(EVERYTHING, ITEMS, []).content)

    folder = "tag/häfen-kräne/"
    assert [unquote(link) for link in latest.feeds] == [f"../../{folder}{file}" for file in files] + [
        "../../atom.xml"
    ]
    assert [unquote(link) for link in older.feeds] == [f"../../../../{folder}{file}" for file in files] + [
        "../../../../atom.xml"
    ]
    assert sorted(home.feeds) == sorted(files)
    for page, up in ((latest, f"../../{folder}"), (home, "")):
        offered = [unquote(link) for link in page.links if urlsplit(link).path.endswith((".xml", ".json"))]
        assert {f"{up}{file}" for file in files} <= set(offered)
        assert {link.rpartition("/")[2] for link in offered} == set(files)


def test_the_address_to_copy_is_the_public_one(made: OfItems) -> None:
    field = Page(made.feed(HARBOUR, "T", "", ITEMS).content).with_id("address")

    assert field.tag == "input"
    assert field.get("readonly") is not None
    address = field.get("value", "")
    assert address.isascii()
    assert unquote(address) == f"{PUBLIC}tag/港口/atom.xml"


def test_readers_on_the_web_get_the_whole_address(made: OfItems) -> None:
    page = Page(made.feed(HARBOUR, "T", "", ITEMS).content)
    address = page.with_id("address").get("value", "")

    assert f"feed:{address}" in page.links
    feedly, inoreader, newsblur, old = [
        next(link for link in page.links if urlsplit(link).hostname == host)
        for host in ("feedly.com", "www.inoreader.com", "www.newsblur.com", "theoldreader.com")
    ]
    assert unquote(urlsplit(feedly).path.removeprefix("/i/subscription/")) == f"feed/{address}"
    assert "/" not in urlsplit(feedly).path.removeprefix("/i/subscription/")
    assert parse_qs(urlsplit(inoreader).query) == {"add_feed": [address]}
    assert parse_qs(urlsplit(newsblur).query) == {"url": [address]}
    assert parse_qs(urlsplit(old).query) == {"url": [address]}


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("ada+blog@ada.example", "mailto:ada+blog@ada.example?"),
        ("a&b?=c@ada.example", "mailto:a%26b%3F%3Dc@ada.example?"),
    ],
)
def test_a_mail_asks_for_the_digest_by_name(site: Site, contact: str, expected: str) -> None:
    reachable = replace(site, contact=contact)
    made = of(reachable, Templates([shipped.templates()], reachable))

    page = Page(made.feed(TAGGED, "Ports & “cranes”, 100%?", "", ITEMS).content)

    (link,) = [link for link in page.links if link.startswith("mailto:")]
    assert link.startswith(expected)
    assert parse_qs(urlsplit(link).query) == {
        "subject": ["Please send me the digest: Ports & “cranes”, 100%?"]
    }


@pytest.mark.parametrize("contact", ["", "https://ada.example/@ada"])
def test_without_a_mail_address_no_mail_is_offered(site: Site, contact: str) -> None:
    unreachable = replace(site, contact=contact)
    made = of(unreachable, Templates([shipped.templates()], unreachable))

    page = Page(made.feed(TAGGED, "T", "", ITEMS).content)

    assert [link for link in page.links if link.startswith("mailto:")] == []
    assert "e-mail" not in words(page.with_class("follow")[0])


def test_the_page_of_an_author_is_about_a_person(made: OfItems) -> None:
    page = Page(made.feed(AUTHORED, "Posts by Ada", "", []).content)

    assert things(page) == [
        {"@type": ["Person"], "name": ["Ada <Fjordman>"], "url": [f"{PUBLIC}author/ada-fjordman/"]}
    ]


def test_a_page_tells_its_public_address(made: OfItems) -> None:
    told = {path: page.rel("canonical") for path, page in pages_about(made, ITEMS).items()}

    assert told.pop("tag/港口/index.html") == []  # it is gone
    for path, canonical in told.items():
        (link,) = canonical
        assert unquote(link["href"]) == PUBLIC + path.removesuffix("index.html")
        assert link["href"].isascii()


def test_older_pages_lead_on_and_back(made: OfItems) -> None:
    feed = replace(TAGGED, archives=3)

    def ways(page: Page) -> tuple[list[str], list[str]]:
        older, newer = ([unquote(link["href"]) for link in page.rel(rel, "a")] for rel in ("prev", "next"))
        return older, newer

    folder = "../../../../tag/häfen-kräne/"
    assert ways(Page(made.feed(feed, "T", "", ITEMS).content)) == (["../../tag/häfen-kräne/page/3/"], [])
    assert ways(Page(made.older(feed, "T", 3, ITEMS).content)) == ([f"{folder}page/2/"], [folder])
    assert ways(Page(made.older(feed, "T", 2, ITEMS).content)) == ([f"{folder}page/1/"], [f"{folder}page/3/"])
    assert ways(Page(made.older(feed, "T", 1, ITEMS).content)) == ([], [f"{folder}page/2/"])


def test_a_page_in_the_middle_stays_as_it_is_when_newer_ones_come(made: OfItems) -> None:
    before, after = replace(TAGGED, archives=3, total=9), replace(TAGGED, archives=8, total=99)

    assert made.older(before, "T", 2, ITEMS) == made.older(after, "T", 2, ITEMS)


# ── Appearances ──────────────────────────────────────────────────────────────────────────────────

PIECE = Related(Kind.PIECE, "Why ports wait", "why-ports-wait", "https://x.example/", "de", "")
YEARS = [
    appearance(1, title="New year in Berlin", published=datetime(2025, 12, 31, 23, 30, tzinfo=UTC)),
    appearance(2, title="Printed long ago", published=date(2024, 5, 6), outlet=COURIER, role="quoted"),
    appearance(3, title="Of unknown date", language="fr", medium="radio", related=(PIECE,)),
    appearance(4, title="Later that year", published=date(2024, 8, 1), url="https://x.example/later"),
]


def by_year(page: Page) -> dict[str, list[str]]:
    return {
        words(next(section.iter("h3"))): [words(next(row.iter("a"))) for row in section.iter("li")]
        for section in page.with_class("year")
    }


@pytest.mark.parametrize("older", [False, True], ids=["latest", "older"])
def test_appearances_are_listed_by_the_year_in_which_they_appeared(made: OfItems, older: bool) -> None:
    feed = replace(APPEARANCES, archives=1)
    document = made.older(feed, "A", 1, YEARS) if older else made.feed(feed, "A", "", YEARS)

    assert list(by_year(Page(document.content)).items()) == [
        ("2026", ["Of unknown date", "New year in Berlin"]),  # it is 2026 where the site is
        ("2024", ["Later that year", "Printed long ago"]),
    ]


def test_a_line_tells_where_an_appearance_was_and_what_it_belongs_to(made: OfItems) -> None:
    page = Page(made.feed(APPEARANCES, "A", "", YEARS).content)

    rows = {words(next(row.iter("a"))): row for row in page.with_class("row")}
    assert words(rows["Printed long ago"]) == "6 May 2024 Printed long ago Hanse & Kurier Quoted"
    assert words(rows["Of unknown date"]) == (
        "3 November 2026 Of unknown date Radio French With the piece Why ports wait"
    )
    links = [link.get("href") for link in rows["Of unknown date"].iter("a")]
    assert links == ["../../item/item-3/", "../../item/why-ports-wait/"]
    links = [link.get("href") for link in rows["Later that year"].iter("a")]
    assert links == ["https://x.example/later", "../../item/item-4/"]


# ── Home ─────────────────────────────────────────────────────────────────────────────────────────


def counted(selection: Selection, many: int) -> list[Count]:
    return [
        Count(Subject(selection, f"n-{number}", f"Name {number}"), number) for number in range(1, many + 1)
    ]


def test_the_home_page_shows_the_newest_with_their_texts_and_names_the_others(made: OfItems) -> None:
    many = [piece(number) for number in range(1, 31)]

    page = Page(made.home(EVERYTHING, many, []).content)

    shown = [words(next(entry.iter("h3"))) for entry in page.with_class("entry")]
    named = [words(next(row.iter("a"))) for row in page.with_class("row")]
    assert len(shown) == 12
    assert shown + named == [item.title for item in many]
    assert faults(page) == []


def test_the_home_page_groups_all_feeds(made: OfItems) -> None:
    counts = [count for selection in list(Selection)[1:] for count in counted(selection, 3)]

    page = Page(made.home(EVERYTHING, ITEMS, counts).content)

    (section,) = page.with_class("feeds")
    assert [words(each) for each in section.iter("h3")] == [
        "Subjects",
        "Outlets",
        "Authors",
        "Kinds",
        "Languages",
        "Selections",
    ]
    links = [link.get("href") for link in section.iter("a")]
    assert links == ["feeds.opml", *(count.path for count in counts)]
    assert faults(page) == []


def test_of_many_feeds_the_largest_come_first_and_the_others_are_folded_away(made: OfItems) -> None:
    page = Page(made.home(EVERYTHING, ITEMS, counted(Selection.TAG, 300)).content)

    (section,) = page.with_class("feeds")
    first, all_names = section.iter("ul")
    assert [words(each) for each in first.iter("a")] == [f"Name {number}" for number in range(300, 276, -1)]
    assert len(list(all_names)) == 300
    assert next(page.above(all_names)).tag == "details"
    assert faults(page) == []


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────


def test_the_page_that_asks_has_one_form_with_one_button(templates: Templates) -> None:
    page = Page(pages.served(templates, "unsubscribe", "../"))

    assert faults(page) == []
    assert page.attributes("form") == [{"method": "post"}]
    assert len(page.all("button")) == 1
    assert page.all("input") == []


def test_the_farewell_lets_one_come_back_and_asks_nothing_more(templates: Templates) -> None:
    page = Page(pages.served(templates, "left", "../"))

    assert faults(page) == []
    assert page.attributes("form") == [{"method": "post"}]
    assert [button.get("value") for button in page.all("button")] == ["return"]


def test_pages_behind_a_secret_are_kept_from_robots(templates: Templates) -> None:
    for page in (
        Page(pages.served(templates, "unsubscribe", "../")),
        Page(pages.served(templates, "left", "../")),
    ):
        assert {"name": "robots", "content": "noindex"} in page.attributes("meta")
