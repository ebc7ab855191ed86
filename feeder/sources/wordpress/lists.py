"""What a WordPress has: the list of its posts, whole and sound, with all that tells one version from another.

Nothing that WordPress says of changes is trusted, since it knows nothing of most of them: what was
deleted or is no longer public, new tags, other names of tags, scheduled posts that came out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from html import unescape

from feeder.errors import SourceError
from feeder.markup import html, text
from feeder.model.items import Picture
from feeder.sources.wordpress.rest import PER_PAGE, Page, Refusal, Rest, Row

MAX_PAGES = 2_000
"""How many pages of posts a site may have: two hundred thousand posts."""

_LISTED = "id,date_gmt,modified_gmt,guid,slug,link,status,content.protected,author,featured_media,tags"
_PICTURED = "id,source_url,alt_text,caption"
_PAST_THE_END = "rest_post_invalid_page_number"
# What a site says that tells nobody who writes there, or what pictures it has.
_WITHHELD = frozenset({401, 403, 404})
_ELLIPSES = ("[…]", "[...]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A public post, as the list tells it.

    `key` is its guid, by which feeds and exports know it too; where posts share one, or have none,
    with their number.
    """

    number: int
    key: str
    link: str
    slug: str
    date: str
    modified: str
    author: int
    featured: int
    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The public posts by number, in order. It is `whole` unless the site says that there are more."""

    entries: Mapping[int, Entry] = field(repr=False)
    whole: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers stand for: tags and authors by name, as HTML, and pictures."""

    tags: Mapping[int, str]
    authors: Mapping[int, str]
    pictures: Mapping[int, Picture]


class _Shifted(Exception):
    """The list changed between two of its pages."""


def posts(rest: Rest) -> Listing:
    """Read the list of public posts to its end, once more if it changed meanwhile.

    Raises: Refusal; SourceError, when the list is none, or does not hold still.
    """
    for _ in range(2):
        with suppress(_Shifted):
            return _read(rest)
    raise _unsteady(rest)


def check_gone(rest: Rest, numbers: Sequence[int]) -> None:
    """Make sure that posts which the list leaves out are no longer public, by asking for each of them.

    A post leaves the list unseen where one is deleted and another comes out between two pages.
    Raises: Refusal; SourceError, when one of them is there.
    """
    if any(_entries(rest, rest.by_number("posts", numbers, _LISTED))):
        raise _unsteady(rest)


def names(rest: Rest, entries: Iterable[Entry]) -> Names:
    """Return what the numbers in some posts stand for.

    A site that tells nobody its authors, or its pictures, has none. Raises: Refusal; SourceError.
    """
    tags: set[int] = set()
    authors: set[int] = set()
    pictures: set[int] = set()
    for entry in entries:
        tags.update(entry.tags)
        authors.add(entry.author)
        pictures.add(entry.featured)
    return Names(
        {row["id"]: _text(row, "name") for row in rest.by_number("tags", _given(tags), "id,name")},
        {row["id"]: _text(row, "name") for row in _if_told(rest, "users", _given(authors), "id,name")},
        {row["id"]: _picture(row) for row in _if_told(rest, "media", _given(pictures), _PICTURED)},
    )


def version(entry: Entry, names: Names, *others: object) -> str:
    """Return a digest of all that would make a source tell a post differently; `others` is what else would."""
    told = (
        entry,
        [names.tags.get(tag) for tag in entry.tags],
        names.authors.get(entry.author),
        names.pictures.get(entry.featured),
        others,
    )
    return blake2b(repr(told).encode(), digest_size=12).hexdigest()


def _read(rest: Rest) -> Listing:
    """Read all pages. Raises: _Shifted, Refusal, SourceError."""
    entries: dict[int, Entry] = {}
    keys: set[str] = set()
    count, last = 0, 0
    total: int | None = None
    for page in range(1, MAX_PAGES + 1):
        asked = {"orderby": "id", "order": "asc", "per_page": PER_PAGE, "page": page, "status": "publish"}
        found = _page(rest, asked | {"_fields": _LISTED})
        if page > 1 and found.total != total:
            raise _Shifted
        total = found.total
        if (found.pages or 0) > MAX_PAGES:
            break
        for row in found.rows:
            number = rest.number("posts", row, "id")
            if number <= last:
                raise _Shifted
            last = number
        count += len(found.rows)
        if total is not None and count > total:
            raise _Shifted
        for entry in _entries(rest, found.rows):
            own = (
                entry
                if entry.key and entry.key not in keys
                else replace(entry, key=f"{entry.key}#{entry.number}")
            )
            keys.add(own.key)
            entries[own.number] = own
        is_last = len(found.rows) < PER_PAGE if found.pages is None else page >= found.pages
        if is_last or not found.rows:
            return Listing(entries, whole=total is None or count >= total)
    rule = f"says that it has more than {MAX_PAGES * PER_PAGE:,} posts"
    raise SourceError(rest.thing, rule, "check `url`; so large a site has better ways to hand over its posts")


def _unsteady(rest: Rest) -> SourceError:
    rule = "its list of posts changed while it was read"
    mend = "wait; if it lasts, look for a plugin that changes lists, or their order"
    return SourceError(rest.thing, rule, mend)


def _page(rest: Rest, asked: Mapping[str, object]) -> Page:
    try:
        return rest.page("posts", asked)
    except Refusal as refusal:
        if refusal.code == _PAST_THE_END:
            raise _Shifted from refusal
        raise


def _entries(rest: Rest, rows: Iterable[Row]) -> Iterator[Entry]:
    """Yield the posts that everybody may read. Raises: SourceError, when a row is no post."""
    for row in rows:
        content = row.get("content")
        is_protected = isinstance(content, dict) and content.get("protected", False)
        if row.get("status", "publish") != "publish" or is_protected:
            continue
        tags = row.get("tags", [])
        if not isinstance(tags, list) or not all(type(tag) is int for tag in tags):
            raise rest.nonsense("posts")
        yield Entry(
            number=rest.number("posts", row, "id"),
            key=text.line(unescape(_rendered(row, "guid"))),
            link=_text(row, "link"),
            slug=_text(row, "slug"),
            date=_text(row, "date_gmt"),
            modified=_text(row, "modified_gmt"),
            author=_number(row, "author"),
            featured=_number(row, "featured_media"),
            tags=tuple(tags),
        )


def _if_told(rest: Rest, name: str, numbers: Sequence[int], fields: str) -> Iterator[Row]:
    try:
        yield from rest.by_number(name, numbers, fields)
    except Refusal as refusal:
        # A firewall's own page is no answer of WordPress's, and may be gone the next moment.
        if refusal.status not in _WITHHELD or not refusal.code:
            raise


def _picture(row: Row) -> Picture:
    caption = html.to_text(_rendered(row, "caption"))
    # WordPress makes a caption of the description of a picture that has none.
    is_cut = caption.endswith(_ELLIPSES)
    return Picture(
        src=_text(row, "source_url"),
        alt=text.line(_text(row, "alt_text")),
        caption="" if is_cut else text.line(caption),
    )


def _given(numbers: set[int]) -> list[int]:
    return sorted(number for number in numbers if number > 0)


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _rendered(row: Row, name: str) -> str:
    value = row.get(name)
    return _text(value, "rendered") if isinstance(value, dict) else ""


def _number(row: Row, name: str) -> int:
    value = row.get(name)
    return value if type(value) is int else 0
