"""Items, and what a source tells of them.

A *draft* is an item as a source tells it; the store compares it with what it holds.
Times are aware, UTC, in whole seconds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any

from feeder.errors import FeederError


class Kind(StrEnum):
    """What an item is."""

    PIECE = "piece"
    APPEARANCE = "appearance"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: an absolute address, or a file of a source that is published under `/media/`.

    `src` is that address, or `media/NAME`; `file` is where the bytes are, for the latter only.
    """

    src: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An item as a source tells it, with text scrubbed and HTML sanitized.

    `published` is the outlet's date: a moment, a day, or not known.
    `posted` is the source's date of announcing it, if it gives one.
    `note`, `body` are HTML; `title`, `standfirst`, `summary` and names are plain text.
    `pictures` are all files of the source that the item shows, the lead picture's included.
    `substance` is a digest of what counts as a significant change: title, body and link as
    the source wrote them, so that rendering them differently counts for nothing.
    `place` is where the source keeps it, and `version` changes whenever the source would tell it
    differently; a source that gives both need not read again what has not changed.
    """

    key: str
    kind: Kind
    title: str
    substance: str
    url: str | None = None
    outlet: str | None = None
    published: datetime | date | None = None
    posted: datetime | None = None
    embargo: datetime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str | None = None
    picture: Picture | None = None
    pictures: tuple[Picture, ...] = ()
    note: str = ""
    standfirst: str = ""
    summary: str = ""
    body: str = ""
    medium: str = ""
    role: str = ""
    topic: str = ""
    slug: str = ""
    withheld: bool = False
    place: str = field(default="", repr=False)
    version: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the store holds of the item at some place of a source: its key, and which version."""

    key: str
    version: str


@dataclass(frozen=True, slots=True)
class Past:
    """What a source is told of the readings before.

    `state` is what the last good reading gave, or empty.
    `marks` gives the marks, by place, of all items that the source was last seen to have, and
    `marks_at` those at some places. `has` tells whether one of them has a key, or a title.
    """

    state: Mapping[str, Any] = field(default_factory=dict)
    marks: Callable[[], Mapping[str, Mark]] = dict
    marks_at: Callable[[Sequence[str]], Mapping[str, Mark]] = field(default=lambda _: {})
    has: Callable[[str, str], bool] = field(default=lambda _key, _title: True)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An item that the source still has, in the version that the store holds."""

    key: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that cannot be taken now. What the store holds under one of `keys` is not gone."""

    keys: frozenset[str]
    refusal: FeederError


Told = Draft | Unchanged | Broken


@dataclass(frozen=True, slots=True)
class Reading:
    """What one visit to a source finds.

    `told` is walked through once, and may raise SourceError: then nothing more is learnt.
    A `complete` reading tells everything that the source shows: what it does not tell is gone.
    A `window` shows only the newest of what there is: what falls out of it is not gone.
    `missing` are keys that the store holds and the source does not, as far as that shows before
    all is told; a draft with an unknown key that says the same as one of these was moved.
    `state` is what JSON can hold; it goes to the next reading if nothing was broken.
    """

    told: Iterable[Told]
    complete: bool
    state: Mapping[str, Any] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    window: bool = False


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source says that it is as it was at the last complete reading."""


@dataclass(frozen=True, slots=True)
class Name:
    """A tag, an outlet or an author: what people read, and its part of an address."""

    id: int
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class Outlet(Name):
    """Where an item appeared. `uid` is minted, and names the outlet as a feed's origin."""

    uid: str
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A public item that belongs to another: the piece of an appearance, or an appearance of a piece."""

    kind: Kind
    title: str
    slug: str
    url: str | None
    language: str | None
    role: str

    @property
    def path(self) -> str:
        """Where its own page is, below the public address."""
        return f"item/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Card:
    """What decides which feeds list an item, and how: all but its texts.

    `gone` is when its source was seen without it.
    """

    id: int
    uid: str
    kind: Kind
    posted: datetime
    updated: datetime
    is_public: bool = True
    outlet: Name | None = None
    tags: tuple[Name, ...] = ()
    authors: tuple[Name, ...] = ()
    language: str | None = None
    gone: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A piece or an appearance, as the store knows it.

    `uid` is a `urn:uuid:` that never changes.
    `posted` is when it was announced, `revised` its last significant change.
    `number` is its arrival, or None while it is not public.
    `announced` is False for the back catalogue, which no digest but a welcome shows.
    `hidden` items are public no more: by hand, or since they were merged into another (an id).
    `piece` is the id of the piece whose note told of an appearance.
    `related` are the public items that belong to it, where somebody has asked for them.
    `fingerprint` changes with anything that its source tells of it.
    """

    id: int
    uid: str
    source: str
    key: str
    slug: str
    kind: Kind
    title: str
    posted: datetime
    revised: datetime
    number: int | None = None
    announced: bool = True
    url: str | None = None
    outlet: Outlet | None = None
    published: datetime | date | None = None
    embargo: datetime | None = None
    tags: tuple[Name, ...] = ()
    authors: tuple[Name, ...] = ()
    language: str | None = None
    picture: Picture | None = None
    pictures: tuple[Picture, ...] = ()
    note: str = ""
    standfirst: str = ""
    summary: str = ""
    body: str = ""
    medium: str = ""
    role: str = ""
    topic: str = ""
    withheld: bool = False
    hidden: bool = False
    gone: datetime | None = None
    piece: int | None = None
    merged_into: int | None = None
    corrected: datetime | None = None
    correction: str = ""
    fingerprint: str = ""
    related: tuple[Related, ...] = ()

    @property
    def updated(self) -> datetime:
        """The update that feeds tell: the later of `posted` and `revised`."""
        return max(self.posted, self.revised)

    @property
    def lead_picture(self) -> Picture | None:
        """The picture to show above the text, unless the text shows it itself."""
        if self.picture is None or escape(self.picture.src) in self.body:
            return None
        return self.picture

    @property
    def path(self) -> str:
        """Where its own page is, below the public address."""
        return f"item/{self.slug}/"
