"""What readers of feeds say of themselves: numbers by feed, and nobody by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Agent:
    """Who asks for a feed: the name of a program, and for how many it does; None when it does not say.

    `feed_id` is what an aggregator calls the feed, empty where it does not say: it may know one feed by
    two addresses, with subscribers of its own to each.
    """

    name: str
    subscribers: int | None = None
    feed_id: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """How many subscribers an aggregator says a document has, by the path of that in the tree."""

    path: str
    agent: str
    feed_id: str
    subscribers: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The same, as it was last said: on which day."""

    said: Said
    day: date


@dataclass(frozen=True, slots=True)
class Tally:
    """What was heard on a day (UTC): what aggregators said, and how many others came, by the path of each feed."""

    day: date
    said: Sequence[Said] = ()
    readers: Mapping[str, int] = field(default_factory=dict)


def feed_of(path: str) -> str:
    """Return the path of the feed to which a document belongs: its folder."""
    return path[: path.rfind("/") + 1]
