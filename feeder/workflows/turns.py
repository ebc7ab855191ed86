"""Turns: of several runs of one job, on whatever machines, only the one that began last may write.

Every job may run twice, since a worker that stalls is taken for dead, and wakes in the middle. So a
run takes a turn when it begins, and each of its transactions makes sure that nobody has begun since.
What a run read after it took its turn is then never older than what others have written before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from feeder.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class Turn:
    """A run's turn at a job."""

    store: Store
    job: str
    number: int

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a transaction that may write, as long as nobody has taken a later turn.

        Nobody takes one before it ends. Raises: Superseded; StoreError.
        """
        with self.store.transaction() as tx:
            tx.turns.keep(self.job, self.number)
            yield tx


def take(store: Store, job: str) -> Turn:
    """Take the next turn at a job: whoever has had one is over. Raises: StoreError."""
    with store.transaction() as tx:
        return Turn(store, job, tx.turns.take(job))
