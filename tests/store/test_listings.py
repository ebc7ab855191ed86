"""Which items feeds list: live, in archives, and as tombstones; on every database."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from feeder.model.feeds import Listed, Member, Part, Tombstone
from feeder.model.items import Draft, Item
from feeder.store import Store

Make = Callable[..., Draft]
Keep = Callable[..., Item]

EVERYTHING = 1
HOUR = timedelta(hours=1)


@pytest.fixture
def seven(store: Store, draft: Make, keep: Keep, now: datetime) -> list[Item]:
    """Seven public items, an hour after each other, which the feed of everything holds."""
    keep(*(draft(key) for key in "abcdefg"), posted=now)
    with store.transaction() as tx:
        tx.items.release(now + 8 * HOUR)
        items = sorted(tx.items.newest(10), key=lambda item: item.posted)
        tx.listings.put({(EVERYTHING, item.id): Member(item.posted, item.updated) for item in items})
    return items


def live(store: Store, limit: int) -> list[int]:
    with store.reading() as tx:
        return [each.item for each in tx.listings.live([EVERYTHING], limit)[EVERYTHING]]


def archive(store: Store, number: int) -> list[int]:
    with store.reading() as tx:
        return [each.item for each in tx.listings.archived(EVERYTHING, number)]


def close(store: Store, closed: int, size: int, archives: int) -> int:
    with store.transaction() as tx:
        return tx.listings.close(EVERYTHING, closed, size, archives)


def test_a_feed_lists_its_newest_first(store: Store, seven: list[Item]) -> None:
    newest_first = [item.id for item in reversed(seven)]
    assert live(store, 10) == newest_first
    assert len(live(store, 3)) == 3


def test_who_holds_an_item_and_how_can_be_asked_and_undone(store: Store, seven: list[Item]) -> None:
    item = seven[0]
    with store.transaction() as tx:
        member = Member(item.posted, item.updated)
        assert tx.listings.of([item.id, 999]) == {item.id: {EVERYTHING: member}, 999: {}}
        assert tx.listings.parts([item.id]) == {Part(EVERYTHING)}
        tx.listings.take_off([(EVERYTHING, item.id)])
        assert tx.listings.of([item.id]) == {item.id: {}}
        assert tx.listings.parts([item.id]) == set()
    assert item.id not in live(store, 10)


def test_the_oldest_are_closed_into_numbered_archives_that_stay(store: Store, seven: list[Item]) -> None:
    ids = [item.id for item in seven]
    with store.reading() as tx:
        assert tx.listings.overfull([EVERYTHING], 4) == {EVERYTHING: 7}
        assert tx.listings.overfull([EVERYTHING], 7) == {}
    assert close(store, 4, 2, 0) == 2
    assert (archive(store, 1), archive(store, 2), archive(store, 3)) == (ids[1::-1], ids[3:1:-1], [])
    assert close(store, 2, 2, 2) == 3
    assert (archive(store, 1), archive(store, 3)) == (ids[1::-1], ids[5:3:-1])
    with store.reading() as tx:
        assert tx.listings.overfull([EVERYTHING], 0) == {EVERYTHING: 1}
        assert tx.listings.parts([ids[0]]) == {Part(EVERYTHING), Part(EVERYTHING, 1)}


def test_live_documents_are_filled_up_with_the_newest_of_what_is_archived(
    store: Store, seven: list[Item]
) -> None:
    close(store, 6, 2, 0)
    with store.reading() as tx:
        listed = tx.listings.live([EVERYTHING], 3)[EVERYTHING]
    assert listed == [
        Listed(item.id, item.posted, item.updated, item.published, archived=item is not seven[6])
        for item in (seven[6], seven[5], seven[4])
    ]


def test_what_is_open_again_is_live_whatever_its_age_and_stays_in_its_archive(
    store: Store, seven: list[Item], now: datetime
) -> None:
    close(store, 6, 2, 0)
    old = seven[0]
    with store.transaction() as tx:
        member = Member(old.posted, now + 10 * HOUR, archive=1, open=True)
        tx.listings.put({(EVERYTHING, old.id): member})
    assert live(store, 2) == [seven[6].id, old.id]
    assert archive(store, 1) == [seven[1].id, old.id]
    # What was updated last is closed last, and goes into no archive twice.
    assert close(store, 1, 2, 3) == 4
    assert archive(store, 4) == [seven[6].id]
    assert close(store, 1, 2, 4) == 4
    assert archive(store, 1) == [seven[1].id, old.id]
    assert live(store, 2) == [seven[6].id, seven[5].id]


def test_items_that_are_public_no_more_are_not_listed_even_before_they_are_taken_off(
    store: Store, seven: list[Item], now: datetime
) -> None:
    close(store, 2, 2, 0)
    with store.transaction() as tx:
        tx.items.remove([seven[0].id, seven[6].id], now)
    assert seven[6].id not in live(store, 10)
    assert archive(store, 1) == [seven[1].id]


# ── Tombstones ───────────────────────────────────────────────────────────────────────────────────


def test_tombstones_stand_until_they_are_forgotten_or_the_item_is_back(store: Store, now: datetime) -> None:
    older, newer = Tombstone("urn:a", now), Tombstone("urn:b", now + HOUR)
    with store.transaction() as tx:
        tx.listings.bury([EVERYTHING], older)
        tx.listings.bury([EVERYTHING], newer)
        tx.listings.bury([], Tombstone("urn:c", now))
        assert tx.listings.tombstones([EVERYTHING, 2]) == {EVERYTHING: [newer, older], 2: []}
        tx.listings.raise_up(["urn:b"])
        assert tx.listings.tombstones([EVERYTHING]) == {EVERYTHING: [older]}
        assert not tx.listings.any_tombstones(now)
        assert tx.listings.any_tombstones(now + HOUR)
        tx.listings.forget_tombstones(now + HOUR)
        assert tx.listings.tombstones([EVERYTHING]) == {EVERYTHING: []}
        assert list(tx.documents.dirt().parts) == [Part(EVERYTHING)]


def test_an_item_that_goes_again_is_gone_since_then(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.listings.bury([EVERYTHING], Tombstone("urn:a", now))
        tx.listings.bury([EVERYTHING], Tombstone("urn:a", now + HOUR))
        assert tx.listings.tombstones([EVERYTHING])[EVERYTHING] == [Tombstone("urn:a", now + HOUR)]
