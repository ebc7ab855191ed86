"""What the store knows of what came back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from feeder.model.deliveries import Accepted, Delivery
from feeder.model.digests import Due
from feeder.model.returns import Kind, Return, Returned, Sent
from feeder.model.subscribers import Subscriber
from feeder.store import Store

MINUTE = timedelta(minutes=1)
HARD, SOFT = (Return(kind, status="x.y.z", reason="a reason") for kind in (Kind.HARD, Kind.SOFT))


@pytest.fixture
def ada(reader: Callable[..., Subscriber]) -> Subscriber:
    return reader("ada@example.org")


@pytest.fixture
def sent(store: Store, ada: Subscriber, due: Callable[..., Due], now: datetime) -> Delivery:
    """A delivery that was accepted as `q1`."""
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, MINUTE)
        (claimed,) = tx.deliveries.claim("me", 1, now, now + MINUTE)
        tx.deliveries.attempt({claimed: None}, "me", now, now + MINUTE)
        tx.deliveries.record({claimed: Accepted("q1")}, "me", now + MINUTE, {})
    return claimed


def test_a_delivery_is_found_by_its_id_and_by_what_the_server_called_it(
    store: Store, ada: Subscriber, sent: Delivery, now: datetime
) -> None:
    known = Sent(sent.id, ada.id, now + MINUTE)
    with store.reading() as tx:
        assert tx.returns.sent(sent.id) == tx.returns.sent_as(ada.id, "q1") == known
        assert tx.returns.sent(sent.id + 1) is None
        assert tx.returns.sent_as(ada.id, "q2") is tx.returns.sent_as(ada.id + 1, "q1") is None


def test_a_delivery_comes_back_once_in_each_way(
    store: Store, ada: Subscriber, sent: Delivery, now: datetime
) -> None:
    with store.transaction() as tx:
        assert tx.returns.add(ada.id, sent.id, SOFT, now, suppressed=False)
        assert not tx.returns.add(ada.id, sent.id, SOFT, now + MINUTE, suppressed=True)
        assert tx.returns.add(ada.id, sent.id, HARD, now + MINUTE, suppressed=True)
    with store.reading() as tx:
        assert tx.returns.of(ada.id, 10) == [
            Returned(now + MINUTE, Kind.HARD, "x.y.z", "a reason", True, "weekly", "2026-W47"),
            Returned(now, Kind.SOFT, "x.y.z", "a reason", False, "weekly", "2026-W47"),
        ]
        assert tx.returns.counts(now + MINUTE) == {Kind.HARD: 1}


def test_without_a_delivery_it_is_told_apart_by_its_moment(
    store: Store, ada: Subscriber, now: datetime
) -> None:
    with store.transaction() as tx:
        told = [tx.returns.add(ada.id, None, SOFT, at, suppressed=False) for at in (now, now, now + MINUTE)]
    assert told == [True, False, True]
    with store.reading() as tx:
        assert [each.at for each in tx.returns.of(ada.id, 10)] == [now + MINUTE, now]


def test_what_is_old_and_what_is_one_readers_can_be_forgotten(
    store: Store, ada: Subscriber, reader: Callable[..., Subscriber], now: datetime
) -> None:
    bo = reader("bo@example.org")
    with store.transaction() as tx:
        for who in (ada, bo):
            for at in (now, now + MINUTE):
                tx.returns.add(who.id, None, SOFT, at, suppressed=False)
        tx.returns.forget(now + MINUTE)
        tx.returns.forget_all_of(ada.id)
        assert tx.returns.of(ada.id, 10) == []
        assert [each.at for each in tx.returns.of(bo.id, 10)] == [now + MINUTE]
