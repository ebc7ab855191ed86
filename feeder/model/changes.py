"""What a draft means for the store: the words between comparing and applying."""

from dataclasses import dataclass
from datetime import datetime

from feeder.model.items import Draft


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of an item, as far as comparing needs it.

    `released` items are public now, `shown` ones are or once were.
    """

    id: int
    fingerprint: str
    substance: str
    posted: datetime
    revised: datetime
    released: bool
    shown: bool
    announced: bool
    withheld: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """The reading that a draft came with.

    `last_complete` is the last complete reading before it, None at the first: what that one
    finds is the back catalogue, unless the source is to `announce` it.
    """

    now: datetime
    last_complete: datetime | None
    announce: bool


@dataclass(frozen=True, slots=True)
class New:
    """The store has never seen it."""

    draft: Draft
    fingerprint: str
    posted: datetime
    announced: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """The store has it, and it differs or comes back. `public` is False while its time has not come."""

    known: Known
    draft: Draft
    fingerprint: str
    posted: datetime
    revised: datetime
    announced: bool
    public: bool


@dataclass(frozen=True, slots=True)
class Same:
    """The store has it just so."""

    known: Known


Change = New | Changed | Same


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a reading were what."""

    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
