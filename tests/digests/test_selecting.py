"""Which items an issue holds for one reader."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.digests import selecting
from feeder.digests.selecting import Wish
from feeder.model.digests import Recipe, Unit
from feeder.model.items import Item, Kind, Name

POSTED = datetime(2026, 11, 3, tzinfo=UTC)
SLUGS = ["ports", "häfen", "港口", "grids"]


def made(number: int, kind: Kind = Kind.PIECE, *slugs: str) -> Item:
    when = POSTED - timedelta(hours=number)
    tags = tuple(Name(SLUGS.index(slug), slug.title(), slug) for slug in slugs)
    return Item(number, f"urn:{number}", "s", str(number), str(number), kind, "T", when, when, tags=tags)


def wants(
    any_tags: tuple[str, ...] = (), no_tags: tuple[str, ...] = (), kinds: tuple[Kind, ...] = tuple(Kind)
) -> Wish:
    return Wish(kinds, any_tags, no_tags)


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        (wants(), True),
        (wants(("ports",)), True),
        (wants(("grids",)), False),
        (wants(("grids", "港口")), True),
        (wants((), ("ports",)), False),
        (wants((), ("grids",)), True),
        (wants(("ports",), ("港口",)), False),
        (wants(kinds=(Kind.PIECE,)), True),
        (wants(kinds=(Kind.APPEARANCE,)), False),
        (wants(kinds=()), False),
        (wants(("Ports",)), False),
    ],
)
def test_an_item_fits_by_its_tags_and_its_kind(preferences: Wish, expected: bool) -> None:
    assert selecting.fits(made(1, Kind.PIECE, "ports", "港口"), preferences) is expected


def test_an_item_without_tags_is_for_those_who_name_none() -> None:
    assert selecting.fits(made(1), wants((), ("ports",)))
    assert not selecting.fits(made(1), wants(("ports",)))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"all": ("tag:ports", "kind:piece")}, True),
        ({"all": ("tag:ports", "kind:appearance")}, False),
        ({"any": ("tag:grids", "tag:PORTS")}, True),
        ({"any": ("tag:grids",)}, False),
        ({"none": ("tag:港口",)}, False),
        ({"none": ("outlet:ports", "author:ports", "language:de")}, True),
    ],
)
def test_a_digest_is_about_the_things_that_its_recipe_names(
    wanted: dict[str, tuple[str, ...]], expected: bool
) -> None:
    recipe = Recipe("mine", "0 8 * * *", Unit.DAY, "Mine", **wanted)  # type: ignore[arg-type]
    assert selecting.in_recipe(made(1, Kind.PIECE, "ports", "港口"), recipe) is expected


kinds = st.sampled_from(Kind)
tags = st.lists(st.sampled_from(SLUGS), unique=True, max_size=3)
candidates = st.lists(st.tuples(kinds, tags), max_size=12).map(
    lambda found: [made(number, kind, *slugs) for number, (kind, slugs) in enumerate(found)]
)
preferences = st.builds(
    lambda some, none, kinds: wants(tuple(some), tuple(none), tuple(kinds)),
    tags,
    tags,
    st.lists(kinds, unique=True),
)


@given(candidates, preferences)
def test_all_that_fits_is_chosen_and_nothing_else(found: list[Item], wanted: Wish) -> None:
    chosen = selecting.select(found, wanted)

    assert {item.id for item in chosen} == {item.id for item in found if selecting.fits(item, wanted)}
    assert len(chosen) == len({item.id for item in chosen})


@given(candidates, preferences)
def test_pieces_come_first_and_each_kind_newest_first(found: list[Item], wanted: Wish) -> None:
    chosen = selecting.select(found, wanted)

    assert [item.kind for item in chosen] == sorted((i.kind for i in chosen), key=[*Kind].index)
    for kind in Kind:
        posted = [item.posted for item in chosen if item.kind is kind]
        assert posted == sorted(posted, reverse=True)


@given(candidates, preferences)
def test_choosing_again_changes_nothing(found: list[Item], wanted: Wish) -> None:
    chosen = selecting.select(found, wanted)

    assert selecting.select(chosen, wanted) == chosen


@given(candidates, preferences, st.integers(0, 12))
def test_a_welcome_holds_the_newest_that_fit(found: list[Item], wanted: Wish, limit: int) -> None:
    fitting = [item for item in found if selecting.fits(item, wanted)]

    chosen = selecting.newest(iter(found), wanted, limit)

    assert {item.id for item in chosen} == {item.id for item in fitting[:limit]}
    assert chosen == selecting.select(fitting[:limit], wanted)


def test_a_welcome_reads_no_further_than_it_must() -> None:
    public = iter([made(number) for number in range(10)])

    selecting.newest(public, wants(), 3)

    assert len(list(public)) == 7


def test_who_got_an_item_before_it_was_corrected_is_told_and_nobody_else() -> None:
    at = POSTED + timedelta(days=5)
    new, again = made(1), made(2)
    first, second = (replace(made(number), corrected=at) for number in (3, 4))
    had = {2: at, 3: at - timedelta(days=1), 4: at + timedelta(seconds=1)}
    arrived = [new, again, first, second]
    found = selecting.brought(arrived, arrived, had)
    assert (found.items, found.corrections) == ((new,), (first,))
    assert selecting.brought(arrived, [], had).corrections == (first,)  # whatever they want by now
    assert selecting.brought([first], [first], {}) == selecting.Selected((first,), ())  # new to the reader
