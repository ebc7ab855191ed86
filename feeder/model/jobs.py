"""Work that is done again and again: what it is called, and what must not run beside it."""

from dataclasses import dataclass

WORK, MAIL = "work", "mail"
"""The queues. A process does one job of mail at a time, since that has all connections, and several others."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done: `name` says what, to whoever does it.

    Of those that have one `lock`, one at a time runs, on whichever machine.
    """

    name: str
    lock: str
    queue: str = WORK
