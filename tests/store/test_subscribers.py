from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from feeder.errors import NotFound, StoreError
from feeder.model.digests import Rhythm
from feeder.model.items import Kind
from feeder.model.subscribers import Form, Preferences, Status, Subscriber
from feeder.store import Store, tables

Reader = Callable[..., Subscriber]
Sql = Callable[..., Sequence[Any]]


def pause(sql: Sql, reader: Subscriber, until: datetime) -> None:
    sql(update(tables.subscribers).where(tables.subscribers.c.id == reader.id).values(paused_until=until))


def test_a_reader_comes_back_with_everything_that_was_written_down(store: Store, now: datetime) -> None:
    wanted = Preferences(
        digest="weekly",
        zone="Pacific/Chatham",
        any_tags=("中文", "c"),
        no_tags=("x",),
        kinds=(Kind.APPEARANCE,),
        hour=0,
        day=6,
        form=Form.FULL,
    )
    with store.transaction() as tx:
        added = tx.subscribers.add("Ada@Example.org", wanted, 7, now, "asked by letter", now)
    with store.reading() as tx:
        found = tx.subscribers.get("ada@example.ORG")
        assert [tx.subscribers.with_id(each) for each in (added, added + 1)] == [found, None]
    assert found == Subscriber(
        id=added,
        address="Ada@Example.org",
        status=Status.ACTIVE,
        preferences=wanted,
        cursor=7,
        created=now,
        reason="asked by letter",
        next_issue_at=now,
        last_period=None,
    )


def test_an_address_is_there_once_whatever_its_case(store: Store, reader: Reader) -> None:
    first = reader("ada@example.org")
    with pytest.raises(StoreError):
        reader("ADA@example.org")
    with store.reading() as tx:
        assert list(tx.subscribers.all()) == [first]


def test_who_is_not_there_is_not_found(store: Store) -> None:
    with store.reading() as tx:
        assert tx.subscribers.find("none@example.org") is None
        with pytest.raises(NotFound, match="subscriber"):
            tx.subscribers.get("none@example.org")


def test_readers_are_listed_in_the_order_in_which_they_came(store: Store, reader: Reader) -> None:
    came = [reader(address) for address in ("z@example.org", "a@example.org", "m@example.org")]
    with store.reading() as tx:
        assert list(tx.subscribers.all()) == came


def test_one_who_leaves_is_due_no_more_and_leaving_twice_changes_nothing(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada, bo = reader("ada@example.org", cursor=3), reader("bo@example.org")
    with store.transaction() as tx:
        for who in (ada.id, ada.id, 999):
            tx.subscribers.leave(who)
        assert list(tx.subscribers.all()) == [replace(ada, status=Status.LEFT, next_issue_at=None), bo]


def test_one_who_is_suppressed_stays_so_when_leaving(store: Store, reader: Reader, sql: Sql) -> None:
    ada = reader()
    sql(update(tables.subscribers).values(status=Status.SUPPRESSED))
    with store.transaction() as tx:
        tx.subscribers.leave(ada.id)
        assert tx.subscribers.get(ada.address).status is Status.SUPPRESSED


def test_one_who_comes_back_has_new_preferences_and_stands_where_told(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader(cursor=3)
    later, wanted = now + timedelta(days=3), Preferences("daily", "Asia/Tokyo", hour=6)
    with store.transaction() as tx:
        tx.subscribers.leave(ada.id)
        tx.subscribers.activate(ada.id, wanted, 9, later, "came back", None)
        back = tx.subscribers.get(ada.address)
    assert back == replace(ada, preferences=wanted, cursor=9, next_issue_at=later, reason="came back")


def test_one_who_comes_back_is_not_put_off_for_a_lateness_of_before(
    store: Store, reader: Reader, now: datetime, sql: Sql
) -> None:
    ada = reader()
    sql(update(tables.subscribers).values(postponed=True))
    with store.transaction() as tx:
        tx.subscribers.leave(ada.id)
        tx.subscribers.activate(ada.id, ada.preferences, 9, now, "came back", None)
    assert [row.postponed for row in sql(select(tables.subscribers.c.postponed))] == [False]


def test_a_rhythm_is_due_once_for_all_who_share_it(store: Store, reader: Reader, now: datetime) -> None:
    for n in range(3):
        reader(f"weekly{n}@example.org")
    reader("own@example.org", hour=7, day=2, zone="Asia/Tokyo")
    reader("later@example.org", digest="daily", next_issue_at=now + timedelta(seconds=1))
    with store.reading() as tx:
        due = tx.subscribers.due_rhythms(now)
        assert tx.subscribers.due_rhythms(now - timedelta(seconds=1)) == []
        assert len(tx.subscribers.due_rhythms(now + timedelta(seconds=1))) == 3
    assert sorted(due, key=lambda rhythm: rhythm.zone) == [
        Rhythm("weekly", 7, 2, "Asia/Tokyo"),
        Rhythm("weekly", None, None, "UTC"),
    ]


def test_nobody_is_due_who_may_not_be_mailed(store: Store, reader: Reader, now: datetime, sql: Sql) -> None:
    left, paused, suppressed, pending, back = (reader(f"{n}@example.org", hour=n) for n in range(5))
    pause(sql, paused, now + timedelta(seconds=1))
    pause(sql, back, now)
    for who, status in ((suppressed, Status.SUPPRESSED), (pending, Status.PENDING)):
        sql(update(tables.subscribers).where(tables.subscribers.c.id == who.id).values(status=status))
    with store.transaction() as tx:
        tx.subscribers.leave(left.id)
        assert [rhythm.hour for rhythm in tx.subscribers.due_rhythms(now)] == [4]
        assert sorted(rhythm.hour or 0 for rhythm in tx.subscribers.due_rhythms(now + timedelta(1))) == [1, 4]
