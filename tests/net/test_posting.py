"""What is posted goes once, to just the address that was named."""

import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
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


# ── Whether it may have been taken all the same ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 2", reply(200, b"half", Content_Length=9), b"220 hello\r\n\r\n", reply(503), reply(302)],
)
def test_what_has_left_may_have_been_taken(world: World, answer: bytes) -> None:
    world.site.plays("/hub", lambda connection: connection.sendall(answer))

    assert refused(world).sent


def test_so_it_may_where_nobody_says_anything(new_world: MakeWorld) -> None:
    world = new_world(net.Limits(silence=timedelta(seconds=0.05)))

    def wait(_: socket.socket) -> None:
        world.site.ended.wait(5)

    world.site.plays("/hub", wait)

    failure = refused(world)
    world.site.ended.set()

    assert failure.sent


def test_so_it_may_where_the_answer_is_too_large(new_world: MakeWorld) -> None:
    world = new_world(net.Limits(max_bytes=10))
    world.site.plays("/hub", reply(200, b"x" * 11))

    assert refused(world).sent


def test_not_where_nobody_listens_or_we_do_not_go(new_world: MakeWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    world = new_world(ports={80: port})
    world.names.table["inside.example"] = ["10.0.0.1"]

    assert not refused(world).sent
    assert not refused(world, "http://inside.example/").sent
    assert not refused(world, "http://127.0.0.1/").sent


def test_not_where_it_breaks_off_while_it_is_written(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def close() -> None:
            connection, _ = listening.accept()
            connection.recv(1000)
            # Linger for no time: the other end is told at once that nothing more is read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        world.network._ports[80] = listening.getsockname()[1]
        thread = threading.Thread(target=close)
        thread.start()
        failure = refused(world, content=bytes(50_000_000))
        thread.join(5)

    assert not failure.sent


def test_whoever_takes_several_at_once_gets_several(new_world: MakeWorld) -> None:
    world = new_world(net.Limits(at_once=2))
    both = threading.Barrier(2, timeout=5)

    def meet(connection: socket.socket) -> None:
        both.wait()
        connection.sendall(reply(200))

    world.site.plays("/hub", meet)

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(world.client.post, "http://example.org/hub", b"x") for _ in range(2)]
    assert [answer.result().status for answer in answers] == [200, 200]
