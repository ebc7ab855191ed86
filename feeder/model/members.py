"""Processes that work for one site."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SCHEDULER, WORKER, WEB = ROLES = ("scheduler", "worker", "web")
"""What a process does: it says when, it does what is to be done, it serves pages."""


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
