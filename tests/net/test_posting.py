"""What is posted goes once, to just the address that was named."""

import socket
import threading
from datetime import timedelta

import pytest

from feeder import net

from .conftest import MakeWorld, World, reply

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def refused(world: World, url: str = "http://example.org/hub", content: bytes = b"x") -> net.RequestFailed:
    with pytest.raises(net.RequestFailed) as raised:
        world.client.post(url, content)
    return raised.value


@pytest.mark.parametrize("status", [200, 202, 299])
def test_what_is_posted(world: World, status: int) -> None:
    world.site.plays("/hub?a=b", reply(status, b"thanks"))

    answer = world.client.post("http://example.org/hub?a=b", b"mode=publish", headers=FORM)

    assert (answer.status, answer.content) == (status, b"thanks")
    (asked,) = world.site.requests
    assert (asked.method, asked.content) == ("POST", b"mode=publish")
    assert asked.headers["content-length"] == "12"
    assert asked.headers["content-type"] == FORM["Content-Type"]
    assert "feeder/test" in asked.headers["user-agent"]


def test_nothing_is_read_where_nothing_is_wanted(world: World) -> None:
    world.site.plays("/", reply(200, b"", Content_Length=10**12))

    assert world.client.post("http://example.org/", b"x", max_bytes=0).content == b""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(world: World, status: int) -> None:
    world.site.plays("/hub", reply(status, Location="/elsewhere"))

    assert refused(world).status == status
    assert [asked.path for asked in world.site.requests] == ["/hub"]


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_what_was_not_taken_is_not_sent_again(world: World, status: int) -> None:
    world.site.plays("/hub", reply(status, Retry_After=7))

    failure = refused(world)

    assert (failure.status, failure.retry_after) == (status, timedelta(seconds=7))
    assert len(world.site.requests) == 1
    assert not world.slept


def test_nor_is_it_where_nobody_answers(world: World) -> None:
    world.site.plays("/hub", lambda _: None)  # the connection ends

    assert refused(world).status is None
    assert len(world.site.requests) == 1


def test_no_name_leads_into_this_machine(world: World) -> None:
    world.names.table["inside.example"] = ["127.0.0.1"]

    assert "127.0.0.1" in refused(world, "http://inside.example/hub").rule
    assert not world.network.addresses


def test_whoever_takes_next_to_nothing_is_overdue(new_world: MakeWorld) -> None:
    world = new_world(net.Limits(whole=timedelta(seconds=0.5)))
    done = threading.Event()

    def sip(slow: socket.socket) -> None:
        connection, _ = slow.accept()
        with connection:
            while not done.wait(0.01):
                connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as slow:
        slow.listen()
        world.network._ports[80] = slow.getsockname()[1]
        thread = threading.Thread(target=sip, args=(slow,))
        thread.start()
        failure = refused(world, content=bytes(50_000_000))
        done.set()
        thread.join()
    assert "took too long" in failure.rule
