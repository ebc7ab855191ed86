"""What is known of addresses, on both databases."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from feeder.model.items import Item
from feeder.model.links import Copy, Link, Standing
from feeder.store import Store

Keep = Callable[..., Item]

DAY = timedelta(days=1)
PAPER = "https://paper.example"


@pytest.fixture
def keep_public(store: Store, keep: Keep, draft: Any, now: datetime) -> Callable[..., list[Item]]:
    """Put public items with these addresses into the store."""

    def put(*addresses: str | None) -> list[Item]:
        items = [keep(draft(f"{number}", url=url), posted=now - DAY) for number, url in enumerate(addresses)]
        with store.transaction() as tx:
            tx.items.release(now)
            tx.links.enrol(now, 100)
        return items

    return put


def due(store: Store, now: datetime, limit: int = 100, per_host: int = 100) -> Sequence[Link]:
    with store.transaction() as tx:
        return tx.links.take_due(now, now + DAY, limit, per_host)


def test_each_item_is_taken_in_once_in_the_order_of_their_coming(
    store: Store, keep: Keep, draft: Any, now: datetime
) -> None:
    for key in "abc":
        keep(draft(key))
    with store.transaction() as tx:
        assert [tx.links.enrol(now, 2) for _ in range(3)] == [2, 1, 0]
    keep(draft("d"))
    with store.transaction() as tx:
        assert tx.links.enrol(now, 2) == 1


def test_the_longest_due_come_first_and_few_of_one_host(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    items = keep_public(
        *[f"{PAPER}/{n}" for n in range(3)], "https://WEEKLY.example/a", "https://weekly.example:443/b"
    )
    with store.transaction() as tx:
        tx.links.record(Link(items[1].id, f"{PAPER}/1", now - DAY))
    assert [link.item for link in due(store, now)] == [items[n].id for n in (1, 0, 2, 3, 4)]
    assert [link.item for link in due(store, now, per_host=1)] == [items[n].id for n in (1, 3)]
    assert [link.item for link in due(store, now, limit=2)] == [items[n].id for n in (1, 0)]
    assert due(store, now - 2 * DAY) == []


def test_what_the_public_does_not_see_is_put_off(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    hidden, nowhere, there = keep_public(f"{PAPER}/a", None, f"{PAPER}/b")
    with store.transaction() as tx:
        tx.curation.hide(hidden.id)
    assert [link.item for link in due(store, now)] == [there.id]
    with store.transaction() as tx:
        tx.curation.bring_back(hidden.id)
        tx.items.release(now)
    assert [link.item for link in due(store, now)] == [there.id]
    assert [link.item for link in due(store, now + DAY)] == [there.id, hidden.id]
    assert nowhere.id not in {link.item for link in due(store, now + 9 * DAY)}


def test_all_of_a_link_is_kept(store: Store, keep_public: Callable[..., list[Item]], now: datetime) -> None:
    (item,) = keep_public(f"{PAPER}/a")
    link = Link(
        item.id,
        f"{PAPER}/a",
        now + DAY,
        Standing.GONE,
        "answers 404",
        checked=now,
        since=now - DAY,
        strikes=3,
        copy=Copy("https://archive.example/a", now - DAY),
        asked=now,
    )
    with store.transaction() as tx:
        tx.links.record(link)
        assert tx.links.of(item.id) == link
        assert tx.links.standing([Standing.GONE]) == [link]
        assert tx.links.standing([Standing.WELL]) == []
        assert tx.links.copies([item.id]) == {}
        tx.links.agree(item.id, now)
        assert tx.links.copies([item.id]) == {item.id: link.copy}
        tx.links.record(replace(link, said="answers 410"))
        assert tx.links.of(item.id) == replace(link, said="answers 410", agreed=now)
        tx.links.agree(item.id, None)
        assert tx.links.copies([item.id]) == {}


def test_what_was_found_at_a_later_look_stays(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    (item,) = keep_public(f"{PAPER}/a")
    (taken,) = due(store, now)
    well = replace(taken, standing=Standing.WELL, checked=now + DAY)
    late = replace(taken, standing=Standing.GONE, strikes=3, checked=now)
    with store.transaction() as tx:
        for link in (well, late):
            tx.links.record(link)
            assert tx.links.of(item.id) == well


def test_what_is_known_of_one_address_says_nothing_of_another(
    store: Store, keep_public: Callable[..., list[Item]], sql: Any, now: datetime
) -> None:
    (item,) = keep_public(f"{PAPER}/a")
    gone = Link(item.id, f"{PAPER}/a", now, Standing.GONE, copy=Copy("https://archive.example/a", now))
    with store.transaction() as tx:
        tx.links.record(gone)
        tx.links.agree(item.id, now)
    sql(text("UPDATE items SET url = 'https://weekly.example/b'"))
    with store.transaction() as tx:
        assert tx.links.of(item.id) is None
        assert tx.links.standing(list(Standing)) == []
        assert tx.links.copies([item.id]) == {}
    fresh = Link(item.id, "https://weekly.example/b", now)
    assert due(store, now) == [fresh]
    with store.transaction() as tx:
        tx.links.record(replace(gone, said="answers 410"))  # which was looked at meanwhile
        assert tx.links.of(item.id) == fresh


def test_a_link_that_is_asked_for_begins_where_it_has_none(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    (item,) = keep_public(f"{PAPER}/a")
    with store.transaction() as tx:
        tx.links.record(Link(item.id, f"{PAPER}/a", now, Standing.WELL))
        assert tx.links.begin(item.id, f"{PAPER}/a", now).standing is Standing.WELL


def test_a_host_rests_and_no_other(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    keep_public(f"{PAPER}/a", "https://weekly.example/b", f"{PAPER}/c")
    with store.transaction() as tx:
        tx.links.rest("paper.example", now + DAY)
    assert [link.host for link in due(store, now)] == ["weekly.example"]
    assert len(due(store, now + DAY)) == 3


def test_what_is_declined_is_remembered(
    store: Store, keep_public: Callable[..., list[Item]], now: datetime
) -> None:
    (item,) = keep_public(f"{PAPER}/a")
    moved = Link(item.id, f"{PAPER}/a", now, Standing.MOVED, target=f"{PAPER}/b")
    with store.transaction() as tx:
        tx.links.record(moved)
        tx.links.decline(item.id, f"{PAPER}/b")
        assert tx.links.of(item.id) == replace(
            moved, standing=Standing.WELL, target=None, declined=f"{PAPER}/b"
        )
