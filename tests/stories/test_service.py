"""The service: pages, new texts, readers who leave, and every way to stop."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from tests.conftest import (
    PATIENCE_SECONDS,
    Service,
    Site,
    answers,
    ask,
    at_free_port,
    piece,
    running,
    until,
)


@pytest.fixture
def served(blog: Site) -> Site:
    """A site with a blog and a reader, whose texts are looked at every second."""
    blog.configure('path = "content"\nevery = "1s"', instead_of='path = "content"')
    return at_free_port(blog)


def leaving_address(site: Site) -> str:
    """Take the address for leaving from the mail that came, as a mail program does."""
    (mail,) = site.mails().values()
    (path,) = re.findall(rb"List-Unsubscribe:\s+<http://127\.0\.0\.1:8000/(\S+)>", mail)
    return f"{site.settings['FEEDER_SITE__PUBLIC_URL']}{path.decode()}"


def status(site: Site) -> str:
    return str(site.done("subscriber", "show", "reader@example.org", "--json").json["status"])


@pytest.fixture(scope="module")
def service(blog_for_module: Site) -> Iterator[Service]:
    """A service that runs for as long as tests only look at it."""
    with running(at_free_port(blog_for_module)) as started:
        # What was published before has another address, and is served until all is published anew.
        assert until(lambda: started.address in started.get("atom.xml"), PATIENCE_SECONDS)
        yield started


class TestWhatItServes:
    def test_home_feeds_and_items(self, service: Service) -> None:
        assert "Why old bridges hum" in service.get()
        assert "<title>Why old bridges hum</title>" in service.get("tag/bridges/atom.xml")
        assert "rivets" in service.get("item/why-old-bridges-hum/")
        assert service.get("assets/feeder.css")
        assert "桥梁" in service.get("tag/%E6%A1%A5%E6%A2%81/")

    @pytest.mark.parametrize(
        "path", ["tag/nothing/", "feeder.db", "..%2ffeeder.db", "%2e%2e/config/feeder.toml", "mail/new/"]
    )
    def test_what_is_not_in_the_tree_is_not_found(self, service: Service, path: str) -> None:
        with pytest.raises(HTTPError, match="404") as caught:
            service.get(path)
        caught.value.close()

    def test_how_it_is(self, service: Service, blog_for_module: Site) -> None:
        assert json.loads(service.get("healthz")) == {"alive": True}
        assert json.loads(service.get("readyz")) == {"ready": True}
        assert 'feeder_members{role="worker"} 1.0' in service.get("metrics")
        (member,) = blog_for_module.done("status", "--json").json["members"]
        assert (member["roles"], member["is_alive"]) == (["scheduler", "worker", "web"], True)
        assert f"running: process {member['process']} on " in blog_for_module.done("status").out

    def test_a_feed_that_has_not_changed_is_not_sent_again(self, service: Service) -> None:
        first = raw(service, "GET /atom.xml HTTP/1.1\r\nHost: x\r\nConnection: close")
        (etag,) = re.findall(r"(?im)^etag: (.+?)\r?$", first)
        again = raw(
            service, f"GET /atom.xml HTTP/1.1\r\nHost: x\r\nIf-None-Match: {etag}\r\nConnection: close"
        )

        assert "application/atom+xml" in first
        assert again.startswith("HTTP/1.1 304")


def raw(service: Service, request: str) -> str:
    """Send a request as it stands, and return the answer with its headers."""
    with socket.create_connection(place(service), timeout=10) as connection:
        connection.sendall(f"{request}\r\n\r\n".encode())
        answer = b""
        while some := connection.recv(65536):
            answer += some
    return answer.decode()


def place(service: Service) -> tuple[str, int]:
    parts = urlsplit(service.address)
    return str(parts.hostname), int(str(parts.port))


class TestWhatItDoes:
    def test_a_new_text_is_shown_within_the_interval_of_its_source(self, served: Site) -> None:
        with running(served) as service:
            served.write("quay.md", piece("A new quay", "tags: [bridges, quays]"))

            for path in ("", "tag/quays/atom.xml", "tag/quays/", "item/a-new-quay/"):
                assert service.shows("A new quay", path)

    def test_a_text_that_cannot_be_taken_is_logged_and_it_goes_on(self, served: Site) -> None:
        with running(served) as service:
            served.write("bad.md", piece("Bad", "published: someday"))
            served.write("quay.md", piece("A new quay"))

            assert service.shows("A new quay")
            assert "someday" in service.log.read_text()
            assert "reader@example.org" not in service.log.read_text()

    def test_an_embargoed_text_comes_out_when_it_is_due_and_not_before(self, served: Site) -> None:
        with running(served) as service:
            due = datetime.now(UTC) + timedelta(seconds=3)
            served.write("bound.md", piece("Now it can be told", "tags: [bridges]", f"embargo: {due:%FT%TZ}"))

            assert service.shows("Now it can be told", "tag/bridges/atom.xml", within_seconds=30)
            assert datetime.now(UTC) >= due.replace(microsecond=0)

    def test_what_waits_to_be_sent_goes_out_at_the_start(self, served: Site) -> None:
        served.done("subscriber", "add", "second@example.org", "--tag", "wind", "--welcome", "3")
        with running(served):
            assert until(lambda: len(served.mails()) == 2, within_seconds=10)

    @pytest.mark.soak
    def test_a_reader_who_is_welcomed_gets_mail_within_a_minute(self, served: Site) -> None:
        with running(served):
            served.done("subscriber", "add", "second@example.org", "--tag", "wind", "--welcome", "3")

            assert until(lambda: len(served.mails()) == 2, within_seconds=60)

    def test_it_tells_where_it_listens(self, service: Service) -> None:
        assert f"address={service.address}" in service.log.read_text()


class TestLeaving:
    def test_one_click_leaves(self, served: Site) -> None:
        with running(served):
            said = ask(leaving_address(served), "POST", b"List-Unsubscribe=One-Click")

            assert "unsubscribed" in said
            assert status(served) == "left"

    def test_looking_at_the_page_changes_nothing(self, served: Site) -> None:
        with running(served):
            page = ask(leaving_address(served))
            ask(leaving_address(served), "HEAD")

            assert page.count("<button") == 1
            assert status(served) == "active"

    def test_a_wrong_address_gets_the_same_answers_and_changes_nothing(self, served: Site) -> None:
        right = leaving_address(served)
        wrong = right[:-4] + ("AAAA" if right[-4:] != "AAAA" else "BBBB")
        with running(served):
            assert ask(wrong) == ask(right)
            said = ask(wrong, "POST", b"List-Unsubscribe=One-Click")

            assert status(served) == "active"
            assert said == ask(right, "POST", b"List-Unsubscribe=One-Click")

    def test_who_has_left_gets_no_further_mail(self, served: Site) -> None:
        with running(served):
            ask(leaving_address(served), "POST")
        served.write("quay.md", piece("A new quay", "tags: [bridges]"))
        served.now = (datetime.now(UTC) + timedelta(days=8)).isoformat()

        served.done("once")

        assert len(served.mails()) == 1


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_when_it_is_told_to_and_leaves_no_lock(self, served: Site, number: int) -> None:
        with running(served) as service:
            assert service.end(number) == 0
            assert "Traceback" not in service.log.read_text()

        served.done("once")

    def test_it_ends_in_time_with_a_reader_who_holds_a_connection(self, served: Site) -> None:
        with running(served) as service, socket.create_connection(place(service)) as connection:
            connection.sendall(b"GET /atom.xml HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(10)

            assert service.end(signal.SIGTERM) == 0

    def test_being_told_twice_is_no_trouble(self, served: Site) -> None:
        with running(served) as service:
            served.write("quay.md", piece("A new quay"))
            service.process.send_signal(signal.SIGTERM)
            assert service.end(signal.SIGTERM) == 0

    def test_after_a_kill_it_starts_again_and_goes_on(self, served: Site) -> None:
        with running(served) as service:
            served.write("quay.md", piece("A new quay", "tags: [bridges]"))
            service.end(signal.SIGKILL)
            assert until(lambda: not answers(service.address), within_seconds=5)

        with running(served) as service:
            assert service.shows("A new quay")
            served.write("pier.md", piece("A new pier", "tags: [bridges]"))
            assert service.shows("A new pier")
            assert service.end(signal.SIGTERM) == 0

    def test_a_port_that_is_taken_is_named(self, served: Site) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            served.settings["FEEDER_WEB__PORT"] = str(port)

            told = served.feeder("run")

        assert told.code == 2
        assert f"web.port = {port}" in told.err
        assert "another port" in told.err
        served.done("once")
