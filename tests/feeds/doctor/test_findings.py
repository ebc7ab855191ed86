"""Reports: their order, and how much they keep."""

from feeder.feeds.doctor import Severity
from feeder.feeds.doctor.findings import (
    KEPT_OF_ONE,
    WHOLE,
    Finding,
    Place,
    advice,
    error,
    gather,
    listed,
    quoted,
    warning,
)
from tests.feeds.doctor.surgery import ATOM, examine, json_feed

BAD, ODD, BETTER = error("bad", "r", "s"), warning("odd", "r", "s"), advice("better", "r", "s")


def finding(rule: object, line: int | None = None) -> Finding:
    return Finding(rule, Place("", line), "f", "m")  # type: ignore[arg-type]


def test_the_worst_comes_first_and_then_by_lines() -> None:
    told = [finding(BETTER, 1), finding(BAD, 9), finding(ODD, 3), finding(BAD), finding(BAD, 2)]

    kept, more = gather(told)

    assert kept == (finding(BAD), finding(BAD, 2), finding(BAD, 9), finding(ODD, 3), finding(BETTER, 1))
    assert more == {}


def test_of_many_alike_the_first_are_kept_and_all_are_counted() -> None:
    report = examine(json_feed(items=[7] * (KEPT_OF_ONE + 50)))

    assert len(report.findings) == KEPT_OF_ONE
    assert [(rule.name, number) for rule, number in report.more.items()] == [("item-type", 50)]
    assert report.count(Severity.ERROR) == KEPT_OF_ONE + 50
    assert report.count(Severity.WARNING) == 0


def test_foreign_words_are_shown_safely() -> None:
    assert quoted("a\x1b[31m\nb\ud800") == "“a[31m b”"
    assert quoted("x" * 1000) == f"“{'x' * 79}…”"


def test_places_in_words() -> None:
    assert str(WHOLE) == "the document"
    assert str(Place("feed/id", 3)) == "feed/id, line 3"
    assert str(Place("", 3, 7)) == "line 3, column 7"
    assert str(Place("header ETag")) == "header ETag"


def test_lists_in_words() -> None:
    assert [listed(words) for words in ("", "a", "ab", "abc", "abcde")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b and 3 more",
    ]


def test_elements_of_one_name_are_numbered_and_foreign_ones_have_their_prefix() -> None:
    fh = 'xmlns:fh="http://purl.org/syndication/history/1.0"'
    document = ATOM.replace("<title>Spans</title>", f"<title>Spans</title><fh:archive {fh}/><link/><link/>")

    paths = {one.place.path for one in examine(document).findings}

    assert paths == {"feed/fh:archive", "feed/link[1]", "feed/link[2]"}


def test_names_of_any_length_are_cut() -> None:
    (finding,) = examine(ATOM.replace("<entry>", f"<{'x' * 40_000}/><entry>")).findings

    assert finding.place.path == f"feed/{'x' * 40}…"
    assert len(str(finding)) < 500
