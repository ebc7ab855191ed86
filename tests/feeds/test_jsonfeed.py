"""JSON Feed documents: by the specification, by the byte, and as they stand in the tree."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from feeder.model.feeds import Feed, Tombstone
from feeder.model.items import Item
from tests.feeds.kits.json_rules import entry_ids, violations
from tests.feeds.kits.samples import (
    ALL,
    APPEARANCE,
    BY_DAY,
    FULL,
    HUBS,
    SAMPLES,
    STONES,
    TAG,
    Press,
    piece,
    uid,
)

ADDRESS = "https://ada.example/blog/feed.json"
HUBBED = Press(hubs=HUBS)


def feed_json(
    items: Sequence[Item] = SAMPLES,
    feed: Feed = ALL,
    press: Press = HUBBED,
    tombstones: Sequence[Tombstone] = (),
) -> bytes:
    return press.live(items, feed, tombstones).json


def item(of: Item, press: Press = HUBBED) -> dict[str, Any]:
    (made,) = json.loads(feed_json([of], press=press))["items"]
    assert isinstance(made, dict)
    return made


# ── The specification ────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_as_readers_know_it(golden: Callable[[str, bytes], None]) -> None:
    golden("feed.json", feed_json(tombstones=STONES))


@pytest.mark.parametrize(
    ("feed", "address"),
    [
        (ALL, ADDRESS),
        (TAG, "https://ada.example/blog/tag/h%C3%A4fen/feed.json"),
        (replace(TAG, archives=2), "https://ada.example/blog/tag/h%C3%A4fen/feed.json"),
    ],
    ids=["everything", "a tag", "with archives"],
)
def test_a_feed_keeps_the_specification(feed: Feed, address: str) -> None:
    assert violations(feed_json(feed=feed, tombstones=STONES), address) == []


def test_an_empty_feed_is_a_feed() -> None:
    document = feed_json(())

    assert violations(document, ADDRESS) == []
    assert json.loads(document)["items"] == []


def test_the_specification_is_held_against_documents_that_break_it() -> None:
    good = feed_json(tombstones=STONES)
    broken = [
        good.replace(b"version/1.1", b"version/2"),
        good.replace(b"blog/feed.json", b"feed.json"),
        good.replace(b'"title": "Ada & Bridges"', b'"title": ""'),
        good.replace(b'"type": "WebSub"', b'"type": "rssCloud"'),
        good.replace(uid(2).encode(), uid(1).encode()),
        good.replace(b'"id": "urn', b'"id": "", "guid": "urn'),
        good.replace(b"content_html", b"content_xhtml"),
        good.replace(b'"date_modified": "2026', b'"date_modified": "26'),
        good.replace(b'"external_url": "https:', b'"external_url": "'),
        good.replace(b'"name": "Ada Fjordman"', b'"email": "Ada Fjordman"'),
        good.replace(b'"language": "de"', b'"language": "d e"'),
        good.replace(b'"_feeder": {', b'"_feeder": 1, "feeder": {'),
        good.replace(b'"tags": ["', b'"tags": ["", "'),
        good.replace(b'"summary": "Six minutes."', b'"summary": ""'),
    ]

    for document in broken:
        assert document != good
        assert violations(document, ADDRESS) != []


# ── What it says ─────────────────────────────────────────────────────────────────────────────────


def test_items_stand_in_the_order_given() -> None:
    assert entry_ids(feed_json((BY_DAY, FULL, APPEARANCE))) == [uid(3), uid(1), uid(2)]


def test_an_item_has_the_outlets_page_beside_its_own() -> None:
    made = item(FULL)

    assert made["url"] == "https://ada.example/blog/item/item-1/"
    assert made["external_url"] == "https://hanse-kurier.example/wirtschaft/kran?teil=1&seite=2"
    assert "external_url" not in item(APPEARANCE)


def test_an_item_without_pages_leads_to_the_outlet() -> None:
    pageless = Press(has_pages=False)

    assert item(FULL, press=pageless)["url"] == "https://hanse-kurier.example/wirtschaft/kran?teil=1&seite=2"
    assert "url" not in item(APPEARANCE, press=pageless)


def test_what_is_empty_is_left_out() -> None:
    assert sorted(item(piece(1, authors=()))) == [
        "_feeder", "authors", "content_html", "date_modified", "date_published", "id", "summary", "title", "url",
    ]  # fmt: skip


def test_the_outlets_own_date_is_told_beside_the_others() -> None:
    assert item(FULL)["_feeder"]["published"] == "2026-10-30T22:30:00Z"
    assert item(BY_DAY)["_feeder"]["published"] == "2016-10-17"


def test_a_complete_feed_says_so_and_another_leads_to_its_newest_archive() -> None:
    complete, other = (json.loads(feed_json(feed=replace(TAG, archives=n)))["_feeder"] for n in (0, 3))

    assert (complete["complete"], complete.get("archive")) == (True, None)
    assert (other.get("complete"), other["archive"]) == (
        None,
        "https://ada.example/blog/tag/h%C3%A4fen/archive/3.xml",
    )


def test_a_feed_tells_what_was_deleted() -> None:
    assert json.loads(feed_json(tombstones=STONES))["_feeder"]["deleted"] == [
        {"id": uid(90), "when": "2026-11-05T09:30:00Z"},
        {"id": uid(91), "when": "2026-11-01T09:30:00Z"},
    ]


def test_each_item_stands_on_a_line_of_its_own() -> None:
    lines = feed_json().decode().splitlines()

    assert [json.loads(line.rstrip(","))["id"] for line in lines if line.startswith('{"id"')] == [
        made.uid for made in SAMPLES
    ]
