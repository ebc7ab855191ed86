"""How fast messages leave: never more than the limit, nobody starves, and a domain that complains gets less for a while."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.digests import pacing
from feeder.digests.pacing import Limits, Paces

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def test_without_limits_everything_leaves_at_once() -> None:
    paces = Paces(Limits())
    assert paces.take(["a.example"] * 1000, NOON) == [NOON] * 1000
    assert paces.are_free


@settings(deadline=None)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=30), st.integers(60, 6000))
def test_in_no_hour_more_leave_than_the_limit_and_all_leave_in_the_end(waits: list[int], limit: int) -> None:
    paces, now = Paces(Limits(in_all=limit)), NOON
    waiting: list[datetime] = []
    left: list[datetime] = []

    def look() -> None:
        ready = [moment for moment in waiting if moment <= now]
        waiting[:] = [moment for moment in waiting if moment > now]
        for moment in paces.take(["a.example"] * len(ready), now):
            (left if moment <= now else waiting).append(moment)

    for wait in waits:
        now += wait * SECOND
        waiting += [now] * 20
        look()
    while waiting:
        now = max(now + SECOND, min(waiting))
        look()
    assert len(left) == 20 * len(waits)
    burst = max(1, limit / 60)
    for index, moment in enumerate(left):
        assert sum(1 for other in left[index:] if other < moment + HOUR) <= limit + burst + 1


def test_each_domain_has_a_limit_of_its_own_and_waits_for_nobody_else() -> None:
    paces = Paces(Limits(each_domain=60))
    first, second, other = paces.take(["a.example", "a.example", "b.example"], NOON)
    assert (first, second, other) == (NOON, NOON + MINUTE, NOON)


def test_a_domain_that_complains_gets_half_and_recovers() -> None:
    paces = Paces(Limits())
    paces.slow("a.example", 2400, NOON)
    paces.slow("a.example", 2400, NOON + SECOND)  # of the same moment
    assert paces.take(["b.example"] * 9, NOON) == [NOON] * 9
    assert paces.take(["a.example"] * 2, NOON) == [NOON + 3 * SECOND, NOON + 6 * SECOND]  # 1,200 an hour
    paces.slow("a.example", 1200, NOON + 2 * MINUTE)
    assert paces.known["a.example"].an_hour == 600
    later = NOON + 2 * MINUTE + 20 * MINUTE
    paces.take(["a.example"], later)
    assert paces.known["a.example"].an_hour == 2400
    paces.take(["a.example"], later + 2 * HOUR)
    paces.forget(later + 2 * HOUR)
    assert paces.are_free


def test_a_domain_with_a_limit_recovers_to_that_limit() -> None:
    paces = Paces(Limits(each_domain=3600))
    paces.slow("a.example", 0, NOON)
    assert paces.known["a.example"].an_hour == 1800
    paces.take(["a.example"], NOON + HOUR)
    assert (paces.known["a.example"].an_hour, paces.known["a.example"].slowed) == (3600, None)


def test_no_domain_is_slowed_to_nothing() -> None:
    paces = Paces(Limits())
    for minutes in range(0, 100, 2):
        paces.slow("a.example", 1, NOON + minutes * MINUTE)
    assert paces.known["a.example"].an_hour == 60


def test_what_is_known_outlives_a_restart() -> None:
    paces = Paces(Limits(in_all=100, each_domain=50))
    paces.take(["a.example"] * 9, NOON)
    paces.slow("b.example", 500, NOON)
    again = pacing.read(pacing.written(paces), paces.limits)
    assert again == paces
    assert again.take(["a.example"], NOON) == paces.take(["a.example"], NOON)
