"""Items by hand, between visits to their sources."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from feeder.app import App
from feeder.errors import DraftRefused, NotFound, StoreError
from feeder.feeds import selections
from feeder.model.appearances import KnownOutlet
from feeder.model.changes import Visit
from feeder.model.feeds import EVERYTHING
from feeder.model.items import Draft, Item, Kind, Picture
from feeder.model.settings import Site
from feeder.sources.notes.gazetteer import load_gazetteer
from feeder.store import Store, open_store
from feeder.workflows import accept, curate, merge, twins
from feeder.workflows.arrange import arrange
from feeder.workflows.collect import Collected, apply
from feeder.workflows.curate import Edits
from feeder.workflows.release import release
from feeder.workflows.twins import MERGE, Matched

Make = Callable[..., Draft]
Write = Callable[..., Path]
Sync = Callable[..., Collected]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ENTRIES = 2
SITE = Site("Spans", "Ada Fjordman")


@pytest.fixture
def store(app: App) -> Store:
    return app.store


@pytest.fixture
def tell(store: Store, now: datetime) -> Callable[..., list[int]]:
    """Let a source that was read before tell drafts: `tell("feed", draft, …)`; returns the ids."""

    def bring_in(source: str, *drafts: Draft, at: datetime = now, announce: bool = True) -> list[int]:
        apply(
            store, source, drafts, Visit(at, last_complete=at - DAY if announce else None, announce=announce)
        )
        with store.reading() as tx:
            known = tx.items.known(source, [each.key for each in drafts])
        return [known[each.key].id for each in drafts]

    return bring_in


def item(store: Store, name: str | int) -> Item:
    with store.reading() as tx:
        return tx.items.get(name) if isinstance(name, str) else tx.items.with_ids([name])[0]


def edit(store: Store, name: str, at: datetime, *, minor: bool = False, **fields: Any) -> Item:
    return curate.edit(store, name, Edits(fields), at, "", minor=minor)


def actions(store: Store, name: str) -> list[str]:
    return [deed.action for deed in curate.show(store, name).history]


def look(store: Store, touched: Sequence[int], rule: str, now: datetime) -> Matched:
    """Look for the same work, as the transaction does that brings items in."""
    with store.transaction() as tx:
        tx.items.lock()
        return twins.match_within(tx, touched, rule, now)


def accepted(
    store: Store, touched: Sequence[int], outlets: Sequence[KnownOutlet], now: datetime
) -> list[Item]:
    """Accept what notes propose, as the transaction does that brings items in."""
    with store.transaction() as tx:
        tx.items.lock()
        return accept.accept_within(tx, touched, load_gazetteer(outlets), now)


def lost(store: Store, found: Item, now: datetime) -> None:
    """Let the source of an item lose it, as a complete reading does that no longer tells it."""
    with store.transaction() as tx:
        tx.items.lock()
        kept = tx.curation.still_told([found.id])
        tx.curation.lose(sorted(kept))
        tx.items.remove(sorted({found.id} - kept), now)
        twins.unite_again(tx, [found.id], now)


def tags(found: Item) -> list[str]:
    return [tag.name for tag in found.tags]


# ── Adding ───────────────────────────────────────────────────────────────────────────────────────


def test_an_item_by_hand_is_news_at_once(store: Store, now: datetime) -> None:
    added = curate.add(store, Edits({"title": "On tides", "tags": ("sea",)}), SITE, now, "by post")
    assert release(store, now) == 1
    found = item(store, added.uid)
    assert (found.source, found.slug, found.posted, found.revised) == ("hand", "on-tides", now, now)
    assert (found.number, found.announced, tags(found)) == (1, True, ["sea"])
    assert ([author.name for author in found.authors], found.language) == (["Ada Fjordman"], "en")
    assert [(deed.action, deed.at, deed.reason) for deed in curate.show(store, "on-tides").history] == [
        ("add", now, "by post")
    ]


@pytest.mark.parametrize(
    ("fields", "hours", "announced"),
    [
        ({"posted": 2}, 2, True),
        ({"embargo": 3}, 3, True),
        ({"posted": 2, "embargo": 3}, 3, True),
        ({"embargo": -3}, 0, True),
        ({"posted": -5}, -5, False),  # it was announced then
    ],
)
def test_an_item_by_hand_is_announced_when_it_says_so(
    store: Store, now: datetime, fields: Mapping[str, int], hours: int, announced: bool
) -> None:
    given = {name: now + HOUR * number for name, number in fields.items()}
    added = curate.add(store, Edits({"title": "On tides", **given}), SITE, now, "")
    assert (added.posted, added.announced) == (now + HOUR * hours, announced)
    release(store, now)
    assert (item(store, added.uid).number is not None) == (hours <= 0)


def test_an_old_print_that_is_announced_now_is_new_now(store: Store, now: datetime) -> None:
    added = curate.add(store, Edits({"title": "On tides", "published": date(2016, 1, 1)}), SITE, now, "")
    assert (added.posted, added.announced, added.published) == (now, True, date(2016, 1, 1))


def test_an_appearance_is_called_after_outlet_and_topic_and_has_what_its_piece_has(
    store: Store, now: datetime
) -> None:
    fields = {"title": "On tides", "tags": ("sea",), "authors": ("Bo",), "language": "de"}
    piece = curate.add(store, Edits(fields), SITE, now, "")
    seen: dict[str, Any] = {"kind": Kind.APPEARANCE, "outlet": "BBC", "topic": "storms"}
    added = curate.add(store, Edits(seen, piece="on-tides"), SITE, now, "")
    assert (added.title, tags(added), added.language, added.piece) == (
        "BBC, on storms",
        ["sea"],
        "de",
        piece.id,
    )
    own = curate.add(store, Edits({**seen, "tags": ("moon",)}, piece="on-tides"), SITE, now, "")
    assert tags(own) == ["moon"]
    assert [each.id for each in curate.show(store, "on-tides").appearances] == [added.id, own.id]
    retitled = edit(store, added.uid, now, outlet="Sky")
    assert retitled.title == "Sky, on storms"
    assert edit(store, added.uid, now, title="At length").title == "At length"
    assert edit(store, added.uid, now, topic="floods").title == "At length"


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (Edits({"outlet": "BBC"}), "has no title"),
        (Edits({"kind": Kind.APPEARANCE, "topic": "x"}), "has no title"),
        (Edits({"title": "A"}, piece="nobody"), "is not in the store"),
    ],
)
def test_what_cannot_be_added_leaves_nothing(store: Store, now: datetime, given: Edits, rule: str) -> None:
    with pytest.raises((DraftRefused, NotFound), match=rule):
        curate.add(store, given, SITE, now, "")
    with store.reading() as tx:
        assert tx.items.newest(9) == []


def test_an_appearance_belongs_to_a_piece_and_not_to_itself(store: Store, now: datetime) -> None:
    one = curate.add(store, Edits({"title": "A", "kind": Kind.APPEARANCE}), SITE, now, "")
    two = curate.add(store, Edits({"title": "B"}), SITE, now, "")
    with pytest.raises(StoreError, match="is no piece"):
        curate.edit(store, "b", Edits(piece="a"), now, "", minor=False)
    with pytest.raises(StoreError, match="to itself"):
        curate.edit(store, "b", Edits(piece="b"), now, "", minor=False)
    for name, piece in (("b", two.id), ("b", two.id), ("", None), ("", None)):
        assert curate.edit(store, "a", Edits(piece=name), now, "", minor=False).piece == piece
    assert actions(store, one.uid) == ["add", "edit", "edit"]  # saying it twice is no deed


# ── Editing ──────────────────────────────────────────────────────────────────────────────────────


def test_what_was_set_by_hand_outlives_what_the_source_says(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "tags: x", "First.")
    sync(now)
    release(app.store, now)
    picture = Picture("https://pictures.example/a.png")
    by_hand: dict[str, Any] = {
        "title": "By hand",
        "published": date(2026, 1, 2),
        "tags": ("y",),
        "picture": picture,
    }
    edited = edit(app.store, "a", now + HOUR, **by_hand)
    assert (edited.title, edited.revised, edited.number) == ("By hand", now + HOUR, 1)
    sync(now + 2 * HOUR)
    assert item(app.store, "a") == edited
    write("a", "title: Another\ntags: z\nsummary: Short.", "Second.")
    sync(now + 3 * HOUR)
    found = item(app.store, "a")
    assert (found.title, found.published, tags(found), found.picture) == (
        "By hand", date(2026, 1, 2), ["y"], picture,
    )  # fmt: skip
    assert (found.body, found.summary) == ("<p>Second.</p>", "Short.")
    assert set(curate.show(app.store, "a").edited) == set(by_hand)


def test_an_embargo_by_hand_outlives_what_the_source_says(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "date: 2026-11-19")
    sync(now)
    edit(app.store, "a", now, embargo=now + DAY)
    write("a", "date: 2026-11-19", "Another text.")
    sync(now + HOUR)
    assert release(app.store, now + 2 * HOUR) == 0
    assert release(app.store, now + DAY) == 1


def test_a_field_is_given_back_to_its_source(app: App, write: Write, sync: Sync, now: datetime) -> None:
    write("a", "title: The source's\ntags: x")
    sync(now)
    edit(app.store, "a", now, title="By hand", tags=("y",))
    edit(app.store, "a", now, title="By hand again")
    given_back = curate.edit(app.store, "a", Edits(as_source=["title"]), now + HOUR, "", minor=False)
    assert (given_back.title, tags(given_back)) == ("The source's", ["y"])  # as it was, at once
    write("a", "title: The source's own\ntags: x")
    sync(now + 2 * HOUR)
    assert (item(app.store, "a").title, tags(item(app.store, "a"))) == ("The source's own", ["y"])


def test_what_the_source_said_meanwhile_comes_with_the_next_reading(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "title: First")
    sync(now)
    edit(app.store, "a", now, title="By hand")
    write("a", "title: Second")
    sync(now + HOUR)
    curate.edit(app.store, "a", Edits(as_source=["title"]), now + 2 * HOUR, "", minor=False)
    assert sync(now + 3 * HOUR).tally.changed == 1
    assert item(app.store, "a").title == "Second"


@pytest.mark.parametrize("fields", [{"title": "B"}, {"body": "<p>b</p>"}, {"url": "https://b.example/"}])
def test_title_text_and_link_count_as_a_revision_and_nothing_else_does(
    store: Store, now: datetime, fields: Mapping[str, Any]
) -> None:
    curate.add(store, Edits({"title": "A"}), SITE, now, "")
    release(store, now)
    assert edit(store, "a", now + HOUR, summary="s", tags=("x",), note="n").revised == now
    assert edit(store, "a", now + HOUR, minor=True, **fields).revised == now
    edit(store, "a", now + HOUR, minor=True, title="A", body="", url=None)
    assert edit(store, "a", now + HOUR, **fields).revised == now + HOUR


def test_what_was_never_shown_is_not_revised(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A", "withheld": True}), SITE, now, "")
    assert edit(store, "a", now + HOUR, title="B").revised == now
    edit(store, "a", now + HOUR, withheld=False)
    assert release(store, now + HOUR) == 1


def test_saying_what_is_so_already_is_no_deed(store: Store, now: datetime) -> None:
    added = curate.add(store, Edits({"title": "A", "tags": ("x",)}), SITE, now, "")
    assert edit(store, "a", now + HOUR, title="A", tags=("x",)) == added
    assert actions(store, "a") == ["add"]


def test_an_embargo_takes_an_item_back_until_it_ends(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A"}), SITE, now, "")
    release(store, now)
    waiting = edit(store, "a", now, embargo=now + HOUR)
    assert (waiting.number, waiting.posted) == (None, now + HOUR)
    assert release(store, now) == 0
    assert edit(store, "a", now, embargo=None).posted == now + HOUR  # it was shown then, as it said
    sooner = edit(store, "a", now, posted=now)
    assert (sooner.posted, release(store, now)) == (now, 1)
    assert item(store, "a").number == 2


def test_an_item_that_waits_is_announced_sooner_or_later(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A", "embargo": now + HOUR}), SITE, now, "")
    assert edit(store, "a", now, embargo=now + 2 * HOUR).posted == now + 2 * HOUR
    assert edit(store, "a", now, embargo=None).posted == now


def test_items_by_hand_have_no_source_to_give_a_field_back_to(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A"}), SITE, now, "")
    with pytest.raises(StoreError, match="written by hand"):
        curate.edit(store, "a", Edits(as_source=["title"]), now, "", minor=False)


def test_what_is_gone_is_not_edited(store: Store, now: datetime) -> None:
    added = curate.add(store, Edits({"title": "A"}), SITE, now, "")
    with store.transaction() as tx:
        tx.items.remove([added.id], now)
    with pytest.raises(StoreError, match="gone at its source"):
        edit(store, "a", now, title="B")


def test_a_deed_says_what_changed_in_words_that_json_has(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A"}), SITE, now, "")
    curate.edit(store, "a", Edits({"title": "B", "tags": ("x",)}), now, "a slip", minor=False)
    deed = curate.show(store, "a").history[-1]
    assert (deed.action, deed.reason) == ("edit", "a slip")
    assert deed.changes["fields"] == {"title": {"was": "A", "is": "B"}, "tags": {"was": [], "is": ["x"]}}
    json.dumps(dict(deed.changes))


# ── Correcting and hiding ────────────────────────────────────────────────────────────────────────


def test_a_correction_is_told_under_a_further_number_and_is_never_missing(
    store: Store, now: datetime
) -> None:
    curate.add(store, Edits({"title": "A"}), SITE, now, "")
    release(store, now)
    corrected = curate.correct(store, "a", "It was low.", Edits({"body": "<p>Low.</p>"}), now + HOUR, "")
    assert (corrected.number, corrected.revised, corrected.posted) == (2, now + HOUR, now)
    assert (corrected.correction, corrected.corrected) == ("It was low.", now + HOUR)
    assert corrected.body == "<p>Low.</p>"
    assert curate.correct(store, "a", "Very low.", Edits(), now + 2 * HOUR, "").number == 3
    deed = curate.show(store, "a").history[-1]
    assert (deed.action, deed.changes["text"]) == ("correct", "Very low.")


def test_what_nobody_saw_is_not_corrected(store: Store, now: datetime) -> None:
    curate.add(store, Edits({"title": "A", "withheld": True}), SITE, now, "")
    with pytest.raises(StoreError, match="is not public"):
        curate.correct(store, "a", "x", Edits(), now, "")


def test_hidden_is_hidden_whatever_the_source_says(app: App, write: Write, sync: Sync, now: datetime) -> None:
    write("a")
    sync(now)
    release(app.store, now)
    hidden = curate.hide(app.store, "a", now, "a slip")
    assert (hidden.hidden, hidden.number) == (True, None)
    assert curate.hide(app.store, "a", now, "again") == hidden
    write("a", "", "Another text.")
    sync(now + HOUR)
    assert edit(app.store, "a", now + HOUR, title="B").number is None
    assert release(app.store, now + HOUR) == 0
    curate.bring_back(app.store, "a", now + HOUR, "")
    curate.bring_back(app.store, "a", now + HOUR, "")
    assert release(app.store, now + HOUR) == 1
    found = item(app.store, "a")
    assert (found.number, found.title, found.body) == (2, "B", "<p>Another text.</p>")
    assert actions(app.store, "a") == ["hide", "edit", "unhide"]


# ── Merging by hand ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two(store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime) -> tuple[Item, Item]:
    """A post of the blog's, and what an outlet's feed says of the same work."""
    (own,) = tell("blog", draft("own", url="https://blog.example/own", tags=("x", "Y"), note="<p>Mine</p>"))
    (theirs,) = tell(
        "feed",
        draft("theirs", url="https://paper.example/t", outlet="The Paper", tags=("y", "z"), body="<p>T</p>"),
    )
    release(store, now)
    return item(store, own), item(store, theirs)


def test_merged_items_are_one_with_two_places(store: Store, two: tuple[Item, Item], now: datetime) -> None:
    own, theirs = two
    seen = curate.add(store, Edits({"title": "Talk", "kind": Kind.APPEARANCE}, piece="theirs"), SITE, now, "")
    whole = merge.merge(store, "own", "theirs", now + HOUR, "the same")
    assert whole == replace(
        own, tags=(*own.tags, theirs.tags[1]), body="<p>T</p>", note="<p>Mine</p>"
    )  # not news: the same number, dates and link
    shown = curate.show(store, "own")
    assert [(place.url, place.outlet and place.outlet.name) for place in shown.places] == [
        ("https://blog.example/own", None),
        ("https://paper.example/t", "The Paper"),
    ]
    assert (list(shown.aliases), [each.id for each in shown.appearances]) == ([theirs.uid], [seen.id])
    assert [deed.action for deed in shown.history] == ["merge"]
    for name in (own.uid, theirs.uid, "own", "theirs"):
        with store.reading() as tx:
            assert merge.survivor(tx, name).id == own.id
    assert (item(store, theirs.id).hidden, item(store, theirs.id).number) == (True, None)


def test_parted_items_are_as_they_were(store: Store, two: tuple[Item, Item], now: datetime) -> None:
    own, theirs = two
    seen = curate.add(store, Edits({"title": "Talk", "kind": Kind.APPEARANCE}, piece="theirs"), SITE, now, "")
    merge.merge(store, "own", "theirs", now, "")
    parted = merge.part(store, "own", "theirs", now, "they are two")
    assert item(store, own.id) == own
    assert parted == replace(theirs, number=None)
    assert release(store, now) == 2  # the appearance and the item that is back
    assert item(store, seen.id).piece == theirs.id
    assert not curate.show(store, "own").aliases
    assert actions(store, theirs.uid) == ["merged", "parted"]


def test_what_either_source_says_anew_is_said_of_the_whole(
    store: Store, two: tuple[Item, Item], tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")
    touched = tell("blog", draft("own", tags=("w",)), at=now + HOUR)
    look(store, touched, "propose", now + HOUR)
    assert (tags(item(store, own.id)), item(store, own.id).body) == (["w", "Y", "z"], "<p>T</p>")
    touched = tell("feed", draft("theirs", tags=("q",), body="<p>T2</p>"), at=now + HOUR)
    look(store, touched, "propose", now + HOUR)
    assert tags(item(store, own.id))[-1] == "q"
    assert item(store, theirs.id).number is None


@pytest.fixture
def again(store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime) -> Callable[..., None]:
    """Let a source tell an item of `two` anew: `again("feed", "theirs", body="…")`."""

    def tell_again(source: str, key: str, at: datetime = now + HOUR, **fields: Any) -> None:
        look(store, tell(source, draft(key, **fields), at=at), "propose", at)

    return tell_again


def test_a_part_that_turns_draft_or_is_gone_says_nothing_any_more(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime
) -> None:
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")
    again("feed", "theirs", tags=("secret",), body="<p>Secret</p>", withheld=True)
    assert item(store, own.id) == own
    again("feed", "theirs", tags=("open",), body="<p>Open</p>")
    assert (tags(item(store, own.id)), item(store, own.id).body) == (["x", "Y", "open"], "<p>Open</p>")
    lost(store, theirs, now)
    assert item(store, own.id) == own


def test_a_draft_that_is_merged_shows_nothing(
    store: Store, two: tuple[Item, Item], tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("wxr", draft("draft", tags=("secret",), body="<p>Secret</p>", withheld=True))
    assert merge.merge(store, "own", "draft", now, "") == two[0]


def test_a_part_says_what_its_source_says_now(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime
) -> None:
    own, _ = two
    merge.merge(store, "own", "theirs", now, "")
    again("feed", "theirs", tags=("q",), body="<p>Right</p>")
    assert (tags(item(store, own.id)), item(store, own.id).body) == (["x", "Y", "q"], "<p>Right</p>")
    again("blog", "own", tags=("w",), summary="Short")
    again("feed", "theirs", tags=("r",), summary="Long", body="<p>More</p>")
    found = item(store, own.id)
    assert (tags(found), found.summary, found.body) == (["w", "r"], "Short", "<p>More</p>")
    assert actions(store, "own") == ["merge", "told"]
    merge.part(store, "own", "theirs", now, "")
    found = item(store, own.id)
    assert (tags(found), found.summary, found.body) == (["w"], "Short", "")


def test_what_was_edited_of_an_item_by_hand_outlives_what_its_places_say_anew(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime
) -> None:
    written = curate.add(store, Edits({"title": "A", "tags": ("mine",)}), SITE, now, "")
    release(store, now)
    merge.merge(store, written.uid, "theirs", now, "")
    edit(store, written.uid, now, body="<p>By hand</p>", tags=("hand",))
    again("feed", "theirs", tags=("q",), body="<p>Theirs</p>")
    assert (tags(item(store, written.id)), item(store, written.id).body) == (["hand", "q"], "<p>By hand</p>")


def test_what_was_merged_before_stays_apart_from_what_an_item_says_itself(
    store: Store, two: tuple[Item, Item], again: Callable[..., None],
    tell: Callable[..., list[int]], draft: Make, now: datetime,
) -> None:  # fmt: skip
    (whole,) = tell("wxr", draft("whole"))
    release(store, now)
    merge.merge(store, "own", "theirs", now, "")
    merge.merge(store, "whole", "own", now, "")
    assert tags(item(store, whole)) == ["x", "Y", "z"]
    again("feed", "theirs", tags=("q",))
    assert (tags(item(store, whole)), item(store, whole).body) == (["x", "Y", "q"], "")


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize("withheld", [True, False])
def test_what_nothing_tells_any_more_is_gone(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime,
    own_first: bool, withheld: bool,
) -> None:  # fmt: skip
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")

    def leave(found: Item) -> None:
        if found == theirs and withheld:
            again("feed", "theirs", withheld=True)
        else:
            lost(store, found, now)

    first, last = (own, theirs) if own_first else (theirs, own)
    leave(first)
    assert item(store, own.id).number == own.number
    leave(last)
    assert (item(store, own.id).number, item(store, own.id).gone is None) == (None, False)
    assert release(store, now + HOUR) == 0


@pytest.mark.parametrize("source", ["blog", "feed"])
def test_what_is_told_again_is_back(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime, source: str
) -> None:
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")
    lost(store, theirs, now)
    lost(store, own, now)
    again(source, "own" if source == "blog" else "theirs", tags=("n",))
    assert release(store, now + HOUR) == 1
    found = item(store, own.id)
    assert (found.number, found.gone, tags(found)[-1]) == (3, None, "n")
    lost(store, own if source == "blog" else theirs, now)
    assert item(store, own.id).number is None


def test_an_item_that_its_own_source_has_again_outlives_its_parts(
    store: Store, two: tuple[Item, Item], again: Callable[..., None], now: datetime
) -> None:
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")
    lost(store, own, now)
    edit(store, "own", now, summary="By hand")
    again("blog", "own", url=own.url, tags=("x", "Y"), note=own.note)  # as it always was
    lost(store, theirs, now)
    assert item(store, own.id).number == own.number


def test_an_item_that_only_its_parts_told_goes_when_they_are_parted(
    store: Store, two: tuple[Item, Item], tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    own, theirs = two
    merge.merge(store, "own", "theirs", now, "")
    lost(store, own, now)
    merge.part(store, "own", "theirs", now, "")
    assert (item(store, own.id).number, item(store, own.id).gone) == (None, now)
    assert release(store, now) == 1
    assert item(store, theirs.id).number == 3


def test_what_is_gone_but_for_its_parts_says_nothing_in_another_item(
    store: Store, two: tuple[Item, Item], tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    (whole,) = tell("wxr", draft("whole"))
    release(store, now)
    merge.merge(store, "own", "theirs", now, "")
    lost(store, two[0], now)
    merge.merge(store, "whole", "own", now, "")
    assert tags(item(store, whole)) == ["Y", "z"]
    with store.transaction() as tx:
        tx.items.lock()
        assert tx.curation.still_told([whole]) == {whole}
    lost(store, two[1], now)
    assert tags(item(store, whole)) == []
    lost(store, item(store, whole), now)
    assert item(store, whole).number is None


def test_tags_that_were_set_by_hand_stay(store: Store, two: tuple[Item, Item], now: datetime) -> None:
    edit(store, "own", now, tags=("mine",))
    assert tags(merge.merge(store, "own", "theirs", now, "")) == ["mine"]
    merge.part(store, "own", "theirs", now, "")
    assert tags(item(store, "own")) == ["mine"]


def test_an_old_item_that_is_merged_with_news_is_news(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("wxr", draft("old"), announce=False)
    tell("blog", draft("new"))
    release(store, now)
    whole = merge.merge(store, "old", "new", now, "")
    assert (whole.announced, whole.number) == (True, 3)


def refusals(store: Store, *pairs: tuple[str, str]) -> Iterator[str]:
    for one, other in pairs:
        with pytest.raises(StoreError) as raised:
            merge.merge(store, one, other, datetime.now().astimezone(), "")
        yield str(raised.value)


def test_what_cannot_be_merged_is_named(
    store: Store, two: tuple[Item, Item], tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("waiting", withheld=True), draft("hidden"), draft("gone"))
    curate.hide(store, "hidden", now, "")
    with store.transaction() as tx:
        tx.items.remove([tx.items.get("gone").id], now)
    pairs = [("own", "own"), ("own", "hidden"), ("hidden", "own"), ("gone", "own"), ("waiting", "own")]
    told = list(refusals(store, *pairs, ("own", "nobody")))
    words = ("same item", "is hidden", "is hidden", "is gone", "is not public", "is not in the store")
    for said, expected in zip(told, words, strict=True):
        assert expected in said
    assert "feeder item merge own gone" in told[3].replace("title-of-", "").replace("title-of", "")
    merge.merge(store, "own", "theirs", now, "")
    assert "same item" in next(refusals(store, ("own", "theirs")))
    with pytest.raises(NotFound, match="is no part of"):
        merge.part(store, "own", "gone", now, "")
    with pytest.raises(StoreError, match="is part of"):
        curate.bring_back(store, "theirs", now, "")
    seen = curate.add(store, Edits({"title": "Talk", "kind": Kind.APPEARANCE}, piece="own"), SITE, now, "")
    release(store, now)
    assert "belongs to" in next(refusals(store, (seen.slug, "own")))


# ── The same work, by rule ───────────────────────────────────────────────────────────────────────

URL = "https://paper.example/a"


@pytest.mark.parametrize(
    ("body", "other_body", "rule", "found"),
    [
        ("<p>A text.</p>", "<div>A  text</div>", MERGE, Matched(merged=1)),
        ("<p>A text.</p>", "", MERGE, Matched(merged=1)),
        ("", "<p>A text.</p>", MERGE, Matched(merged=1)),
        ("<p>A text.</p>", "<p>Another.</p>", MERGE, Matched(proposed=1)),
        ("", "", "propose", Matched(proposed=1)),
    ],
)
def test_what_is_clearly_the_same_is_merged_into_the_elder(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime,
    body: str, other_body: str, rule: str, found: Matched,
) -> None:  # fmt: skip
    (elder,) = tell("blog", draft("a", url=URL, body=body))
    release(store, now)
    (younger,) = tell("feed", draft("b", url=URL, body=other_body))
    assert look(store, [younger], rule, now + HOUR) == found
    assert look(store, [younger], rule, now + HOUR) == Matched()
    assert (item(store, younger).merged_into == elder) == bool(found.merged)
    pairs = [(pair.item.id, pair.other.id, pair.why) for pair in twins.proposals(store)]
    assert pairs == ([(elder, younger, "same address")] if found.proposed else [])
    if found.merged:
        assert item(store, elder).body == body or other_body
        assert [deed.reason for deed in curate.show(store, "a").history] == ["rule"]


def test_an_old_item_is_news_when_news_is_merged_into_it_by_rule(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    (elder,) = tell("wxr", draft("old"), announce=False)
    release(store, now)
    (younger,) = tell("blog", draft("new", url=URL))
    release(store, now)
    touched = tell("wxr", draft("old", url=URL), announce=False, at=now + HOUR)
    assert look(store, touched, MERGE, now + HOUR) == Matched(merged=1)
    assert item(store, younger).merged_into == elder
    with store.reading() as tx:
        assert [found.id for found in tx.items.arrived(1, 9)] == [elder]


def test_nothing_is_merged_where_nobody_can_tell_which_is_the_same(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("a", url=URL), draft("b", url=URL))
    touched = tell("feed", draft("c", url=URL))
    assert look(store, touched, MERGE, now) == Matched(proposed=2)


def test_two_items_of_one_source_never_become_one_by_rule(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("a", url=URL))
    assert look(store, tell("feed", draft("b", url=URL)), MERGE, now) == Matched(merged=1)
    assert look(store, tell("feed", draft("c", url=URL)), MERGE, now) == Matched(proposed=1)
    # Whatever comes now is like both of them, and nobody can tell which it is.
    assert look(store, tell("wxr", draft("d", url=URL)), MERGE, now) == Matched(proposed=2)


def test_nothing_public_vanishes_by_rule(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("a", url=URL, embargo=now + DAY))
    touched = tell("feed", draft("b", url=URL))
    assert look(store, touched, MERGE, now) == Matched(proposed=1)


def test_what_a_person_parted_or_dropped_is_not_proposed_again(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    (one,) = tell("blog", draft("a", url=URL))
    (two,) = tell("feed", draft("b", url=URL, body="<p>B</p>"))
    (three,) = tell("wxr", draft("c", url=URL, body="<p>C</p>"))
    assert look(store, [two], MERGE, now) == Matched(merged=1, proposed=1)
    merge.part(store, "a", "b", now, "they are two")
    assert look(store, [one, two, three], MERGE, now) == Matched(merged=1)  # a and c
    merge.part(store, "a", "c", now, "they are two as well")
    twins.keep_apart(store, "b", "c", now, "and so are these")
    assert look(store, [one, two, three], MERGE, now) == Matched()
    assert twins.proposals(store) == []
    assert actions(store, "c") == ["merged", "parted", "keep apart"]


def test_a_proposal_speaks_of_what_its_items_are_part_of_now(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("a", url=URL))
    tell("feed", draft("b", url=URL, body="<p>B</p>"))
    touched = tell("wxr", draft("c", url=URL, body="<p>C</p>"))
    look(store, touched, "propose", now)
    merge.merge(store, "a", "b", now, "")
    (pair,) = twins.proposals(store)
    assert (pair.item.key, pair.other.key, pair.texts_differ) == ("a", "c", True)
    edit(store, "c", now, url="https://elsewhere.example/c")
    assert twins.proposals(store) == []


def test_an_item_by_hand_is_proposed_and_never_merged_unasked(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("a", url=URL))
    curate.add(store, Edits({"title": "A", "url": URL}), SITE, now, "")
    assert len(twins.proposals(store)) == 1
    assert len(curate.show(store, "a").proposals) == 1


def test_looking_for_the_same_work_costs_by_what_changed(
    app: App, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    for start in range(0, 2000, 500):
        tell("blog", *(draft(f"a{n}", url=f"https://p.example/{n}") for n in range(start, start + 500)))
    (touched,) = tell("feed", draft("b", url="https://p.example/7"))
    with app.store.transaction() as tx, counted(app) as statements:
        assert tx.curation.alike([touched]) != []
    plans = "\n".join(statements)
    assert "SCAN items\n" not in plans
    assert len(statements) < 10


@contextmanager
def counted(app: App) -> Iterator[list[str]]:
    """Collect the plans of all statements that select."""
    found: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            found.append("\n".join(row[3] for row in plan) + "\n")

    event.listen(app.store._engine, "before_cursor_execute", explain)
    yield found
    event.remove(app.store._engine, "before_cursor_execute", explain)


# ── Appearances ──────────────────────────────────────────────────────────────────────────────────

NOTE = (
    '<p>Separately, spoke to <a href="/politico">Politico</a> about port fees, and to the FT about sea cables.'
    "</p>"
)


@pytest.fixture
def piece(store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime) -> Item:
    url = "https://blog.example/tides"
    (found,) = tell("blog", draft("tides", url=url, note=NOTE, tags=("sea",), authors=("Bo",), language="en"))
    release(store, now)
    return item(store, found)


def how(now: datetime, **mended: Any) -> accept.Acceptance:
    return accept.Acceptance(now, "", mended)


def proposed(store: Store, name: str | None = None) -> list[str]:
    return [one.proposal.outlet for one in accept.proposals(store, name, ())]


def test_accepted_appearances_are_announced_with_what_their_piece_has(
    store: Store, piece: Item, now: datetime
) -> None:
    made = accept.accept(store, accept.Choice("tides"), (), how(now + HOUR))
    assert [each.title for each in made] == ["Politico, on port fees", "Financial Times, on sea cables"]
    for each in made:
        assert (each.kind, each.source, each.piece) == (Kind.APPEARANCE, "hand", piece.id)
        assert (tags(each), [one.name for one in each.authors], each.language) == (["sea"], ["Bo"], "en")
        assert (each.posted, each.announced, each.role) == (now + HOUR, True, "interviewed")
    assert made[0].url == "https://blog.example/politico"  # made absolute
    assert proposed(store) == []
    with pytest.raises(StoreError, match="still open"):
        accept.accept(store, accept.Choice("tides"), (), how(now + HOUR))
    assert accept.accept(store, accept.Choice(), (), how(now + HOUR)) == []
    assert actions(store, made[0].uid) == ["accept"]


def test_one_is_chosen_by_outlet_or_topic_and_mended(store: Store, piece: Item, now: datetime) -> None:
    with pytest.raises(StoreError, match="2 such"):
        accept.accept(store, accept.Choice("tides"), (), how(now, topic="harbour fees"))
    one = accept.Choice("tides", outlet="FT")
    (made,) = accept.accept(store, one, (), how(now, topic="deep cables", role="quoted"))
    assert (made.title, made.role) == ("Financial Times, on deep cables", "quoted")
    assert proposed(store, "tides") == ["Politico"]
    (other,) = accept.accept(store, accept.Choice("tides", topic="PORT"), (), how(now, outlet="The Quay"))
    assert other.title == "The Quay, on port fees"
    assert proposed(store) == []


def test_a_dropped_proposal_does_not_come_again(store: Store, piece: Item, now: datetime) -> None:
    assert accept.drop(store, accept.Choice("tides", topic="cables"), (), now, "not me") == 1
    assert proposed(store) == ["Politico"]
    assert actions(store, "tides") == ["drop"]
    with pytest.raises(StoreError, match="still open"):
        accept.drop(store, accept.Choice("tides", outlet="FT"), (), now, "")


def test_appearances_of_the_back_catalogue_are_back_catalogue(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("wxr", draft("old", note=NOTE, posted=now - 900 * DAY), announce=False)
    release(store, now)
    made = accept.accept(store, accept.Choice(), (), how(now))
    assert [(each.posted, each.announced) for each in made] == [(now - 900 * DAY, False)] * 2


def test_appearances_are_not_announced_before_their_piece(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    tell("blog", draft("later", note=NOTE, embargo=now + DAY), draft("draft", note=NOTE, withheld=True))
    made = accept.accept(store, accept.Choice("later"), (), how(now))
    assert {each.posted for each in made} == {now + DAY}
    with pytest.raises(StoreError, match="is a draft"):
        accept.accept(store, accept.Choice("draft"), (), how(now))


def test_what_comes_in_is_accepted_where_the_site_says_so(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    note = "Spoke to the Harbour Gazette about the locks."
    touched = tell("blog", draft("a", note=note), draft("b"), draft("c", note=note, withheld=True))
    own = [KnownOutlet("Harbour Gazette", language="en")]
    assert [each.title for each in accepted(store, touched, own, now)] == ["Harbour Gazette, on the locks"]
    assert accepted(store, touched, own, now) == []
    assert accepted(store, [], own, now) == []
    assert proposed(store) == []


def test_the_note_of_a_part_is_read_as_that_of_the_whole(
    store: Store, tell: Callable[..., list[int]], draft: Make, now: datetime
) -> None:
    (elder,) = tell("blog", draft("a", url=URL))
    touched = tell("feed", draft("b", url=URL, note=NOTE))
    look(store, touched, MERGE, now)
    assert {each.piece for each in accepted(store, touched, (), now)} == {elder}
    assert accepted(store, [elder, *touched], (), now) == []


# ── In any order ─────────────────────────────────────────────────────────────────────────────────

NAMES = ("a", "b", "c", "d")
names = st.sampled_from(NAMES)
pairs = st.tuples(names, names)
deeds = st.one_of(
    st.tuples(st.just("edit"), names),
    st.tuples(st.just("hide"), names),
    st.tuples(st.just("unhide"), names),
    st.tuples(st.just("correct"), names),
    st.tuples(st.just("merge"), pairs),
    st.tuples(st.just("merge"), pairs),
    st.tuples(st.just("part"), pairs),
    st.tuples(st.just("apart"), pairs),
    st.tuples(st.just("tell"), names),
    st.tuples(st.just("gone"), names),
    st.tuples(st.just("release"), st.none()),
)


@pytest.fixture(scope="module")
def stores(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """Open a fresh store, with four items from four sources."""
    folder = tmp_path_factory.mktemp("stores")
    numbers = count()

    def fresh() -> Store:
        file = Path(shutil.copy(empty_file, folder / f"{next(numbers)}.db"))
        return open_store(f"sqlite:///{file}", uuid4())

    return fresh


class Life:
    """A store, what is done to it, and what must hold after each deed."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.now = now
        self.by_hand: dict[str, str] = {}
        self.times = count()
        for name in NAMES:
            self.tell(name)
        release(store, now)
        with store.reading() as tx:
            self.uids = {found.key: found.uid for found in tx.items.newest(9)}

    def tell(self, name: str) -> None:
        number = next(self.times)
        told = Draft(
            name, Kind.PIECE, f"Title {number}", f"{number}", url="https://p.example/same",
            tags=(f"t{number % 5}", name), body="" if number % 3 else f"<p>{number % 2}</p>",
        )  # fmt: skip
        source = f"source-{name}"
        apply(self.store, source, [told], Visit(self.now, self.now - DAY, announce=True))
        with self.store.reading() as tx:
            touched = tx.items.known(source, [name])[name].id
        look(self.store, [touched], MERGE if number % 2 else "propose", self.now)

    def does(self, deed: str, about: Any) -> None:
        self.now += HOUR
        ways: dict[str, Callable[[], object]] = {
            "edit": lambda: self.edit(about),
            "hide": lambda: curate.hide(self.store, self.uids[about], self.now, ""),
            "unhide": lambda: curate.bring_back(self.store, self.uids[about], self.now, ""),
            "correct": lambda: curate.correct(self.store, self.uids[about], "x", Edits(), self.now, ""),
            "merge": lambda: merge.merge(self.store, *self.named(about), self.now, ""),
            "part": lambda: merge.part(self.store, *self.named(about), self.now, ""),
            "apart": lambda: twins.keep_apart(self.store, *self.named(about), self.now, ""),
            "tell": lambda: self.tell(about),
            "gone": lambda: self.remove(about),
            "release": lambda: release(self.store, self.now),
        }
        ways[deed]()

    def edit(self, name: str) -> None:
        title = f"By hand {next(self.times)}"
        self.by_hand[edit(self.store, self.uids[name], self.now, title=title).uid] = title

    def remove(self, name: str) -> None:
        with self.store.transaction() as tx:
            tx.items.lock()
            tx.items.remove([tx.items.known(f"source-{name}", [name])[name].id], self.now)

    def named(self, about: Sequence[str]) -> tuple[str, str]:
        return self.uids[about[0]], self.uids[about[1]]

    def check(self) -> None:
        arrange(self.store.transaction, (), ENTRIES, self.now)
        with self.store.reading() as tx:
            rows = {found.id: found for found in tx.items.newest(9)}
            for name in self.uids.values():
                assert merge.survivor(tx, name).merged_into is None
            for found in rows.values():
                assert found.number is None or not (found.hidden or found.gone or found.withheld)
                if found.merged_into:
                    assert found.hidden
                    assert rows[found.merged_into].merged_into is None
                    assert found.uid in tx.curation.aliases(found.merged_into)
                if found.uid in self.by_hand:
                    assert found.title == self.by_hand[found.uid]
            merged = [found for found in rows.values() if found.merged_into]
            assert sorted(uid for each in rows for uid in tx.curation.aliases(each)) == sorted(
                found.uid for found in merged
            )
            public = [found for found in rows.values() if found.number is not None]
            expected = Counter(
                subject.path for found in public for subject in (EVERYTHING, *selections.own(found))
            )
            assert {feed.path: feed.total for feed in tx.feeds.shown() if feed.total} == expected
            everything = tx.feeds.everything()
            archives = [tx.listings.archived(everything.id, n + 1) for n in range(everything.archives)]
            archived = Counter(each.item for some in archives for each in some)
            live = {each.item for each in tx.listings.live([everything.id], ENTRIES)[everything.id]}
            assert live | archived.keys() == {found.id for found in public}
            assert set(archived.values()) <= {1}


@pytest.mark.parametrize("lives", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_whatever_is_done_no_id_is_lost_and_nothing_hidden_is_public(
    stores: Callable[[], Store], now: datetime, lives: int
) -> None:
    @settings(max_examples=lives)
    @given(st.lists(deeds, max_size=14))
    def goes_well(done: list[tuple[str, Any]]) -> None:
        live(stores(), now, done)

    goes_well()


def live(store: Store, now: datetime, done: list[tuple[str, Any]]) -> None:
    """Do one thing after the other, and look at what is there after each."""
    try:
        life = Life(store, now)
        life.check()
        for deed, about in done:
            try:
                life.does(deed, about)
            except (StoreError, NotFound):
                continue  # refused, in words; it must have left no trace
            finally:
                life.check()
        release(store, life.now)
        life.check()
    finally:
        store.close()
