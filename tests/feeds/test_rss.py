"""RSS documents: by the specification, by the byte, and as they stand in the tree."""

import locale
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from lxml import etree

from feeder.model.feeds import Feed
from feeder.model.items import Item
from tests.feeds.kits.rss_rules import ATOM, CONTENT, DC, entry_ids, violations
from tests.feeds.kits.samples import (
    ALL,
    APPEARANCE,
    BY_DAY,
    COURIER,
    FULL,
    HUBS,
    SAMPLES,
    STONES,
    TAG,
    Press,
    piece,
    uid,
)

ADDRESS = "https://ada.example/blog/rss.xml"
HUBBED = Press(hubs=HUBS)


def rss(items: Sequence[Item] = SAMPLES, feed: Feed = ALL, press: Press = HUBBED) -> bytes:
    return press.live(items, feed, STONES).rss


def item(of: Item, press: Press = HUBBED) -> etree._Element:
    (made,) = etree.fromstring(rss([of], press=press)).findall("channel/item")
    return made


# ── The specification ────────────────────────────────────────────────────────────────────────────


def test_a_channel_is_as_readers_know_it(golden: Callable[[str, bytes], None]) -> None:
    golden("rss.xml", rss())


@pytest.mark.parametrize(
    ("feed", "address"),
    [
        (ALL, ADDRESS),
        (TAG, "https://ada.example/blog/tag/h%C3%A4fen/rss.xml"),
        (replace(TAG, archives=2), "https://ada.example/blog/tag/h%C3%A4fen/rss.xml"),
    ],
    ids=["everything", "a tag", "with archives"],
)
def test_a_channel_keeps_the_specification(feed: Feed, address: str) -> None:
    assert violations(rss(feed=feed), address) == []


def test_an_empty_channel_is_a_channel() -> None:
    assert violations(rss(()), ADDRESS) == []


def test_the_specification_is_held_against_documents_that_break_it() -> None:
    good = rss()
    broken = [
        good.replace(b'version="2.0"', b'version="0.91"'),
        good.replace(b"</description>\n    <atom", b"</description><description/>\n    <atom"),
        good.replace(b"<language>en", b"<language>"),
        good.replace(b"Tue, 03 Nov", b"Die, 03 Nov"),
        good.replace(b"Tue, 03 Nov", b"03 Nov"),
        good.replace(b" +0000</pubDate>", b" GMT+2</pubDate>"),
        good.replace(b"<pubDate>", b"<pubdate>").replace(b"</pubDate>", b"</pubdate>"),
        good.replace(b'isPermaLink="false"', b'isPermaLink="true"'),
        good.replace(uid(2).encode(), uid(1).encode()),
        good.replace(b"<dc:creator>", b"<author>").replace(b"</dc:creator>", b"</author>"),
        good.replace(b"<link>https:", b"<link>"),
        good.replace(b'domain="', b'domain="/'),
        good.replace(b'rel="self"', b'rel="via"'),
        good.replace(b"https://ada.example/blog/rss.xml", b"https://ada.example/rss.xml"),
        good.replace(b"content:encoded", b"content:decoded"),
    ]

    for document in broken:
        assert document != good
        assert violations(document, ADDRESS) != []


# ── What it says ─────────────────────────────────────────────────────────────────────────────────


def test_items_stand_in_the_order_given() -> None:
    assert entry_ids(rss((BY_DAY, FULL, APPEARANCE))) == [uid(3), uid(1), uid(2)]


def test_the_channel_leads_to_its_page_and_to_no_hub() -> None:
    channel = etree.fromstring(rss())[0]

    assert channel.findtext("link") == "https://ada.example/blog/"
    assert [(link.get("rel"), link.get("href")) for link in channel.findall(f"{ATOM}link")] == [
        ("self", ADDRESS),
        ("hub", HUBS[0]),
        ("hub", HUBS[1]),
    ]


def test_an_author_needs_no_mail_address() -> None:
    assert [made.text for made in item(FULL).findall(f"{DC}creator")] == ["Ada Fjordman"]
    assert [made.text for made in item(BY_DAY).findall(f"{DC}creator")] == ["Ada Fjordman"], "the site's"


def test_a_summary_is_plain_text_that_descriptions_carry_as_html() -> None:
    made = item(piece(1, summary="1 < 2 & <b>“so on”</b>"))

    assert made.findtext("description") == "1 &lt; 2 &amp; &lt;b&gt;“so on”&lt;/b&gt;"


def test_a_title_is_plain_text() -> None:
    assert item(piece(1, title="I <3 R&D &amp; <b>")).findtext("title") == "I <3 R&D &amp; <b>"


def test_the_outlet_is_a_source_where_it_has_an_address() -> None:
    at_home = replace(COURIER, home="https://hanse-kurier.example/")

    (source,) = item(piece(1, outlet=at_home)).findall("source")
    assert (source.text, source.get("url")) == ("Hanse & Kurier", "https://hanse-kurier.example/")
    assert item(piece(1, outlet=COURIER)).find("source") is None


def test_an_item_without_an_address_has_no_link() -> None:
    pageless = Press(has_pages=False)
    made = item(piece(1), press=pageless)

    assert made.find("link") is None
    assert made.findtext(f"{CONTENT}encoded")


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def another_locale() -> Iterator[str]:
    """Set a locale whose days have names of their own, where the machine has one."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "C"):
        try:
            yield locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        break
    locale.setlocale(locale.LC_ALL, before)


def test_dates_are_english_in_any_locale_and_leave_it_alone(another_locale: str) -> None:
    document = rss()

    assert violations(document, ADDRESS) == []
    assert b"<pubDate>Tue, 03 Nov 2026 08:30:00 +0000</pubDate>" in document
    assert locale.setlocale(locale.LC_ALL) == another_locale
