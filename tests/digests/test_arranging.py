"""What stands under what in an issue: appearances under their pieces, outlets and months."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feeder.digests import arranging
from feeder.digests.arranging import Layout
from feeder.model.digests import Depth, Part
from feeder.model.items import Item, Kind, Outlet

POSTED = datetime(2026, 11, 20, tzinfo=UTC)
COURIER = Outlet(1, "Courier", "courier", "urn:o1")
TIMES = Outlet(2, "Times", "times", "urn:o2")


def part(number: int, kind: Kind = Kind.APPEARANCE, **values: Any) -> Part:
    """Make a part of an issue, one day older than the one with the number before."""
    when = POSTED - timedelta(days=number)
    item = Item(number, f"urn:{number}", "s", "k", "s", kind, f"T{number}", when, when)
    return Part(replace(item, **values), Depth.SHORT)


def arranged(*parts: Part) -> Layout:
    return arranging.arranged(parts, lambda item: f"{item.posted:%Y-%m}")


def outlets(layout: Layout) -> list[tuple[str, list[int]]]:
    (month,) = layout.months
    return [(group.outlet, numbers(group.parts)) for group in month.groups]


def numbers(parts: Sequence[Part]) -> list[int]:
    return [each.item.id for each in parts]


def told(layout: Layout) -> list[int]:
    """Return the numbers of all that a layout holds."""
    pieces = [number for entry in layout.pieces for number in numbers([entry.part, *entry.under])]
    groups = [group for month in layout.months for group in month.groups]
    return pieces + [number for group in groups for number in numbers(group.parts)]


def test_an_appearance_stands_under_its_piece() -> None:
    layout = arranged(part(1, Kind.PIECE), part(2, Kind.PIECE), part(3, piece=2), part(4, piece=2))

    assert [numbers(entry.under) for entry in layout.pieces] == [[], [3, 4]]
    assert layout.months == []


def test_an_appearance_stands_alone_where_its_piece_is_not_shown() -> None:
    layout = arranged(part(1, Kind.PIECE), part(3, piece=2))

    assert outlets(layout) == [("", [3])]


def test_several_appearances_at_one_outlet_stand_together_where_the_newest_would() -> None:
    layout = arranged(
        part(1, outlet=TIMES), part(2, outlet=COURIER), part(3), part(4, outlet=COURIER), part(5)
    )

    assert outlets(layout) == [("", [1]), ("Courier", [2, 4]), ("", [3]), ("", [5])]


def test_months_have_headings_in_long_issues_only() -> None:
    short = arranged(*(part(n * 10) for n in range(arranging.LONG)))
    long = arranged(*(part(n * 10) for n in range(arranging.LONG + 1)))

    assert [month.name for month in short.months] == [""]
    assert [month.name for month in long.months] == ["2026-11", "2026-10", "2026-09", "2026-08", "2026-07"]


def test_a_month_that_is_the_only_one_has_no_heading() -> None:
    assert [month.name for month in arranged(*(part(n) for n in range(15))).months] == [""]


def test_an_outlet_stands_once_in_each_month() -> None:
    layout = arranged(*(part(n * 3, outlet=TIMES) for n in range(15)))

    assert [[group.outlet for group in month.groups] for month in layout.months] == [["Times"], ["Times"]]


def test_of_nothing_nothing_is_made() -> None:
    assert arranged() == Layout([], [])


parts = st.builds(
    lambda kind, outlet, piece: (kind, {"outlet": outlet, "piece": piece}),
    st.sampled_from(Kind), st.sampled_from([None, COURIER, TIMES]), st.none() | st.integers(1, 20),
)  # fmt: skip


@given(st.lists(parts, max_size=30))
def test_all_that_is_shown_stands_somewhere_once(drawn: list[tuple[Kind, dict[str, Any]]]) -> None:
    made = [part(number, kind, **values) for number, (kind, values) in enumerate(drawn, start=1)]

    assert sorted(told(arranged(*made))) == numbers(made)
