"""RSS 2.0, by feedgen, and by extensions of ours where feedgen is wrong.

feedgen drops authors without a mail address and all links of the channel but `self`, and changes
the whole program's locale for each date that it writes, which other threads then see: dates are
written here. Source: RSS 2.0.11 (rssboard.org), RSS best practices profile.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeder.feeds import atom, content, vocabularies
from feeder.feeds.heads import Head
from feeder.feeds.imprint import Imprint
from feeder.feeds.vocabularies import ATOM, CONTENT, DC, OF_ENTRIES, TOMBSTONES, add
from feeder.markup import dates
from feeder.model.items import Item

FILE = "rss.xml"
TYPE = "application/rss+xml"

_VOCABULARIES = {**OF_ENTRIES, "at": TOMBSTONES}


class _Channel(FeedGenerator):  # type: ignore[misc]  # feedgen has no types
    """A channel without a date: feedgen takes the present for it, and can't be told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._FeedGenerator__rss_lastBuildDate = None


class _About(BaseExtension):  # type: ignore[misc]
    """What feedgen leaves out of a channel."""

    head: Head
    hubs: Sequence[str]

    def extend_ns(self) -> dict[str, str]:
        """Return prefixes and the namespaces that they stand for."""
        return _VOCABULARIES

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Write its date, its hubs, and what it once listed."""
        channel = rss[0]
        add(channel, "lastBuildDate", _date(self.head.updated))
        for hub in self.hubs:
            add(channel, f"{{{ATOM}}}link", href=hub, rel="hub")
        for stone in self.head.tombstones:
            add(channel, f"{{{TOMBSTONES}}}deleted-entry", ref=stone.uid, when=dates.iso(stone.at))
        return rss


class _Details(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen leaves out of an item, or gets wrong."""

    item: Item
    imprint: Imprint

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        """Write its dates, authors and source, and how libraries know the work."""
        item = self.item
        add(entry, "pubDate", _date(item.posted))
        add(entry, f"{{{ATOM}}}updated", dates.iso(item.updated))
        for name in [author.name for author in item.authors] or [self.imprint.site.author]:
            add(entry, f"{{{DC}}}creator", name)
        if item.language:
            add(entry, f"{{{DC}}}language", item.language)
        if item.outlet and item.outlet.home:
            add(entry, "source", item.outlet.name, url=item.outlet.home)
        vocabularies.add_work(entry, item)
        vocabularies.add_picture(entry, item, self.imprint)
        return entry


def entry(item: Item, imprint: Imprint) -> bytes:
    """Write the item of an item, as it stands in any channel of the site.

    Raises: ValueError, TypeError, for what no XML can hold.
    """
    made = FeedEntry()
    made.register_extension("feeder", _Details, atom=False)
    made.feeder.item, made.feeder.imprint = item, imprint
    made.id(item.uid)
    made.title(item.title)
    address = imprint.address_of(item)
    if address:
        made.link(href=address)
    for category in atom.categories(item, imprint):
        made.category(category)
    # Descriptions are HTML, titles are not.
    made.summary(escape(content.summary(item), quote=False))
    made.content(content.content(item, imprint), type="html")
    names = {**_VOCABULARIES, "atom": ATOM, "content": CONTENT}
    return vocabularies.within(made.rss_entry(), ("rss", "channel"), names)


def document(head: Head, entries: Sequence[bytes], imprint: Imprint) -> bytes:
    """Write a channel of items, in the order given."""
    generator = _Channel()
    generator.register_extension("feeder", _About, atom=False)
    generator.feeder.head, generator.feeder.hubs = head, imprint.hubs
    generator.title(head.title)
    generator.description(head.description or head.title)
    generator.language(imprint.site.language)
    generator.generator("feeder")
    generator.docs("https://www.rssboard.org/rss-specification")
    generator.link(href=imprint.address(head.feed.path + FILE), rel="self", type=TYPE)
    # feedgen takes the last link for the channel's own.
    generator.link(href=imprint.address(head.feed.path), rel="alternate", type="text/html")
    return vocabularies.filled(bytes(generator.rss_str(pretty=True)), list(entries), b"  </channel>")


def _date(moment: datetime) -> str:
    """Write a date as RFC 822 has it, in English whatever the locale."""
    return format_datetime(moment)
