"""What programs that know nothing of feeder read in its documents."""

import calendar
import io
import json
from datetime import UTC, datetime
from time import struct_time
from typing import NamedTuple

import feedparser
from lxml import etree

from tests.feeds.kits import atom_rules


class Read(NamedTuple):
    """What every format tells of an item."""

    id: str
    title: str
    link: str | None
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    language: str


class Feed(NamedTuple):
    """What every format tells of a feed, and its items in their order."""

    title: str
    home: str
    language: str
    hubs: tuple[str, ...]
    updated: datetime
    deleted: tuple[tuple[str, str], ...]
    items: tuple[Read, ...]


def xml(document: bytes) -> Feed:
    """Read Atom or RSS with feedparser, which must have nothing to complain of."""
    read = feedparser.parse(io.BytesIO(document))
    assert not read.bozo, read.get("bozo_exception")
    # feedparser gives no languages of entries in Atom, and titles through a sanitizer.
    root = etree.fromstring(document)
    entries = [*root.iter(f"{atom_rules.NS}entry"), *root.iter("item")]
    about = read.feed
    return Feed(
        title=_title(root if about.get("id") else root[0]),
        home=about.link,
        language=about.language,
        hubs=tuple(link.href for link in about.links if link.rel == "hub"),
        updated=_moment(about.updated_parsed),
        deleted=tuple(
            (stone.get("ref", ""), stone.get("when", ""))
            for stone in root.iter(f"{atom_rules.AT}deleted-entry")
        ),
        items=tuple(
            Read(
                entry.id,
                _title(element),
                # Where there is no link, feedparser gives the id.
                None if entry.get("link") == entry.id else entry.get("link"),
                _moment(entry.published_parsed),
                _moment(entry.updated_parsed),
                tuple(author.name for author in entry.authors),
                _language(element),
            )
            for entry, element in zip(read.entries, entries, strict=True)
        ),
    )


def json_feed(document: bytes) -> Feed:
    """Read JSON Feed: an item leads where `external_url` says, else to its page."""
    read = json.loads(document)
    return Feed(
        title=read["title"],
        home=read["home_page_url"],
        language=read["language"],
        hubs=tuple(hub["url"] for hub in read.get("hubs", [])),
        updated=datetime.fromisoformat(read["_feeder"]["updated"]),
        deleted=tuple((stone["id"], stone["when"]) for stone in read["_feeder"].get("deleted", [])),
        items=tuple(
            Read(
                item["id"],
                item["title"],
                item.get("external_url") or item.get("url"),
                datetime.fromisoformat(item["date_published"]),
                datetime.fromisoformat(item["date_modified"]),
                tuple(author["name"] for author in item["authors"]),
                item.get("language", ""),
            )
            for item in read["items"]
        ),
    )


def _moment(read: struct_time) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(read), UTC)


def _title(element: etree._Element) -> str:
    return element.findtext(f"{atom_rules.NS}title") or element.findtext("title") or ""


def _language(element: etree._Element) -> str:
    return (
        element.get(atom_rules.XML_LANG)
        or element.findtext("{http://purl.org/dc/elements/1.1/}language")
        or ""
    )
