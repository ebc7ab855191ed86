"""What the store knows of consent: requests, letters, choices, suppressions, and who may be mailed."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from feeder.errors import StoreBusy, StoreError
from feeder.model.deliveries import Accepted, Deferred, Outcome, Refused, State
from feeder.model.digests import Due
from feeder.model.items import Kind
from feeder.model.reports import Backlog
from feeder.model.subscribers import (
    LIFTED_BY_OPERATOR,
    LIFTED_BY_READER,
    Ask,
    Cause,
    Choice,
    Consent,
    Form,
    Letter,
    Matter,
    Origin,
    Preferences,
    Request,
    Status,
    Subscriber,
    Suppression,
)
from feeder.store import Store, Transaction, open_store, tables
from tests.store.conftest import as_now

Reader = Callable[..., Subscriber]
Sql = Callable[..., Sequence[Any]]
MakeDue = Callable[..., Due]

ADA, BO = "ada@example.org", "bo@example.org"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY
WISH = Preferences(
    "monthly",
    "Pacific/Chatham",
    any_tags=("中文", "c"),
    no_tags=("x",),
    kinds=(Kind.APPEARANCE,),
    hour=0,
    day=28,
    form=Form.FULL,
    language="zh-Hans",
)


def asked(tx: Transaction, address: str, at: datetime, ask: Ask = Ask.JOIN, **more: Any) -> int:
    return tx.requests.add(ask, address, at, at + WEEK, **more)


def written(tx: Transaction, address: str, at: datetime, matter: Matter = Matter.CONFIRM, **more: Any) -> int:
    return tx.letters.add(matter, address, "de", at, **{"subscriber": None, **more})


@pytest.fixture
def state_of(sql: Sql) -> Callable[[int], State]:
    def look(letter: int) -> State:
        (row,) = sql(select(tables.letters.c.state).where(tables.letters.c.id == letter))
        return State(row.state)

    return look


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────


def test_a_request_comes_back_with_everything_that_was_asked(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        request = tx.requests.add(
            Ask.JOIN,
            "Ada@Example.org",
            now,
            now + WEEK,
            subscriber=ada.id,
            wish=replace(WISH, paused_until=now + DAY),
            form="tag/x/",
            wording="Yes, „please“ – send it.",
            language="de",
            network=b"\xc0\0\2\1",
        )
    with store.reading() as tx:
        assert tx.requests.get(request) == Request(
            id=request,
            ask=Ask.JOIN,
            address="Ada@Example.org",
            asked=now,
            expires=now + WEEK,
            subscriber=ada.id,
            wish=replace(WISH, paused_until=now + DAY),
            form="tag/x/",
            wording="Yes, „please“ – send it.",
            language="de",
        )
        assert tx.requests.get(request + 1) is None


def test_a_request_needs_no_more_than_an_address(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        request = asked(tx, ADA, now, Ask.ACCOUNT)
        assert tx.requests.get(request) == Request(request, Ask.ACCOUNT, ADA, now, now + WEEK)
        assert tx.requests.locked(request) == tx.requests.get(request)
        assert tx.requests.locked(request + 1) is None


def test_of_a_network_only_a_keyed_hash_is_kept_and_for_a_while(
    store: Store, now: datetime, sql: Sql
) -> None:
    network = b"\xc0\0\2\1"
    with store.transaction() as tx:
        asked(tx, ADA, now, network=network)
        asked(tx, BO, now + DAY, network=network)
        asked(tx, BO, now + DAY)
    kept = [row.network for row in sql(select(tables.requests.c.network).order_by(tables.requests.c.id))]
    assert kept[0] == kept[1]
    assert kept[2] is None
    assert network.hex() not in kept[0]
    with store.transaction() as tx:
        tx.requests.forget_networks(now)
    assert sql(select(func.count(tables.requests.c.network)))[0][0] == 2
    with store.transaction() as tx:
        tx.requests.forget_networks(now + DAY)
    left = [row.network for row in sql(select(tables.requests.c.network).order_by(tables.requests.c.id))]
    assert left == [None, kept[1], None]


def test_what_nobody_has_decided_yet_comes_oldest_first_and_not_more_than_wanted(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        late, early, same = asked(tx, ADA, now + HOUR), asked(tx, BO, now), asked(tx, ADA, now + HOUR)
        decided, mailed, closed = asked(tx, ADA, now), asked(tx, ADA, now), asked(tx, "c@example.org", now)
        tx.requests.answered(decided, now)
        tx.requests.mailed(mailed, ada.id, now)
        tx.requests.close("c@example.org", now)
        assert [request.id for request in tx.requests.unanswered(10)] == [early, late, same]
        assert [request.id for request in tx.requests.unanswered(2)] == [early, late]
        assert tx.requests.unanswered(0) == []
        assert closed not in {request.id for request in tx.requests.unanswered(10)}


def test_two_who_answer_never_take_the_same(store: Store, impatient: Store, now: datetime) -> None:
    with store.transaction() as tx:
        for number in range(4):
            asked(tx, f"{number}@example.org", now)
    others = []
    with store.transaction() as one:
        first = one.requests.unanswered(2)
        try:
            with impatient.transaction() as two:
                others = two.requests.unanswered(10)
        except StoreBusy:
            pass  # SQLite lets one write at a time
        for request in first:
            one.requests.answered(request.id, now)
    assert not {request.id for request in first} & {request.id for request in others}
    with store.transaction() as tx:
        left = {request.id for request in tx.requests.unanswered(10)}
    assert len(left) == 2
    assert left >= {request.id for request in others}


def test_nobody_else_changes_a_request_that_is_locked(store: Store, impatient: Store, now: datetime) -> None:
    with store.transaction() as tx:
        request = asked(tx, ADA, now)

    def interfere() -> None:
        with impatient.transaction() as other:
            other.requests.confirmed(request, now)

    with store.transaction() as tx:
        tx.requests.locked(request)
        with pytest.raises(StoreBusy):
            interfere()
    interfere()
    with store.reading() as tx:
        found = tx.requests.get(request)
    assert found is not None
    assert found.confirmed


def test_a_request_that_was_mailed_knows_whose_it_is(store: Store, reader: Reader, now: datetime) -> None:
    ada = reader()
    with store.transaction() as tx:
        request = asked(tx, ADA, now)
        tx.requests.mailed(request, ada.id, now)
        found = tx.requests.get(request)
        assert found is not None
        assert (found.mailed, found.subscriber, found.confirmed, found.closed) == (True, ada.id, False, None)
        assert tx.requests.of(ada.id) == [found]
        tx.requests.confirmed(request, now + DAY)
        done = replace(found, confirmed=True, closed=now + DAY)
        assert (tx.requests.get(request), tx.requests.of(ada.id)) == (done, [done])
        assert tx.requests.of(ada.id + 1) == []


def test_all_that_is_open_for_an_address_comes_to_nothing_together(
    store: Store, now: datetime, sql: Sql
) -> None:
    with store.transaction() as tx:
        waiting, decided, closed = asked(tx, ADA, now), asked(tx, ADA, now, Ask.MOVE), asked(tx, ADA, now)
        other = asked(tx, BO, now)
        tx.requests.answered(decided, now)
        tx.requests.confirmed(closed, now)
        tx.requests.close("ADA@Example.ORG", now + DAY)
        tx.requests.close(ADA, now + WEEK)
        tx.requests.close("nobody@example.org", now)
    rows = sql(select(tables.requests.c.id, tables.requests.c.answered, tables.requests.c.closed))
    assert {row.id: (row.answered, row.closed) for row in rows} == {
        waiting: (now + DAY, now + DAY),
        decided: (now, now + DAY),
        closed: (None, now),
        other: (None, None),
    }


def test_all_that_a_reader_asked_for_other_addresses_comes_to_nothing_with_the_rest(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        theirs = asked(tx, "new@example.org", now, Ask.MOVE, subscriber=ada.id)
        others = asked(tx, "new@example.org", now, Ask.MOVE, subscriber=bo.id)
        tx.requests.close(ADA, now + DAY, ada.id)
        closed = {number: tx.requests.get(number) for number in (theirs, others)}
    assert {number: found and found.closed for number, found in closed.items()} == {
        theirs: now + DAY,
        others: None,
    }


def test_a_request_that_got_no_letter_may_be_known_to_be_somebodys(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        known, unknown = asked(tx, ADA, now), asked(tx, ADA, now)
        moves = asked(tx, BO, now, Ask.MOVE, subscriber=ada.id)
        tx.requests.answered(known, now, ada.id)
        for request in (unknown, moves):
            tx.requests.answered(request, now)
        assert [(request.id, request.mailed) for request in tx.requests.of(ada.id)] == [
            (known, False),
            (moves, False),
        ]


def test_letters_that_were_not_answered_are_counted_newest_first(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        for hours in (2, 0, 1):
            tx.requests.mailed(
                asked(tx, ADA, now + hours * HOUR), ada.id, now + hours * HOUR + timedelta(minutes=1)
            )
        without, confirmed = asked(tx, ADA, now), asked(tx, ADA, now)
        tx.requests.answered(without, now)
        tx.requests.mailed(confirmed, ada.id, now)
        tx.requests.confirmed(confirmed, now)
        tx.requests.mailed(asked(tx, ADA, now + HOUR, Ask.MOVE), ada.id, now + HOUR)
        tx.requests.mailed(asked(tx, ADA, now, Ask.ACCOUNT), ada.id, now)
        tx.requests.mailed(asked(tx, BO, now), ada.id, now)
        joins = tx.requests.letters_about("Ada@example.org", [Ask.JOIN], now)
        assert joins == [now + hours * HOUR + timedelta(minutes=1) for hours in (2, 1, 0)]
        both = tx.requests.letters_about(ADA, [Ask.JOIN, Ask.MOVE], now + HOUR)
        assert both == [now + hours * HOUR + timedelta(minutes=m) for hours, m in ((2, 1), (1, 1), (1, 0))]
        assert tx.requests.letters_about(ADA, [Ask.JOIN], now + 2 * HOUR + timedelta(seconds=1)) == []


def test_requests_that_came_to_nothing_still_count_as_letters(
    store: Store, reader: Reader, now: datetime
) -> None:
    with store.transaction() as tx:
        tx.requests.mailed(asked(tx, ADA, now), reader_id := tx.subscribers.add_pending(ADA, WISH, now), now)
        tx.requests.close(ADA, now)
        assert tx.requests.letters_about(ADA, [Ask.JOIN], now) == [now]
        assert [request.closed for request in tx.requests.of(reader_id)] == [now]


def test_confirmations_are_counted_when_they_go_out_whenever_they_were_asked_for(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        for hours in range(3):
            written(tx, f"{hours}@example.org", now + hours * HOUR)
        for matter in Matter:  # a move is confirmed as well
            written(tx, ADA, now + 2 * HOUR, matter)
        counts = [tx.requests.confirmations_since(now + hours * HOUR) for hours in range(4)]
    assert counts == [5, 4, 3, 0]


def test_requests_are_forgotten_when_they_are_old(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        old, young = asked(tx, ADA, now - timedelta(seconds=1)), asked(tx, ADA, now)
        tx.requests.forget(now)
        assert tx.requests.get(old) is None
        assert tx.requests.get(young) is not None


def test_all_requests_of_one_person_are_forgotten_by_address_and_by_reader(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        gone = [asked(tx, "ADA@example.org", now), asked(tx, "new@example.org", now, subscriber=ada.id)]
        stays = [asked(tx, BO, now), asked(tx, "third@example.org", now, subscriber=bo.id)]
        tx.requests.forget_all_of([ADA], ada.id)
        assert [tx.requests.get(request) for request in gone] == [None, None]
        assert all(tx.requests.get(request) for request in stays)
        tx.requests.forget_all_of([], bo.id)
        assert [tx.requests.get(request) is None for request in stays] == [False, True]


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_attempted_once_and_not_before_it_is_there(
    store: Store, reader: Reader, now: datetime, state_of: Callable[[int], State]
) -> None:
    ada = reader()
    with store.transaction() as tx:
        letter = tx.letters.add(Matter.CHANGED, "Ada@Example.org", "de", now, subscriber=ada.id, about=7)
    assert state_of(letter) is State.WAITING
    with store.transaction() as tx:
        assert tx.letters.attempt("me", 10, now - timedelta(seconds=1), now + MINUTE) == []
        assert tx.letters.attempt("me", 10, now, now + MINUTE) == [
            Letter(
                id=letter,
                matter=Matter.CHANGED,
                address="Ada@Example.org",
                language="de",
                created=now,
                subscriber=ada.id,
                about=7,
                attempts=1,
            )
        ]
        assert tx.letters.attempt("me", 10, now, now + MINUTE) == []
    assert state_of(letter) is State.ATTEMPTED


def test_letters_are_attempted_in_the_order_in_which_they_became_ready(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        late, early, same = (written(tx, f"{n}@example.org", now + n * HOUR) for n in (1, 0, 0))
        first = tx.letters.attempt("me", 2, now + DAY, now + 2 * DAY)
        rest = tx.letters.attempt("me", 2, now + DAY, now + 2 * DAY)
    assert [letter.id for letter in first] == [early, same]
    assert [letter.id for letter in rest] == [late]


def test_an_attempt_without_an_outcome_goes_again_as_the_same_letter_when_its_lease_has_ended(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (first,) = tx.letters.attempt("me", 10, now, now + MINUTE)
        assert tx.letters.attempt("me", 10, now + MINUTE - timedelta(seconds=1), now + HOUR) == []
        assert tx.letters.attempt("me", 10, now + MINUTE, now + HOUR) == [replace(first, attempts=2)]


def test_who_holds_the_sites_lock_need_not_wait_for_the_leases_of_the_dead(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (first,) = tx.letters.attempt("me", 10, now, now + WEEK)
        tx.letters.recover(now + HOUR)
        assert tx.letters.attempt("me", 10, now + HOUR, now + WEEK) == [replace(first, attempts=2)]


@pytest.mark.parametrize(
    ("outcome", "state"), [(Accepted("a1"), State.ACCEPTED), (Refused("no such mailbox"), State.REFUSED)]
)
def test_a_letter_with_an_outcome_never_goes_again(
    store: Store, now: datetime, state_of: Callable[[int], State], outcome: Outcome, state: State
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (letter,) = tx.letters.attempt("me", 10, now, now + MINUTE)
        tx.letters.record(letter, outcome, now + HOUR)
        tx.letters.recover(now + WEEK)
        assert tx.letters.attempt("me", 10, now + WEEK, now + 2 * WEEK) == []
    assert state_of(letter.id) is state


def test_a_deferred_letter_goes_again_when_it_was_told_to_and_not_before(
    store: Store, now: datetime, state_of: Callable[[int], State]
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (letter,) = tx.letters.attempt("me", 10, now, now + MINUTE)
        tx.letters.record(letter, Deferred("full"), now + HOUR)
    assert state_of(letter.id) is State.WAITING
    with store.transaction() as tx:
        tx.letters.recover(now + MINUTE)
        assert tx.letters.attempt("me", 10, now + HOUR - timedelta(seconds=1), now + DAY) == []
        assert tx.letters.attempt("me", 10, now + HOUR, now + DAY) == [replace(letter, attempts=2)]


@pytest.mark.parametrize("late", ["an outcome", "pointlessness"])
def test_what_a_worker_tells_whose_lease_was_lost_is_not_recorded(
    store: Store, now: datetime, state_of: Callable[[int], State], late: str
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (first,) = tx.letters.attempt("me", 10, now, now + MINUTE)
        (second,) = tx.letters.attempt("me", 10, now + MINUTE, now + HOUR)
        if late == "an outcome":
            tx.letters.record(first, Refused("too late"), now + DAY)
        else:
            tx.letters.expire(first, "too late")
    assert state_of(first.id) is State.ATTEMPTED
    with store.transaction() as tx:
        tx.letters.record(second, Accepted("a2"), now + DAY)
    assert state_of(first.id) is State.ACCEPTED


def test_a_letter_that_has_become_pointless_never_goes_again(
    store: Store, now: datetime, state_of: Callable[[int], State]
) -> None:
    with store.transaction() as tx:
        written(tx, ADA, now)
        (letter,) = tx.letters.attempt("me", 10, now, now + MINUTE)
        tx.letters.expire(letter, "it has become pointless")
        assert tx.letters.attempt("me", 10, now + WEEK, now + 2 * WEEK) == []
    assert state_of(letter.id) is State.EXPIRED


_EVERY = set(Matter)


@pytest.mark.parametrize(
    ("cause", "go"),
    [
        (Cause.COMPLAINT, set()),
        (Cause.BY_HAND, set()),
        (Cause.BOUNCE, {Matter.CONFIRM, Matter.MOVE}),
        (Cause.OPT_OUT, _EVERY),
        (Cause.ERASURE, _EVERY),
    ],
)
def test_complaints_and_the_operator_stop_every_letter_and_a_bounce_all_but_those_that_ask(
    store: Store, now: datetime, state_of: Callable[[int], State], cause: Cause, go: set[Matter]
) -> None:
    with store.transaction() as tx:
        theirs = {written(tx, ADA, now, matter): matter for matter in Matter}
        others = {written(tx, BO, now, matter) for matter in Matter}
        tx.suppressions.add("ADA@Example.org", cause, now)
        going = {letter.id for letter in tx.letters.attempt("me", 100, now, now + MINUTE)}
    assert going - theirs.keys() == others
    assert {theirs[letter] for letter in going - others} == go
    stopped = {matter for letter, matter in theirs.items() if state_of(letter) is State.SUPPRESSED}
    assert stopped == _EVERY - go


def test_the_worst_of_several_causes_decides(
    store: Store, now: datetime, state_of: Callable[[int], State]
) -> None:
    with store.transaction() as tx:
        letter = written(tx, ADA, now)
        for cause in (Cause.OPT_OUT, Cause.BOUNCE, Cause.COMPLAINT):
            tx.suppressions.add(ADA, cause, now)
        assert tx.letters.attempt("me", 10, now, now + MINUTE) == []
    assert state_of(letter) is State.SUPPRESSED


def test_a_suppression_that_comes_between_two_attempts_stops_the_second(
    store: Store, now: datetime, state_of: Callable[[int], State]
) -> None:
    with store.transaction() as tx:
        letter = written(tx, ADA, now)
        tx.letters.attempt("me", 10, now, now + MINUTE)
        tx.suppressions.add(ADA, Cause.COMPLAINT, now)
        assert tx.letters.attempt("me", 10, now + MINUTE, now + HOUR) == []
        tx.suppressions.lift(ADA, [Cause.COMPLAINT])
        assert tx.letters.attempt("me", 10, now + DAY, now + WEEK) == []
    assert state_of(letter) is State.SUPPRESSED


def test_two_who_send_never_take_the_same_letter(store: Store, impatient: Store, now: datetime) -> None:
    with store.transaction() as tx:
        for number in range(4):
            written(tx, f"{number}@example.org", now)
    others = []
    with store.transaction() as one:
        first = one.letters.attempt("me", 2, now, now + MINUTE)
        try:
            with impatient.transaction() as two:
                others = two.letters.attempt("me", 10, now, now + MINUTE)
        except StoreBusy:
            pass  # SQLite lets one write at a time
    with store.transaction() as tx:
        others += tx.letters.attempt("me", 10, now, now + MINUTE)
    assert sorted(letter.id for letter in [*first, *others]) == [1, 2, 3, 4]
    assert {letter.attempts for letter in [*first, *others]} == {1}


def test_letters_that_are_not_settled_are_counted_with_the_oldest(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        assert tx.letters.backlog() == Backlog({}, None)
        for minutes in (3, 1, 2):
            written(tx, f"reader-{minutes}@example.org", now + timedelta(minutes=minutes))
        (first,) = tx.letters.attempt("me", 1, now + HOUR, now + 2 * HOUR)
        (second,) = tx.letters.attempt("me", 1, now + HOUR, now + 2 * HOUR)
        tx.letters.record(first, Accepted("q"), now)
        assert tx.letters.backlog() == Backlog(
            {State.WAITING: 1, State.ATTEMPTED: 1}, now + timedelta(minutes=2)
        )
        assert second.created == now + timedelta(minutes=2)


def test_the_last_letter_of_a_kind_to_an_address_is_known(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        assert tx.letters.last(Matter.KNOWN, ADA) is None
        for hours in (1, 3, 2):
            written(tx, ADA, now + hours * HOUR, Matter.KNOWN)
        written(tx, ADA, now + DAY, Matter.ACCOUNT)
        written(tx, BO, now + DAY, Matter.KNOWN)
        assert tx.letters.last(Matter.KNOWN, "Ada@EXAMPLE.org") == now + 3 * HOUR


def test_letters_are_forgotten_when_they_are_old_or_their_person_is(
    store: Store, reader: Reader, now: datetime, sql: Sql
) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        written(tx, BO, now - timedelta(seconds=1))
        written(tx, "ADA@example.org", now)
        written(tx, "old@example.org", now, subscriber=ada.id)
        stays = written(tx, BO, now, subscriber=bo.id)
        tx.letters.forget(now)
        tx.letters.forget_all_of([ADA], ada.id)
    assert [row.id for row in sql(select(tables.letters.c.id))] == [stays]


# ── Choices ──────────────────────────────────────────────────────────────────────────────────────


def test_a_choice_comes_back_as_it_was_made_and_is_undone_once(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    after = replace(WISH, paused_until=now + DAY)
    with store.transaction() as tx:
        choice = tx.choices.add(ada.id, ada.preferences, after, now)
        made = Choice(choice, ada.id, ada.preferences, after, now)
        assert tx.choices.get(choice) == tx.choices.locked(choice) == made
        tx.choices.undone(choice, now + HOUR)
        assert tx.choices.get(choice) == replace(made, undone=now + HOUR)
        assert tx.choices.get(choice + 1) is None
        assert tx.choices.locked(choice + 1) is None


def test_nobody_else_changes_a_choice_that_is_locked(
    store: Store, impatient: Store, reader: Reader, now: datetime
) -> None:
    ada = reader()
    with store.transaction() as tx:
        choice = tx.choices.add(ada.id, ada.preferences, WISH, now)

    def interfere() -> None:
        with impatient.transaction() as other:
            other.choices.undone(choice, now)

    with store.transaction() as tx:
        tx.choices.locked(choice)
        with pytest.raises(StoreBusy):
            interfere()
    with store.reading() as tx:
        assert [made.undone for made in tx.choices.of(ada.id)] == [None]


def test_choices_of_one_reader_are_told_oldest_first_and_forgotten_alone(
    store: Store, reader: Reader, now: datetime
) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        ids = [tx.choices.add(ada.id, ada.preferences, WISH, now + n * HOUR) for n in (2, 0, 1)]
        others = tx.choices.add(bo.id, bo.preferences, WISH, now)
        assert [made.id for made in tx.choices.of(ada.id)] == ids
        tx.choices.forget(now + HOUR)
        assert [made.id for made in tx.choices.of(ada.id)] == [ids[0], ids[2]]
        assert tx.choices.get(others) is None
        kept = tx.choices.add(bo.id, bo.preferences, WISH, now + HOUR)
        tx.choices.forget_all_of(ada.id)
        assert tx.choices.of(ada.id) == []
        assert [made.id for made in tx.choices.of(bo.id)] == [kept]


# ── Suppressions ─────────────────────────────────────────────────────────────────────────────────


def test_an_address_is_on_the_list_once_for_each_cause_whatever_its_case(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.suppressions.add(ADA, Cause.BOUNCE, now, "550")
        tx.suppressions.add("ADA@Example.ORG", Cause.BOUNCE, now + DAY, "551")
        tx.suppressions.add("Ada@example.org", Cause.OPT_OUT, now - DAY)
        found = [Suppression(Cause.OPT_OUT, now - DAY), Suppression(Cause.BOUNCE, now, "550")]
        assert tx.suppressions.of("adA@example.org") == found
        assert tx.suppressions.of(BO) == []


def test_only_the_causes_that_may_be_are_lifted(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        for cause in Cause:
            tx.suppressions.add(ADA, cause, now)
        tx.suppressions.add(BO, Cause.BOUNCE, now)
        assert tx.suppressions.lift("ADA@example.org", LIFTED_BY_READER)
        assert {found.cause for found in tx.suppressions.of(ADA)} == {Cause.COMPLAINT, Cause.BY_HAND}
        assert not tx.suppressions.lift(ADA, LIFTED_BY_READER)
        assert tx.suppressions.lift(ADA, LIFTED_BY_OPERATOR)
        assert tx.suppressions.of(ADA) == []
        assert [found.cause for found in tx.suppressions.of(BO)] == [Cause.BOUNCE]


def test_the_list_holds_no_address_but_what_stands_for_it(store: Store, now: datetime, sql: Sql) -> None:
    with store.transaction() as tx:
        tx.suppressions.add(ADA, Cause.ERASURE, now)
        key = tx.suppressions.key("ADA@EXAMPLE.org")
        tx.suppressions.add_key(tx.suppressions.key(BO), Cause.ERASURE, now + DAY, "from a file")
        assert tx.suppressions.of(BO) == [Suppression(Cause.ERASURE, now + DAY, "from a file")]
        assert tx.suppressions.among([key, "another"]) == {key}
        assert tx.suppressions.among([]) == set()
    assert "@" not in str(sql(select(tables.suppressions)))  # a hash may hold "ada" by chance


def keys_of(store: Store) -> list[str]:
    with store.reading() as tx:
        return [tx.suppressions.key(address) for address in (ADA, BO)]


def test_what_stands_for_an_address_differs_from_site_to_site(
    store: Store, tmp_path: Path, space: UUID
) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'other.db'}", space)) as other:
        keys = {key for site in (store, other) for key in keys_of(site)}
    assert len(keys) == 4


def test_what_stands_for_an_address_stays_the_same_on_one_site(store: Store, url: str, space: UUID) -> None:
    with store.reading() as tx:
        before = tx.suppressions.key(ADA)
    with closing(open_store(url, space)) as again, again.reading() as tx:
        assert tx.suppressions.key("Ada@Example.Org") == before


# ── Subscribers ──────────────────────────────────────────────────────────────────────────────────


def test_somebody_who_has_yet_to_confirm_is_pending_and_never_due(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        added = tx.subscribers.add_pending("Ada@example.org", WISH, now)
        found = tx.subscribers.find(ADA)
        assert found == Subscriber(
            added, "Ada@example.org", WISH, 0, now, "", status=Status.PENDING, next_issue_at=None
        )
        assert tx.subscribers.due_rhythms(now + 1000 * DAY) == []
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.subscribers.add_pending("ADA@example.org", WISH, now)


def test_a_reader_who_confirms_carries_the_proof(store: Store, now: datetime) -> None:
    consent = Consent(Origin.FORM, now, now + HOUR, "tag/x/", "Yes, „please“.", "de")
    with store.transaction() as tx:
        added = tx.subscribers.add_pending(ADA, WISH, now)
        wanted = Preferences("daily", "Asia/Tokyo")
        tx.subscribers.activate(added, wanted, 9, now + DAY, "you signed up for it", consent)
        assert tx.subscribers.get(ADA) == Subscriber(
            added,
            ADA,
            wanted,
            9,
            now,
            "you signed up for it",
            status=Status.ACTIVE,
            next_issue_at=now + DAY,
            consent=consent,
        )
        tx.subscribers.activate(added, wanted, 9, now + DAY, "by hand", None)
        assert tx.subscribers.get(ADA).consent is None


@pytest.mark.parametrize(
    "consent",
    [
        Consent(
            Origin.HAND, datetime.fromisoformat("2026-11-20T12:00:00Z"), None, "subscriber add", "a card"
        ),
        Consent(Origin.IMPORT, datetime.fromisoformat("1999-12-31T23:59:59Z"), None, "list.csv"),
    ],
)
def test_a_consent_that_others_vouch_for_comes_back_as_it_was(
    store: Store, now: datetime, consent: Consent
) -> None:
    with store.transaction() as tx:
        tx.subscribers.add(ADA, WISH, 0, now, "", now, consent)
        assert tx.subscribers.get(ADA).consent == consent


def test_the_days_of_one_who_is_asked_again_are_counted_anew(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        ada = tx.subscribers.add_pending(ADA, WISH, now)
        bo = tx.subscribers.add_pending(BO, WISH, now)
        tx.subscribers.ask_again(ada, now + WEEK)
        assert tx.subscribers.forget_pending(now) == []
        assert tx.subscribers.forget_pending(now + WEEK) == [bo]
        assert sorted(tx.subscribers.forget_pending(now + WEEK + timedelta(seconds=1))) == [ada, bo]


def test_only_who_never_confirmed_is_forgotten(store: Store, reader: Reader, now: datetime) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        tx.subscribers.leave(ada.id)
        tx.subscribers.suppress(bo.id)
        pending = tx.subscribers.add_pending("c@example.org", WISH, now)
        assert tx.subscribers.forget_pending(now + 1000 * DAY) == [pending]
        tx.subscribers.delete(pending)
        assert tx.subscribers.find("c@example.org") is None
        assert tx.subscribers.count() == 2


def test_other_preferences_take_the_place_of_all_before(
    store: Store, reader: Reader, now: datetime, sql: Sql
) -> None:
    ada, bo = reader(ADA, cursor=4), reader(BO)
    sql(update(tables.subscribers).values(postponed=True))
    wanted = replace(WISH, paused_until=now + WEEK)
    with store.transaction() as tx:
        tx.subscribers.prefer(ada.id, wanted, now + DAY)
    assert as_now(store, ada) == replace(ada, preferences=wanted, next_issue_at=now + DAY)
    assert as_now(store, bo) == bo
    assert [row.postponed for row in sql(select(tables.subscribers.c.postponed).order_by("id"))] == [
        False,
        True,
    ]


def test_a_reader_who_moves_is_found_at_the_new_address_alone_and_has_new_links(
    store: Store, reader: Reader
) -> None:
    ada = reader(ADA)
    with store.transaction() as tx:
        tx.subscribers.move(ada.id, "Ada@New.example")
        assert tx.subscribers.find(ADA) is None
        assert tx.subscribers.get("ada@new.example") == replace(ada, address="Ada@New.example", links=1)
        tx.subscribers.revoke_links(ada.id)
        assert tx.subscribers.get("ada@new.example").links == 2


def test_nobody_moves_to_the_address_of_another(store: Store, reader: Reader) -> None:
    ada, bo = reader(ADA), reader(BO)
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.subscribers.move(ada.id, "BO@example.org")
    assert (as_now(store, ada), as_now(store, bo)) == (ada, bo)


@pytest.mark.parametrize("before", [Status.ACTIVE, Status.LEFT])
def test_a_suppression_that_is_lifted_gives_back_what_it_interrupted(
    store: Store, reader: Reader, now: datetime, sql: Sql, before: Status
) -> None:
    ada = reader()
    sql(update(tables.subscribers).values(status=before))
    with store.transaction() as tx:
        tx.subscribers.suppress(ada.id)
        tx.subscribers.suppress(ada.id)  # twice is once
        assert tx.subscribers.get(ADA).status is Status.SUPPRESSED
        tx.subscribers.restore(ada.id, 12)
        tx.subscribers.restore(ada.id, 99)  # nothing is interrupted any more
        assert tx.subscribers.get(ADA) == replace(ada, status=before, cursor=12)


def test_one_who_leaves_while_suppressed_has_left_when_that_is_lifted(store: Store, reader: Reader) -> None:
    ada = reader()
    with store.transaction() as tx:
        tx.subscribers.suppress(ada.id)
        tx.subscribers.leave(ada.id)
        assert tx.subscribers.get(ADA) == replace(ada, status=Status.SUPPRESSED, next_issue_at=None)
        tx.subscribers.restore(ada.id, 12)
        assert tx.subscribers.get(ADA).status is Status.LEFT


def test_one_who_was_suppressed_before_that_was_remembered_has_left_when_it_is_lifted(
    store: Store, reader: Reader, sql: Sql
) -> None:
    ada = reader()
    sql(update(tables.subscribers).values(status=Status.SUPPRESSED))
    with store.transaction() as tx:
        tx.subscribers.restore(ada.id, 12)
        assert tx.subscribers.get(ADA).status is Status.LEFT


def test_of_one_who_was_erased_nothing_is_found(store: Store, reader: Reader) -> None:
    ada = reader(any_tags=("x",), hour=7)
    with store.transaction() as tx:
        key = tx.suppressions.key(ADA)
        assert tx.subscribers.find_by_key(key) == ada
        tx.subscribers.erase(ada.id)
        assert tx.subscribers.find(ADA) is None
        assert tx.subscribers.find_by_key(key) is None
        assert list(tx.subscribers.all()) == []
        assert tx.subscribers.count() == 0
        left = tx.subscribers.with_id(ada.id)
        assert left is not None
        assert (left.address, left.status, left.reason, left.consent) == ("", Status.ERASED, "", None)


def test_two_can_be_erased_and_each_can_come_anew(store: Store, reader: Reader, now: datetime) -> None:
    ada, bo = reader(ADA), reader(BO)
    with store.transaction() as tx:
        for who in (ada, bo):
            tx.subscribers.erase(who.id)
        assert tx.subscribers.add_pending(ADA, WISH, now) not in (ada.id, bo.id)


def test_one_who_was_erased_neither_leaves_nor_is_suppressed_nor_restored(
    store: Store, reader: Reader
) -> None:
    ada = reader()
    with store.transaction() as tx:
        tx.subscribers.erase(ada.id)
        tx.subscribers.leave(ada.id)
        tx.subscribers.suppress(ada.id)
        tx.subscribers.restore(ada.id, 12)
        left = tx.subscribers.with_id(ada.id)
    assert left is not None
    assert left.status is Status.ERASED


def everything(store: Store) -> str:
    """Return all that stands in the database, as text."""
    with store._engine.connect() as connection:
        return "\n".join(
            str(row) for table in tables.metadata.sorted_tables for row in connection.execute(select(table))
        )


def test_an_erasure_leaves_no_address_anywhere(
    store: Store, reader: Reader, now: datetime, due: MakeDue
) -> None:
    address = "Unmistakable@Some-Where.example"
    ada = reader(address, any_tags=("x",))
    bo = reader(BO)
    with store.transaction() as tx:
        asked(tx, address.upper(), now, wish=WISH)
        tx.requests.mailed(asked(tx, address, now, network=b"1"), ada.id, now)
        asked(tx, address.lower(), now, Ask.MOVE, subscriber=bo.id)
        asked(tx, "unmistakable@new.example", now, Ask.MOVE, subscriber=ada.id)
        for matter in Matter:
            written(tx, address, now, matter, subscriber=ada.id)
        written(tx, "unmistakable@old.example", now, Matter.MOVED, subscriber=ada.id)
        tx.choices.add(ada.id, ada.preferences, WISH, now)
        tx.issues.plan([due()], 0, now, timedelta(hours=6))
    assert everything(store).lower().count("unmistakable") > 10
    with store.transaction() as tx:
        tx.suppressions.add(address, Cause.ERASURE, now)
        tx.requests.forget_all_of([address], ada.id)
        tx.letters.forget_all_of([address], ada.id)
        tx.choices.forget_all_of(ada.id)
        tx.subscribers.erase(ada.id)
    left = everything(store).lower()
    assert "unmistakable" not in left
    assert "some-where" not in left
    assert BO in left
    with store.reading() as tx:
        assert len(tx.deliveries.of(ada.id, 10)) == 1  # somebody once got it, without a name


# ── Who may be mailed is decided by the statement that commits the attempt ───────────────────────


@pytest.fixture
def planned(store: Store, reader: Reader, now: datetime, due: MakeDue) -> Subscriber:
    """A reader whose issue waits."""
    ada = reader()
    with store.transaction() as tx:
        tx.issues.plan([due()], 0, now, timedelta(hours=6))
    return ada


def attempted(store: Store, now: datetime, between: Callable[[Transaction], None]) -> list[str]:
    """Claim, let something happen, attempt; return to whom it goes."""
    with store.transaction() as tx:
        group = tx.deliveries.claim("me", 10, now, now + MINUTE)
        assert len(group) == 1
    with store.transaction() as tx:
        between(tx)
    with store.transaction() as tx:
        return [
            going.reader.address
            for going in tx.deliveries.attempt(dict.fromkeys(group), "me", now, now + MINUTE)
        ]


def ends(store: Store, who: Subscriber) -> list[tuple[State, str]]:
    with store.reading() as tx:
        return [(found.state, found.reason) for found in tx.deliveries.of(who.id, 10)]


def test_whom_nothing_befell_is_mailed(store: Store, planned: Subscriber, now: datetime) -> None:
    assert attempted(store, now, lambda tx: None) == [ADA]
    assert ends(store, planned) == [(State.ATTEMPTED, "")]


@pytest.mark.parametrize("cause", Cause)
def test_whose_address_is_suppressed_is_left_out_even_if_the_status_says_active(
    store: Store, planned: Subscriber, now: datetime, cause: Cause
) -> None:
    going = attempted(store, now, lambda tx: tx.suppressions.add("ADA@example.org", cause, now))
    assert going == []
    assert as_now(store, planned).status is Status.ACTIVE
    assert ends(store, planned) == [(State.SUPPRESSED, "the address must not be mailed")]


def test_who_is_suppressed_leaves_or_is_erased_after_the_claim_is_left_out(
    store: Store, planned: Subscriber, now: datetime
) -> None:
    assert attempted(store, now, lambda tx: tx.subscribers.suppress(planned.id)) == []
    assert ends(store, planned) == [(State.SUPPRESSED, "the address must not be mailed")]


def test_who_leaves_after_the_claim_is_left_out(store: Store, planned: Subscriber, now: datetime) -> None:
    assert attempted(store, now, lambda tx: tx.subscribers.leave(planned.id)) == []
    assert ends(store, planned) == [(State.LEFT, "the reader left")]


def test_who_is_erased_after_the_claim_is_left_out(store: Store, planned: Subscriber, now: datetime) -> None:
    assert attempted(store, now, lambda tx: tx.subscribers.erase(planned.id)) == []
    assert ends(store, planned) == [(State.LEFT, "the reader left, and was erased")]


def test_who_has_not_confirmed_is_left_out(
    store: Store, planned: Subscriber, now: datetime, sql: Sql
) -> None:
    sql(update(tables.subscribers).values(status=Status.PENDING))
    assert attempted(store, now, lambda tx: None) == []
    assert ends(store, planned) == [(State.EXPIRED, "the reader has not confirmed")]


@pytest.mark.parametrize(("pause", "goes"), [(timedelta(seconds=1), False), (timedelta(0), True)])
def test_who_pauses_after_the_claim_is_left_out_until_the_very_end_of_the_pause(
    store: Store, planned: Subscriber, now: datetime, pause: timedelta, goes: bool
) -> None:
    paused = replace(planned.preferences, paused_until=now + pause)
    going = attempted(store, now, lambda tx: tx.subscribers.prefer(planned.id, paused, now))
    assert going == ([ADA] if goes else [])
    expected = (State.ATTEMPTED, "") if goes else (State.EXPIRED, "the reader paused")
    assert ends(store, planned) == [expected]


@pytest.mark.parametrize("how", ["moved", "revoked"])
def test_who_moved_or_revoked_their_links_after_the_claim_is_claimed_anew(
    store: Store, planned: Subscriber, now: datetime, how: str
) -> None:
    def change(tx: Transaction) -> None:
        if how == "moved":
            tx.subscribers.move(planned.id, BO)
        else:
            tx.subscribers.revoke_links(planned.id)

    assert attempted(store, now, change) == []
    assert ends(store, planned) == [(State.WAITING, "")]
    assert attempted(store, now, lambda tx: None) == [BO if how == "moved" else ADA]


def test_who_moved_and_left_after_the_claim_is_left_out(
    store: Store, planned: Subscriber, now: datetime
) -> None:
    def go(tx: Transaction) -> None:
        tx.subscribers.move(planned.id, BO)
        tx.subscribers.leave(planned.id)

    assert attempted(store, now, go) == []
    assert ends(store, planned) == [(State.LEFT, "the reader left")]


def test_leaving_and_suppressing_close_what_still_waits_and_nothing_else(
    store: Store, reader: Reader, now: datetime, due: MakeDue
) -> None:
    readers = [reader(f"{name}@example.org") for name in ("ada", "bo", "cy", "di")]
    with store.transaction() as tx:
        tx.issues.plan([due()], 0, now, timedelta(hours=6))
        (first,) = tx.deliveries.claim("me", 1, now, now + MINUTE)
        claimed, left, suppressed, other = sorted(readers, key=lambda who: who.id != first.reader.id)
        for who in (claimed, left):
            tx.deliveries.leave(who.id, now)
        tx.deliveries.suppress(suppressed.id, now)
    assert [ends(store, who) for who in (claimed, left, suppressed, other)] == [
        [(State.CLAIMED, "")],
        [(State.LEFT, "the reader left")],
        [(State.SUPPRESSED, "the address must not be mailed")],
        [(State.WAITING, "")],
    ]


def test_one_of_a_group_who_has_gone_keeps_nobody_else_back(
    store: Store, reader: Reader, now: datetime, due: MakeDue
) -> None:
    readers = [reader(f"{n}@example.org") for n in range(4)]
    with store.transaction() as tx:
        tx.issues.plan([due()], 0, now, timedelta(hours=6))
        group = tx.deliveries.claim("me", 10, now, now + MINUTE)
    with store.transaction() as tx:
        tx.subscribers.leave(readers[1].id)
        tx.suppressions.add("2@example.org", Cause.COMPLAINT, now)
    with store.transaction() as tx:
        going = tx.deliveries.attempt(dict.fromkeys(group), "me", now, now + MINUTE)
    assert {delivery.reader.address for delivery in going} == {"0@example.org", "3@example.org"}
