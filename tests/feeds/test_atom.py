"""Atom documents: by the standards, by the byte, and as they stand in the tree."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from feeder.model.feeds import Feed, Tombstone
from feeder.model.items import Item
from tests.feeds.kits import atom_rules
from tests.feeds.kits.atom_rules import NS, violations
from tests.feeds.kits.samples import (
    ALL,
    APPEARANCE,
    BY_DAY,
    FULL,
    HUBS,
    POSTED,
    SAMPLES,
    SITE,
    STONES,
    TAG,
    THREE,
    Press,
    uid,
)

ADDRESS = "https://ada.example/blog/atom.xml"
HUBBED = Press(hubs=HUBS)


def atom(
    items: Sequence[Item] = SAMPLES,
    feed: Feed = ALL,
    press: Press = HUBBED,
    tombstones: Sequence[Tombstone] = (),
) -> bytes:
    return press.live(items, feed, tombstones).atom


def archive(number: int, feed: Feed) -> bytes:
    (document,) = HUBBED.archive(number, feed).documents.values()
    return document


# ── The standards ────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_as_readers_know_it(golden: Callable[[str, bytes], None]) -> None:
    golden("atom.xml", atom(tombstones=STONES))


def test_an_archive_is_as_readers_know_it(golden: Callable[[str, bytes], None]) -> None:
    golden("archive.xml", archive(2, replace(TAG, total=150, archives=3)))


@pytest.mark.parametrize(
    ("feed", "address"),
    [
        (ALL, ADDRESS),
        (replace(ALL, archives=4), ADDRESS),
        (TAG, "https://ada.example/blog/tag/h%C3%A4fen/atom.xml"),
    ],
    ids=["complete", "with archives", "of a tag"],
)
def test_a_feed_keeps_the_standards(feed: Feed, address: str) -> None:
    assert violations(atom(feed=feed, tombstones=STONES), address) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_archive_keeps_the_standards(number: int) -> None:
    address = f"https://ada.example/blog/tag/h%C3%A4fen/archive/{number}.xml"

    assert violations(archive(number, replace(TAG, archives=3)), address) == []


def test_the_standards_are_held_against_documents_that_break_them() -> None:
    good = atom(tombstones=STONES)
    older = atom(feed=replace(ALL, archives=2))
    broken = [
        good.replace(b"+00:00", b"+01:00"),
        good.replace(b"<updated>", b"<updated>x"),
        good.replace(b'rel="related"', b'rel="alternate"'),
        good.replace(uid(2).encode(), uid(1).encode()),
        good.replace(uid(2).encode(), b"no iri"),
        good.replace(b'scheme="', b'scheme=" '),
        good.replace(b' rel="self"', b' rel="via"'),
        good.replace(b'xml:lang="en"', b"", 1),
        good.replace(b'xml:lang="de"', b'xml:lang="d e"'),
        good.replace(b"<name>", b"<uri/><name/><name>"),
        good.replace(b'type="html"', b'type="CDATA"'),
        good.replace(b'href="https://hanse', b'href="/hanse'),
        good.replace(b"summary>", b"abstract>"),
        good.replace(b"<published>", b"<published/><published>"),
        good.replace(b"<fh:complete/>", b"<fh:complete/><fh:archive/>"),
        good.replace(
            b"<fh:complete/>", b'<fh:complete/><link rel="prev-archive" href="https://x.example/"/>'
        ),
        good.replace(uid(90).encode(), uid(91).encode()),
        good.replace(uid(90).encode(), uid(1).encode()),
        good.replace(b'when="', b'when="on '),
        good.replace(b'when="2026', b'when="2027'),
        older.replace(b'rel="prev-archive"', b'rel="next-archive"'),
        archive(2, replace(TAG, archives=3)).replace(b'rel="current"', b'rel="related"'),
    ]

    for document in broken:
        assert document not in {good, older}
        assert violations(document, ADDRESS) != []


# ── What a feed says of itself ───────────────────────────────────────────────────────────────────


def test_entries_stand_in_the_order_given() -> None:
    assert atom_rules.entry_ids(atom((BY_DAY, FULL, APPEARANCE))) == [uid(3), uid(1), uid(2)]


def test_the_update_of_a_feed_is_the_newest_of_its_items() -> None:
    assert FULL.updated > BY_DAY.updated
    assert etree.fromstring(atom((BY_DAY, FULL))).findtext(f"{NS}updated") == "2026-11-03T14:30:00+00:00"


def test_the_update_of_a_feed_is_that_of_a_newer_tombstone() -> None:
    stone = Tombstone(uid(9), FULL.updated + timedelta(seconds=1))

    assert etree.fromstring(atom(tombstones=[stone])).findtext(f"{NS}updated") == "2026-11-03T14:30:01+00:00"


def test_a_feed_never_tells_an_earlier_update_than_it_told() -> None:
    told = FULL.updated + timedelta(days=1)
    made = HUBBED.live(THREE, replace(ALL, updated=told))

    assert made.updated == told
    assert etree.fromstring(made.atom).findtext(f"{NS}updated") == "2026-11-04T14:30:00+00:00"


def test_an_empty_feed_is_a_feed() -> None:
    made = HUBBED.live([])

    assert violations(made.atom, ADDRESS) == []
    assert made.updated == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_feed_that_lost_its_last_item_keeps_its_update() -> None:
    assert HUBBED.live([], replace(ALL, updated=POSTED)).updated == POSTED


@pytest.mark.parametrize("public_url", ["http://[::1]:8000", "https://ada.example", "https://a.example/b/"])
def test_self_links_come_from_the_public_address(public_url: str) -> None:
    elsewhere = Press(replace(SITE, public_url=public_url))

    address = f"{public_url.rstrip('/')}/tag/h%C3%A4fen/atom.xml"
    assert violations(atom(feed=TAG, press=elsewhere), address) == []


def test_a_feed_names_its_hubs_and_its_archives_do_not() -> None:
    hubs = [link.get("href") for link in etree.fromstring(atom()).iterfind(f"{NS}link[@rel='hub']")]

    assert hubs == list(HUBS)
    assert "hub" not in atom_rules.links(archive(1, replace(TAG, archives=1)))


# ── Archives ─────────────────────────────────────────────────────────────────────────────────────

FOLDER = "https://ada.example/blog/tag/h%C3%A4fen/"


def history(document: bytes) -> dict[str, str]:
    """Return the links between the documents of a feed, below its folder."""
    rels = ("self", "current", "prev-archive", "next-archive")
    links = atom_rules.links(document)
    return {rel: links[rel].removeprefix(FOLDER) for rel in rels if rel in links}


def test_a_feed_leads_through_all_its_archives() -> None:
    feed = replace(TAG, archives=3)

    assert [history(document) for document in (atom(feed=feed), *(archive(n, feed) for n in (3, 2, 1)))] == [
        {"self": "atom.xml", "prev-archive": "archive/3.xml"},
        {"self": "archive/3.xml", "current": "atom.xml", "prev-archive": "archive/2.xml"},
        {
            "self": "archive/2.xml",
            "current": "atom.xml",
            "prev-archive": "archive/1.xml",
            "next-archive": "archive/3.xml",
        },
        {"self": "archive/1.xml", "current": "atom.xml", "next-archive": "archive/2.xml"},
    ]


def test_an_archive_has_the_id_and_the_title_of_its_feed() -> None:
    feed = replace(TAG, archives=1)
    live, old = etree.fromstring(atom(feed=feed)), etree.fromstring(archive(1, feed))

    for name in ("id", "title"):
        assert old.findtext(f"{NS}{name}") == live.findtext(f"{NS}{name}")


def test_an_archive_stays_as_it_is_whatever_becomes_of_its_feed() -> None:
    feed = replace(TAG, archives=2)
    later = replace(feed, updated=POSTED + timedelta(days=9), total=999, archives=5)

    assert archive(1, feed) == archive(1, later)


def test_a_site_without_archives_leads_to_none_and_calls_nothing_complete() -> None:
    without = Press(archives=False)
    feed = replace(TAG, archives=2)

    assert history(atom(feed=feed, press=without)) == {"self": "atom.xml"}
    assert not atom_rules.is_complete(atom(feed=feed, press=without))
    assert without.archive(1, feed).documents == {}


@pytest.mark.parametrize(("archives", "complete"), [(0, True), (1, False)])
def test_a_feed_is_complete_when_it_has_no_archives(archives: int, complete: bool) -> None:
    assert atom_rules.is_complete(atom(feed=replace(ALL, archives=archives))) is complete


# ── Tombstones ───────────────────────────────────────────────────────────────────────────────────


def test_a_feed_tells_what_was_deleted_and_when() -> None:
    assert atom_rules.deleted(atom(tombstones=STONES)) == {
        uid(90): "2026-11-05T09:30:00Z",
        uid(91): "2026-11-01T09:30:00Z",
    }
