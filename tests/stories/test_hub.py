"""A feed reader is told at once: it finds the hub, subscribes, is told, renews, and is forgotten in the end."""

import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import feedparser
import pytest

from tests.conftest import Service, Site, ask, at_free_port, piece, running, until
from tests.hub_rig import Listener, Pushed, Reply, form, is_signed, repeat

SECRET = "a secret of the reader's"
WITHIN_SECONDS = 20


@pytest.fixture
def reader() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


@pytest.fixture
def hub(site: Site) -> Site:
    """A site with a hub, whose texts are looked at every second."""
    site.configure('path = "content"\nevery = "1s"\nannounce = true', instead_of='path = "content"')
    site.settings["FEEDER_PUBLISH__HUB"] = "true"
    site.write("first.md", piece("The first bridge", "tags: [bridges]"))
    return at_free_port(site)


def found(service: Service, path: str) -> tuple[str, str]:
    """Find the hub of a feed and its topic, as a reader does: in its header, and the same within."""
    with urlopen(f"{service.address}{path}", timeout=10) as answer:
        header, content = answer.headers["Link"], answer.read()
    links = {link["rel"]: link["href"] for link in feedparser.parse(content).feed.links}
    assert header == f'<{links["self"]}>; rel="self", <{links["hub"]}>; rel="hub"'
    return links["hub"], links["self"]


def later(**time: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**time):%FT%TZ}"


def test_a_reader_is_told_at_once_until_its_lease_is_over(hub: Site, reader: Listener) -> None:
    with running(hub) as service:
        assert service.shows("The first bridge", "tag/bridges/atom.xml")
        address, topic = found(service, "tag/bridges/atom.xml")
        asked = form(topic, reader.callback("/cb?id=1"), secret=SECRET, lease_seconds=5 * 86400)
        with pytest.raises(HTTPError, match="404") as refused:
            ask(address, "POST", form(f"{topic}?x", reader.callback()))
        refused.value.close()

        ask(address, "POST", asked)
        assert until(lambda: reader.modes == ["subscribe"], WITHIN_SECONDS)
        assert reader.asked[0][1]["hub.topic"] == topic
        assert "hub: 1 subscriptions" in hub.done("status").out
        assert "; 1 told by the hub)" in hub.done("feeds", "stats").out

        hub.write("second.md", piece("The second bridge", "tags: [bridges]"))
        assert until(lambda: bool(reader.pushed), WITHIN_SECONDS)
        pushed = reader.pushed[0]
        assert "The second bridge" in pushed.content.decode()
        assert service.get("tag/bridges/atom.xml").encode() == pushed.content
        assert (pushed.path, is_signed(pushed, SECRET)) == ("/cb?id=1", True)

        ask(address, "POST", form(topic, reader.callback("/cb?id=1"), secret="new", lease_seconds=9 * 86400))
        assert until(lambda: reader.modes == ["subscribe"] * 2, WITHIN_SECONDS)
        assert service.end(signal.SIGTERM) == 0

    hub.now = later(days=8)  # after the first lease, before the end of the second
    hub.write("third.md", piece("The third bridge", "tags: [bridges]"))
    hub.done("once")
    assert (len(reader.pushed), is_signed(reader.pushed[-1], "new")) == (2, True)
    hub.now = later(days=10)
    hub.write("fourth.md", piece("The fourth bridge", "tags: [bridges]"))
    hub.done("once")
    assert len(reader.pushed) == 2
    assert "hub:" not in hub.done("status").out
    assert reader.callback() not in service.log.read_text()


def test_a_kill_while_a_reader_is_asked_or_told_loses_nothing(hub: Site, reader: Listener) -> None:
    go_on, came = threading.Event(), threading.Event()

    def hesitate_to_confirm(asked: dict[str, str]) -> Reply:
        came.set()
        go_on.wait(WITHIN_SECONDS)
        return repeat(asked)

    def hesitate_to_take(_: Pushed) -> Reply:
        came.set()
        go_on.wait(WITHIN_SECONDS)
        return Reply(204)

    reader.confirm = hesitate_to_confirm
    with running(hub) as service:
        assert service.shows("The first bridge", "atom.xml")
        ask(*_posted(*found(service, "atom.xml"), reader))
        assert came.wait(WITHIN_SECONDS)
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
    go_on.set()
    reader.confirm, reader.take = repeat, hesitate_to_take
    with running(hub) as service:
        assert until(lambda: reader.modes == ["subscribe"] * 2, WITHIN_SECONDS)
        came.clear()
        go_on.clear()
        hub.write("second.md", piece("The second bridge"))
        assert came.wait(WITHIN_SECONDS)
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
    go_on.set()
    hub.now = later(minutes=1)
    hub.done("once")
    assert [b"The second bridge" in pushed.content for pushed in reader.pushed] == [True, True]
    hub.done("once")
    assert len(reader.pushed) == 2


def _posted(hub: str, topic: str, reader: Listener) -> tuple[str, str, bytes]:
    return hub, "POST", form(topic, reader.callback())


def test_other_hubs_hear_of_each_change_and_a_dead_one_is_told_of_once(site: Site) -> None:
    with Listener() as other:
        hubs = f'hubs = ["{other.callback("/")}"]'
        site.configure(hubs, instead_of="# hubs = []")
        site.write("first.md", piece("The first bridge", "tags: [bridges]"))
        site.done("once")
        heard = [pushed.content.decode() for pushed in other.pushed]
        assert "hub.mode=publish&hub.url=http%3A%2F%2F127.0.0.1%3A8000%2Ftag%2Fbridges%2Fatom.xml" in heard
        site.done("once")
        assert len(other.pushed) == len(heard)
    site.write("second.md", piece("The second bridge"))
    dead = site.feeder("once")
    assert (dead.code, "nobody listens there" in dead.err) == (1, True)
    assert "The second bridge" in site.page("atom.xml")
    site.write("third.md", piece("The third bridge"))
    site.done("once")
    assert "! hub 127.0.0.1 hears of no changes since 2026-11-22 08:00 UTC" in site.done("status").out
