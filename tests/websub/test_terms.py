"""How long, how many, how often."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model.hub import Crowd, Subscription
from feeder.websub import terms
from feeder.websub.terms import Ended, Later, Missed, Told

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(tries: int = 0, missed: int = 0) -> Subscription:
    return Subscription(1, "atom.xml", "https://reader.example/", tries=tries, missed=missed)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_success(status: int) -> None:
    assert terms.after(told(), status, None, NOW) == Told()


def test_gone_is_gone_at_once() -> None:
    assert terms.after(told(), 410, None, NOW) == Ended()


@pytest.mark.parametrize(
    ("status", "whole_host"),
    [(None, True), (429, True), (502, True), (503, True), (504, True)]
    + [(status, False) for status in (301, 304, 400, 403, 404, 500, 999)],
)
def test_everything_else_is_tried_again(status: int | None, whole_host: bool) -> None:
    assert terms.after(told(), status, None, NOW) == Later(NOW + MINUTE, whole_host)


def test_later_and_later_and_then_not_for_this_change() -> None:
    waits = [terms.after(told(tries), 500, None, NOW) for tries in range(6)]
    moments = [wait.at for wait in waits if isinstance(wait, Later)]
    assert moments == sorted(set(moments))
    assert (len(moments), waits[-1]) == (5, Missed())


@pytest.mark.parametrize(
    ("missed", "consequence"), [(0, Missed()), (1, Missed()), (2, Ended()), (7, Ended())]
)
def test_three_changes_that_came_to_nothing_end_it(missed: int, consequence: Missed | Ended) -> None:
    assert terms.after(told(5, missed), 500, None, NOW) == consequence


@given(
    st.none() | st.integers(100, 999),
    st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
    st.integers(0, 9),
)
def test_nobody_is_told_again_sooner_than_they_ask(
    status: int | None, rest: timedelta | None, tries: int
) -> None:
    found = terms.after(told(tries), status, rest, NOW)
    if isinstance(found, Later):
        assert found.at >= NOW + max(rest or MINUTE, MINUTE)


def test_a_request_that_nobody_answers_is_verified_thrice() -> None:
    again = [terms.verify_again(tries, NOW) for tries in (1, 2, 3)]
    assert again == [NOW + MINUTE, NOW + 5 * MINUTE, None]


def test_another_hub_is_told_later_and_later_but_always_again() -> None:
    moments = [terms.other_again(tries, None, NOW) for tries in range(1, 9)]
    assert moments == sorted(moments)
    assert moments[-1] - NOW < terms.STALE / 2
    assert terms.other_again(1, timedelta(hours=3), NOW) == NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [(None, False), (307, False), (400, True), (404, True), (408, False), (429, False), (500, False)],
)
def test_what_another_hub_refuses(status: int | None, is_refused: bool) -> None:
    assert terms.is_refused(status) is is_refused


@pytest.mark.parametrize(
    ("crowd", "words"),
    [
        (Crowd(0, 0, 0), ""),
        (Crowd(9_999, 1_999, 4_999), ""),
        (Crowd(10_000, 0, 0), "This feed"),
        (Crowd(0, 2_000, 0), "The callback's host"),
        (Crowd(0, 0, 5_000), "Too many requests"),
    ],
)
def test_there_is_room_for_so_many(crowd: Crowd, words: str) -> None:
    found = terms.crowded(crowd)
    assert found.startswith(words)
    assert bool(found) == bool(words)
