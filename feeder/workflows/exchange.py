"""What our hub works with, and what a round of it did; strangers are spoken to host by host."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from feeder import net
from feeder.errors import FeederError
from feeder.markup import urls
from feeder.model.settings import Publish, Site
from feeder.net import RequestFailed

LIMITS = net.Limits(
    connect=timedelta(seconds=5),
    silence=timedelta(seconds=5),
    whole=timedelta(seconds=10),
    max_bytes=1000,
    redirects=0,
    retries=0,
)
"""Strangers choose whom we speak to: we are brief, follow nobody, and read no more than a challenge."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a hub works with: the site, what asks for it, and what stands at a path of the published tree.

    `client` keeps to `LIMITS`. `challenge` makes what nobody can guess. `clock` tells the present, aware.
    """

    site: Site
    publish: Publish
    client: net.Client
    content: Callable[[str], bytes | None]
    clock: Callable[[], datetime]
    stopped: Callable[[], bool] = lambda: False
    challenge: Callable[[], str] = lambda: secrets.token_urlsafe(32)

    @property
    def is_near(self) -> bool:
        """Whether the site is on this machine or its network, so that its subscribers may be there, too."""
        return is_near(self.site)

    def address(self, topic: str) -> str:
        """Return the public address of a topic."""
        return urls.absolute(self.site.public_url, topic)


@dataclass(slots=True)
class Worked:
    """What a round did: requests, subscribers and other hubs, by what came of them.

    `problems` are those of other hubs that are new; a hub that is silent still is none.
    """

    verified: int = 0
    dropped: int = 0
    told: int = 0
    put_off: int = 0
    missed: int = 0
    ended: int = 0
    pinged: int = 0
    problems: list[FeederError] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return what happened at all, and how often."""
        told = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "problems"}
        return {name: number for name, number in told.items() if number}


def is_near(site: Site) -> bool:
    """Tell whether a site is on this machine or its network by its own address."""
    try:
        net.check(site.public_url)
    except RequestFailed:
        return True
    return False


class Hosted(Protocol):
    """What is for a host."""

    @property
    def host(self) -> str:
        """The host."""


H = TypeVar("H", bound=Hosted)
R = TypeVar("R")


def by_host(
    hands: Executor,
    some: Sequence[H],
    act: Callable[[H], R],
    is_over: Callable[[R], bool],
    stopped: Callable[[], bool],
) -> list[tuple[H, R]]:
    """Act on each, one after the other where they are at one host, until it is over with that host.

    Nothing is begun any more when it is time to stop.
    """
    hosts: dict[str, list[H]] = {}
    for each in some:
        hosts.setdefault(each.host, []).append(each)

    def in_turn(group: Sequence[H]) -> list[tuple[H, R]]:
        found: list[tuple[H, R]] = []
        for each in group:
            if stopped() or (found and is_over(found[-1][1])):
                break
            found.append((each, act(each)))
        return found

    return [each for group in hands.map(in_turn, hosts.values()) for each in group]
