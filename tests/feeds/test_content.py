"""What feeds show of an item: as HTML, as plain text, and cut to what its outlet allows."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from feeder.feeds import content
from feeder.feeds.imprint import Imprint
from feeder.markup.html import to_text
from feeder.model.appearances import Policy
from feeder.model.items import Item, Picture
from tests.feeds.kits.samples import COURIER, FULL, POSTED, SITE, SPEECH, Press, piece

IMPRINT = Imprint(SITE, SPEECH)
HOSTILE = "<script>alert(1)</script> & <b>"


def shown(item: Item) -> html.HtmlElement:
    return html.fromstring(content.content(item, IMPRINT))


def words(item: Item) -> str:
    return " ".join(to_text(content.content(item, IMPRINT)).split())


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_item_says_what_it_is_in_order() -> None:
    assert words(FULL) == (
        "Correction, 3 November 2026: The crane lifts 80 & not 800 tons. New piece for Hanse & Kurier."
        " Hanse & Kurier, 30 October 2026 Drei „Kräne“ Foto: A & B Die Häfen kaufen größere Kräne."
        " Wer einen Hafen besucht … hier a"
    )


def test_days_are_those_of_the_sites_zone() -> None:
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)

    assert words(piece(1, published=late)) == "1 November 2026 Body"
    assert words(piece(1, published=date(2026, 10, 31))) == "31 October 2026 Body"


@pytest.mark.parametrize(
    ("language", "direction"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("de", "ltr"), ("az-Arab", "rtl"), (None, "auto")],
)
def test_the_text_says_its_language_and_direction_itself(language: str | None, direction: str) -> None:
    made = shown(piece(1, language=language))

    assert (made.get("lang"), made.get("dir")) == (language, direction)


def test_the_outlet_is_linked_where_the_item_has_an_address() -> None:
    linked = shown(piece(1, outlet=COURIER, url="https://x.example/?a=1&b=2"))

    assert [(a.get("href"), a.text) for a in linked.iter("a")] == [
        ("https://x.example/?a=1&b=2", "Hanse & Kurier")
    ]
    assert list(shown(piece(1, outlet=COURIER)).iter("a")) == []


def test_a_picture_that_the_text_shows_is_not_shown_twice() -> None:
    picture = Picture("https://cdn.example/p.jpg?a&b", "Alt", "Caption")
    body = '<p><img src="https://cdn.example/p.jpg?a&amp;b" alt=""></p>'

    assert len(list(shown(piece(1, picture=picture)).iter("img"))) == 1
    assert len(list(shown(piece(1, picture=picture, body=body)).iter("img"))) == 1


def test_pictures_of_the_site_have_absolute_addresses() -> None:
    (image,) = shown(piece(1, picture=Picture("media/a b.png", file=Path("a b.png")))).iter("img")

    assert image.get("src") == "https://ada.example/blog/media/a%20b.png"


@pytest.mark.parametrize(
    "item",
    [
        piece(1, title=HOSTILE, body=""),
        piece(1, standfirst=HOSTILE),
        piece(1, summary=HOSTILE, body=""),
        piece(1, outlet=replace(COURIER, name=HOSTILE)),
        piece(1, correction=HOSTILE, corrected=POSTED),
        piece(1, picture=Picture("https://x.example/'\"><b>", HOSTILE, HOSTILE, HOSTILE)),
    ],
    ids=["title", "standfirst", "summary", "outlet", "correction", "picture"],
)
def test_words_stay_words_in_every_format(item: Item) -> None:
    """What is plain text in an item is no markup in a feed, also where an item has nothing but its title."""
    made = Press().live([item])
    carried = [
        etree.fromstring(made.atom).findtext("{*}entry/{*}content"),
        etree.fromstring(made.rss).findtext("channel/item/{*}encoded"),
        json.loads(made.json)["items"][0]["content_html"],
    ]

    for told in carried:
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in str(told)
        assert "<script" not in str(told)


# ── Summaries ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("item", "summary"),
    [
        (FULL, "Die Häfen kaufen größere Kräne."),
        (replace(FULL, summary="Kurz."), "Kurz."),
        (replace(FULL, standfirst=""), "New piece for Hanse & Kurier."),
        (replace(FULL, standfirst="", note=""), "Wer einen Hafen besucht … hier a"),
        (replace(FULL, standfirst="", note="", body=""), FULL.title),
        (replace(FULL, standfirst="", note="", body="<p> </p>"), FULL.title),
    ],
)
def test_a_summary_is_the_shortest_that_was_written(item: Item, summary: str) -> None:
    assert content.summary(item) == summary


@given(st.text(min_size=301, max_size=2000))
def test_a_summary_has_at_most_three_hundred_characters(long: str) -> None:
    assert 0 < len(content.summary(piece(1, summary=long))) <= 300


# ── Policies ─────────────────────────────────────────────────────────────────────────────────────

SECRET = "crown jewels"
GUARDED = piece(
    1,
    note="<p>My own words.</p>",
    standfirst=f"Standfirst with {SECRET}",
    summary="",
    body=f"<p>{'A long beginning. ' * 40}</p><p>{SECRET}</p><p><img src='https://x.example/{SECRET}.png'></p>",
    picture=Picture(f"https://x.example/{SECRET}.jpg", SECRET, SECRET, SECRET),
    pictures=(Picture("media/inside.png", file=Path("inside.png")),),
)


def all_formats(item: Item) -> str:
    return "".join(made.decode() for made in Press().live([item]).documents.values())


def test_a_summary_ends_before_the_text_does() -> None:
    told = all_formats(content.cut(replace(GUARDED, standfirst="", picture=None), Policy.SUMMARY))

    assert SECRET not in told
    assert "A long beginning." in told
    assert "My own words." in told


def test_a_link_has_nothing_of_the_outlets_text_in_any_format() -> None:
    told = all_formats(content.cut(GUARDED, Policy.LINK))

    assert SECRET not in told
    assert "A long beginning." not in told
    assert "My own words." in told, "the note is the author's own"


def test_pictures_in_a_text_that_is_not_shown_are_not_published() -> None:
    for policy in (Policy.SUMMARY, Policy.LINK):
        assert content.cut(GUARDED, policy).pictures == ()


def test_the_lead_picture_stays_with_a_summary() -> None:
    lead = Picture("media/lead.png", file=Path("lead.png"))
    item = replace(GUARDED, picture=lead, pictures=(lead, *GUARDED.pictures))

    assert content.cut(item, Policy.SUMMARY).pictures == (lead,)


def test_full_is_full() -> None:
    assert content.cut(GUARDED, Policy.FULL) is GUARDED


@pytest.mark.parametrize("policy", Policy)
def test_cutting_twice_cuts_no_more(policy: Policy) -> None:
    once = content.cut(GUARDED, policy)

    assert content.cut(once, policy) == once


@pytest.mark.parametrize("policy", Policy)
def test_cutting_changes_no_date_and_no_id(policy: Policy) -> None:
    cut = content.cut(replace(GUARDED, revised=POSTED + timedelta(1)), policy)

    assert (cut.uid, cut.posted, cut.updated) == (GUARDED.uid, GUARDED.posted, POSTED + timedelta(1))
