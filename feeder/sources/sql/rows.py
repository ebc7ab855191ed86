"""Rows of a query as drafts: what changed, and what each value means. Pure.

What a row holds is read as text, so that every database's types come to the same: dates by the
rules of front matter, lists from JSON, from arrays, or from text with commas.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from feeder.errors import DraftRefused
from feeder.markup import html, markdown, text, urls
from feeder.model import settings
from feeder.model.items import Broken, Draft, Kind, Mark, Picture, Unchanged
from feeder.sources import substance
from feeder.sources.frontmatter import Fields, Value
from feeder.sources.sql.columns import Layout

MAX_BYTES = 2_000_000
# PostgreSQL cannot index a longer one.
MAX_KEY_BYTES = 2_000
# Counted up when the same rows give other drafts than before.
FORMAT = 1

_LISTS = {"tags", "authors"}
_DATES = {"published", "posted", "embargo"}
# Databases without booleans store numbers or bits.
_FLAGS = {"1": "true", "0": "false", "\x01": "true", "\x00": "false"}
_EXCESS_DIGITS = re.compile(r"(:\d{2}\.\d{6})\d+", re.ASCII)
_HOURS_ONLY = re.compile(r"(:\d{2}(?:\.\d+)?[+-]\d{2})$", re.ASCII)
_IS_HTML = re.compile(r"\s*<(?:!--|!doctype|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_HAS_PARAGRAPH = re.compile(r"</p\s*>", re.IGNORECASE)
_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One row that may have changed: the texts and lists of its fields, without those that are empty."""

    key: str
    version: str
    values: Mapping[str, Value]


