"""HTML of an article within a page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup.embedding import embedded


@pytest.mark.parametrize(
    ("levels", "under", "expected"),
    [
        ([], 1, []),
        ([1], 1, [2]),
        ([2, 3, 2], 1, [2, 3, 2]),
        ([4], 2, [3]),
        ([1, 4, 1], 2, [3, 4, 3]),
        ([3, 2, 1], 1, [2, 2, 2]),
        ([2, 4, 3], 1, [2, 3, 3]),
        ([1, 2, 3, 4, 5, 6], 3, [4, 5, 6, 6, 6, 6]),
    ],
)
def test_headings_begin_below_and_leave_out_no_level(
    levels: list[int], under: int, expected: list[int]
) -> None:
    html = "".join(f"<h{level}>x</h{level}><p>y</p>" for level in levels)

    assert embedded(html, under) == "".join(f"<h{level}>x</h{level}><p>y</p>" for level in expected)


@given(st.lists(st.integers(1, 6)), st.integers(1, 5))
def test_no_headings_skip_a_level_or_lose_their_end(levels: list[int], under: int) -> None:
    made = embedded("".join(f'<h{level} lang="de">x</h{level}><hr>' for level in levels), under)

    starts, ends = re.findall(r"<h([1-6])", made), re.findall(r"</h([1-6])>", made)
    assert starts == ends
    before = under
    for level in map(int, starts):
        assert under < level <= before + 1 or level == 6
        before = level


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="a">', '<img src="a" alt="">'),
        ('<p><img src="a" width="3"></p>', '<p><img src="a" width="3" alt=""></p>'),
        ('<img src="a" alt="b">', '<img src="a" alt="b">'),
        ('<img alt="" src="a"><img src="c">', '<img alt="" src="a"><img src="c" alt="">'),
        ('<img title=" alt=" src="a">', '<img title=" alt=" src="a" alt="">'),
    ],
)
def test_a_picture_that_nobody_described_is_decoration(html: str, expected: str) -> None:
    assert embedded(html, 1) == expected


@pytest.mark.parametrize("html", ["", "<p>a</p>", "<header>x</header>", "a &lt;h1&gt; b", "<hr>"])
def test_all_else_stays_as_it_is(html: str) -> None:
    assert embedded(html, 2) == html
