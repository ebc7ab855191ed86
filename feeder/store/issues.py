"""Issues: planned for all who are due, or as a welcome for one.

The rules are those of the delivery contract; the numbers in the docstrings are its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import WELCOME, State
from feeder.model.digests import Due
from feeder.store import dialects, steps, tables
from feeder.store.subscribers import mailable

_DELIVERY = tables.deliveries.c
_READER = tables.subscribers.c

Issue = tuple[str, str]
"""A digest and a period."""

_NONE = -1
"""Stands for no hour and no day: what is compared as equal is found by an index, or by hashing."""

_rhythms = Table(
    "rhythms",
    MetaData(),
    Column("digest", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("period", Text, nullable=False),
    Column("next_issue_at", tables.Moment, nullable=False),
    Column("next_hour", tables.Moment, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("not_before", tables.Moment, nullable=False),
    prefixes=["TEMPORARY"],
)
_RHYTHM = _rhythms.c
"""Rhythms that have come round. A table, so that each reader's is found by its key: there may be thousands of them."""


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
        *,
        frozen: Mapping[Issue, int] | None = None,
        undo: Mapping[str, timedelta] | None = None,
    ) -> dict[Issue, int]:
        """Plan an issue for every reader whose rhythm is in `dues` and whose time has come (5, 6).

        It goes up to the arrival `up_to`, or the one for which it is `frozen` (9). Whoever is late by more
        than `late` waits once for the reader's next hour. A delivery that still waits is expired; one in
        flight holds the next back. Nothing of a digest leaves before its `undo` is over.
        Returns how many were planned of each issue, of those that were.
        """
        if not dues:
            return {}
        undo, frozen = undo or {}, frozen or {}
        _rhythms.create(self._connection)
        rows = [
            _row(due)
            | {
                "up_to": frozen.get((due.rhythm.digest, due.period), up_to),
                "not_before": now + undo.get(due.rhythm.digest, timedelta()),
            }
            for due in dues
        ]
        self._connection.execute(insert(_rhythms), rows)
        planned = self._plan(now, late)
        _rhythms.drop(self._connection)
        return planned

    def _plan(self, now: datetime, late: timedelta) -> dict[Issue, int]:
        """Plan for all whose rhythms stand in the table of those that have come round."""
        in_time = and_(
            _RHYTHM.digest == _READER.digest,
            _RHYTHM.zone == _READER.zone,
            _RHYTHM.hour == func.coalesce(_READER.hour, _NONE),
            _RHYTHM.day == func.coalesce(_READER.day, _NONE),
            mailable(now),
        )
        self._connection.execute(
            update(tables.subscribers)
            .where(in_time, _READER.next_issue_at < now - late, _READER.postponed.is_(False))
            .values(next_issue_at=_RHYTHM.next_hour, postponed=True)
        )
        theirs = and_(in_time, _READER.next_issue_at <= now)
        self._connection.execute(
            update(tables.deliveries)
            .where(
                steps.UNDER_WAY,
                _DELIVERY.state == State.WAITING,
                exists().where(_READER.id == _DELIVERY.subscriber_id, theirs),
            )
            .values(state=State.EXPIRED, reason="the next issue was due", changed=now)
        )
        columns = {
            "subscriber_id": _READER.id,
            "digest": _READER.digest,
            "period": _RHYTHM.period,
            **_literals(_fresh(now)),
            "up_to": _RHYTHM.up_to,
            "not_before": _RHYTHM.not_before,
        }
        before = self._connection.execute(select(func.coalesce(func.max(_DELIVERY.id), 0))).scalar_one()
        # Asked by the reader alone: a database that has not counted an issue yet would look through all of it.
        held_back = exists().where(
            _DELIVERY.subscriber_id == _READER.id, steps.UNDER_WAY, _DELIVERY.id <= before
        )
        again = _READER.last_period.is_not_distinct_from(_RHYTHM.period)
        ready = select(*columns.values()).select_from(tables.subscribers).join(_rhythms, theirs)
        self._connection.execute(
            dialects.insert_new(self._connection, tables.deliveries).from_select(
                list(columns), ready.where(~held_back, ~again)
            )
        )
        self._connection.execute(
            update(tables.subscribers)
            .where(theirs, ~held_back)
            .values(next_issue_at=_RHYTHM.next_issue_at, last_period=_RHYTHM.period, postponed=False)
        )
        fresh = (
            select(_DELIVERY.digest, _DELIVERY.period, func.count().label("planned"))
            .where(_DELIVERY.id > before, _DELIVERY.newest.is_(None))
            .group_by(_DELIVERY.digest, _DELIVERY.period)
        )
        return {(row.digest, row.period): row.planned for row in self._connection.execute(fresh)}

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
            **_literals(_fresh(now) | {"up_to": up_to}),
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
            **_fresh(now),
            "up_to": up_to,
            "newest": newest,
        }
        return (
            self._connection.execute(
                dialects.insert_new(self._connection, tables.deliveries).values(row)
            ).rowcount
            == 1
        )


def _fresh(now: datetime) -> dict[str, object]:
    """Return the columns that new deliveries have alike, if nothing delays them."""
    return {
        "planned": now,
        "state": State.WAITING,
        "not_before": now,
        "attempts": 0,
        "reason": "",
        "changed": now,
    }


def _literals(values: Mapping[str, object]) -> dict[str, ColumnElement[object]]:
    return {name: literal(value, _DELIVERY[name].type) for name, value in values.items()}


def _row(due: Due) -> dict[str, object]:
    rhythm = due.rhythm
    return {
        "digest": rhythm.digest,
        "zone": rhythm.zone,
        "hour": _NONE if rhythm.hour is None else rhythm.hour,
        "day": _NONE if rhythm.day is None else rhythm.day,
        "period": due.period,
        "next_issue_at": due.next_issue_at,
        "next_hour": due.next_hour,
    }
