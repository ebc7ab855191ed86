"""Choices: what readers changed by a link in a mail, kept for as long as it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from feeder.model.subscribers import Choice, Preferences
from feeder.store import dialects, preferences, tables
from feeder.store.dialects import AnyRow

_COLUMNS = tables.choices.c


class Choices:
    """The choices of the readers of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, subscriber: int, before: Preferences, after: Preferences, now: datetime) -> int:
        """Write down what a reader changed, and return its id."""
        row = {
            "subscriber_id": subscriber,
            "before": preferences.written(before),
            "after": preferences.written(after),
            "at": now,
        }
        return dialects.inserted(self._connection, tables.choices, row)

    def get(self, choice: int) -> Choice | None:
        """Return a choice."""
        return self._first(select(tables.choices).where(_COLUMNS.id == choice))

    def locked(self, choice: int) -> Choice | None:
        """Return a choice that nobody else changes until the transaction ends."""
        return self._first(select(tables.choices).where(_COLUMNS.id == choice).with_for_update())

    def _first(self, query: Select[Any]) -> Choice | None:
        row = self._connection.execute(query).first()
        return _choice(row) if row else None

    def undone(self, choice: int, now: datetime) -> None:
        """Write down that a choice was undone."""
        self._connection.execute(update(tables.choices).where(_COLUMNS.id == choice).values(undone=now))

    def of(self, subscriber: int) -> list[Choice]:
        """Return what a reader changed, oldest first."""
        query = select(tables.choices).where(_COLUMNS.subscriber_id == subscriber).order_by(_COLUMNS.id)
        return [_choice(row) for row in self._connection.execute(query)]

    def forget(self, before: datetime) -> None:
        """Forget choices that are older than a moment."""
        self._connection.execute(delete(tables.choices).where(_COLUMNS.at < before))

    def forget_all_of(self, subscriber: int) -> None:
        """Forget all choices of a reader."""
        self._connection.execute(delete(tables.choices).where(_COLUMNS.subscriber_id == subscriber))


def _choice(row: AnyRow) -> Choice:
    return Choice(
        id=row.id,
        subscriber=row.subscriber_id,
        before=preferences.from_written(row.before),
        after=preferences.from_written(row.after),
        at=row.at,
        undone=row.undone,
    )
