"""Pages for people, beside each feed and for each item. No script.

Links are relative, so that the tree reads well wherever it is put, and from a folder on disk.
What a template is given stands at its head.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from urllib.parse import quote
from zoneinfo import ZoneInfo

from feeder.feeds import selections
from feeder.feeds.imprint import Imprint
from feeder.markup import embedding, text
from feeder.model.feeds import Count, Document, Feed, Format, Selection, Subject
from feeder.model.issues import ISSUES, Edition
from feeder.model.items import Item, Kind, Picture
from feeder.model.links import Copy
from feeder.templating import Markup, Templates

FILE = "index.html"

_ON_HOME = 12
"""How many items the home page shows with their texts; of others it shows the title."""

_FEW = 40
"""So many feeds of one kind can be looked through at a glance."""

_LARGEST = 24
"""Of more than a few feeds, the home page shows so many first: those with the most items."""

_ROOT = "\0"
"""Stands in parts of pages for the way up to the root of the tree: no text holds it, as all are scrubbed."""

Parts = tuple[bytes, bytes]
"""An item as lists show it, and in one line, on whatever page."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed in one format, as pages offer it: what people call the format, and where it is."""

    name: str
    type: str
    path: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A feed reader on the web, and the address at which it takes up a feed."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """All feeds of one selection, by name; if they are many, those with the most items stand out."""

    selection: Selection
    counts: Sequence[Count]
    largest: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item on a page: its dates, and its parts."""

    posted: datetime
    published: datetime | date | None
    parts: Parts


@dataclass(frozen=True, slots=True)
class Year:
    """The items that appeared in one year, newest first."""

    number: int
    items: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Volume:
    """An edition in the list of all: what its digest is called, and how many items it has."""

    edition: Edition
    title: str
    count: int


_OFFERS = {
    Format.ATOM: ("Atom", "application/atom+xml", "atom.xml"),
    Format.RSS: ("RSS", "application/rss+xml", "rss.xml"),
    Format.JSON: ("JSON Feed", "application/feed+json", "feed.json"),
}

# Each takes the address of a feed at the end of its own.
_READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed%2F",
    "Inoreader": "https://www.inoreader.com/?add_feed=",
    "NewsBlur": "https://www.newsblur.com/?url=",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url=",
}


