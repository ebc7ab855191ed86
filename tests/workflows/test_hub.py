"""Our hub, as a subscriber on the loopback sees it: the cases of websub.rocks, and those of hostile callers."""

import socket
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder import net
from feeder.app import App
from feeder.errors import StoreBusy
from feeder.model.feeds import Format
from feeder.model.hub import Mode, Wanted
from feeder.model.settings import Site, StoreSettings
from feeder.store import open_store
from feeder.websub import asking
from feeder.workflows import hub
from feeder.workflows.exchange import LIMITS
from feeder.workflows.publish import publish
from tests.hub_rig import ATOM, DAY, Listener, Pushed, Reply, Town, is_signed, repeat, town_settings
from tests.postgresql_rig import a_database

from .conftest import NOON

MINUTE = timedelta(minutes=1)
HUB = "http://127.0.0.1:8000/hub"
TOPIC = "http://127.0.0.1:8000/atom.xml"


# ── Subscribing ──────────────────────────────────────────────────────────────────────────────────


def test_a_subscriber_is_asked_whether_it_was_meant(town: Town) -> None:
    town.ask(path="/cb?id=7&hub.mode=mine", lease=3 * DAY)
    assert town.work().counts() == {"verified": 1}
    ((path, asked),) = town.subscriber.asked
    assert path.startswith("/cb?id=7&hub.mode=mine&hub.mode=subscribe&")
    assert (asked["id"], asked["hub.topic"]) == ("7", TOPIC)
    assert asked["hub.lease_seconds"] == str(3 * 24 * 3600)
    assert len(asked["hub.challenge"]) >= 32
    assert town.subscriptions() == 1
    assert town.work().counts() == {}


def test_no_two_challenges_are_the_same(town: Town) -> None:
    town.ask()
    town.ask(path="/other")
    town.work()
    first, second = (asked["hub.challenge"] for _, asked in town.subscriber.asked)
    assert first != second


REPLIES: dict[str, Callable[[str], Reply]] = {
    "no": lambda _: Reply(404),
    "gone": lambda _: Reply(410),
    "broken": lambda _: Reply(500),
    "not-modified": lambda _: Reply(304),
    "no-with-it": lambda challenge: Reply(404, challenge.encode()),
    "another": lambda _: Reply(200, b"another challenge"),
    "nothing": lambda _: Reply(200, b""),
    "more": lambda challenge: Reply(200, f"{challenge}!".encode()),
    "far-more": lambda challenge: Reply(200, challenge.encode() + bytes(2000)),
}


def test_what_is_not_confirmed_comes_to_nothing(town: Town) -> None:
    town.subscriber.confirm = lambda asked: REPLIES[asked["how"]](asked["hub.challenge"])
    for how in REPLIES:
        town.ask(path=f"/?how={how}")
    for _ in range(4):
        assert town.work().verified == 0
        town.now += 5 * MINUTE
    assert town.subscriptions() == 0
    asked = [asked["how"] for _, asked in town.subscriber.asked]
    assert {how: asked.count(how) for how in REPLIES} == dict.fromkeys(REPLIES, 1) | {"far-more": 3}


@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_is_followed(town: Town, status: int) -> None:
    elsewhere = town.subscriber.callback("/elsewhere")
    town.subscriber.confirm = lambda _: Reply(status, headers={"Location": elsewhere})
    town.ask()
    assert town.work().verified == 0
    town.subscriber.confirm = repeat
    town.subscribe()
    town.subscriber.take = lambda _: Reply(status, headers={"Location": elsewhere})
    town.change()
    assert town.work().put_off == 1
    assert not [path for path, _ in town.subscriber.asked if path.startswith("/elsewhere")]
    assert [pushed.path for pushed in town.pushed] == ["/cb"]


