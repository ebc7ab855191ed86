"""What has moved, and what is gone."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.feeds import redirects
from feeder.feeds.redirects import Gone, Moved
from feeder.web.looks import Looks
from feeder.web.redirects import Redirects

SITE = "https://example.org/"
BELOW = "https://example.org/works/"

Of = Callable[[str], Moved | Gone | None]


def rule(text: str, path: str, site: str = SITE) -> Moved | Gone | None:
    return redirects.parse(text, site).of(path)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/tag/old/", "/tag/new/"),
        ("/tag/old", "/tag/new/"),
        ("/tag/old/atom.xml", "/tag/new/atom.xml"),
        ("/tag/old/archive/1.xml", "/tag/new/archive/1.xml"),
        ("/tag/old/a b?", "/tag/new/a%20b%3F"),
        ("/tag/old/港", "/tag/new/%E6%B8%AF"),
    ],
)
def test_a_folder_moves_with_all_that_is_in_it(path: str, address: str) -> None:
    assert rule("/tag/old/*  /tag/new/:splat  301!", path) == Moved(f"https://example.org{address}")


@pytest.mark.parametrize("path", ["/", "/tag/", "/tag/older/", "/tag/new/", "/tag/new/old/", "/x/tag/old/"])
def test_nothing_else_moves(path: str) -> None:
    assert rule("/tag/old/* /tag/new/:splat 301!", path) is None


def test_one_document_moves() -> None:
    text = "/feed /atom.xml 301!"

    assert rule(text, "/feed") == Moved("https://example.org/atom.xml")
    assert rule(text, "/feed/") is None


def test_a_folder_is_gone_with_all_that_was_in_it() -> None:
    text = "/tag/shut/*  /tag/shut/:splat  410!"

    assert [rule(text, f"/tag/shut{rest}") for rest in ("", "/", "/atom.xml")] == [Gone()] * 3


def test_names_may_be_in_any_script() -> None:
    text = "/tag/%E6%B8%AF/* /tag/h%C3%A4fen/:splat 301!"

    assert rule(text, "/tag/港/atom.xml") == Moved("https://example.org/tag/h%C3%A4fen/atom.xml")


def test_the_first_line_that_fits_decides() -> None:
    text = "/a/b/* /one/:splat 301!\n/a/* /two/:splat 301!\n/a/b/c/* /three/:splat 301!\n/a/b/* /x/ 410!"

    assert rule(text, "/a/b/c/d") == Moved("https://example.org/one/c/d")
    assert rule(text, "/a/c") == Moved("https://example.org/two/c")


def test_where_the_public_address_has_a_path_rules_have_it_too() -> None:
    text = "/works/tag/old/* /works/tag/new/:splat 301!\n/tag/other/* /tag/new/:splat 301!"

    assert rule(text, "/tag/old/x", BELOW) == Moved("https://example.org/works/tag/new/x")
    assert rule(text, "/tag/other/x", BELOW) is None


def test_comments_and_empty_lines_are_no_rules() -> None:
    rules = redirects.parse("# moved\n\n  \n   # /a /b 301!\n\t/a /b 301!\r\n", SITE)

    assert rules.unread == ()
    assert rules.of("/a") == Moved("https://example.org/b")


@pytest.mark.parametrize(
    "line",
    [
        "/a /b",
        "/a /b 302",
        "/a /b 200!",
        "/a /b 301",
        "a /b 301!",
        "/a https://evil.example/ 301!",
        "/a /b 301! Country=de",
        "/a?x=:x /b/:x 301!",
        "/*/a /b 301!",
        "/a/é /b 301!",
        "nonsense",
        "\0",
    ],
)
def test_what_is_no_rule_is_told_and_the_others_hold(line: str) -> None:
    rules = redirects.parse(f"/one /two 301!\n{line}\n/three /four 301!", SITE)

    assert rules.unread == (2,)
    assert rules.of("/one") == Moved("https://example.org/two")
    assert rules.of("/three") == Moved("https://example.org/four")


@given(st.text(max_size=60), st.text(max_size=20))
@example("/* //evil.example/:splat 301!", "/x")
@example("/* /:splat 301!", "//evil.example")
def test_no_rule_leads_to_another_server(text: str, path: str) -> None:
    moved = rule(text, f"/{path}")

    if isinstance(moved, Moved):
        assert moved.address.startswith(SITE)
        assert moved.address.isascii()
        assert moved.address.isprintable()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_the_rest_of_a_path_stays_what_it_is(rest: str) -> None:
    moved = rule("/tag/old/* /tag/new/:splat 301!", f"/tag/old/{rest}")

    assert isinstance(moved, Moved)
    assert unquote(moved.address) == f"https://example.org/tag/new/{rest}"
    assert not set("?#") & set(moved.address)


class TestTheFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "_redirects"

    @pytest.fixture
    def rules(self, tmp_path: Path) -> Of:
        """What the rules in the file say of a path."""
        redirects = Redirects(tmp_path, SITE, Looks())

        async def of(path: str) -> Moved | Gone | None:
            return redirects.of(path)

        return lambda path: asyncio.run(of(path))

    def test_it_may_come_change_and_go(self, file: Path, rules: Of) -> None:
        assert rules("/a") is None
        file.write_text("/a /b 301!")
        assert rules("/a") == Moved("https://example.org/b")
        file.write_text("/a /longer 301!")
        assert rules("/a") == Moved("https://example.org/longer")
        file.unlink()
        assert rules("/a") is None

    def test_what_is_wrong_in_it_is_logged_once_by_its_line(
        self, file: Path, rules: Of, caplog: pytest.LogCaptureFixture
    ) -> None:
        file.write_text("/a /b 301!\nnonsense\n\nmore of it\n")
        for _ in range(3):
            rules("/a")

        (record,) = caplog.records
        assert (record.levelno, vars(record)["line"], vars(record)["lines"]) == (logging.WARNING, 2, 2)
        assert "nonsense" not in caplog.text

    @pytest.mark.parametrize("content", [b"\xff\xfe\0", b"\r\n" * 1000, b""])
    def test_any_bytes_are_read(self, file: Path, rules: Of, content: bytes) -> None:
        file.write_bytes(content + b"\n/a /b 301!\n")

        assert rules("/a") == Moved("https://example.org/b")

    def test_of_a_huge_file_only_the_beginning_is_read(
        self, file: Path, rules: Of, caplog: pytest.LogCaptureFixture
    ) -> None:
        lines = "".join(f"/{number:060} /x 301!\n" for number in range(70_000))
        file.write_text(f"/a /b 301!\n{lines}/last /x 301!")

        assert rules("/a") == Moved("https://example.org/b")
        assert rules("/last") is None
        assert "too many rules" in caplog.text

    def test_a_file_that_cannot_be_read_has_no_rules(
        self, file: Path, rules: Of, caplog: pytest.LogCaptureFixture
    ) -> None:
        file.mkdir()

        assert rules("/a") is None
        assert "cannot be read" in caplog.text
