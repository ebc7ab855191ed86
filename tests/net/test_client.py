"""What a caller gets: answers, redirects, retries and refusals, from a real site."""

import gzip
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest

from feeder import net

from .conftest import MakeWorld, Names, Rerouted, Site, World, reply

SECOND = timedelta(seconds=1)


def play(*pieces: bytes) -> Any:
    """Send some bytes and hang up."""

    def sends(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return sends


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────


def test_an_answer(world: World) -> None:
    body = '[{"title": "Häfen"}]'.encode()
    world.site.plays("/posts?page=2", reply(200, body, Content_Type="application/json", ETag='"1"'))

    answer = world.get("http://example.org/posts?page=2", accept="application/json")

    assert answer.status == 200
    assert answer.json() == [{"title": "Häfen"}]
    assert answer.headers["ETAG"] == '"1"'
    assert answer.url == "http://example.org/posts?page=2"


def test_what_is_sent(world: World) -> None:
    world.site.plays("/", reply())

    world.get("http://münchen.example/#part", accept="application/json", headers={"If-None-Match": '"ä"'})

    assert world.site.requests[0].headers == {
        "host": "xn--mnchen-3ya.example",
        "user-agent": "feeder/test (+mailto:me@example.org)",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "if-none-match": '"ä"',
    }


def test_a_packed_answer(world: World) -> None:
    world.site.plays("/", reply(200, gzip.compress(b"text" * 100), Content_Encoding="gzip"))

    assert world.get("http://example.org/").content == b"text" * 100


def test_what_has_not_changed(world: World) -> None:
    world.site.plays("/", b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nContent-Encoding: gzip\r\n\r\n')

    answer = world.get("http://example.org/", headers={"If-None-Match": '"1"', "If-Modified-Since": "Mon"})

    assert (answer.status, answer.content, answer.headers["etag"]) == (304, b"", '"2"')
    sent = world.site.requests[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"1"', "Mon")


@pytest.mark.parametrize("status", [404, 410, 302])
def test_other_answers_that_are_accepted(world: World, status: int) -> None:
    world.site.plays("/", reply(status, b"words", Location="/elsewhere"))

    answer = world.get("http://example.org/", accepted={404, 410, 302})

    assert (answer.status, answer.content) == (status, b"words")


def test_connections_are_kept_and_cookies_are_not(world: World) -> None:
    world.site.plays("/", reply(200, b"x", Set_Cookie="session=1"))

    for _ in range(3):
        world.get("http://example.org/")

    assert world.site.connections == 1
    assert not any("cookie" in request.headers for request in world.site.requests)


def test_a_connection_that_the_site_has_closed_meanwhile(world: World) -> None:
    world.site.plays("/", play(reply(200, b"one")), reply(200, b"two"))

    assert world.get("http://example.org/").content == b"one"
    assert world.get("http://example.org/").content == b"two"


def test_a_name_and_a_password(world: World) -> None:
    world.site.plays("/", reply())

    world.get("http://example.org/", auth=("ada", "schlüssel"))

    assert world.site.requests[0].headers["authorization"] == "Basic YWRhOnNjaGzDvHNzZWw="


def test_a_header_with_a_line_end_is_not_sent_and_not_told(world: World) -> None:
    failure = world.fails("http://example.org/", headers={"X-Key": "s3cret\r\nHost: other.example"})

    assert "'X-Key'" in failure.rule
    assert "s3cret" not in str(failure)
    assert failure.__cause__ is None
    assert not world.site.requests


def test_a_closed_client_asks_nobody(world: World) -> None:
    with world.client:
        pass

    with pytest.raises(RuntimeError, match="closed"):
        world.get("http://example.org/")


# ── Refusals by status ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 403, 404, 410, 418, 500, 501])
def test_statuses_that_are_asked_once(world: World, status: int) -> None:
    world.site.plays("/?token=s3cret", reply(status, b"words"))

    failure = world.fails("http://ada.example/?token=s3cret", auth=("ada", "s3cret"))

    assert failure.status == status
    assert failure.thing == "http://ada.example/"
    assert "s3cret" not in str(failure)
    assert len(world.site.requests) == 1
    assert not world.slept


def test_html_where_json_was_asked_for(world: World) -> None:
    world.site.plays("/", reply(200, b"<!doctype html>", Content_Type="text/html"))

    with pytest.raises(net.RequestFailed, match="HTML, not JSON"):
        world.get("http://example.org/", accept="application/json").json()


# ── Redirects ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(world: World, status: int) -> None:
    world.site.plays("/old", reply(status, b"moved", Location=" new?a=b#part "))
    world.site.plays("/new?a=b", reply(200, b"here"))

    answer = world.get("http://example.org/old", headers={"If-None-Match": '"1"'}, auth=("ada", "s3cret"))

    assert (answer.content, answer.url) == (b"here", "http://example.org/new?a=b")
    assert world.site.requests[1].headers["if-none-match"] == '"1"'
    assert "authorization" in world.site.requests[1].headers


def test_a_redirect_that_needs_quoting(world: World) -> None:
    world.site.plays("/", reply(302, Location="/a b/ä"))
    world.site.plays("/a%20b/%C3%A4", reply(200, b"here"))

    assert world.get("http://example.org/").content == b"here"


def test_five_redirects_and_no_more(world: World) -> None:
    for number in range(9):
        world.site.plays(f"/{number}", reply(302, Location=f"/{number + 1}"))
    world.site.plays("/9", reply(200, b"here"))

    assert world.get("http://example.org/4").content == b"here"
    assert "more than 5 times" in world.fails("http://example.org/3").rule


def test_circles_are_named(world: World) -> None:
    world.site.plays("/a?token=s3cret", reply(302, Location="/b"))
    world.site.plays("/b", reply(302, Location="/c"))
    world.site.plays("/c", reply(302, Location="/b#again"))

    failure = world.fails("http://example.org/a?token=s3cret")

    assert "in a circle (http://example.org/b → http://example.org/c → http://example.org/b)" in failure.rule
    assert failure.thing == "http://example.org/c (where http://example.org/a leads)"
    assert "s3cret" not in str(failure)


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("file:///etc/passwd", "no web address"),
        ("gopher://example.org:25/", "no web address"),
        ("http://ada:s3cret@example.org/", "a name or a password"),
        ("http://169.254.169.254/latest/", "an address that no site has"),
        ("http://127.0.0.1/", "an address of this machine"),
        ("//localhost/", "an address of this machine"),
        ("http://[::1", "no web address"),
        ("http://example.org:port/", "no web address"),
        ("http://inside.example/", "leads to 10.0.0.7, an address of this machine or a private network"),
    ],
)
def test_where_no_redirect_may_lead(world: World, location: str, rule: str) -> None:
    world.names.table["inside.example"] = ["10.0.0.7"]
    world.site.plays("/", reply(302, Location=location))

    failure = world.fails("http://example.org/")

    assert rule in failure.rule
    assert "http://example.org/" in failure.thing
    assert "s3cret" not in str(failure)
    assert len(world.site.requests) == 1


def test_a_redirect_without_a_target(world: World) -> None:
    world.site.plays("/", reply(302))

    assert world.fails("http://example.org/").status == 302


@pytest.mark.parametrize(
    "other", ["http://other.example/", "http://example.org:8080/", "http://sub.example.org/"]
)
def test_another_origin_is_told_nothing(new_world: MakeWorld, site: Site, other: str) -> None:
    world = new_world(ports={80: site.port, 8080: site.port})
    site.plays("/start", reply(302, Location=other))
    site.plays("/", reply(302, Location="http://example.org/end"))
    site.plays("/end", reply(200, b"here"))

    world.get(
        "http://example.org/start",
        headers={"If-None-Match": '"1"', "X-Key": "s3cret", "Cookie": "s3cret"},
        auth=("ada", "s3cret"),
        accept="text/html",
    )

    first, second, third = (request.headers for request in site.requests)
    assert {"if-none-match", "x-key", "cookie", "authorization"} <= first.keys()
    # Whoever stood between chose what is asked in the end, so that is told nothing either.
    for later in (second, third):
        assert later.keys() == {"host", "user-agent", "accept", "accept-encoding"}
        assert later["accept"] == "text/html"


# ── Asking again ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_asked_again(world: World, status: int) -> None:
    world.site.plays("/", reply(status), reply(status), reply(200, b"here"))

    assert world.get("http://example.org/").content == b"here"
    assert len(world.slept) == 2
    assert 0 <= world.slept[0] <= 1
    assert 0 <= world.slept[1] <= 2


def test_what_does_not_pass_after_all(world: World) -> None:
    world.site.plays("/", reply(503))

    failure = world.fails("http://example.org/")

    assert (failure.status, failure.retry_after, failure.passing) == (503, None, True)
    assert len(world.site.requests) == 3


@pytest.mark.parametrize("said", ["7", "Mon, 16 Nov 2026 07:00:07 GMT"])
def test_a_short_wait_is_granted(world: World, said: str) -> None:
    world.site.plays("/", reply(429, Retry_After=said), reply(200, b"here"))

    assert world.get("http://example.org/").content == b"here"
    assert world.slept == [7]


@pytest.mark.parametrize("said", ["3600", "Mon, 16 Nov 2026 08:00:00 GMT"])
def test_a_long_wait_is_for_the_caller(world: World, said: str) -> None:
    world.site.plays("/", reply(429, Retry_After=said))

    failure = world.fails("http://example.org/")

    assert (failure.status, failure.retry_after) == (429, timedelta(hours=1))
    assert not world.slept
    assert len(world.site.requests) == 1


def test_no_pause_goes_beyond_the_whole(new_world: MakeWorld, site: Site) -> None:
    world = new_world(net.Limits(whole=5 * SECOND))
    site.plays("/", reply(503, Retry_After="6"))

    assert world.fails("http://example.org/").retry_after == 6 * SECOND
    assert not world.slept


def test_a_redirect_is_asked_again_where_it_leads(world: World) -> None:
    world.site.plays("/", reply(302, Location="/there"))
    world.site.plays("/there", reply(503), reply(200, b"here"))

    assert world.get("http://example.org/").content == b"here"
    assert len(world.site.asked("/")) == 1


# ── Broken connections ───────────────────────────────────────────────────────────────────────────


def reset(connection: socket.socket) -> None:
    """Hang up so that the other side gets an error."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (play(), "breaks off"),
        (play(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "breaks off"),
        (play(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"), "breaks off"),
        (play(b"HTTP/1.1 200 OK\r\nContent-Len"), "breaks off"),
        (play(b"220 mail.example ESMTP\r\n"), "no HTTP"),
        (play(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), "no HTTP"),
        (play(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), "no HTTP"),
        (reset, "broke"),
    ],
)
def test_broken_answers(world: World, broken: Any, rule: str) -> None:
    world.site.plays("/", broken, broken, broken, reply(200, b"never"))
    assert rule in world.fails("http://example.org/").rule

    world.site.plays("/", broken, broken, reply(200, b"here"))
    assert world.get("http://example.org/").content == b"here"


def test_more_than_was_declared_is_not_taken(world: World) -> None:
    world.site.plays("/", reply(200, b"four and more", Content_Length=4))
    world.site.plays("/next", reply(200, b"next"))

    assert world.get("http://example.org/").content == b"four"
    assert world.get("http://example.org/next").content == b"next"


def test_nobody_listens(new_world: MakeWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world = new_world(ports={80: port})

    failure = world.fails("http://example.org/")

    assert "connection refused" in failure.rule
    assert failure.status is None
    assert len(world.slept) == 2


# ── Sizes ────────────────────────────────────────────────────────────────────────────────────────


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(100_000))


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, bytes(1001)),
        play(reply(200, b"", Content_Length=10**15)),
        endless,
        reply(200, gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"),
    ],
)
def test_too_large(world: World, answer: Any) -> None:
    world.site.plays("/", answer)

    assert "larger than 0.001 MB" in world.fails("http://example.org/", max_bytes=1000).rule
    assert len(world.site.requests) == 1


def test_the_size_that_is_just_right(new_world: MakeWorld, site: Site) -> None:
    world = new_world(net.Limits(max_bytes=1000))
    site.plays("/", reply(200, bytes(1000)))

    assert len(world.get("http://example.org/").content) == 1000
    assert "larger" in world.fails("http://example.org/", max_bytes=999).rule


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────


def dripping(site: Site, start: bytes, drop: bytes) -> Any:
    def drips(connection: socket.socket) -> None:
        connection.sendall(start)
        while not site.ended.wait(0.02):
            connection.sendall(drop)

    return drips


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_drips_end_with_the_whole(new_world: MakeWorld, site: Site, start: bytes, drop: bytes) -> None:
    world = new_world(net.Limits(whole=SECOND / 5))
    site.plays("/", dripping(site, start, drop))

    assert "took too long in all" in world.fails("http://example.org/").rule
    assert not world.slept


def after(site: Site, seconds: float, answer: bytes = b"") -> Any:
    def waits(connection: socket.socket) -> None:
        site.ended.wait(seconds)
        connection.sendall(answer)

    return waits


def test_silence(new_world: MakeWorld, site: Site) -> None:
    world = new_world(net.Limits(silence=SECOND / 20))
    site.plays("/", after(site, 5))

    assert "said nothing for too long" in world.fails("http://example.org/").rule
    assert len(site.requests) == 1


def test_silence_ends_with_the_whole(new_world: MakeWorld, site: Site) -> None:
    world = new_world(net.Limits(whole=SECOND / 5))
    site.plays("/", after(site, 10))

    start = time.monotonic()
    assert "took too long in all" in world.fails("http://example.org/").rule
    assert time.monotonic() - start < 5


def test_the_whole_begins_anew_with_each_request(new_world: MakeWorld, site: Site) -> None:
    world = new_world(net.Limits(whole=SECOND / 2))
    site.plays("/", after(site, 0.3, reply(200, b"late")))

    assert [world.get("http://example.org/").content for _ in range(2)] == [b"late", b"late"]


# ── Threads ──────────────────────────────────────────────────────────────────────────────────────


def test_one_request_at_a_time_to_a_host(world: World) -> None:
    inside: list[int] = []
    most: list[int] = []

    def slow(connection: socket.socket) -> None:
        inside.append(1)
        most.append(len(inside))
        world.site.ended.wait(0.02)
        inside.pop()
        connection.sendall(reply(200, b"here"))

    world.site.plays("/", slow)
    threads = [threading.Thread(target=world.get, args=("http://example.org/",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert most == [1, 1, 1, 1]


def test_hosts_are_asked_side_by_side(world: World) -> None:
    together = threading.Barrier(2, timeout=5)

    def meets(connection: socket.socket) -> None:
        together.wait()
        connection.sendall(reply(200, b"here"))

    world.site.plays("/", meets)
    other = threading.Thread(target=world.get, args=("http://other.example/",))
    other.start()

    assert world.get("http://example.org/").content == b"here"
    other.join(5)


def test_whoever_waits_for_a_turn_has_a_deadline_too(site: Site) -> None:
    pausing, over = threading.Event(), threading.Event()

    def pause(_: float) -> None:
        pausing.set()
        over.wait(5)

    site.plays("/", reply(503, Retry_After="0"), reply(200, b"here"))
    with net.Client(
        limits=net.Limits(whole=SECOND / 2), resolve=Names(), network=Rerouted({80: site.port}), sleep=pause
    ) as client:
        first: Future[net.Answer] = Future()
        thread = threading.Thread(target=fulfil, args=(first, client))
        thread.start()
        assert pausing.wait(5)
        with pytest.raises(net.RequestFailed, match="other requests to its host"):
            client.get("http://example.org/")
        over.set()
        thread.join(5)

    # By then, its own time is over as well.
    assert "too long in all" in str(first.exception(0))
    assert len(site.requests) == 1


def fulfil(future: "Future[net.Answer]", client: net.Client) -> None:
    try:
        future.set_result(client.get("http://example.org/"))
    except net.RequestFailed as failure:
        future.set_exception(failure)


def test_the_import_is_cheap() -> None:
    command = "import sys, feeder.net; print({'httpx', 'httpcore', 'ssl'} & sys.modules.keys())"

    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"
