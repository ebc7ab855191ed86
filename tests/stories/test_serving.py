"""What readers, proxies and nuisances get from a server that listens: over real sockets, and behind nginx."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from tests import launcher
from tests.conftest import PATIENCE_SECONDS, Site, need, new_site, plain_environment, until
from tests.web.conftest import put

FEED = f"<feed>{'On bridges, and what they carry. ' * 3000}</feed>".encode()
PAGE = b"<h1>Bridges</h1>" * 100
FILM_BYTES = 20 * 2**20


@dataclass(frozen=True, slots=True)
class Served:
    """A site that is served, with its address on this machine."""

    site: Site
    address: str
    process: launcher.Started
    log: Path

    @property
    def public(self) -> Path:
        return self.site.public

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def client(self, source: str | None = None, **settings: str) -> httpx.Client:
        """Return a reader, who may come from another address of this machine."""
        transport = httpx.HTTPTransport(local_address=source)
        return httpx.Client(base_url=self.address, transport=transport, headers=settings, timeout=30)

    def raw(self, *requests: bytes) -> bytes:
        """Send requests as they are, in one go, and return all that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(b"".join(requests))
            answer = b""
            while some := connection.recv(2**16):
                answer += some
        return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def serving(site: Site, **settings: str) -> Iterator[Served]:
    """Serve a site until the end of the story."""
    port, log = free_port(), site.folder / "server.log"
    environment = {f"FEEDER_{name}": value for name, value in settings.items()}
    environment |= {"FEEDER_WEB__PORT": str(port)}
    whole = plain_environment() | {"FEEDER_WEB__RATE": "0"} | environment
    with log.open("ab") as written:
        process = launcher.start([], site.folder, whole, written, written, program="tests.serving_worker")
    try:
        assert until(lambda: process.poll() is not None or listens(port), PATIENCE_SECONDS)
        assert process.poll() is None, log.read_text()
        yield Served(site, f"http://127.0.0.1:{port}/", process, log)
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert "Traceback" not in log.read_text()


def listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def made(folder: Path) -> Site:
    site = new_site(folder)
    put(site.public / "index.html", PAGE)
    put(site.public / "tag/bridges/atom.xml", FEED)
    put(site.public / "tag/bridges/index.html", PAGE)
    put(site.public / "tag/shut/index.html", b"<h1>This list has ended.</h1>")
    (site.public / "_redirects").write_text(
        "/tag/old/* /tag/bridges/:splat 301!\n/tag/shut/* /tag/shut/:splat 410!\n"
    )
    return site


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for stories that only read."""
    with serving(made(tmp_path_factory.mktemp("served") / "site")) as started:
        yield started


@pytest.fixture
def own_site(tmp_path: Path) -> Site:
    """A site for one story."""
    return made(tmp_path / "site")


class TestAReader:
    @pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "identity", "*"])
    def test_gets_a_feed_once_and_is_then_told_that_nothing_changed(
        self, served: Served, accepted: str
    ) -> None:
        with served.client(**{"accept-encoding": accepted}) as reader:
            first = reader.get("tag/bridges/atom.xml")
            etag, modified = first.headers["etag"], first.headers["last-modified"]
            asked = [
                {"if-none-match": etag},
                {"if-none-match": f"W/{etag}"},
                {"if-none-match": f'"other", {etag}'},
                {"if-none-match": "*"},
                {"if-modified-since": modified},
                {"if-none-match": etag, "if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"},
            ]
            answers = [reader.get("tag/bridges/atom.xml", headers=each) for each in asked]

        assert first.content == FEED
        assert {answer.status_code for answer in answers} == {304}
        assert {answer.headers["etag"] for answer in answers} == {etag}
        assert not any("content-length" in answer.headers for answer in answers)

    def test_who_only_looks_learns_as_much(self, served: Served) -> None:
        with served.client() as reader:
            got, looked = reader.get("tag/bridges/atom.xml"), reader.head("tag/bridges/atom.xml")

        assert looked.content == b""
        assert without_date(looked) == without_date(got)

    def test_follows_what_moved_and_hears_what_is_gone(self, served: Served) -> None:
        with served.client() as reader:
            moved = reader.get("tag/old/atom.xml")
            gone = reader.get("tag/shut/")

        assert (moved.status_code, gone.status_code) == (301, 410)
        assert moved.headers["location"] == "http://127.0.0.1:8000/tag/bridges/atom.xml"
        assert gone.text == "<h1>This list has ended.</h1>"

    def test_may_ask_for_a_folder_without_its_slash(self, served: Served) -> None:
        with served.client() as reader:
            answer = reader.get("tag/bridges", follow_redirects=True)

        assert answer.content == PAGE
        assert answer.url.path == "/tag/bridges/"

    def test_learns_nothing_from_the_name_it_calls_us_by(self, served: Served) -> None:
        with served.client(host="evil.example") as reader:
            answers = [reader.get(path) for path in ("tag/bridges/atom.xml", "tag/bridges", "none", "")]

        assert not any("evil.example" in str(answer.headers) + answer.text for answer in answers)


def without_date(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


class TestOneConnection:
    def test_answers_come_in_the_order_of_requests_sent_at_once(self, served: Served) -> None:
        paths = [b"/tag/bridges/", b"/none", b"/tag/bridges/atom.xml", b"/tag/shut/", b"/"]
        requests = [b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths]
        requests.append(b"GET /tag/old/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        answer = served.raw(*requests)

        assert re.findall(rb"HTTP/1.1 (\d+) ", answer) == [b"200", b"404", b"200", b"410", b"200", b"301"]
        assert answer.count(FEED) == 1

    def test_what_has_no_body_does_not_confuse_the_next(self, served: Served) -> None:
        feed = b" /tag/bridges/atom.xml HTTP/1.1\r\nHost: x\r\n"
        answer = served.raw(
            b"HEAD" + feed + b"\r\n",
            b"GET" + feed + b"If-None-Match: *\r\n\r\n",
            b"POST" + feed + b"Content-Length: 5\r\n\r\nhello",
            b"GET" + feed + b"Connection: close\r\n\r\n",
        )

        assert re.findall(rb"HTTP/1.1 (\d+) ", answer) == [b"200", b"304", b"405", b"200"]
        assert answer.endswith(FEED)
        assert answer.count(FEED) == 1

    @pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
    def test_ends_when_the_client_wants_so(self, served: Served, version: bytes) -> None:
        request = b"GET http://x.example/tag/bridges/ %s\r\nHost: x\r\nConnection: close\r\n\r\n"

        assert served.raw(request % version).endswith(PAGE)


class TestANuisance:
    @pytest.mark.parametrize(
        "request_line",
        [
            b"GET /../../etc/passwd HTTP/1.1",
            b"GET /tag/bridges/..%2f..%2fconfig/feeder.toml HTTP/1.1",
            b"GET //etc/passwd HTTP/1.1",
            b"GET /%00 HTTP/1.1",
            b"GET /\xff HTTP/1.1",
            b"GET * HTTP/1.1",
            b"GET nonsense HTTP/1.1",
            b"BREW / HTTP/1.1",
            b"\x16\x03\x01\x02\x00",
            b"GET / HTTP/9.9",
        ],
    )
    def test_is_refused_and_the_next_is_served(self, served: Served, request_line: bytes) -> None:
        answer = served.raw(request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert re.match(rb"HTTP/1\.1 4\d\d ", answer)
        with served.client() as reader:
            assert reader.get("").status_code == 200

    @pytest.mark.parametrize(
        "field",
        [
            b"If-None-Match: \xff\xfe\"\x80\"",
            b"If-None-Match: " + b'"a",' * 5000,
            b"If-Modified-Since: \xe2\x82\xac",
            b"Accept-Encoding: \xff;q=\xb2, gzip;q=99999999999999999999",
            b"Accept-Encoding: " + b"a;q=0.1," * 5000,
            b"X-Forwarded-For: " + b"\xff" * 300,
            b"X-Forwarded-For: ,,,]:[",
            b"Upgrade: websocket\r\nConnection: upgrade",
            b"Range: bytes=5-2",
        ],
    )  # fmt: skip
    def test_with_any_bytes_in_its_fields_gets_a_page(self, served: Served, field: bytes) -> None:
        answer = served.raw(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + field + b"\r\n\r\n")

        assert answer.startswith(b"HTTP/1.1 200 ")

    def test_who_sends_fields_without_end_is_cut_off_and_others_are_served(self, served: Served) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            answer = b""
            with suppress(ConnectionError):
                for number in range(200):
                    connection.sendall(b"X-%d: " % number + b"x" * 1000 + b"\r\n")
            with suppress(ConnectionError):
                answer = connection.recv(2**16)
        assert not answer or answer.startswith(b"HTTP/1.1 400 "), "else it would still wait for the end"
        with served.client() as client:
            assert client.get("/").status_code == 200

    def test_a_head_of_many_fields_is_taken_and_a_second_on_the_same_connection(self, served: Served) -> None:
        head = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 900) for number in range(50))
        request = b"GET / HTTP/1.1\r\nHost: x\r\n" + head
        answer = served.raw(request + b"\r\n", request + b"Connection: close\r\n\r\n")
        assert answer.count(b"HTTP/1.1 200 ") == 2

    def test_leaves_no_trace_in_the_log(self, served: Served) -> None:
        with served.client(source="127.0.0.7") as reader:
            for path in ("tag/a-secret/", "unsubscribe/a-secret", "%ff/a-secret", "a-secret.xml.gz"):
                reader.get(path)
                reader.post(path)

        assert "a-secret" not in served.log.read_text()
        assert "127.0.0.7" not in served.log.read_text()


class TestLimits:
    def test_who_asks_too_often_waits_and_others_do_not(self, own_site: Site) -> None:
        with (
            serving(own_site, WEB__RATE="3") as served,
            served.client("127.0.0.2") as greedy,
            served.client("127.0.0.3") as other,
        ):
            answers = [greedy.get("tag/bridges/atom.xml") for _ in range(5)]
            etag = answers[0].headers["etag"]
            again = greedy.get("tag/bridges/atom.xml", headers={"if-none-match": etag})

            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
            assert 0 < int(answers[3].headers["retry-after"]) <= 20
            assert again.status_code == 304
            assert other.get("").status_code == 200

    def test_what_a_proxy_says_of_its_clients_is_taken_from_trusted_ones_only(self, own_site: Site) -> None:
        with serving(own_site, WEB__RATE="2", WEB__PROXIES='["127.0.0.1"]') as served:
            by_proxy = asked(served, "127.0.0.1", "192.0.2.1"), asked(served, "127.0.0.1", "192.0.2.2")
            by_itself = asked(served, "127.0.0.2", "192.0.2.3"), asked(served, "127.0.0.2", "192.0.2.4")

        assert by_proxy == ([200, 200, 429], [200, 200, 429])
        assert by_itself == ([200, 200, 429], [429, 429, 429])

    def test_who_pretends_to_be_others_is_known_by_what_the_proxy_saw(self, own_site: Site) -> None:
        with serving(own_site, WEB__RATE="2", WEB__PROXIES='["127.0.0.1", "10.0.0.0/8"]') as served:
            first = asked(served, "127.0.0.1", "198.51.100.1, 192.0.2.1, 10.0.0.5")
            then = asked(served, "127.0.0.1", "198.51.100.2, 192.0.2.1, 10.9.9.9")

        assert (first, then) == ([200, 200, 429], [429, 429, 429])

    def test_a_network_of_ipv6_is_one_client(self, own_site: Site) -> None:
        with serving(own_site, WEB__RATE="2") as served:
            one = asked(served, "127.0.0.1", "2001:db8:0:1::1")
            same = asked(served, "127.0.0.1", "2001:db8:0:1:ffff::2")
            other = asked(served, "127.0.0.1", "2001:db8:0:2::1")

        assert (one, same, other) == ([200, 200, 429], [429, 429, 429], [200, 200, 429])

    def test_without_trusted_proxies_nobody_speaks_for_others(self, own_site: Site) -> None:
        with serving(own_site, WEB__RATE="2", WEB__PROXIES="[]") as served:
            first, then = asked(served, "127.0.0.1", "192.0.2.1"), asked(served, "127.0.0.1", "192.0.2.2")

        assert (first, then) == ([200, 200, 429], [429, 429, 429])


def asked(served: Served, source: str, forwarded_for: str) -> list[int]:
    """Ask three times, and return the statuses."""
    with served.client(source, **{"x-forwarded-for": forwarded_for}) as client:
        return [client.get("tag/bridges/atom.xml").status_code for _ in range(3)]


class TestWhileItIsPublished:
    def test_every_answer_is_one_version(self, own_site: Site) -> None:
        versions = [FEED, b"<feed>new</feed>" * 9000]
        ended = Event()

        def publish() -> None:
            turn = 0
            while not ended.is_set():
                turn += 1
                put(own_site.public / "tag/bridges/atom.xml", versions[turn % 2])

        with serving(own_site) as served, served.client() as reader:
            publisher = Thread(target=publish)
            publisher.start()
            try:
                answers = [reader.get("tag/bridges/atom.xml") for _ in range(300)]
            finally:
                ended.set()
                publisher.join()

        assert {answer.status_code for answer in answers} == {200}
        # A copy that is already of the next version is not sent, so the coding may be another one.
        by_tag = {(answer.headers["etag"].partition("-")[0], answer.content) for answer in answers}
        assert {content for _, content in by_tag} == set(versions)
        assert len(by_tag) == len(versions)

    def test_a_large_file_that_is_replaced_while_it_is_read_comes_to_its_own_end(
        self, own_site: Site
    ) -> None:
        film = own_site.public / "media/film.mp4"
        put(film, b"1" * FILM_BYTES)
        with serving(own_site) as served, served.client() as reader:
            with reader.stream("GET", "media/film.mp4") as answer:
                pieces = answer.iter_bytes(2**16)
                read = next(pieces)
                put(film, b"2" * (FILM_BYTES + 1))
                read += b"".join(pieces)
            then = reader.get("media/film.mp4")

        assert read == b"1" * FILM_BYTES
        assert then.content == b"2" * (FILM_BYTES + 1)

    def test_a_client_who_leaves_in_the_middle_is_no_trouble(self, own_site: Site) -> None:
        put(own_site.public / "media/film.mp4", b"1" * FILM_BYTES)
        with serving(own_site) as served, served.client() as reader:
            for _ in range(5):
                with reader.stream("GET", "media/film.mp4") as answer:
                    next(answer.iter_bytes(2**16))
            assert reader.get("").content == PAGE

    def test_a_slow_client_keeps_nobody_waiting(self, own_site: Site) -> None:
        put(own_site.public / "media/film.mp4", b"1" * FILM_BYTES)
        with (
            serving(own_site) as served,
            served.client() as slow,
            served.client() as reader,
            slow.stream("GET", "media/film.mp4") as answer,
        ):
            next(answer.iter_bytes(2**16))
            assert [reader.get("").status_code for _ in range(20)] == [200] * 20


# ── Behind nginx ─────────────────────────────────────────────────────────────────────────────────

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream feeder {{ server 127.0.0.1:{feeder}; keepalive 4; }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  server {{ listen 127.0.0.1:{keeps}; location /works/ {{ proxy_pass http://feeder; }} }}
  server {{ listen 127.0.0.1:{strips}; location /works/ {{ proxy_pass http://feeder/; }} }}
}}
"""


