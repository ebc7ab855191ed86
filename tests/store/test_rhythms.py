"""Readers who share a rhythm are due together, and whoever is not due with the others is due alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Executable, select, update

from feeder.model.deliveries import Accepted, State
from feeder.model.digests import Due, Rhythm
from feeder.model.subscribers import Subscriber
from feeder.store import Store, tables
from tests.store.conftest import as_now

Reader = Callable[..., Subscriber]
MakeDue = Callable[..., Due]
Sql = Callable[[Executable], Sequence[Any]]

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
LATE = 6 * HOUR
READERS = select(tables.subscribers).order_by(tables.subscribers.c.id)


def plan(store: Store, due: Due, now: datetime) -> int:
    with store.transaction() as tx:
        return sum(tx.issues.plan([due], 5, now, LATE).values())


def send(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        claimed = tx.deliveries.claim("me", 99, now, now + HOUR)
        tx.deliveries.attempt(dict.fromkeys(claimed), "me", now, now + HOUR)
        tx.deliveries.record(dict.fromkeys(claimed, Accepted("q")), "me", now, {})


def goes_with_a_rhythm(sql: Sql) -> list[bool]:
    return [row.rhythm_id is not None for row in sql(READERS)]


def test_of_readers_who_share_a_rhythm_no_row_is_touched_when_it_comes_round(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    readers = [reader(f"{n}@example.org") for n in range(3)]
    before = [tuple(row) for row in sql(READERS)]
    for week, period in enumerate(("2026-W47", "2026-W48", "2026-W49")):
        at = now + week * WEEK
        assert plan(store, due(period, at=at), at) == 3
        assert [tuple(row) for row in sql(READERS)] == before
        told = [(as_now(store, each).last_period, as_now(store, each).next_issue_at) for each in readers]
        assert told == [(period, at + WEEK)] * 3


def test_whoever_is_due_alone_goes_with_the_rhythm_again_from_the_next_issue_on(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    ada, bo, cy = (reader(f"{name}@example.org") for name in ("ada", "bo", "cy"))
    with store.transaction() as tx:
        tx.subscribers.suppress(bo.id)
        tx.subscribers.prefer(cy.id, replace(cy.preferences, paused_until=now + HOUR), now + WEEK)
    assert goes_with_a_rhythm(sql) == [True, False, False]
    assert plan(store, due(), now) == 1
    with store.transaction() as tx:
        tx.subscribers.restore(bo.id, 0)
    assert [as_now(store, each).next_issue_at for each in (ada, bo, cy)] == [now + WEEK, now, now + WEEK]
    assert plan(store, due(), now + HOUR) == 1
    send(store, now + HOUR)
    assert plan(store, due("2026-W48", at=now + WEEK), now + WEEK) == 3
    assert goes_with_a_rhythm(sql) == [True, True, True]
    assert [as_now(store, each).last_period for each in (ada, bo, cy)] == ["2026-W48"] * 3


def test_one_with_mail_in_flight_is_due_alone_until_it_has_landed(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    readers = [reader("ada@example.org"), reader("bo@example.org")]
    plan(store, due("2026-W47"), now)
    with store.transaction() as tx:
        (in_flight,) = tx.deliveries.claim("me", 1, now, now + 2 * WEEK)
    held, other = sorted(readers, key=lambda each: each.id != in_flight.reader.id)
    later = now + WEEK
    assert plan(store, due("2026-W48", at=later), later) == 1
    assert (as_now(store, held).next_issue_at, as_now(store, other).next_issue_at) == (later, later + WEEK)
    assert (as_now(store, held).last_period, as_now(store, other).last_period) == ("2026-W47", "2026-W48")
    assert sorted(goes_with_a_rhythm(sql)) == [False, True]
    with store.transaction() as tx:
        tx.deliveries.release([in_flight], "me", later)
    assert plan(store, due("2026-W48", at=later), later) == 1
    assert goes_with_a_rhythm(sql) == [True, True]


def test_who_joins_a_rhythm_has_not_had_its_last_issue(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    reader("ada@example.org")
    plan(store, due(), now)
    bo = reader("bo@example.org", next_issue_at=now + WEEK)
    assert bo.last_period is None
    # In another rhythm the same period comes later, and this is the first that they get of it.
    with store.transaction() as tx:
        tx.subscribers.prefer(bo.id, replace(bo.preferences, hour=20), now + HOUR)
    assert plan(store, due(rhythm=Rhythm("weekly", 20, None, "UTC"), at=now + HOUR), now + HOUR) == 1


def test_who_changes_the_rhythm_has_had_the_last_issue_of_the_one_before(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader()
    plan(store, due(), now)
    with store.transaction() as tx:
        tx.subscribers.prefer(ada.id, replace(ada.preferences, hour=20), now + HOUR)
    assert as_now(store, ada).last_period == "2026-W47"
    assert plan(store, due(rhythm=Rhythm("weekly", 20, None, "UTC"), at=now + HOUR), now + HOUR) == 0


def test_who_was_put_off_with_the_rhythm_stays_so_in_another_that_comes_when_it_does(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    ada = reader()
    late = now + LATE + HOUR
    assert plan(store, due(at=late), late) == 0
    put_off = due(at=late).next_hour
    other = Rhythm("weekly", 20, None, "UTC")
    with store.transaction() as tx:
        tx.subscribers.prefer(ada.id, replace(ada.preferences, hour=20), put_off)
    assert [(row.next_issue_at, row.postponed) for row in sql(READERS)] == [(put_off, True)]
    again = put_off + LATE + HOUR
    assert plan(store, due(rhythm=other, at=again), again) == 1


def test_a_period_that_was_planned_under_a_name_that_came_again_is_not_planned_twice(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    ada, bo = reader("ada@example.org"), reader("bo@example.org")
    plan(store, due("2026-W47"), now)
    send(store, now)
    sql(update(tables.deliveries).where(tables.deliveries.c.subscriber_id == bo.id).values(period="other"))
    sql(update(tables.rhythms).values(next_issue_at=now, period="2026-11"))
    assert plan(store, due("2026-W47"), now) == 1
    with store.reading() as tx:
        assert [each.state for each in tx.deliveries.of(ada.id, 9)] == [State.ACCEPTED]
        assert [each.period for each in tx.deliveries.of(bo.id, 9)] == ["2026-W47", "other"]


def test_a_rhythm_that_is_being_planned_is_not_waited_for(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    if store._engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time")
    reader("ada@example.org")
    with store.transaction() as tx:
        assert sum(tx.issues.plan([due()], 5, now, LATE).values()) == 1
        bo = reader("bo@example.org")
    assert goes_with_a_rhythm(sql) == [True, False]
    assert as_now(store, bo).next_issue_at == now
    assert plan(store, due(), now) == 1
    assert goes_with_a_rhythm(sql) == [True, True]


def test_a_rhythm_without_readers_is_neither_due_nor_told_of(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        assert (tx.subscribers.any_due(now), tx.subscribers.next_due(now - HOUR)) == (True, now)
        tx.subscribers.leave(ada.id)
        assert (tx.subscribers.any_due(now), tx.subscribers.next_due(now - HOUR)) == (False, None)
        assert tx.subscribers.due_rhythms(now) == []
