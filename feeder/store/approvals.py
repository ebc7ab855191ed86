"""Approvals: issues that wait until a person has said yes. Claims leave them alone (9)."""

from datetime import datetime

from sqlalchemy import Column, Connection, and_, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.issues import Approval
from feeder.store import dialects, tables

_COLUMNS = tables.approvals.c
_OPEN = _COLUMNS.approved.is_(None)


class Approvals:
    """The approvals of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, digest: str, period: str, up_to: int, now: datetime) -> None:
        """Let an issue wait for a person; one that does, or did, goes up to the arrival that was said first."""
        row = {"digest": digest, "period": period, "up_to": up_to, "asked": now}
        self._connection.execute(dialects.insert_new(self._connection, tables.approvals).values(row))

    def up_to(self, digest: str, period: str) -> int | None:
        """Return up to which arrival an issue goes that waits for a person, or did; None for any other."""
        asked = select(_COLUMNS.up_to).where(_COLUMNS.digest == digest, _COLUMNS.period == period)
        found: int | None = self._connection.execute(asked).scalar()
        return found

    def approve(self, digest: str, period: str, now: datetime) -> bool:
        """Let an issue go out; False when it did not wait."""
        waits = (_COLUMNS.digest == digest, _COLUMNS.period == period, _OPEN)
        return (
            self._connection.execute(update(tables.approvals).where(*waits).values(approved=now)).rowcount
            == 1
        )

    def is_open(self, digest: str, period: str) -> bool:
        """Tell whether an issue waits for a person."""
        waits = exists().where(_COLUMNS.digest == digest, _COLUMNS.period == period, _OPEN)
        return bool(self._connection.execute(select(waits)).scalar())

    def open(self) -> list[Approval]:
        """Return the issues that wait for a person, or once did and were passed over, newest first."""
        query = select(tables.approvals).where(_OPEN).order_by(_COLUMNS.asked.desc(), _COLUMNS.digest)
        return [
            Approval(row.digest, row.period, row.up_to, row.asked) for row in self._connection.execute(query)
        ]


def unapproved(digest: Column[str], period: Column[str]) -> ColumnElement[bool]:
    """Tell rows whose issue waits for a person."""
    return exists().where(and_(_COLUMNS.digest == digest, _COLUMNS.period == period, _OPEN))
