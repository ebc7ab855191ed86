"""The ledger. Source: the delivery contract, 3 to 15; the numbers are its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from feeder.model import subscribers
from feeder.model.deliveries import Accepted, Deferred, Delivery, DeliveryRecord, Outcome, Refused, State
from feeder.model.digests import Due, Rendered, Rhythm
from feeder.model.items import Draft, Item
from feeder.model.subscribers import Status, Subscriber
from feeder.store import Store, tables

Reader = Callable[..., Subscriber]
MakeDue = Callable[..., Due]
Sql = Callable[..., Sequence[Any]]

LATE = timedelta(hours=6)
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)
LEDGER = select(tables.deliveries, tables.subscribers.c.cursor).join(
    tables.subscribers, tables.subscribers.c.id == tables.deliveries.c.subscriber_id
)


def plan(store: Store, due: Due, now: datetime, up_to: int = 5) -> int:
    with store.transaction() as tx:
        return sum(tx.issues.plan([due], up_to, now, LATE).values())


def claim(store: Store, now: datetime, owner: str = "me", limit: int = 10) -> list[Delivery]:
    with store.transaction() as tx:
        return tx.deliveries.claim(owner, limit, now, now + LEASE)


def attempt(store: Store, group: Sequence[Delivery], now: datetime, owner: str = "me") -> list[Delivery]:
    with store.transaction() as tx:
        return tx.deliveries.attempt(dict.fromkeys(group), owner, now, now + LEASE)


def record(
    store: Store,
    outcomes: Mapping[Delivery, Outcome],
    now: datetime,
    owner: str = "me",
    wait: timedelta = timedelta(minutes=5),
) -> None:
    with store.transaction() as tx:
        tx.deliveries.record(outcomes, owner, now, dict.fromkeys(outcomes, now + wait))


def reader_now(store: Store, reader: Subscriber) -> Subscriber:
    with store.reading() as tx:
        found = tx.subscribers.with_id(reader.id)
    assert found
    return found


def in_short(reader: Subscriber) -> subscribers.Reader:
    known = [getattr(reader, each.name) for each in fields(subscribers.Reader)]
    return subscribers.Reader(*known)


def cursor(store: Store, reader: Subscriber) -> int:
    return reader_now(store, reader).cursor


def states(store: Store, reader: subscribers.Reader) -> list[tuple[str, State]]:
    with store.reading() as tx:
        return [(found.period, found.state) for found in tx.deliveries.of(reader.id, 100)]


# ── Planning ─────────────────────────────────────────────────────────────────────────────────────


def test_everyone_who_is_due_gets_one_delivery_and_is_due_again_later(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada, bo = reader("ada@example.org"), reader("bo@example.org", cursor=3)
    other = reader("other@example.org", hour=9)
    later = reader("later@example.org", next_issue_at=now + SECOND)
    assert plan(store, due(), now) == 2
    assert plan(store, due(), now) == 0
    for who in (ada, bo):
        after = reader_now(store, who)
        assert (after.next_issue_at, after.last_period) == (due().next_issue_at, "2026-W47")
        assert states(store, who) == [("2026-W47", State.WAITING)]
        assert after.cursor == who.cursor
    assert [reader_now(store, who) for who in (other, later)] == [other, later]
    assert [states(store, who) for who in (other, later)] == [[], []]
    claimed = sorted(claim(store, now), key=lambda found: found.reader.id)
    assert [(found.reader, found.up_to, found.planned) for found in claimed] == [
        (in_short(reader_now(store, ada)), 5, now),
        (in_short(reader_now(store, bo)), 5, now),
    ]


def test_many_rhythms_are_planned_at_once_each_to_its_own_readers(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    readers = [reader(f"{n}@example.org", hour=n % 24, day=n // 24) for n in range(60)]
    dues = [
        due(f"P{hour}-{day}", rhythm=Rhythm("weekly", hour, day, "UTC"))
        for hour in range(24)
        for day in range(30)
    ]
    with store.transaction() as tx:
        planned = tx.issues.plan(dues, 5, now, LATE)
        assert planned == {("weekly", f"P{n % 24}-{n // 24}"): 1 for n in range(60)}
        assert tx.issues.plan(dues, 5, now, LATE) == {}
        assert tx.issues.plan([], 5, now, LATE) == {}
    for n, who in enumerate(readers):
        assert states(store, who) == [(f"P{n % 24}-{n // 24}", State.WAITING)]


def test_nobody_who_may_not_be_mailed_is_planned(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    left, paused, suppressed = (reader(f"{name}@example.org") for name in ("left", "paused", "suppressed"))
    with store.transaction() as tx:
        tx.subscribers.leave(left.id)
        tx.subscribers.prefer(paused.id, replace(paused.preferences, paused_until=now + SECOND), now)
        tx.subscribers.suppress(suppressed.id)
    assert plan(store, due(), now) == 0
    assert [reader_now(store, who).next_issue_at for who in (paused, suppressed)] == [now, now]
    assert plan(store, due(at=now + SECOND), now + SECOND) == 1
    assert states(store, paused) == [("2026-W47", State.WAITING)]


def test_a_delivery_that_still_waits_is_expired_when_the_next_is_planned(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader()
    plan(store, due("one"), now)
    week = now + timedelta(days=7)
    assert plan(store, due("two", at=week), week, up_to=8) == 1
    assert states(store, ada) == [("two", State.WAITING), ("one", State.EXPIRED)]
    assert cursor(store, ada) == 0


@pytest.mark.parametrize("sent", [False, True], ids=["claimed", "attempted"])
def test_a_delivery_in_flight_holds_the_next_back(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sent: bool
) -> None:
    ada = reader()
    plan(store, due("one"), now)
    week = now + timedelta(days=7)
    claimed = claim(store, week)
    if sent:
        attempt(store, claimed, week)
    assert plan(store, due("two", at=week), week) == 0
    assert reader_now(store, ada).next_issue_at == week
    if not sent:
        attempt(store, claimed, week)
    record(store, {claimed[0]: Accepted("q")}, week)
    assert plan(store, due("two", at=week), week) == 1


def test_one_who_is_late_waits_once_for_the_next_hour(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    punctual = reader("punctual@example.org", next_issue_at=now - LATE)
    late = reader("late@example.org", next_issue_at=now - LATE - SECOND)
    assert plan(store, due(), now) == 1
    assert states(store, punctual) == [("2026-W47", State.WAITING)]
    assert states(store, late) == []
    put_off = due().next_hour
    assert reader_now(store, late).next_issue_at == put_off
    assert plan(store, due(), put_off - SECOND) == 0
    # Late once more, but it has waited already.
    assert plan(store, due("2026-W48"), put_off + 3 * LATE) == 1
    assert states(store, late) == [("2026-W48", State.WAITING)]
    # The next time it may be late anew.
    again = due().next_issue_at
    assert plan(store, due("2026-W49", at=again), again + 2 * LATE) == 0


def test_a_period_is_planned_once_even_after_its_delivery_was_dropped(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    ada = reader()
    plan(store, due(), now)
    sql(tables.deliveries.delete())
    sql(update(tables.rhythms).values(next_issue_at=now))
    assert plan(store, due(), now) == 0
    assert states(store, ada) == []
    assert reader_now(store, ada).next_issue_at == due().next_issue_at


def test_a_reader_has_one_open_delivery_at_most(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    reader()
    plan(store, due(), now)
    (row,) = sql(select(tables.deliveries))
    copy = {**row._mapping, "id": None, "period": "other"}
    del copy["id"]
    with pytest.raises(IntegrityError):
        sql(insert(tables.deliveries).values(copy))
    sql(insert(tables.deliveries).values({**copy, "state": "expired"}))


def test_a_welcome_is_planned_once_and_says_how_many(store: Store, reader: Reader, now: datetime) -> None:
    ada = reader()
    with store.transaction() as tx:
        assert tx.issues.welcome(ada.id, "weekly", 3, 5, now)
        assert not tx.issues.welcome(ada.id, "weekly", 3, 5, now)
    assert [(found.period, found.newest) for found in claim(store, now)] == [("welcome", 3)]


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_takes_the_longest_waiting_and_not_more_than_the_limit(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    for n in reversed(range(5)):
        reader(f"{n}@example.org", hour=n)
        assert plan(store, due(rhythm=Rhythm("weekly", n, None, "UTC")), now + n * SECOND) == 1
    late = now + timedelta(minutes=1)
    assert [found.reader.preferences.hour for found in claim(store, late, limit=3)] == [0, 1, 2]
    assert [found.reader.preferences.hour for found in claim(store, late, "you", limit=3)] == [3, 4]
    assert claim(store, late, "they") == []


def test_many_workers_share_what_waits_and_nobody_gets_the_same(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    for n in range(40):
        reader(f"{n}@example.org")
    plan(store, due(), now)
    workers = 4
    together = threading.Barrier(workers)

    def work(worker: int) -> list[int]:
        together.wait()
        mine: list[int] = []
        while found := claim(store, now, f"worker {worker}", limit=3):
            mine += [delivery.id for delivery in found]
        return mine

    with ThreadPoolExecutor(workers) as threads:
        shares = list(threads.map(work, range(workers)))
    assert sorted(chain.from_iterable(shares)) == list(range(1, 41))


def test_an_abandoned_claim_is_taken_over_when_its_lease_has_ended(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    reader()
    plan(store, due(), now)
    (mine,) = claim(store, now)
    assert claim(store, now + LEASE - SECOND, "you") == []
    assert [found.id for found in claim(store, now + LEASE, "you")] == [mine.id]
    assert attempt(store, [mine], now + LEASE) == []


def test_recovering_ends_all_leases_at_once(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    reader("claimed@example.org")
    reader("attempted@example.org")
    plan(store, due(), now)
    claimed = claim(store, now)
    attempt(store, claimed[:1], now)
    with store.transaction() as tx:
        assert tx.deliveries.recover(now) == 2
        assert tx.deliveries.recover(now) == 0
    assert [(found.id, found.attempts) for found in claim(store, now, "you")] == [
        (claimed[0].id, 1),
        (claimed[1].id, 0),
    ]


def test_an_attempt_leaves_out_whoever_may_no_longer_be_mailed(
    store: Store, reader: Reader, due: MakeDue, now: datetime, sql: Sql
) -> None:
    stays, left, paused, suppressed = (
        reader(f"{name}@example.org") for name in ("stays", "left", "paused", "suppressed")
    )
    plan(store, due(), now)
    claimed = claim(store, now)
    which = tables.subscribers.c
    with store.transaction() as tx:
        tx.subscribers.leave(left.id)
    sql(update(tables.subscribers).where(which.id == paused.id).values(paused_until=now + SECOND))
    sql(update(tables.subscribers).where(which.id == suppressed.id).values(status=Status.SUPPRESSED))
    assert [found.reader.address for found in attempt(store, claimed, now)] == [stays.address]
    expected = {stays: State.ATTEMPTED, left: State.LEFT, paused: State.EXPIRED, suppressed: State.SUPPRESSED}
    for who, state in expected.items():
        assert states(store, who) == [("2026-W47", state)]
        assert cursor(store, who) == 0


OUTCOMES: list[tuple[Outcome, State, int]] = [
    (Accepted("queue"), State.ACCEPTED, 5),
    (Deferred("full"), State.WAITING, 2),
    (Refused("unknown"), State.REFUSED, 2),
]


@pytest.mark.parametrize(("outcome", "state", "reached"), OUTCOMES, ids=str)
def test_an_outcome_decides_the_state_and_the_cursor(
    store: Store, reader: Reader, due: MakeDue, now: datetime, outcome: Outcome, state: State, reached: int
) -> None:
    ada = reader(cursor=2)
    plan(store, due(), now)
    sent = attempt(store, claim(store, now), now)
    assert cursor(store, ada) == 2
    record(store, {sent[0]: outcome}, now)
    assert states(store, ada) == [("2026-W47", state)]
    assert cursor(store, ada) == reached
    with store.reading() as tx:
        assert tx.deliveries.counts() == {state: 1}


@pytest.mark.parametrize("how", ["accepted", "empty", "uncertain"])
def test_a_cursor_never_goes_back(
    store: Store, reader: Reader, due: MakeDue, now: datetime, how: str
) -> None:
    ada = reader(cursor=9)
    plan(store, due(), now, up_to=5)
    (mine,) = claim(store, now)
    with store.transaction() as tx:
        if how == "empty":
            tx.deliveries.empty([mine], "me", "nothing", now)
        else:
            tx.deliveries.attempt({mine: None}, "me", now, now)
            if how == "accepted":
                tx.deliveries.record({mine: Accepted("q")}, "me", now, {})
            else:
                assert tx.deliveries.close_uncertain(now) == 1
    assert states(store, ada) == [("2026-W47", State(how))]
    assert cursor(store, ada) == 9


def test_what_was_deferred_waits_until_its_time_and_then_goes_again(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader()
    plan(store, due(), now)
    sent = attempt(store, claim(store, now), now)
    record(store, {sent[0]: Deferred("the mailbox is full")}, now, wait=timedelta(minutes=5))
    with store.reading() as tx:
        (known,) = tx.deliveries.of(ada.id, 1)
    assert known == DeliveryRecord(
        "weekly", "2026-W47", State.WAITING, now, now, attempts=1, reason="the mailbox is full", items=0
    )
    assert claim(store, now + timedelta(minutes=5) - SECOND) == []
    (again,) = claim(store, now + timedelta(minutes=5), "you")
    assert (again.id, again.attempts) == (sent[0].id, 1)


def test_an_empty_delivery_keeps_its_reason_and_moves_the_cursor(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader()
    plan(store, due(), now)
    (mine,) = claim(store, now)
    with store.transaction() as tx:
        tx.deliveries.empty([mine], "me", "nothing fits", now + SECOND)
        (known,) = tx.deliveries.of(ada.id, 1)
    assert (known.state, known.reason, known.changed) == (State.EMPTY, "nothing fits", now + SECOND)
    assert cursor(store, ada) == 5


@pytest.mark.parametrize("how", ["accepted", "empty"])
def test_a_welcome_moves_no_cursor(store: Store, reader: Reader, now: datetime, how: str) -> None:
    ada = reader(cursor=2)
    with store.transaction() as tx:
        tx.issues.welcome(ada.id, "weekly", 3, 5, now)
    (mine,) = claim(store, now)
    if how == "accepted":
        attempt(store, [mine], now)
        record(store, {mine: Accepted("q")}, now)
    else:
        with store.transaction() as tx:
            tx.deliveries.empty([mine], "me", "nothing", now)
    assert states(store, ada) == [("welcome", State(how))]
    assert cursor(store, ada) == 2


def test_an_attempt_without_an_outcome_is_closed_as_uncertain_and_counts_as_served(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader("ada@example.org")
    bo = reader("bo@example.org")
    plan(store, due(), now)
    attempt(store, [found for found in claim(store, now) if found.reader.id == ada.id], now)
    with store.transaction() as tx:
        assert tx.deliveries.close_uncertain(now + LEASE - SECOND) == 0
        assert tx.deliveries.close_uncertain(now + LEASE) == 1
        assert tx.deliveries.close_uncertain(now + LEASE) == 0
    assert states(store, ada) == [("2026-W47", State.UNCERTAIN)]
    assert states(store, bo) == [("2026-W47", State.CLAIMED)]
    assert (cursor(store, ada), cursor(store, bo)) == (5, 0)


# ── Fencing ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lost(store: Store, reader: Reader, due: MakeDue, now: datetime) -> Delivery:
    """A delivery that `me` attempted and that `you` have claimed since."""
    reader()
    plan(store, due(), now)
    (mine,) = attempt(store, claim(store, now), now)
    assert [found.id for found in claim(store, now + LEASE, "you")] == [mine.id]
    return mine


@pytest.mark.parametrize("outcome", [Accepted("q"), Deferred("later"), Refused("no")], ids=str)
@pytest.mark.parametrize("sent", [False, True], ids=["claimed again", "attempted again"])
def test_an_outcome_of_a_worker_that_lost_its_lease_changes_nothing(
    store: Store, lost: Delivery, now: datetime, outcome: Outcome, sent: bool, sql: Sql
) -> None:
    if sent:
        attempt(store, [lost], now + LEASE, "you")
    before = sql(LEDGER)
    record(store, {lost: outcome}, now + LEASE)
    assert sql(LEDGER) == before
    attempt(store, [lost], now + LEASE, "you")
    record(store, {lost: Accepted("theirs")}, now + LEASE, "you")
    assert states(store, lost.reader) == [("2026-W47", State.ACCEPTED)]


def test_a_worker_that_lost_its_lease_can_neither_close_nor_attempt(
    store: Store, lost: Delivery, now: datetime, sql: Sql
) -> None:
    before = sql(LEDGER)
    with store.transaction() as tx:
        tx.deliveries.empty([lost], "me", "nothing", now)
        tx.deliveries.expire(lost, "me", "nothing", now)
        assert tx.deliveries.attempt({lost: None}, "me", now, now + LEASE) == []
    assert sql(LEDGER) == before


def test_an_outcome_that_was_recorded_stays_when_it_is_recorded_again(
    store: Store, reader: Reader, due: MakeDue, now: datetime
) -> None:
    ada = reader()
    plan(store, due(), now)
    (mine,) = attempt(store, claim(store, now), now)
    record(store, {mine: Refused("no")}, now)
    record(store, {mine: Accepted("q")}, now)
    assert states(store, ada) == [("2026-W47", State.REFUSED)]
    assert cursor(store, ada) == 0


# ── Being able to tell ───────────────────────────────────────────────────────────────────────────


def test_a_readers_deliveries_are_told_newest_first_with_the_number_of_their_items(
    store: Store,
    reader: Reader,
    due: MakeDue,
    now: datetime,
    draft: Callable[..., Draft],
    keep: Callable[..., Item],
) -> None:
    ada, bo = reader(), reader("bo@example.org", hour=3)
    last = keep(draft("a"), draft("b"))
    plan(store, due("one"), now)
    (mine,) = claim(store, now)
    with store.transaction() as tx:
        content = tx.contents.add("k", Rendered("s", "t", "h"), [1, last.id])
        tx.deliveries.attempt({mine: content}, "me", now, now + LEASE)
    record(store, {mine: Accepted("q")}, now)
    plan(store, due("two", at=now + timedelta(days=7)), now + timedelta(days=7))
    with store.reading() as tx:
        known = tx.deliveries.of(ada.id, 10)
        assert tx.deliveries.of(ada.id, 1) == known[:1]
        assert tx.deliveries.of(bo.id, 10) == []
        had = tx.items.had([ada.id, bo.id], [1, last.id, 99])
        assert had == {ada.id: {1: now, last.id: now}, bo.id: {}}
    assert [(found.period, found.state, found.items) for found in known] == [
        ("two", State.WAITING, 0),
        ("one", State.ACCEPTED, 2),
    ]
