"""What the store knows of subscribers to our hub, and of what other hubs have yet to hear."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feeder.model.hub import Crowd, Mode, News, Subscription, Trouble, Unverified, Wanted
from feeder.model.objects import Stage
from feeder.store import Store

TOPIC, OTHER = "tag/ports/atom.xml", "atom.xml"
LEASE = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WANTED = Wanted(Mode.SUBSCRIBE, TOPIC, "https://reader.example/cb?a=1", LEASE, "secret")
LEAVING = replace(WANTED, mode=Mode.UNSUBSCRIBE)
HUB, SECOND = "https://hub.example/", "https://second.example/"

Subscribe = Callable[..., None]


@pytest.fixture
def subscribe(store: Store, now: datetime) -> Subscribe:
    """Subscribe, verified: `subscribe(WANTED, other)`."""

    def verify(*all_wanted: Wanted, at: datetime = now) -> None:
        with store.transaction() as tx:
            for wanted in all_wanted:
                tx.hub.ask(wanted, at)
            for request in tx.hub.unverified(1000, at):
                tx.hub.verified(request, at)

    return verify


def unverified(store: Store, at: datetime) -> list[Unverified]:
    with store.reading() as tx:
        return tx.hub.unverified(100, at)


def due(store: Store, at: datetime, limit: int = 100) -> list[Subscription]:
    with store.reading() as tx:
        return tx.hub.due(limit, at)


def changed(store: Store, at: datetime, *topics: str) -> None:
    with store.transaction() as tx:
        tx.hub.changed(topics or [TOPIC], at)


def at(host: str, topic: str = TOPIC, path: str = "/") -> Wanted:
    return Wanted(Mode.SUBSCRIBE, topic, f"https://{host}{path}", LEASE)


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────


def test_what_was_asked_waits_as_it_was_asked(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.hub.ask(WANTED, now)
    (request,) = unverified(store, now)
    assert (request.wanted, request.tries, request.host) == (WANTED, 0, "reader.example")
    assert not unverified(store, now - MINUTE)
    assert not due(store, now)


def test_who_asks_again_is_asked_once(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.hub.ask(WANTED, now)
        tx.hub.ask(LEAVING, now + MINUTE)
    assert [request.wanted for request in unverified(store, now + MINUTE)] == [LEAVING]


def test_who_asks_twice_at_the_same_moment_is_asked_once(store: Store, now: datetime) -> None:
    def ask() -> None:
        with store.transaction() as tx:
            tx.hub.ask(WANTED, now)

    other = threading.Thread(target=ask)
    with store.transaction() as tx:
        tx.hub.ask(WANTED, now)
        other.start()
        other.join(0.1)  # it waits for us
    other.join()
    assert [request.wanted for request in unverified(store, now)] == [WANTED]


def test_those_who_wait_longest_come_first(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        for minutes, host in enumerate(["c.example", "a.example", "b.example"]):
            tx.hub.ask(at(host), now - minutes * MINUTE)
        first = tx.hub.unverified(2, now)
        tx.hub.put_off(first[0], now + MINUTE)
    assert [request.host for request in first] == ["b.example", "a.example"]
    assert [request.host for request in unverified(store, now)] == ["a.example", "c.example"]
    assert [request.tries for request in unverified(store, now + MINUTE)] == [0, 0, 1]


def test_a_request_that_came_to_nothing_is_forgotten(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.hub.ask(WANTED, now)
        tx.hub.drop(tx.hub.unverified(1, now)[0])
        assert not tx.hub.unverified(1, now)
        assert tx.hub.count(now) == {}


@pytest.mark.parametrize("what", ["drop", "verified", "put_off"])
def test_what_is_asked_while_another_is_verified_is_not_lost(store: Store, now: datetime, what: str) -> None:
    later = replace(WANTED, secret="another")
    with store.transaction() as tx:
        tx.hub.ask(WANTED, now)
        (first,) = tx.hub.unverified(1, now)
        tx.hub.ask(later, now)
        if what == "drop":
            tx.hub.drop(first)
        elif what == "verified":
            tx.hub.verified(first, now)
        else:
            tx.hub.put_off(first, now + MINUTE)
    assert [request.wanted for request in unverified(store, now)] == [later]


def test_the_crowd_is_that_of_others(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(WANTED, at("a.example"), at("reader.example", OTHER))
    with store.transaction() as tx:
        assert tx.hub.crowd(WANTED) == Crowd(of_topic=1, at_host=1, waiting=0)
        tx.hub.ask(WANTED, now)
        tx.hub.ask(at("b.example"), now)
        tx.hub.ask(at("reader.example", TOPIC, "/other"), now)
        assert tx.hub.crowd(WANTED) == Crowd(of_topic=3, at_host=2, waiting=3)


# ── Subscriptions ────────────────────────────────────────────────────────────────────────────────


def test_whoever_has_subscribed_is_told_of_the_next_change(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    assert not due(store, now)
    changed(store, now)
    (subscription,) = due(store, now)
    assert (subscription.topic, subscription.callback, subscription.secret) == (
        TOPIC,
        WANTED.callback,
        "secret",
    )
    with store.transaction() as tx:
        tx.hub.told(subscription, now)
    assert not due(store, now + LEASE / 2)


def test_a_change_of_something_else_is_not_told(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(WANTED)
    changed(store, now, OTHER)
    assert not due(store, now)


def test_renewing_changes_the_terms_and_nothing_else(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    changed(store, now)
    subscribe(replace(WANTED, secret="new", lease=LEASE * 3), at=now + MINUTE)
    (subscription,) = due(store, now + LEASE * 2)
    assert (subscription.secret, subscription.change) == ("new", 1)
    with store.reading() as tx:
        assert tx.hub.count(now) == {TOPIC: 1}


def test_a_request_that_is_not_verified_leaves_the_subscription_as_it_is(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    with store.transaction() as tx:
        tx.hub.ask(replace(WANTED, secret="forged"), now)
        tx.hub.changed([TOPIC], now)
        (subscription,) = tx.hub.due(1, now)
        tx.hub.ask(LEAVING, now)
        assert tx.hub.count(now) == {TOPIC: 1}
    assert subscription.secret == "secret"


def test_leaving(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(WANTED, at("a.example"))
    with store.transaction() as tx:
        assert tx.hub.has(WANTED)
        assert not tx.hub.has(at("b.example"))
    subscribe(LEAVING)
    changed(store, now)
    assert [each.host for each in due(store, now)] == ["a.example"]
    subscribe(LEAVING)  # twice


def test_a_change_that_comes_while_another_is_told_is_told_as_well(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    changed(store, now)
    (subscription,) = due(store, now)
    changed(store, now)
    with store.transaction() as tx:
        tx.hub.told(subscription, now)
    (again,) = due(store, now)
    with store.transaction() as tx:
        tx.hub.told(again, now)
    assert not due(store, now)


def test_a_change_does_not_hurry_whoever_was_told_in_vain(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    changed(store, now)
    with store.transaction() as tx:
        tx.hub.postpone(tx.hub.due(1, now)[0], now + MINUTE)
    changed(store, now)
    assert not due(store, now)
    (later,) = due(store, now + MINUTE)
    assert later.tries == 1
    with store.transaction() as tx:
        tx.hub.missed(later)
    assert not due(store, now + MINUTE)
    changed(store, now + MINUTE)
    (next_change,) = due(store, now + MINUTE)
    assert (next_change.tries, next_change.missed) == (0, 1)
    with store.transaction() as tx:
        tx.hub.told(next_change, now)
    changed(store, now + MINUTE)
    assert due(store, now + MINUTE)[0].missed == 0


def test_who_was_told_by_another_run_is_neither_told_again_nor_said_to_have_missed_it(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    changed(store, now)
    (read_by_both,) = due(store, now)
    with store.transaction() as tx:
        tx.hub.told(read_by_both, now)
        tx.hub.postpone(read_by_both, now)
        tx.hub.missed(read_by_both)
    assert not due(store, now + MINUTE)
    changed(store, now + MINUTE)
    assert [(each.tries, each.missed) for each in due(store, now + MINUTE)] == [(0, 0)]


def test_who_is_told_late_of_an_older_change_hears_of_the_newer_one_again(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    changed(store, now)
    (older,) = due(store, now)
    changed(store, now)
    (newer,) = due(store, now)
    with store.transaction() as tx:
        tx.hub.told(newer, now)
        assert not tx.hub.due(1, now)
        tx.hub.told(older, now)
        assert [each.change for each in tx.hub.due(1, now)] == [newer.change]


@pytest.mark.parametrize("comes_back", ["document", "subscriber"])
def test_what_has_come_back_meanwhile_does_not_end(
    store: Store, subscribe: Subscribe, now: datetime, comes_back: str
) -> None:
    subscribe(WANTED)
    with store.transaction() as tx:
        tx.hub.gone([TOPIC], now)
        (over,) = tx.hub.due(1, now)
    if comes_back == "document":
        changed(store, now)
    else:
        subscribe(WANTED)
    with store.transaction() as tx:
        tx.hub.end(over)
        assert tx.hub.count(now) == {TOPIC: 1}


def test_one_topic_at_a_time_and_the_one_that_waits_longest(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(*(at(f"{name}.example", topic) for name in "abc" for topic in (TOPIC, OTHER)))
    changed(store, now - MINUTE, OTHER)
    changed(store, now, TOPIC)
    assert [each.topic for each in due(store, now)] == [OTHER] * 3
    first = due(store, now, 2)
    assert [each.host for each in first] == ["a.example", "b.example"]
    with store.transaction() as tx:
        for each in due(store, now):
            tx.hub.told(each, now)
    assert [each.topic for each in due(store, now)] == [TOPIC] * 3


def test_a_host_that_says_nothing_rests_as_a_whole(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(at("a.example"), at("a.example", path="/2"), at("b.example"))
    changed(store, now)
    with store.transaction() as tx:
        tx.hub.rest("a.example", now, now + MINUTE)
    assert [each.host for each in due(store, now)] == ["b.example"]
    assert len(due(store, now + MINUTE)) == 3


def test_a_lease_ends(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(WANTED, replace(at("a.example"), lease=LEASE * 2))
    changed(store, now)
    with store.transaction() as tx:
        assert len(tx.hub.due(10, now + LEASE - MINUTE)) == 2
        assert [each.host for each in tx.hub.due(10, now + LEASE)] == ["a.example"]
        assert tx.hub.count(now + LEASE) == {TOPIC: 1}
        tx.hub.expire(now + LEASE)
        assert [each.host for each in tx.hub.due(10, now)] == ["a.example"]


def test_what_is_gone_is_told_at_once_and_is_over(store: Store, subscribe: Subscribe, now: datetime) -> None:
    subscribe(WANTED)
    changed(store, now)
    with store.transaction() as tx:
        tx.hub.postpone(tx.hub.due(1, now)[0], now + MINUTE)
        tx.hub.gone([TOPIC], now)
        (over,) = tx.hub.due(1, now)
        assert over.over
        assert tx.hub.count(now) == {}
        tx.hub.end(over)
        assert not tx.hub.due(1, now + MINUTE)


def test_what_comes_back_before_anybody_was_told_was_never_gone(
    store: Store, subscribe: Subscribe, now: datetime
) -> None:
    subscribe(WANTED)
    with store.transaction() as tx:
        tx.hub.gone([TOPIC], now)
        tx.hub.changed([TOPIC], now)
        assert [each.over for each in tx.hub.due(1, now)] == [False]


# ── Other hubs ───────────────────────────────────────────────────────────────────────────────────


def test_each_hub_hears_of_each_topic_once(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.pings.add([HUB, SECOND], [TOPIC, OTHER], now)
        tx.pings.add([HUB], [TOPIC], now)
        news = tx.pings.news(HUB, 10)
        assert [(each.topic, len(each.reasons)) for each in news] == [(TOPIC, 2), (OTHER, 1)]
        tx.pings.add([HUB], [TOPIC], now)  # while it is told
        tx.pings.heard(news)
        assert [each.topic for each in tx.pings.news(HUB, 10)] == [TOPIC]
        assert [each.topic for each in tx.pings.news(SECOND, 10)] == [TOPIC, OTHER]
        assert [each.topic for each in tx.pings.news(SECOND, 1)] == [TOPIC]


def test_nobody_hears_of_what_is_still_on_its_way_to_a_bucket(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.pings.add([HUB], [TOPIC, OTHER], now)
        tx.objects.queue([TOPIC])
        assert [each.topic for each in tx.pings.news(HUB, 10)] == [OTHER]
        for stage in Stage:
            tx.objects.purge(tx.objects.waiting(stage, 10).get(TOPIC, []))
        assert [each.topic for each in tx.pings.news(HUB, 10)] == [TOPIC, OTHER]


def test_nothing_for_nobody(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.pings.add([], [TOPIC], now)
        tx.pings.add([HUB], [], now)
        tx.pings.heard([])
        assert tx.pings.news(HUB, 10) == []


def test_what_is_old_and_hubs_that_we_no_longer_have_are_forgotten(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.pings.add([HUB, SECOND], [TOPIC], now - MINUTE)
        tx.pings.add([HUB, SECOND], [OTHER], now)
        tx.pings.failed(Trouble(SECOND, "is silent", 1, now, now))
        tx.pings.forget([HUB], now)
        assert [each.topic for each in tx.pings.news(HUB, 10)] == [OTHER]
        assert tx.pings.news(SECOND, 10) == []
        assert tx.pings.troubles() == []


def test_trouble_with_a_hub_lasts_until_it_answers(store: Store, now: datetime) -> None:
    first, second = (Trouble(HUB, "is silent", tries, now, now + tries * MINUTE) for tries in (1, 2))
    with store.transaction() as tx:
        tx.pings.failed(first)
        tx.pings.failed(second)
        assert tx.pings.troubles() == [second]
        tx.pings.answered(HUB)
        assert tx.pings.troubles() == []


def test_news_name_no_reason_twice(store: Store, now: datetime) -> None:
    with store.transaction() as tx:
        tx.pings.add([HUB], [TOPIC] * 3, now)
        (news,) = tx.pings.news(HUB, 10)
    assert news == News(TOPIC, tuple(sorted(set(news.reasons))))
