"""What the tree's rules and the limits for clients do to answers."""

from pathlib import Path

import pytest

from feeder import web
from feeder.app import App
from tests.web.conftest import Ask, Exactly, exactly_of, is_safe, put, with_settings


class TestRules:
    @pytest.fixture(autouse=True)
    def rules(self, public: Path) -> None:
        (public / "_redirects").write_text(
            "/tag/old/*  /tag/hafen/:splat  301!\n"
            "/tag/shut/*  /tag/shut/:splat  410!\n"
            "/tag/hafen/rss.xml /rss.xml 301!\n"
        )

    def test_what_moved_leads_to_where_it_is(self, ask: Ask) -> None:
        answer = ask("GET", "/tag/old/atom.xml")

        assert answer.status_code == 301
        assert answer.headers["location"] == "http://127.0.0.1:8000/tag/hafen/atom.xml"
        assert "max-age" in answer.headers["cache-control"]
        assert is_safe(answer)

    def test_they_come_before_what_stands_there(self, ask: Ask, public: Path) -> None:
        put(public / "tag/old/atom.xml", b"<feed/>")
        put(public / "tag/hafen/rss.xml", b"<rss/>")

        assert ask("GET", "/tag/old/atom.xml").status_code == 301
        assert ask("GET", "/tag/hafen/rss.xml").status_code == 301
        assert ask("GET", "/tag/hafen/atom.xml").status_code == 200

    @pytest.mark.parametrize("coding", [b"gzip", b"br", b""])
    def test_what_is_gone_says_so_with_what_stands_there(
        self, exactly: Exactly, public: Path, coding: bytes
    ) -> None:
        page = b"<h1>This list has ended.</h1>" * 9
        put(public / "tag/shut/index.html", page)
        answer = exactly(b"/tag/shut/", (b"accept-encoding", coding))

        assert answer.status == 410
        assert answer.decoded() == page
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers.get("content-encoding", "").encode() == coding
        assert is_safe(answer)

    def test_what_is_gone_is_gone_for_those_who_have_it_too(self, ask: Ask, public: Path) -> None:
        put(public / "tag/shut/atom.xml", b"<feed/>")

        assert ask("GET", "/tag/shut/atom.xml", headers={"If-None-Match": "*"}).status_code == 410

    @pytest.mark.parametrize("path", ["/tag/shut/feed.json", "/tag/shut/", "/tag/shut"])
    def test_what_is_gone_without_a_trace_says_so_in_words(self, ask: Ask, path: str) -> None:
        answer = ask("GET", path)

        assert answer.status_code == 410
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "no longer" in answer.text

    def test_who_only_looks_is_told_the_same(self, ask: Ask, public: Path) -> None:
        put(public / "tag/shut/index.html", b"<h1>This list has ended.</h1>" * 9)
        got, looked = ask("GET", "/tag/shut/"), ask("HEAD", "/tag/shut/")

        assert (looked.status_code, looked.content) == (410, b"")
        assert looked.headers == got.headers

    def test_they_hold_from_when_they_are_there(self, ask: Ask, public: Path) -> None:
        assert ask("GET", "/atom.xml").status_code == 200
        (public / "_redirects").write_text("/atom.xml /rss.xml 410!\n")
        assert ask("GET", "/atom.xml").status_code == 410
        (public / "_redirects").unlink()
        assert ask("GET", "/atom.xml").status_code == 200

    def test_they_are_not_shown_themselves(self, ask: Ask, public: Path) -> None:
        (public / "_nginx.conf").write_text("location / {}")

        assert ask("GET", "/_redirects").status_code == 404
        assert ask("GET", "/_nginx.conf").status_code == 404

    def test_they_do_not_stand_before_the_pages_that_act(self, ask: Ask, public: Path) -> None:
        (public / "_redirects").write_text("/* /tag/:splat 301!\n")
        put(public / "unsubscribe/x/index.html", b"not this")

        assert "<form" in ask("GET", "/unsubscribe/x").text
        assert ask("GET", "/unsubscribe/x/").status_code == 404


class TestLimits:
    @pytest.fixture
    def limited(self, app: App) -> Exactly:
        return exactly_of(web.create(with_settings(app, "web", rate=3)))

    def test_who_asks_too_often_waits(self, limited: Exactly) -> None:
        statuses = [limited(b"/atom.xml").status for _ in range(4)]
        refused = limited(b"/rss.xml")

        assert statuses == [200, 200, 200, 429]
        assert 0 < int(refused.headers["retry-after"]) <= 20
        assert refused.headers["content-type"] == "text/plain; charset=utf-8"
        assert refused.headers["cache-control"] == "no-store"
        assert refused.body
        assert is_safe(refused)

    def test_others_do_not(self, limited: Exactly) -> None:
        for _ in range(9):
            limited(b"/atom.xml", client="192.0.2.1")

        assert limited(b"/atom.xml", client="192.0.2.2").status == 200

    def test_asking_for_what_one_has_costs_nothing(self, limited: Exactly) -> None:
        etag = limited(b"/atom.xml").headers["etag"].encode()
        statuses = {limited(b"/atom.xml", (b"if-none-match", etag)).status for _ in range(20)}

        assert statuses == {304}
        assert limited(b"/atom.xml").status == 200

    def test_who_has_had_enough_is_still_told_that_nothing_changed(self, limited: Exactly) -> None:
        etag = limited(b"/atom.xml").headers["etag"].encode()
        while limited(b"/atom.xml").status == 200:
            pass

        assert limited(b"/atom.xml", (b"if-none-match", etag)).status == 304
        assert limited(b"/atom.xml", method="HEAD").status == 200
        assert limited(b"/tag/hafen").status == 301
        assert limited(b"/unsubscribe/x").status == 200
        assert limited(b"/none").status == 404

    def test_what_is_gone_counts_when_it_is_told_in_full(self, limited: Exactly, public: Path) -> None:
        (public / "_redirects").write_text("/atom.xml /atom.xml 410!\n")

        assert [limited(b"/atom.xml").status for _ in range(4)] == [410, 410, 410, 429]
