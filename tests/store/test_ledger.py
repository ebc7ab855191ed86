"""The ledger, as people are told of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from feeder.model.deliveries import Accepted, Deferred, Outcome, Refused, State
from feeder.model.digests import Due, Rendered, Rhythm
from feeder.model.items import Draft, Item, Kind
from feeder.model.reports import Backlog, Brought, Progress, Sender
from feeder.model.subscribers import Subscriber
from feeder.store import Store

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Make = Callable[..., Subscriber]


def test_an_issue_is_told_by_states_with_what_was_accepted_lately(
    store: Store, reader: Make, due: Callable[..., Due], now: datetime
) -> None:
    readers = [reader(f"reader-{number}@example.org") for number in range(4)]
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, HOUR)
        claimed = tx.deliveries.claim("here:1:x", 3, now, now + MINUTE)
        going = tx.deliveries.attempt(dict.fromkeys(claimed), "here:1:x", now, now + MINUTE)
        answers: list[Outcome] = [Accepted("q1"), Refused("550 no"), Accepted("q2")]
        outcomes = dict(zip(going, answers, strict=True))
        tx.deliveries.record(outcomes, "here:1:x", now + MINUTE, {})
    with store.reading() as tx:
        progress = tx.ledger.issue("weekly", "2026-W47", now + MINUTE, now + HOUR)
        assert progress == Progress(
            "weekly",
            "2026-W47",
            {State.ACCEPTED: 2, State.REFUSED: 1, State.WAITING: 1},
            now,
            now + MINUTE,
            lately=[2, 0],
        )
        assert (progress.left, progress.total) == (1, len(readers))
        later = tx.ledger.issue("weekly", "2026-W47", now + HOUR)
        assert later is not None
        assert later.lately == [0]
        assert tx.ledger.issue("weekly", "2026-W48", now) is None
        assert tx.ledger.open() == {("weekly", "2026-W47"): Backlog({State.WAITING: 1}, now)}


def test_who_holds_deliveries_is_told_until_their_lease_ends(
    store: Store, reader: Make, due: Callable[..., Due], now: datetime
) -> None:
    for number in range(3):
        reader(f"reader-{number}@example.org")
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, HOUR)
        tx.deliveries.claim("here:1:x", 2, now, now + MINUTE)
        tx.deliveries.claim("there:2:y", 2, now, now + HOUR)
    with store.reading() as tx:
        assert tx.ledger.senders(now) == [
            Sender("here:1:x", 2, now + MINUTE),
            Sender("there:2:y", 1, now + HOUR),
        ]
        assert [sender.owner for sender in tx.ledger.senders(now + MINUTE)] == ["there:2:y"]


def test_the_periods_of_a_digest_are_told_in_the_order_in_which_they_were_planned(
    store: Store, reader: Make, due: Callable[..., Due], now: datetime
) -> None:
    ada, bo = reader("ada@example.org"), reader("bo@example.org", digest="daily")
    with store.transaction() as tx:
        for week in ("2026-W47", "2026-W48"):
            tx.issues.plan([due(week, at=now)], 1, now, HOUR)
            tx.deliveries.leave(ada.id, now)
            now += timedelta(days=7)
        tx.issues.welcome(ada.id, "weekly", 1, 1, now)
        rhythm = Rhythm("daily", None, None, "UTC")
        tx.issues.plan([due("2026-11-21", rhythm=rhythm, at=now)], 1, now, timedelta(days=30))
    with store.reading() as tx:
        assert tx.ledger.periods("weekly", 9) == ["welcome", "2026-W48", "2026-W47"]
        assert tx.ledger.periods("weekly", 1) == ["welcome"]
        assert tx.ledger.periods("daily", 9) == ["2026-11-21"]
        assert tx.ledger.periods("monthly", 9) == []
        assert tx.ledger.of(bo.id, 1)[0].due is not None


def test_a_readers_record_tells_what_the_server_said_and_when_it_is_tried_next(
    store: Store, reader: Make, due: Callable[..., Due], keep: Callable[..., Item], now: datetime
) -> None:
    item = keep(Draft("a", Kind.PIECE, "A", "A"))
    ada = reader()
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, HOUR)
        (claimed,) = tx.deliveries.claim("me", 1, now, now + MINUTE)
        content = tx.contents.add("k", Rendered("s", "t", "h"), [item.id])
        assert tx.ledger.brought(claimed.id) is None, "until an attempt brings it"
        tx.deliveries.attempt({claimed: content}, "me", now, now + MINUTE)
        assert tx.ledger.brought(claimed.id)
        tx.deliveries.record({claimed: Deferred("451 later")}, "me", now, {claimed: now + HOUR})
    with store.transaction() as tx:
        (report,) = tx.ledger.of(ada.id, 9)
        assert (report.state, report.queue_id or report.reason, report.due) == (
            State.WAITING,
            "451 later",
            now + HOUR,
        )
        assert tx.ledger.brought(claimed.id) is None, "what it brings is chosen anew"
        tx.deliveries.claim("me", 1, now + HOUR, now + 2 * HOUR)
        tx.deliveries.attempt({claimed: content}, "me", now + HOUR, now + 2 * HOUR)
        tx.deliveries.record({claimed: Accepted("4XYZ")}, "me", now + HOUR, {})
        (report,) = tx.ledger.of(ada.id, 9)
        assert (report.state, report.queue_id or report.reason, report.due) == (State.ACCEPTED, "4XYZ", None)
        assert (report.attempts, report.items) == (2, 1)
        assert tx.ledger.brought(claimed.id) == Brought(ada.id, "weekly", "2026-W47", content)
        assert tx.ledger.brought(claimed.id + 1) is None


def test_of_what_a_content_holds_only_what_is_public_is_told(
    store: Store, keep: Callable[..., Item], now: datetime
) -> None:
    items = [
        keep(Draft(key, kind, key, key), posted=now + number * HOUR)
        for number, (key, kind) in enumerate(
            [("a", Kind.PIECE), ("talk", Kind.APPEARANCE), ("b", Kind.PIECE), ("gone", Kind.PIECE)]
        )
    ]
    with store.transaction() as tx:
        tx.items.release(now + 9 * HOUR)
        content = tx.contents.add("k", Rendered("s", "t", "h"), [item.id for item in items])
        tx.items.remove([items[-1].id], now)
        assert [item.key for item in tx.ledger.items(content)] == ["b", "a", "talk"]
