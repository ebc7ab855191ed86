"""How much one client gets."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.web import limits
from feeder.web.limits import Limit

SECOND = 10**9
MINUTE = 60 * SECOND


def given_out(limit: Limit, client: str, moments: Iterable[int]) -> int:
    return sum(limit.wait(client, moment) == 0 for moment in moments)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 600])
def test_a_client_may_have_the_answers_of_a_minute_at_once(per_minute: int) -> None:
    assert given_out(Limit(per_minute), "192.0.2.1", [5 * MINUTE] * 2000) == per_minute


def test_then_it_is_told_when_there_will_be_one_and_that_is_true() -> None:
    limit = Limit(2)
    assert given_out(limit, "192.0.2.1", [0, 0]) == 2

    assert limit.wait("192.0.2.1", 0) == 30
    assert limit.wait("192.0.2.1", 29 * SECOND + 1) == 1
    assert limit.wait("192.0.2.1", 30 * SECOND) == 0


def test_who_is_refused_pays_nothing() -> None:
    limit = Limit(1)
    limit.wait("192.0.2.1", 0)
    refused = [limit.wait("192.0.2.1", SECOND) for _ in range(100)]

    assert set(refused) == {59}
    assert limit.wait("192.0.2.1", MINUTE) == 0


def test_no_limit_is_no_limit() -> None:
    assert given_out(Limit(0), "192.0.2.1", [0] * 10_000) == 10_000


@given(st.integers(1, 1_000_000), st.lists(st.integers(0, 10 * SECOND), max_size=300), st.integers(0, 2**50))
def test_nobody_gets_more_than_a_full_bucket_and_what_flows_into_it(
    rate: int, pauses: list[int], start: int
) -> None:
    limit, now, had = Limit(rate), start, 0
    for pause in pauses:
        now += pause
        had += limit.wait("192.0.2.1", now) == 0

    assert had <= rate + (now - start) / (MINUTE // rate)


@given(st.integers(1, 6000), st.lists(st.integers(0, 40 * SECOND), max_size=100))
def test_waiting_as_long_as_told_is_enough(rate: int, pauses: list[int]) -> None:
    limit, now = Limit(rate), 0
    for pause in pauses:
        now += pause
        if seconds := limit.wait("192.0.2.1", now):
            now += seconds * SECOND
            assert limit.wait("192.0.2.1", now) == 0


def test_one_client_takes_nothing_from_another() -> None:
    limit = Limit(5)
    given_out(limit, "192.0.2.1", [0] * 10)

    assert given_out(limit, "192.0.2.2", [0] * 10) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:0:1"),
        ("2001:0DB8:0:0::1", "2001:db8::2"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("/run/socket", "1.2.3"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_addresses_of_one_client(one: str, other: str) -> None:
    assert limits.network(one) == limits.network(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("", "192.0.2.1"),
    ],
)
def test_addresses_of_two_clients(one: str, other: str) -> None:
    assert limits.network(one) != limits.network(other)


@given(st.text())
@example("\0")
@example("1" * 10_000)
def test_what_is_no_address_takes_little_room(client: str) -> None:
    assert len(limits.network(client)) <= 16


def test_clients_whose_buckets_are_full_again_are_forgotten() -> None:
    limit = Limit(60, clients=1000)
    for number in range(5000):
        limit.wait(f"10.0.{number // 256}.{number % 256}", number * SECOND)

    assert limit.clients <= 1000


def test_many_at_once_take_no_more_room_and_those_who_had_most_stay_known() -> None:
    limit = Limit(60, clients=1000)
    assert given_out(limit, "192.0.2.1", [0] * 100) == 60
    for number in range(5000):
        limit.wait(f"10.0.{number // 256}.{number % 256}", 0)

    assert limit.clients <= 1000
    assert limit.wait("192.0.2.1", 0) == 1
