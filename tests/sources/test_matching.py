from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model.items import Draft, Item, Kind, Outlet, Picture
from feeder.sources import matching
from feeder.sources.matching import Likeness, likeness, texts_differ, united

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAPER = Outlet(1, "The Paper", "the-paper", "urn:o:1")
OTHER = Outlet(2, "The Other", "the-other", "urn:o:2")


def item(number: int, **fields: object) -> Item:
    plain = Item(
        number, f"urn:{number}", "blog", str(number), str(number), Kind.PIECE, f"Title {number}", NOON, NOON
    )
    return replace(plain, **fields)  # type: ignore[arg-type] # each test names its own fields


def draft(**fields: object) -> Draft:
    plain = Draft("a", Kind.PIECE, "A", "A")
    return replace(plain, **fields)  # type: ignore[arg-type] # each test names its own fields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://paper.example/a", "http://www.paper.example/a/"),
        ("https://paper.example/a?utm_source=feed#top", "https://paper.example/a"),
        ("https://paper.example/?p=7", "https://paper.example/?p=7"),
    ],
)
def test_one_address_is_one_work(one: str, other: str) -> None:
    assert likeness(item(1, url=one), item(2, url=other)) is Likeness.ADDRESS
    assert likeness(item(2, url=other), item(1, url=one)) is Likeness.ADDRESS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://paper.example/a", "https://paper.example/b"),
        ("https://paper.example/", "https://paper.example/"),  # a home page is nobody's
        ("https://paper.example", "https://paper.example/?utm_source=x"),
        (None, None),
    ],
)
def test_other_addresses_and_home_pages_say_nothing(one: str | None, other: str | None) -> None:
    assert likeness(item(1, url=one), item(2, url=other)) is None


def test_a_piece_is_no_appearance_whatever_it_links_to() -> None:
    url = "https://paper.example/a"
    assert likeness(item(1, url=url), item(2, url=url, kind=Kind.APPEARANCE)) is None


TITLED = {"title": "Why “old” bridges hum", "outlet": PAPER}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": 'WHY "old" bridges – hum'},
        {"outlet": None},
        {"posted": NOON + DAY},
        {"published": NOON - DAY, "posted": NOON + 9 * DAY},
        {"published": date(2026, 11, 21), "posted": NOON + 9 * DAY},
    ],
)
def test_one_title_and_outlet_at_one_time_are_one_work(fields: dict[str, object]) -> None:
    one, other = item(1, **TITLED), item(2, **{**TITLED, **fields})
    assert likeness(one, other) is likeness(other, one) is Likeness.TITLE


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Why new bridges hum"},
        {"outlet": OTHER},
        {"posted": NOON + DAY + timedelta(seconds=1)},
        {"published": date(2026, 11, 22), "posted": NOON + 9 * DAY},
    ],
)
def test_another_title_outlet_or_time_is_another_work(fields: dict[str, object]) -> None:
    one, other = item(1, **TITLED), item(2, **{**TITLED, **fields})
    assert likeness(one, other) is likeness(other, one) is None


def test_a_yearly_column_that_comes_in_at_once_is_known_by_when_it_was_printed() -> None:
    one = item(1, published=date(2024, 1, 1), **TITLED)
    other = item(2, published=date(2025, 1, 1), **TITLED)
    assert likeness(one, other) is None


def test_texts_differ_by_their_words() -> None:
    one = item(1, body="<p>It’s high <em>tide</em>.</p>")
    assert not texts_differ(one, item(2, body="<div>It's high</div>\n tide"))
    assert not texts_differ(one, item(2))
    assert not texts_differ(item(2), one)
    assert texts_differ(one, item(2, body="<p>It’s low tide.</p>"))


def test_what_is_said_of_a_work_is_what_all_say_the_first_first() -> None:
    picture, other_picture = Picture("a.png"), Picture("b.png")
    own = draft(tags=("Sea", "tides"), note="<p>My note</p>", pictures=(picture,))
    place = draft(
        key="b",
        title="Another title",
        url="https://b.example/",
        tags=("TIDES", "Moon"),
        note="<p>Their note</p>",
        body="<p>Text</p>",
        picture=other_picture,
        pictures=(picture, other_picture),
    )
    third = draft(body="<p>Another text</p>", summary="Short")
    assert united(own, [place, third]) == replace(
        own,
        tags=("Sea", "tides", "Moon"),
        body="<p>Text</p>",
        summary="Short",
        picture=other_picture,
        pictures=(picture, other_picture),
    )


texts = st.sampled_from(["", "a", "b"])
drafts = st.builds(
    draft,
    tags=st.lists(st.sampled_from(["x", "y", "z", "X"]), max_size=3, unique_by=str.casefold).map(tuple),
    note=texts,
    body=texts,
    summary=texts,
    picture=st.sampled_from([None, Picture("a.png"), Picture("b.png")]),
    pictures=st.lists(st.sampled_from([Picture("a.png"), Picture("b.png")]), unique=True).map(tuple),
)


@given(drafts, st.lists(drafts, max_size=3))
def test_uniting_twice_is_uniting_once(own: Draft, others: list[Draft]) -> None:
    once = united(own, others)
    assert united(once, others) == once
    assert united(own, []) == own


@given(drafts, drafts)
def test_what_an_item_says_itself_stays(own: Draft, other: Draft) -> None:
    both = united(own, [other])
    for name in matching.FILLED:
        assert getattr(both, name) == getattr(own, name) or not getattr(own, name)
    assert both.tags[: len(own.tags)] == own.tags
