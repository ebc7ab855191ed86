"""Digests: the recipe of a mailing, and what one issue of it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feeder.model.items import Item


class Unit(StrEnum):
    """What a digest's period is called after; an instant one, after the newest arrival that it holds."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SLOT = "slot"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a digest is made: when (a cron expression in the reader's zone), and from what.

    It is about the items that have `all` of some things, `any` of some, `none` of some; each thing is
    `FIELD:WORDS`, as in declared feeds. With `approval` an issue waits for a person to say yes; with
    `undo` its first message waits so long for one to say stop.
    """

    name: str
    cron: str
    unit: Unit
    title: str
    template: str = "digest"
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    approval: bool = False
    undo: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One way to be due: readers who share it are due at the same moments."""

    digest: str
    hour: int | None
    day: int | None
    zone: str


@dataclass(frozen=True, slots=True)
class Due:
    """A rhythm that has come round: the period to plan, and when it comes round again.

    `next_hour` is the next time of day at which its readers like their mail, for issues that are late.
    """

    rhythm: Rhythm
    period: str
    next_issue_at: datetime
    next_hour: datetime


class Depth(StrEnum):
    """How much of one item an issue shows, from most to least."""

    FULL = "full"
    SHORT = "short"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Part:
    """One item of an issue, and how much of it is shown."""

    item: Item
    depth: Depth


class Mark(StrEnum):
    """What stands in a rendered issue where the reader's own words and links belong.

    It is made of noncharacters, which no scrubbed text can hold.
    """

    WHY = "\ufdd0why\ufdd1"
    UNSUBSCRIBE = "\ufdd0unsubscribe\ufdd1"
    PREFERENCES = "\ufdd0preferences\ufdd1"
    COPY = "\ufdd0copy\ufdd1"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of an issue, before they are addressed to one reader.

    Until it is addressed, it holds marks where the reader's own words and links belong.
    """

    subject: str
    text: str
    html: str
