"""When an address that cannot be reached for a while is given up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model.returns import Kind, Returned
from feeder.subscribers import bouncing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)

returned = st.lists(
    st.builds(Returned, st.timedeltas(timedelta(0), 400 * DAY).map(lambda age: NOW - age), st.sampled_from(Kind), st.just(""), st.just("")),
    max_size=12,
).map(lambda some: sorted(some, key=lambda each: each.at, reverse=True))  # fmt: skip


def bounces(*ages: float, kind: Kind = Kind.SOFT) -> list[Returned]:
    """Return bounces of so many days ago, newest first."""
    return [Returned(NOW - age * DAY, kind, "4.2.2", "full") for age in sorted(ages)]


@pytest.mark.parametrize(("every", "how_often"), [(1, 10), (7, 4), (30.4, 7)])
def test_it_is_given_up_when_every_issue_of_a_while_came_back(every: float, how_often: int) -> None:
    ages = [every * number for number in range(how_often)]
    assert bouncing.is_enough(bounces(*ages), NOW)
    assert not bouncing.is_enough(bounces(*ages[:-1]), NOW)


def test_what_is_refused_twice_without_a_reason_is_given_up() -> None:
    assert not bouncing.is_enough(bounces(0, kind=Kind.DOUBTFUL), NOW)
    assert bouncing.is_enough(bounces(0, 7, kind=Kind.DOUBTFUL), NOW)


def test_many_at_the_same_time_are_one() -> None:
    assert bouncing.score(bounces(*[0.01] * 50), NOW) == pytest.approx(1, abs=0.001)


def test_a_bounce_weighs_half_as_much_after_two_months() -> None:
    assert bouncing.score(bounces(60), NOW) == pytest.approx(0.5)


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.SOFT, Kind.DOUBTFUL}))
def test_nothing_else_counts(kind: Kind) -> None:
    assert bouncing.score(bounces(*range(100), kind=kind), NOW) == 0


@given(returned, st.integers(0, 11))
def test_whoever_may_be_mailed_again_begins_anew(some: Sequence[Returned], place: int) -> None:
    before = [replace(each, suppressed=index == place) for index, each in enumerate(some)]
    assert bouncing.score(before, NOW) == pytest.approx(bouncing.score(before[:place], NOW))


@given(returned, st.timedeltas(timedelta(0), 400 * DAY))
def test_it_decays_and_never_grows_by_waiting(some: Sequence[Returned], later: timedelta) -> None:
    now, then = bouncing.score(some, NOW), bouncing.score(some, NOW + later)
    assert then == pytest.approx(now * 0.5 ** (later / bouncing.HALF_LIFE))
    assert 0 <= then <= now
