"""A post from the REST interface as a draft, by its fields."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import DraftRefused
from feeder.model.items import Draft, Picture
from feeder.sources.wordpress import posts
from feeder.sources.wordpress.drafts import MAX_BYTES, Blog
from feeder.sources.wordpress.lists import Entry, Names

BLOG = Blog("https://blog.example", "en", {}, {"4": Picture("https://blog.example/four.png", "Four")})
ENTRY = Entry(
    number=5,
    key="https://blog.example/?p=5",
    link="https://blog.example/2020/a-title/",
    slug="a-title",
    date="2020-01-02T03:04:05",
    modified="2020-01-02T03:04:05",
    author=1,
    featured=0,
    tags=(2, 9, 3),
)
NAMES = Names({2: "R&amp;D", 3: "<b>Bold</b> &#8217;n it"}, {1: "Ada &amp; Bo"}, {})
WORDS = " ".join(f"word{number}" for number in range(80))


def draft(content: str = "<p>Text</p>", excerpt: str = "", title: str = "A title", **row: Any) -> Draft:
    told = {"id": 5, "title": {"rendered": title}, "content": {"rendered": content}}
    told |= {"excerpt": {"rendered": excerpt}} | row
    return posts.draft("source blog, post 5", BLOG, ENTRY, NAMES, told)


def test_names_are_html() -> None:
    told = draft()

    assert told.tags == ("R&D", "Bold ’n it")
    assert told.authors == ("Ada & Bo",)


@pytest.mark.parametrize(
    "frame",
    [
        '<div id="attachment_9" style="width: 310px" class="wp-caption alignnone">{}<p class="wp-caption-text">{}</p></div>',
        "<div class='wp-caption'>\n<a href='https://blog.example/x.png'>{}</a>\n<p class='wp-caption-text'>{}</p>\n</div>",
        '<figure class="wp-block-image">{}<figcaption>{}</figcaption></figure>',
    ],
)
def test_captions_of_themes_old_and_new(frame: str) -> None:
    image = '<img src="x.png" alt="Alt">'
    told = draft(f"<p>Before</p>{frame.format(image, 'The <em>caption</em>. AP')}")

    assert told.picture == Picture("https://blog.example/x.png", "Alt", "The caption.", "AP")
    assert "<figcaption>The <em>caption</em>. AP</figcaption></figure>" in told.body


def test_a_frame_without_a_picture_stays_text() -> None:
    content = '<div class="wp-caption"><b>No</b><p class="wp-caption-text">Words</p></div>'

    assert draft(content).body == "<div><b>No</b><p>Words</p></div>"


@pytest.mark.parametrize(
    "excerpt",
    [
        "",
        "<p></p>",
        f"<p>{' '.join(WORDS.split()[:55])} [&hellip;]</p>",
        f"<p>{' '.join(WORDS.split()[:20])}&hellip;</p>",
        f'<p>{" ".join(WORDS.split()[:20])}&hellip; <a href="x" class="more-link">Continue reading <i>A</i></a></p>',
        f"<p>{WORDS}</p>",
        "<p>word0 word1 word2</p>",
        "<p>Anything that is cut [...]</p>",
    ],
)
def test_an_excerpt_that_wordpress_made_is_no_summary(excerpt: str) -> None:
    figure = "<figure><img src='x.png'><figcaption>Not in excerpts</figcaption></figure>"

    assert draft(f"{figure}<p>{WORDS}</p>", excerpt).summary == ""


def test_an_excerpt_that_the_author_wrote_is_the_summary() -> None:
    assert draft(f"<p>{WORDS}</p>", "<p>Of <b>words</b> &amp; more&hellip;</p>").summary == "Of words & more…"


def test_where_a_post_of_the_own_outlet_is() -> None:
    own = posts.of_outlet(draft(), ENTRY, "Spans")
    named = draft('<p>New piece for <a href="https://times.example/x">Times</a>.</p><h2>T</h2><p>x</p>')

    assert (own.outlet, own.url) == ("Spans", ENTRY.link)
    assert posts.of_outlet(draft(), ENTRY, "") == draft()
    assert named.outlet == "Times"
    assert posts.of_outlet(named, ENTRY, "Spans") == named


def test_a_post_that_is_too_large() -> None:
    with pytest.raises(DraftRefused, match="is over 2 MB"):
        draft("x" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "row", [{}, {"content": None, "title": [], "excerpt": 5}, {"content": {"rendered": 5}}]
)
def test_a_post_without_anything(row: dict[str, Any]) -> None:
    with pytest.raises(DraftRefused, match="neither a title nor a text"):
        posts.draft("source blog, post 5", BLOG, ENTRY, NAMES, {"id": 5} | row)


@pytest.mark.parametrize(
    "hostile",
    [
        '<div class="wp-caption"',
        '<div class="wp-caption">',
        '<div wp-caption><img src="x"><p class="wp-caption-text">',
        "<figure>",
        "<figure",
        '<span id="more-1">',
        "wp-caption ",
        "<div " + "wp-caption " * 50,
    ],
)
def test_hostile_text_costs_no_more_than_its_length(hostile: str) -> None:
    content = hostile * (400_000 // len(hostile))
    begin = time.process_time()
    posts._excerpt("<p>Never there</p>", posts._shown(content))

    assert time.process_time() - begin < 5


@given(st.text(alphabet="<>/divpagmcton \"'=-wx", max_size=300))
def test_any_text_is_taken_or_refused(content: str) -> None:
    told = draft(
        f'{content}<div class="wp-caption"><img src=x><p class="wp-caption-text">{content}</p></div>'
    )

    assert told.title == "A title"
