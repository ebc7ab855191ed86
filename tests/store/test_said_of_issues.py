"""Holds, notes and approvals: what people say of issues."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.sql.expression import Executable

from feeder.model.digests import Due
from feeder.model.issues import EVERY_DIGEST, Approval, Hold
from feeder.model.subscribers import Subscriber
from feeder.store import Store, approvals, holds, tables

HOUR = timedelta(hours=1)
DELIVERY = tables.deliveries.c


def test_what_is_stopped_stays_stopped_as_it_first_was_until_it_is_lifted(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        first = tx.holds.add("weekly", "a wrong title", now)
        assert tx.holds.add("weekly", "again", now + HOUR) == first == Hold("weekly", now, "a wrong title")
        tx.holds.add(EVERY_DIGEST, "", now)
        assert [hold.digest for hold in tx.holds.all()] == [EVERY_DIGEST, "weekly"]
        assert tx.holds.lift("weekly")
        assert not tx.holds.lift("weekly")
        assert [hold.digest for hold in tx.holds.all()] == [EVERY_DIGEST]


@pytest.mark.parametrize(
    ("stopped", "periods"), [("weekly", []), ("daily", ["2026-W47"]), (EVERY_DIGEST, [])]
)
def test_a_hold_is_about_the_deliveries_of_its_digest_or_about_all(
    store: Store,
    sql: Callable[[Executable], Sequence[Any]],
    reader: Callable[..., Subscriber],
    due: Callable[..., Due],
    now: datetime,
    stopped: str,
    periods: list[str],
) -> None:
    reader()
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, HOUR)
        tx.holds.add(stopped, "", now)
    going = sql(select(DELIVERY.period).where(~holds.held(DELIVERY.digest)))
    assert [row.period for row in going] == periods


def test_the_newest_words_wait_for_the_first_period_that_is_planned_after_them(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        tx.notes.set("weekly", "Old.", "<p>Old.</p>", now)
        tx.notes.set("weekly", "New.", "<p>New.</p>", now)
        tx.notes.set("daily", "Daily.", "<p>Daily.</p>", now)
        waiting = tx.notes.waiting("weekly")
        assert waiting is not None
        assert (waiting.markdown, waiting.period) == ("New.", None)
        tx.notes.bind("weekly", "2026-W47", now)
        assert tx.notes.waiting("weekly") is None
        assert tx.notes.of("weekly", "2026-W47") == "<p>New.</p>"
        assert tx.notes.of("weekly", "2026-W48") == ""
        assert tx.notes.of("daily", "2026-W47") == ""


def test_words_set_when_an_issue_is_half_planned_wait_for_the_next_one(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.notes.bind("weekly", "2026-W47", now)  # for readers in the east
        tx.notes.set("weekly", "Late.", "<p>Late.</p>", now)
        tx.notes.bind("weekly", "2026-W47", now + HOUR)  # for readers in the west
        assert tx.notes.of("weekly", "2026-W47") == ""
        tx.notes.bind("weekly", "2026-W48", now + HOUR)
        assert tx.notes.of("weekly", "2026-W48") == "<p>Late.</p>"


def test_words_that_wait_can_be_dropped_and_those_of_an_issue_stay(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.notes.set("weekly", "Sent.", "<p>Sent.</p>", now)
        tx.notes.bind("weekly", "2026-W47", now)
        assert not tx.notes.clear("weekly")
        tx.notes.set("weekly", "Oh no.", "<p>Oh no.</p>", now)
        assert tx.notes.clear("weekly")
        assert tx.notes.waiting("weekly") is None
        assert tx.notes.of("weekly", "2026-W47") == "<p>Sent.</p>"


def test_an_issue_that_waits_for_a_person_goes_up_to_where_it_did_when_it_was_first_asked_for(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        assert tx.approvals.up_to("weekly", "2026-W47") is None
        tx.approvals.ask("weekly", "2026-W47", 7, now)
        tx.approvals.ask("weekly", "2026-W47", 9, now + HOUR)
        tx.approvals.ask("weekly", "2026-W48", 9, now + HOUR)
        assert tx.approvals.up_to("weekly", "2026-W47") == 7
        assert tx.approvals.open() == [
            Approval("weekly", "2026-W48", 9, now + HOUR),
            Approval("weekly", "2026-W47", 7, now),
        ]
        assert tx.approvals.is_open("weekly", "2026-W47")
        assert not tx.approvals.is_open("daily", "2026-W47")


def test_an_issue_is_approved_once_and_later_readers_of_it_do_not_ask_again(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        tx.approvals.ask("weekly", "2026-W47", 7, now)
        assert tx.approvals.approve("weekly", "2026-W47", now)
        assert not tx.approvals.approve("weekly", "2026-W47", now)
        assert not tx.approvals.approve("weekly", "2026-W48", now)
        tx.approvals.ask("weekly", "2026-W47", 9, now + HOUR)
        assert tx.approvals.up_to("weekly", "2026-W47") == 7
        assert not tx.approvals.is_open("weekly", "2026-W47")
        assert tx.approvals.open() == []


def test_deliveries_of_an_issue_without_approval_can_be_told_from_others(
    store: Store,
    sql: Callable[[Executable], Sequence[Any]],
    reader: Callable[..., Subscriber],
    due: Callable[..., Due],
    now: datetime,
) -> None:
    reader()
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, HOUR)
        tx.approvals.ask("weekly", "2026-W47", 1, now)
    waiting = select(DELIVERY.period).where(approvals.unapproved(DELIVERY.digest, DELIVERY.period))
    assert [row.period for row in sql(waiting)] == ["2026-W47"]
    with store.transaction() as tx:
        tx.approvals.approve("weekly", "2026-W47", now)
    assert sql(waiting) == []
