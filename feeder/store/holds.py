"""Holds: what a person has stopped. Claims and attempts leave it alone (12)."""

from datetime import datetime

from sqlalchemy import Column, Connection, delete, exists, select
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.issues import ALL_MAIL, EVERY_DIGEST, Hold
from feeder.store import dialects, tables

_COLUMNS = tables.holds.c


class Holds:
    """The holds of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, digest: str, reason: str, now: datetime) -> Hold:
        """Stop a digest, or all of them; one that is stopped stays as it is. Returns the hold in force."""
        row = dialects.insert_new(self._connection, tables.holds).values(
            digest=digest, since=now, reason=reason
        )
        self._connection.execute(row)
        return next(hold for hold in self.all() if hold.digest == digest)

    def lift(self, digest: str) -> bool:
        """Let a digest go on; False when it was not stopped under this name."""
        return self._connection.execute(delete(tables.holds).where(_COLUMNS.digest == digest)).rowcount == 1

    def stops_all_mail(self) -> bool:
        """Tell whether all mail is stopped."""
        return bool(self._connection.execute(select(exists().where(_COLUMNS.digest == ALL_MAIL))).scalar())

    def all(self) -> list[Hold]:
        """Return what is stopped, by name; what stops all digests comes first."""
        rows = self._connection.execute(select(tables.holds).order_by(_COLUMNS.digest))
        return [Hold(row.digest, row.since, row.reason) for row in rows]


def held(digest: Column[str]) -> ColumnElement[bool]:
    """Tell rows whose digest is stopped, or stopped with all."""
    return exists().where(_COLUMNS.digest.in_([digest, EVERY_DIGEST, ALL_MAIL]))
