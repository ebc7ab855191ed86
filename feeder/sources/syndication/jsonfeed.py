"""JSON Feed, versions 1.0 and 1.1. Pure.

Source: https://www.jsonfeed.org/version/1.1/.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from feeder.errors import DraftRefused, SourceError
from feeder.markup import languages, text
from feeder.model.items import Picture
from feeder.sources.syndication.entries import (
    MAX_ENTRIES,
    Channel,
    Entry,
    Written,
    absolute,
    exactly,
    moment,
    people,
    tags,
)

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d+)?/?")

Object = Mapping[str, Any]
"""Anything that JSON can say; each value is looked at before it is used."""


def channel(thing: str, document: str, base: str) -> Channel:
    """Return the feed that a JSON document holds. Values of a wrong type count for nothing.

    Raises: SourceError, naming `thing`, when it is no JSON, no JSON Feed, or too long.
    """
    feed = _feed(thing, document)
    items = feed["items"]
    if len(items) > MAX_ENTRIES:
        raise SourceError(thing, f"has over {MAX_ENTRIES} entries", "give a shorter feed")
    address = _address(feed, "home_page_url", base) or _address(feed, "feed_url", base) or base
    authors = _authors(feed)
    return Channel(
        title=text.line(_text(feed, "title")),
        address=address,
        language=languages.tag(_text(feed, "language")),
        authors=authors,
        older=_address(feed, "next_url", base),
        entries=tuple(_entry(item, address) for item in items if isinstance(item, dict)),
        refused=tuple(
            DraftRefused(f"{thing}, item {number}", "is no object", "mend the feed")
            for number, item in enumerate(items, 1)
            if not isinstance(item, dict)
        ),
    )


def _feed(thing: str, document: str) -> Object:
    try:
        feed = json.loads(document)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SourceError(thing, f"is broken JSON{where}", "tell whoever publishes it") from error
    is_feed = isinstance(feed, dict) and _VERSION.fullmatch(_text(feed, "version"))
    if not is_feed or not isinstance(feed.get("items"), list):
        raise SourceError(thing, "is JSON, but no JSON Feed", "give the address of a feed")
    return dict(feed)


def _entry(item: Object, address: str) -> Entry:
    content = _content(item)
    # An item of a page of links has both: its own page, and the page elsewhere that it tells of.
    link = _address(item, "url", address) or _address(item, "external_url", address)
    return Entry(
        id=exactly(_id(item)),
        link=link,
        title=Written(_text(item, "title")),
        summary=Written(_text(item, "summary")) if content.words else Written(),
        content=content if content.words else Written(_text(item, "summary")),
        published=moment(_text(item, "date_published")),
        updated=moment(_text(item, "date_modified")),
        tags=tags(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        authors=_authors(item),
        language=languages.tag(_text(item, "language")),
        picture=_picture(item, address),
        medium=next((kind for kind in _kinds(item) if kind in {"audio", "video"}), ""),
    )


def _id(item: Object) -> str:
    """Return an id as text: a number is to be taken for it, says the format."""
    found = item.get("id")
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _content(item: Object) -> Written:
    written = _text(item, "content_html")
    return Written(written, is_html=True) if written.strip() else Written(_text(item, "content_text"))


def _picture(item: Object, address: str) -> Picture | None:
    src = _address(item, "image", address) or _address(item, "banner_image", address)
    if not src:
        pictures = (each for each in _attachments(item) if _text(each, "mime_type").startswith("image/"))
        src = next((_address(each, "url", address) for each in pictures), "")
    return Picture(src) if src else None


def _kinds(item: Object) -> Iterator[str]:
    for attachment in _attachments(item):
        yield _text(attachment, "mime_type").partition("/")[0].lower()


def _attachments(item: Object) -> list[Object]:
    return [each for each in _list(item, "attachments") if isinstance(each, dict)]


def _authors(of: Object) -> tuple[str, ...]:
    """Return the names of authors: version 1.0 had one."""
    told = [*_list(of, "authors"), of.get("author")]
    return people(_text(author, "name") for author in told if isinstance(author, dict))


def _address(of: Object, name: str, base: str) -> str:
    return absolute(base, _text(of, name))


def _text(of: Object, name: str) -> str:
    found = of.get(name)
    return found if isinstance(found, str) else ""


def _list(of: Object, name: str) -> list[Any]:
    found = of.get(name)
    return found if isinstance(found, list) else []
