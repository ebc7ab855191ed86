"""What carries "there is work of this kind" to who does it: at least once.

The truth stands in the store's own tables; an engine only says that somebody should look. So a job may run
twice, and one that was lost is made up for by the next tick.

local         threads of this process; what waits is forgotten with it
distributed   procrastinate on the site's PostgreSQL: any number of machines
"""

from collections.abc import Callable
from typing import Protocol

from feeder.model.jobs import Job
from feeder.store import Transaction

Do = Callable[[Job], None]
"""Does a job."""


class Engine(Protocol):
    """Puts jobs, and runs them on this process's threads."""

    remembers: bool
    """Whether what was put outlives the process that put it."""

    def put(self, tx: Transaction, job: Job) -> None:
        """Let a job run once the transaction has been committed, and not at all if it is undone.

        It runs after the commit, so that it sees what the transaction wrote; several that wait, and are the
        same, are one. Where one runs that has its lock, it waits.
        """

    def start(self, do: Do) -> None:
        """Begin to run jobs on threads of this process. What one raises is logged; the next tick puts it again."""

    def stop(self) -> None:
        """Begin no more jobs, and wait for those that run here."""

    def waiting(self, tx: Transaction) -> dict[str, int]:
        """Return how many jobs wait or run, by what they do."""
