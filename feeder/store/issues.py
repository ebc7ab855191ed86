"""Issues: planned for all who are due, or as a welcome for one.

The rules are those of the delivery contract; the numbers in the docstrings are its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Integer,
    String,
    and_,
    column,
    exists,
    func,
    literal,
    select,
    update,
    values,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE

from feeder.model.batches import batches
from feeder.model.deliveries import WELCOME, State
from feeder.model.digests import Due
from feeder.store import dialects, steps, tables
from feeder.store.subscribers import mailable

_DELIVERY = tables.deliveries.c
_READER = tables.subscribers.c

_NONE = -1
"""Stands for no hour and no day: what is compared as equal is found by an index, or by hashing."""

_DUES_AT_ONCE = 500
"""How many rhythms one statement names; each takes seven of the database's variables."""


class Issues:
    """The planning of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(
        self,
        dues: Sequence[Due],
        up_to: int,
        now: datetime,
        late: timedelta,
        undo: timedelta = timedelta(),
    ) -> int:
        """Plan an issue for every reader whose rhythm is in `dues` and whose time has come (5, 6).

        Whoever is late by more than `late` waits once for the reader's next hour. A delivery that
        still waits is expired; one in flight holds the next back. Nothing leaves before `undo` is over.
        Returns how many were planned.
        """
        return sum(
            self._plan(_rhythms(some), up_to, now, late, undo) for some in batches(dues, _DUES_AT_ONCE)
        )

    def _plan(self, rhythm: CTE, up_to: int, now: datetime, late: timedelta, undo: timedelta) -> int:
        theirs = and_(
            rhythm.c.digest == _READER.digest,
            rhythm.c.hour == func.coalesce(_READER.hour, _NONE),
            rhythm.c.day == func.coalesce(_READER.day, _NONE),
            rhythm.c.zone == _READER.zone,
            _READER.next_issue_at <= now,
            mailable(now),
        )
        too_late = and_(_READER.next_issue_at < now - late, _READER.postponed.is_(False))
        self._connection.execute(
            update(tables.subscribers)
            .where(theirs, too_late)
            .values(next_issue_at=rhythm.c.next_hour, postponed=True)
        )
        readers = select(_READER.id).select_from(tables.subscribers).join(rhythm, theirs)
        self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.state == State.WAITING, _DELIVERY.subscriber_id.in_(readers))
            .values(state=State.EXPIRED, reason="the next issue was due", changed=now)
        )
        columns = {
            "subscriber_id": _READER.id,
            "digest": _READER.digest,
            "period": rhythm.c.period,
            **{name: _literal(name, value) for name, value in _fresh(up_to, now, undo).items()},
        }
        before = self._connection.execute(select(func.coalesce(func.max(_DELIVERY.id), 0))).scalar_one()
        # Asked by the reader alone: a database that has not counted an issue yet would look through all of it.
        held_back = exists().where(
            _DELIVERY.subscriber_id == _READER.id, steps.UNDER_WAY, _DELIVERY.id <= before
        )
        again = _READER.last_period.is_not_distinct_from(rhythm.c.period)
        ready = select(*columns.values()).select_from(tables.subscribers).join(rhythm, theirs)
        result = self._connection.execute(
            dialects.insert_new(self._connection, tables.deliveries).from_select(
                list(columns), ready.where(~held_back, ~again)
            )
        )
        planned = dialects.affected(self._connection, result)
        self._connection.execute(
            update(tables.subscribers)
            .where(theirs, ~held_back)
            .values(next_issue_at=rhythm.c.next_issue_at, last_period=rhythm.c.period, postponed=False)
        )
        return planned

    def plan_instant(self, digest: str, up_to: int, now: datetime) -> tuple[int, bool]:
        """Plan an issue up to an arrival for every reader of a digest who has not had it (6, 7).

        Returns how many were planned, and whether nobody was held back by a delivery in flight.
        """
        theirs = and_(_READER.digest == digest, _READER.cursor < up_to, mailable(now))
        readers = select(_READER.id).where(theirs)
        another = _DELIVERY.period != str(up_to)
        self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.state == State.WAITING, another, _DELIVERY.subscriber_id.in_(readers))
            .values(state=State.EXPIRED, reason="the next issue was due", changed=now)
        )
        columns = {
            "subscriber_id": _READER.id,
            "digest": _READER.digest,
            "period": literal(str(up_to), String),
            **{name: _literal(name, value) for name, value in _fresh(up_to, now).items()},
        }
        in_flight = exists().where(_DELIVERY.subscriber_id == _READER.id, steps.UNDER_WAY)
        fresh = select(*columns.values()).where(theirs, ~in_flight)
        result = self._connection.execute(
            dialects.insert_new(self._connection, tables.deliveries).from_select(list(columns), fresh)
        )
        planned = dialects.affected(self._connection, result)
        held = select(_DELIVERY.id).where(steps.UNDER_WAY, another, _DELIVERY.subscriber_id.in_(readers))
        return planned, self._connection.execute(held.limit(1)).first() is None

    def welcome(self, subscriber: int, digest: str, newest: int, up_to: int, now: datetime) -> bool:
        """Plan a welcome that holds the `newest` so many items (8).

        One who comes back is welcomed again: `welcome-2` and so on. False when a delivery is open.
        """
        before = select(func.count()).where(
            _DELIVERY.subscriber_id == subscriber, _DELIVERY.digest == digest, _DELIVERY.newest.is_not(None)
        )
        times = self._connection.execute(before).scalar_one()
        row = {
            "subscriber_id": subscriber,
            "digest": digest,
            "period": WELCOME if not times else f"{WELCOME}-{times + 1}",
            **_fresh(up_to, now),
            "newest": newest,
        }
        return (
            self._connection.execute(
                dialects.insert_new(self._connection, tables.deliveries).values(row)
            ).rowcount
            == 1
        )


def _fresh(up_to: int, now: datetime, undo: timedelta = timedelta()) -> dict[str, object]:
    """Return the columns that every new delivery has alike."""
    return {
        "up_to": up_to,
        "planned": now,
        "state": State.WAITING,
        "not_before": now + undo,
        "attempts": 0,
        "reason": "",
        "changed": now,
    }


def _literal(name: str, value: object) -> ColumnElement[object]:
    return literal(value, tables.deliveries.c[name].type)


def _rhythms(dues: Sequence[Due]) -> CTE:
    """Make a table of rhythms to join readers with."""
    rows = [
        (
            due.rhythm.digest,
            _NONE if due.rhythm.hour is None else due.rhythm.hour,
            _NONE if due.rhythm.day is None else due.rhythm.day,
            due.rhythm.zone,
            due.period,
            due.next_issue_at,
            due.next_hour,
        )
        for due in dues
    ]
    return (
        values(
            column("digest", String),
            column("hour", Integer),
            column("day", Integer),
            column("zone", String),
            column("period", String),
            column("next_issue_at", tables.Moment),
            column("next_hour", tables.Moment),
            name="rhythm",
        )
        .data(rows)
        .cte("rhythms")
    )
