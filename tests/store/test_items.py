from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from feeder.errors import NotFound
from feeder.model import ids
from feeder.model.batches import BATCH
from feeder.model.changes import Changed, Known, Same
from feeder.model.feeds import Feed
from feeder.model.items import Draft, Item, Kind, Name, Outlet, Picture
from feeder.store import Store, Transaction
from feeder.workflows.arrange import arrange

Make = Callable[..., Draft]
Keep = Callable[..., Item]


def release(store: Store, now: datetime) -> int:
    with store.transaction() as tx:
        return tx.items.release(now)


def item(store: Store, name: str) -> Item:
    with store.reading() as tx:
        return tx.items.get(name)


def known(store: Store, key: str, source: str = "blog") -> Known:
    with store.reading() as tx:
        return tx.items.known(source, [key])[key]


def change(store: Store, found: Draft, *, public: bool = True, **fields: object) -> Changed:
    had = known(store, found.key)
    changed = Changed(had, found, "new", had.posted, had.revised, announced=had.announced, public=public)
    changed = replace(changed, **fields)  # type: ignore[arg-type] # each test names its own fields
    with store.transaction() as tx:
        tx.items.apply("blog", [changed])
    return changed


def titles(items: list[Item]) -> list[str]:
    return [found.title for found in items]


def test_a_new_item_comes_back_with_everything_that_its_draft_said(
    store: Store, draft: Make, keep: Keep, space: UUID, now: datetime
) -> None:
    picture = Picture("media/a.png", "alt", "caption", "credit", Path("/pictures/a.png"))
    found = draft(
        "2026/a",
        kind=Kind.APPEARANCE,
        url="https://Paper.example/a",
        outlet="The  Paper",
        published=date(2026, 11, 1),
        posted=now,
        embargo=now - timedelta(days=1),
        tags=("C++", "Zürich"),
        authors=("Ada Fjordman", "Bo"),
        language="en",
        picture=picture,
        pictures=(picture, Picture("https://x.example/b.png")),
        note="<p>note</p>",
        standfirst="standfirst",
        summary="summary",
        body="<p>body</p>",
        medium="radio",
        role="quoted",
        topic="bridges",
        slug="own-slug",
    )
    assert keep(found, posted=now) == Item(
        id=1,
        uid=ids.mint(space, "item", "blog", "2026/a"),
        source="blog",
        key="2026/a",
        slug="own-slug",
        kind=Kind.APPEARANCE,
        title="Title of 2026/a",
        posted=now,
        revised=now,
        number=None,
        announced=True,
        url="https://Paper.example/a",
        outlet=Outlet(
            1, "The Paper", "the-paper", ids.mint(space, "outlet", "the paper"), "https://paper.example/"
        ),
        published=date(2026, 11, 1),
        embargo=now - timedelta(days=1),
        tags=(Name(1, "C++", "c"), Name(2, "Zürich", "zurich")),
        authors=(Name(1, "Ada Fjordman", "ada-fjordman"), Name(2, "Bo", "bo")),
        language="en",
        picture=picture,
        pictures=(picture, Picture("https://x.example/b.png")),
        note="<p>note</p>",
        standfirst="standfirst",
        summary="summary",
        body="<p>body</p>",
        medium="radio",
        role="quoted",
        topic="bridges",
        withheld=False,
        gone=None,
        fingerprint=item(store, "2026/a").fingerprint,
    )


@pytest.mark.parametrize(
    "published",
    [
        None,
        date(1899, 12, 31),
        datetime(2016, 10, 17, 16, 42, 7, tzinfo=UTC),
        datetime(1960, 1, 1, tzinfo=UTC),
    ],
)
def test_the_outlets_date_is_kept_as_exactly_as_it_is_known(
    published: date | None, draft: Make, keep: Keep
) -> None:
    kept = keep(draft("a", published=published)).published
    assert (kept, type(kept)) == (published, type(published))


