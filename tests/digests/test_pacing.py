"""How fast messages leave: never more than the limit, nobody starves, and a domain that complains gets less for a while."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.digests import pacing
from feeder.digests.pacing import Leave, Limits, Paces

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def moments(paces: Paces, domains: list[str], now: datetime) -> list[datetime]:
    return [leave.at for leave in paces.take(domains, now)]


def test_without_limits_everything_leaves_at_once() -> None:
    paces = Paces(Limits())
    assert moments(paces, ["a.example"] * 1000, NOON) == [NOON] * 1000
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
        for moment in moments(paces, ["a.example"] * len(ready), now):
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
    first, second, other = moments(paces, ["a.example", "a.example", "b.example"], NOON)
    assert (first, second, other) == (NOON, NOON + MINUTE, NOON)


def test_a_domain_that_complains_gets_half_and_recovers() -> None:
    paces = Paces(Limits())
    paces.slow("a.example", 2400, NOON)
    paces.slow("a.example", 2400, NOON + SECOND)  # of the same moment
    assert moments(paces, ["b.example"] * 9, NOON) == [NOON] * 9
    assert moments(paces, ["a.example"] * 2, NOON) == [NOON + 3 * SECOND, NOON + 6 * SECOND]  # 1,200 an hour
    paces.slow("a.example", 1200, NOON + 2 * MINUTE)
    assert paces.known["a.example"].an_hour == 600
    later = NOON + 2 * MINUTE + 20 * MINUTE
    assert paces.slowed(later) == {"a.example": 2400}, "as it is then, whoever took a token last"
    paces.take(["a.example"], later)
    assert paces.known["a.example"].an_hour == 2400
    assert paces.slowed(later + 2 * HOUR) == {}
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


# ── Servers ──────────────────────────────────────────────────────────────────────────────────────

WEIGHTS = {"large": 3, "small": 1}
MANY = [f"{n}.example" for n in range(400)]


def test_without_limits_no_message_is_bound_to_a_server() -> None:
    paces = Paces(Limits(in_all=60_000, servers={"small": 0}))
    assert set(paces.take(MANY, NOON, WEIGHTS)) == {Leave(NOON)}


def test_servers_share_by_weight_what_is_bound_and_the_others_take_what_one_may_not() -> None:
    paces = Paces(Limits(servers={"small": 3_000}))  # fifty a minute
    leaves = paces.take(MANY, NOON, WEIGHTS)
    assert Counter(leave.server for leave in leaves[:160]) == {"large": 120, "small": 40}
    assert Counter(leave.server for leave in leaves) == {"large": 350, "small": 50}
    assert {leave.at for leave in leaves} == {NOON}
    later = paces.take(MANY[:8], NOON + MINUTE, WEIGHTS)
    assert Counter(leave.server for leave in later) == {"large": 6, "small": 2}


def test_a_server_that_rests_is_given_nothing() -> None:
    paces = Paces(Limits(servers={"small": 3_000}))
    leaves = paces.take(MANY, NOON, {"small": 1})
    assert {leave.server for leave in leaves} == {"small"}
    assert sum(leave.at == NOON for leave in leaves) == 50


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(60, 6_000), min_size=1),
    st.lists(st.integers(0, 900), min_size=1, max_size=20),
)
def test_no_server_takes_more_in_an_hour_than_its_limit(rates: dict[str, int], waits: list[int]) -> None:
    paces, now = Paces(Limits(servers=rates)), NOON
    weights = {name: place + 1 for place, name in enumerate(rates)}
    left: dict[str, list[datetime]] = {name: [] for name in rates}
    for wait in waits:
        now += wait * SECOND
        for at, server in paces.take(MANY[:50], now, weights):
            if at <= now:
                left[server].append(now)
        paces = pacing.read(pacing.written(paces), paces.limits)  # another process goes on
    for server, moments in left.items():
        burst = max(1, rates[server] / 60)
        for index, moment in enumerate(moments):
            taken = sum(1 for other in moments[index:] if other < moment + HOUR)
            assert taken <= rates[server] + burst + 1


def test_a_server_that_complains_gets_half_and_the_others_more() -> None:
    paces = Paces(Limits())
    paces.slow(pacing.of_server("large"), 2_400, NOON)
    leaves = paces.take(MANY[:20], NOON, WEIGHTS)
    assert set(leaves) == {Leave(NOON, "small")}
    alone = paces.take(["a.example"] * 2, NOON, {"large": 3})
    assert alone == [Leave(NOON + 3 * SECOND, "large"), Leave(NOON + 6 * SECOND, "large")]
    paces.take(["a.example"], NOON + 3 * HOUR, WEIGHTS)
    paces.forget(NOON + 3 * HOUR)
    assert paces.are_free
