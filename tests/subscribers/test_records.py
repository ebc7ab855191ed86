"""Rows, with the lines of the file; what cannot be read is told with its line, and nothing after it is lost."""

import csv
import io
import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.subscribers import records, writing
from feeder.subscribers.records import LONGEST_LINE, Record, Unreadable
from feeder.subscribers.writing import Shape, Writing

NUL = "holds a NUL byte"


def rows(text: str, form: Writing | None = None) -> list[tuple[int, Sequence[str] | str]]:
    """Return the line and the cells of each row, or why it cannot be read."""
    form = form or writing.look("list", text.encode("utf-8", "surrogateescape")[: writing.LOOK])
    found = records.records(io.StringIO(text, newline=""), form)
    return [(row.line, row.cells if isinstance(row, Record) else row.reason) for row in found]


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_those_of_the_file_also_after_cells_with_several() -> None:
    text = 'a,b\n1,2\n"x\ny\r\n\nz",3\n\n4,5\n'
    assert rows(text) == [(2, ["1", "2"]), (3, ["x\ny\r\n\nz", "3"]), (8, ["4", "5"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_is_counted(end: str) -> None:
    assert rows(end.join(["a,b", "1,2", "3,4"])) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_a_list_without_a_heading_begins_with_its_first_line() -> None:
    assert rows("ada@example.org\nbo@example.org\n") == [(1, ["ada@example.org"]), (2, ["bo@example.org"])]


def test_rows_with_too_many_or_too_few_cells_are_told() -> None:
    more, fewer = "has more cells than the heading", "has fewer cells than the heading"
    assert rows("a,b\n1\n1,2,3\n1,2\n") == [(2, fewer), (3, more), (4, ["1", "2"])]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    quotes = "has quotes that cannot be understood"
    assert rows('a,b\n1,"2\n3,4\n5,6\n') == [(2, quotes), (3, ["3", "4"]), (4, ["5", "6"])]
    assert rows('a,b\n1,"2\n3,"4"\n5,6\n') == [(2, quotes), (3, ["3", "4"]), (4, ["5", "6"])]
    assert rows('a,b\n1,"2"x\n3,4\n') == [(2, quotes), (3, ["3", "4"])]


def test_a_cell_that_does_not_end_costs_its_own_line_only() -> None:
    many = [f"{number},x" for number in range(40_000)]
    told = rows("\n".join(["a,b", '1,"2', *many]))
    assert told[0] == (2, "has a cell that does not end, or is longer than 131,072 characters")
    assert told[1:] == [(line, [cell, "x"]) for line, cell in enumerate(map(str, range(40_000)), 3)]


def test_a_line_without_end_is_passed_over_in_parts() -> None:
    long = "x" * (3 * LONGEST_LINE)
    told = rows(f"a,b\n{long},1\n2,3\n", Writing(Shape.CSV, "utf-8", ("a", "b")))
    assert told == [(2, "is longer than 1,000,000 characters"), (3, ["2", "3"])]
    last = rows(f"a,b\n{long}", Writing(Shape.CSV, "utf-8", ("a", "b")))
    assert last == [(2, "is longer than 1,000,000 characters")]


def test_bytes_that_no_database_holds_cost_their_own_lines_only() -> None:
    form = Writing(Shape.CSV, "utf-8", ("a", "b"))
    assert rows("a,b\n1,\0\n2,\udcfc\n3,ü\n", form) == [(2, NUL), (3, "is not UTF-8"), (4, ["3", "ü"])]
    fewer = "has fewer cells than the heading"
    assert rows('a,b\n1,"x\n\0\ny"\n2,3\n', form) == [(2, NUL), (3, NUL), (4, fewer), (5, ["2", "3"])]
    assert rows('a,b\n1,"x\n2,"\0\n3,4\n', form) == [(2, NUL), (3, NUL), (4, ["3", "4"])]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=2
        ),
        max_size=8,
    )
)
def test_what_a_writer_of_csv_writes_is_read_again(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *table])
    found = records.records(io.StringIO(text.getvalue(), newline=""), Writing(Shape.CSV, "utf-8", ("a", "b")))
    assert [row.cells for row in found if isinstance(row, Record)] == table