class Pages:
    """Renders pages."""

    def __init__(self, imprint: Imprint, formats: Sequence[Format], templates: Templates) -> None:
        self._imprint = imprint
        self._formats = formats
        self._templates = templates
        self._zone = ZoneInfo(imprint.site.zone)

    def parts(self, item: Item) -> Parts:
        """Render the parts of pages that show an item in a list."""
        context = {"item": item, "written_in": self._written_in(item), "embedded": _embedded}
        entry, row = (
            _rendered(self._templates, name, _ROOT, **context).encode() for name in ("entry", "row")
        )
        return entry, row

    def home(
        self, everything: Feed, items: Sequence[Shown], counts: Sequence[Count], *, has_issues: bool = False
    ) -> Document:
        """Render the home page: who this is, the newest items, all feeds."""
        return self._of_feed(
            "home",
            everything,
            self._imprint.site.title,
            items=items[:_ON_HOME],
            earlier=items[_ON_HOME:],
            groups=list(_groups(counts)),
            has_issues=has_issues,
        )

    def feed(self, feed: Feed, title: str, description: str, items: Sequence[Shown]) -> Document:
        """Render the page beside a feed: what it is, how to follow it, its latest items."""
        if _is_of_appearances(feed):
            years = list(self._years(items))
            layout = "pages/feed.html.jinja"
            return self._of_feed(
                "appearances", feed, title, description=description, years=years, layout=layout
            )
        return self._of_feed("feed", feed, title, description=description, items=items)

    def older(self, feed: Feed, title: str, number: int, items: Sequence[Shown]) -> Document:
        """Render the page with the items of one of a feed's archives."""
        path = older_path(feed, number).removesuffix(FILE)
        if _is_of_appearances(feed):
            years = list(self._years(items))
            layout = "pages/older.html.jinja"
            return self._of_feed(
                "appearances", feed, title, path, number=number, items=items, years=years, layout=layout
            )
        return self._of_feed("older", feed, title, path, number=number, items=items)

    def retired(self, feed: Feed, title: str) -> Document:
        """Render the page of a feed whose subject nothing has any more."""
        return self._page("retired", feed.path, feed=feed, title=title)

    def item(self, item: Item, copy: Copy | None = None) -> Document:
        """Render an item's own page, which leads to an archived copy if there is one to show."""
        subjects = [self._told(subject) for subject in selections.own(item)]
        languages = [subject for subject in subjects if subject.selection is Selection.LANGUAGE]
        written_in = languages[0] if languages else None
        return self._page("item", item.path, item=item, subjects=subjects, written_in=written_in, copy=copy)

    def edition(
        self, edition: Edition, title: str, pieces: Sequence[Shown], appearances: Sequence[Shown]
    ) -> Document:
        """Render the page of an edition."""
        parts = {"pieces": pieces, "appearances": appearances}
        return self._page("edition", edition.path, edition=edition, title=title, **parts)

    def issues(self, volumes: Sequence[Volume]) -> Document:
        """Render the list of all editions, by digest."""
        digests: dict[str, list[Volume]] = {}
        for volume in volumes:
            digests.setdefault(volume.edition.digest, []).append(volume)
        return self._page("issues", ISSUES, here=ISSUES, digests=list(digests.values()))

    def _of_feed(
        self, name: str, feed: Feed, title: str, path: str | None = None, **context: object
    ) -> Document:
        """Render a page of a feed, which stands in its folder unless it has a path of its own."""

        def page_path(number: int) -> str:
            return older_path(feed, number).removesuffix(FILE)

        context |= {"feed": feed, "title": title, "page_path": page_path, "offers": self._offers}
        context |= {"readers": self._readers, "by_mail": self._by_mail}
        return self._page(name, feed.path if path is None else path, **context)

    def _page(self, name: str, path: str, **context: object) -> Document:
        root = "../" * path.count("/")

        def entry(item: Shown) -> Markup:
            return _placed(item.parts[0], root)

        def row(item: Shown) -> Markup:
            return _placed(item.parts[1], root)

        context |= {"entry": entry, "row": row, "embedded": _embedded}
        return Document(path + FILE, _rendered(self._templates, name, root, **context).encode())

    def _written_in(self, item: Item) -> Subject | None:
        """Return the language of an item, unless it is the one that the whole site is in."""
        if not item.language or item.language == self._imprint.site.language:
            return None
        return self._told(selections.language(item.language))

    def _told(self, subject: Subject) -> Subject:
        return selections.told(selections.named(subject), self._imprint.speech)

    def _offers(self, path: str) -> list[Offer]:
        """Return a feed, by its path, in all formats that there are."""
        found = [_OFFERS[made] for made in self._formats]
        return [Offer(name, type_, path + file) for name, type_, file in found]

    def _readers(self, path: str) -> list[Reader]:
        """Return the readers on the web that take up the feed at a path."""
        address = quote(self._imprint.address(path), safe="")
        return [Reader(name, beginning + address) for name, beginning in _READERS.items()]

    def _by_mail(self, subject: str) -> str:
        """Return a link that begins a mail to the site; empty where it gives no mail address.

        Source: RFC 6068, section 2.
        """
        contact = self._imprint.site.contact
        if "@" not in contact or contact.startswith("https://"):
            return ""
        return f"mailto:{quote(contact, safe='@+')}?subject={quote(subject, safe='')}"

    def _years(self, items: Sequence[Shown]) -> Iterator[Year]:
        """Group items by the year in which they appeared, as far as that is known, or else were posted."""
        dated = sorted(((self._day(item), item) for item in items), key=lambda pair: pair[0], reverse=True)
        for number, some in groupby(dated, key=lambda pair: pair[0].year):
            yield Year(number, [item for _, item in some])

    def _day(self, item: Shown) -> date:
        moment = item.published or item.posted
        return moment.astimezone(self._zone).date() if isinstance(moment, datetime) else moment


def older_path(feed: Feed, number: int) -> str:
    """Return where the page with the items of an archive stands; the oldest is 1."""
    return f"{feed.path}page/{number}/{FILE}"


def served(templates: Templates, name: str, root: str, **context: object) -> str:
    """Render a page that is served, and no part of the tree; `root` is the way up to the tree's root."""
    return _rendered(templates, name, root, **context)


def _is_of_appearances(feed: Feed) -> bool:
    return feed.subject == selections.KINDS[Kind.APPEARANCE]


def _groups(counts: Sequence[Count]) -> Iterator[Group]:
    """Group counts, which come in the order of selections, and of names in English."""
    for selection, some in groupby(counts, key=lambda count: count.subject.selection):
        group = list(some)
        if selection in {Selection.KIND, Selection.LANGUAGE}:
            group.sort(key=lambda count: text.title_key(count.name))
        largest = sorted(group, key=lambda count: -count.count)[:_LARGEST] if len(group) > _FEW else []
        yield Group(selection, group, largest)


def _embedded(html: str, level: int) -> Markup:
    return Markup(embedding.embedded(html, level))


def _placed(part: bytes, root: str) -> Markup:
    return Markup(part.decode().replace(_ROOT, root))


def _rendered(templates: Templates, name: str, root: str, **context: object) -> str:
    href = _relative(root)

    def picture_src(picture: Picture) -> str:
        return href(picture.src) if picture.file else picture.src

    return templates.render(f"pages/{name}.html.jinja", href=href, picture_src=picture_src, **context)


def _relative(root: str) -> Callable[[str], str]:
    """Make the function that turns a path below the public address into a link, by the way up to the root."""

    def href(path: str) -> str:
        return f"{root}{quote(path)}" or "./"

    return href
