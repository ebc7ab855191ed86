"""What is remembered of each source between readings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from feeder.store import dialects, tables


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where a source stands.

    `problem` says why the last reading failed or what it refused; `failures` counts the readings
    that failed since the last good one, and `next_try` is when the next makes sense. `held` is the number of items
    whose removal waits for a person; `unread` are the keys that the first complete reading could
    not take, and that are back catalogue all the same.
    """

    name: str
    state: Mapping[str, Any] = field(default_factory=dict)
    first_complete: datetime | None = None
    last_complete: datetime | None = None
    last_read: datetime | None = None
    problem: str | None = None
    failures: int = 0
    next_try: datetime | None = None
    held: int | None = None
    unread: tuple[str, ...] = ()


class Sources:
    """The states of sources."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, name: str) -> SourceState:
        """Return where the source stands; one that was never read stands at the beginning."""
        query = select(tables.sources).where(tables.sources.c.name == name)
        row = self._connection.execute(query).mappings().first()
        return _state(row) if row else SourceState(name)

    def remember(self, state: SourceState) -> None:
        """Replace what is remembered of a source."""
        self._connection.execute(
            dialects.upsert(self._connection, tables.sources, "name").values(
                name=state.name,
                state=dict(state.state),
                first_complete=state.first_complete,
                last_complete=state.last_complete,
                last_read=state.last_read,
                problem=state.problem,
                failures=state.failures,
                next_try=state.next_try,
                held=state.held,
                unread=list(state.unread),
            )
        )

    def failed(self, name: str, problem: str, now: datetime, next_try: datetime) -> None:
        """Remember that a source could not be read, and nothing else of it."""
        columns = tables.sources.c
        self._connection.execute(
            dialects.insert_new(self._connection, tables.sources).values(
                name=name, state={}, last_read=now, failures=0, unread=[]
            )
        )
        self._connection.execute(
            update(tables.sources)
            .where(columns.name == name)
            .values(last_read=now, problem=problem, failures=columns.failures + 1, next_try=next_try)
        )

    def all(self) -> list[SourceState]:
        """Return where every source stands that was ever read, by name."""
        query = select(tables.sources).order_by(tables.sources.c.name)
        return [_state(row) for row in self._connection.execute(query).mappings()]


def _state(row: RowMapping) -> SourceState:
    return SourceState(**{**row, "unread": tuple(row["unread"])})
