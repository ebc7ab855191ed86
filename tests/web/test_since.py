"""What is new in a feed, for who has an older version (RFC 3229)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from feeder import web
from feeder.app import App
from feeder.web import since
from tests.web.conftest import Told, exactly_of, put

Ask = Callable[..., Told]
LONG = "".join(map(chr, range(0x4E00, 0x5000)))  # nothing of it can be left out


def feed(*titles: str) -> bytes:
    entries = "".join(f"\n  <entry>\n    <title>{title}</title>\n  </entry>" for title in titles)
    return f"<feed>\n  <title>Spans</title>\n  <fh:complete/>{entries}\n</feed>\n".encode()


@pytest.fixture
def ask(app: App) -> Ask:
    """Ask for the feed as a reader does that takes what is new, by default."""
    exactly = exactly_of(web.create(app))

    def answer(
        tag: str = "", *headers: tuple[bytes, bytes], takes: bytes = b"feed", method: str = "GET"
    ) -> Told:
        asked = [(b"a-im", takes)] if takes else []
        asked += [(b"if-none-match", tag.encode())] if tag else []
        return exactly(b"/atom.xml", *asked, *headers, method=method)

    return answer


@pytest.fixture
def write(public: Path) -> Callable[..., None]:
    def publish(*titles: str) -> None:
        put(public / "atom.xml", feed(*titles))

    return publish


def test_only_what_is_new_is_sent(ask: Ask, write: Callable[..., None]) -> None:
    write("b", "a")
    first = ask()
    assert (first.status, first.body) == (200, feed("b", "a"))
    assert ask(first.headers["etag"]).status == 304
    write("c", "b", "a")
    part = ask(first.headers["etag"])
    assert part.status == 226
    assert part.body == feed("c").replace(b"\n  <fh:complete/>", b"")
    assert part.headers["im"] == "feed"
    assert part.headers["delta-base"] == first.headers["etag"]
    assert part.headers["cache-control"] == "no-store, im"
    assert part.headers["vary"] == "A-IM, If-None-Match, Accept-Encoding"
    assert part.headers["content-type"] == first.headers["content-type"]
    assert int(part.headers["content-length"]) == len(part.body)
    assert "content-encoding" not in part.headers
    # Its tag is that of the whole, so that what comes next is asked for by it.
    assert part.headers["etag"] == ask("").headers["etag"]
    assert ask(part.headers["etag"]).status == 304


def test_what_changed_is_new_as_well_and_what_is_gone_is_left_out(
    ask: Ask, write: Callable[..., None]
) -> None:
    write("c", "b", "a")
    tag = ask().headers["etag"]
    write("c", "b, corrected")
    assert b"b, corrected" in (part := ask(tag)).body
    assert part.body.count(b"<entry>") == 1


def test_a_tag_of_any_coding_is_known(ask: Ask, write: Callable[..., None]) -> None:
    write(LONG, "a")
    gzip = (b"accept-encoding", b"gzip")
    tag = ask("", gzip).headers["etag"]
    write("c", LONG, "a")
    part = ask(f'"other", W/{tag}', gzip)
    assert (part.status, part.headers["etag"]) == (226, ask("", gzip).headers["etag"])
    assert part.headers["delta-base"] == tag
    assert part.headers["content-encoding"] == "gzip"
    assert part.decoded().count(b"<entry>") == 1


def test_a_part_that_is_longer_than_the_whole_is_not_sent(ask: Ask, write: Callable[..., None]) -> None:
    write("a")
    tag = ask().headers["etag"]
    write(*"hgfedcb" * 9, "a")
    assert ask(tag).status == 226
    brotli = (b"accept-encoding", b"br, identity;q=0.1")
    assert ask(tag, brotli).headers["content-encoding"] == "br"
    assert ask(tag, (b"accept-encoding", b"br, identity;q=0")).status == 200


@pytest.mark.parametrize("takes", [b"", b"vcdiff", b"feed;q=0", b"feed;q=0.0", b"feeder"])
def test_who_does_not_take_a_part_gets_the_whole(ask: Ask, write: Callable[..., None], takes: bytes) -> None:
    write("a")
    tag = ask().headers["etag"]
    write("b", "a")
    whole = ask(tag, takes=takes)
    assert (whole.status, whole.body) == (200, feed("b", "a"))
    assert "im" not in whole.headers


@pytest.mark.parametrize("takes", [b"feed", b"vcdiff, feed;q=0.5", b"Feed ; q=1.0", b"feed;q=0.001, gzip"])
def test_it_may_be_asked_for_in_many_words(takes: bytes) -> None:
    assert since.is_asked_for(takes)


def test_a_version_that_nobody_remembers_is_no_base(app: App, ask: Ask, write: Callable[..., None]) -> None:
    write("a")
    tag = exactly_of(web.create(app))(b"/atom.xml").headers["etag"]  # it did not say that it takes parts
    write("b", "a")
    assert ask(tag).status == 200
    assert ask('"0123456789abcdef0123456789abcdef"').status == 200


def test_where_all_is_new_the_whole_is_sent(ask: Ask, write: Callable[..., None]) -> None:
    write("a")
    tag = ask().headers["etag"]
    write("c", "b")
    whole = ask(tag)
    assert (whole.status, whole.body) == (200, feed("c", "b"))
    write()
    assert ask(tag).status == 200


def test_head_tells_of_the_whole(ask: Ask, write: Callable[..., None]) -> None:
    write("a")
    tag = ask().headers["etag"]
    write("b", "a")
    assert ask(tag, method="HEAD").status == 200


def test_of_a_page_there_are_no_parts(app: App) -> None:
    exactly = exactly_of(web.create(app))
    answer = exactly(b"/", (b"a-im", b"feed"), (b"if-none-match", b'"0123456789abcdef0123456789abcdef"'))
    assert answer.status == 200
