"""JSON Feed 1.1. Source: jsonfeed.org/version/1.1."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from feeder.feeds import content, links
from feeder.feeds.heads import Head, archive_path
from feeder.feeds.imprint import Imprint
from feeder.markup import dates, urls
from feeder.model.items import Item

FILE = "feed.json"
TYPE = "application/feed+json"

_VERSION = "https://jsonfeed.org/version/1.1"


def entry(item: Item, imprint: Imprint) -> bytes:
    """Write the item of an item, as it stands in any feed of the site.

    `url` is its own page, and `external_url` where it appeared.
    """
    picture = item.picture
    names = [author.name for author in item.authors] or [imprint.site.author]
    told = {
        "id": item.uid,
        "url": imprint.page_of(item) or item.url,
        "external_url": item.url,
        "title": item.title,
        "content_html": content.content(item, imprint),
        "summary": content.summary(item),
        "image": imprint.source_of(picture) if picture else None,
        "date_published": dates.iso(item.posted),
        "date_modified": dates.iso(item.updated),
        "authors": [{"name": name} for name in names],
        "tags": [tag.name for tag in item.tags],
        "language": item.language,
        "_feeder": _told(_details(item, imprint)),
    }
    return _line(_told(told))


def document(head: Head, entries: Sequence[bytes], imprint: Imprint) -> bytes:
    """Write a feed of items, in the order given."""
    deleted = [{"id": stone.uid, "when": dates.iso(stone.at)} for stone in head.tombstones]
    archive = imprint.address(archive_path(head.feed, head.previous)) if head.previous is not None else None
    told = _told(
        {
            "version": _VERSION,
            "title": head.title,
            "home_page_url": imprint.address(head.feed.path),
            "feed_url": imprint.address(head.feed.path + FILE),
            "description": head.description,
            "authors": [{"name": imprint.site.author}],
            "language": imprint.site.language,
            "hubs": [{"type": "WebSub", "url": hub} for hub in imprint.hubs],
            "_feeder": _told(
                {
                    "updated": dates.iso(head.updated),
                    "complete": head.complete or None,
                    "archive": archive,
                    "deleted": deleted,
                }
            ),
        }
    )
    fields = b",\n".join(_line({name: value})[1:-1] for name, value in told.items())
    items = b",\n".join(entries)
    return b'{%s,\n"items": [\n%s\n]}\n' % (fields, items)


def _details(item: Item, imprint: Imprint) -> Mapping[str, Any]:
    outlet = item.outlet
    related = [
        _told({"rel": link.rel, "url": link.href, "title": link.title, "language": link.hreflang})
        for link in links.links(item, imprint)
        if link.rel != "alternate"
    ]
    return {
        "kind": item.kind.value,
        "outlet": _told({"name": outlet.name, "url": outlet.home}) if outlet else None,
        "published": dates.iso(item.published) if item.published else None,
        "doi": urls.doi(item.url or ""),
        "links": related,
    }


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
