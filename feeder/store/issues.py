"""Issues: planned for all who are due, or as a welcome for one.

The rules are those of the delivery contract; the numbers in the docstrings are its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import WELCOME, State
from feeder.model.digests import Due, Rhythm
from feeder.store import dialects, rhythms, steps, tables
from feeder.store.dialects import AnyRow
from feeder.store.subscribers import mailable

_DELIVERY = tables.deliveries.c
_READER = tables.subscribers.c
_RHYTHM = tables.rhythms.c

Issue = tuple[str, str]
"""A digest and a period."""

_come_round = Table(
    "come_round",
    MetaData(),
    Column("digest", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("rhythm_id", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("moves", Boolean, nullable=False),  # for all who go with it, and not only for who is due alone
    Column("is_new", Boolean, nullable=False),  # they have not had the period
    Column("shared", Boolean, nullable=False),  # the next time, those who were due alone are due with all
    Column("period", Text, nullable=False),
    Column("next_issue_at", tables.Moment, nullable=False),
    Column("next_hour", tables.Moment, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("not_before", tables.Moment, nullable=False),
    prefixes=["TEMPORARY"],
)
_ROUND = _come_round.c
"""Rhythms that have come round. A table, so that each reader's is found by its key: there may be thousands of them."""

_held = Table(
    "held_back",
    MetaData(),
    Column("subscriber_id", Integer, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)
"""Readers who have mail in flight. A table, so that nobody has to look into the ledger for each of the others."""


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
        known = self._rhythms(dues)
        rows = []
        for due in dues:
            row = _round(due, known[due.rhythm], now, late)
            row["up_to"] = frozen.get((due.rhythm.digest, due.period), up_to)
            row["not_before"] = now + undo.get(due.rhythm.digest, timedelta())
            rows.append(row)
        for table in (_come_round, _held):
            table.create(self._connection)
        self._connection.execute(insert(_come_round), rows)
        self._put_off(now, late)
        planned = self._plan(now)
        for table in (_come_round, _held):
            table.drop(self._connection)
        return planned

    def _rhythms(self, dues: Sequence[Due]) -> dict[Rhythm, AnyRow]:
        """Return the rows of rhythms, which nobody joins until the transaction ends."""
        digests = {due.rhythm.digest for due in dues}
        query = select(tables.rhythms).where(_RHYTHM.digest.in_(digests)).with_for_update()

        def known() -> dict[Rhythm, AnyRow]:
            return {rhythms.of(row): row for row in self._connection.execute(query)}

        there = known()
        new = [rhythms.row(due.rhythm, due.next_issue_at) for due in dues if due.rhythm not in there]
        if new:
            self._connection.execute(dialects.insert_new(self._connection, tables.rhythms), new)
        return known() if new else there

    def _put_off(self, now: datetime, late: timedelta) -> None:
        """Let those who are late wait once for their next hour, with their rhythm or alone."""
        self._connection.execute(
            update(tables.rhythms)
            .where(
                _RHYTHM.id == _ROUND.rhythm_id,
                _RHYTHM.next_issue_at < now - late,
                _RHYTHM.postponed.is_(False),
            )
            .values(next_issue_at=_ROUND.next_hour, postponed=True)
        )
        self._connection.execute(
            update(tables.subscribers)
            .where(_alone(now), _READER.next_issue_at < now - late, _READER.postponed.is_(False))
            .values(next_issue_at=_ROUND.next_hour, postponed=True)
        )

    def _plan(self, now: datetime) -> dict[Issue, int]:
        """Plan for all whose rhythms stand in the table of those that have come round."""
        due_alone = and_(_alone(now), _READER.next_issue_at <= now)
        # One whom an earlier version gave a moment has that one, whatever rhythm they went with.
        goes_with_it = and_(_READER.rhythm_id == _ROUND.rhythm_id, _READER.next_issue_at.is_(None))
        due_together = and_(goes_with_it, _ROUND.moves, mailable(now))
        self._hold_back(due_alone, due_together, now)
        is_held = _READER.id.in_(select(_held.c.subscriber_id))
        self._connection.execute(
            update(tables.subscribers).where(due_together, is_held).values(dict(rhythms.ALONE))
        )
        before = self._connection.execute(select(func.coalesce(func.max(_DELIVERY.id), 0))).scalar_one()
        had_it = _READER.last_period.is_not_distinct_from(_ROUND.period)
        joined_since = _READER.joined >= _ROUND.rounds
        self._add_unasked(now, due_together, _ROUND.is_new, ~joined_since)
        self._add_new(now, due_together, ~had_it, joined_since)
        self._add_new(now, due_alone, ~had_it, ~is_held)
        self._connection.execute(
            update(tables.subscribers)
            .where(due_alone, ~is_held)
            .values(
                next_issue_at=case((_ROUND.shared, None), else_=_ROUND.next_issue_at),
                rhythm_id=case((_ROUND.shared, _ROUND.rhythm_id), else_=None),
                joined=case((_ROUND.shared, _ROUND.rounds), else_=None),
                last_period=_ROUND.period,
                postponed=False,
            )
        )
        self._connection.execute(
            update(tables.rhythms)
            .where(_RHYTHM.id == _ROUND.rhythm_id, _ROUND.moves)
            .values(
                next_issue_at=_ROUND.next_issue_at,
                period=_ROUND.period,
                postponed=False,
                rounds=_RHYTHM.rounds + 1,
            )
        )
        fresh = (
            select(_DELIVERY.digest, _DELIVERY.period, func.count().label("planned"))
            .where(_DELIVERY.id > before, _DELIVERY.newest.is_(None))
            .group_by(_DELIVERY.digest, _DELIVERY.period)
        )
        with dialects.by_index(self._connection):
            return {(row.digest, row.period): row.planned for row in self._connection.execute(fresh)}

    def _hold_back(
        self, due_alone: ColumnElement[bool], due_together: ColumnElement[bool], now: datetime
    ) -> None:
        """Expire what still waits for readers who are due, and note those who have mail in flight."""
        theirs = or_(
            *(
                exists().where(_READER.id == _DELIVERY.subscriber_id, which)
                for which in (due_alone, due_together)
            )
        )
        with dialects.by_index(self._connection):
            self._connection.execute(
                update(tables.deliveries)
                .where(steps.UNDER_WAY, _DELIVERY.state == State.WAITING, theirs)
                .values(state=State.EXPIRED, reason="the next issue was due", changed=now)
            )
            in_flight = select(_DELIVERY.subscriber_id).where(steps.UNDER_WAY, theirs)
            self._connection.execute(insert(_held).from_select(["subscriber_id"], in_flight))

    def _add_unasked(self, now: datetime, *which: ColumnElement[bool]) -> None:
        """Add deliveries for readers who cannot have them: to ask for each costs as much as to add it."""
        columns, ready = _ready(now, *which)
        ready = dialects.in_order(self._connection, ready, _READER.id)  # they may be all there are
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(tables.deliveries).from_select(columns, ready))
        except IntegrityError:  # such as for a recipe whose periods were called otherwise for a while
            self._add_new(now, *which)

    def _add_new(self, now: datetime, *which: ColumnElement[bool]) -> None:
        """Add deliveries for readers, except those that are there."""
        add = dialects.insert_new(self._connection, tables.deliveries)
        self._connection.execute(add.from_select(*_ready(now, *which)))

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


