"""What a feed says, whatever its format, and by what its entries are known. Pure."""

import email.utils
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urljoin

from feeder.errors import DraftRefused
from feeder.markup import text, urls
from feeder.model.items import Picture

MAX_ENTRIES = 10_000

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# What WordPress writes for a date that it does not know; others read it as one of the year 2000.
_NEVER = re.compile(r"(?:^|\s)-\d{4}\b")
_ADDRESS_CHARACTERS = 300
_DATE_CHARACTERS = 100
_MAIL = re.compile(r"(?:mailto:)?[^\s<>()@,;:\"]+@[^\s<>()@,;:\"]+")
_AROUND_NAMES = "<>()[]\"',;: "
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """A text of a feed. `base` is what the feed says that its relative addresses start from."""

    words: str = ""
    is_html: bool = False
    base: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its feed tells it, nothing in it sanitized.

    `id` is just as it was written, and `link` absolute; both may be empty. `outlet` is the feed that
    the entry says to come from. `printed` is the outlet's own date, `published` the feed's.
    `medium` is "audio" or "video" where the entry brings such a file.
    """

    id: str = ""
    link: str = ""
    title: Written = Written()
    summary: Written = Written()
    content: Written = Written()
    published: datetime | date | None = None
    updated: datetime | date | None = None
    printed: datetime | date | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str = ""
    outlet: str = ""
    picture: Picture | None = None
    medium: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed. `address` is its home page or its own; `older` is where the next older entries are."""

    title: str = ""
    address: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    generator: str = ""
    older: str = ""
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    refused: tuple[DraftRefused, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyed:
    """An entry, and the key by which it is known: its id, or else its link."""

    key: str
    entry: Entry


def keyed(entries: Iterable[Entry], shared: frozenset[str]) -> Iterator[Keyed | Entry]:
    """Give each entry its key; one that has none is returned as it is.

    Of several with one key the newest is the entry, the others are what it was before (RFC 4287,
    4.1.1). Ids that are `shared` tell nothing apart, so such entries are known by their links.
    """
    newest: dict[str, Entry] = {}
    for entry in entries:
        key = entry.link if not entry.id or entry.id in shared else entry.id
        if not key:
            yield entry
        elif key not in newest or _changed(entry) > _changed(newest[key]):
            newest[key] = entry
    yield from (Keyed(key, entry) for key, entry in newest.items())


def shared_ids(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the ids that entries with different links have in common."""
    links: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.id and entry.link:
            links[entry.id].add(urls.address_key(entry.link))
    return frozenset(found for found, places in links.items() if len(places) > 1)


def exactly(written: str) -> str:
    """Return an id as it was written, since ids are compared character by character (RFC 4287, 4.2.6.1).

    Only what no document can hold is left out of it.
    """
    bare = written.strip()
    lost = {character for character in bare if not text.scrub(character)}
    return "".join(character for character in bare if character not in lost)


def absolute(base: str, written: str) -> str:
    """Return an address as an absolute one of the web; empty where it is none, or cannot be one."""
    bare = written.strip()
    try:
        found = urljoin(base, bare)
    except ValueError:
        return ""
    return found if bare and urls.is_web(found) else ""


def moment(written: str, read: Sequence[int] | None = None) -> datetime | date | None:
    """Return a date in UTC and whole seconds, or the day where only that is told; None where it is none.

    `read` is what another reader made of it: year, month, day, hour, minute and second in UTC.
    """
    words = written.strip()[:_DATE_CHARACTERS]
    if _NEVER.search(words):
        return None
    if _DAY.fullmatch(words):
        try:
            return _sensible(date.fromisoformat(words))
        except ValueError:
            return None
    try:
        found = datetime(*read[:6], tzinfo=UTC) if read else _read(words)  # type: ignore[misc, arg-type]  # six numbers
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return _sensible(aware.astimezone(UTC).replace(microsecond=0))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def person(written: str) -> str:
    """Return the name in `jane@example.org (Jane Doe)` and its like; never an address."""
    bare = _MAIL.sub(" ", text.line(written)[:_ADDRESS_CHARACTERS])
    return text.line(bare).strip(_AROUND_NAMES)


def people(written: Iterable[str]) -> tuple[str, ...]:
    """Return the names, each once."""
    return tuple(dict.fromkeys(filter(None, map(person, written))))


def tags(written: Iterable[str]) -> tuple[str, ...]:
    """Return the names of tags, each once. Addresses name a scheme of the publisher's program."""
    lines = (text.line(name) for name in written)
    return tuple(dict.fromkeys(name for name in lines if name and not urls.is_web(name)))


def _changed(entry: Entry) -> str:
    """Return when an entry was last changed, in a form that can be compared."""
    told = entry.updated or entry.published
    return told.isoformat() if told else ""


def _read(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return email.utils.parsedate_to_datetime(words)


def _sensible(found: datetime | date) -> datetime | date | None:
    """Return a date unless it only stands for none: programs write 1970-01-01 or the year -0001."""
    return None if found.year < _FIRST_YEAR or found == _EPOCH else found
