"""Processes that work for one site."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SCHEDULER, WORKER, WEB = ROLES = ("scheduler", "worker", "web")
"""What a process does: it says when, it does what is to be done, it serves pages."""

_NEAR = timedelta(seconds=5)
"""So much may two clocks differ: moments are compared by the second, and a beat takes a while to arrive."""


@dataclass(frozen=True, slots=True)
class Member:
    """A process of a site: on which `machine`, with which of the `ROLES`.

    `id` is its name on what it claims. It tells at each of its `beats` that it lives, did so last when it was
    `seen`, and `is_alive` while none of them is missing for long. Its own clock was `ahead` of the store's then.

    `revision` and `engine` are the newest steps of the store's schema, and of the engine's, that its program knows,
    empty where it does not say; `setup` is a digest of all its settings that must be the same everywhere.
    """

    id: str
    machine: str
    process: int
    roles: tuple[str, ...]
    version: str
    began: datetime
    beats: timedelta
    seen: datetime
    is_alive: bool = True
    ahead: timedelta = timedelta()
    revision: str = ""
    engine: str = ""
    setup: str = ""

    @property
    def is_clock_right(self) -> bool:
        """Tell whether its clock shows what the store's does, as near as it matters."""
        return abs(self.ahead) <= _NEAR


def setups(members: Sequence[Member]) -> dict[str, list[str]]:
    """Return how machines are set up: their names by the digest of what must be the same, as far as they tell it."""
    found: dict[str, set[str]] = {}
    for member in members:
        if member.is_alive and member.setup:
            found.setdefault(member.setup, set()).add(member.machine)
    return {setup: sorted(machines) for setup, machines in found.items()}
