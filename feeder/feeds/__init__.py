"""Items become documents: a feed in each format, its archives, and pages for people beside them. Pure.

The same items give the same bytes; time in a document comes from items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from feeder.feeds import atom, entries, jsonfeed, opml, pages, redirects, rss, selections
from feeder.feeds.heads import Head, archive_path
from feeder.feeds.imprint import Imprint
from feeder.feeds.pages import Shown, Volume
from feeder.model.feeds import Count, Document, Entry, Feed, Format, Selection, Standing, Subject, Tombstone
from feeder.model.issues import ISSUES, Edition
from feeder.model.items import Item
from feeder.model.links import Copy
from feeder.model.settings import Declared, Publish
from feeder.templating import Templates
from feeder.templating.speech import marked

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The update that a feed tells while it has had no item: none could be earlier."""

_FORMATS = {
    Format.ATOM: (atom.FILE, atom.document),
    Format.RSS: (rss.FILE, rss.document),
    Format.JSON: (jsonfeed.FILE, jsonfeed.document),
}

TYPES = {
    atom.FILE: "application/atom+xml; charset=utf-8",
    rss.FILE: "application/rss+xml; charset=utf-8",
    jsonfeed.FILE: "application/feed+json",
}
"""What readers are told that the live documents of a feed are, by the names of their files."""

