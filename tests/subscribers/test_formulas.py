"""Formulas in cells: harmless in every spreadsheet, and as they were when they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.subscribers import formulas

CELLS = st.text() | st.text("'\" =+-@\t\r\na＝", max_size=6)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '"=1', "'=1", "' \"=1", "＝1", "＠SUM", "\n=1"],
    ids=repr,
)
def test_what_a_spreadsheet_would_calculate_begins_with_an_apostrophe(cell: str) -> None:
    assert formulas.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a", "'", "'tis", "a=b", "1-1", '"quoted"', " a"], ids=repr)
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert formulas.harmless(cell) == cell
    assert formulas.original(cell) == cell


@given(CELLS)
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert formulas.original(formulas.harmless(cell)) == cell


@given(CELLS)
def test_no_cell_begins_with_what_starts_a_formula(cell: str) -> None:
    assert formulas.harmless(cell).lstrip(' \n"')[:1] not in set("=+-@\t\r＝＋－＠")
