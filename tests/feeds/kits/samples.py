"""Items and feeds that the tests of formats share, and what a site makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from feeder import shipped
from feeder.errors import DocumentRefused
from feeder.feeds import Listing, Renderer, content, entries
from feeder.feeds.imprint import Imprint
from feeder.model.appearances import Policy, Role
from feeder.model.feeds import EVERYTHING, Document, Entry, Feed, Selection, Subject, Tombstone
from feeder.model.items import Item, Kind, Name, Outlet, Picture, Related
from feeder.model.settings import Declared, Publish, Site
from feeder.templating import Templates
from feeder.templating.speech import Speech

POSTED = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
HUBS = ("https://hub.example/", "https://second-hub.example/?a=1&b=2")
SITE = Site(
    title="Ada & Bridges",
    author="Ada Fjordman",
    public_url="https://ada.example/blog/",
    description="Pieces on ports <and> bridges.",
    language="en",
    zone="Europe/Berlin",
)
SPEECH = Speech(SITE.language, SITE.zone)


def uid(number: int) -> str:
    return UUID(int=number, version=5).urn


ALL = Feed(1, "urn:uuid:00000000-0000-5000-8000-0000000000aa", EVERYTHING, total=3)
TAG = Feed(
    2,
    "urn:uuid:00000000-0000-5000-8000-0000000000bb",
    Subject(Selection.TAG, "häfen", "Häfen & <Kräne>"),
    total=3,
)
COURIER = Outlet(1, "Hanse & Kurier", "hanse-kurier", "urn:uuid:00000000-0000-5000-8000-0000000000cc")


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
    related=(
        Related(
            Kind.APPEARANCE,
            "Why ports wait",
            "why-ports-wait",
            "https://second.example/ports",
            "en",
            Role.TRANSLATED,
        ),
        Related(
            Kind.APPEARANCE, "Radio Nordlicht, on “cranes”", "radio-cranes", None, "de", Role.INTERVIEWED
        ),
    ),
    correction="The crane lifts 80 & not 800 tons.",
    corrected=POSTED + timedelta(hours=5),
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
    url="https://doi.org/10.1000/最短",
    published=date(2016, 10, 17),
    language="zh-Hans",
    authors=(),
    body="",
)
RTL = piece(
    4,
    title="الجسور القديمة",
    language="ar",
    note="<p>مقال جديد عن <bdi>bridges</bdi>.</p>",
    body="<p>نص</p>",
    picture=Picture("https://cdn.example/p.jpg?a=1&b=2", "alt", "", ""),
)
THREE = (FULL, APPEARANCE, BY_DAY)
SAMPLES = (*THREE, RTL)
STONES = (
    Tombstone(uid(90), POSTED + timedelta(days=2)),
    Tombstone(uid(91), POSTED - timedelta(days=2)),
)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a feed: documents by path, the update that it tells, and the items left out."""

    documents: Mapping[str, bytes]
    updated: datetime
    refused: Sequence[DocumentRefused]

    @property
    def atom(self) -> bytes:
        return self._one("atom.xml")

    @property
    def rss(self) -> bytes:
        return self._one("rss.xml")

    @property
    def json(self) -> bytes:
        return self._one("feed.json")

    def _one(self, file: str) -> bytes:
        (content,) = [content for path, content in self.documents.items() if path.endswith(file)]
        return content


@dataclass(frozen=True)
class Press:
    """What makes the feeds of one site, whose items have pages or not; the pages themselves it leaves out."""

    site: Site = SITE
    has_pages: bool = True
    hubs: tuple[str, ...] = ()
    archives: bool = True
    declared: Mapping[str, Declared] = field(default_factory=dict)

    @cached_property
    def renderer(self) -> Renderer:
        publish = Publish(Path("public"), archives=self.archives, pages=False)
        templates = Templates([shipped.templates()], self.site)
        imprint = Imprint(self.site, templates.speech, self.has_pages, self.hubs)
        return Renderer(imprint, publish, self.declared, templates)

    def live(self, items: Sequence[Item], feed: Feed = ALL, tombstones: Sequence[Tombstone] = ()) -> Made:
        """Make the live documents of a feed that has just these items, which come in their order."""
        made, refused = self._entries(items)
        of = {item.id: item for item in items}
        fitting = entries.within_budget(
            made, lambda entry: self.renderer.entry(content.cut(of[entry.item], Policy.SUMMARY))
        )
        newest = max((of[entry.item].updated for entry in made), default=None)
        is_whole = len(fitting) == len(made)
        rendering = self.renderer.live(Listing(feed, fitting, newest, tombstones=tombstones, whole=is_whole))
        return Made(_by_path(rendering.documents), rendering.updated, refused)

    def archive(self, number: int, feed: Feed, items: Sequence[Item] = THREE) -> Made:
        """Make an archive of a feed."""
        made, refused = self._entries(items)
        newest = max((item.updated for item in items), default=None)
        rendering = self.renderer.archive(number, Listing(feed, made, newest))
        return Made(_by_path(rendering.documents), rendering.updated, refused)

    def _entries(self, items: Sequence[Item]) -> tuple[list[Entry], list[DocumentRefused]]:
        made, refused = [], []
        for item in items:
            try:
                made.append(self.renderer.entry(item))
            except DocumentRefused as refusal:
                refused.append(refusal)
        return made, refused


def _by_path(documents: Sequence[Document]) -> dict[str, bytes]:
    return {document.path: document.content for document in documents}
