"""Processes work for one site: each tells that it lives, and all look after what the dead leave behind."""

from collections.abc import Callable
from datetime import datetime

from feeder.model.members import WORKER, Member
from feeder.store import Store, Transaction


def beat(store: Store, member: Member, now: datetime, follow: Callable[[Transaction], None]) -> list[str]:
    """Tell that a process lives, and take from the dead what they had claimed; return who they were.

    Who is only held up, and wakes later, is fenced out by who took over.

    What is to `follow` where there are any happens in the same transaction. Raises: StoreError.
    """
    with store.transaction() as tx:
        if not tx.members.beat(member.id, now):
            tx.members.join(member)
    with store.reading() as tx:
        if all(other.is_alive for other in tx.members.all()):
            return []
    with store.transaction() as tx:
        dead = tx.members.silent()
        for other in dead:
            tx.deliveries.abandon(other, now)
            tx.members.leave(other)
        if dead:
            follow(tx)
    return dead


def leave(store: Store, member: Member) -> None:
    """Say that a process has come to its end. Raises: StoreError."""
    with store.transaction() as tx:
        tx.members.leave(member.id)


def workers(tx: Transaction) -> int:
    """Return how many processes work: that do jobs, and live."""
    return sum(WORKER in member.roles for member in tx.members.all() if member.is_alive)
