"""Items, and what a source tells of them.

A *draft* is an item as a source tells it; the store compares it with what it holds.
Times are aware, UTC, in whole seconds.
"""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What one visit to a source found.

    `complete` readings list everything that the source has: what is missing is gone.
    `refused` names what could not be taken; the keys of those items are in `present`, so that
    nothing is removed for being broken. `state` goes back to the source at its next reading.
    """

    drafts: tuple[Draft, ...]
    complete: bool
    present: frozenset[str] = frozenset()
    refused: tuple[FeederError, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)


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
class Item:
    """A piece or an appearance, as the store knows it.

    `uid` is a `urn:uuid:` that never changes.
    `posted` is when it was announced, `revised` its last significant change.
    `number` is its arrival, or None while it is not public.
    `announced` is False for the back catalogue, which no digest but a welcome shows.
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
    gone: datetime | None = None
    fingerprint: str = ""

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
