"""Subscribers: an address with a status, preferences and a cursor; how it came here, and why it must not be mailed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeder.model.digests import Rhythm
from feeder.model.items import Kind


class Status(StrEnum):
    """A subscriber's stage of life. Of one who was erased only the deliveries are left, without a name."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


class Form(StrEnum):
    """How much of each item an issue shows."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants, how and when.

    `any_tags` and `no_tags` are slugs: items with any of the former (all items, if empty) and
    none of the latter. `hour` and `day` (0 is Monday, or the day of the month from 1) replace
    the fields of the digest's cron expression; None keeps them. `zone` is an IANA name,
    `language` a tag, empty for the site's. Nothing is mailed before `paused_until`.
    """

    digest: str
    zone: str
    any_tags: tuple[str, ...] = ()
    no_tags: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.PIECE, Kind.APPEARANCE)
    hour: int | None = None
    day: int | None = None
    form: Form = Form.SHORT
    language: str = ""
    paused_until: datetime | None = None

    @property
    def rhythm(self) -> Rhythm:
        """When a reader with these preferences is due."""
        return Rhythm(self.digest, self.hour, self.day, self.zone)


class Origin(StrEnum):
    """How an address came here."""

    FORM = "form"
    HAND = "hand"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Consent:
    """The proof that a reader wants mail: how and when they said so, where, and to which words.

    `confirmed` is None where a person took it upon themselves, and `wording` is then the reason.
    `form` is the path of the page with the form, or the file of an import.
    """

    origin: Origin
    asked: datetime
    confirmed: datetime | None = None
    form: str = ""
    wording: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom issues are made for.

    `cursor` is the arrival up to which the reader has been served. `reason` says to the reader why mail comes.
    `links` is the generation of the reader's links: a higher one revokes those of earlier mails.
    """

    id: int
    address: str
    preferences: Preferences
    cursor: int
    created: datetime
    reason: str
    links: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber(Reader):
    """A reader, with all that is known of them."""

    status: Status
    next_issue_at: datetime | None
    consent: Consent | None = None
    last_period: str | None = None

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only servers with SMTPUTF8 (RFC 6531) take mail for this address."""
        return not self.address.isascii()


class Cause(StrEnum):
    """Why an address must not be mailed."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OPT_OUT = "opt-out"
    ERASURE = "erasure"
    BY_HAND = "by-hand"


LIFTED_BY_READER = frozenset({Cause.BOUNCE, Cause.OPT_OUT, Cause.ERASURE})
"""What a person's own new double opt-in lifts."""

LIFTED_BY_OPERATOR = frozenset({Cause.BOUNCE, Cause.COMPLAINT, Cause.BY_HAND})


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address, known by its keyed hash alone, that must not be mailed."""

    cause: Cause
    at: datetime
    reason: str = ""


class Ask(StrEnum):
    """What somebody asks for that wants a letter first."""

    JOIN = "join"
    MOVE = "move"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Request:
    """Something that was asked for an address, and is done only when whoever reads its mail says so.

    `wish` is what a new reader chose. `answered` is when it was decided whether a letter goes out, and
    `mailed` whether one did. `closed` is when it was confirmed, or came to nothing.
    """

    id: int
    ask: Ask
    address: str
    asked: datetime
    expires: datetime
    subscriber: int | None = None
    wish: Preferences | None = None
    form: str = ""
    wording: str = ""
    language: str = ""
    mailed: bool = False
    confirmed: bool = False
    closed: datetime | None = None


class Matter(StrEnum):
    """What a letter is about; also the folder of its templates."""

    CONFIRM = "confirm"
    KNOWN = "known"
    CHANGED = "changed"
    MOVE = "move"
    MOVED = "moved"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Letter:
    """Mail to one person about what they asked for. `about` is the id of the request, or of the choice."""

    id: int
    matter: Matter
    address: str
    language: str
    created: datetime
    subscriber: int | None = None
    about: int | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Preferences that a reader changed, by a link that others may have, too: it can be undone."""

    id: int
    subscriber: int
    before: Preferences
    after: Preferences
    at: datetime
    undone: datetime | None = None
