"""Pages for people, beside each feed and for each item. No script.

Links are relative, so that the tree reads well wherever it is put, and from a folder on disk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup

from feeder.feeds.imprint import Imprint
from feeder.markup import languages
from feeder.model.feeds import Count, Document, Feed, Format
from feeder.model.items import Item, Picture
from feeder.templating import Templates

FILE = "index.html"

_ON_HOME = 20
"""How many items the home page shows."""

_KEPT = 1000
"""How many entries are kept."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed in one format, as pages offer it: what people call the format, and where it is."""

    name: str
    type: str
    path: str


_OFFERS = {
    Format.ATOM: ("Atom", "application/atom+xml", "atom.xml"),
    Format.RSS: ("RSS", "application/rss+xml", "rss.xml"),
    Format.JSON: ("JSON Feed", "application/feed+json", "feed.json"),
}


class Pages:
    """Renders pages, and an item that stands on several of them once."""

    def __init__(self, imprint: Imprint, formats: Sequence[Format], templates: Templates) -> None:
        self._imprint = imprint
        self._formats = formats
        self._templates = templates
        self._entry = lru_cache(_KEPT)(self._rendered_entry)

    def home(self, everything: Feed, items: Sequence[Item], counts: Sequence[Count]) -> Document:
        """Render the home page: who this is, the newest items, all feeds."""
        return self._page("home", "", feed=everything, items=items[:_ON_HOME], counts=counts)

    def feed(self, feed: Feed, title: str, description: str, items: Sequence[Item]) -> Document:
        """Render the page beside a feed: what it is, how to follow it, its latest items."""
        return self._page("feed", feed.path, feed=feed, title=title, description=description, items=items)

    def older(self, feed: Feed, title: str, number: int, items: Sequence[Item]) -> Document:
        """Render the page with the items of one of a feed's archives."""
        path = older_path(feed, number).removesuffix(FILE)
        return self._page("older", path, feed=feed, title=title, number=number, items=items)

    def retired(self, feed: Feed, title: str) -> Document:
        """Render the page of a feed whose subject nothing has any more."""
        return self._page("retired", feed.path, feed=feed, title=title)

    def item(self, item: Item) -> Document:
        """Render an item's own page."""
        return self._page("item", item.path, item=item)

    def _page(self, name: str, path: str, **context: object) -> Document:
        up = path.count("/")

        def entry(item: Item) -> Markup:
            return self._entry(item, up)

        def offers(feed_path: str) -> list[Offer]:
            return [Offer(_OFFERS[made][0], _OFFERS[made][1], feed_path + _OFFERS[made][2]) for made in self._formats]

        context |= {"entry": entry, "offers": offers, "older_path": older_path}
        return Document(path + FILE, _rendered(self._templates, name, up, **context).encode())

    def _rendered_entry(self, item: Item, up: int) -> Markup:
        return Markup(_rendered(self._templates, "entry", up, item=item))  # noqa: S704 - by a template that escapes


def older_path(feed: Feed, number: int) -> str:
    """Return where the page with the items of an archive stands; the oldest is 1."""
    return f"{feed.path}page/{number}/{FILE}"


def unsubscribe(templates: Templates) -> str:
    """Render the page with the one button. It is served, and no part of the tree."""
    return _rendered(templates, "unsubscribe", 1)


def left(templates: Templates) -> str:
    """Render the farewell."""
    return _rendered(templates, "left", 1)


def _rendered(templates: Templates, name: str, up: int, **context: object) -> str:
    href = _relative(up)

    def picture_src(picture: Picture) -> str:
        return href(picture.src) if picture.file else picture.src

    return templates.render(
        f"pages/{name}.html.jinja", href=href, picture_src=picture_src, direction=languages.direction, **context
    )


def _relative(up: int) -> Callable[[str], str]:
    """Make the function that turns a path below the public address into a link from a page so deep in it."""
    above = "../" * up

    def href(path: str) -> str:
        return quote(f"{above}{path}") or "./"

    return href
