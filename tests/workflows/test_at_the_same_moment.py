"""Links that are pressed at the same moment, on a server that lets both in: one after the other, and neither fails."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import text

from feeder.app import App
from feeder.digests.pacing import Limits
from feeder.model.changes import Visit
from feeder.model.deliveries import Delivery
from feeder.model.items import Draft
from feeder.model.items import Kind as Shape
from feeder.model.returns import Kind, Return, Trace
from feeder.model.settings import StoreSettings
from feeder.model.subscribers import Cause, Preferences, Reader, Status
from feeder.workflows import alarms, planning, prefer, returns, suppress
from feeder.workflows.collect import apply
from feeder.workflows.consequences import Consequences
from feeder.workflows.release import release
from tests.postgresql_rig import a_database
from tests.workflows.consent_rig import (
    HOUR,
    NETWORK,
    ask,
    causes,
    confirm,
    find,
    leave,
    link,
    mails_to,
    post,
    sign_up,
)

Pressed = Callable[[], object]
ROUNDS = 10


@pytest.fixture
def app(changed: Callable[..., App], postgresql: str) -> Iterator[App]:
    """A site on PostgreSQL: SQLite lets one write at a time."""
    with a_database(postgresql) as address:
        made = changed(store=StoreSettings(address))
        yield made
        made.store.close()


def at_once(*pressed: Pressed) -> None:
    """Do all of these in threads that begin together; what one raises is raised here."""
    begins = Barrier(len(pressed))

    def press(one: Pressed) -> None:
        begins.wait(timeout=30)
        one()

    with ThreadPoolExecutor(len(pressed)) as crew:
        for done in [crew.submit(press, one) for one in pressed]:
            done.result(timeout=60)


def is_settled(app: App, address: str) -> None:
    """Assert that an address is mailed, or has left and is kept out, and nothing in between."""
    reader = find(app, address)
    if reader is None or reader.status is Status.ERASED:
        return
    assert reader.status in (Status.ACTIVE, Status.LEFT)
    assert ("opt-out" in causes(app, address)) == (reader.status is Status.LEFT)


def test_a_report_that_comes_by_two_ways(app: App, now: datetime) -> None:
    for number in range(ROUNDS):
        reader = sign_up(app, f"reader-{number}@example.org", now)
        told = Return(Kind.SOFT, Trace(address=reader.address), at=now + HOUR)
        takes = partial(returns.take_on_word, app.store, app.signer, told, now + HOUR)
        at_once(takes, takes, partial(prefer.revoke_links, app.store, reader, now + HOUR))
        with app.store.reading() as tx:
            assert len(tx.returns.of(reader.id, 10)) == 1


def test_leaving_and_coming_back(app: App, now: datetime) -> None:
    for number in range(ROUNDS):
        address = f"reader-{number}@example.org"
        reader = sign_up(app, address, now)
        leave(app, reader, now + HOUR)
        ask(app, address, now + 25 * HOUR)
        post(app, now + 25 * HOUR)
        token, then = link(mails_to(app, address)[-1], "confirm"), now + 26 * HOUR
        leaves = partial(leave, app, reader, then)
        at_once(leaves, partial(confirm, app, token, then), leaves)
        is_settled(app, address)


def test_leaving_moving_and_choosing(app: App, now: datetime) -> None:
    wanted, then = Preferences("daily", "Asia/Tokyo"), now + 2 * HOUR
    for number in range(ROUNDS):
        old, new = f"old-{number}@example.org", f"new-{number}@example.org"
        reader = sign_up(app, old, now)
        prefer.ask_to_move(app.store, reader, new, now + HOUR, NETWORK)
        post(app, now + HOUR)
        token = link(mails_to(app, new)[-1], "confirm")
        at_once(
            partial(leave, app, reader, then),
            partial(confirm, app, token, then),
            partial(prefer.choose, app.store, app.settings.digests, reader, wanted, then),
        )
        is_settled(app, old)
        is_settled(app, new)
        assert [find(app, old), find(app, new)].count(None) == 1


def test_leaving_and_what_an_operator_does(app: App, now: datetime) -> None:
    wanted, then = Preferences("daily", "Asia/Tokyo"), now + HOUR
    for number in range(ROUNDS):
        address = f"reader-{number}@example.org"
        reader = sign_up(app, address, now)
        prefer.choose(app.store, app.settings.digests, reader, replace(wanted, hour=5), now)
        with app.store.reading() as tx:
            (made,) = tx.choices.of(reader.id)
        at_once(
            partial(leave, app, reader, then),
            partial(suppress.suppress, app.store, address, Cause.COMPLAINT, "", then),
            partial(prefer.choose, app.store, app.settings.digests, reader, wanted, then),
            partial(prefer.undo, app.store, app.settings.digests, made, then),
            *([partial(suppress.erase, app.store, address, None, then)] if number % 2 else []),
        )
        assert {"opt-out", "complaint"} & set(causes(app, address))
        after = find(app, address)
        assert after is None or after.status not in (Status.ACTIVE, Status.PENDING)


def test_of_two_who_plan_instant_issues_the_second_sees_what_the_first_has_planned(
    app: App, now: datetime
) -> None:
    with app.store.transaction() as tx:
        tx.facts.remember("quiet", json.dumps([0, 0, now.isoformat(), now.isoformat()]))
    visit = Visit(now, now - HOUR, announce=False)
    apply(app.store, "told", [Draft("a", Shape.PIECE, "A.", "A.")], visit)
    release(app.store, now)
    planning.plan(app.store, app.post, now)  # which has noticed it
    with ThreadPoolExecutor(1) as another:
        with app.store.transaction() as first:
            seen, _, *moments = json.loads(first.facts.locked("quiet"))
            second = another.submit(planning.plan, app.store, app.post, now + HOUR)
            while not (second.done() or is_anybody_waiting(app)):
                pass
            first.facts.remember("quiet", json.dumps([seen + 1, seen + 1, *moments]))
        second.result(timeout=60)
    with app.store.reading() as tx:
        assert json.loads(tx.facts.get("quiet") or "")[1] == seen + 1, "what was planned stays planned"


def test_alarms_that_are_sounded_at_the_same_moment_all_stand(app: App, now: datetime) -> None:
    def sound(key: str) -> None:
        with app.store.transaction() as tx:
            alarms.sound(tx, key, "Something is wrong.", now)

    keys = [f"alarm-{number}" for number in range(8)]
    at_once(*(partial(sound, key) for key in keys))
    with app.store.reading() as tx:
        assert sorted(alarm.key for alarm in alarms.standing(tx)) == keys


def is_anybody_waiting(app: App) -> bool:
    with app.store._engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_senders_do_not_take_the_same_tokens(app: App, now: datetime) -> None:
    """Each reads what the other one wrote, since what is known is locked until it is committed."""
    learned = Consequences(Limits(in_all=60 * 60), now)  # sixty at once
    mailed = Reader(1, "ada@example.org", Preferences("weekly", "UTC"), 0, now, "asked")
    deliveries = [Delivery(number, mailed, "weekly", "2026-W47", 1, now) for number in range(40)]
    may_leave: list[int] = []

    def take() -> None:
        with app.store.transaction() as tx:
            leaves = learned.leaves(tx, deliveries, {}, now)
            may_leave.append(sum(leave.at <= now for leave in leaves.values()))

    at_once(*[take] * 4)
    assert sum(may_leave) == 60
