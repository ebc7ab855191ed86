"""Other hubs hear once of each change, and one that is dead is no trouble to anybody."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from feeder.app import App
from feeder.workflows.exchange import Worked
from tests.hub_rig import Listener, Reply, Town, town_settings

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PUBLIC = "http://127.0.0.1:8000/"
OF_PORTS = {f"{PUBLIC}{path}" for path in ("atom.xml", "rss.xml", "feed.json", "tag/ports/atom.xml")}


@pytest.fixture
def hub() -> Iterator[Listener]:
    """Another hub."""
    with Listener() as other:
        yield other


@pytest.fixture
def told(town: Town, hub: Listener) -> Iterator[Town]:
    """The site, with another hub beside its own."""
    with App(town_settings(town.app.settings.folder, hub.callback("/other"))) as app:
        town.app = app
        yield town


def topics(hub: Listener) -> list[str]:
    """Return the topics of which a hub was told."""
    forms = [parse_qs(pushed.content.decode()) for pushed in hub.pushed]
    assert all(form.keys() == {"hub.mode", "hub.url"} for form in forms)
    assert all(form["hub.mode"] == ["publish"] for form in forms)
    return [form["hub.url"][0] for form in forms]


def troubles(town: Town) -> list[str]:
    with town.app.store.reading() as tx:
        return [trouble.problem for trouble in tx.pings.troubles()]


def publish_and_work(town: Town, name: str) -> Worked:
    town.publish(name)
    return town.work()


def test_readers_are_told_of_both_hubs_our_own_first(told: Town, hub: Listener) -> None:
    links = f'<link href="{PUBLIC}hub" rel="hub"/>\n  <link href="{hub.callback("/other")}" rel="hub"/>'
    told.publish()
    assert links.encode() in told.document()


def test_each_feed_that_changed_is_told_once(told: Town, hub: Listener) -> None:
    assert publish_and_work(told, "second").problems == []
    heard = topics(hub)
    assert set(heard) >= OF_PORTS
    assert len(heard) == len(set(heard))
    assert all(topic.endswith(("atom.xml", "rss.xml", "feed.json")) for topic in heard)
    assert {pushed.path for pushed in hub.pushed} == {"/other"}
    hub.pushed.clear()
    told.publish()
    told.work()
    assert hub.pushed == []


def test_a_dead_hub_is_a_problem_once_and_is_told_when_it_is_back(told: Town, hub: Listener) -> None:
    hub.take = lambda _: Reply(503)
    done = publish_and_work(told, "second")
    assert [problem.rule for problem in done.problems] == ["is in trouble (503)"]
    assert len(hub.pushed) == 1
    assert told.work().problems == publish_and_work(told, "third").problems == []
    assert len(hub.pushed) == 1
    told.now += MINUTE
    assert told.work().problems == []
    assert (len(hub.pushed), len(troubles(told))) == (2, 1)
    hub.take = lambda _: Reply(204)
    hub.pushed.clear()
    told.now += 5 * MINUTE
    told.work()
    assert (set(topics(hub)) >= OF_PORTS, troubles(told)) == (True, [])
    assert len(hub.pushed) == len(set(topics(hub)))


def test_a_hub_that_is_dead_for_days_hears_of_what_is_new_when_it_is_back(told: Town, hub: Listener) -> None:
    hub.take = lambda _: Reply(500)
    publish_and_work(told, "second")
    for _ in range(12):
        told.now += 5 * HOUR
        assert told.work().problems == []
    assert len(hub.pushed) <= 12
    hub.take = lambda _: Reply(204)
    hub.pushed.clear()
    told.now += HOUR * 7
    told.work()
    assert hub.pushed == []
    publish_and_work(told, "third")
    assert set(topics(hub)) >= OF_PORTS


def test_what_a_hub_does_not_want_is_not_told_again_and_holds_up_nothing(told: Town, hub: Listener) -> None:
    hub.take = lambda pushed: Reply(400 if b"rss.xml" in pushed.content else 204)
    done = publish_and_work(told, "second")
    assert len(done.problems) == 1
    assert "answers 400" in done.problems[0].rule
    assert set(topics(hub)) >= OF_PORTS
    hub.pushed.clear()
    assert (told.work().problems, hub.pushed, troubles(told)) == ([], [], [])


def test_a_redirect_is_no_answer(told: Town, hub: Listener) -> None:
    hub.take = lambda _: Reply(307, headers={"Location": hub.callback("/elsewhere")})
    publish_and_work(told, "second")
    assert {pushed.path for pushed in hub.pushed} == {"/other"}
    assert len(troubles(told)) == 1


def test_nobody_there_holds_up_neither_publishing_nor_subscribers(town: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with App(town_settings(town.app.settings.folder, nobody)) as app:
        town.app = app
        town.publish()
        town.ask()
        done = town.work()
        assert (done.verified, len(done.problems)) == (1, 1)
        assert (publish_and_work(town, "second").told, len(troubles(town))) == (1, 1)


def test_a_hub_that_is_taken_out_is_forgotten(told: Town, hub: Listener) -> None:
    hub.take = lambda _: Reply(500)
    publish_and_work(told, "second")
    with App(town_settings(told.app.settings.folder)) as alone:
        told.app = alone
        told.work()
        assert troubles(told) == []
