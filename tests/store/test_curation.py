"""What people decide, on every database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from feeder.model.changes import Changed
from feeder.model.feeds import Selection
from feeder.model.items import Draft, Item, Kind
from feeder.store import Store
from feeder.store.curation import Deed
from feeder.store.sources import SourceState
from feeder.workflows.arrange import arrange

Make = Callable[..., Draft]
Keep = Callable[..., Item]

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def public(store: Store, draft: Make, keep: Keep, now: datetime) -> Callable[..., Item]:
    """Put an item into the store and release it."""

    def put(key: str, source: str = "blog", **fields: object) -> Item:
        made = keep(draft(key, **fields), posted=now - DAY, source=source)
        release(store, now)
        return item(store, made.uid)

    return put


def release(store: Store, now: datetime) -> int:
    with store.transaction() as tx:
        return tx.items.release(now)


def item(store: Store, name: str) -> Item:
    with store.reading() as tx:
        return tx.items.get(name)


def row(store: Store, item: Item) -> Item:
    with store.reading() as tx:
        return tx.items.with_ids([item.id])[0]


def totals(store: Store) -> dict[str, int]:
    """Return how many items the feeds of everything and of tags list."""
    arrange(store.transaction, (), 50, NOON)
    with store.reading() as tx:
        shown = tx.feeds.shown()
    return {
        feed.subject.slug: feed.total
        for feed in shown
        if feed.subject.selection in {Selection.EVERYTHING, Selection.TAG}
    }


def clean(store: Store) -> None:
    arrange(store.transaction, (), 50, NOON)
    with store.transaction() as tx:
        tx.documents.done(tx.documents.dirt())


def dirty_items(store: Store) -> set[int]:
    with store.reading() as tx:
        return set(tx.documents.dirt().items)


def test_a_hidden_item_leaves_its_feeds_and_comes_back_under_a_further_number(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    found = public("a", tags=("x",))
    clean(store)
    with store.transaction() as tx:
        tx.curation.hide(found.id)
    hidden = row(store, found)
    assert (hidden.hidden, hidden.number) == (True, None)
    assert totals(store) == {"": 0}  # x was never published, and is nobody's business any more
    assert dirty_items(store) == {found.id}
    assert release(store, now) == 0
    with store.transaction() as tx:
        tx.curation.bring_back(found.id)
    assert release(store, now) == 1
    assert (row(store, found).number, totals(store)) == (2, {"": 1, "x": 1})


def test_a_correction_takes_a_further_number(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    found = public("a", tags=("x",))
    with store.transaction() as tx:
        tx.curation.correct(found.id, "It was low.", now)
        tx.items.release(now)
    corrected = row(store, found)
    assert (corrected.corrected, corrected.correction, corrected.number) == (now, "It was low.", 2)
    assert totals(store) == {"": 1, "x": 1}


def test_an_old_item_becomes_news_under_a_further_number(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    found = keep(draft("a"), posted=now - DAY, announced=False)
    release(store, now)
    with store.transaction() as tx:
        tx.curation.announce(found.id)
        tx.items.release(now)
    assert (row(store, found).announced, row(store, found).number) == (True, 2)


def test_what_was_set_by_hand_is_known_when_the_source_is_read(
    store: Store, public: Callable[..., Item]
) -> None:
    found = public("a")
    for edited in ({"title": "By hand", "tags": ["x"], "picture": None}, {}):
        with store.transaction() as tx:
            tx.curation.set_by_hand(found.id, edited)
        with store.reading() as tx:
            assert tx.items.known("blog", ["a"])["a"].edited == edited


def test_a_source_that_is_asked_again_knows_of_no_version(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    found = public("a", place="a.md", version="1")
    other = public("b", source="other", place="b.md", version="1")
    with store.transaction() as tx:
        for name in ("blog", "other"):
            tx.sources.remember(SourceState(name, {"etag": "x"}, last_read=now))
        tx.curation.ask_again(found.id)
    with store.reading() as tx:
        assert tx.items.marks("blog")["a.md"].version == ""
        assert tx.items.known("blog", ["a"])["a"].fingerprint == ""
        assert (tx.sources.state("blog").state, tx.sources.state("blog").last_read) == ({}, now)
        assert tx.items.marks("other")["b.md"].version == "1"
        assert tx.sources.state("other").state == {"etag": "x"}
    assert row(store, other).fingerprint


def test_deeds_are_told_in_their_order(store: Store, public: Callable[..., Item], now: datetime) -> None:
    found, other = public("a"), public("b")
    with store.transaction() as tx:
        tx.curation.record(found.id, now, "edit", "a slip", {"fields": {"title": {"was": "A", "is": "Ä"}}})
        tx.curation.record(other.id, now, "hide", "")
        tx.curation.record(found.id, now, "hide", "they asked")
    with store.reading() as tx:
        assert tx.curation.history(found.id) == [
            Deed(now, "edit", "a slip", {"fields": {"title": {"was": "A", "is": "Ä"}}}),
            Deed(now, "hide", "they asked", {}),
        ]


def test_merging_leaves_one_item_with_several_ids(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    one, two, three = public("a", tags=("x",)), public("b", "feed", tags=("x",)), public("c", "wxr")
    clean(store)
    with store.transaction() as tx:
        tx.curation.merge(two, three)
        tx.curation.merge(one, two)
    merged = row(store, two)
    assert (merged.hidden, merged.number, merged.merged_into) == (True, None, one.id)
    assert row(store, three).merged_into == one.id
    assert totals(store) == {"": 1, "x": 1}
    assert dirty_items(store) == {one.id, two.id, three.id}
    with store.reading() as tx:
        assert tx.curation.merged([one.id, two.id]) == {one.id: [row(store, two), row(store, three)]}
        assert tx.curation.aliases(one.id) == sorted([two.uid, three.uid])
    assert release(store, now) == 0


def test_parting_gives_an_item_its_ids_back(store: Store, public: Callable[..., Item], now: datetime) -> None:
    one, two = public("a"), public("b", "feed")
    with store.transaction() as tx:
        tx.items.adopt(two.id, "urn:x:known-before")
    two_now = row(store, two)
    with store.transaction() as tx:
        tx.curation.merge(one, two_now)
        assert tx.curation.aliases(one.id) == sorted([two.uid, "urn:x:known-before"])
        tx.curation.part(one, two_now, [two.uid])
        assert tx.curation.aliases(one.id) == []
        assert tx.curation.aliases(two.id) == [two.uid]
    assert release(store, now) == 1
    assert (row(store, two).merged_into, row(store, two).number) == (None, 3)
    assert totals(store) == {"": 2}


def test_an_item_that_another_source_still_tells_is_not_gone(
    store: Store, public: Callable[..., Item], draft: Make, now: datetime
) -> None:
    one, two, three = public("a"), public("b", "feed"), public("c")
    with store.transaction() as tx:
        tx.curation.merge(one, two)
        assert tx.curation.still_told([one.id, three.id]) == {one.id}
        known = tx.items.known("feed", ["b"])["b"]
        withheld = draft("b", withheld=True)
        tx.items.apply("feed", [Changed(known, withheld, "f", now, now, announced=True, public=False)])
        assert tx.curation.still_told([one.id, three.id]) == set()
        tx.items.apply("feed", [Changed(known, draft("b"), "f", now, now, announced=True, public=False)])
        assert tx.curation.still_told([one.id, three.id]) == {one.id}
        tx.items.remove([two.id], now)
        assert tx.curation.still_told([one.id, three.id]) == set()


def test_an_item_that_its_own_source_lost_is_known_until_it_is_told_again(
    store: Store, public: Callable[..., Item], draft: Make, now: datetime
) -> None:
    one, two = public("a", place="a.md", version="1"), public("b")
    with store.transaction() as tx:
        tx.curation.lose([one.id])
        tx.curation.ask_again(one.id)
        assert tx.curation.lost([one.id, two.id]) == {one.id}
        assert "a.md" not in tx.items.marks("blog")
        assert row(store, one).number == one.number
        known = tx.items.known("blog", ["a"])["a"]
        tx.items.apply("blog", [Changed(known, draft("a"), "f", now, now, announced=True, public=True)])
        assert tx.curation.lost([one.id, two.id]) == set()
        tx.items.remove([two.id], now)
        tx.curation.lose([two.id])
        assert tx.curation.lost([one.id, two.id]) == {two.id}
        tx.items.remove([two.id], now)
        assert tx.curation.lost([one.id, two.id]) == set()


def test_appearances_belong_to_a_piece(store: Store, public: Callable[..., Item]) -> None:
    piece, one, two = public("p"), public("a", kind=Kind.APPEARANCE), public("b", kind=Kind.APPEARANCE)
    clean(store)
    with store.transaction() as tx:
        tx.curation.attach(two.id, piece.id)
        tx.curation.attach(one.id, piece.id)
        assert [found.id for found in tx.curation.appearances(piece.id)] == [one.id, two.id]
        tx.curation.attach(two.id, None)
        assert [found.piece for found in tx.curation.appearances(piece.id)] == [piece.id]
    assert dirty_items(store) == {piece.id, one.id, two.id}, "each links to the other"
    assert totals(store) == {"": 3}


def test_verdicts_are_those_of_a_piece_and_of_all_that_was_merged_into_it(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    one, two, three = public("a"), public("b", "feed"), public("c")
    with store.transaction() as tx:
        tx.curation.judge(one.id, "reuters | locks", "dropped", None, now)
        tx.curation.judge(one.id, "reuters | locks", "accepted", three.id, now)  # the later one holds
        tx.curation.judge(two.id, "bbc | tides", "dropped", None, now)
        assert tx.curation.judged([one.id]) == {(one.id, "reuters | locks")}
        tx.curation.merge(one, two)
        assert tx.curation.judged([one.id]) == {(one.id, "reuters | locks"), (one.id, "bbc | tides")}
        assert tx.curation.judged([three.id]) == set()


# ── Items that look like the same work ───────────────────────────────────────────────────────────

URL = "https://paper.example/a"


def alike(store: Store, *items: Item) -> list[tuple[int, int]]:
    with store.reading() as tx:
        return tx.curation.alike([found.id for found in items])


def test_items_of_two_sources_with_one_address_or_title_are_alike(
    store: Store, public: Callable[..., Item]
) -> None:
    one = public("a", url=URL)
    two = public("b", "feed", url="http://www.paper.example/a/?utm_source=feed")
    three = public("c", "wxr", title="Title of: A!")
    public("d", url=URL)  # of the same source
    public("e", "feed", url="https://paper.example/e")
    assert alike(store, one) == [(one.id, two.id), (one.id, three.id)]
    assert alike(store, three) == [(three.id, one.id)]
    assert alike(store) == []


def test_what_nobody_sees_is_like_nothing_unless_it_was_merged(
    store: Store, public: Callable[..., Item], now: datetime
) -> None:
    one, two = public("a", url=URL), public("b", "feed", url=URL)
    hidden, gone = public("c", "hidden", url=URL), public("d", "gone", url=URL)
    public("e", "draft", url=URL, withheld=True)
    with store.transaction() as tx:
        tx.curation.hide(hidden.id)
        tx.items.remove([gone.id], now)
    assert alike(store, one, hidden, gone) == [(one.id, two.id)]
    three = public("f", "wxr", url=URL)
    with store.transaction() as tx:
        tx.curation.merge(one, two)
    assert alike(store, three) == [(three.id, one.id), (three.id, two.id)]
    assert alike(store, two) == []


def test_an_address_of_very_many_says_nothing(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    one = keep(draft("a", url=URL), source="feed")
    keep(*(draft(f"b{number}", url=URL) for number in range(60)))
    assert alike(store, one) == []


def test_a_pair_is_proposed_once_and_never_after_it_was_dropped(
    store: Store, public: Callable[..., Item]
) -> None:
    one, two, three = public("a"), public("b", "feed"), public("c", "wxr")
    with store.transaction() as tx:
        assert tx.curation.propose(two.id, one.id, "same address")
        assert not tx.curation.propose(one.id, two.id, "same address")
        assert tx.curation.propose(three.id, one.id, "same address")
        assert tx.curation.proposed() == [(two.id, one.id), (three.id, one.id)]
        assert tx.curation.proposed([two.id]) == [(two.id, one.id)]
        assert tx.curation.proposed([]) == []
    with store.transaction() as tx:
        tx.curation.keep_apart([one.id], [two.id])
        assert not tx.curation.propose(two.id, one.id, "same address")
        assert tx.curation.proposed() == [(three.id, one.id)]
        assert tx.curation.kept_apart([two.id, three.id]) == {frozenset({one.id, two.id})}
        assert tx.curation.kept_apart([three.id]) == set()


def test_an_appearance_keeps_its_piece_when_its_source_tells_it_anew(
    store: Store, public: Callable[..., Item], draft: Make
) -> None:
    piece, found = public("p"), public("a", kind=Kind.APPEARANCE)
    with store.transaction() as tx:
        tx.curation.attach(found.id, piece.id)
        had = tx.items.known("blog", ["a"])["a"]
        again = draft("a", kind=Kind.APPEARANCE, topic="tides")
        tx.items.apply(
            "blog", [Changed(had, again, "new", had.posted, had.revised, announced=True, public=True)]
        )
    assert (row(store, found).piece, row(store, found).topic) == (piece.id, "tides")
