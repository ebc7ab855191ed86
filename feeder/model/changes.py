"""What a draft means for the store: the words between comparing and applying."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feeder.model.items import Draft


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of an item, as far as comparing needs it.

    `released` items are public now, `shown` ones are or once were.
    `edited` are the fields of a draft that were set by hand, as `sources.changes` writes them.
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
    place: str = ""
    version: str = ""
    hidden: bool = False
    edited: Mapping[str, Any] = field(default_factory=dict)


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
    """The store has never seen it.

    `uid` is the id by which readers know it, and `revised` its last significant change; without
    them an id is minted, and it counts as never revised.
    """

    draft: Draft
    fingerprint: str
    posted: datetime
    announced: bool
    uid: str | None = None
    revised: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The store has it, and it differs or comes back.

    `public` is False while its time has not come, and while it is hidden.
    """

    known: Known
    draft: Draft
    fingerprint: str
    posted: datetime
    revised: datetime
    announced: bool
    public: bool


@dataclass(frozen=True, slots=True)
class Same:
    """The store has it just so; at most it lies elsewhere, or in another version that says the same."""

    known: Known
    draft: Draft


Change = New | Changed | Same


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a reading were what."""

    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
