"""WebSub: who asks our hub to be told of a feed, who is told, and what other hubs have yet to hear.

A topic is a live document of a feed, by its path in the published tree.
A callback is often a secret of its subscriber, and is kept out of messages and logs.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit


class Mode(StrEnum):
    """What a subscriber asks for."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked of our hub: to be told of a topic, for as long as `lease`, or no more."""

    mode: Mode
    topic: str
    callback: str = field(repr=False)
    lease: timedelta = timedelta()
    secret: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The host that has the callback."""
        return host_of(self.callback)


@dataclass(frozen=True, slots=True)
class Unverified:
    """What was asked, and may have been asked by anybody; `tries` counts how often nobody answered for it."""

    id: int
    wanted: Wanted
    tries: int = 0

    @property
    def host(self) -> str:
        """The host that has the callback."""
        return self.wanted.host


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whom our hub tells of a topic.

    `change` counts the changes of the topic, so that one that comes while it is told is told as well.
    `tries` counts how often the last one was told in vain, and `missed` the changes in a row that came to
    nothing. One that is `over` is told just that: its topic is gone.
    """

    id: int
    topic: str
    callback: str = field(repr=False)
    secret: str = field(default="", repr=False)
    change: int = 0
    tries: int = 0
    missed: int = 0
    over: bool = False

    @property
    def host(self) -> str:
        """The host that has the callback."""
        return host_of(self.callback)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many subscriptions there are, asked for or in force: of a topic, at a host; and how many wait."""

    of_topic: int
    at_host: int
    waiting: int


@dataclass(frozen=True, slots=True)
class News:
    """A topic of whose change another hub has yet to hear; `reasons` are the ids of what says so."""

    topic: str
    reasons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why another hub has not heard of changes since a moment, after how many tries, and when it is next told."""

    hub: str
    problem: str
    tries: int
    since: datetime
    next_try: datetime


def host_of(callback: str) -> str:
    """Return the host of an address, as hosts are compared."""
    return (urlsplit(callback).hostname or "").rstrip(".")
