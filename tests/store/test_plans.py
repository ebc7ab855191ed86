"""What mail and readers need is found by an index: the cost of a statement follows what it finds."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from feeder.model.subscribers import Matter
from feeder.store import Store, Transaction
from tests.store.test_failures import NOW, WRITES

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


@pytest.fixture
def plans(store: Store) -> Iterator[list[str]]:
    """Collect how SQLite goes about each statement."""
    if store._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it has gathered, and a small table is scanned")
    found: list[str] = []

    def explain(_connection: Any, cursor: sqlite3.Cursor, statement: str, parameters: Any, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}:
            one = parameters[0] if isinstance(parameters, list) else parameters
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", one)
            found.extend(row[3] for row in rows)

    event.listen(store._engine, "before_cursor_execute", explain)
    yield found
    event.remove(store._engine, "before_cursor_execute", explain)


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
