"""A feed in JSON Feed 1.0 or 1.1. Source: https://www.jsonfeed.org/version/1.1/."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from feeder.feeds.doctor import discovery, jsonitems, jsonshapes, times
from feeder.feeds.doctor.discovery import Claim, Claims
from feeder.feeds.doctor.findings import Finding, Place, advice, error, quoted, warning
from feeder.feeds.doctor.jsonshapes import Shape
from feeder.feeds.doctor.subjects import Family, Seen, Subject

OBJECT = error("no-object", "a feed is an object", "JSON Feed 1.1")
VERSION = error("version", "a feed tells its version", "JSON Feed 1.1, top-level")
VERSION_ODD = warning("version-odd", "the version is written as the format says", "JSON Feed 1.1, top-level")
TITLE = error("title-missing", "a feed has a title", "JSON Feed 1.1, top-level")
ITEMS = error("items-missing", "a feed has a list of items", "JSON Feed 1.1, top-level")
ITEM = error("item-type", "an item is an object", "JSON Feed 1.1, items")
OLD_AUTHOR = advice("author-old", "since 1.1 it is authors, a list", "JSON Feed 1.1, authors")
NEXT = error("next-itself", "next_url is another page", "JSON Feed 1.1, top-level")
HUB = error("hub", "a hub has type and url", "JSON Feed 1.1, hubs")

_VERSION = re.compile(r"https://jsonfeed\.org/version/(1(?:\.1)?)")
_NEAR_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.[01])?/?", re.IGNORECASE)
_FEED = Shape(
    {
        "version": str,
        "title": str,
        "home_page_url": str,
        "feed_url": str,
        "description": str,
        "user_comment": str,
        "next_url": str,
        "icon": str,
        "favicon": str,
        "author": dict,
        "authors": list,
        "language": str,
        "expired": bool,
        "hubs": list,
        "items": list,
    },
    ("home_page_url", "next_url", "icon", "favicon"),
)
_HUB = Shape({"type": str, "url": str})
_HOW = '"feed_url": "…"'
_NEWEST = "https://jsonfeed.org/version/1.1"


def examine(text: str, subject: Subject) -> Seen:
    """Examine a document that begins as JSON does."""
    parsed = jsonshapes.parse(text)
    feed = parsed.value
    if not isinstance(feed, dict):
        found = list(parsed.findings) or [
            Finding(OBJECT, Place(), "it is a list", "write an object with version, title and items")
        ]
        return Seen(Family.JSON, "", (), found)
    version = _VERSION.fullmatch(jsonshapes.text(feed, "version"))
    number = {"1": "1.0"}.get(version[1], version[1]) if version else ""
    items = jsonshapes.objects(feed, "items")
    ids = tuple(jsonitems.ident(item) for _, item in items)
    findings = [*parsed.findings]
    return Seen(Family.JSON, f"JSON Feed {number}".strip(), ids, _findings(feed, findings, subject))


def _findings(feed: Mapping[str, Any], before: list[Finding], subject: Subject) -> Iterator[Finding]:
    yield from before
    yield from jsonshapes.check(feed, "", _FEED)
    yield from _version(jsonshapes.text(feed, "version"))
    if not jsonshapes.text(feed, "title").strip():
        yield Finding(TITLE, Place(), "it has no title", "add one")
    if not isinstance(feed.get("items"), list):
        yield Finding(ITEMS, Place(), "it has no list of items", "add one, empty if there are none")
    yield from jsonitems.check_people(feed, "")
    if "author" in feed and "authors" not in feed and "1.1" in jsonshapes.text(feed, "version"):
        yield Finding(OLD_AUTHOR, Place("author"), "it is author", "write authors beside it")
    yield from _items(feed, subject)
    yield from _addresses(feed, subject)


def _version(version: str) -> Iterator[Finding]:
    if _VERSION.fullmatch(version):
        return
    if _NEAR_VERSION.fullmatch(version):
        yield Finding(VERSION_ODD, Place("version"), f"it is {quoted(version)}", f"write {_NEWEST}")
    else:
        found = f"it is {quoted(version)}" if version else "it tells none"
        yield Finding(VERSION, Place("version"), found, f"write {_NEWEST}")


def _items(feed: Mapping[str, Any], subject: Subject) -> Iterator[Finding]:
    listed = feed.get("items")
    for at, item in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(item, dict):
            yield Finding(ITEM, Place(f"items[{at}]"), "it is no object", "leave it out")
    items = jsonshapes.objects(feed, "items")
    for at, item in items:
        yield from jsonitems.check(item, f"items[{at}]", subject.now)
    yield from jsonitems.check_ids(items)
    yield from times.check_entries([jsonitems.dated(item, f"items[{at}]") for at, item in items])


def _addresses(feed: Mapping[str, Any], subject: Subject) -> Iterator[Finding]:
    own = jsonshapes.text(feed, "feed_url").strip()
    selves = [Claim(Place("feed_url"), own)] if own else []
    hubs = jsonshapes.objects(feed, "hubs")
    for at, hub in hubs:
        yield from jsonshapes.check(hub, f"hubs[{at}]", _HUB)
        if not all(jsonshapes.text(hub, key).strip() for key in _HUB.types):
            yield Finding(HUB, Place(f"hubs[{at}]"), "it lacks one of them", "write both")
    websub = [
        Claim(Place(f"hubs[{at}].url"), jsonshapes.text(hub, "url"))
        for at, hub in hubs
        if jsonshapes.text(hub, "type").lower() == "websub"
    ]
    yield from discovery.check(Claims(Place(), _HOW, selves, websub), subject, discovery.SELF_MISSING_JSON)
    following = jsonshapes.text(feed, "next_url")
    if following and following in {own, subject.address}:
        yield Finding(NEXT, Place("next_url"), "it is the feed itself", "leave it out on the last page")
    links = [Claim(Place("home_page_url"), jsonshapes.text(feed, "home_page_url"))]
    links += [
        Claim(Place(f"items[{at}].url"), jsonshapes.text(item, "url"))
        for at, item in jsonshapes.objects(feed, "items")
    ]
    yield from discovery.check_schemes(links, subject)
