"""Atom 1.0, by feedgen, and by an extension of ours where feedgen is wrong.

feedgen drops all attributes of an entry's links but `href`, writes an incomplete `source`, knows no
`xml:lang` on entries, and takes the present for a missing date; so every date is set, and links,
source and language are written here. Its tree has no namespace of its own: elements are plain.
Source: RFC 4287.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeder.errors import DocumentRefused
from feeder.feeds.content import content, summary
from feeder.markup import dates
from feeder.model.feeds import Document, Feed
from feeder.model.items import Item
from feeder.model.settings import Site
from feeder.templating import Templates

FILE = "atom.xml"
TYPE = "application/atom+xml"

_TEXTS = attrgetter(
    "title", "note", "standfirst", "summary", "body", "medium", "role", "topic", "correction", "slug"
)

_PRISM = "http://prismstandard.org/namespaces/basic/2.0/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _Namespaces(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Names the vocabularies that entries use, on the feed's root."""

    def extend_ns(self) -> dict[str, str]:
        """Return prefixes and the namespaces that they stand for."""
        return {"prism": _PRISM}


class _Details(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen leaves out of an entry, or gets wrong."""

    def __init__(self) -> None:
        self.item: Item | None = None
        self.page = ""

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Write language, links, source and the outlet's date of `item`."""
        item = self.item
        if item is None:
            return entry
        if item.language:
            entry.set(_LANG, item.language)
        _write_links(entry, item, self.page)
        if item.outlet:
            _write_source(entry, item)
            _add(entry, f"{{{_PRISM}}}publicationName", item.outlet.name)
        if item.published:
            _add(entry, f"{{{_PRISM}}}publicationDate", dates.iso(item.published))
        return entry


class Entry(FeedEntry):  # type: ignore[misc]
    """An entry that is made once, so that a bad one shows before it can spoil the feed.

    It stands in one feed at a time: the one that was made last.
    """

    _made: etree._Element | None = None

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        """Return the element, made at the first call."""
        if self._made is None:
            self._made = super().atom_entry(extensions)
        return self._made


def entry(item: Item, *, site: Site, templates: Templates) -> Entry:
    """Make the entry of an item.

    Raises: DocumentRefused, when none can be made.
    """
    try:
        _check_characters(item)
        return _entry(item, site, templates)
    except (ValueError, TypeError) as error:
        raise refusal(item, error) from error


def refusal(item: Item, error: Exception) -> DocumentRefused:
    """Name an item that is left out, and why."""
    problem = DocumentRefused(
        f"item {item.uid} ({item.title!r})", f"cannot be published ({error})", "mend it at its source"
    )
    problem.__cause__ = error
    return problem


def document(
    feed: Feed, title: str, updated: datetime, made: Sequence[Entry], site: Site, templates: Templates
) -> Document:
    """Render a feed of entries, in the order given."""
    generator = FeedGenerator()
    generator.register_extension("feeder", _Namespaces, _Details)
    generator.id(feed.uid)
    generator.title(title)
    if site.description and not feed.path:
        generator.subtitle(site.description)
    generator.updated(updated)
    generator.author(name=site.author)
    generator.language(site.language)
    generator.generator("feeder")
    # feedgen takes the last link for the one of RSS, so the page comes last.
    generator.link(href=templates.address(feed.path + FILE), rel="self", type=TYPE)
    generator.link(href=templates.address(feed.path), rel="alternate", type="text/html")
    for entry in made:
        generator.add_entry(entry, order="append")
    return Document(feed.path + FILE, bytes(generator.atom_str(pretty=True)))


def _check_characters(item: Item) -> None:
    """Raise ValueError for what no file can hold, also in words that only its page shows."""
    pictures = [item.picture, *item.pictures] if item.picture else item.pictures
    told = [words for one in pictures for words in (one.src, one.alt, one.caption, one.credit)]
    names = [name.name for name in (*item.tags, *item.authors, *filter(None, [item.outlet]))]
    "".join([*_TEXTS(item), item.url or "", item.language or "", *told, *names]).encode()


def _entry(item: Item, site: Site, templates: Templates) -> Entry:
    entry = Entry()
    entry.register_extension("feeder", _Details)
    entry.feeder.item = item
    entry.feeder.page = templates.address(item.path)
    entry.id(item.uid)
    entry.title(item.title)
    entry.updated(item.updated)
    entry.published(item.posted)
    for author in item.authors:
        entry.author(name=author.name)
    if not item.authors:
        entry.author(name=site.author)
    for tag in item.tags:
        entry.category(term=tag.slug, scheme=templates.address("tag/"), label=tag.name)
    entry.summary(summary(item))
    entry.content(content(item, site, templates) or summary(item), type="html")
    entry.atom_entry()
    return entry


def _write_links(entry: etree._Element, item: Item, page: str) -> None:
    for link in entry.findall("link"):
        entry.remove(link)
    if item.url is None:
        etree.SubElement(entry, "link", rel="alternate", type="text/html", href=page)
        return
    outlet = etree.SubElement(entry, "link", rel="alternate", type="text/html", href=item.url)
    if item.language:
        outlet.set("hreflang", item.language)
    etree.SubElement(entry, "link", rel="related", type="text/html", href=page)


def _write_source(entry: etree._Element, item: Item) -> None:
    """Name the outlet as the feed that the item comes from (RFC 4287, 4.2.11)."""
    if item.outlet is None:
        return
    source = etree.SubElement(entry, "source")
    _add(source, "id", item.outlet.uid)
    _add(source, "title", item.outlet.name)
    _add(source, "updated", dates.iso(item.posted))
    if item.outlet.home:
        etree.SubElement(source, "link", rel="alternate", href=item.outlet.home)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
