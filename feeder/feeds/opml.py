"""The list of all feeds, for readers that take many at once. Source: OPML 2.0 (opml.org)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from lxml import etree

from feeder.feeds.imprint import Imprint
from feeder.feeds.vocabularies import add
from feeder.model.feeds import Feed, Selection

FILE = "feeds.opml"

_GROUPS = {
    Selection.TAG: "Subjects",
    Selection.OUTLET: "Outlets",
    Selection.AUTHOR: "Authors",
    Selection.KIND: "Kinds",
    Selection.LANGUAGE: "Languages",
    Selection.DECLARED: "Selections",
}


def document(feeds: Sequence[Feed], titles: Mapping[Feed, str], imprint: Imprint) -> bytes:
    """Write the list of feeds, in the order given, those of each kind in a group of its own."""
    root = etree.Element("opml", version="2.0")
    head, body = add(root, "head"), add(root, "body")
    add(head, "title", f"{imprint.site.title}: all feeds")
    add(head, "ownerName", imprint.site.author)
    for selection, some in groupby(feeds, key=lambda feed: feed.subject.selection):
        group = {"text": _GROUPS.get(selection, "")}
        parent = etree.SubElement(body, "outline", group) if selection in _GROUPS else body
        _add_outlines(parent, some, titles, imprint)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")


def _add_outlines(
    parent: etree._Element, feeds: Iterable[Feed], titles: Mapping[Feed, str], imprint: Imprint
) -> None:
    for feed in feeds:
        about = {
            "type": "rss",
            "text": titles[feed],
            "title": titles[feed],
            # OPML knows one type for all feeds, and readers take Atom for it.
            "xmlUrl": imprint.address(f"{feed.path}atom.xml"),
            "htmlUrl": imprint.address(feed.path),
        }
        etree.SubElement(parent, "outline", about)