@contextmanager
def nginx(folder: Path, served: Served) -> Iterator[tuple[int, int]]:
    """Run nginx before a site, and tell its ports: one leaves the path of the public address on, one takes it off."""
    folder.mkdir()
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None
    ports = free_port(), free_port()
    words = NGINX.format(
        folder=folder,
        user="user root;" if os.geteuid() == 0 else "",
        feeder=served.port,
        keeps=ports[0],
        strips=ports[1],
    )
    (folder / "nginx.conf").write_text(words)
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            assert until(lambda: all(map(listens, ports)), 20), (folder / "error.log").read_text()
            yield ports
        finally:
            process.send_signal(signal.SIGTERM)


class TestBehindNginx:
    @pytest.fixture(params=["keeps", "strips"])
    def address(self, request: pytest.FixtureRequest, own_site: Site, tmp_path: Path) -> Iterator[str]:
        """The address of a site at /works/, by a proxy that keeps that path or takes it off."""
        need(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "nginx")
        put(own_site.public / "media/film.mp4", b"1" * FILM_BYTES)
        (own_site.public / "_redirects").write_text(
            "/works/tag/old/* /works/tag/bridges/:splat 301!\n/works/tag/shut/* /works/tag/shut/:splat 410!\n"
        )
        public_url = "https://example.org/works/"
        with (
            serving(own_site, SITE__PUBLIC_URL=public_url, WEB__RATE="4") as served,
            nginx(tmp_path / "nginx", served) as (keeps, strips),
        ):
            yield f"http://127.0.0.1:{keeps if request.param == 'keeps' else strips}/works/"

    def test_the_site_works(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as reader:
            page = reader.get("tag/bridges", follow_redirects=True)
            feed = reader.get("tag/bridges/atom.xml")
            again = reader.get("tag/bridges/atom.xml", headers={"if-none-match": feed.headers["etag"]})
            moved, gone = reader.get("tag/old/atom.xml"), reader.get("tag/shut/")

        assert (page.status_code, page.url.path, page.content) == (200, "/works/tag/bridges/", PAGE)
        assert feed.content == FEED
        assert feed.headers["content-encoding"] in {"gzip", "br"}
        assert feed.headers["link"] == '<https://example.org/works/tag/bridges/atom.xml>; rel="self"'
        assert (again.status_code, again.headers["etag"]) == (304, feed.headers["etag"])
        assert moved.headers["location"] == "https://example.org/works/tag/bridges/atom.xml"
        assert gone.status_code == 410

    def test_the_pages_that_act_work(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as reader:
            shown, done = reader.get("unsubscribe/x"), reader.post("unsubscribe/x")

        assert (shown.status_code, done.status_code) == (200, 200)

    def test_a_large_file_comes_whole(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as reader:
            assert reader.get("media/film.mp4").content == b"1" * FILM_BYTES

    def test_each_client_has_a_limit_of_its_own(self, address: str) -> None:
        statuses = {}
        for source in ("127.0.0.2", "127.0.0.3"):
            transport = httpx.HTTPTransport(local_address=source)
            pretended = {"x-forwarded-for": f"192.0.2.{time.monotonic_ns() % 256}"}
            with httpx.Client(base_url=address, transport=transport, headers=pretended) as reader:
                statuses[source] = [reader.get("").status_code for _ in range(5)]

        assert statuses == {source: [200, 200, 200, 200, 429] for source in ("127.0.0.2", "127.0.0.3")}
