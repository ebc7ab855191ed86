from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from feeder.model import ids
from feeder.model.changes import Changed
from feeder.model.feeds import Dirt, Feed, Selection, TagCount, Written
from feeder.model.items import Draft, Item
from feeder.store import Store, tables

Make = Callable[..., Draft]
Keep = Callable[..., Item]


def release(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.items.release(now)


def cleaned(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.done(tx.documents.dirty())


def dirty(store: Store) -> tuple[list[str], list[str]]:
    """Return the paths of the dirty feeds, and the keys of the dirty items."""
    with store.reading() as tx:
        dirt = tx.documents.dirty()
        return (
            sorted(feed.path for feed in tx.documents.with_ids(list(dirt.feeds))),
            sorted(item.key for item in tx.items.with_ids(list(dirt.items))),
        )


def test_the_feed_of_everything_is_there_from_the_start_once(store: Store, space: UUID) -> None:
    everything = Feed(1, ids.mint(space, "feed", "everything", ""), Selection.EVERYTHING)
    with store.transaction() as tx:
        tx.documents.ensure_everything()
        assert tx.documents.feeds() == [everything]
        assert tx.documents.everything() == everything
    assert everything.path == ""


def test_feeds_come_everything_first_then_by_slug(
    store: Store, space: UUID, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a", tags=("zoo", "Ark")), posted=now)
    release(store, now)
    with store.reading() as tx:
        _, ark, zoo = tx.documents.feeds()
        assert tx.documents.with_ids([zoo.id]) == [zoo]
    assert ark == Feed(ark.id, ids.mint(space, "feed", "tag", "ark"), Selection.TAG, "ark", "Ark", total=1)
    assert zoo.path == "tag/zoo/"


def test_the_feed_of_a_tag_is_to_be_published_once_it_has_had_a_public_item(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    def paths() -> list[str]:
        with store.reading() as tx:
            return [feed.path for feed in tx.documents.feeds()]

    keep(draft("secret", tags=("merger",), withheld=True), posted=now)
    keep(draft("future", tags=("merger",)), posted=now + timedelta(days=1))
    kept = keep(draft("a", tags=("x",)), posted=now)
    release(store, now)
    assert paths() == ["", "tag/x/"]
    with store.transaction() as tx:
        tx.documents.mark_all()
    assert dirty(store) == (["", "tag/x/"], ["a"])
    with store.transaction() as tx:
        tx.documents.told(next(feed.id for feed in tx.documents.feeds() if feed.name == "x"), now)
        tx.items.remove([kept.id], now)
    release(store, now + timedelta(days=1))
    assert paths() == ["", "tag/merger/", "tag/x/"]


def test_a_feed_remembers_what_it_told(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.documents.told(1, now)
    with store.reading() as tx:
        assert tx.documents.everything().updated == now


def test_tags_are_counted_by_public_items_only(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    keep(draft("a", tags=("both", "One")), posted=now)
    keep(draft("b", tags=("both",)), posted=now)
    keep(draft("secret", tags=("both", "secret"), withheld=True), posted=now)
    release(store, now)
    with store.reading() as tx:
        assert tx.documents.tags() == [TagCount("both", "both", 2), TagCount("One", "one", 1)]


# ── Dirty rows ───────────────────────────────────────────────────────────────────────────────────


def test_a_release_marks_the_items_and_just_the_feeds_that_list_them(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a", tags=("x", "y")), posted=now)
    keep(draft("b", tags=("z",)), posted=now)
    release(store, now)
    cleaned(store)
    keep(draft("c", tags=("y", "new")), posted=now)
    keep(draft("future", tags=("x",)), posted=now + timedelta(days=1))
    assert dirty(store) == ([], [])
    release(store, now)
    assert dirty(store) == (["", "tag/new/", "tag/y/"], ["c"])


def test_a_change_marks_the_feeds_that_listed_the_item_and_those_that_list_it_now(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a", tags=("old", "both")), draft("b", tags=("other",)), posted=now - timedelta(days=1))
    release(store, now)
    cleaned(store)
    with store.transaction() as tx:
        known = tx.items.known("blog", ["a"])["a"]
        change = Changed(known, draft("a", tags=("both", "new")), "f", now, now, announced=True, public=True)
        tx.items.apply("blog", [change])
    assert dirty(store) == (["", "tag/both/", "tag/new/", "tag/old/"], ["a"])


def test_a_change_of_what_nobody_sees_marks_nothing(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a", tags=("x",), withheld=True), posted=now)
    with store.transaction() as tx:
        known = tx.items.known("blog", ["a"])["a"]
        changed = draft("a", tags=("y",), withheld=True)
        tx.items.apply("blog", [Changed(known, changed, "f", now, now, announced=True, public=False)])
        tx.items.remove([kept.id], now)
    assert dirty(store) == ([], [])


def test_a_removal_marks_the_feeds_that_listed_the_item(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a", tags=("x",)), posted=now)
    keep(draft("b", tags=("y",)), posted=now)
    release(store, now)
    cleaned(store)
    with store.transaction() as tx:
        tx.items.remove([kept.id], now)
    assert dirty(store) == (["", "tag/x/"], ["a"])


def test_everything_can_be_marked(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    keep(draft("a", tags=("x",)), posted=now)
    release(store, now)
    keep(draft("future"), posted=now + timedelta(days=1))
    cleaned(store)
    with store.transaction() as tx:
        tx.documents.mark_all()
    assert dirty(store) == (["", "tag/x/"], ["a"])


def test_marking_nothing_marks_nothing(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.leave([])
        tx.documents.enter([])
        assert tx.documents.dirty() == Dirt({}, {})


def test_a_change_that_comes_while_its_feed_is_written_stays_dirty(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a", tags=("x",)), posted=now)
    release(store, now)
    with store.reading() as tx:
        seen = tx.documents.dirty()
    with store.transaction() as tx:
        tx.documents.leave([kept.id])
        tx.documents.enter([kept.id])
    with store.transaction() as tx:
        tx.documents.done(seen)
    assert dirty(store) == (["", "tag/x/"], ["a"])
    with store.transaction() as tx:
        newer = tx.documents.dirty()
        assert set(newer.feeds) == set(seen.feeds)
        assert all(set(newer.feeds[feed]).isdisjoint(seen.feeds[feed]) for feed in seen.feeds)
        tx.documents.done(newer)
    assert dirty(store) == ([], [])


def test_done_takes_the_reasons_of_just_the_feeds_and_items_named(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a", tags=("x",)), posted=now)
    keep(draft("b", tags=("y",)), posted=now)
    release(store, now)
    with store.transaction() as tx:
        dirt = tx.documents.dirty()
        everything = tx.documents.everything().id
        tx.documents.done(Dirt({everything: dirt.feeds[everything]}, {}))
    assert dirty(store) == (["tag/x/", "tag/y/"], ["a", "b"])


def test_a_reason_that_was_written_before_and_comes_later_stays(
    store: Store, draft: Make, keep: Keep, now: datetime, sql: Callable[..., Sequence[Any]]
) -> None:
    # On PostgreSQL the transaction with the lower id may commit last.
    kept = keep(draft("a"), posted=now)
    release(store, now)
    with store.transaction() as tx:
        seen = tx.documents.dirty()
        tx.documents.done(seen)
    earlier = 0
    sql(insert(tables.dirty).values(id=earlier, item_id=kept.id))
    with store.transaction() as tx:
        tx.documents.done(seen)
    assert [row.id for row in sql(select(tables.dirty.c.id))] == [earlier]


# ── Documents ────────────────────────────────────────────────────────────────────────────────────


def test_what_stands_at_a_path_is_remembered_and_forgotten(store: Store, now: datetime) -> None:
    page = Written("tag/中文/index.html", "hash", 10, now)
    with store.transaction() as tx:
        tx.documents.remember([page, replace(page, path="atom.xml")])
        tx.documents.remember([])
        assert tx.documents.written([page.path, "none"]) == {page.path: page}
        tx.documents.forget([page.path])
        tx.documents.forget(["none"])
        assert tx.documents.written([page.path, "atom.xml"]) == {"atom.xml": replace(page, path="atom.xml")}


def test_bytes_that_stood_there_before_keep_the_time_since_when(store: Store, now: datetime) -> None:
    page, later = Written("atom.xml", "hash", 10, now), now + timedelta(days=1)
    with store.transaction() as tx:
        tx.documents.remember([page])
        tx.documents.remember([replace(page, at=later)])
        assert tx.documents.written(["atom.xml"])["atom.xml"] == page
        other = Written("atom.xml", "other", 11, later)
        tx.documents.remember([other])
        assert tx.documents.written(["atom.xml"])["atom.xml"] == other
