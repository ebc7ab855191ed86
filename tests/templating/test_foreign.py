"""A language in which every text is put into brackets, and what stands outside of them and is English.

Items, names and dates are in Chinese; whatever else is said in Latin letters was forgotten.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from lxml import etree

from feeder import shipped
from feeder.digests import rendering
from feeder.digests.rendering import Issue, Links
from feeder.feeds import Catalogue, Listing, Renderer
from feeder.feeds.imprint import Imprint
from feeder.feeds.pages import Shown
from feeder.feeds.selections import KINDS, language
from feeder.model.feeds import EVERYTHING, Count, Document, Feed, Selection, Standing, Subject
from feeder.model.items import Item, Kind, Name, Outlet, Picture, Related
from feeder.model.settings import WEEKLY, Publish, Site
from feeder.model.subscribers import Form, Preferences
from feeder.templating import Templates
from tests.templating import catalogues, wording

SITE = Site(
    "船", "林", "https://1.example/", contact="1@1.example", description="港口", language="zh", zone="UTC"
)
POSTED = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
COURIER = Outlet(1, "航运报", "1", "urn:1", "https://2.example/")

# Names of products and formats, which are the same everywhere.
NAMES = {"Feedly", "Inoreader", "NewsBlur", "The Old Reader", "Atom", "RSS", "JSON Feed"}

_BRACKETS = re.compile("⟦[^⟦⟧]*⟧")
_ADDRESS = re.compile(r"(https?|feed|mailto):\S+|\w+@\S+")
_LATIN = re.compile(r"[A-Za-z]{2,}[A-Za-z ]*")


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("own")
    catalogue = Catalog("zh_Hans")
    for message in catalogues.texts():
        if message.id:
            last = message.id if isinstance(message.id, str) else message.id[-1]
            said = f"⟦{last}⟧"
            catalogue.add(message.id, said if isinstance(message.id, str) else (said,))
    (folder / "languages").mkdir()
    with (folder / "languages/zh_Hans.po").open("wb") as file:
        write_po(file, catalogue)
    return Templates([folder, shipped.templates()], SITE)


def item(number: int, **parts: object) -> Item:
    when = POSTED - timedelta(days=number)
    made = Item(
        number, f"urn:{number}", "s", "k", str(number), Kind.PIECE, f"第{number}篇", when, when,
        note="<p>说明</p>", body="<p>正文</p>", authors=(Name(1, "林", "1"),), tags=(Name(1, "港口", "1"),),
    )  # fmt: skip
    return replace(made, **parts)  # type: ignore[arg-type] # the fields of an item


RELATED = Related(Kind.PIECE, "文章", "5", None, "zh", "")
ITEMS = [
    item(1, url="https://2.example/1", outlet=COURIER, published=POSTED, language="de"),
    item(2, outlet=COURIER, published=POSTED - timedelta(days=2), corrected=POSTED, correction="更正"),
    item(3, published=POSTED.date(), picture=Picture("1.png", "图", "图", "林", Path("1.png")), corrected=POSTED),
    item(4, kind=Kind.APPEARANCE, role="interviewed", medium="radio", url="https://3.example/", related=(RELATED,)),
    item(5, kind=Kind.APPEARANCE, outlet=COURIER, url="https://3.example/", published=POSTED, body="",
         revised=POSTED + timedelta(days=9)),
    item(6, related=(replace(RELATED, kind=Kind.APPEARANCE, role="talk"),), url="https://3.example/"),
]  # fmt: skip

SUBJECTS = [
    EVERYTHING, Subject(Selection.TAG, "1", "港口"), Subject(Selection.OUTLET, "1", "航运报"),
    Subject(Selection.AUTHOR, "1", "林"), *KINDS.values(), language("de"),
]  # fmt: skip


@pytest.fixture(scope="module")
def documents(templates: Templates) -> dict[str, bytes]:
    """All that is published, as if each feed had all items and two archives."""
    renderer = Renderer(Imprint(SITE, templates.speech), Publish(Path("public")), {}, templates)
    entries = [renderer.entry(item) for item in ITEMS]
    latest = [
        Shown(one.posted, one.published, (entry.page, entry.line))
        for one, entry in zip(ITEMS, entries, strict=True)
    ]
    counts = [Count(subject, 50) for subject in SUBJECTS[1:]]
    feeds = [Feed(n, f"urn:{n}", subject, total=6, archives=2) for n, subject in enumerate(SUBJECTS)]
    made: list[Document] = [renderer.item_page(one) for one in ITEMS]
    for feed in feeds:
        full = Listing(feed, entries, POSTED, latest, counts=counts)
        gone = replace(
            full, feed=replace(feed, subject=Subject(Selection.TAG, "9", "船")), standing=Standing.RETIRED
        )
        bare = Listing(
            replace(feed, subject=replace(feed.subject, slug=f"{feed.subject.slug}0"), archives=0), []
        )
        for listing in (full, gone, bare):
            made += renderer.live(listing).documents
        for number in (1, 2):
            made += renderer.archive(number, full).documents
            made += renderer.archive(number, replace(bare, feed=feed)).documents
    made += renderer.lists(Catalogue(feeds))
    return {document.path: document.content for document in made}


def forgotten(said: str) -> set[str]:
    """Return what is said in Latin letters outside of all brackets."""
    said = _ADDRESS.sub("", said)
    while _BRACKETS.search(said):
        said = _BRACKETS.sub("", said)
    return {words.strip() for words in _LATIN.findall(said)} - NAMES


def test_pages_are_in_one_language(documents: dict[str, bytes]) -> None:
    said = {path: wording.heard(page.decode()) for path, page in documents.items() if path.endswith(".html")}

    assert len(said) > 20
    assert {path: found for path in said if (found := forgotten(" | ".join(said[path])))} == {}


def test_feeds_are_in_one_language(documents: dict[str, bytes]) -> None:
    for path in ("atom.xml", "kind/pieces/atom.xml", "language/de/rss.xml"):
        tree = etree.fromstring(documents[path])
        told = tree.xpath("//*[local-name()='title' or local-name()='summary']/text() | //@label")
        told += [
            words
            for html in tree.xpath("//*[local-name()='content']/text()")
            for words in wording.heard(html)
        ]

        assert forgotten(" | ".join(told)) == set()


def test_the_list_of_feeds_is_in_one_language(documents: dict[str, bytes]) -> None:
    told = etree.fromstring(documents["feeds.opml"]).xpath("//@text | //title/text()")

    assert forgotten(" | ".join(told)) == set()


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("period", ["2026-46", "welcome"])
@pytest.mark.parametrize("count", [0, 1, 6, 100])
def test_a_digest_is_in_one_language(templates: Templates, form: Form, period: str, count: int) -> None:
    items = [replace(ITEMS[n % 6], id=n, summary="长" * 5000) for n in range(count)]
    preferences = Preferences("weekly", "UTC", ("1",), ("2",))

    rendered = rendering.render(Issue(WEEKLY, period, form, items, "zh"), templates)
    why = rendering.why(WEEKLY, preferences, "you signed up for it", {}, templates.speech)
    mail = rendering.address(rendered, why, Links(*["https://1.example/"] * 3))

    assert forgotten(mail.subject) == set()
    assert forgotten(mail.text) == set()
    assert forgotten(" | ".join(wording.heard(mail.html))) == set()
