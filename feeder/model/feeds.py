"""Feeds, and the documents they become."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain


class Selection(StrEnum):
    """What a feed selects by."""

    EVERYTHING = "everything"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Feed:
    """A selection of items with a title and an address.

    `uid` is minted once; `slug` and `name` are those of what it selects by, empty for everything.
    `updated` is the newest update it has ever told, None while it has told none.
    `total` is how many public items it has.
    """

    id: int
    uid: str
    selection: Selection
    slug: str = ""
    name: str = ""
    updated: datetime | None = None
    total: int = 0

    @property
    def path(self) -> str:
        """The folder of its documents below the public address: empty, or ending in a slash."""
        if self.selection is Selection.EVERYTHING:
            return ""
        return f"{self.selection}/{self.slug}/"


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag and how many public items carry it."""

    name: str
    slug: str
    count: int

    @property
    def path(self) -> str:
        """The folder of its feed below the public address."""
        return f"{Selection.TAG}/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a feed in one format, or of a page, and where they belong in the tree."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Dirt:
    """What a change touched and the tree does not show yet.

    For each feed and item, by id, and each picture that may have to go, by path, the reasons that
    were there when it was asked; reasons that come later are not meant.
    """

    feeds: Mapping[int, Sequence[int]] = field(default_factory=dict)
    items: Mapping[int, Sequence[int]] = field(default_factory=dict)
    pictures: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def reasons(self) -> Iterator[int]:
        """Return all reasons."""
        return chain.from_iterable(chain(self.feeds.values(), self.items.values(), self.pictures.values()))


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the tree at a path: its hash, its size, and since when."""

    path: str
    hash: str
    size: int
    at: datetime