@given(st.text(st.sampled_from('a,"\n\r\0;\udc80'), max_size=60))
def test_every_line_is_told_once(text: str) -> None:
    form = Writing(Shape.CSV, "utf-8", ("1", "2"), is_headed=False)
    lines = io.StringIO(text, newline="").readlines()
    told: list[int] = []
    for row in records.records(io.StringIO(text, newline=""), form):
        breaks = re.findall("\r\n|\r|\n", ",".join(row.cells)) if isinstance(row, Record) else []
        told += range(row.line, row.line + len(breaks) + 1)
    # A row of the wrong length may hold several lines, but then it has quotes.
    if '"' not in text:
        assert told == [number for number, line in enumerate(lines, 1) if line.strip("\r\n")]
    assert told == sorted(set(told))
    assert all(1 <= number <= len(lines) for number in told)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

OBJECTS = [{"a": "x", "b": None}, {"a": 1, "b": True}, {"b": ["p, q", {"name": "r"}], "a": False}, {}]
CELLS = [["x", ""], ["1", "true"], ["false", "p, q\nr\n"], ["", ""]]


def test_a_list_of_objects_is_read() -> None:
    assert rows(json.dumps(OBJECTS)) == [(1, cells) for cells in CELLS]
    spread = "\n\n[\n" + ",\n".join(json.dumps(told) for told in OBJECTS) + "\n]\n"
    assert rows(spread) == list(enumerate(CELLS, 4))


def test_an_object_a_line_is_read() -> None:
    text = "\n".join([*(json.dumps(told) for told in OBJECTS), "", "nonsense", '["a"]', '{"a": 2}'])
    assert rows(text) == [
        *enumerate(CELLS, 1),
        (6, "is no JSON"),
        (7, "is no JSON object"),
        (8, ["2", ""]),
    ]


def test_a_list_that_breaks_off_says_from_where_on() -> None:
    assert rows('[{"a": 1},\n{"a": 2},\n{"a": ') == [
        (1, ["1"]),
        (2, ["2"]),
        (3, "is no JSON, and so is all that follows"),
    ]
    assert rows('[{"a": 1}') == [(1, ["1"]), (1, "is no JSON, and so is all that follows")]
    assert rows('[{"a": 1}] more') == [(1, ["1"]), (1, "is no JSON, and so is all that follows")]
    assert rows('[{"a": 1}, 2, {"a": 3}]') == [(1, ["1"]), (1, "is no JSON object"), (1, ["3"])]


def test_long_lists_are_read_in_parts() -> None:
    told = [{"a": "ü" * (number % 700), "b": number} for number in range(2_000)]
    assert rows(json.dumps(told, indent=1, ensure_ascii=False)) == [
        (2 + 4 * number, [one["a"], str(one["b"])]) for number, one in enumerate(told)
    ]


def test_an_object_without_end_is_no_row() -> None:
    text = '[{"a": 1}, {"a": "' + "x" * (2 * LONGEST_LINE) + '"}]'
    assert rows(text) == [(1, ["1"]), (1, "is no JSON, and so is all that follows")]


def test_values_that_no_database_holds_are_no_row() -> None:
    text = '{"a": "\\u0000"}\n{"a": "\\ud800"}\n{"a": "' + "x" * 200_000 + '"}\n{"a": 1}'
    assert rows(text, Writing(Shape.LINES, "utf-8", ("a",))) == [
        (1, NUL),
        (2, "is not UTF-8"),
        (3, "has a value that is longer than 131,072 characters"),
        (4, ["1"]),
    ]


def test_a_field_that_comes_late_and_may_say_that_somebody_left_is_not_passed_over() -> None:
    text = '{"email": "a"}\n{"email": "b", "Unsubscribed": true}\n{"email": "c", "shoe size": 7}'
    form = Writing(Shape.LINES, "utf-8", ("email",))
    assert rows(text, form) == [
        (1, ["a"]),
        (2, "has a field 'Unsubscribed', which the first ones have not"),
        (3, ["c"]),
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"a":' * 50_000, "{" * 100_000])
def test_what_is_nested_without_end_is_no_row(text: str) -> None:
    for shape in (Shape.JSON, Shape.LINES):
        found = list(records.records(io.StringIO(text), Writing(shape, "utf-8", ("a",))))
        assert all(isinstance(row, Unreadable) for row in found)
