"""Rhythms: readers who share one are due at the same moments, so one row moves on for all of them.

A reader goes with a rhythm while the next issue comes when it comes to all others. Whoever is put off alone, has
paused, may not be mailed, or is held back by mail in flight has a moment of their own until an issue is planned.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, ScalarSelect, and_, case, func, null, select
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.digests import Rhythm
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow

_RHYTHM, _READER = tables.rhythms.c, tables.subscribers.c

NONE = -1
"""Stands for no hour and no day: what is compared as equal is found by an index, or by hashing."""

_UNSET = null()


def _its(column: Column[Any]) -> ScalarSelect[Any]:
    """Return what stands with a reader's rhythm, if there is one."""
    return select(column).where(_RHYTHM.id == _READER.rhythm_id).scalar_subquery()


NEXT_ISSUE_AT: ColumnElement[datetime] = func.coalesce(
    _READER.next_issue_at, _its(_RHYTHM.next_issue_at), type_=tables.Moment
)
"""When a reader's next issue is due."""

LAST_PERIOD: ColumnElement[str] = case(
    (_READER.joined < _its(_RHYTHM.rounds), _its(_RHYTHM.period)), else_=_READER.last_period
)
"""The period of a reader's last issue: the rhythm's, if it has come round since the reader joined it."""

POSTPONED: ColumnElement[bool] = func.coalesce(_its(_RHYTHM.postponed), _READER.postponed)
"""Whether a reader's next issue was late and has been put off once."""

ALONE: Mapping[str, ColumnElement[Any]] = {
    "next_issue_at": NEXT_ISSUE_AT,
    "last_period": LAST_PERIOD,
    "postponed": POSTPONED,
    "rhythm_id": _UNSET,
    "joined": _UNSET,
}
"""What is written of readers who go with their rhythm no more, and are due when they were."""


def of(row: AnyRow) -> Rhythm:
    """Return a row, or the columns `digest`, `zone`, `hour` and `day` of one, as a rhythm."""
    hour, day = (None if number == NONE else number for number in (row.hour, row.day))
    return Rhythm(row.digest, hour, day, row.zone)


def row(rhythm: Rhythm, due: datetime) -> dict[str, object]:
    """Return a new rhythm, that first comes round when it is `due`, as a row."""
    return {
        "digest": rhythm.digest,
        "zone": rhythm.zone,
        "hour": NONE if rhythm.hour is None else rhythm.hour,
        "day": NONE if rhythm.day is None else rhythm.day,
        "next_issue_at": due,
        "postponed": False,
        "rounds": 0,
    }


Place = tuple[int | None, int | None]
"""The id of a rhythm, and how often it had come round when a reader joined; nothing for one who is due alone."""


def place(connection: Connection, rhythm: Rhythm, due: datetime) -> Place:
    """Find a rhythm that next comes round when a reader is `due`, or begin it.

    One that comes round at another moment, or is being planned, is not waited for: the reader is due alone at first.
    """
    new = row(rhythm, due)
    which = and_(*(_RHYTHM[name] == new[name] for name in ("digest", "zone", "hour", "day")))
    found = _place(connection, which, due)
    if found is None and connection.execute(select(_RHYTHM.id).where(which)).first() is None:
        connection.execute(dialects.insert_new(connection, tables.rhythms).values(new))
        found = _place(connection, which, due)
    return found or (None, None)


def _place(connection: Connection, which: ColumnElement[bool], due: datetime) -> Place | None:
    # Held, so that it does not come round before the reader is there.
    query = (
        select(_RHYTHM.id, _RHYTHM.rounds)
        .where(which, _RHYTHM.next_issue_at == due, _RHYTHM.postponed.is_(False))
        .with_for_update(read=True, skip_locked=True)
    )
    found = connection.execute(query).first()
    return (found.id, found.rounds) if found else None
