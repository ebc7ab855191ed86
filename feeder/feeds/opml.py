"""The list of all feeds, for readers that take many at once. Source: OPML 2.0 (opml.org)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from lxml import etree

from feeder.feeds.imprint import Imprint
from feeder.feeds.vocabularies import add
from feeder.model.feeds import Feed, Selection
from feeder.templating.speech import marked

FILE = "feeds.opml"

_GROUPS = {
    Selection.TAG: marked("Subjects"),
    Selection.OUTLET: marked("Outlets"),
    Selection.AUTHOR: marked("Authors"),
    Selection.KIND: marked("Kinds"),
    Selection.LANGUAGE: marked("Languages"),
    Selection.DECLARED: marked("Selections"),
}


def document(feeds: Sequence[Feed], titles: Mapping[Feed, str], imprint: Imprint) -> bytes:
    """Write the list of feeds, in the order given, those of each kind in a group of its own."""
    root = etree.Element("opml", version="2.0")
    head, body = add(root, "head"), add(root, "body")
    add(head, "title", imprint.speech.say("%(title)s: all feeds", title=imprint.site.title))
    add(head, "ownerName", imprint.site.author)
    for selection, some in groupby(feeds, key=lambda feed: feed.subject.selection):
        group = {"text": imprint.speech.gettext(_GROUPS.get(selection, ""))}
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
