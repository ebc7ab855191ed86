"""Feeds, the documents that they become, and what a change touched of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import chain

LISTS = "feeds.opml"
"""The path that stands for all documents that list feeds: the list for readers, and the rules for servers."""


class Selection(StrEnum):
    """What a feed selects by; the value is the first part of its address."""

    EVERYTHING = "everything"
    TAG = "tag"
    OUTLET = "outlet"
    AUTHOR = "author"
    KIND = "kind"
    LANGUAGE = "language"
    DECLARED = "feed"


class Format(StrEnum):
    """A format of feeds."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a feed is about: `slug` and `name` are those of what it selects by, empty for everything.

    The name tells no subjects apart.
    """

    selection: Selection
    slug: str = ""
    name: str = field(default="", compare=False)

    @property
    def path(self) -> str:
        """The folder of its documents below the public address: empty, or ending in a slash."""
        return f"{self.selection}/{self.slug}/" if self.slug else ""


EVERYTHING = Subject(Selection.EVERYTHING)


def subject_at(path: str) -> Subject | None:
    """Return the subject in whose folder a path lies, whether or not anything has it; None for other folders."""
    match path.split("/")[:-1]:
        case []:
            return EVERYTHING
        case [selection, slug] if selection in set(Selection):
            return Subject(Selection(selection), slug)
    return None


@dataclass(frozen=True, slots=True)
class Feed:
    """A selection of items with a title and an address.

    `uid` is minted once. `updated` is the newest update it has ever told, None while it has told none.
    `total` is how many public items it has, and `archives` how many numbered archives.
    A `standing` feed is published while it has had no item yet, too.
    `heir` is the id of the feed to which items went that left it since something joined it, 0 where
    they went to several, None where they went nowhere.
    """

    id: int
    uid: str
    subject: Subject
    updated: datetime | None = None
    total: int = 0
    archives: int = 0
    standing: bool = False
    heir: int | None = None

    @property
    def path(self) -> str:
        """The folder of its documents below the public address: empty, or ending in a slash."""
        return self.subject.path


@dataclass(frozen=True, slots=True)
class Count:
    """A subject and how many public items it has."""

    subject: Subject
    count: int

    @property
    def name(self) -> str:
        """The subject's name."""
        return self.subject.name

    @property
    def path(self) -> str:
        """The folder of its feed below the public address."""
        return self.subject.path


@dataclass(frozen=True, slots=True)
class Member:
    """An item as a feed holds it.

    `archive` is the number of the archive that holds it for good. An `open` item has to stand in
    the live documents: it is in no archive yet, or was revised since. `updated` is the item's update
    that was last seen.
    """

    posted: datetime
    updated: datetime
    archive: int | None = None
    open: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """An item (its id) that a part of a feed shows, and its dates; `archived` where an archive has it, too."""

    item: int
    posted: datetime
    updated: datetime
    published: datetime | date | None
    archived: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An item (its id) as feeds and pages show it, in bytes that are the same wherever it stands.

    `page` is how lists on pages show it, and `line` how they do in one line. What the site does not
    publish is empty.
    """

    item: int
    atom: bytes
    rss: bytes
    json: bytes
    page: bytes
    line: bytes


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What a feed tells of an item that is public no more: its id, and since when."""

    uid: str
    at: datetime


class Standing(StrEnum):
    """What has become of a feed."""

    LIVE = "live"
    MOVED = "moved"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a feed in one format, or of a page, and where they belong in the tree."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """The live documents of a feed (`archive` is None), or those of one of its archives."""

    feed: int
    archive: int | None = None


@dataclass(frozen=True, slots=True)
class Dirt:
    """What a change touched and the tree does not show yet.

    For each item by id, each part of a feed, and each path at which something else may stand, the
    reasons that were there when it was asked; reasons that come later are not meant.
    """

    items: Mapping[int, Sequence[int]] = field(default_factory=dict)
    parts: Mapping[Part, Sequence[int]] = field(default_factory=dict)
    paths: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def reasons(self) -> Iterator[int]:
        """Return all reasons."""
        return chain.from_iterable(chain(self.items.values(), self.parts.values(), self.paths.values()))

    def __len__(self) -> int:
        return len(self.items) + len(self.parts) + len(self.paths)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the tree at a path: its hash, its size, and since when."""

    path: str
    hash: str
    size: int
    at: datetime