def test_whoever_does_not_answer_is_asked_thrice(town: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
    wanted = Wanted(Mode.SUBSCRIBE, ATOM, nobody, DAY)
    assert hub.ask(town.app.store, town.app.settings.site, wanted, town.now) is None
    counts = []
    for _ in range(5):
        counts.append(town.work().counts())
        town.now += 5 * MINUTE
    assert counts == [{}, {}, {"dropped": 1}, {}, {}]


def test_what_was_never_a_feed_of_ours_is_refused_at_once(town: Town) -> None:
    for topic in ("nothing/atom.xml", "feeds.opml", "index.html"):
        refusal = hub.ask(
            town.app.store,
            town.app.settings.site,
            Wanted(Mode.SUBSCRIBE, topic, town.subscriber.callback(), DAY),
            town.now,
        )
        assert refusal == asking.Refusal(404, asking.UNKNOWN_TOPIC)


def test_a_feed_that_goes_before_the_verification_is_denied(town: Town) -> None:
    town.publish("second", "tags: rare")
    town.ask(topic="tag/rare/atom.xml")
    town.write("second", "tags: ports")
    town.publish()
    assert town.work().dropped == 1
    ((_, asked),) = town.subscriber.asked
    assert (asked["hub.mode"], asked["hub.topic"]) == ("denied", "http://127.0.0.1:8000/tag/rare/atom.xml")
    assert "hub.challenge" not in asked


def test_leaving_is_verified_as_well(town: Town) -> None:
    town.subscribe()
    town.subscriber.confirm = lambda _: Reply(404)
    town.ask(Mode.UNSUBSCRIBE)
    town.work()
    assert town.subscriptions() == 1
    town.subscriber.confirm = repeat
    town.ask(Mode.UNSUBSCRIBE)
    assert town.work().verified == 1
    assert (town.subscriptions(), town.subscriber.modes) == (0, ["subscribe", "unsubscribe", "unsubscribe"])
    town.change()
    assert town.work().told == 0


def test_nobody_is_asked_whether_they_leave_what_they_do_not_have(town: Town) -> None:
    town.ask(Mode.UNSUBSCRIBE)
    assert (town.work().counts(), town.subscriber.asked) == ({}, [])


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("topic", "media_type"),
    [
        (ATOM, "application/atom+xml; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("tag/ports/feed.json", "application/feed+json"),
    ],
)
def test_a_change_is_told_with_the_document_as_it_stands(town: Town, topic: str, media_type: str) -> None:
    town.subscribe(topic=topic)
    town.publish("second")
    assert town.work().counts() == {"told": 1}
    (pushed,) = town.pushed
    assert pushed.content == town.document(topic)
    assert b"Title of second" in pushed.content
    assert pushed.headers["content-type"] == media_type
    assert pushed.headers["link"] == f'<http://127.0.0.1:8000/{topic}>; rel="self", <{HUB}>; rel="hub"'
    assert "x-hub-signature" not in pushed.headers
    assert town.work().counts() == {}


def test_with_a_secret_it_is_signed(town: Town) -> None:
    town.subscribe(secret="hush")
    town.change()
    town.work()
    (pushed,) = town.pushed
    assert is_signed(pushed, "hush")
    assert not is_signed(pushed, "another")


def test_what_has_not_changed_is_not_told(town: Town) -> None:
    town.subscribe()
    town.publish()
    town.publish("second", "tags: ports\ndraft: true")
    assert (town.work().counts(), town.pushed) == ({}, [])


def test_several_changes_are_told_at_once_and_are_the_newest(town: Town) -> None:
    town.subscribe()
    town.change(b"second")
    town.change(b"third")
    town.work()
    assert [pushed.content for pushed in town.pushed] == [b"third"]


def test_all_subscribers_of_a_topic_are_told(town: Town) -> None:
    for number in range(12):
        town.ask(path=f"/{number}")
    assert town.work().verified == 12
    town.change()
    assert town.work().told == 12
    assert {pushed.path for pushed in town.pushed} == {f"/{number}" for number in range(12)}
    assert {pushed.content for pushed in town.pushed} == {town.document()}


def test_who_is_there_again_later_is_told_then(town: Town) -> None:
    town.subscribe()
    town.change()
    town.subscriber.take = lambda _: Reply(503)
    assert town.work().counts() == {"put_off": 1}
    assert town.work().counts() == {}
    town.subscriber.take = lambda _: Reply(200, b"thanks " * 10_000)
    town.now += MINUTE
    assert town.work().counts() == {"told": 1}


def test_who_asks_for_patience_gets_it(town: Town) -> None:
    town.subscribe()
    town.change()
    town.subscriber.take = lambda _: Reply(429, headers={"Retry-After": "600"})
    town.work()
    town.now += 9 * MINUTE
    assert town.work().counts() == {}
    town.now += MINUTE
    assert town.work().counts() == {"put_off": 1}


def test_410_ends_the_subscription(town: Town) -> None:
    town.subscribe()
    town.change()
    town.subscriber.take = lambda _: Reply(410)
    assert town.work().counts() == {"ended": 1}
    assert town.subscriptions() == 0


def test_after_three_changes_that_came_to_nothing_it_ends(town: Town) -> None:
    town.subscribe(lease=30 * DAY)
    town.subscriber.take = lambda _: Reply(500)
    for _ in range(3):
        assert town.subscriptions() == 1
        town.change()
        for _ in range(6):
            town.work()
            town.now += timedelta(hours=7)
        assert town.work().counts() == {}
    assert town.subscriptions() == 0
    assert len(town.pushed) == 18


def test_a_lease_that_is_over_is_told_no_more_and_one_that_is_renewed_is(town: Town) -> None:
    town.subscribe(lease=DAY)
    town.now += DAY - MINUTE
    town.ask(lease=DAY)
    town.work()
    town.now += 2 * MINUTE
    town.change()
    assert town.work().told == 1
    town.now += DAY
    town.change()
    assert (town.work().counts(), town.subscriptions()) == ({}, 0)


def test_a_feed_that_is_gone_is_told_as_denied(town: Town) -> None:
    town.subscribe(topic="rss.xml")
    town.publish("second")
    now = town.app.settings
    with App(replace(now, publish=replace(now.publish, formats=(Format.ATOM,)))) as without:
        publish(without.store, without.press, town.now, progress=lambda work, _: work)
    assert town.work().counts() == {"ended": 1}
    assert (town.subscriber.modes, town.pushed) == (["subscribe", "denied"], [])
    assert town.subscriptions() == 0


def test_a_feed_that_has_moved_is_told_as_it_stands_and_takes_no_more_subscribers(town: Town) -> None:
    town.publish("second", "tags: rare")
    town.subscribe(topic="tag/rare/atom.xml")
    town.write("second", "tags: ports")
    town.publish()
    assert town.work().counts() == {"told": 1}
    assert town.pushed[0].content == town.document("tag/rare/atom.xml")
    wanted = Wanted(Mode.SUBSCRIBE, "tag/rare/atom.xml", town.subscriber.callback(), DAY)
    assert hub.ask(town.app.store, town.app.settings.site, wanted, town.now) is not None
    town.ask(Mode.UNSUBSCRIBE, "tag/rare/atom.xml")
    assert (town.work().verified, town.subscriptions()) == (1, 0)


def test_a_document_that_somebody_took_away_is_told_when_it_is_back(town: Town) -> None:
    town.subscribe()
    town.change()
    place = town.app.settings.publish.folder / ATOM
    kept = place.read_bytes()
    place.unlink()
    assert town.work().counts() == {"put_off": 1}
    place.write_bytes(kept)
    town.now += MINUTE
    assert town.work().counts() == {"told": 1}


# ── Hostile callers ──────────────────────────────────────────────────────────────────────────────


INSIDE = [
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://localhost:8080/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0/",
]


def test_no_site_on_the_web_calls_into_its_own_network(town: Town) -> None:
    site = Site("Spans", "Ada", "https://spans.example/")
    for callback in INSIDE:
        refusal = hub.ask(town.app.store, site, Wanted(Mode.SUBSCRIBE, ATOM, callback, DAY), town.now)
        assert (callback, refusal.status if refusal else 202) == (callback, 400)


def test_nor_does_a_name_lead_there(town: Town) -> None:
    wanted = Wanted(Mode.SUBSCRIBE, ATOM, town.subscriber.callback(host="inside.example"), DAY)
    site = replace(town.app.settings.site, public_url="https://spans.example/")
    assert hub.ask(town.app.store, site, wanted, town.now) is None
    exchange = town.app.exchange(lambda: town.now)
    with net.Client("feeder", LIMITS, resolve=lambda _: ["127.0.0.1"]) as client:
        done = hub.work(town.app.store, replace(exchange, site=site, client=client))
    assert (done.verified, town.subscriber.asked) == (0, [])


def test_a_name_that_leads_elsewhere_after_the_verification_is_looked_up_again(town: Town) -> None:
    addresses = [["127.0.0.1"], ["169.254.169.254"]]
    exchange = town.app.exchange(lambda: town.now)
    wanted = Wanted(Mode.SUBSCRIBE, ATOM, town.subscriber.callback(host="turns.example"), DAY)
    assert hub.ask(town.app.store, town.app.settings.site, wanted, town.now) is None
    town.subscriber.confirm = lambda asked: replace(repeat(asked), headers={"Connection": "close"})
    with net.Client("feeder", LIMITS, resolve=lambda _: addresses.pop(0)) as client:
        assert hub.work(town.app.store, replace(exchange, client=client)).verified == 1
        town.change()
        assert hub.work(town.app.store, replace(exchange, client=client)).put_off == 1
    assert (town.pushed, addresses) == ([], [])


def test_a_host_that_says_nothing_is_spoken_to_once_a_round(town: Town) -> None:
    for topic in (ATOM, "rss.xml", "feed.json"):
        for path in ("/1", "/2"):
            town.ask(topic=topic, path=path)
    assert town.work().verified == 6
    town.change()
    port = town.subscriber.port
    town.subscriber.close()
    brief = replace(LIMITS, silence=timedelta(seconds=0.2))
    with socket.create_server(("127.0.0.1", port)) as silent, net.Client("feeder", brief) as client:
        done = hub.work(town.app.store, replace(town.app.exchange(lambda: town.now), client=client))
        assert (done.put_off, callers(silent)) == (1, 1)
        town.now += MINUTE
        done = hub.work(town.app.store, replace(town.app.exchange(lambda: town.now), client=client))
        assert (done.put_off, callers(silent)) == (1, 1)


def callers(server: socket.socket) -> int:
    """Return how many have connected to a server that has never looked."""
    server.setblocking(False)
    number = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            number += 1
    return number


@pytest.mark.parametrize(("status", "told"), [(503, 1), (404, 3)])
def test_a_host_in_trouble_is_left_alone_and_one_that_refuses_something_is_not(
    town: Town, status: int, told: int
) -> None:
    for path in ("/1", "/2", "/3"):
        town.ask(path=path)
    town.work()
    town.change()
    town.subscriber.take = lambda _: Reply(status)
    assert town.work().put_off == len(town.pushed) == told


def test_it_stops_when_it_is_told_to(town: Town) -> None:
    town.ask()
    town.stops = True
    assert town.work().counts() == {}
    town.stops = False
    assert town.work().verified == 1


# ── Kills ────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """Ends a run at once, as a kill does: nothing catches it."""


def test_a_run_that_is_killed_after_it_asked_asks_again(town: Town) -> None:
    town.ask()
    exchange = town.app.exchange(lambda: town.now)

    def die() -> str:
        raise Killed

    with pytest.raises(Killed):
        hub.work(town.app.store, replace(exchange, challenge=die))
    assert town.work().verified == 1


def test_a_run_that_is_killed_before_it_wrote_down_what_was_told_tells_it_again(town: Town) -> None:
    town.subscribe()
    town.change()
    with town.app.store.reading() as tx:
        (subscription,) = tx.hub.due(10, town.now)
    with pytest.raises(Killed), town.app.store.transaction() as tx:  # noqa: PT012 - undone after the work
        tx.hub.told(subscription, town.now)
        raise Killed
    assert town.work().told == 1


def test_a_publish_that_breaks_off_before_its_last_step_is_told_by_the_next(town: Town) -> None:
    town.subscribe()
    town.write("second", "tags: ports")
    url = town.app.settings.store.url
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)

    def hold(work: Iterable[Any], _total: int) -> Iterable[Any]:
        other.execute("BEGIN IMMEDIATE")
        return work

    with closing(other), closing(open_store(url, town.app.space, timedelta(milliseconds=20))) as store:
        with pytest.raises(StoreBusy):
            publish(store, town.app.press, town.now, progress=hold)
        other.rollback()
    assert b"Title of second" in town.document()
    assert town.work().counts() == {}
    town.publish()
    assert town.work().told == 1


