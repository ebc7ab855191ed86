"""Plain text in lines that fit into a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup import wrapping
from feeder.markup.wrapping import COLUMNS, columns, wrapped


def test_a_long_line_is_parted_between_words() -> None:
    assert wrapped("word " * 20).split("\n") == ["word " * 13 + "word", "word " * 5 + "word"]


def test_lines_that_fit_stay_as_they_are() -> None:
    kept = "  one   two\n\n\tthree\n" + "x" * COLUMNS

    assert wrapped(kept) == kept


def test_what_goes_on_in_a_list_is_set_in() -> None:
    assert wrapped("- " + "word " * 20).split("\n")[1] == "  " + "word " * 5 + "word"
    assert wrapped("* " + "word " * 20, "  ").split("\n")[1].startswith("  word")


@pytest.mark.parametrize("word", ["https://ada.example/" + "a" * 90, "x" * 100])
def test_addresses_are_never_parted(word: str) -> None:
    assert wrapped(f"See {word} there, where it is.").split("\n") == ["See", word, "there, where it is."]


def test_letters_of_chinese_take_two_columns_and_part_anywhere() -> None:
    lines = wrapped("港" * 80).split("\n")

    assert [len(line) for line in lines] == [36, 36, 8]


def test_no_line_begins_with_what_ends_something_or_ends_with_what_begins_something() -> None:
    for before in range(30, 38):
        for line in wrapped("港" * before + "“港口”。《港》，" + "口" * 10).split("\n"):
            assert line[0] not in "”。》，"
            assert line[-1] not in "“《"


def test_marks_take_no_column() -> None:
    assert columns("e\u0301") == 1
    assert columns("مُدَرِّس") == 4


words = st.text(st.sampled_from("ab -港口。，“”\n…é"), max_size=400)


@given(words)
def test_nothing_but_spaces_is_lost(plain: str) -> None:
    assert "".join(wrapped(plain).split()) == "".join(plain.split())


@given(words)
def test_only_what_cannot_be_parted_is_too_long(plain: str) -> None:
    for line in wrapped(plain).split("\n"):
        assert columns(line) <= COLUMNS or len(wrapping._UNIT.findall(line.strip())) == 1


@given(words)
def test_wrapping_twice_changes_nothing(plain: str) -> None:
    assert wrapped(wrapped(plain)) == wrapped(plain)
