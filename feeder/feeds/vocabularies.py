"""The XML vocabularies that feeds use, and writing in them."""

from collections.abc import Mapping

from lxml import etree

from feeder.feeds.imprint import Imprint
from feeder.markup import dates, urls
from feeder.model.items import Item

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
PRISM = "http://prismstandard.org/namespaces/basic/2.0/"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"

LANG = "{http://www.w3.org/XML/1998/namespace}lang"

OF_ENTRIES = {"dc": DC, "media": MEDIA, "prism": PRISM}
"""What the entries of every format use, by prefix."""


def add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Add an element; attributes that are empty are left out."""
    made = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value})
    made.text = text
    return made


def add_work(entry: etree._Element, item: Item) -> None:
    """Tell of an item as libraries do: where and when it was published, and its DOI.

    Source: PRISM 2.0, publicationName, publicationDate, doi; Dublin Core, identifier.
    """
    if item.outlet:
        add(entry, f"{{{PRISM}}}publicationName", item.outlet.name)
    if item.published:
        add(entry, f"{{{PRISM}}}publicationDate", dates.iso(item.published))
    doi = urls.doi(item.url or "")
    if doi:
        add(entry, f"{{{PRISM}}}doi", doi)
        add(entry, f"{{{DC}}}identifier", f"doi:{doi}")


def add_picture(entry: etree._Element, item: Item, imprint: Imprint) -> None:
    """Tell of an item's picture, its caption and its credit. Source: Media RSS 1.5.1."""
    picture = item.picture
    if picture is None:
        return
    made = add(entry, f"{{{MEDIA}}}content", url=imprint.source_of(picture), medium="image")
    if picture.caption or picture.alt:
        add(made, f"{{{MEDIA}}}description", picture.caption or picture.alt, type="plain")
    if picture.credit:
        add(made, f"{{{MEDIA}}}credit", picture.credit)


def within(made: etree._Element, above: tuple[str, ...], vocabularies: Mapping[str, str]) -> bytes:
    """Return an element as it is written below the elements `above`, whose root names the vocabularies.

    So it needs no names of its own, and can be put into any document that begins like that.
    """
    root = parent = etree.Element(above[0], nsmap=dict(vocabularies))
    for name in above[1:]:
        parent = etree.SubElement(parent, name)
    parent.append(made)
    lines = etree.tostring(root, pretty_print=True, encoding="unicode").split("\n")
    depth = len(above)
    return "\n".join([*lines[depth : -1 - depth], ""]).encode()


def filled(document: bytes, entries: list[bytes], end: bytes) -> bytes:
    """Put entries into a document that has none, before its `end`."""
    beginning, last, rest = document.rpartition(end)
    return b"".join([beginning, *entries, last, rest])
