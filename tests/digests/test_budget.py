"""An issue is shortened, oldest first, until it fits."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.digests import budget
from feeder.model.digests import Depth, Part
from feeder.model.items import Item, Kind

POSTED = datetime(2026, 11, 3, tzinfo=UTC)
DEPTHS = [Depth.FULL, Depth.SHORT, Depth.TITLE]
Sizes = dict[int, tuple[int, int, int]]


def made(number: int, age: int) -> Item:
    when = POSTED - timedelta(hours=age)
    return Item(number, f"urn:{number:04}", "s", "k", "s", Kind.PIECE, "T", when, when)


def total(sizes: Sizes, parts: Sequence[Part]) -> int:
    return sum(sizes[part.item.id][DEPTHS.index(part.depth)] for part in parts)


def within(sizes: Sizes, room: int) -> Callable[[Sequence[Part]], bool]:
    return lambda parts: total(sizes, parts) <= room


def level(parts: list[Part], item: Item) -> int:
    """Tell how much was taken from an item: 0 nothing, 3 everything."""
    return next((DEPTHS.index(part.depth) for part in parts if part.item == item), 3)


three = [made(1, 0), made(2, 1), made(3, 2)]
THREE: Sizes = dict.fromkeys((1, 2, 3), (100, 30, 10))


@pytest.mark.parametrize(
    ("room", "depths"),
    [
        (300, "full full full"),
        (299, "full full short"),
        (229, "full short short"),
        (159, "short short short"),
        (90, "short short short"),
        (89, "short short title"),
        (69, "short title title"),
        (49, "title title title"),
        (29, "title title"),
        (19, "title"),
        (9, ""),
        (0, ""),
        (-5, ""),
    ],
)
def test_the_oldest_is_shortened_first(room: int, depths: str) -> None:
    parts = budget.fit(three, Depth.FULL, within(THREE, room))

    assert [part.depth for part in parts] == depths.split()
    assert [part.item for part in parts] == three[: len(parts)]


@pytest.mark.parametrize("depth", DEPTHS)
def test_nothing_is_shown_at_more_than_was_asked_for(depth: Depth) -> None:
    parts = budget.fit(three, depth, within(THREE, 10_000))

    assert {part.depth for part in parts} == {depth}


def test_without_items_there_is_nothing_to_fit() -> None:
    assert budget.fit([], Depth.FULL, within({}, -1)) == []


@st.composite
def issues(draw: st.DrawFn) -> tuple[list[Item], Sizes]:
    ages = draw(st.lists(st.integers(0, 20), max_size=10))
    items = [made(number, age) for number, age in enumerate(ages)]
    sizes: Sizes = {}
    for item in items:
        title, short, full = sorted(draw(st.tuples(*[st.integers(1, 60)] * 3)))
        sizes[item.id] = (full, short, title)
    return items, sizes


depths = st.sampled_from([Depth.FULL, Depth.SHORT])
rooms = st.integers(-10, 500)


@given(issues(), depths, rooms)
def test_an_issue_never_takes_more_than_its_room(
    issue: tuple[list[Item], Sizes], depth: Depth, room: int
) -> None:
    items, sizes = issue

    parts = budget.fit(items, depth, within(sizes, room))

    assert not parts or total(sizes, parts) <= room


@given(issues(), depths, rooms)
def test_the_order_stays_and_nothing_is_doubled(
    issue: tuple[list[Item], Sizes], depth: Depth, room: int
) -> None:
    items, sizes = issue

    parts = budget.fit(items, depth, within(sizes, room))

    shown = [part.item.id for part in parts]
    assert shown == [item.id for item in items if item.id in shown]
    assert all(DEPTHS.index(part.depth) >= DEPTHS.index(depth) for part in parts)


@given(issues(), depths, rooms)
def test_an_older_item_is_never_shown_at_more_than_a_newer_one(
    issue: tuple[list[Item], Sizes], depth: Depth, room: int
) -> None:
    items, sizes = issue

    parts = budget.fit(items, depth, within(sizes, room))

    oldest_first = sorted(items, key=lambda item: (item.posted, item.uid))
    levels = [level(parts, item) for item in oldest_first]
    assert levels == sorted(levels, reverse=True)
    assert max(levels, default=0) - min(levels, default=0) <= 1


@given(issues(), depths, rooms)
def test_no_step_more_is_taken_than_is_needed(
    issue: tuple[list[Item], Sizes], depth: Depth, room: int
) -> None:
    items, sizes = issue

    parts = budget.fit(items, depth, within(sizes, room))

    cut = [item for item in items if level(parts, item) > DEPTHS.index(depth)]
    if cut:
        most = max(level(parts, item) for item in cut)
        last = max((i for i in cut if level(parts, i) == most), key=lambda item: (item.posted, item.uid))
        undone = Part(last, DEPTHS[most - 1])
        others = [part for part in parts if part.item != last]
        assert total(sizes, [*others, undone]) > room


def test_an_issue_that_fits_is_looked_at_once() -> None:
    looked_at = []

    def fits(parts: Sequence[Part]) -> bool:
        looked_at.append(parts)
        return True

    budget.fit(three, Depth.FULL, fits)

    assert len(looked_at) == 1


@given(issues(), depths, rooms, rooms)
def test_more_room_never_shows_less(
    issue: tuple[list[Item], Sizes], depth: Depth, one: int, other: int
) -> None:
    items, sizes = issue

    less = budget.fit(items, depth, within(sizes, min(one, other)))
    more = budget.fit(items, depth, within(sizes, max(one, other)))

    assert all(level(more, item) <= level(less, item) for item in items)
