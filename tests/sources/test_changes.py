"""The dates of items. The oracle is written anew from the rules, not from the code."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model.changes import Changed, Known, New, Same, Visit
from feeder.model.items import Draft, Kind, Picture
from feeder.sources import changes

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)  # the last complete reading
LONG_AGO = datetime(2016, 10, 17, 18, 42, tzinfo=UTC)
RECENTLY = NOW - timedelta(minutes=10)  # after the last complete reading
TOMORROW = NOW + timedelta(days=1)

FIRST = Visit(NOW, last_complete=None, announce=False)
LATER = Visit(NOW, last_complete=BEFORE, announce=False)
ANNOUNCED = Visit(NOW, last_complete=None, announce=True)


def draft(**told: Any) -> Draft:
    return Draft(**{"key": "a", "kind": Kind.PIECE, "title": "A", "substance": "s", **told})


def known(told: Draft, **fields: Any) -> Known:
    mark = changes.fingerprint(told)
    return Known(
        **{
            "id": 1,
            "fingerprint": mark,
            "substance": told.substance,
            "posted": LONG_AGO,
            "revised": LONG_AGO,
            "released": True,
            "shown": fields.get("released", True) or fields.get("gone", False),
            "announced": True,
            "withheld": False,
            "gone": False,
            **fields,
        }
    )


# ── New items ────────────────────────────────────────────────────────────────────────────────────

# What the source says of the dates; when it is posted if found by the first reading, and by a later one.
NEW: Mapping[str, tuple[dict[str, Any], datetime, datetime]] = {
    "no date at all": ({}, NOW, NOW),
    "posted since the last reading": ({"posted": RECENTLY}, RECENTLY, RECENTLY),
    "posted just when the last reading was": ({"posted": BEFORE}, BEFORE, BEFORE),
    "posted just now": ({"posted": NOW}, NOW, NOW),
    "backdated": ({"posted": LONG_AGO}, LONG_AGO, NOW),
    "backdated by a second": (
        {"posted": BEFORE - timedelta(seconds=1)},
        BEFORE - timedelta(seconds=1),
        NOW,
    ),
    "scheduled": ({"posted": TOMORROW}, TOMORROW, TOMORROW),
    "printed long ago, announced since": ({"published": LONG_AGO, "posted": RECENTLY}, RECENTLY, RECENTLY),
    "printed long ago, not said when announced": ({"published": LONG_AGO}, LONG_AGO, NOW),
    "printed on a day long ago": (
        {"published": date(2016, 10, 17)},
        datetime(2016, 10, 17, tzinfo=UTC),
        NOW,
    ),
    "printed today, which began before the last reading": (
        {"published": date(2026, 11, 20)},
        datetime(2026, 11, 20, tzinfo=UTC),
        NOW,
    ),
    "printed tomorrow": (
        {"published": date(2026, 11, 21)},
        datetime(2026, 11, 21, tzinfo=UTC),
        datetime(2026, 11, 21, tzinfo=UTC),
    ),
    "announced long before it was printed": ({"published": RECENTLY, "posted": LONG_AGO}, LONG_AGO, NOW),
    "under embargo": ({"posted": LONG_AGO, "embargo": TOMORROW}, TOMORROW, TOMORROW),
    "the embargo has just ended": ({"posted": LONG_AGO, "embargo": RECENTLY}, RECENTLY, RECENTLY),
    "the embargo ended long ago": (
        {"posted": LONG_AGO, "embargo": LONG_AGO + timedelta(days=1)},
        LONG_AGO + timedelta(days=1),
        NOW,
    ),
    "the embargo ends before it is posted": ({"posted": TOMORROW, "embargo": RECENTLY}, TOMORROW, TOMORROW),
    "an embargo and no other date": ({"embargo": TOMORROW}, TOMORROW, TOMORROW),
}


@pytest.mark.parametrize("case", NEW.values(), ids=NEW)
def test_a_new_item_is_posted_when_the_rules_say(case: tuple[dict[str, Any], datetime, datetime]) -> None:
    dates, at_first, later = case
    found = draft(**dates)
    mark = changes.fingerprint(found)
    # What the first reading finds is the back catalogue, unless its time is yet to come.
    assert changes.compare(None, found, FIRST) == New(found, mark, at_first, announced=at_first > NOW)
    assert changes.compare(None, found, ANNOUNCED) == New(found, mark, at_first, announced=True)
    assert changes.compare(None, found, LATER) == New(found, mark, later, announced=True)


def test_a_draft_that_the_first_reading_found_is_news_when_it_is_released() -> None:
    hidden = draft(posted=LONG_AGO, withheld=True)
    first = changes.compare(None, hidden, FIRST)
    assert isinstance(first, New)
    held = known(
        hidden,
        posted=first.posted,
        revised=first.posted,
        released=False,
        withheld=True,
        announced=first.announced,
    )
    shown = draft(posted=LONG_AGO)
    assert changes.compare(held, shown, LATER) == Changed(
        held, shown, changes.fingerprint(shown), posted=NOW, revised=NOW, announced=True, public=True
    )


# ── Known items ──────────────────────────────────────────────────────────────────────────────────


def test_what_says_the_same_is_the_same() -> None:
    for told in (draft(), draft(posted=TOMORROW), draft(withheld=True), draft(posted=LONG_AGO)):
        for released in (True, False):
            held = known(told, released=released)
            assert changes.compare(held, told, LATER) == Same(held, told)


def test_what_comes_back_unchanged_is_a_change_and_keeps_its_dates() -> None:
    told = draft(posted=LONG_AGO)
    held = known(told, gone=True, released=False, posted=RECENTLY, revised=RECENTLY)
    assert changes.compare(held, told, LATER) == Changed(
        held, told, held.fingerprint, posted=RECENTLY, revised=RECENTLY, announced=True, public=True
    )


POSTED = BEFORE - timedelta(days=30)  # when the known item was posted

# What is known, what its source says now; when it is posted then, and whether it is public.
CHANGED: Mapping[str, tuple[dict[str, Any], dict[str, Any], datetime, bool]] = {
    "public, and its date moves back": ({}, {"posted": LONG_AGO}, POSTED, True),
    "public, and its date moves forward into the past": ({}, {"posted": RECENTLY}, POSTED, True),
    "public, and loses its date": ({}, {"tags": ("x",)}, POSTED, True),
    "public, and is scheduled anew": ({}, {"posted": TOMORROW}, TOMORROW, False),
    "public, and put under embargo": ({}, {"posted": POSTED, "embargo": TOMORROW}, TOMORROW, False),
    "public, and withdrawn": ({}, {"posted": POSTED, "withheld": True}, POSTED, False),
    "old, and its date is mended": ({"announced": False}, {"posted": LONG_AGO}, LONG_AGO, True),
    "old, and loses its date": ({"announced": False}, {"tags": ("x",)}, POSTED, True),
    "not public, and released late": ({"released": False, "withheld": True}, {"posted": LONG_AGO}, NOW, True),
    "not public, and released in time": (
        {"released": False, "withheld": True},
        {"posted": RECENTLY},
        RECENTLY,
        True,
    ),
    "not public, and put off": ({"released": False}, {"posted": TOMORROW}, TOMORROW, False),
    "gone, and back with another date": (
        {"released": False, "gone": True},
        {"posted": LONG_AGO},
        POSTED,
        True,
    ),
    "gone, old, and back": (
        {"released": False, "gone": True, "announced": False},
        {"posted": LONG_AGO},
        LONG_AGO,
        True,
    ),
}


@pytest.mark.parametrize("case", CHANGED.values(), ids=CHANGED)
def test_a_changed_item_is_posted_when_the_rules_say(
    case: tuple[dict[str, Any], dict[str, Any], datetime, bool],
) -> None:
    had, dates, posted, public = case
    held = known(draft(title="old"), **{"posted": POSTED, "revised": POSTED, **had})
    change = changes.compare(held, draft(**dates), LATER)
    assert isinstance(change, Changed)
    assert (change.posted, change.public) == (posted, public)
    # Nothing of substance changed: no significant change after it was posted.
    assert change.revised == posted if public else change.revised <= posted


@pytest.mark.parametrize(
    "minor",
    [
        {"tags": ("x",)},
        {"body": "<p>rendered anew</p>"},
        {"title": "B"},  # the title as the source wrote it is in the substance
        {"outlet": "The Paper"},
        {"note": "<p>note</p>"},
        {"picture": Picture("https://x.example/a.png")},
        {"language": "fr"},
    ],
    ids=lambda minor: next(iter(minor)),
)
def test_a_minor_change_leaves_the_last_revision(minor: dict[str, Any]) -> None:
    for revised in (LONG_AGO, RECENTLY):
        held = known(draft(), revised=revised)
        change = changes.compare(held, draft(**minor), LATER)
        assert isinstance(change, Changed)
        assert (change.revised, change.posted) == (revised, LONG_AGO)


def test_a_significant_change_is_a_revision_now() -> None:
    for held in (known(draft()), known(draft(), released=False, gone=True), known(draft(), announced=False)):
        change = changes.compare(held, draft(substance="other"), LATER)
        assert isinstance(change, Changed)
        assert change.revised == NOW


def test_a_change_before_anybody_could_see_it_is_no_revision() -> None:
    held = known(draft(posted=TOMORROW), posted=TOMORROW, revised=TOMORROW, released=False)
    change = changes.compare(held, draft(posted=TOMORROW, substance="other"), LATER)
    assert isinstance(change, Changed)
    assert (change.posted, change.revised) == (TOMORROW, TOMORROW)


def test_what_is_old_stays_old_and_what_is_news_stays_news() -> None:
    for announced in (True, False):
        for state in ({"released": True}, {"released": False, "gone": True}):
            held = known(draft(), announced=announced, **state)
            for visit in (FIRST, LATER, ANNOUNCED):
                change = changes.compare(held, draft(title="B"), visit)
                assert isinstance(change, Changed)
                assert change.announced is announced


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────

moments = st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))
drafts = st.builds(
    Draft,
    key=st.just("a"),
    kind=st.sampled_from(Kind),
    title=st.sampled_from("AB"),
    substance=st.sampled_from("st"),
    published=st.none() | moments | moments.map(lambda moment: moment.date()),
    posted=st.none() | moments,
    embargo=st.none() | moments,
    tags=st.sampled_from([(), ("x",)]),
    withheld=st.booleans(),
)
visits = st.builds(
    Visit,
    now=st.just(NOW),
    last_complete=st.none() | st.integers(0, 200).map(lambda hours: NOW - timedelta(hours=hours)),
    announce=st.booleans(),
)


@st.composite
def held_items(draw: st.DrawFn) -> Known:
    posted = draw(moments)
    gone = draw(st.booleans())
    released = not gone and posted <= NOW and draw(st.booleans())
    return Known(
        id=1,
        fingerprint=draw(drafts.map(changes.fingerprint)),
        substance=draw(st.sampled_from("st")),
        posted=posted,
        revised=draw(st.just(posted) | moments),
        released=released,
        shown=released or draw(st.booleans()),
        announced=draw(st.booleans()),
        withheld=draw(st.booleans()),
        gone=gone,
    )


def after(change: New | Changed, told: Draft, visit: Visit) -> Known:
    """Return what the store holds once a change is made and what is due is released."""
    released = change.posted <= visit.now and not told.withheld
    revised = change.posted if isinstance(change, New) else change.revised
    return Known(
        1,
        change.fingerprint,
        told.substance,
        change.posted,
        revised,
        released,
        released,
        change.announced,
        told.withheld,
        gone=False,
    )


@given(held=st.none() | held_items(), told=drafts, visit=visits, pause=st.integers(0, 300))
def test_comparing_twice_says_the_same(held: Known | None, told: Draft, visit: Visit, pause: int) -> None:
    change = changes.compare(held, told, visit)
    kept = change.known if isinstance(change, Same) else after(change, told, visit)
    again = Visit(visit.now + timedelta(hours=pause), last_complete=visit.now, announce=visit.announce)
    assert changes.compare(kept, told, visit) == Same(kept, told)
    assert changes.compare(kept, told, again) == Same(kept, told)


@given(told=drafts, visit=visits)
def test_nothing_new_is_posted_before_what_the_rules_say(told: Draft, visit: Visit) -> None:
    change = changes.compare(None, told, visit)
    assert isinstance(change, New)
    if told.posted:
        assert change.posted >= told.posted
    if told.embargo:
        assert change.posted >= told.embargo
    if visit.last_complete:
        assert change.posted >= visit.last_complete
    if change.posted > visit.now:
        assert change.announced


@given(held=held_items(), told=drafts, visit=visits)
def test_an_embargo_and_a_date_to_come_hold_for_known_items_too(
    held: Known, told: Draft, visit: Visit
) -> None:
    change = changes.compare(held, told, visit)
    if isinstance(change, Changed):
        for moment in (told.posted, told.embargo):
            if moment and moment > visit.now:
                assert change.posted >= moment
                assert not change.public
        assert change.public == (change.posted <= visit.now and not told.withheld)
        if held.released and held.announced and change.public:
            assert change.posted == held.posted


@given(held=held_items(), told=drafts, visit=visits)
def test_a_revision_moves_only_on_substance_or_with_the_date_of_posting(
    held: Known, told: Draft, visit: Visit
) -> None:
    change = changes.compare(held, told, visit)
    if isinstance(change, Changed) and change.revised != held.revised:
        is_significant = told.substance != held.substance
        assert change.revised in ({visit.now, change.posted} if is_significant else {change.posted})


SAID = [field.name for field in fields(Draft) if field.repr]  # not where it lies, and in which version


@given(told=drafts, field=st.sampled_from(SAID))
def test_a_fingerprint_changes_with_anything_that_is_said(told: Draft, field: str) -> None:
    other = replace(told, **{field: "something else"})  # type: ignore[arg-type] # whatever the field
    assert changes.fingerprint(other) != changes.fingerprint(told)
    assert changes.fingerprint(replace(told)) == changes.fingerprint(told)


# ── Removals ─────────────────────────────────────────────────────────────────────────────────────


def test_what_a_complete_reading_does_not_list_is_gone() -> None:
    assert changes.gone({"a": 1, "b": 2, "c": 3}, ["b", "x"]) == [1, 3]
    assert changes.gone({}, ["b"]) == []
    assert changes.gone({"a": 1}, iter(["a"])) == []


@pytest.mark.parametrize(
    ("removed", "listed", "held"),
    [
        (0, 0, False),
        (5, 5, False),  # not more than five
        (6, 6, True),
        (6, 17, True),
        (6, 18, False),  # just a third
        (6, 19, False),
        (333, 1000, False),
        (334, 1000, True),
    ],
)
def test_a_removal_of_more_than_a_third_and_more_than_five_is_to_be_confirmed(
    removed: int, listed: int, held: bool
) -> None:
    assert changes.must_be_confirmed(removed, listed) is held
