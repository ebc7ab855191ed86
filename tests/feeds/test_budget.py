"""How large a feed may get."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder.model.items import Item
from tests.feeds.kits import atom_rules, reading
from tests.feeds.kits.atom_rules import NS, violations
from tests.feeds.kits.samples import STONES, Made, Press, piece

MOST_BYTES = 500_000
ADDRESS = "https://ada.example/blog/atom.xml"
PRESS = Press()


def of_size(number: int, body_bytes: int, note_bytes: int = 0) -> Item:
    def text(size: int) -> str:
        return f"<p>{('word ' * (size // 5)).strip()}</p>" if size else ""

    return piece(number, note=text(note_bytes), body=text(body_bytes))


def lengths(made: Made) -> list[int]:
    """Return how long the text of each entry is."""
    return [
        len(entry.findtext(f"{NS}content") or "") for entry in etree.fromstring(made.atom).iter(f"{NS}entry")
    ]


def test_a_feed_that_fits_is_whole() -> None:
    made = PRESS.live([of_size(number, 100_000) for number in range(1, 5)])

    assert all(length > 100_000 for length in lengths(made))
    assert atom_rules.is_complete(made.atom)


def test_the_oldest_become_summaries_first() -> None:
    made = PRESS.live([of_size(number, 100_000) for number in range(1, 11)])

    assert [length > 100_000 for length in lengths(made)] == [True] * 4 + [False] * 6
    assert atom_rules.is_complete(made.atom), "nothing is missing, though some is shorter"


def test_then_the_oldest_are_left_out() -> None:
    made = PRESS.live([of_size(number, 1000, note_bytes=100_000) for number in range(1, 11)])

    assert len(lengths(made)) == 4
    assert not atom_rules.is_complete(made.atom)


@pytest.mark.parametrize("note_bytes", [0, 100_000])
def test_all_formats_are_cut_alike(note_bytes: int) -> None:
    made = PRESS.live([of_size(number, 100_000, note_bytes) for number in range(1, 11)])

    assert reading.xml(made.atom) == reading.xml(made.rss) == reading.json_feed(made.json)


def test_one_entry_alone_may_be_as_large_as_it_is() -> None:
    made = PRESS.live([of_size(1, 10, note_bytes=600_000), of_size(2, 10)])

    assert len(lengths(made)) == 1
    assert len(made.atom) > MOST_BYTES


def test_a_shorter_entry_tells_the_same_dates_and_the_same_id() -> None:
    items = [of_size(number, 100_000) for number in range(1, 11)]

    told = reading.xml(PRESS.live(items).atom).items

    assert [(each.id, each.published, each.updated) for each in told] == [
        (item.uid, item.posted, item.updated) for item in items
    ]


sizes = st.integers(1, 200_000)


@given(st.lists(st.tuples(sizes, st.sampled_from([0, 0, 60_000, 250_000])), min_size=2, max_size=15))
@settings(max_examples=15, deadline=None)
def test_a_feed_is_never_larger_unless_one_entry_alone_is(wanted: list[tuple[int, int]]) -> None:
    items = [of_size(number, body, note) for number, (body, note) in enumerate(wanted, 1)]

    made = PRESS.live(items, tombstones=STONES)

    assert len(made.atom) <= MOST_BYTES or len(lengths(made)) == 1
    assert violations(made.atom, ADDRESS) == []
    assert atom_rules.entry_ids(made.atom) == [item.uid for item in items][: len(lengths(made))]


def test_what_a_feed_says_of_itself_counts_too() -> None:
    """The entries alone are just within the budget."""
    items = [of_size(number, 100_000) for number in range(1, 5)]
    rest = MOST_BYTES - sum(len(PRESS.renderer.entry(item).atom) for item in items)
    last = of_size(5, 2 * rest - len(PRESS.renderer.entry(of_size(5, rest)).atom) - 10)
    assert 0 <= rest - len(PRESS.renderer.entry(last).atom) < 100

    made = PRESS.live([*items, last], tombstones=STONES)

    assert len(made.atom) <= MOST_BYTES
