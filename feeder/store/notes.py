"""Notes: the author's own words above one issue of a digest."""

from datetime import datetime

from sqlalchemy import Connection, Select, delete, insert, select, update

from feeder.model.issues import Note
from feeder.store import tables
from feeder.store.runs import Runs

_COLUMNS = tables.notes.c
_JOB = "note"


class Notes:
    """The notes of one site."""

    def __init__(self, connection: Connection, runs: Runs) -> None:
        self._connection = connection
        self._runs = runs

    def set(self, digest: str, markdown: str, html: str, now: datetime) -> None:
        """Put words above the next issue of a digest, in place of those that wait for it."""
        self.clear(digest)
        row = {"digest": digest, "markdown": markdown, "html": html, "created": now}
        self._connection.execute(insert(tables.notes).values(row))

    def clear(self, digest: str) -> bool:
        """Drop the words that wait for the next issue; False when there were none."""
        waiting = (_COLUMNS.digest == digest, _COLUMNS.period.is_(None))
        return self._connection.execute(delete(tables.notes).where(*waiting)).rowcount > 0

    def waiting(self, digest: str) -> Note | None:
        """Return the words that wait for the next issue of a digest."""
        return self._first(select(tables.notes).where(_COLUMNS.digest == digest, _COLUMNS.period.is_(None)))

    def bind(self, digest: str, period: str, now: datetime) -> None:
        """Give what waits to a period that is planned now, unless it was planned before for other readers.

        So all readers of an issue get the same words, in whichever zone they are.
        """
        if self._runs.claim(_JOB, f"{digest}/{period}", now):
            self._connection.execute(
                update(tables.notes)
                .where(_COLUMNS.digest == digest, _COLUMNS.period.is_(None))
                .values(period=period)
            )

    def of(self, digest: str, period: str) -> str:
        """Return the words above an issue as HTML, empty where there are none."""
        note = self._first(select(tables.notes).where(_COLUMNS.digest == digest, _COLUMNS.period == period))
        return note.html if note else ""

    def _first(self, query: Select[tuple[object, ...]]) -> Note | None:
        row = self._connection.execute(query).first()
        return Note(row.digest, row.markdown, row.html, row.created, row.period) if row else None
