"""What people are told of issues and deliveries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feeder.model.deliveries import OPEN, State


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an issue is: deliveries by state, when the first was planned, when one last changed.

    `lately` is how many were accepted since each of the moments that were asked about.
    """

    digest: str
    period: str
    states: Mapping[State, int]
    planned: datetime
    changed: datetime
    lately: Sequence[int]

    @property
    def left(self) -> int:
        """How many deliveries are still to be settled."""
        return sum(self.states.get(state, 0) for state in OPEN)

    @property
    def total(self) -> int:
        """How many deliveries were planned."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be settled, by state, and since when the oldest of it waits; None where nothing does."""

    states: Mapping[State, int] = field(default_factory=dict)
    oldest: datetime | None = None

    def __add__(self, other: "Backlog") -> "Backlog":
        both = [each.oldest for each in (self, other) if each.oldest]
        return Backlog(dict(Counter(self.states) + Counter(other.states)), min(both, default=None))

    @property
    def total(self) -> int:
        """How much is still to be settled."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the name of a worker on its claims, how many it holds, and until when it has not been given up."""

    owner: str
    held: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery as its reader's record tells it.

    `queue_id` is what the server called the message that it accepted, and `reason` what it said when it
    did not, or why nothing was sent; both may be empty. `due` is when it is tried next.
    """

    digest: str
    period: str
    state: State
    planned: datetime
    changed: datetime
    attempts: int
    items: int
    reason: str
    queue_id: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a delivery brought, and to whom, as ids."""

    subscriber: int
    digest: str
    period: str
    content: int