def test_a_moment_before_1970_is_kept(draft: Make, keep: Keep) -> None:
    long_ago = datetime(1931, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert keep(draft("a"), posted=long_ago).posted == long_ago


def test_known_tells_what_comparing_needs(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    kept = keep(draft("a"), posted=now, announced=False)
    release(store, now)
    assert known(store, "a") == Known(
        id=kept.id,
        fingerprint=kept.fingerprint,
        substance="Title of a",
        posted=now,
        revised=now,
        released=True,
        shown=True,
        announced=False,
        withheld=False,
        gone=False,
    )


def test_known_is_asked_for_one_source_and_for_more_keys_than_a_query_names(
    store: Store, draft: Make, keep: Keep
) -> None:
    keep(draft("first"), draft("last"))
    keep(draft("first"), source="other")
    keys = ["first", *(f"none-{n}" for n in range(2 * BATCH)), "last"]
    with store.reading() as tx:
        assert sorted(tx.items.known("blog", keys)) == ["first", "last"]
        assert tx.items.known("elsewhere", keys) == {}
        assert tx.items.known("blog", []) == {}


def test_the_same_key_in_two_sources_is_two_items(draft: Make, keep: Keep) -> None:
    one, two = keep(draft("a")), keep(draft("a"), source="other")
    assert one.uid != two.uid
    assert (one.slug, two.slug) == ("title-of-a", "title-of-a-2")


def test_an_item_is_got_by_id_slug_or_key(store: Store, draft: Make, keep: Keep) -> None:
    kept = keep(draft("2026/a"))
    for name in (kept.uid, kept.uid.removeprefix("urn:uuid:"), kept.slug, "2026/a"):
        assert item(store, name) == kept
    with pytest.raises(NotFound, match=r"item .none.: is not in the store"):
        item(store, "none")


def test_the_same_draft_changes_nothing(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    before = keep(draft("a", tags=("x",)))
    release(store, now)
    with store.transaction() as tx:
        tx.documents.done(tx.documents.dirt())
        tx.items.apply("blog", [Same(known(store, "a"), draft("a"))])
        dirt = tx.documents.dirt()
    assert item(store, "a") == replace(before, number=1)
    assert len(dirt) == 0


def test_a_change_replaces_what_the_draft_says_and_keeps_id_and_slug(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    before = keep(draft("a", tags=("old", "both"), authors=("Ada",), outlet="The Paper"), posted=now)
    release(store, now)
    later = now + timedelta(days=1)
    change(store, draft("a", title="New", tags=("both", "new")), revised=later, fingerprint="f")
    assert item(store, "a") == replace(
        before,
        title="New",
        tags=(Name(2, "both", "both"), Name(3, "new", "new")),
        authors=(),
        outlet=None,
        revised=later,
        number=1,
        fingerprint="f",
    )


def test_a_change_that_is_not_public_takes_the_number_away(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("a"))
    release(store, now)
    change(store, draft("a", withheld=True), public=False)
    assert (item(store, "a").number, item(store, "a").withheld) == (None, True)


def test_what_is_removed_is_gone_unlisted_and_keeps_its_id_when_it_comes_back(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"), draft("b"), posted=now - timedelta(days=1))
    release(store, now)
    with store.transaction() as tx:
        tx.items.remove([kept.id], now)
        assert sorted(tx.items.listed("blog")) == ["a"]
    gone = item(store, "b")
    assert (gone.gone, gone.number) == (now, None)
    assert known(store, "b").gone
    change(store, draft("b"))
    release(store, now)
    back = item(store, "b")
    assert (back.id, back.uid, back.slug, back.gone, back.number) == (kept.id, kept.uid, kept.slug, None, 3)


def test_more_items_are_removed_than_a_query_names(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a"))
    with store.transaction() as tx:
        tx.items.remove([kept.id + n for n in range(2 * BATCH, -1, -1)], now)
        assert tx.items.listed("blog") == {}


def test_tags_and_authors_that_compare_equal_are_kept_once_and_in_order(draft: Make, keep: Keep) -> None:
    kept = keep(draft("a", tags=("Zoo", "zoo", "  ZOO ", "Ark"), authors=("Bo", "BO", "Ada")))
    assert [tag.name for tag in kept.tags] == ["Zoo", "Ark"]
    assert [author.name for author in kept.authors] == ["Bo", "Ada"]


def test_a_tag_is_found_by_name_in_any_case_and_by_slug(store: Store, draft: Make, keep: Keep) -> None:
    keep(draft("a", tags=("C++", "Foreign Office")))
    with store.reading() as tx:
        assert tx.items.tag("c++") == Name(1, "C++", "c")
        assert tx.items.tag("foreign-office") == tx.items.tag(" foreign  OFFICE ")
        assert tx.items.tag("none") is None


def test_what_a_source_was_last_seen_to_have_is_known_by_key_and_title(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(draft("a", title="The “Ferry”"))
    with store.transaction() as tx:
        assert tx.items.has("blog", "a", "Other")
        assert tx.items.has("blog", "b", 'the "ferry"')
        assert not tx.items.has("blog", "b", "Other")
        assert not tx.items.has("other", "a", "The “Ferry”")
        tx.items.remove([kept.id], now)
        assert not tx.items.has("blog", "a", "The “Ferry”")


# ── What people and feeds ask for ────────────────────────────────────────────────────────────────


def listed(tx: Transaction, feed: Feed, limit: int) -> list[str]:
    return titles(tx.items.in_order([each.item for each in tx.listings.live([feed.id], limit)[feed.id]]))


def test_feeds_show_public_items_newest_first_then_by_id(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    for key in "abcd":
        keep(draft(key, tags=("t",) if key in "ab" else ()), posted=now)
    keep(draft("new", tags=("t",)), posted=now + timedelta(seconds=1))
    keep(draft("draft", withheld=True, tags=("t",)), posted=now)
    keep(draft("future", tags=("t",)), posted=now + timedelta(hours=1))
    release(store, now + timedelta(minutes=1))
    tied = sorted((item(store, key) for key in "abcd"), key=lambda found: found.uid)
    expected = ["Title of new", *titles(tied)]
    arrange(store.transaction, (), 50, now)
    with store.reading() as tx:
        tag = next(feed for feed in tx.feeds.shown() if feed.subject.name == "t")
        everything = tx.feeds.everything()
        assert listed(tx, everything, 50) == expected
        assert listed(tx, everything, 2) == expected[:2]
        assert everything.total == 5
        assert sorted(listed(tx, tag, 50)) == ["Title of a", "Title of b", "Title of new"]
        assert tag.total == 3
        assert titles(list(tx.items.public())) == expected
        assert titles(tx.items.newest(1)) == ["Title of future"]
        assert len(tx.items.newest(50)) == 7


def test_all_public_items_come_even_if_they_are_more_than_one_batch(
    store: Store, draft: Make, now: datetime, keep: Keep
) -> None:
    keep(*(draft(f"{n:04}", withheld=n == 7) for n in range(30)), posted=now)
    release(store, now + timedelta(days=9))
    with pytest.MonkeyPatch.context() as patch, store.reading() as tx:
        patch.setattr("feeder.store.items.BATCH", 7)
        found = [int(item.key) for item in tx.items.public()]
    assert found == [n for n in reversed(range(30)) if n != 7]


def test_what_arrived_is_announced_after_the_cursor_and_up_to_the_cutoff(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(*(draft(key) for key in "abcde"), posted=now - timedelta(days=1))
    keep(draft("old"), posted=now - timedelta(days=2), announced=False)
    release(store, now)  # old is 1, a is 2 … e is 6
    with store.reading() as tx:
        assert titles(tx.items.arrived(2, 4)) == ["Title of c", "Title of b"]
        assert titles(tx.items.arrived(0, 2)) == ["Title of a"]
        assert tx.items.arrived(6, 6) == []


def test_what_is_to_arrive_is_what_the_next_release_would_number(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    keep(draft("public"), posted=now - timedelta(days=2))
    release(store, now)
    keep(draft("due"), posted=now)
    keep(draft("future"), posted=now + timedelta(seconds=1))
    keep(draft("draft", withheld=True), posted=now)
    keep(draft("old"), posted=now, announced=False)
    with store.reading() as tx:
        assert titles(tx.items.to_arrive(now)) == ["Title of due"]
