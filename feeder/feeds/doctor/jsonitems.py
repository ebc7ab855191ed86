"""An item of JSON Feed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from feeder.feeds.doctor import dates, jsonshapes, texts, times
from feeder.feeds.doctor.findings import Finding, Place, error, quoted, warning
from feeder.feeds.doctor.jsonshapes import Shape
from feeder.feeds.doctor.times import Dated

ID_MISSING = error("id-missing", "an item has an id", "JSON Feed 1.1, items")
ID_TYPE = error("id-type", "an id is text", "JSON Feed 1.1, items")
ID_DUPLICATE = error(
    "id-duplicate",
    "each item has its own id: readers show one of those that share one",
    "JSON Feed 1.1, items",
)
CONTENT = error("no-content", "an item has content_html or content_text", "JSON Feed 1.1, items")
DATE = error("date", "a date is written by RFC 3339", "JSON Feed 1.1, items")
AUTHOR = error("person-name", "an author has a name, a url or an avatar", "JSON Feed 1.1, authors")
ATTACHMENT = error("attachment", "an attachment has url and mime_type", "JSON Feed 1.1, attachments")
TAG = error("tag-type", "tags are texts", "JSON Feed 1.1, items")
TITLE_EMPTY = warning("title-empty", "a title says something, or is left out", "JSON Feed 1.1, items")

PERSON = Shape({"name": str, "url": str, "avatar": str}, ("url", "avatar"))

_ITEM = Shape(
    {
        "id": object,  # looked at on its own
        "url": str,
        "external_url": str,
        "title": str,
        "content_html": str,
        "content_text": str,
        "summary": str,
        "image": str,
        "banner_image": str,
        "date_published": str,
        "date_modified": str,
        "author": dict,
        "authors": list,
        "tags": list,
        "language": str,
        "attachments": list,
    },
    ("url", "external_url", "image", "banner_image"),
)
_ATTACHMENT = Shape(
    {"url": str, "mime_type": str, "title": str, "size_in_bytes": float, "duration_in_seconds": float},
    ("url",),
)
_DATES = ("date_published", "date_modified")

Item = Mapping[str, Any]


def check(item: Item, path: str, now: datetime) -> Iterator[Finding]:
    """Check one item."""
    yield from jsonshapes.check(item, path, _ITEM)
    yield from _id(item, path)
    if not any(isinstance(item.get(key), str) for key in ("content_html", "content_text")):
        yield Finding(
            CONTENT,
            Place(path),
            "it has neither content_html nor content_text",
            "add the text, or at least a sentence",
        )
    if "title" in item and isinstance(item["title"], str):
        yield from _title(item["title"], Place(f"{path}.title"))
    place = Place(f"{path}.content_html")
    yield from texts.check_html(jsonshapes.text(item, "content_html"), place, is_based=False)
    for key in _DATES:
        yield from _date(jsonshapes.text(item, key), Place(f"{path}.{key}"), now)
    yield from check_people(item, f"{path}.")
    for at, attachment in jsonshapes.objects(item, "attachments"):
        yield from _attachment(attachment, f"{path}.attachments[{at}]")
    tags = item.get("tags")
    for at, tag in enumerate(tags if isinstance(tags, list) else ()):
        if not isinstance(tag, str):
            yield Finding(TAG, Place(f"{path}.tags[{at}]"), "it is no text", "write it in quotation marks")


def check_people(holder: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    """Check the authors of a feed or an item."""
    people = [(f"{prefix}authors[{at}]", person) for at, person in jsonshapes.objects(holder, "authors")]
    if isinstance(holder.get("author"), dict):
        people.append((f"{prefix}author", holder["author"]))
    for path, person in people:
        yield from jsonshapes.check(person, path, PERSON)
        if not any(jsonshapes.text(person, key).strip() for key in PERSON.types):
            yield Finding(AUTHOR, Place(path), "it has none of them", "write a name")


def check_ids(items: Sequence[tuple[int, Item]]) -> Iterator[Finding]:
    """Check that no two items have one id."""
    first: dict[str, int] = {}
    for at, item in items:
        name = ident(item)
        if name and first.setdefault(name, at) != at:
            found = f"{quoted(name)} is that of items[{first[name]}] as well"
            yield Finding(ID_DUPLICATE, Place(f"items[{at}].id"), found, "give each item an id of its own")


def ident(item: Item) -> str:
    """Return the id of an item as text; empty if it has none."""
    found = item.get("id")
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def dated(item: Item, path: str) -> Dated:
    """Return the dates of an item."""
    published, updated = (dates.guess(jsonshapes.text(item, key)) for key in _DATES)
    return Dated(Place(f"{path}.{_DATES[0] if published else _DATES[1]}"), published, updated)


def _id(item: Item, path: str) -> Iterator[Finding]:
    found = item.get("id")
    if found is None or found == "":
        yield Finding(ID_MISSING, Place(path), "it has no id", "mint one, and keep it for good")
    elif not isinstance(found, str):
        place = Place(f"{path}.id")
        yield Finding(
            ID_TYPE, place, f"it is {quoted(ident(item) or 'something else')}", "put it in quotation marks"
        )


def _title(title: str, place: Place) -> Iterator[Finding]:
    if title.strip():
        yield from texts.check_plain(title, place)
    else:
        yield Finding(TITLE_EMPTY, place, "it is empty", "write one, or leave the key out")


def _date(written: str, place: Place, now: datetime) -> Iterator[Finding]:
    if not written:
        return
    moment = dates.of_3339(written)
    if moment is None:
        yield Finding(DATE, place, f"{quoted(written)} is another form", dates.mend_3339(written))
    else:
        yield from times.check_one(moment, place, now)


def _attachment(attachment: Mapping[str, Any], path: str) -> Iterator[Finding]:
    yield from jsonshapes.check(attachment, path, _ATTACHMENT)
    missing = [key for key in ("url", "mime_type") if not jsonshapes.text(attachment, key).strip()]
    if missing:
        yield Finding(ATTACHMENT, Place(path), f"it lacks {' and '.join(missing)}", "add it")