def _ready(now: datetime, *which: ColumnElement[bool]) -> tuple[list[str], Select[Any]]:
    """Return the columns of new deliveries for readers whose rhythm has come round, and what finds them."""
    columns = {
        "subscriber_id": _READER.id,
        "digest": _ROUND.digest,
        "period": _ROUND.period,
        **_literals(_fresh(now)),
        "up_to": _ROUND.up_to,
        "not_before": _ROUND.not_before,
    }
    return list(columns), select(*columns.values()).select_from(tables.subscribers).join(
        _come_round, and_(*which)
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


def _alone(now: datetime) -> ColumnElement[bool]:
    """Whoever may be mailed at `now`, goes with no rhythm, and would go with one that has come round."""
    return and_(
        _ROUND.digest == _READER.digest,
        _ROUND.zone == _READER.zone,
        _ROUND.hour == func.coalesce(_READER.hour, rhythms.NONE),
        _ROUND.day == func.coalesce(_READER.day, rhythms.NONE),
        mailable(now),
    )


def _round(due: Due, known: AnyRow, now: datetime, late: timedelta) -> dict[str, object]:
    """Return what comes round, by what is known of the rhythm: who is late waits, with all who share it."""
    waits = known.next_issue_at < now - late and not known.postponed
    moves = known.next_issue_at <= now and not waits
    return {
        "digest": known.digest,
        "zone": known.zone,
        "hour": known.hour,
        "day": known.day,
        "rhythm_id": known.id,
        "rounds": known.rounds,
        "moves": moves,
        "is_new": known.period != due.period,
        "shared": moves or (known.next_issue_at == due.next_issue_at and not known.postponed),
        "period": due.period,
        "next_issue_at": due.next_issue_at,
        "next_hour": due.next_hour,
    }
