"""Subscribers: an address with a status, preferences and a cursor."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeder.model.digests import Rhythm
from feeder.model.items import Kind


class Status(StrEnum):
    """A subscriber's stage of life."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    SUPPRESSED = "suppressed"


class Form(StrEnum):
    """How much of each item an issue shows."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants, how and when.

    `any_tags` and `no_tags` are slugs: items with any of the former (all items, if empty) and
    none of the latter. `hour` and `day` (0 is Monday, or the day of the month from 1) replace
    the fields of the digest's cron expression; None keeps them. `zone` is an IANA name.
    """

    digest: str
    zone: str
    any_tags: tuple[str, ...] = ()
    no_tags: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.PIECE, Kind.APPEARANCE)
    hour: int | None = None
    day: int | None = None
    form: Form = Form.SHORT

    @property
    def rhythm(self) -> Rhythm:
        """When a reader with these preferences is due."""
        return Rhythm(self.digest, self.hour, self.day, self.zone)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A reader of a digest.

    `cursor` is the arrival up to which the reader has been served.
    `reason` says how the address came here; it is the proof of consent for those added by hand.
    """

    id: int
    address: str
    status: Status
    preferences: Preferences
    cursor: int
    created: datetime
    reason: str
    next_issue_at: datetime | None
    last_period: str | None = None
    paused_until: datetime | None = None