def shape(source: settings.Database, site: settings.Site) -> str:
    """Return a digest of the settings that decide what drafts rows become."""
    return _digest(
        FORMAT,
        source.query,
        sorted(source.columns.items()),
        source.changed,
        (site.public_url, site.language, site.zone, site.author),
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one answer. `source` names it in errors; `marks` are what the store holds."""

    source: str
    layout: Layout
    shape: str
    marks: Mapping[str, Mark]

    def read(self, number: int, written: Sequence[object]) -> Row | Unchanged | Broken:
        """Tell what a row is: unchanged by its version, a row that may make a draft, or broken.

        The version is a digest of the column that says what changed. Where that is empty, or
        none is named, it is one of all fields.
        """
        key = ""
        try:
            key = self._key(f"{self.source}, row {number}", written)
            return self._row(key, written)
        except DraftRefused as refusal:
            return Broken(frozenset({key} if key else ()), refusal)

    def _key(self, thing: str, written: Sequence[object]) -> str:
        field = self.layout.key
        given = written[self.layout.places[field]]
        value = None if given is None else _value(thing, field, given)
        key = text.line(value) if isinstance(value, str) else ""
        if not key:
            raise DraftRefused(thing, f"`{field}`: there is none", "give each row one of its own")
        if len(key.encode()) > MAX_KEY_BYTES:
            raise DraftRefused(thing, f"`{field}`: is over {MAX_KEY_BYTES} bytes", "give a shorter one")
        return key

    def _row(self, key: str, written: Sequence[object]) -> Row | Unchanged:
        changed = None if self.layout.changed is None else written[self.layout.changed]
        if changed is not None:
            version = _digest(self.shape, key, _mark(changed))
            if self._is_known(key, version):
                return Unchanged(key)
        values = self._values(named(self.source, key), written)
        if changed is None:
            version = _digest(self.shape, key, sorted(values.items()))
        return Unchanged(key) if self._is_known(key, version) else Row(key, version, values)

    def _is_known(self, key: str, version: str) -> bool:
        mark = self.marks.get(key)
        return mark is not None and mark.version == version

    def _values(self, thing: str, written: Sequence[object]) -> dict[str, Value]:
        given = {field: written[place] for field, place in self.layout.places.items()}
        values = {field: _value(thing, field, each) for field, each in given.items() if each is not None}
        return {field: value for field, value in values.items() if value and value != []}


def named(source: str, key: str) -> str:
    """Return how a row is named in errors."""
    return f"{source}, row “{html.excerpt(key, _NAME_CHARACTERS)}”"


def draft(source: str, row: Row, site: settings.Site) -> Draft:
    """Return what a row says of an item.

    A body or note that begins with a tag, or closes a paragraph with one, is HTML; else it is
    Markdown. Both are sanitized.

    Raises: DraftRefused, when a value does not fit its field, or a title is missing.
    """
    fields = Fields(named(source, row.key), row.values, ZoneInfo(site.zone))
    kind = fields.kind()
    title = _title(fields, kind)
    url = fields.web("url")
    image = fields.web("image")
    body = fields.text("body")
    return Draft(
        key=row.key,
        kind=kind,
        title=title,
        substance=substance(title, body, url),
        url=url,
        outlet=fields.line("outlet") or None,
        published=fields.day_or_moment("published"),
        posted=fields.moment("posted") or fields.moment("published"),
        embargo=fields.moment("embargo"),
        tags=fields.names("tags"),
        authors=fields.names("authors") or ((site.author,) if site.author else ()),
        language=fields.language() or site.language,
        picture=Picture(image) if image else None,
        note=_rendered(fields.text("note"), site.public_url),
        standfirst=text.line(_plain(fields.text("standfirst"))),
        summary=_plain(fields.text("summary")),
        body=_rendered(body, site.public_url),
        medium=fields.line("medium"),
        role=fields.line("role"),
        topic=fields.line("topic"),
        slug=urls.slug(fields.line("slug")) if fields.line("slug") else "",
        withheld=fields.flag("draft"),
        place=row.key,
        version=row.version,
    )


# ── Values ───────────────────────────────────────────────────────────────────────────────────────


def _value(thing: str, field: str, given: object) -> Value:
    """Return a value as text, or as a list for the fields that are lists; both scrubbed.

    Raises: DraftRefused, when it is neither, not UTF-8, or too large.
    """
    if field in _LISTS:
        return _names(thing, field, given)
    written = _written(thing, field, given)
    if field == "draft":
        written = _FLAGS.get(written, written)
    if field in _DATES:
        written = _HOURS_ONLY.sub(r"\1:00", _EXCESS_DIGITS.sub(r"\1", written.strip()))
    return text.scrub(written).strip()


def _names(thing: str, field: str, given: object) -> list[str]:
    listed = given if isinstance(given, list | tuple) else _listed(_written(thing, field, given))
    names = (text.line(_written(thing, field, each)) for each in listed if each is not None)
    return [name for name in names if name]


def _listed(written: str) -> Iterable[object]:
    """Return the entries of a JSON array, or the parts of a text between commas."""
    if written.lstrip().startswith("["):
        try:
            found: list[object] = json.loads(written)
        except (ValueError, RecursionError):
            return written.split(",")  # a name may begin with a bracket
        return found
    return written.split(",")


def _written(thing: str, field: str, given: object) -> str:
    try:
        written = _as_text(given)
    except ValueError as error:  # bytes that are not UTF-8, numbers of thousands of digits
        rule = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is not a text"
        raise DraftRefused(thing, f"`{field}`: {rule}", "store text in it, in UTF-8") from error
    if written is None:
        raise DraftRefused(thing, f"`{field}`: is not a text", "select one text for it")
    if len(written) > MAX_BYTES or len(written.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DraftRefused(thing, f"`{field}`: is over {MAX_BYTES // 1_000_000} MB", "shorten it")
    return written


def _as_text(given: object) -> str | None:
    match given:
        case str():
            return given
        case bool():
            return "true" if given else "false"
        case bytes() | bytearray() | memoryview():
            return bytes(given).decode()
        case dict() | list() | tuple() | set():
            return None
        case datetime(tzinfo=zone) if zone is not None:
            return _in_utc(given)
        case _:
            return str(given)


def _in_utc(moment: datetime) -> str:
    try:
        return str(moment.astimezone(UTC))
    except OverflowError:
        return str(moment)  # the year 1 or 9999, which no date of an item has


def _mark(given: object) -> str:
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given).hex()  # such as a row version of SQL Server
    return str(given)


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────


def _title(fields: Fields, kind: Kind) -> str:
    title, outlet, topic = fields.line("title"), fields.line("outlet"), fields.line("topic")
    if title:
        return title
    if kind is Kind.PIECE:
        raise fields.refused("title", "a piece needs one", "select a column for it")
    if not outlet:
        raise fields.refused("title", "there is none, and no outlet either", "select a column for either")
    return f"{outlet}, on {topic}" if topic else outlet


def _rendered(written: str, base: str) -> str:
    return html.sanitize(written if _is_html(written) else markdown.to_html(written), base).strip()


def _plain(written: str) -> str:
    return html.to_text(written) if _is_html(written) else written


def _is_html(written: str) -> bool:
    return bool(_IS_HTML.match(written) or _HAS_PARAGRAPH.search(written))
