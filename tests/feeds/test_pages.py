"""Pages for people: well-formed, linked to each other and to the feeds, without anything that acts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder import feeds, shipped
from feeder.feeds import Listing, pages
from feeder.markup import html, text
from feeder.model.feeds import Feed, Selection, TagCount
from feeder.model.items import Item, Kind, Name, Outlet, Picture
from feeder.model.settings import Site
from feeder.templating import Templates

PUBLIC = "https://ada.example/blog/"
EVERYTHING = Feed(1, "urn:uuid:00000000-0000-5000-8000-0000000000aa", Selection.EVERYTHING)
TAGS = [Name(1, "Häfen & <Kräne>", "häfen-kräne"), Name(2, "港口", "港口"), Name(3, "100%?#", "100")]
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
    piece(
        2,
        kind=Kind.APPEARANCE,
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


@dataclass
class Page(HTMLParser):
    """What a page holds, and how it breaks the rules of HTML."""

    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    VOID = frozenset({"meta", "link", "img", "br", "hr", "wbr", "input", "col"})

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"{tag} has an attribute twice")
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "p" and "p" in self._open:
            self.problems.append("p in p")
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes another element")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]

    def close(self) -> None:
        super().close()
        self.problems += [f"<{tag}> is not closed" for tag in self._open]


def parse(content: bytes | str) -> Page:
    page = Page()
    page.feed(content if isinstance(content, str) else content.decode())
    page.close()
    return page


def faults(page: Page) -> list[str]:
    """Hold a page against what every page promises."""
    found = list(page.problems)
    ids = Counter(attributes["id"] for _, attributes in page.found if "id" in attributes)
    found += [f"id {id_} stands {times} times" for id_, times in ids.items() if times > 1]
    for tag, count in (("h1", 1), ("title", 1), ("main", 1), ("html", 1), ("body", 1), ("script", 0)):
        if len(page.all(tag)) != count:
            found.append(f"{len(page.all(tag))} of {tag}")
    if not page.all("html")[0].get("lang") or not page.texts.get("title", "").strip():
        found.append("no language, or no title")
    for tag, attributes in page.found:
        found += [f"{tag} has {name}" for name in attributes if name.startswith("on") or name == "style"]
        labelled = attributes.get("aria-labelledby")
        if labelled and labelled not in ids:
            found.append(f"nothing has the id {labelled}")
        for name in ("href", "src"):
            if urlsplit(attributes.get(name, "")).scheme not in {"", "http", "https", "mailto"}:
                found.append(f"{tag} leads to {attributes[name]}")
    found += ["img without alt" for image in page.all("img") if "alt" not in image]
    return found


@pytest.fixture(scope="module")
def tree(site: Site, templates: Templates) -> dict[str, bytes]:
    """All documents of a small site, by path."""
    return published(ITEMS, site, templates)


def published(items: Sequence[Item], site: Site, templates: Templates) -> dict[str, bytes]:
    counts = [TagCount(tag.name, tag.slug, 1) for tag in TAGS]
    tagged = [Feed(10 + tag.id, "urn:uuid:1", Selection.TAG, tag.slug, tag.name) for tag in TAGS]
    listings = [Listing(replace(EVERYTHING, total=len(items) + 1), items, counts)]
    listings += [Listing(replace(feed, total=1), items[:1]) for feed in tagged]
    documents = [made for listing in listings for made in feeds.render(listing, site, templates).documents]
    documents += [feeds.item_page(item, EVERYTHING, templates) for item in items]
    tree = {document.path: document.content for document in documents}
    tree |= {f"assets/{name}": content for name, content in templates.assets().items()}
    return tree | {item.picture.src: b"" for item in items if item.picture and item.picture.file}


def pages_of(tree: dict[str, bytes]) -> dict[str, Page]:
    return {path: parse(content) for path, content in tree.items() if path.endswith(".html")}


def test_every_page_is_well_formed_and_holds_nothing_that_acts(tree: dict[str, bytes]) -> None:
    assert {path: faults(page) for path, page in pages_of(tree).items() if faults(page)} == {}


def test_the_checks_find_what_is_wrong() -> None:
    good = '<html lang="en"><head><title>T</title></head><body><main><h1>H</h1></main></body></html>'
    assert faults(parse(good)) == []

    for old, new in [
        ("</h1>", ""),
        ("<h1>", '<h1 onclick="x">'),
        ("<h1>", '<h1 style="color:red">'),
        ("</main>", "</main><script></script>"),
        ("</main>", '<p id="a"></p><p id="a"></p></main>'),
        ("</main>", '<a href="javascript:alert(1)">x</a></main>'),
        ("</main>", "</main></main>"),
        (' lang="en"', ""),
        (">T<", "><"),
        ("</h1>", "</h1><h1></h1>"),
        ("</h1>", '</h1><img src="/x">'),
    ]:
        assert faults(parse(good.replace(old, new))) != [], (old, new)


def test_all_relative_links_lead_to_something_in_the_tree(tree: dict[str, bytes]) -> None:
    parsed = pages_of(tree)
    targets = {
        (path, attributes[name])
        for path, page in parsed.items()
        for _, attributes in page.found
        for name in ("href", "src")
        if name in attributes and not urlsplit(attributes[name]).scheme
    }
    assert len(targets) > 20

    for path, link in targets:
        whole = urlsplit(urljoin(f"http://x/deep/{path}", link))
        assert whole.path.startswith("/deep/"), (path, link)
        place = unquote(whole.path.removeprefix("/deep/"))
        place += "index.html" if place == "" or place.endswith("/") else ""
        assert place in tree, (path, link)
        ids = {attributes.get("id") for _, attributes in parsed[place].found} if whole.fragment else {""}
        assert whole.fragment in ids, (path, link)


@pytest.mark.parametrize("path", ["index.html", "tag/häfen-kräne/index.html", "tag/港口/index.html"])
def test_the_first_feed_that_a_page_names_is_its_own(tree: dict[str, bytes], path: str) -> None:
    links = [link for link in parse(tree[path]).all("link") if link["rel"] == "alternate"]

    assert {link["type"] for link in links} == {"application/atom+xml"}
    assert unquote(urljoin(f"http://x/{path}", links[0]["href"])) == f"http://x/{path}".replace(
        "index.html", "atom.xml"
    )
    assert all(link["title"] for link in links)


def test_a_page_tells_its_public_address(tree: dict[str, bytes]) -> None:
    for path in ("index.html", "tag/häfen-kräne/index.html", "item/港口-2/index.html"):
        (canonical,) = [link for link in parse(tree[path]).all("link") if link["rel"] == "canonical"]
        assert unquote(canonical["href"]) == PUBLIC + path.removesuffix("index.html")
        assert canonical["href"].isascii()


def test_a_page_shows_names_as_they_are_written(tree: dict[str, bytes]) -> None:
    page = parse(tree["item/item-1/index.html"])

    assert "Why <b>ports</b> & “cranes” wait" in page.texts["h1"]
    assert page.all("img")[0] == {"src": "../../media/kran-0a1b.png", "alt": 'Drei "Kräne"'}
    assert "Größere <Kräne>." in page.texts["p"]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda words: words[:12])
def test_hostile_words_stay_words(site: Site, hostile: str) -> None:
    spoilt = replace(site, title=hostile, author=hostile, description=hostile)
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
        picture=Picture("https://x.example/p.png", hostile, hostile, hostile),
    )
    tree = published([item], spoilt, Templates([shipped.templates()], spoilt))

    for path, page in pages_of(tree).items():
        assert faults(page) == [], path
        assert hostile in page.texts["title"] or path.startswith("tag/")


@given(st.text(max_size=40).map(text.line).filter(bool), st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_title_and_any_sanitized_body_make_a_page(templates: Templates, title: str, raw: str) -> None:
    item = replace(ITEMS[0], title=title, body=html.sanitize(f"<p>{raw}</p>", PUBLIC), note="")

    page = parse(feeds.item_page(item, EVERYTHING, templates).content)

    assert [fault for fault in faults(page) if "h1" not in fault] == []
    assert title in page.texts["h1"]


def test_the_page_that_asks_has_one_form_with_one_button(templates: Templates) -> None:
    page = parse(pages.unsubscribe(templates))

    assert faults(page) == []
    assert [form["method"] for form in page.all("form")] == ["post"]
    assert "action" not in page.all("form")[0]
    assert len(page.all("button")) == 1
    assert page.all("input") == []


def test_the_farewell_asks_nothing(templates: Templates) -> None:
    page = parse(pages.left(templates))

    assert faults(page) == []
    assert page.all("form") == []


def test_pages_behind_a_secret_are_kept_from_robots(templates: Templates) -> None:
    for page in (parse(pages.unsubscribe(templates)), parse(pages.left(templates))):
        assert {"name": "robots", "content": "noindex"} in page.all("meta")


def test_the_home_page_lists_the_newest_twenty_and_says_how_many_are_older(
    site: Site, templates: Templates
) -> None:
    many = [piece(number) for number in range(1, 31)]

    documents = feeds.render(Listing(replace(EVERYTHING, total=35), many), site, templates).documents

    page = parse(documents[1].content)
    assert len(page.all("article")) == 20
    assert "15 older posts are not listed here" in page.texts["p"]
