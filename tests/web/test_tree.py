"""The published tree as it is served."""

import asyncio
import os
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from feeder import web
from feeder.app import App
from feeder.web import forms, large, looks
from feeder.web.forms import File
from tests.web.conftest import (
    PICTURE,
    Ask,
    Exactly,
    Sent,
    Told,
    exactly_of,
    is_safe,
    put,
    told,
    with_settings,
)

TAG = "/tag/hafen"
ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/atom.xml", 200),
    ("GET", f"{TAG}/", 200),
    ("GET", TAG, 301),
    ("GET", "/assets/feeder.css", 200),
    ("GET", "/none", 404),
    ("GET", "/tag/", 404),
    ("GET", "/tag", 404),
    ("GET", "/atom.xml/", 404),
    ("GET", "/unsubscribe", 404),
    ("GET", "/unsubscribe/", 404),
    ("GET", "/unsubscribe/x", 200),
    ("POST", "/unsubscribe/x", 200),
    ("PUT", "/unsubscribe/x", 405),
    ("POST", "/", 405),
    ("OPTIONS", "/atom.xml", 405),
    ("DELETE", "/atom.xml", 405),
    ("POST", TAG, 405),
    ("POST", "/none", 404),
    ("HEAD", "/none", 404),
]
GZIP = (b"accept-encoding", b"gzip")


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_headers_that_keep_readers_safe(
    ask: Ask, method: str, path: str, status: int
) -> None:
    answer = ask(method, path)

    assert answer.status_code == status
    assert is_safe(answer)
    assert "set-cookie" not in answer.headers


