"""A plan to warm up: never more to a domain on a day than it says, in all days in turn, and nobody is lost."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeder.digests import warming
from feeder.digests.warming import Warming

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 21, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_without_a_plan_everything_leaves_at_once() -> None:
    free = Warming(())
    assert free.is_over(NOON)
    assert [free.take("a.example", NOON) for _ in range(1000)] == [NOON] * 1000
    assert free == Warming(())


def test_each_domain_gets_as_much_as_the_day_says_and_the_rest_the_next_day() -> None:
    young = Warming([2, 3])
    moments = [young.take(domain, NOON) for domain in ("a.example",) * 3 + ("b.example",)]
    assert moments == [NOON, NOON, TOMORROW, NOON]
    moments = [young.take("a.example", TOMORROW) for _ in range(4)]
    assert moments == [TOMORROW, TOMORROW, TOMORROW, TOMORROW + DAY]
    assert young.take("a.example", TOMORROW + DAY) == TOMORROW + DAY
    assert young.is_over(TOMORROW + DAY)


def test_a_plan_begins_with_the_first_message() -> None:
    young = Warming([5, 10])
    assert (young.limit(NOON), young.limit(NOON + 30 * DAY)) == (5, 5)
    young.take("a.example", NOON + 30 * DAY)
    assert young.began == date(2026, 12, 20)
    assert (young.days(NOON + 31 * DAY), young.limit(NOON + 31 * DAY)) == (2, 10)


def test_what_does_not_leave_after_all_is_not_counted() -> None:
    young = Warming([1])
    assert young.take("a.example", NOON) == NOON
    young.give_back("a.example")
    assert young.take("a.example", NOON) == NOON
    assert young.take("a.example", NOON) == TOMORROW


def test_a_plan_that_is_changed_begins_anew() -> None:
    young = Warming([1, 2])
    young.take("a.example", NOON)
    known = warming.written(young)
    assert warming.read(known, [1, 2]) == young
    assert warming.read(known, [1, 2, 4]) == Warming([1, 2, 4])
    assert warming.read({}, [1]) == Warming([1])


@given(
    st.lists(st.integers(1, 9), max_size=5),
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=150),
)
def test_no_domain_gets_more_on_a_day_than_the_plan_says(
    plan: list[int], asked: list[tuple[int, str]]
) -> None:
    young, now = Warming(plan), NOON
    left: Counter[tuple[date, str]] = Counter()
    for hours, domain in asked:
        now += hours * HOUR
        at = young.take(domain, now)
        if at <= now:
            left[now.date(), domain] += 1
        else:
            assert at.date() == now.date() + DAY
        young = warming.read(warming.written(young), plan)  # another process goes on
    for (day, _), count in left.items():
        past = (day - (young.began or day)).days
        assert past >= len(plan) or count <= plan[past]
