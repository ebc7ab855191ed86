"""Holds Atom documents against RFC 4287, 5005 and 6721, and against what feeder promises beyond them."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

NS = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TYPE = "application/atom+xml"

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)")

_SCHEMA = Path(__file__).parent.parent.parent / "data" / "schemas" / "atom.rng"


@cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(_SCHEMA))


def violations(document: bytes, address: str) -> list[str]:
    """Return what is wrong with a document at `address`, each with the section that says so."""
    feed = etree.fromstring(document)
    schema = _schema()
    found = [] if schema.validate(feed) else [f"B: {error.message}" for error in schema.error_log]
    found += _about_feed(feed, address)
    entries = feed.findall(f"{NS}entry")
    for entry in entries:
        found += _about_entry(entry, has_feed_author=feed.find(f"{NS}author") is not None)
    ids = Counter(entry.findtext(f"{NS}id") for entry in entries)
    found += [f"4.1.1: {id_} stands {times} times" for id_, times in ids.items() if times > 1]
    found += [f"3.1: text of type {made.get('type')}" for made in _texts(feed) if not _is_text(made)]
    updates = [entry.findtext(f"{NS}updated") or "" for entry in entries]
    if max(updates, default="") > (feed.findtext(f"{NS}updated") or ""):
        found.append("the feed is older than its newest entry")
    return found + _history(feed) + _tombstones(feed, set(ids))


def entry_ids(document: bytes) -> list[str]:
    """Return the ids of the entries, in their order."""
    return [made.text or "" for made in etree.fromstring(document).iterfind(f"{NS}entry/{NS}id")]


def links(document: bytes) -> dict[str, str]:
    """Return where the links of a feed lead, by their relations; of several, the last."""
    found = etree.fromstring(document).findall(f"{NS}link")
    return {link.get("rel", ""): link.get("href", "") for link in found}


def is_complete(document: bytes) -> bool:
    return etree.fromstring(document).find(f"{FH}complete") is not None


def deleted(document: bytes) -> dict[str, str]:
    """Return when entries were deleted, by their ids."""
    stones = etree.fromstring(document).findall(f"{AT}deleted-entry")
    return {stone.get("ref", ""): stone.get("when", "") for stone in stones}


# ── RFC 4287 ─────────────────────────────────────────────────────────────────────────────────────


def _about_feed(feed: etree._Element, address: str) -> list[str]:
    found = _once(feed, "id", "title", "updated") + _ids(feed) + _dates(feed) + _people(feed) + _links(feed)
    own = [link for link in feed.findall(f"{NS}link") if link.get("rel") == "self"]
    if [(link.get("href"), link.get("type")) for link in own] != [(address, TYPE)]:
        found.append(f"4.1.1: the self link is not {address}")
    if not feed.get(XML_LANG):
        found.append("the feed has no xml:lang")
    return found


def _about_entry(entry: etree._Element, *, has_feed_author: bool) -> list[str]:
    found = _once(entry, "id", "title", "updated", "published") + _ids(entry) + _dates(entry)
    found += _people(entry) + _links(entry)
    if not has_feed_author and entry.find(f"{NS}author") is None:
        found.append("4.1.1: neither the feed nor the entry has an author")
    content = entry.find(f"{NS}content")
    if content is None and not _alternates(entry):
        found.append("4.1.2: neither content nor alternate link")
    if content is not None and content.get("src") and entry.find(f"{NS}summary") is None:
        found.append("4.1.2: remote content without a summary")
    if not (entry.findtext(f"{NS}content") or entry.findtext(f"{NS}summary")):
        found.append("4.1.1.1: an entry without any text")
    for source in entry.findall(f"{NS}source"):
        found += _once(source, "id", "title", "updated") + _ids(source) + _dates(source) + _links(source)
    return found + _categories(entry)


def _categories(entry: etree._Element) -> list[str]:
    found = []
    for category in entry.findall(f"{NS}category"):
        if not (category.get("term") and category.get("label")):
            found.append("4.2.2: a category without term or label")
        if not IRI.fullmatch(category.get("scheme", "")):
            found.append(f"4.2.2.2: the scheme {category.get('scheme')} is no IRI")
    return found


def _once(element: etree._Element, *names: str) -> list[str]:
    return [
        f"{element.tag!r} has {count} of {name}"
        for name in names
        if (count := len(element.findall(f"{NS}{name}"))) != 1
    ]


def _ids(element: etree._Element) -> list[str]:
    wrong = [made.text for made in element.findall(f"{NS}id") if not IRI.fullmatch(made.text or "")]
    return [f"4.2.6: the id {text!r} is no IRI" for text in wrong]


def _dates(element: etree._Element) -> list[str]:
    made = [*element.findall(f"{NS}updated"), *element.findall(f"{NS}published")]
    wrong = [when.text for when in made if not MOMENT.fullmatch(when.text or "")]
    return [f"3.3: {text!r} is no moment of RFC 3339 in UTC" for text in wrong]


def _people(element: etree._Element) -> list[str]:
    people = [*element.findall(f"{NS}author"), *element.findall(f"{NS}contributor")]
    names = [[name.text for name in person.findall(f"{NS}name")] for person in people]
    return [f"3.2: a person called {called}" for called in names if len(called) != 1 or not called[0]]


def _links(element: etree._Element) -> list[str]:
    found = []
    for link in element.findall(f"{NS}link"):
        href = link.get("href", "")
        if not (IRI.fullmatch(href) and urlsplit(href).netloc):
            found.append(f"4.2.7: the link {href!r} is not absolute")
    alternates = Counter(_alternates(element))
    found += [f"4.1.1, 4.1.2: two alternates of {which}" for which, n in alternates.items() if n > 1]
    return found


def _alternates(element: etree._Element) -> list[tuple[str | None, str]]:
    links = element.findall(f"{NS}link")
    # Language tags are the same in capitals or not.
    return [
        (link.get("type"), link.get("hreflang", "").lower())
        for link in links
        if link.get("rel") == "alternate"
    ]


def _texts(feed: etree._Element) -> list[etree._Element]:
    names = ("title", "subtitle", "summary", "rights", "content")
    return [made for name in names for made in feed.iter(f"{NS}{name}")]


def _is_text(made: etree._Element) -> bool:
    return made.get("type", "text") in {"text", "html"} and len(made) == 0


# ── RFC 5005 ─────────────────────────────────────────────────────────────────────────────────────


def _history(feed: etree._Element) -> list[str]:
    rels = Counter(link.get("rel", "") for link in feed.findall(f"{NS}link"))
    parts = {rel for rel in rels if rel in {"prev-archive", "next-archive", "current"}}
    is_archive, is_complete = (feed.find(f"{FH}{name}") is not None for name in ("archive", "complete"))
    found = [f"4: {rels[rel]} links to {rel}" for rel in parts if rels[rel] > 1]
    if is_complete and (is_archive or parts):
        found.append("2: a complete feed is, or has, an archive")
    if is_archive and "current" not in parts:
        found.append("4: an archive that does not lead to the current feed")
    if not is_archive and parts - {"prev-archive"}:
        found.append(f"4: a feed that is no archive leads to {sorted(parts)}")
    if is_archive and "hub" in rels:
        found.append("an archive announces a hub, and is never pushed")
    return found


# ── RFC 6721 ─────────────────────────────────────────────────────────────────────────────────────


def _tombstones(feed: etree._Element, ids: set[str | None]) -> list[str]:
    stones = feed.findall(f"{AT}deleted-entry")
    found = [
        f"3: {stone.get('ref')!r} is no IRI" for stone in stones if not IRI.fullmatch(stone.get("ref", ""))
    ]
    found += [
        f"3: {stone.get('when')!r} is no moment"
        for stone in stones
        if not MOMENT.fullmatch(stone.get("when", ""))
    ]
    refs = Counter(stone.get("ref") for stone in stones)
    found += [f"{ref} is told {n} times to be deleted" for ref, n in refs.items() if n > 1]
    found += [f"{ref} is listed, and told to be deleted" for ref in refs if ref in ids]
    if (
        max((stone.get("when", "") for stone in stones), default="")[:19]
        > (feed.findtext(f"{NS}updated") or "")[:19]
    ):
        found.append("the feed is older than its newest tombstone")
    return found