def test_a_page_that_fails_is_safe_too(app: App) -> None:
    broken = app.settings.templates / "pages/unsubscribe.html.jinja"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ 1 / 0 }}")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web.create(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.get("/unsubscribe/x")

    answer = asyncio.run(ask())

    assert answer.status_code == 500
    assert is_safe(answer)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        ("/archive/1.xml", "application/atom+xml; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        (f"{TAG}/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/tag/港口/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/assets/feeder.css", "text/css; charset=utf-8"),
        (f"/{PICTURE}", "image/png"),
    ],
)
def test_a_document_is_served_as_what_it_is(ask: Ask, public: Path, path: str, media_type: str) -> None:
    answer = ask("GET", path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.content == (public / path[1:]).read_bytes()


@pytest.mark.parametrize(
    ("path", "file"),
    [("/", "index.html"), (f"{TAG}/", "tag/hafen/index.html"), ("/index.html", "index.html")],
)
def test_a_folder_is_shown_by_its_page(ask: Ask, public: Path, path: str, file: str) -> None:
    answer = ask("GET", path)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == (public / file).read_bytes()


def test_what_stands_after_a_question_mark_says_nothing(ask: Ask) -> None:
    assert ask("GET", "/atom.xml?a=/../b").content == ask("GET", "/atom.xml").content


@pytest.mark.parametrize("path", ["/", "/atom.xml", f"/{PICTURE}", "/archive/1.xml"])
def test_what_is_only_looked_at_has_no_body(ask: Ask, path: str) -> None:
    got, looked = ask("GET", path), ask("HEAD", path)

    assert looked.content == b""
    assert looked.headers == got.headers


def test_a_feed_says_where_it_is_and_who_tells_of_its_changes(app: App) -> None:
    there = with_settings(app, "publish", hubs=("https://hub.example/",))
    answer = exactly_of(web.create(there))("/tag/港口/atom.xml".encode())

    address = f"http://127.0.0.1:8000/tag/{quote('港口')}/atom.xml"
    assert answer.headers["link"] == f'<{address}>; rel="self", <https://hub.example/>; rel="hub"'


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_the_tree_is_only_for_reading(exactly: Exactly, method: str) -> None:
    answer = exactly(b"/atom.xml", method=method)

    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert is_safe(answer)


class TestFoldersWithoutTheirSlash:
    @pytest.mark.parametrize("path", [TAG, "/tag/%E6%B8%AF%E5%8F%A3"])
    def test_lead_to_it(self, ask: Ask, path: str) -> None:
        answer = ask("GET", path)

        assert answer.status_code == 301
        assert answer.next_request is not None
        assert answer.next_request.url.raw_path.decode() == f"{path}/"
        assert answer.next_request.url.host == "127.0.0.1"

    @pytest.mark.parametrize("name", ["https:", "a:b", "?x", "#x", "%", "é", "\r\nSet-Cookie: a"])
    def test_lead_to_it_whatever_they_are_called(self, ask: Ask, public: Path, name: str) -> None:
        put(public / name / "index.html", b"it is here")
        answer = ask("GET", f"/{quote(name)}")

        assert answer.next_request is not None
        assert ask("GET", answer.next_request.url.raw_path.decode()).text == "it is here"

    @pytest.mark.parametrize(
        "path", ["//evil.example/tag", "//evil.example", "/%2Fevil.example", "/\\evil.example"]
    )
    def test_never_lead_elsewhere(self, exactly: Exactly, public: Path, path: str) -> None:
        put(public / "evil.example/tag/index.html", b"x")

        answer = exactly(path.encode())

        assert answer.status == 404
        assert "location" not in answer.headers


def test_a_tree_that_is_not_there_yet_is_empty(ask: Ask, public: Path) -> None:
    public.rename(public.with_name("elsewhere"))

    assert ask("GET", "/").status_code == 404
    public.with_name("elsewhere").rename(public)
    assert ask("GET", "/").status_code == 200


def test_a_tree_may_be_put_in_place_as_a_whole(ask: Ask, public: Path) -> None:
    public.rename(public.with_name("one"))
    put(public.with_name("two") / "atom.xml", b"<feed>two</feed>")
    public.symlink_to("one")
    assert "Der Kran" in ask("GET", "/atom.xml").text
    public.unlink()
    public.symlink_to("two")

    assert ask("GET", "/atom.xml").text == "<feed>two</feed>"


def test_what_is_taken_away_is_not_there_any_more(ask: Ask, public: Path) -> None:
    assert ask("GET", "/atom.xml").status_code == 200
    (public / "atom.xml").unlink()

    assert ask("GET", "/atom.xml").status_code == 404


class TestLargeFiles:
    @pytest.fixture
    def film(self, public: Path) -> Path:
        place = public / "media/film.mp4"
        place.write_bytes(os.urandom(2**16) * (forms.LARGEST_BYTES // 2**16 + 3))
        return place

    def test_come_whole(self, ask: Ask, film: Path) -> None:
        answer = ask("GET", "/media/film.mp4")

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["content-length"] == str(film.stat().st_size)
        assert answer.content == film.read_bytes()

    def test_are_not_sent_to_who_has_them(self, ask: Ask, film: Path) -> None:
        etag = ask("HEAD", "/media/film.mp4").headers["etag"]

        for value in (etag, f'"other", {etag}', etag.removeprefix("W/")):
            assert ask("GET", "/media/film.mp4", headers={"If-None-Match": value}).status_code == 304
        film.write_bytes(film.read_bytes() + b"the end")
        assert ask("GET", "/media/film.mp4", headers={"If-None-Match": etag}).status_code == 200

    def test_are_not_begun_when_another_took_their_place(self, film: Path) -> None:
        looked_at, sent = File(film, looks.version(film.stat())), Sent()
        film.with_name("other").write_bytes(film.read_bytes())
        film.with_name("other").replace(film)

        assert not asyncio.run(large.sent({"type": "http.response.start"}, looked_at, sent))
        assert not sent.messages

    def test_have_no_body_when_they_are_gone(self, ask: Ask, public: Path, film: Path) -> None:
        (public / "_redirects").write_text("/media/* /media/:splat 410!\n")

        assert ask("GET", "/media/film.mp4").text == "This is no longer published.\n"


def test_many_who_ask_at_once_for_what_is_new_all_get_it(app: App, public: Path) -> None:
    site = web.create(app)

    async def ask_all() -> list[Told]:
        return await asyncio.gather(*(told(site, b"/atom.xml", GZIP) for _ in range(50)))

    answers = asyncio.run(ask_all())

    assert {answer.decoded() for answer in answers} == {(public / "atom.xml").read_bytes()}


def test_the_date_is_when_the_bytes_changed(ask: Ask, public: Path) -> None:
    file = public / "tag/hafen/index.html"

    assert ask("GET", f"{TAG}/").headers["last-modified"] == formatdate(file.stat().st_mtime, usegmt=True)
