"""Arrivals. Source: the delivery contract, 1 and 2."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from feeder.model.changes import New
from feeder.model.items import Draft, Item
from feeder.store import Store, open_store, tables

Make = Callable[..., Draft]
Keep = Callable[..., Item]


def numbers(store: Store) -> dict[str, int | None]:
    with store.reading() as tx:
        return {item.key: item.number for item in tx.items.newest(10_000)}


def release(store: Store, now: datetime) -> int:
    with store.transaction() as tx:
        return tx.items.release(now)


def test_items_get_their_numbers_in_the_order_in_which_they_were_posted(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    for key, hours in (("third", 3), ("first", 1), ("second", 2)):
        keep(draft(key), posted=now - timedelta(days=1) + timedelta(hours=hours))
    assert release(store, now) == 3
    keep(draft("late"), posted=now - timedelta(days=900))
    assert release(store, now) == 1
    assert numbers(store) == {"first": 1, "second": 2, "third": 3, "late": 4}
    with store.reading() as tx:
        assert tx.items.newest_number() == 4


def test_nothing_that_is_withheld_gone_or_to_come_gets_a_number(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("withheld", withheld=True), posted=now)
    keep(draft("future"), posted=now + timedelta(seconds=1))
    gone = keep(draft("gone"), posted=now)
    with store.transaction() as tx:
        tx.items.remove([gone.id], now)
        assert not tx.items.any_to_release(now)
        assert tx.items.release(now) == 0
        assert tx.items.newest_number() == 0
        assert len(tx.documents.dirt()) == 0
        assert tx.items.any_to_release(now + timedelta(seconds=1))
    assert release(store, now + timedelta(seconds=1)) == 1
    assert numbers(store) == {"withheld": None, "future": 1, "gone": None}


def test_a_number_is_never_given_twice_even_when_the_newest_is_gone(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    newest = keep(draft("a"), draft("b"), posted=now - timedelta(days=1))
    release(store, now)
    with store.transaction() as tx:
        tx.items.remove([newest.id], now)
    keep(draft("c"), posted=now)
    release(store, now)
    assert numbers(store) == {"a": 1, "b": None, "c": 3}


def test_a_release_that_is_undone_uses_no_number(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a"), posted=now)
    with pytest.raises(KeyboardInterrupt), store.transaction() as tx:  # noqa: PT012 - undone after the work
        tx.items.release(now)
        raise KeyboardInterrupt
    assert numbers(store) == {"a": None}
    release(store, now)
    assert numbers(store) == {"a": 1}


_fresh = count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["new", "withheld", "remove", "release"]), st.integers(0, 72)), max_size=14
    )
)
def test_numbers_follow_the_time_whatever_comes_and_goes(
    store: Store, draft: Make, keep: Keep, now: datetime, steps: list[tuple[str, int]]
) -> None:
    run = f"{next(_fresh)}/"
    given_so_far: dict[int, str] = {}
    for n, (step, hours) in enumerate(steps):
        at = now + timedelta(hours=hours)
        if step == "release":
            release(store, at)
        elif step == "remove":
            with store.transaction() as tx:
                listed = [item for key, item in tx.items.listed("blog").items() if key.startswith(run)]
                tx.items.remove(listed[:1], at)
        else:
            keep(draft(f"{run}{n}", withheld=step == "withheld"), posted=at)
        with store.reading() as tx:
            items = [item for item in tx.items.newest(10_000) if item.key.startswith(run)]
        for item in items:
            if item.number is not None:
                assert given_so_far.setdefault(item.number, item.key) == item.key
                assert not item.withheld
                assert item.gone is None
        if step == "release":
            assert not [
                item
                for item in items
                if item.number is None and item.posted <= at and not item.withheld and not item.gone
            ]
    with store.transaction() as tx:  # leave nothing to release to the next example
        tx.items.remove([i for key, i in tx.items.listed("blog").items() if key.startswith(run)], now)


def test_whoever_sees_a_number_sees_all_below_it_while_many_write(
    url: str, space: UUID, store: Store, draft: Make, now: datetime
) -> None:
    writers, each = 6, 12
    ended = threading.Event()
    seen: list[tuple[int, list[int]]] = []

    def write(writer: int) -> None:
        random = Random(writer)
        with closing(open_store(url, space)) as own:
            for n in range(each):
                found = draft(f"{writer}/{n}")
                posted = now - timedelta(hours=random.randrange(1000))
                with own.transaction() as tx:
                    tx.items.lock()
                    tx.items.apply("blog", [New(found, "f", posted, announced=True)])
                    if random.random() < 0.5:
                        tx.items.release(now)
                release(own, now)

    def look() -> None:
        while not ended.is_set():
            with store.reading() as tx:
                newest = tx.items.newest_number()
                found = sorted(i.number for i in tx.items.arrived(0, newest) if i.number is not None)
            if not seen or seen[-1][0] != newest:
                seen.append((newest, found))

    with ThreadPoolExecutor(writers + 1) as threads:
        looking = threads.submit(look)
        for writing in [threads.submit(write, n) for n in range(writers)]:
            writing.result()
        ended.set()
        looking.result()
    assert [found for _, found in seen] == [list(range(1, newest + 1)) for newest, _ in seen]
    assert len(seen) > 3
    assert sorted(n for n in numbers(store).values() if n) == list(range(1, writers * each + 1))


def test_the_counter_stands_in_one_row(
    store: Store, draft: Make, keep: Keep, now: datetime, sql: Callable[..., list[tuple[object, ...]]]
) -> None:
    keep(draft("a"), posted=now)
    release(store, now)
    sql(update(tables.numbers).values(value=41))
    keep(draft("b"), posted=now)
    release(store, now)
    assert numbers(store) == {"a": 1, "b": 42}
    assert [tuple(row) for row in sql(select(tables.numbers))] == [("arrival", 42)]
