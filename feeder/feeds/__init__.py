"""Items become documents: a feed in each format, its archives, and pages for people beside them. Pure.

The same items give the same bytes; time in a document comes from items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feeder.errors import DocumentRefused
from feeder.feeds import atom, jsonfeed, opml, pages, redirects, rss
from feeder.feeds.entries import Entries, Made, refusal
from feeder.feeds.heads import Head, archive_path
from feeder.feeds.imprint import Imprint
from feeder.model.feeds import Count, Document, Feed, Format, Selection, Standing, Tombstone
from feeder.model.items import Item
from feeder.model.settings import Declared, Publish
from feeder.templating import Templates

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The update that a feed tells while it has had no item: none could be earlier."""

_FORMATS = {
    Format.ATOM: (atom.FILE, atom.document),
    Format.RSS: (rss.FILE, rss.document),
    Format.JSON: (jsonfeed.FILE, jsonfeed.document),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What the live documents of a feed have to show.

    `items` are those of the feed, and `latest` those of its page, which are in no archive; both
    newest first. `counts` are all subjects, for the home page, and may be empty for other feeds.
    """

    feed: Feed
    items: Sequence[Item]
    latest: Sequence[Item]
    tombstones: Sequence[Tombstone] = ()
    standing: Standing = Standing.LIVE
    counts: Sequence[Count] = ()


@dataclass(frozen=True, slots=True)
class Rendering:
    """Documents, the update that they tell, and the items left out, each named."""

    documents: Sequence[Document]
    updated: datetime
    refused: Sequence[DocumentRefused] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All feeds that are published, in order; where feeds moved, from folder to folder; folders that are gone."""

    feeds: Sequence[Feed]
    moved: Mapping[str, str] = field(default_factory=dict)
    retired: Sequence[str] = ()


class Renderer:
    """Renders the documents of many feeds, and an item that stands in several of them once."""

    def __init__(
        self, imprint: Imprint, publish: Publish, declared: Mapping[str, Declared], templates: Templates
    ) -> None:
        self._imprint = imprint
        self._publish = publish
        self._declared = declared
        self._entries = Entries(publish.formats, imprint)
        self._pages = pages.Pages(imprint, publish.formats, templates)

    def live(self, listing: Listing) -> Rendering:
        """Render the live documents of a feed.

        An item that cannot stand in a feed is left out of the feed and its page, and named.
        """
        feed = listing.feed
        made = self._entries.made(listing.items)
        times = [item.updated for item in listing.items] + [stone.at for stone in listing.tombstones]
        updated = max([feed.updated or _NEVER, *times])
        head = Head(
            feed,
            self._told_as(feed),
            self._description(feed),
            updated,
            listing.tombstones,
            complete=not feed.archives and len(made.entries) + len(made.refused) == len(listing.items),
            has_archives=self._publish.archives,
        )
        documents = [
            Document(feed.path + file, write(head, made.texts(wanted), self._imprint))
            for wanted, (file, write) in _FORMATS.items()
            if wanted in self._publish.formats
        ]
        if self._publish.pages:
            documents.append(self._page(listing, made))
        return Rendering(documents, updated, list(made.refused.values()))

    def archive(self, feed: Feed, number: int, items: Sequence[Item]) -> Rendering:
        """Render one archive of a feed, and the page that lists the same items."""
        made = self._entries.made(items)
        updated = max([_NEVER, *(item.updated for item in items)])
        head = Head(feed, self._told_as(feed), self._description(feed), updated, archive=number)
        documents = []
        if self._publish.archives:
            content = atom.document(head, made.texts(Format.ATOM), self._imprint)
            documents.append(Document(archive_path(feed, number), content))
        if self._publish.pages:
            shown = _shown(items, made)
            documents.append(self._pages.older(feed, self.title(feed), number, shown))
        return Rendering(documents, updated, list(made.refused.values()))

    def item_page(self, item: Item) -> Document:
        """Render an item's own page.

        Raises: DocumentRefused.
        """
        try:
            return self._pages.item(item)
        except UnicodeEncodeError as error:
            raise refusal(item, error) from error

    def lists(self, catalogue: Catalogue) -> list[Document]:
        """Render what lists all feeds, and the rules for addresses that moved or are gone."""
        titles = {feed: self._told_as(feed) for feed in catalogue.feeds}
        site, moved, retired = self._imprint.site, catalogue.moved, catalogue.retired
        return [
            Document(opml.FILE, opml.document(catalogue.feeds, titles, self._imprint)),
            Document(redirects.FILE, redirects.rules(moved, retired, site)),
            Document(redirects.NGINX_FILE, redirects.nginx(moved, retired, site)),
        ]

    def title(self, feed: Feed) -> str:
        """Return the title of a feed, as its page shows it."""
        name = feed.subject.name
        match feed.subject.selection:
            case Selection.EVERYTHING:
                return self._imprint.site.title
            case Selection.TAG:
                return f"Posts tagged '{name}'"
            case Selection.OUTLET:
                return f"Posts in {name}"
            case Selection.AUTHOR:
                return f"Posts by {name}"
            case Selection.KIND:
                return name
            case Selection.LANGUAGE:
                return f"Posts in {name}"
            case Selection.DECLARED:
                declared = self._declared.get(feed.subject.slug)
                return declared.title if declared else name

    def _told_as(self, feed: Feed) -> str:
        """Return the title of a feed among feeds of other sites."""
        title = self.title(feed)
        return f"{title} – {self._imprint.site.title}" if feed.path else title

    def _description(self, feed: Feed) -> str:
        if not feed.path:
            return self._imprint.site.description
        is_declared = feed.subject.selection is Selection.DECLARED
        declared = self._declared.get(feed.subject.slug) if is_declared else None
        return declared.description if declared else ""

    def _page(self, listing: Listing, made: Made) -> Document:
        shown = _shown(listing.latest, made)
        feed, title = listing.feed, self.title(listing.feed)
        if listing.standing is Standing.RETIRED:
            return self._pages.retired(feed, title)
        if feed.subject.selection is Selection.EVERYTHING:
            return self._pages.home(feed, shown, listing.counts)
        return self._pages.feed(feed, title, self._description(feed), shown)


def live_paths(feed: Feed, publish: Publish) -> list[str]:
    """Return where the live documents of a feed stand."""
    files = [file for made, (file, _) in _FORMATS.items() if made in publish.formats]
    return [feed.path + file for file in [*files, *([pages.FILE] if publish.pages else [])]]


def archive_paths(feed: Feed, number: int) -> list[str]:
    """Return where an archive of a feed stands, and the page beside it."""
    return [archive_path(feed, number), pages.older_path(feed, number)]


def item_path(item: Item) -> str:
    """Return where an item's own page stands in the tree."""
    return item.path + pages.FILE


def _shown(items: Sequence[Item], made: Made) -> list[Item]:
    """Leave out the items that no document can hold."""
    return [item for item in items if item.id not in made.refused]
