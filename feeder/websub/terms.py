"""Terms of subscriptions: how long they last, how many there are, and how often something is tried. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from feeder.model.hub import Crowd, Subscription

LEASE = timedelta(days=10)
"""How long a subscription lasts for which nothing was asked, as with most hubs."""
_LEAST, _MOST = timedelta(hours=1), timedelta(days=30)

_OF_TOPIC, _AT_HOST, _WAITING = 10_000, 2_000, 5_000
"""How many subscriptions a topic and a host have at most, and how many wait to be verified, in all.

A large reader follows every feed of a site from one host; but a host whose name is made to lead to
somebody else's machine, once all are verified, lets us send all of them there.
"""

_VERIFICATIONS = (timedelta(minutes=1), timedelta(minutes=5))
_TELLING = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""How long to wait after the first, second … try; after the last one it is given up."""
_OTHERS = (*_TELLING[:4], timedelta(hours=6))
"""As these, and then as after the last: another hub is told until its news is old."""

STALE = timedelta(days=2)
"""After how long another hub need not hear of a change any more: it has looked by itself."""

_MISSED = 3
"""After how many changes in a row that came to nothing a subscription ends."""

_GONE = 410
_WHOLE_HOST = {None, 429, 502, 503, 504}
"""Silence, and what servers say that are in trouble, or stand before such."""
_REFUSALS = frozenset(range(400, 500)) - {408, 429}


@dataclass(frozen=True, slots=True)
class Told:
    """A subscriber has taken it."""


@dataclass(frozen=True, slots=True)
class Later:
    """It is tried again at a moment; where the `whole_host` is in trouble, so is all else that is for it."""

    at: datetime
    whole_host: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """It is given up for this change."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The subscription is over."""


Consequence = Told | Later | Missed | Ended


def lease(asked: timedelta | None) -> timedelta:
    """Return how long a subscription lasts for which so much, or nothing, was asked."""
    return min(max(asked, _LEAST), _MOST) if asked else LEASE


def crowded(crowd: Crowd) -> str:
    """Say why there is no room for one more subscription; empty where there is."""
    if crowd.of_topic >= _OF_TOPIC:
        return "This feed has as many subscribers as this hub serves."
    if crowd.at_host >= _AT_HOST:
        return "The callback's host has as many subscriptions as this hub serves."
    return "Too many requests wait to be verified." if crowd.waiting >= _WAITING else ""


def verify_again(tries: int, now: datetime) -> datetime | None:
    """Return when to ask once more whether a request was meant, after so many times without any answer.

    None: never. An answer, whatever it is, decides at once (section 5.3.1).
    """
    return now + _VERIFICATIONS[tries - 1] if tries <= len(_VERIFICATIONS) else None


def after(
    subscription: Subscription, status: int | None, rest: timedelta | None, now: datetime
) -> Consequence:
    """Decide what comes of telling a subscriber, who answered with `status`, or with nothing.

    `rest` is how long they ask us to wait. Source: section 7.
    """
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 - success
        return Told()
    if status == _GONE:
        return Ended()
    if subscription.tries < len(_TELLING):
        return Later(now + max(_TELLING[subscription.tries], rest or timedelta()), status in _WHOLE_HOST)
    return Ended() if subscription.missed + 1 >= _MISSED else Missed()


def is_refused(status: int | None) -> bool:
    """Tell whether another hub has heard of a topic and wants nothing of it, so that nobody tells it again."""
    return status in _REFUSALS


def other_again(tries: int, rest: timedelta | None, now: datetime) -> datetime:
    """Return when another hub is told again that has failed so often in a row."""
    return now + max(_OTHERS[min(tries, len(_OTHERS)) - 1], rest or timedelta())
