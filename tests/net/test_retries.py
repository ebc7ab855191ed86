from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.net import retries
from feeder.net.failures import RequestFailed

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
LONGEST = timedelta(seconds=10)


def failure(*, passing: bool = True, retry_after: timedelta | None = None) -> RequestFailed:
    return RequestFailed("it", "fails", "mend it", passing=passing, retry_after=retry_after)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("007", 7),
        ("9" * 5000, 86_400),
        ("Mon, 16 Nov 2026 07:02:00 GMT", 120),
        ("Mon, 16 Nov 2026 06:00:00 GMT", 0),
        ("Monday, 16-Nov-26 07:02:00 GMT", 120),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Mon, 16 Nov 2026 07:02:00 -0000", 120),
    ],
)
def test_what_retry_after_says(said: str, seconds: int) -> None:
    assert retries.rest(said, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("said", [None, "", "soon", "-5", "1.5", "٣", "Mon, 99 Nov 2026 07:02:00 GMT"])
def test_what_says_nothing(said: str | None) -> None:
    assert retries.rest(said, NOW) is None


@given(st.text())
def test_whatever_is_said_is_a_wait_of_a_day_at_most(said: str) -> None:
    rest = retries.rest(said, NOW)

    assert rest is None or timedelta() <= rest <= timedelta(days=1)


@given(st.integers(0, 60), st.integers())
def test_pauses_grow_and_stay_bounded(asked: int, seed: int) -> None:
    pause = retries.pause(failure(), asked, 100, LONGEST, Random(seed))

    assert pause is not None
    assert timedelta() <= pause <= timedelta(seconds=min(2**asked, 10))


def test_pauses_differ() -> None:
    random = Random(1)

    assert len({retries.pause(failure(), 1, 2, LONGEST, random) for _ in range(10)}) == 10


def test_what_does_not_pass_is_not_asked_again() -> None:
    assert retries.pause(failure(passing=False), 0, 2, LONGEST, Random(1)) is None


def test_there_is_an_end() -> None:
    assert retries.pause(failure(), 1, 2, LONGEST, Random(1)) is not None
    assert retries.pause(failure(), 2, 2, LONGEST, Random(1)) is None


def test_a_wait_that_is_asked_for_is_granted_up_to_a_limit() -> None:
    short, long = timedelta(seconds=7), timedelta(seconds=11)

    assert retries.pause(failure(retry_after=short), 0, 2, LONGEST, Random(1)) == short
    assert retries.pause(failure(retry_after=long), 0, 2, LONGEST, Random(1)) is None
