"""The same document for clients who take one coding or another, and who may have it already."""

import gzip
import os
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.web.conftest import PICTURE, Ask, Exactly, is_safe, put

GZIP = (b"accept-encoding", b"gzip")


class TestWhoHasItAlready:
    def test_gets_no_body_by_its_tag(self, ask: Ask) -> None:
        first = ask("GET", "/atom.xml")

        again = ask("GET", "/atom.xml", headers={"If-None-Match": first.headers["etag"]})

        assert (again.status_code, again.content) == (304, b"")
        assert is_safe(again)
        assert ask("GET", "/atom.xml", headers={"If-None-Match": '"other"'}).status_code == 200

    def test_gets_no_body_by_its_date(self, ask: Ask, public: Path) -> None:
        os.utime(public / "atom.xml", (784111777.9, 784111777.9))
        assert ask("GET", "/atom.xml").headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT"

        statuses = {
            since: ask("GET", "/atom.xml", headers={"If-Modified-Since": since}).status_code
            for since in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT", "yesterday")
        }

        assert list(statuses.values()) == [304, 200, 200]

    def test_is_told_all_but_what_is_about_the_body(self, exactly: Exactly) -> None:
        first = exactly(b"/atom.xml", GZIP)
        again = exactly(b"/atom.xml", GZIP, (b"if-none-match", first.headers["etag"].encode()))

        assert again.headers.keys() == first.headers.keys() - {
            "content-type",
            "content-length",
            "content-encoding",
        }
        assert again.headers.items() <= first.headers.items()
        assert {"etag", "cache-control", "vary", "last-modified", "link"} <= again.headers.keys()

    def test_is_told_so_when_it_only_looks(self, ask: Ask) -> None:
        etag = ask("HEAD", "/atom.xml").headers["etag"]

        assert ask("HEAD", "/atom.xml", headers={"If-None-Match": f"W/{etag}"}).status_code == 304

    def test_may_say_so_in_several_fields(self, exactly: Exactly) -> None:
        etag = exactly(b"/atom.xml").headers["etag"].encode()

        assert exactly(b"/atom.xml", (b"if-none-match", b'"a"'), (b"if-none-match", etag)).status == 304

    def test_has_it_in_one_coding_and_not_in_another(self, exactly: Exactly) -> None:
        tags = {
            coding: exactly(b"/atom.xml", (b"accept-encoding", coding)).headers["etag"].encode()
            for coding in (b"", b"gzip", b"br")
        }

        assert len(set(tags.values())) == 3
        for coding, tag in tags.items():
            for other in tags.values():
                status = exactly(b"/atom.xml", (b"accept-encoding", coding), (b"if-none-match", other)).status
                assert status == (304 if other == tag else 200)

    def test_two_dates_are_none(self, exactly: Exactly) -> None:
        since = (b"if-modified-since", b"Wed, 01 Jan 2098 00:00:00 GMT")

        assert exactly(b"/atom.xml", since).status == 304
        assert exactly(b"/atom.xml", since, since).status == 200

    def test_gets_it_when_it_has_changed(self, ask: Ask, public: Path) -> None:
        first = ask("GET", "/atom.xml")
        put(public / "atom.xml", b"<feed/>")

        again = ask("GET", "/atom.xml", headers={"If-None-Match": first.headers["etag"]})

        assert (again.status_code, again.content) == (200, b"<feed/>")

    def test_has_it_also_when_the_same_bytes_were_written_anew(self, ask: Ask, public: Path) -> None:
        first = ask("GET", "/atom.xml")
        put(public / "atom.xml", first.content)

        again = ask("GET", "/atom.xml", headers={"If-None-Match": first.headers["etag"]})

        assert again.status_code == 304

    def test_nothing_changed_in_the_future(self, ask: Ask, public: Path) -> None:
        ahead = time.time() + 10**7
        os.utime(public / "atom.xml", (ahead, ahead))

        told = parsedate_to_datetime(ask("GET", "/atom.xml").headers["last-modified"])

        assert told.timestamp() <= time.time()


class TestCodings:
    @pytest.mark.parametrize(
        ("accepted", "coding"), [(b"gzip", "gzip"), (b"gzip, br", "br"), (b"", None), (b"deflate", None)]
    )
    def test_a_text_comes_as_the_client_takes_it(
        self, exactly: Exactly, public: Path, accepted: bytes, coding: str | None
    ) -> None:
        answer = exactly(b"/atom.xml", (b"accept-encoding", accepted))

        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.decoded() == (public / "atom.xml").read_bytes()

    def test_the_copy_that_lies_there_is_sent_as_it_is(self, exactly: Exactly, public: Path) -> None:
        copy = gzip.compress((public / "atom.xml").read_bytes(), 1, mtime=784111777)
        (public / "atom.xml.gz").write_bytes(copy)

        assert exactly(b"/atom.xml", GZIP).body == copy

    @pytest.mark.parametrize(
        "copy", [gzip.compress(b"<feed>other</feed>", mtime=0), b"", b"\x1f\x8b\x08", b"no gzip"]
    )
    @pytest.mark.parametrize("ending", ["gz", "br"])
    def test_a_copy_of_anything_else_is_not_sent(
        self, exactly: Exactly, public: Path, copy: bytes, ending: str
    ) -> None:
        (public / f"atom.xml.{ending}").write_bytes(copy)

        for coding in (b"gzip", b"br"):
            answer = exactly(b"/atom.xml", (b"accept-encoding", coding))
            assert answer.decoded() == (public / "atom.xml").read_bytes()

    def test_a_text_without_copies_is_compressed_all_the_same(self, exactly: Exactly, public: Path) -> None:
        (public / "notes.txt").write_bytes(b"On bridges. " * 100)
        answer = exactly(b"/notes.txt", (b"accept-encoding", b"gzip, br"))

        assert answer.headers["content-encoding"] == "gzip"
        assert answer.decoded() == b"On bridges. " * 100
        assert len(answer.body) < 100

    def test_what_would_not_become_smaller_is_not(self, exactly: Exactly, public: Path) -> None:
        (public / "short.txt").write_bytes(b"x")

        assert exactly(b"/short.txt", GZIP).body == b"x"

    def test_a_picture_is_the_same_for_all(self, exactly: Exactly) -> None:
        answer = exactly(f"/{PICTURE}".encode(), GZIP)

        assert {"content-encoding", "vary"}.isdisjoint(answer.headers)

    def test_who_takes_nothing_that_is_there_is_told_so(self, exactly: Exactly) -> None:
        picture = exactly(f"/{PICTURE}".encode(), (b"accept-encoding", b"gzip, identity;q=0"))
        text = exactly(b"/atom.xml", (b"accept-encoding", b"gzip, identity;q=0"))

        assert (picture.status, text.status) == (406, 200)
        assert is_safe(picture)

    def test_several_fields_are_one(self, exactly: Exactly) -> None:
        for fields in ([(b"accept-encoding", b"deflate"), GZIP], [GZIP, (b"accept-encoding", b"deflate")]):
            assert exactly(b"/atom.xml", *fields).headers["content-encoding"] == "gzip"

    def test_a_very_long_field_is_understood(self, exactly: Exactly) -> None:
        answer = exactly(b"/atom.xml", (b"accept-encoding", b"a, " * 10_000 + b"gzip"))

        assert answer.headers["content-encoding"] == "gzip"
