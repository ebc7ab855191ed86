"""What a change marks, and what stands in the tree; on every database."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from feeder.model.changes import Changed
from feeder.model.feeds import Dirt, Part, Selection, Subject, Written
from feeder.model.items import Draft, Item, Picture
from feeder.store import Store, tables

Make = Callable[..., Draft]
Keep = Callable[..., Item]

EVERYTHING = 1


def release(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.items.release(now)


def cleaned(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.done(tx.documents.dirt())
        assert not tx.documents.any_dirty()


def dirty(store: Store) -> list[str]:
    """Return the keys of the dirty items."""
    with store.reading() as tx:
        dirt = tx.documents.dirt()
        assert tx.documents.any_dirty() == bool(dirt.items or dirt.parts or dirt.paths)
        assert tx.documents.count_dirty() == len(list(dirt.reasons()))
        return sorted(item.key for item in tx.items.with_ids(list(dirt.items)))


# ── Dirty rows ───────────────────────────────────────────────────────────────────────────────────


def test_a_release_marks_the_items(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    keep(draft("a"), draft("b"), posted=now - timedelta(days=1))
    release(store, now)
    cleaned(store)
    keep(draft("c"), posted=now)
    keep(draft("future"), posted=now + timedelta(days=1))
    assert dirty(store) == []
    release(store, now)
    assert dirty(store) == ["c"]


def test_a_change_marks_the_item_and_the_pictures_that_it_showed_and_shows(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    old, new = Picture("media/old.png"), Picture("media/new.png")
    keep(draft("a", pictures=(old,)), draft("b"), posted=now - timedelta(days=1))
    release(store, now)
    cleaned(store)
    with store.transaction() as tx:
        known = tx.items.known("blog", ["a"])["a"]
        change = Changed(known, draft("a", pictures=(new,)), "f", now, now, announced=True, public=True)
        tx.items.apply("blog", [change])
    assert dirty(store) == ["a"]
    with store.reading() as tx:
        assert list(tx.documents.dirty_paths("", 9).paths) == ["media/new.png", "media/old.png"]
        assert list(tx.documents.dirty_paths("media/new.png", 9).paths) == ["media/old.png"]


def test_a_change_of_what_nobody_sees_marks_nothing(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a", withheld=True), posted=now)
    with store.transaction() as tx:
        known = tx.items.known("blog", ["a"])["a"]
        changed = draft("a", title="Other", withheld=True)
        tx.items.apply("blog", [Changed(known, changed, "f", now, now, announced=True, public=False)])
        tx.items.remove([kept.id], now)
    assert dirty(store) == []


def test_a_removal_marks_the_item(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    kept = keep(draft("a"), posted=now)
    keep(draft("b"), posted=now)
    release(store, now)
    cleaned(store)
    with store.transaction() as tx:
        tx.items.remove([kept.id], now)
    assert dirty(store) == ["a"]


def test_everything_can_be_marked_as_changed_or_to_be_shown_anew_only(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"), posted=now)
    release(store, now)
    keep(draft("future"), posted=now + timedelta(days=1))
    cleaned(store)
    with store.transaction() as tx:
        archived = tx.feeds.about([Subject(Selection.TAG, "x", "x")])[Subject(Selection.TAG, "x")]
        tx.feeds.count({archived.id: 1})
        tx.feeds.archived(archived.id, 2)
        tx.documents.mark_all(changed=False)
    assert dirty(store) == ["a"]
    with store.transaction() as tx:
        assert tx.documents.changed_items(0, 9) == []
        parts = list(tx.documents.dirty_feeds(0, 9).parts)
        assert parts == [Part(EVERYTHING), Part(archived.id), Part(archived.id, 1), Part(archived.id, 2)]
        assert list(tx.documents.dirty_feeds(EVERYTHING, 9).parts) == parts[1:]
        assert list(tx.documents.dirty_feeds(0, 1).parts) == parts[:1]
        tx.documents.mark_all(changed=True)
        assert tx.documents.changed_items(0, 9) == [kept.id]
        assert tx.documents.changed_items(kept.id, 9) == []


def test_dirty_items_come_some_at_a_time_in_the_order_of_their_ids(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    ids = [keep(draft(key), posted=now).id for key in "abc"]
    release(store, now)
    with store.transaction() as tx:
        tx.documents.touch(ids[:1])
        tx.documents.arranged(ids)
        assert list(tx.documents.dirty_items(0, 2).items) == ids[:2]
        assert list(tx.documents.dirty_items(ids[1], 2).items) == ids[2:]
        assert len(tx.documents.dirty_items(0, 1).items[ids[0]]) == 2


def test_a_change_is_no_reason_to_show_an_item_until_it_is_arranged(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"), posted=now)
    release(store, now)
    with store.transaction() as tx:
        tx.documents.arranged([kept.id])
        seen = tx.documents.dirty_items(0, 9)
        tx.documents.touch([kept.id])
        assert tx.documents.dirty_items(0, 9) == seen
        tx.documents.done(seen)
        assert tx.documents.dirty_items(0, 9) == Dirt()
        assert tx.documents.changed_items(0, 9) == [kept.id]


def test_marking_nothing_marks_nothing(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.touch([])
        tx.documents.mark([])
        assert tx.documents.dirt() == Dirt()


def test_a_change_that_comes_while_it_is_written_stays_dirty(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"), posted=now)
    release(store, now)
    with store.reading() as tx:
        seen = tx.documents.dirt()
    with store.transaction() as tx:
        tx.documents.touch([kept.id])
    with store.transaction() as tx:
        tx.documents.done(seen)
    assert dirty(store) == ["a"]
    with store.transaction() as tx:
        newer = tx.documents.dirt()
        assert set(newer.items[kept.id]).isdisjoint(seen.items[kept.id])
        tx.documents.done(newer)
    assert dirty(store) == []


def test_done_takes_the_reasons_of_just_what_is_named(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"), posted=now)
    keep(draft("b"), posted=now)
    release(store, now)
    with store.transaction() as tx:
        tx.documents.mark([Part(EVERYTHING)])
        tx.documents.mark_path("media/x.png")
        dirt = tx.documents.dirt()
        tx.documents.done(Dirt(items={kept.id: dirt.items[kept.id]}), Dirt(paths=dirt.paths))
        assert list(tx.documents.dirt().parts) == [Part(EVERYTHING)]
        assert not tx.documents.dirt().paths
    assert dirty(store) == ["b"]


def test_a_reason_that_was_written_before_and_comes_later_stays(
    store: Store, draft: Make, keep: Keep, now: datetime, sql: Callable[..., Sequence[Any]]
) -> None:
    # On PostgreSQL the transaction with the lower id may commit last.
    kept = keep(draft("a"), posted=now)
    release(store, now)
    with store.transaction() as tx:
        seen = tx.documents.dirt()
        tx.documents.done(seen)
    earlier = 0
    sql(insert(tables.dirty).values(id=earlier, item_id=kept.id, changed=True))
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


def test_what_was_remembered_again_is_what_stands_there(store: Store, now: datetime) -> None:
    page, later = Written("atom.xml", "hash", 10, now), now + timedelta(days=1)
    with store.transaction() as tx:
        tx.documents.remember([page])
        tx.documents.remember([other := Written("atom.xml", "other", 11, later)])
        assert tx.documents.written(["atom.xml"])["atom.xml"] == other
        assert list(tx.documents.paths()) == ["atom.xml"]


def test_what_is_not_made_again_is_stale(store: Store, now: datetime) -> None:
    pages = [Written(f"{name}.xml", "hash", 10, now) for name in "abc"]
    with store.transaction() as tx:
        tx.documents.remember(pages)
        assert tx.documents.stale("", 9) == []
        tx.documents.suspect()
        tx.documents.remember(pages[1:2])
        assert tx.documents.stale("", 9) == ["a.xml", "c.xml"]
        assert tx.documents.stale("", 1) == ["a.xml"]
        assert tx.documents.stale("a.xml", 9) == ["c.xml"]
        tx.documents.trust(["c.xml", "none.xml"])
        assert tx.documents.stale("", 9) == ["a.xml"]
