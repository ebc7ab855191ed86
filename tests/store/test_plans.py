"""What mail and readers need is found by an index: the cost of a statement follows what it finds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import DBAPIError

from feeder.model.deliveries import Accepted, State
from feeder.model.subscribers import Matter, Preferences
from feeder.store import Store, Transaction, tables
from tests.store.test_failures import DUE, NOW, WRITES

ROOMS = (
    "links",
    "subscribers",
    "suppressions",
    "requests",
    "letters",
    "choices",
    "issues",
    "deliveries",
    "returns",
)
TABLES = (*ROOMS, "hub_requests", "hub_subscriptions", "pings", "runs")
LOOKS: dict[str, Callable[[Transaction], object]] = {
    "deliveries.any_ready": lambda tx: tx.deliveries.any_ready(NOW),
    "deliveries.next_ready": lambda tx: tx.deliveries.next_ready(NOW),
    "deliveries.of": lambda tx: tx.deliveries.of(1, 10),
    "hub.due": lambda tx: tx.hub.due(10, NOW),
    "hub.unverified": lambda tx: tx.hub.unverified(10, NOW),
    "ledger.of": lambda tx: tx.ledger.of(1, 10),
    "ledger.newest": lambda tx: tx.ledger.newest("weekly", "2026-W47"),
    "ledger.open": lambda tx: tx.ledger.open(),
    "ledger.senders": lambda tx: tx.ledger.senders(NOW),
    "letters.any_ready": lambda tx: tx.letters.any_ready(NOW),
    "letters.backlog": lambda tx: tx.letters.backlog(),
    "pings.news": lambda tx: tx.pings.news("https://hub.example/", 10),
    "letters.last": lambda tx: tx.letters.last(Matter.KNOWN, "ada@example.org"),
    "links.copies": lambda tx: tx.links.copies([1]),
    "links.of": lambda tx: tx.links.of(1),
    "requests.unanswered": lambda tx: tx.requests.unanswered(10),
    "returns.of": lambda tx: tx.returns.of(1, 10),
    "returns.sent": lambda tx: tx.returns.sent(1),
    "returns.sent_as": lambda tx: tx.returns.sent_as(1, "q"),
    "returns.counts": lambda tx: tx.returns.counts(NOW),
    "runs.last": lambda tx: tx.runs.last("publish"),
    "subscribers.forget_pending": lambda tx: tx.subscribers.forget_pending(NOW),
    "subscribers.next_due": lambda tx: tx.subscribers.next_due(NOW),
}
"""What is asked again and again while nothing may have changed."""

ALL_OF_THEM = {
    "requests.forget_networks": "once a day",
    "pings.forget": "there are few, unless a hub is silent",
    "issues.plan_instant": "once for what is new, all who want it at once",
}
"""Methods that walk through more than they find, and why they may."""


def on_sqlite(store: Store) -> bool:
    return store._engine.dialect.name == "sqlite"


@pytest.fixture
def explained(store: Store) -> Iterator[list[str]]:
    """Collect how the database goes about each statement, a line for each step."""
    found: list[str] = []
    explain_word, told = ("EXPLAIN QUERY PLAN", 3) if on_sqlite(store) else ("EXPLAIN", 0)

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}:
            one = parameters[0] if isinstance(parameters, list) else parameters
            rows = cursor.connection.execute(f"{explain_word} {statement}", one)
            found.extend(row[told] for row in rows)

    event.listen(store._engine, "before_cursor_execute", explain)
    yield found
    event.remove(store._engine, "before_cursor_execute", explain)


@pytest.fixture
def plans(store: Store, explained: list[str]) -> list[str]:
    """How SQLite goes about each statement."""
    if not on_sqlite(store):
        pytest.skip("PostgreSQL plans by what it has gathered, and a small table is scanned")
    return explained


@pytest.mark.parametrize(
    "name",
    sorted(
        {name for name in WRITES if name.split(".")[0] in (*ROOMS, "hub", "pings")} - ALL_OF_THEM.keys()
        | LOOKS.keys()
    ),
)
def test_nothing_walks_through_all_readers_or_all_mail(store: Store, plans: list[str], name: str) -> None:
    with store.transaction() as tx:
        plans.clear()
        with suppress(DBAPIError):  # of a key that names no row: it was planned all the same
            (LOOKS.get(name) or WRITES[name])(tx)
        scanned = [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in TABLES]
        assert [plan for plan in scanned if " INDEX " not in plan] == []


@pytest.mark.parametrize("name", sorted(name for name in LOOKS if name.startswith("ledger.")))
def test_who_looks_walks_through_no_index_of_the_whole_ledger(
    store: Store, plans: list[str], name: str
) -> None:
    with store.reading() as tx:
        plans.clear()
        LOOKS[name](tx)
    assert [plan for plan in plans if plan.startswith("SCAN") and "ix_deliveries_issue" in plan] == []


ROWS, WEEK = 20_000, timedelta(days=7)
GATHERED = {
    "nothing, while the ledger was empty": (State.WAITING, ["VACUUM ANALYZE"], []),
    "all waits, after a big issue was planned": (State.WAITING, [], ["VACUUM ANALYZE"]),
    "all was accepted, after it was sent": (State.ACCEPTED, [], ["VACUUM ANALYZE"]),
}
"""What PostgreSQL may know of the ledger: the state of all rows, and what is done before they come and after."""


@pytest.mark.parametrize("known", GATHERED)
def test_neither_planning_nor_sending_walks_through_the_ledger_whatever_was_gathered(
    store: Store, explained: list[str], known: str
) -> None:
    if on_sqlite(store):
        pytest.skip("SQLite gathers nothing by itself")
    state, before, after = GATHERED[known]
    _gather(store, before)
    _fill(store, state)
    _gather(store, after)
    now = NOW + WEEK
    with store.transaction() as tx:
        explained.clear()
        next_round = replace(DUE, period="2026-W48", next_issue_at=now + WEEK)
        assert tx.issues.plan([next_round], 1, now, timedelta(hours=6)) == {("weekly", "2026-W48"): ROWS}
        claimed = tx.deliveries.claim("me", 100, now, now)
        assert len(tx.deliveries.attempt(dict.fromkeys(claimed, 1), "me", now, now)) == 100
        tx.deliveries.record(dict.fromkeys(claimed, Accepted("q")), "me", now, {})
        tx.deliveries.any_ready(now)
        tx.deliveries.next_ready(now)
        steps = list(explained)
        assert tx.deliveries.counts()[State.ACCEPTED] >= 100
    assert [step for step in steps if "deliveries" in step and "Index" in step]
    assert [step for step in steps if "Seq Scan on deliveries" in step] == []


def _gather(store: Store, commands: Sequence[str]) -> None:
    with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for command in commands:
            connection.exec_driver_sql(command)


def _fill(store: Store, state: State) -> None:
    """Put readers in who share a rhythm and are due in a week, with a delivery each."""
    with store.transaction() as tx:
        tx.subscribers.add("ada@example.org", Preferences("weekly", "UTC"), 0, NOW, "asked", NOW)
        tx.issues.plan([replace(DUE, next_issue_at=NOW + WEEK)], 1, NOW, timedelta(hours=6))
    with store._engine.begin() as connection:
        for table, own in (
            (tables.subscribers, {"address_key": "CAST(n AS TEXT)"}),
            (tables.deliveries, {"subscriber_id": "n"}),
        ):
            names = [name for name in table.columns.keys() if name != "id"]  # noqa: SIM118 - of columns
            values = ", ".join(own.get(name, name) for name in names)
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values}"
                f" FROM {table.name}, generate_series(2, {ROWS}) AS n WHERE id = 1"
            )
        connection.execute(update(tables.deliveries).values(state=state))
