"""Items become documents: a feed in each format, and a page for people beside it. Pure.

`render` gives the documents of one feed, `item_page` that of one item. The same items give the
same bytes; time in a document comes from items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial

from feeder.errors import DocumentRefused
from feeder.feeds import atom, pages
from feeder.model.feeds import Document, Feed, Selection, TagCount
from feeder.model.items import Item
from feeder.model.settings import Site
from feeder.templating import Templates

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The update that a feed tells while it has had no item: none could be earlier."""


_ENTRIES_KEPT = 2000
"""How many entries are kept while many feeds are rendered."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed has to show: its newest items, and all tags.

    The tags are for the home page, and may be empty for other feeds.
    """

    feed: Feed
    items: Sequence[Item]
    tags: Sequence[TagCount] = ()


@dataclass(frozen=True, slots=True)
class Rendering:
    """The documents of a feed, the update that they tell, and the items left out, each named."""

    documents: Sequence[Document]
    updated: datetime
    refused: Sequence[DocumentRefused]


def render(listing: Listing, site: Site, templates: Templates) -> Rendering:
    """Render all documents of a feed; see `Renderer`."""
    return Renderer(site, templates).render(listing)


class Renderer:
    """Renders many feeds, and an item that stands in several of them once."""

    def __init__(self, site: Site, templates: Templates, *, pages: bool = True) -> None:
        self._site = site
        self._templates = templates
        self._pages = pages
        self._entry = lru_cache(_ENTRIES_KEPT)(partial(atom.entry, site=site, templates=templates))

    def render(self, listing: Listing) -> Rendering:
        """Render the documents of a feed.

        An item that cannot stand in a feed is left out of the feed and its page, and named.
        """
        site, templates = self._site, self._templates
        items, entries, refused = [], [], []
        for item in listing.items:
            try:
                entries.append(self._entry(item))
                items.append(item)
            except DocumentRefused as refusal:
                refused.append(refusal)
        told = listing.feed.updated or _NEVER
        updated = max([told, *(item.updated for item in items)])
        title = title_of(listing.feed, site)
        told_as = f"{title} – {site.title}" if listing.feed.path else title
        documents = [atom.document(listing.feed, told_as, updated, entries, site, templates)]
        if self._pages:
            documents.append(_page(listing, title, items, templates))
        return Rendering(documents, updated, refused)


def _page(listing: Listing, title: str, items: Sequence[Item], templates: Templates) -> Document:
    if listing.feed.selection is Selection.EVERYTHING:
        return pages.home(listing.feed, items, listing.tags, templates)
    return pages.feed(listing.feed, title, items, templates)


def item_page(item: Item, everything: Feed, templates: Templates) -> Document:
    """Render an item's own page.

    Raises: DocumentRefused.
    """
    try:
        return pages.item(item, everything, templates)
    except UnicodeEncodeError as error:
        raise atom.refusal(item, error) from error


def is_page(path: str) -> bool:
    """Tell whether a page stands at a path of the tree."""
    return path.rpartition("/")[2] == pages.FILE


def item_path(item: Item) -> str:
    """Return where an item's own page stands in the tree."""
    return item.path + pages.FILE


def title_of(feed: Feed, site: Site) -> str:
    """Return the title of a feed, as its page shows it."""
    match feed.selection:
        case Selection.EVERYTHING:
            return site.title
        case Selection.TAG:
            return f"Posts tagged '{feed.name}'"
