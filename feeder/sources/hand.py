"""What people write on a command line, as fields of a draft.

The options mean what the keys of a Markdown file's front matter mean, and are checked alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feeder.errors import DraftRefused
from feeder.markup import dates, html, markdown, urls
from feeder.model.batches import unique
from feeder.model.changes import Known
from feeder.model.items import Draft, Item, Kind, Picture
from feeder.model.settings import BY_HAND, Site
from feeder.sources import substance
from feeder.sources.folder.pictures import Album
from feeder.sources.frontmatter import Fields, Value

SOURCE = BY_HAND
"""The source of all items that were written by hand."""

FIELDS = {
    "title": "title",
    "kind": "kind",
    "url": "url",
    "outlet": "outlet",
    "published": "published",
    "posted": "posted",
    "embargo": "embargo",
    "tags": "tags",
    "authors": "authors",
    "language": "language",
    "note": "note",
    "body": "body",
    "standfirst": "standfirst",
    "summary": "summary",
    "image": "picture",
    "role": "role",
    "medium": "medium",
    "topic": "topic",
    "draft": "withheld",
}
"""What people call a field, and what a draft does."""

_SIGNIFICANT = ("title", "body", "url")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Markdown, and the folder in which the pictures lie that it shows."""

    markdown: str
    folder: Path


Written = Mapping[str, Value | Text | bool]
"""What people wrote, by what they call the field; a picture's address or file is its `image`."""


def read(thing: str, written: Written, site: Site) -> dict[str, Any]:
    """Return the fields of a draft that were written, checked, by their names in `Draft`.

    `pictures` are those files that the texts and the image of these fields show.
    Raises: DraftRefused, which names `thing`.
    """
    plain = {name: value for name, value in written.items() if not isinstance(value, (Text, bool))}
    given = Fields(thing, plain, ZoneInfo(site.zone))
    read_as: dict[str, Callable[[Fields, str], Any]] = {
        "title": _title,
        "kind": lambda fields, _: fields.kind(),
        "url": lambda fields, name: fields.web(name),
        "outlet": lambda fields, name: fields.line(name) or None,
        "published": lambda fields, name: fields.day_or_moment(name),
        "posted": lambda fields, name: fields.moment(name),
        "embargo": lambda fields, name: fields.moment(name),
        "tags": lambda fields, name: fields.names(name),
        "authors": lambda fields, name: fields.names(name),
        "language": lambda fields, _: fields.language() or None,
    }
    found: dict[str, Any] = {}
    for name in plain.keys() - {"image"}:
        found[FIELDS[name]] = read_as.get(name, _line)(given, name)
    found |= {FIELDS[name]: value for name, value in written.items() if isinstance(value, bool)}
    pictures: list[Picture] = []
    for name, value in written.items():
        if isinstance(value, Text):
            found[name], shown = _rendered(f"{thing}: `{name}`", value, site)
            pictures += shown
    if "image" in written:
        found["picture"] = _image(given, site)
        pictures += [each for each in [found["picture"]] if each and each.file]
    return found | ({"pictures": tuple(unique(pictures))} if pictures else {})


def draft(key: str, given: Mapping[str, Any]) -> Draft:
    """Make a draft of the fields that were given.

    Raises: DraftRefused, when they are too few to name it.
    """
    kind = given.get("kind", Kind.PIECE)
    title = given.get("title") or ""
    if not title and kind is Kind.APPEARANCE:
        title = title_of_appearance(given.get("outlet") or "", given.get("topic") or "")
    if not title:
        mend = "write --title" if kind is Kind.PIECE else "write --outlet or --title"
        raise DraftRefused(f"the {kind}", "has no title", mend)
    said = substance(title, given.get("body", ""), given.get("url"))
    return Draft(**{**given, "key": key, "kind": kind, "title": title, "substance": said})


def title_of_appearance(outlet: str, topic: str) -> str:
    """Return the title of an appearance that has none of its own; empty if no outlet is known."""
    return f"{outlet}, on {topic}" if outlet and topic else outlet


def draft_of(item: Item, known: Known | None = None) -> Draft:
    """Return an item as the draft that would make it so; what only its source makes of it is in `known`."""
    names = {field.name for field in fields(Draft)} & {field.name for field in fields(Item)}
    same = {name: getattr(item, name) for name in names - {"tags", "authors", "outlet", "slug"}}
    return Draft(
        **same,
        tags=tuple(tag.name for tag in item.tags),
        authors=tuple(author.name for author in item.authors),
        outlet=item.outlet.name if item.outlet else None,
        substance=known.substance if known else "",
        place=known.place if known else "",
        version=known.version if known else "",
    )


def edited(before: Draft, given: Mapping[str, Any]) -> Draft:
    """Return a draft with some fields set; an appearance's title follows its outlet and topic.

    Pictures of texts that stay are kept.
    """
    after = replace(before, **given)
    if "pictures" in given:
        after = replace(after, pictures=tuple(unique((*before.pictures, *given["pictures"]))))
    made = title_of_appearance(before.outlet or "", before.topic)
    if "title" not in given and before.kind is Kind.APPEARANCE and before.title == made:
        after = replace(after, title=title_of_appearance(after.outlet or "", after.topic) or before.title)
    return after


def is_significant(before: Draft, after: Draft) -> bool:
    """Tell whether title, text or link differ."""
    return any(getattr(before, name) != getattr(after, name) for name in _SIGNIFICANT)


def empty(field: str) -> Any:
    """Return what a field of a draft is when nothing is said of it."""
    optional = {"url", "outlet", "published", "posted", "embargo", "language", "picture"}
    several = {"tags", "authors", "pictures"}
    return None if field in optional else () if field in several else ""


def plain(value: Any) -> Any:
    """Return the value of a field in the shape that JSON has for it; `changes.overlaid` reads it."""
    match value:
        case datetime() | date():
            return dates.iso(value)
        case Picture():
            return {**asdict(value), "file": str(value.file) if value.file else None}
        case tuple():
            return [plain(each) for each in value]
        case _:
            return value


def _line(given: Fields, name: str) -> str:
    return given.line(name)


def _title(given: Fields, name: str) -> str:
    title = given.line(name)
    if not title:
        raise given.refused(name, "is empty", "write one")
    return title


def _rendered(thing: str, written: Text, site: Site) -> tuple[str, tuple[Picture, ...]]:
    """Return a text as safe HTML, and the pictures that it shows."""
    root = written.folder.resolve()
    album = Album(thing, root, root, site.public_url)
    html_of_it = html.sanitize(markdown.to_html(written.markdown), site.public_url, album.address).strip()
    if album.refused:
        raise album.refused[0]
    return html_of_it, album.pictures


def _image(given: Fields, site: Site) -> Picture | None:
    """Return the lead picture: an address, or a file that stays where it is."""
    named = given.text("image")
    if not named or urls.is_web(named):
        return Picture(named) if named else None
    folder = Path(named).absolute().parent.resolve()
    album = Album(f"{given.thing}: `image`", folder, folder, site.public_url)
    picture = album.find(Path(named).name)
    if picture is None:
        raise album.refused[0]
    return picture
