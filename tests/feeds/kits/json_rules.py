"""Holds documents against JSON Feed 1.1, and against what feeder promises beyond it."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

VERSION = "https://jsonfeed.org/version/1.1"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

_ADDRESSES = ("home_page_url", "feed_url", "next_url", "icon", "favicon")
_OF_FEED = {
    "version", "title", "description", "user_comment", "authors", "language", "expired", "hubs", "items", *_ADDRESSES,
}  # fmt: skip
_ADDRESSES_OF_ITEM = ("url", "external_url", "image", "banner_image")
_TEXTS = ("title", "content_html", "content_text", "summary")
_OF_ITEM = {
    "id", "date_published", "date_modified", "authors", "tags", "language", "attachments",
    *_ADDRESSES_OF_ITEM, *_TEXTS,
}  # fmt: skip


def violations(document: bytes, address: str) -> list[str]:
    """Return what is wrong with a document at `address`."""
    feed = json.loads(document.decode(), object_pairs_hook=_once)
    found = _names(feed, _OF_FEED) + _addresses(feed, _ADDRESSES) + _people(feed) + _language(feed)
    found += [] if feed.get("version") == VERSION else [f"the version is {feed.get('version')}"]
    found += [] if feed.get("feed_url") == address else [f"the feed's own address is not {address}"]
    found += [] if _is_text(feed.get("title")) else ["the feed has no title"]
    for hub in feed.get("hubs", []):
        if hub.get("type") != "WebSub" or not _is_web(hub.get("url")) or set(hub) != {"type", "url"}:
            found.append(f"the hub is {hub}")
    items = feed["items"]
    for item in items:
        found += _about_item(item)
    ids = Counter(item.get("id") for item in items)
    return found + [f"{id_} stands {times} times" for id_, times in ids.items() if times > 1]


def entry_ids(document: bytes) -> list[str]:
    """Return the ids of the items, in their order."""
    return [item["id"] for item in json.loads(document)["items"]]


def _about_item(item: Mapping[str, Any]) -> list[str]:
    found = _names(item, _OF_ITEM) + _addresses(item, _ADDRESSES_OF_ITEM) + _people(item) + _language(item)
    if not _is_text(item.get("id")):
        found.append("an item without an id")
    if not (_is_text(item.get("content_html")) or _is_text(item.get("content_text"))):
        found.append(f"{item.get('id')} has neither HTML nor text")
    found += [
        f"{item.get('id')} has the {name} {item[name]!r}"
        for name in _TEXTS
        if name in item and not _is_text(item[name])
    ]
    for name in ("date_published", "date_modified"):
        if not MOMENT.fullmatch(item.get(name, "")):
            found.append(f"the {name} is {item.get(name)!r}")
    if not all(map(_is_text, item.get("tags", []))):
        found.append(f"the tags are {item['tags']}")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a name stands twice among {names}"
    return dict(pairs)


def _names(told: Mapping[str, Any], known: set[str]) -> list[str]:
    ours = {name: value for name, value in told.items() if name.startswith("_")}
    found = [f"JSON Feed does not know {name}" for name in told if name not in known and name not in ours]
    return found + [
        f"the extension {name} is no object" for name, value in ours.items() if not isinstance(value, dict)
    ]


def _addresses(told: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [f"the {name} is {told[name]!r}" for name in names if name in told and not _is_web(told[name])]


def _people(told: Mapping[str, Any]) -> list[str]:
    people = told.get("authors", [{"name": ""}])
    wrong = [
        one for one in people if not (_is_text(one.get("name")) and set(one) <= {"name", "url", "avatar"})
    ]
    return [f"an author is {one}" for one in wrong]


def _language(told: Mapping[str, Any]) -> list[str]:
    is_right = "language" not in told or LANGUAGE.fullmatch(told["language"])
    return [] if is_right else [f"the language is {told['language']!r}"]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_web(address: object) -> bool:
    parts = urlsplit(address if isinstance(address, str) else "")
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