_TITLES = {
    Selection.TAG: marked("Posts tagged '%(tag)s'"),
    Selection.OUTLET: marked("Posts in %(outlet)s"),
    Selection.AUTHOR: marked("Posts by %(author)s"),
    Selection.LANGUAGE: marked("Posts in %(language)s"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a part of a feed has to show.

    `entries` are those of its items that can stand in documents, newest first; `updated` is the
    newest update of all its items, None where it has none. `latest` are the items that its page
    shows. `counts` are all subjects, for the home page, and may be empty for other feeds; it is also told
    whether the site `has_issues`. A `whole` listing leaves out no item of the feed.
    """

    feed: Feed
    entries: Sequence[Entry]
    updated: datetime | None = None
    latest: Sequence[Shown] = ()
    tombstones: Sequence[Tombstone] = ()
    standing: Standing = Standing.LIVE
    counts: Sequence[Count] = ()
    has_issues: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Rendering:
    """Documents, and the update that they tell."""

    documents: Sequence[Document]
    updated: datetime


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All feeds that are published, in order; where feeds moved, from folder to folder; folders that are gone."""

    feeds: Sequence[Feed]
    moved: Mapping[str, str] = field(default_factory=dict)
    retired: Sequence[str] = ()


class Renderer:
    """Renders the documents of one site."""

    def __init__(
        self, imprint: Imprint, publish: Publish, declared: Mapping[str, Declared], templates: Templates
    ) -> None:
        self._imprint = imprint
        self._publish = publish
        self._declared = declared
        self._pages = pages.Pages(imprint, publish.formats, templates)

    def entry(self, item: Item) -> Entry:
        """Make the entry of an item, which can stand in any feed and on any page.

        Raises: DocumentRefused, for what no document can hold.
        """
        parts = self._pages.parts if self._publish.pages else lambda _: (b"", b"")
        return entries.made(item, self._publish.formats, parts, self._imprint)

    def live(self, listing: Listing) -> Rendering:
        """Render the live documents of a feed."""
        feed = listing.feed
        times = [
            listing.updated or _NEVER,
            feed.updated or _NEVER,
            *(stone.at for stone in listing.tombstones),
        ]
        head = Head(
            feed,
            self._told_as(feed),
            self._description(feed),
            max(times),
            listing.tombstones,
            complete=listing.whole and not feed.archives,
            has_archives=self._publish.archives and listing.standing is Standing.LIVE,
        )
        documents = [
            Document(feed.path + file, write(head, _texts(listing, wanted), self._imprint))
            for wanted, (file, write) in _FORMATS.items()
            if wanted in self._publish.formats
        ]
        if self._publish.pages:
            documents.append(self._page(listing))
        return Rendering(documents, head.updated)

    def archive(self, number: int, listing: Listing) -> Rendering:
        """Render one archive of a feed, and the page that lists the same items."""
        feed = listing.feed
        updated = listing.updated or _NEVER
        head = Head(feed, self._told_as(feed), self._description(feed), updated, archive=number)
        documents = []
        if self._publish.archives:
            content = atom.document(head, _texts(listing, Format.ATOM), self._imprint)
            documents.append(Document(archive_path(feed, number), content))
        if self._publish.pages:
            documents.append(self._pages.older(feed, self.title(feed), number, listing.latest))
        return Rendering(documents, updated)

    def item_page(self, item: Item, copy: Copy | None = None) -> Document:
        """Render an item's own page, which leads to an archived copy if there is one to show.

        Raises: DocumentRefused.
        """
        try:
            entries.check(item)
            return self._pages.item(item, copy)
        except ValueError as error:
            raise entries.refusal(item, error) from error

    def edition(
        self, edition: Edition, title: str, pieces: Sequence[Shown], appearances: Sequence[Shown]
    ) -> Document:
        """Render the page of an edition. `title` is that of the digest; both parts are newest first."""
        return self._pages.edition(edition, title, pieces, appearances)

    def issues(self, volumes: Sequence[Volume]) -> Document:
        """Render the list of all editions, which come newest first."""
        return self._pages.issues(volumes)

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
        if not feed.path:
            return self._imprint.site.title
        subject = self._named(feed.subject)
        words = _TITLES.get(subject.selection)
        return self._imprint.speech.say(words, **{subject.selection: subject.name}) if words else subject.name

    def _told_as(self, feed: Feed) -> str:
        """Return the title of a feed among feeds of other sites."""
        title = self.title(feed)
        return f"{title} – {self._imprint.site.title}" if feed.path else title

    def _description(self, feed: Feed) -> str:
        if not feed.path:
            return self._imprint.site.description
        declared = selections.declared_as(feed.subject, self._declared)
        return declared.description if declared else ""

    def _page(self, listing: Listing) -> Document:
        feed, title = listing.feed, self.title(listing.feed)
        if listing.standing is Standing.RETIRED:
            return self._pages.retired(feed, title)
        if feed.subject.selection is Selection.EVERYTHING:
            counts = [replace(count, subject=self._named(count.subject)) for count in listing.counts]
            return self._pages.home(feed, listing.latest, counts, has_issues=listing.has_issues)
        return self._pages.feed(feed, title, self._description(feed), listing.latest)

    def _named(self, subject: Subject) -> Subject:
        """Return a subject with the name that people shall read: a declared feed has a title."""
        declared = selections.declared_as(subject, self._declared)
        if declared:
            return replace(subject, name=declared.title)
        return selections.told(subject, self._imprint.speech)


def _texts(listing: Listing, wanted: Format) -> list[bytes]:
    return [entries.written(entry, wanted) for entry in listing.entries]


def media_type(path: str) -> str | None:
    """Return the type of the live document of a feed that stands at a path; None for everything else."""
    return TYPES.get(path.rpartition("/")[2])


def live_paths(feed: Feed, publish: Publish) -> list[str]:
    """Return where the live documents of a feed stand."""
    files = [file for made, (file, _) in _FORMATS.items() if made in publish.formats]
    return [feed.path + file for file in [*files, *([pages.FILE] if publish.pages else [])]]


def archive_paths(feed: Feed, number: int) -> list[str]:
    """Return where an archive of a feed stands, and the page beside it."""
    return [archive_path(feed, number), pages.older_path(feed, number)]


def edition_path(edition: Edition | None = None) -> str:
    """Return where the page of an edition stands in the tree, or the list of all."""
    return (edition.path if edition else ISSUES) + pages.FILE


def item_path(item: Item) -> str:
    """Return where an item's own page stands in the tree."""
    return item.path + pages.FILE
