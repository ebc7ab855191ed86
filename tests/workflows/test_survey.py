"""One look at all that goes on: what it counts is what a plain count says, and it names who is late."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from feeder.app import App
from feeder.model.deliveries import OPEN, Accepted, Deferred, Delivery, Outcome, Refused, State
from feeder.model.digests import Due, Rhythm
from feeder.model.members import ROLES, SCHEDULER, WEB, WORKER
from feeder.model.subscribers import Preferences, Subscriber
from feeder.schedule import plan
from feeder.store import Transaction, tables
from feeder.workflows import jobs, survey
from feeder.workflows.progress import HOUR, MINUTE, Settled
from feeder.workflows.survey import Turn
from tests.workflows.conftest import NOON

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
DIGESTS = ("daily", "weekly")
READERS = 6

Answer = Callable[[], Outcome]
ANSWERS: list[Answer] = [lambda: Accepted("q"), lambda: Refused("550"), lambda: Deferred("451")]
ACTS = st.one_of(
    st.tuples(st.just("plan"), st.sampled_from(DIGESTS), st.integers(1, 3)),
    st.tuples(st.just("answer"), st.sampled_from(ANSWERS), st.integers(1, READERS)),
    st.tuples(st.just("claim"), st.none(), st.integers(1, READERS)),
    st.tuples(st.just("leave"), st.none(), st.integers(1, READERS)),
)
MOMENTS = st.sampled_from([SECOND, 40 * SECOND, 10 * MINUTE, 50 * MINUTE])


@dataclass
class Game:
    """Things happen to a ledger, one after the other."""

    tx: Transaction
    now: datetime

    def act(self, kind: str, what: object, number: int) -> None:
        tx, now = self.tx, self.now
        match kind, what:
            case "plan", str(digest):
                rhythm = Rhythm(digest, None, None, "UTC")
                tx.issues.plan([Due(rhythm, f"2026-{number}", now + SECOND, now + SECOND)], 1, now, DAY)
            case "claim", _:
                self.claim(number)
            case "answer", answer if callable(answer):
                going = tx.deliveries.attempt(dict.fromkeys(self.claim(number)), "me", now, now + MINUTE)
                outcomes = {each: answer() for each in going}
                tx.deliveries.record(outcomes, "me", now, dict.fromkeys(going, now + MINUTE))
            case _:
                tx.deliveries.leave(number, now)

    def claim(self, number: int) -> list[Delivery]:
        return self.tx.deliveries.claim("me", number, self.now, self.now + MINUTE)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(MOMENTS, ACTS), max_size=25), st.sampled_from([SECOND, 50 * SECOND, 3 * HOUR]))
def test_what_is_counted_is_what_a_plain_count_says(
    app: App, acts: list[tuple[timedelta, tuple[str, object, int]]], later: timedelta
) -> None:
    with app.store.rehearsal() as tx:
        game = Game(tx, NOON)
        for number in range(READERS):
            wanted = Preferences(DIGESTS[number % 2], "UTC")
            tx.subscribers.add(f"reader-{number}@example.org", wanted, 0, NOON, "asked", NOON)
        settled: Settled = {}
        for wait, (kind, what, number) in acts:
            game.now += wait
            game.act(kind, what, number)
            if number == 1:  # whoever measures has looked before
                survey.take_in(tx, app.settings, {}, {}, game.now + later, settled)
        now = game.now + later
        found = survey.take_in(tx, app.settings, {}, {}, now, settled)
        rows = tx.ledger._connection.execute(select(tables.deliveries)).all()

    waiting = [row for row in rows if row.state in OPEN]
    newest = {max((row.id, row.digest, row.period) for row in rows if row.digest == each)[1:]
              for each in {row.digest for row in rows}}  # fmt: skip
    told = [
        row for row in rows if (row.digest, row.period) in newest | {(w.digest, w.period) for w in waiting}
    ]
    assert found.issues.states == Counter(State(row.state) for row in told)
    assert found.deliveries.states == Counter(State(row.state) for row in waiting)
    assert found.deliveries.oldest == min((row.planned for row in waiting), default=None)
    for span in (MINUTE, HOUR):
        accepted = [row for row in told if row.state == State.ACCEPTED and row.changed >= now - span]
        assert found.issues.accepted(span) == len(accepted)


def test_an_issue_that_is_settled_is_counted_once_by_whoever_looks_again(
    app: App, add: Callable[..., Subscriber]
) -> None:
    ada, bo = add("ada@example.org", at=NOON), add("bo@example.org", at=NOON)
    settled: Settled = {}
    with app.store.transaction() as tx:
        tx.issues.welcome(ada.id, "weekly", 1, 1, NOON)
        tx.deliveries.leave(ada.id, NOON)
    first = app.survey(NOON + HOUR, settled)
    again = app.survey(NOON + 2 * HOUR, settled)
    assert again.issues.issues[0].progress is first.issues.issues[0].progress
    with app.store.transaction() as tx:
        tx.issues.welcome(bo.id, "weekly", 1, 1, NOON)
    assert app.survey(NOON + 2 * HOUR, settled).issues.states == {State.LEFT: 1, State.WAITING: 1}
    assert settled == {}, "it is under way again"


def test_a_job_is_late_when_it_should_have_begun_since() -> None:
    turn = Turn("publish", 10 * SECOND, NOON)
    assert turn.lag(NOON + MINUTE) == MINUTE
    assert not turn.is_late(NOON + MINUTE + 20 * SECOND)
    assert turn.is_late(NOON + MINUTE + 21 * SECOND)
    assert turn.lag(NOON - MINUTE) == timedelta(), "the clock of another machine may be ahead"


def test_jobs_are_known_by_the_slots_that_were_taken_and_sources_by_themselves(
    app: App, sync: Callable[..., object]
) -> None:
    sync(NOON)
    with app.store.transaction() as tx:
        tx.runs.claim("tick:publish", NOON.isoformat(), NOON + SECOND)
    found = app.survey(NOON + HOUR)
    every = app.settings.sources["texts"].every
    assert set(found.jobs) == {
        Turn("publish", 10 * SECOND, NOON + SECOND),
        Turn("collect:texts", every, NOON),
    }
    assert [turn.job for turn in found.late] == ["collect:texts", "publish"]


def test_who_works_is_told_and_who_fell_silent(app: App) -> None:
    lives = app.member((SCHEDULER, WORKER), NOON)
    with app.store.transaction() as tx:
        tx.members.join(lives)
        tx.members.join(replace(lives, id="other", roles=(WORKER, WEB), beats=timedelta(hours=-2)))
    found = app.survey(NOON)
    assert [member.id for member in found.silent] == ["other"]
    assert [found.alive(role) for role in ROLES] == [1, 1, 0]


def test_jobs_that_wait_are_told_by_name(app: App) -> None:
    app.engine.start(lambda _job: None)
    assert app.survey(NOON).queued == {}
    app.engine.stop()
    for job in (plan.PUBLISH, plan.PLAN, plan.PUBLISH):
        jobs.put(app.store, app.engine, job)
    assert app.survey(NOON).queued == {"publish": 1, "plan": 1}


def test_whom_less_is_sent_to_is_told_until_they_take_as_much_as_before(app: App) -> None:
    with app.store.transaction() as tx:
        tx.facts.remember("paces", f'{{"slow.example": [0, {NOON.timestamp()}, 1200, {NOON.timestamp()}]}}')
    assert app.survey(NOON).slowed == {"slow.example": 1200}
    assert app.survey(NOON + DAY).slowed == {}


def test_a_site_on_which_nothing_goes_on_says_so(app: App) -> None:
    found = app.survey(NOON)
    assert (found.deliveries.total, found.deliveries.oldest, found.letters.total) == (0, None, 0)
    assert (found.alarms, found.troubles, found.jobs, found.slowed) == ([], [], [], {})
    assert (found.issues.states, found.issues.accepted(HOUR)) == ({}, 0)
