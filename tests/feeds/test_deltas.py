"""What is new in a feed is a feed: it says what the whole says, of those entries alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds import deltas
from feeder.model.items import Item
from tests.feeds.kits import reading
from tests.feeds.kits.samples import ALL, HUBS, SAMPLES, STONES, Press

PRESS = Press(hubs=HUBS)
FILES = ("atom.xml", "rss.xml", "feed.json")
COMPLETE = replace(ALL, total=len(SAMPLES))


def documents(items: Sequence[Item]) -> dict[str, bytes]:
    made = PRESS.live(items, replace(COMPLETE, total=len(items)), STONES)
    return {"atom.xml": made.atom, "rss.xml": made.rss, "feed.json": made.json}


def read(file: str, content: bytes) -> reading.Feed:
    return reading.json_feed(content) if file == "feed.json" else reading.xml(content)


some_items = st.lists(st.sampled_from(SAMPLES), unique_by=lambda item: item.id)


@pytest.mark.parametrize("file", FILES)
@given(some_items, some_items)
def test_it_holds_just_what_the_older_version_did_not(
    file: str, older: list[Item], newer: list[Item]
) -> None:
    before, after = documents(older)[file], documents(newer)[file]
    delta = deltas.since(file, after, deltas.marks(file, before))
    known = {item.uid for item in older}
    if not any(item.uid in known for item in newer):
        assert delta is None
        return
    assert delta is not None
    whole, part = read(file, after), read(file, delta)
    assert part.items == tuple(item for item in whole.items if item.id not in known)
    assert part._replace(items=whole.items) == whole
    assert b"fh:complete" not in delta
    assert b'"complete": true' not in delta


@pytest.mark.parametrize("file", FILES)
def test_what_has_changed_is_new(file: str) -> None:
    first, *others = SAMPLES
    before = documents(SAMPLES)[file]
    after = documents([replace(first, title="Another title"), *others])[file]
    delta = deltas.since(file, after, deltas.marks(file, before))
    assert delta is not None
    assert [item.title for item in read(file, delta).items] == ["Another title"]


@pytest.mark.parametrize("file", FILES)
def test_where_nothing_is_new_it_has_no_entry(file: str) -> None:
    whole = documents(SAMPLES)[file]
    delta = deltas.since(file, whole, deltas.marks(file, whole))
    assert delta is not None
    assert read(file, delta).items == ()
    assert len(deltas.marks(file, whole)) == 8 * len(SAMPLES)
    assert b"deleted" in delta
