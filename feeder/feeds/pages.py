"""Pages for people, beside each feed and for each item. No script.

Links are relative, so that the tree reads well wherever it is put, and from a folder on disk.
"""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from feeder.model.feeds import Document, Feed, TagCount
from feeder.model.items import Item, Picture
from feeder.templating import Templates

FILE = "index.html"

_ON_HOME = 20
"""How many items the home page shows."""


def home(everything: Feed, items: Sequence[Item], tags: Sequence[TagCount], templates: Templates) -> Document:
    """Render the home page: who this is, the newest items, all feeds."""
    return _page("home", "", templates, feed=everything, items=items[:_ON_HOME], tags=tags)


def feed(feed: Feed, title: str, items: Sequence[Item], templates: Templates) -> Document:
    """Render the page beside a feed."""
    return _page("feed", feed.path, templates, feed=feed, title=title, items=items)


def item(item: Item, everything: Feed, templates: Templates) -> Document:
    """Render an item's own page."""
    return _page("item", item.path, templates, item=item, feed=everything)


def unsubscribe(templates: Templates) -> str:
    """Render the page with the one button. It is served, and no part of the tree."""
    return _rendered("unsubscribe", "unsubscribe/token", templates)


def left(templates: Templates) -> str:
    """Render the farewell."""
    return _rendered("left", "unsubscribe/token", templates)


def _page(name: str, path: str, templates: Templates, **context: object) -> Document:
    return Document(path + FILE, _rendered(name, path, templates, **context).encode())


def _rendered(name: str, path: str, templates: Templates, **context: object) -> str:
    href = _relative_to(path)

    def picture_src(picture: Picture) -> str:
        return href(picture.src) if picture.file else picture.src

    return templates.render(f"pages/{name}.html.jinja", href=href, picture_src=picture_src, **context)


def _relative_to(page: str) -> Callable[[str], str]:
    """Make the function that turns a path below the public address into a link from `page`."""
    up = "../" * page.count("/")

    def href(path: str) -> str:
        return quote(f"{up}{path}") or "./"

    return href
