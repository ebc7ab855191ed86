"""Processes work for one site: each tells that it lives, and all look after what the dead leave behind."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from feeder.model.members import WORKER, Member
from feeder.store import Store, Transaction

Follow = Callable[[Transaction], None]
"""What is to happen in the same transaction where others have something to take."""

_STEADY = 3
"""So many beats after another, none of them late, are steady."""


class Pulse:
    """The last beats of a process. One that was cut off, or held up, cannot tell who else is silent: all may have been."""

    def __init__(self, beats: timedelta) -> None:
        self._longest = _STEADY * 2 * beats.total_seconds()
        self._beats = deque[float](maxlen=_STEADY + 1)

    def beat(self, now: float) -> bool:
        """Take note of a beat, by a clock in seconds; tell whether it was steady for a while."""
        self._beats.append(now)
        return len(self._beats) > _STEADY and now - self._beats[0] < self._longest


def beat(store: Store, member: Member, now: datetime, follow: Follow) -> None:
    """Tell that a process lives. One that was taken for dead works again. Raises: StoreError, StoreNewer."""
    with store.transaction() as tx:
        if not tx.members.beat(member.id, now):
            tx.members.join(member)
            follow(tx)


def take_over(store: Store, now: datetime, follow: Follow) -> list[str]:
    """Take from the dead what they had claimed, and return who they were.

    Who is only held up, and wakes later, is fenced out by who took over. Raises: StoreError.
    """
    with store.reading() as tx:
        if all(other.is_alive for other in tx.members.all()):
            return []
    with store.transaction() as tx:
        dead = tx.members.silent()
        for other in dead:
            _let_go(tx, other, now)
            tx.members.leave(other)
        if dead:
            follow(tx)
    return dead


def let_go(store: Store, name: str, now: datetime, follow: Follow) -> None:
    """Let go of what a process has claimed whose sending broke off, for whoever is first. Raises: StoreError."""
    with store.transaction() as tx:
        if _let_go(tx, name, now):
            follow(tx)


def leave(store: Store, member: Member, now: datetime, follow: Follow) -> None:
    """Forget a process that ends, and let go of what it has claimed. Raises: StoreError."""
    with store.transaction() as tx:
        tx.members.leave(member.id)
        if _let_go(tx, member.id, now):
            follow(tx)


def _let_go(tx: Transaction, name: str, now: datetime) -> int:
    """End the leases of a process, and return of how many deliveries and letters."""
    return tx.deliveries.abandon(name, now) + tx.letters.abandon(name, now)


def workers(tx: Transaction) -> int:
    """Return how many processes work: that do jobs, and live."""
    return sum(WORKER in member.roles for member in tx.members.all() if member.is_alive)
