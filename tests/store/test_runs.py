import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from feeder.errors import StoreBusy, Superseded
from feeder.store import Store


def test_a_slot_is_claimed_once(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        assert tx.runs.claim("plan", "12:00", now)
        assert not tx.runs.claim("plan", "12:00", now)
        assert tx.runs.claim("plan", "12:01", now)
        assert tx.runs.claim("other", "12:00", now)
    with store.transaction() as tx:
        assert not tx.runs.claim("plan", "12:00", now)


def test_slots_of_a_job_are_known_until_they_are_forgotten(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.runs.claim("webhook", "old", now - timedelta(days=2))
        tx.runs.claim("webhook", "new", now)
        tx.runs.claim("plan", "old", now - timedelta(days=2))
        tx.runs.forget("webhook", now - timedelta(days=1))
        assert not tx.runs.is_claimed("webhook", "old")
        assert tx.runs.is_claimed("webhook", "new")
        assert tx.runs.is_claimed("plan", "old")


def test_the_newest_slot_of_a_job_tells_when_it_last_began(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        assert tx.runs.last("plan") is None
        for minutes in (1, 3, 2):
            slot = now + timedelta(minutes=minutes)
            tx.runs.claim("plan", slot.isoformat(), slot + timedelta(seconds=minutes))
        tx.runs.claim("other", "z", now)
        assert tx.runs.last("plan") == now + timedelta(minutes=3, seconds=3)


def test_a_claim_that_is_undone_can_be_made_again(store: Store, now: datetime) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction() as tx:  # noqa: PT012 - undone after the work
        tx.runs.claim("plan", "12:00", now)
        raise KeyboardInterrupt
    with store.transaction() as tx:
        assert tx.runs.claim("plan", "12:00", now)


def test_of_many_workers_one_gets_the_slot(store: Store, now: datetime) -> None:
    workers = 8
    together = threading.Barrier(workers)

    def claim(_: int) -> bool:
        together.wait()
        with store.transaction() as tx:
            return tx.runs.claim("plan", "12:00", now)

    with ThreadPoolExecutor(workers) as threads:
        assert sorted(threads.map(claim, range(workers))) == [False] * (workers - 1) + [True]


def test_turns_at_a_job_only_ever_grow(store: Store) -> None:
    with store.transaction() as tx:
        assert [tx.turns.take("publish") for _ in range(3)] == [1, 2, 3]
        assert tx.turns.take("collect:blog") == 1
        assert tx.turns.take("publish", above=2) == 4
        assert tx.turns.take("publish", above=40) == 41


def test_only_the_latest_turn_is_kept(store: Store) -> None:
    with store.transaction() as tx:
        first = tx.turns.take("publish")
        tx.turns.keep("publish", first)
        second = tx.turns.take("publish")
    with store.transaction() as tx:
        tx.turns.keep("publish", second)
        with pytest.raises(Superseded, match="turn 1 at publish: is over, since turn 2 has begun"):
            tx.turns.keep("publish", first)
        with pytest.raises(Superseded):
            tx.turns.keep("never", first)


def test_nobody_takes_a_turn_while_one_before_is_kept(store: Store, impatient: Store) -> None:
    def interfere() -> int:
        with impatient.transaction() as other:
            return other.turns.take("publish")

    with store.transaction() as tx:
        turn = tx.turns.take("publish")
    with store.transaction() as tx:
        tx.turns.keep("publish", turn)
        with pytest.raises(StoreBusy):
            interfere()
    assert interfere() == turn + 1


def test_of_many_who_take_a_turn_each_gets_one_of_its_own(store: Store) -> None:
    workers = 8
    together = threading.Barrier(workers)

    def take(_: int) -> int:
        together.wait()
        with store.transaction() as tx:
            return tx.turns.take("publish")

    with ThreadPoolExecutor(workers) as threads:
        assert sorted(threads.map(take, range(workers))) == list(range(1, workers + 1))


def test_a_store_has_one_key_from_the_start_and_keeps_it(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        before = tx.keys.all()
        tx.keys.ensure(b"another", now)
        assert tx.keys.all() == before
    assert [len(secret) for secret in before.values()] == [32]


def test_facts_are_remembered_and_replaced(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.facts.get("look") is None
        tx.facts.remember("look", "")
        assert tx.facts.get("look") == ""
        tx.facts.remember("look", "ü")
        assert (tx.facts.get("look"), tx.facts.get("other")) == ("ü", None)
