"""Processes of one site: who lives, and what becomes of what the others had claimed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeder.app import App
from feeder.model.deliveries import Delivery
from feeder.model.members import WORKER, Member
from feeder.model.subscribers import Matter
from feeder.store import Transaction
from feeder.workflows import membership, planning
from feeder.workflows.membership import Pulse
from feeder.workflows.release import release

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # the weekly digest is due

Claim = Callable[[str], list[Delivery]]


def a_member(name: str) -> Member:
    return Member(name, "here", 1, (WORKER,), "1", began=MONDAY, beats=HOUR, seen=MONDAY)


ME, OTHER = a_member("me"), a_member("other")
DEAD = replace(OTHER, beats=-SECOND)  # whose next beat is missing at once


class Followed:
    """Counts how often others were told that there is something to take."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _tx: Transaction) -> None:
        self.times += 1


@pytest.fixture
def follow() -> Followed:
    return Followed()


@pytest.fixture
def claim(app: App, add: Callable[..., object], put: Callable[..., None], now: datetime) -> Claim:
    """Claim what is ready, in the name of a process: an issue to one reader, unless another one holds it."""
    add("ada@example.org")
    put("one", now + HOUR)
    release(app.store, MONDAY)
    planning.plan(app.store, app.post, MONDAY)

    def take(name: str) -> list[Delivery]:
        with app.store.transaction() as tx:
            return tx.deliveries.claim(name, 10, MONDAY, MONDAY + HOUR)

    return take


def join(app: App, *members: Member) -> None:
    with app.store.transaction() as tx:
        for member in members:
            tx.members.join(member)


def names(app: App) -> list[str]:
    with app.store.reading() as tx:
        return sorted(member.id for member in tx.members.all())


def test_what_the_dead_have_claimed_is_taken_over_at_once(app: App, claim: Claim, follow: Followed) -> None:
    join(app, ME, DEAD)
    assert len(claim(DEAD.id)) == 1
    assert not claim(ME.id)

    assert membership.take_over(app.store, MONDAY, follow) == [DEAD.id]

    assert follow.times == 1
    assert len(claim(ME.id)) == 1
    assert names(app) == [ME.id]


def test_a_letter_of_the_dead_goes_at_once(app: App, follow: Followed) -> None:
    join(app, ME, DEAD)
    with app.store.transaction() as tx:
        tx.letters.add(Matter.CONFIRM, "ada@example.org", "en", MONDAY, subscriber=None)
        (letter,) = tx.letters.attempt(DEAD.id, 10, MONDAY, MONDAY + HOUR)
        assert tx.letters.attempt(ME.id, 10, MONDAY, MONDAY + HOUR) == []

    membership.take_over(app.store, MONDAY, follow)

    with app.store.transaction() as tx:
        assert tx.letters.attempt(ME.id, 10, MONDAY, MONDAY + HOUR) == [replace(letter, attempts=2)]


def test_what_the_living_have_claimed_stays_theirs(app: App, claim: Claim, follow: Followed) -> None:
    join(app, ME, OTHER)
    claim(OTHER.id)

    assert membership.take_over(app.store, MONDAY, follow) == []

    assert follow.times == 0
    assert not claim(ME.id)


def test_one_that_was_taken_for_dead_is_back_with_its_next_beat_and_gets_work(
    app: App, follow: Followed
) -> None:
    join(app, ME)
    membership.beat(app.store, ME, MONDAY, follow)
    assert follow.times == 0
    with app.store.transaction() as tx:
        tx.members.leave(ME.id)

    membership.beat(app.store, ME, MONDAY, follow)

    assert names(app) == [ME.id]
    assert follow.times == 1


def test_a_process_that_ends_leaves_nothing_claimed(app: App, claim: Claim, follow: Followed) -> None:
    join(app, ME, OTHER)
    claim(OTHER.id)

    membership.leave(app.store, OTHER, MONDAY, follow)

    assert names(app) == [ME.id]
    assert follow.times == 1
    assert len(claim(ME.id)) == 1


def test_one_that_has_claimed_nothing_ends_without_a_word(app: App, follow: Followed) -> None:
    join(app, ME)
    membership.leave(app.store, ME, MONDAY, follow)
    assert (names(app), follow.times) == ([], 0)


def test_a_round_that_broke_off_lets_go_of_what_it_holds(app: App, claim: Claim, follow: Followed) -> None:
    join(app, ME)
    claim(ME.id)

    membership.let_go(app.store, ME.id, MONDAY, follow)

    assert (names(app), follow.times) == ([ME.id], 1)
    assert len(claim(ME.id)) == 1


@pytest.mark.parametrize(
    ("beats", "steady"),
    [
        ([0, 1, 2], False),
        ([0, 1, 2, 3], True),
        ([0, 1.6, 3.1, 4.9], True),
        ([0, 1, 2, 3, 60], False),
        ([0, 1, 2, 3, 60, 61, 62], False),
        ([0, 1, 2, 3, 60, 61, 62, 63], True),
    ],
    ids=["too few", "enough", "slow", "after a gap", "soon after a gap", "a while after a gap"],
)
def test_whoever_was_silent_itself_judges_nobody_for_a_while(beats: list[float], steady: bool) -> None:
    pulse = Pulse(SECOND)
    assert [pulse.beat(beat) for beat in beats][-1] is steady