# ── Whatever happens ─────────────────────────────────────────────────────────────────────────────


def _answer(reply: Reply, _: Pushed) -> Reply:
    return reply


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["change", "work", "work", "later", "fails", "takes"]), max_size=12))
def test_whoever_can_be_told_has_the_newest_in_the_end_and_nothing_twice_in_peace(
    town: Town, steps: list[str]
) -> None:
    town.subscriber.take = lambda _: Reply(204)
    town.pushed.clear()
    town.subscribe(path="/steps", lease=30 * DAY)
    for number, step in enumerate([*steps, "takes", "change"]):
        match step:
            case "change":
                town.change(f"{number}".encode())
            case "work":
                town.work()
            case "later":
                town.now += timedelta(hours=7)
            case "fails" | "takes":
                reply = Reply(500 if step == "fails" else 204)
                town.subscriber.take = partial(_answer, reply)
    town.now += timedelta(hours=7)
    town.work()
    assert town.pushed[-1].content == f"{len(steps) + 1}".encode()
    before = len(town.pushed)
    assert (town.work().counts(), len(town.pushed)) == ({}, before)
    town.ask(Mode.UNSUBSCRIBE, path="/steps")
    assert town.work().verified == 1


def test_on_postgresql_telling_and_publishing_do_not_hold_up_each_other(
    postgresql: str, tmp_path: Path
) -> None:
    (tmp_path / "content").mkdir()
    with a_database(postgresql) as address, Listener() as listener:
        store = StoreSettings(address)
        with App(replace(town_settings(tmp_path), store=store)) as app, ThreadPoolExecutor(1) as other:
            town = Town(app, listener, NOON)
            town.publish("first")
            for path in "abcdef":
                town.ask(path=f"/{path}")
            assert town.work().verified == 6
            publishing = [other.submit(town.publish, name) for name in ("second", "third")]
            while not all(each.done() for each in publishing):
                town.work()
            assert [each.result() for each in publishing] == [None, None]
            town.work()
            newest = {pushed.path: pushed.content for pushed in town.pushed}
            assert newest == dict.fromkeys((f"/{path}" for path in "abcdef"), town.document())
