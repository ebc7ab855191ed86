"""Atom 1.0, by feedgen, and by extensions of ours where feedgen is wrong.

feedgen drops all attributes of an entry's links but `href`, writes an incomplete `source`, knows no
`xml:lang` on entries, and takes the present for a missing date; so every date is set, and links,
source and language are written here. Its tree has no namespace of its own: elements are plain.
Source: RFC 4287; RFC 5005 (archives), RFC 6721 (tombstones).
"""

from collections.abc import Sequence

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeder.feeds import content, links, vocabularies
from feeder.feeds.heads import Head, archive_path
from feeder.feeds.imprint import Imprint
from feeder.feeds.vocabularies import HISTORY, LANG, OF_ENTRIES, TOMBSTONES, add
from feeder.markup import dates
from feeder.model.items import Item, Kind

FILE = "atom.xml"
TYPE = "application/atom+xml"

_VOCABULARIES = {**OF_ENTRIES, "fh": HISTORY, "at": TOMBSTONES}


class _About(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen leaves out of a feed."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        """Return prefixes and the namespaces that they stand for."""
        return _VOCABULARIES

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Write that it is complete or an archive, and what it once listed."""
        if self.head.complete:
            add(feed, f"{{{HISTORY}}}complete")
        if self.head.archive is not None:
            add(feed, f"{{{HISTORY}}}archive")
        for stone in self.head.tombstones:
            add(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=stone.uid, when=dates.iso(stone.at))
        return feed


class _Details(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen leaves out of an entry, or gets wrong."""

    item: Item
    imprint: Imprint

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Write language, links, source, and how libraries know the work."""
        item = self.item
        if item.language:
            entry.set(LANG, item.language)
        for wrong in entry.findall("link"):
            entry.remove(wrong)
        for link in links.links(item, self.imprint):
            kind = {"rel": link.rel, "type": "text/html", "href": link.href}
            add(entry, "link", **kind, hreflang=link.hreflang, title=link.title)
        _add_source(entry, item)
        vocabularies.add_work(entry, item)
        vocabularies.add_picture(entry, item, self.imprint)
        return entry


def entry(item: Item, imprint: Imprint) -> bytes:
    """Write the entry of an item, as it stands in any feed of the site.

    Raises: ValueError, TypeError, for what no XML can hold.
    """
    made = FeedEntry()
    made.register_extension("feeder", _Details)
    made.feeder.item, made.feeder.imprint = item, imprint
    made.id(item.uid)
    made.title(item.title)
    made.updated(item.updated)
    made.published(item.posted)
    for author in item.authors:
        made.author(name=author.name)
    if not item.authors:
        made.author(name=imprint.site.author)
    for category in categories(item, imprint):
        made.category(dict(category))
    made.summary(content.summary(item))
    made.content(content.content(item, imprint), type="html")
    return vocabularies.within(made.atom_entry(), ("feed",), _VOCABULARIES)


def document(head: Head, entries: Sequence[bytes], imprint: Imprint) -> bytes:
    """Write a feed of entries, in the order given."""
    generator = FeedGenerator()
    generator.register_extension("feeder", _About)
    generator.feeder.head = head
    generator.id(head.feed.uid)
    generator.title(head.title)
    if head.description:
        generator.subtitle(head.description)
    generator.updated(head.updated)
    generator.author(name=imprint.site.author)
    generator.language(imprint.site.language)
    generator.generator("feeder")
    for rel, path in _documents(head):
        generator.link(href=imprint.address(path), rel=rel, type=TYPE)
    for hub in imprint.hubs if head.archive is None else ():
        generator.link(href=hub, rel="hub")
    # feedgen takes the last link for the one of RSS, so the page comes last.
    generator.link(href=imprint.address(head.feed.path), rel="alternate", type="text/html")
    return vocabularies.filled(bytes(generator.atom_str(pretty=True)), list(entries), b"</feed>")


def categories(item: Item, imprint: Imprint) -> list[dict[str, str]]:
    """Return what an item is about, what it is, and where it appeared, each with scheme and label."""
    say = imprint.speech.say
    label = say("Appearance") if item.kind is Kind.APPEARANCE else say("Piece")
    kind = {"term": item.kind.value, "label": label}
    found = [{"term": tag.slug, "scheme": imprint.address("tag/"), "label": tag.name} for tag in item.tags]
    found.append({**kind, "scheme": imprint.address("kind/")})
    if item.outlet:
        outlet = {"term": item.outlet.slug, "label": item.outlet.name}
        found.append({**outlet, "scheme": imprint.address("outlet/")})
    return found


def _documents(head: Head) -> list[tuple[str, str]]:
    """Return where the document stands, and where the others of its feed do (RFC 5005, section 4)."""
    live = head.feed.path + FILE
    if head.archive is None:
        found = [("self", live)]
    else:
        found = [("self", archive_path(head.feed, head.archive)), ("current", live)]
    if head.previous is not None:
        found.append(("prev-archive", archive_path(head.feed, head.previous)))
    if head.next is not None:
        found.append(("next-archive", archive_path(head.feed, head.next)))
    return found


def _add_source(entry: etree._Element, item: Item) -> None:
    """Name the outlet as the feed that the item comes from (RFC 4287, 4.2.11)."""
    if item.outlet is None:
        return
    source = add(entry, "source")
    add(source, "id", item.outlet.uid)
    add(source, "title", item.outlet.name)
    add(source, "updated", dates.iso(item.posted))
    if item.outlet.home:
        add(source, "link", rel="alternate", href=item.outlet.home)
