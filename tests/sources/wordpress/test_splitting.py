import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup import html as markup
from feeder.markup import text
from feeder.model.items import Draft, Picture
from feeder.sources.captions import parted
from feeder.sources.wordpress import rendering, wxr
from feeder.sources.wordpress.splitting import Parts, announced, says_the_same, split

EXPORT = Path(__file__).parents[2] / "data" / "blog.wxr.xml"
BLOG = "https://blog.example"
NOTE = '<p>New piece for the <a href="https://times.example/hum">Times</a> on wind.</p>'
TEXT = "<p>Stand under an iron bridge.</p>\n<p>You will hear it.</p>"
FIGURE = '<figure><img src="https://blog.example/a.jpg" alt="A"><figcaption>{}</figcaption></figure>'
BARE_FIGURE = '<figure><img src="https://blog.example/a.jpg" alt="A"></figure>'
SIGNED = "<p><em>Ada Fjordman is director of bridges at the Harbour School.</em></p>"


def parts(*blocks: str, title: str = "") -> Parts:
    return split("\n".join(blocks), BLOG, title)


# ── The title parts note and piece ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        *[(f"<h{level}>Why they hum</h{level}>", "Why they hum") for level in range(1, 7)],
        ('<h2><a href="https://times.example/hum">Why they hum</a></h2>', "Why they hum"),
        ('<a href="https://times.example/hum"><h2>Why they hum</h2></a>', "Why they hum"),
        ("<h2><strong>Why they hum</strong></h2>", "Why they hum"),
        ("<h2>Why<br>they&nbsp;<em>hum</em></h2>", "Why they hum"),
        ("<p><strong>Why they hum</strong></p>", "Why they hum"),
        ("<p><b>Why</b> <b>they hum</b></p>", "Why they hum"),
        ('<p dir="ltr"><span><strong>Why they hum</strong></span></p>', "Why they hum"),
        ('<p><a href="https://times.example/hum"><strong>Why they hum</strong></a></p>', "Why they hum"),
        ("<p><strong>“Why they hum”</strong>.</p>", "“Why they hum”."),
        ('<h2 dir="rtl">لماذا تهمس</h2>', "لماذا تهمس"),
        ("<p><strong>桥为什么响</strong></p>", "桥为什么响"),
    ],
)
def test_every_shape_of_a_title(heading: str, title: str) -> None:
    assert parts(NOTE, heading, TEXT) == Parts(
        note=NOTE,
        title=title,
        url="https://times.example/hum",
        outlet="Times",
        body=TEXT,
        heading=heading,
    )


def test_a_note_and_a_title_alone() -> None:
    split = parts(NOTE, "<h2>Why they hum</h2>")

    assert (split.note, split.title, split.body, split.outlet) == (NOTE, "Why they hum", "", "Times")


@pytest.mark.parametrize(
    "note",
    [
        f"<p>Happy new year.</p>\n{NOTE}",
        f"{NOTE}\n<p>Separately, spoke to:</p>\n<ul><li>Radio</li><li>Coast TV</li></ul>",
        '<p>And another one, for the <a href="https://times.example/hum">Times</a>.</p>',
        '<p>Ein Beitrag für die <a href="https://times.example/hum">Zeit</a>.</p>',
        'New piece for the <a href="https://times.example/hum">Times</a>.',
        "<p>New piece for the Times on wind.</p>",
    ],
)
@pytest.mark.parametrize("heading", ["<h2>T</h2>", "<p><b>T</b></p>"])
def test_notes_of_several_blocks(note: str, heading: str) -> None:
    split = parts(note, heading, TEXT)

    assert (split.note, split.title, split.body) == (note, "T", TEXT)


def test_a_rule_between_note_and_piece_goes_with_the_split() -> None:
    split = parts(NOTE, "<hr>", "<h2>T</h2>", TEXT, "<hr>")

    assert (split.note, split.body) == (NOTE, f"{TEXT}\n<hr>")


def test_groups_are_seen_through() -> None:
    inner = f"<div>{NOTE}<div><h2>T</h2>{TEXT}</div></div>"

    assert (parts(inner).note, parts(inner).title, parts(inner).body) == (NOTE, "T", TEXT)


@pytest.mark.parametrize(
    "whole",
    [
        "",
        "Loose text",
        NOTE,
        f"{NOTE}\n{TEXT}",
        f"<h2>T</h2>\n{TEXT}",
        f"<p><strong>Stop.</strong></p>\n{TEXT}",
        # Deep in the text, or after what no note has.
        TEXT * 5 + "<h2>T</h2>" + TEXT,
        f"<p>{'word ' * 900}</p><h2>T</h2>{TEXT}",
        f"<blockquote>A quotation.</blockquote>{NOTE}<h2>T</h2>{TEXT}",
        f"<table><tbody><tr><td>A</td></tr></tbody></table>{NOTE}<h2>T</h2>",
        # A post of its own, in sections.
        f'<p>I read <a href="https://times.example/a">this</a>.</p><h2>One</h2>{TEXT}<h2>Two</h2>{TEXT}',
        f"<p>This is long.</p><h2>One</h2>{TEXT}<h2>Two</h2>{TEXT}",
        f"<p>First.</p><p>Second.</p><h2>One</h2>{TEXT}",
        # Bold words are no title without a note that links.
        f"<p>One thing first.</p><p><strong>Mind the gap!</strong></p>{TEXT}",
        "<p>Half <strong>bold</strong></p><p><strong>Half</strong> bold</p>",
        f'{NOTE}<h2><img src="https://blog.example/a.jpg"> T</h2>{TEXT}',
        f"{NOTE}<h2> </h2>{TEXT}",
        f"{NOTE}<h2>{'long ' * 80}</h2>{TEXT}",
        # What is not regular is not taken apart.
        f"{NOTE}<h2>T{TEXT}",
        f"{NOTE}</p><h2>T</h2>",
        f"{NOTE}<!-- --><h2>T</h2>",
        f"<div dir='rtl'>{NOTE}<h2>T</h2></div>",
    ],
)
def test_without_clear_evidence_all_is_body(whole: str) -> None:
    split = parts(whole)

    assert split == Parts(whole, url=split.url, outlet=split.outlet)


@pytest.mark.parametrize(
    ("blocks", "title"),
    [
        # Sections follow, but the title shows itself.
        ((NOTE, "<h2>T</h2>", TEXT, "<h2>Section</h2>", TEXT), "T"),
        ((NOTE, "<p><b>T</b></p>", TEXT, "<p><b>Section</b></p>", TEXT), "T"),
        (("<p>Hm.</p>", '<h2><a href="https://t.example">T</a></h2>', TEXT, "<h2>Section</h2>", TEXT), "T"),
        (("<p>Hm.</p>", "<h2>T</h2>", TEXT, "<h3>Section</h3>", TEXT), "T"),
        (
            (
                '<p>See <a href="https://t.example/2019/why-old-bridges-hum-123">T</a></p>',
                "<h2>Why old bridges hum</h2>",
                TEXT,
                "<h2>Section</h2>",
            ),
            "Why old bridges hum",
        ),
        # A kicker above the title.
        ((NOTE, "<h4>Opinion</h4>", "<h2>T</h2>", TEXT), "T"),
        ((NOTE, "<h2>Opinion</h2>", '<h3><a href="https://times.example/hum">T</a></h3>', TEXT), "T"),
        ((NOTE, "<h2>T</h2>", "<h3>Section</h3>", TEXT, "<h3>Section</h3>", TEXT), "T"),
    ],
)
def test_of_two_headings(blocks: tuple[str, ...], title: str) -> None:
    assert parts(*blocks).title == title


def test_the_posts_own_title_marks_a_heading() -> None:
    blocks = ("<p>First.</p>", "<p>Second.</p>", "<h2>Why they hum!</h2>", TEXT)

    assert parts(*blocks).title == ""
    assert parts(*blocks, title="why they hum").title == "Why they hum!"


def test_a_text_that_could_be_split_again_says_that_it_is_whole() -> None:
    again = '<p>The <a href="https://post.example/a">Post</a> says so.</p>\n<h3>Section</h3>\n<p>Text.</p>'

    assert parts(NOTE, "<h2>T</h2>", again).body == f"<article>{again}</article>"


# ── Where it was printed ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("note", "heading", "printed"),
    [
        # The heading's link is the piece's; the note's link to the same site names the outlet.
        (
            'For the <a href="https://www.times.example/">Times</a>',
            '<a href="https://times.example/hum">T</a>',
            ("https://times.example/hum", "Times"),
        ),
        (
            'Told <a href="https://radio.example/">Radio</a>, wrote for the <a href="https://times.example/">Times</a>',
            '<a href="https://blogs.times.example/hum">T</a>',
            ("https://blogs.times.example/hum", "Times"),
        ),
        (
            'For the <a href="https://times.example/">Times</a>',
            '<a href="https://short.example/1">T</a>',
            ("https://short.example/1", "Times"),
        ),
        ("For nobody", '<a href="https://times.example/hum">T</a>', ("https://times.example/hum", None)),
        # Of several links the one with the title's words is the piece's.
        (
            'Told <a href="https://radio.example/1">Radio</a>; <a href="https://times.example/why-old-bridges-hum">Times</a>',
            "Why old bridges hum",
            ("https://times.example/why-old-bridges-hum", "Times"),
        ),
        (
            'For the <a href="https://times.example/1">Times</a>, told <a href="https://radio.example/1">Radio</a>',
            "T",
            ("https://times.example/1", "Times"),
        ),
        (
            'See <a href="https://blog.example/about">me</a>, for the <a href="https://times.example/1">Times</a>',
            '<a href="https://blog.example/t">T</a>',
            ("https://times.example/1", "Times"),
        ),
        (f'For <a href="https://times.example/1">{"T" * 81}</a>', "T", ("https://times.example/1", None)),
        ("For nobody", "T", (None, None)),
    ],
)
def test_address_and_outlet(note: str, heading: str, printed: tuple[str | None, str | None]) -> None:
    split = parts(f"<p>{note}.</p>", f"<h2>{heading}</h2>", TEXT)

    assert split.title
    assert (split.url, split.outlet) == printed


def test_without_a_title_the_first_link_tells() -> None:
    assert (parts(NOTE, TEXT).url, parts(NOTE, TEXT).outlet) == ("https://times.example/hum", "Times")
    assert announced(f"{NOTE}{TEXT}", BLOG) == ("https://times.example/hum", "Times")
    assert announced(f"<h2>T</h2>{NOTE}", BLOG) == (None, None)


# ── Picture, standfirst, byline ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "figure",
    [
        BARE_FIGURE,
        '<img src="https://blog.example/a.jpg" alt="A">',
        '<p><img src="https://blog.example/a.jpg" alt="A" width="3" height="2"></p>',
        '<p><a href="https://blog.example/a-large.jpg"><img src="https://blog.example/a.jpg" alt="A"></a></p>',
        '<h2><img src="https://blog.example/a.jpg" alt="A"></h2>',
    ],
)
def test_the_picture_before_the_text_is_the_pieces(figure: str) -> None:
    after = parts(NOTE, "<h2>T</h2>", figure, TEXT)
    before = parts(NOTE, figure, "<h2>T</h2>", TEXT)
    above = parts(figure, NOTE, "<h2>T</h2>", TEXT)

    picture = Picture("https://blog.example/a.jpg", "A")
    if not figure.startswith("<h2>"):
        assert (before.picture, before.note, before.body) == (picture, NOTE, TEXT)
        assert (above.picture, above.note, above.body) == (picture, NOTE, TEXT)
    assert (after.picture, after.note, after.body, after.figure) == (picture, NOTE, TEXT, figure)


def test_other_pictures_stay_where_they_are() -> None:
    late = parts(NOTE, "<h2>T</h2>", TEXT, BARE_FIGURE)
    two = parts(NOTE, "<h2>T</h2>", BARE_FIGURE, BARE_FIGURE.replace("a.jpg", "b.jpg"), TEXT)
    scan = parts(NOTE, BARE_FIGURE, "<h2>T</h2>", BARE_FIGURE, TEXT)

    assert (late.picture, late.body) == (None, f"{TEXT}\n{BARE_FIGURE}")
    assert two.picture == Picture("https://blog.example/a.jpg", "A")
    assert two.body == f"{BARE_FIGURE.replace('a.jpg', 'b.jpg')}\n{TEXT}"
    assert (scan.note, scan.body) == (f"{NOTE}\n{BARE_FIGURE}", TEXT)


@pytest.mark.parametrize(
    "block",
    [
        '<p><img src="https://blog.example/a.jpg">Words beside it.</p>',
        '<figure><img src="https://blog.example/a.jpg"><img src="https://blog.example/b.jpg"></figure>',
        '<table><tbody><tr><td><img src="https://blog.example/a.jpg"></td></tr></tbody></table>',
        '<p><img src="mailto:a@blog.example"></p>',
    ],
)
def test_what_is_no_single_picture_stays(block: str) -> None:
    split = parts(NOTE, "<h2>T</h2>", block, TEXT)

    assert (split.picture, split.body) == (None, f"{block}\n{TEXT}")


@pytest.mark.parametrize(
    ("written", "caption", "credit"),
    [
        ("The bridge in May", "The bridge in May", ""),
        ("The bridge in May. PHOTO: B. FJORDMAN", "The bridge in May.", "PHOTO: B. FJORDMAN"),
        ("The bridge (Photo: Ben Li)", "The bridge", "(Photo: Ben Li)"),
        ("The bridge. Picture credit: Ben Li / Getty", "The bridge.", "Picture credit: Ben Li / Getty"),
        ("The bridge | Picture: Reuters", "The bridge", "Picture: Reuters"),
        ("The bridge – Image: Ben Li", "The bridge", "Image: Ben Li"),
        ("The bridge. Photo by Ben Li", "The bridge.", "Photo by Ben Li"),
        ("The bridge (AP)", "The bridge", "(AP)"),
        ("The bridge (Ben Li/AFP via Getty Images).", "The bridge", "(Ben Li/AFP via Getty Images)."),
        ("The bridge. Getty Images", "The bridge.", "Getty Images"),
        ("The bridge, May 29. BEN LI/REUTERS", "The bridge, May 29.", "BEN LI/REUTERS"),
        ("Army at the bridge. The Army. B. Li/AFP", "Army at the bridge. The Army.", "B. Li/AFP"),
        ("Die Brücke im Mai. Foto: dpa", "Die Brücke im Mai.", "Foto: dpa"),
        ("Le pont. Crédit photo : Ben Li", "Le pont.", "Crédit photo : Ben Li"),
        ("Le pont © Ben Li", "Le pont", "© Ben Li"),
        ("The bridge, courtesy of the town. Courtesy of B. Li", "The bridge, courtesy of the town.", "Courtesy of B. Li"),
        ("Photo: Ben Li", "", "Photo: Ben Li"),
        ("The bridge<br>Ben Li/Reuters", "The bridge", "Ben Li/Reuters"),
        ("A mirror image: the bridge", "A mirror image: the bridge", ""),
        ("A source: unknown (1912)", "A source: unknown (1912)", ""),
        ("The man from Reuters on a bridge", "The man from Reuters on a bridge", ""),
    ],
)  # fmt: skip
def test_caption_and_credit(written: str, caption: str, credit: str) -> None:
    picture = parts(NOTE, "<h2>T</h2>", FIGURE.format(written), TEXT).picture

    assert picture == Picture("https://blog.example/a.jpg", "A", caption, credit)


@pytest.mark.parametrize(
    "standfirst",
    [
        "<p><em>Will they stay?</em></p>",
        "<p><strong><em>Will they stay?</em></strong></p>",
        "<p><b>Will they stay?</b></p>",
        "<h4>Will they stay?</h4>",
    ],
)
def test_the_standfirst(standfirst: str) -> None:
    for blocks in [(standfirst, BARE_FIGURE), (BARE_FIGURE, standfirst), (standfirst,)]:
        split = parts(NOTE, "<h2>T</h2>", *blocks, TEXT)
        assert (split.title, split.standfirst, split.body) == ("T", "Will they stay?", TEXT)


@pytest.mark.parametrize(
    "after",
    [
        "<p><em>Will they stay?</em></p>",
        f"<p>Text.</p>\n<p><em>Will they stay?</em></p>\n{TEXT}",
        f"<p><em>Will</em> they stay?</p>\n{TEXT}",
        f'<p><em>Will <a href="https://a.example">they</a> stay?</em></p>\n{TEXT}',
        f"<p><em>{'long ' * 110}</em></p>\n{TEXT}",
        f"<p><b>Section</b></p>\n{TEXT}\n<p><b>Section</b></p>\n{TEXT}",
        f"<h4>Section</h4>\n{TEXT}\n<h4>Section</h4>\n{TEXT}",
    ],
)
def test_what_is_no_standfirst_stays(after: str) -> None:
    split = parts(NOTE, "<h2>T</h2>", after)

    assert (split.standfirst, split.body) == ("", after)


@pytest.mark.parametrize(
    "said",
    [
        "Ada Fjordman is director of bridges.",
        "Ada Fjordman&nbsp;is Director of Bridges and author of ‘We Love Spans’",
        "Dr. Ada Fjordman and Ben Li are engineers",
        "Ada van der Berg, a fellow at the School, writes about bridges.",
        "The writer is a senior fellow",
        "Ada Fjordman ist Leiterin der Brückenschule.",
        "Ada Fjordman est directrice de l’école des ponts.",
    ],
)
def test_the_byline_below_the_text(said: str) -> None:
    signed = f"<p><em>{said}</em></p>"
    split = parts(NOTE, "<h2>T</h2>", TEXT, signed)

    assert (split.byline, split.body, split.signature) == (said.replace("&nbsp;", " "), TEXT, signed)


@pytest.mark.parametrize(
    "by", ["By Ada Fjordman", "BY ADA FJORDMAN AND BEN LI", "Von Ada Fjordman", "By Ada Fjordman, Bern"]
)
@pytest.mark.parametrize("shape", ["<p>{}</p>", "<p><em>{}</em></p>", "<h4>{}</h4>"])
def test_the_byline_above_the_text(by: str, shape: str) -> None:
    line = shape.format(by)
    split = parts(NOTE, "<h2>T</h2>", line, "<p><em>Will they stay?</em></p>", BARE_FIGURE, TEXT)

    assert (split.byline, split.standfirst, split.body) == (by, "Will they stay?", TEXT)


def test_of_two_bylines_the_one_below_counts() -> None:
    split = parts(NOTE, "<h2>T</h2>", "<p>By Ada Fjordman</p>", TEXT, SIGNED)

    assert split.byline.startswith("Ada Fjordman is director")
    assert split.body == f"<p>By Ada Fjordman</p>\n{TEXT}"


@pytest.mark.parametrize(
    "last",
    [
        "<p>Ada Fjordman is director of bridges.</p>",
        "<p><em>Ada Fjordman</em> is director of bridges.</p>",
        "<p><em>This Article is from the Times.</em></p>",
        "<p><em>And so it ends.</em></p>",
        "<p>By London standards it is old.</p>",
        "<p>By 2030 it may fall.</p>",
        "<p><em>Ada Fjordman</em></p>",
        f"<p><em>Ada Fjordman is {'very ' * 200} old.</em></p>",
    ],
)
def test_what_is_no_byline_stays(last: str) -> None:
    split = parts(NOTE, "<h2>T</h2>", TEXT, last)

    assert (split.byline, split.body) == ("", f"{TEXT}\n{last}")


def test_a_picture_may_follow_the_byline() -> None:
    split = parts(NOTE, "<h2>T</h2>", TEXT, SIGNED, BARE_FIGURE)

    assert (split.signature, split.body) == (SIGNED, f"{TEXT}\n{BARE_FIGURE}")


@pytest.mark.parametrize(
    ("title", "other", "same"),
    [
        ("Why they hum", "why THEY hum!", True),
        ("Isil’s attack", "Isil's attack", True),
        ("Why they hum", "Why they sing", False),
        ("?!", "!?", False),
        ("?!", "?!", True),
        ("桥", "桥。", True),
    ],
)
def test_titles_that_say_the_same(title: str, other: str, same: bool) -> None:
    assert says_the_same(title, other) is same


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────

_SAID = st.text("ab Z.é桥&<", max_size=12) | st.sampled_from(
    ["New piece for the", "By Ada Fjordman", "Ada Fjordman is here", "A bridge. Photo: B. Li", "x (AP)", "Why old bridges hum"]
)  # fmt: skip
_INLINE = st.recursive(
    _SAID.map(lambda said: said.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.builds(
        str.format,
        st.sampled_from(
            [
                "<em>{}</em>", "<strong>{}</strong>", "<b>{}</b>", "{}<br>", "<span>{}</span>",
                '<a href="https://times.example/why-old-bridges-hum">{}</a>', '<a href="/own">{}</a>',
                '<img src="https://blog.example/a.jpg" alt="A">{}', '{} <a href="https://radio.example">Radio</a>',
            ]
        ),
        inner,
    ),
    max_leaves=3,
)  # fmt: skip
_SHAPES = st.sampled_from(
    [
        "<p>{}</p>", "<p>{}</p>", "<p><em>{}</em></p>", "<p><strong>{}</strong></p>", "<h1>{}</h1>", "<h2>{}</h2>",
        "<h3>{}</h3>", "<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>", "<hr>{}", "{}", "<pre> {}\n</pre>",
        '<figure><img src="https://blog.example/a.jpg"><figcaption>{}</figcaption></figure>',
        '<p dir="rtl">{}</p>', "<table><tbody><tr><td>{}</td></tr></tbody></table>", "<article>{}</article>",
        '<p><a href="https://x.example"><img src="https://blog.example/b.jpg"></a></p>{}',
    ]
)  # fmt: skip
_GROUPED = st.recursive(
    st.builds(str.format, _SHAPES, _INLINE),
    lambda inner: st.lists(inner, max_size=3).map(lambda inner: f"<div>{''.join(inner)}</div>"),
    max_leaves=4,
)
POSTS = st.lists(_GROUPED, max_size=9).map(lambda blocks: markup.sanitize("\n".join(blocks), BLOG))
ANNOUNCED = POSTS.map(lambda post: f"{NOTE}<h2>Why they hum</h2>{post}")
ANYTHING = st.text() | st.text("<>/=\"' pabh2div&;#x0!-[]\x00\ud800") | POSTS | ANNOUNCED


def told(html: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", markup.to_text(html)))


@given(POSTS | ANNOUNCED)
def test_no_word_is_lost(post: str) -> None:
    split = parts(post)
    picture = split.picture or Picture("")
    plain = (split.title, split.standfirst, split.byline, picture.caption, picture.credit)

    words = told(split.note) + told(split.body)
    for part in plain:
        words += Counter(re.findall(r"\w+", part))

    assert words == told(post)


@given(ANYTHING, st.sampled_from(["", "Why they hum", "Why old bridges hum"]))
def test_a_body_is_not_split_again(post: str, title: str) -> None:
    body = parts(post, title=title).body

    assert parts(body, title=title).body == body
    assert parts(body, title=title).title == ""


@given(POSTS | ANNOUNCED)
def test_what_is_split_stays_sanitized(post: str) -> None:
    split = parts(post)

    for part in (split.note, split.body, split.heading, split.figure, split.signature):
        assert markup.to_text(markup.sanitize(part, BLOG)) == markup.to_text(part)
        assert markup.sanitize(part, BLOG).count("<") == part.count("<")


@given(st.text())
def test_no_word_of_a_caption_is_lost(caption: str) -> None:
    assert re.findall(r"\w+", " ".join(parted(caption))) == re.findall(r"\w+", text.line(caption))


@pytest.mark.parametrize(
    "whole",
    [
        NOTE + "<h2>T</h2>" + "<p>a</p>" * 40_000,
        NOTE + "<h2>T</h2>" + "<h3>a</h3>" * 40_000,
        NOTE + "<h2>T</h2>" + "<p> </p>" * 40_000,
        "<div>" * 900 + "<p>a</p>" * 20_000 + "</div>" * 900,
        NOTE + "<h2>T</h2>" + FIGURE.format("A (" * 50_000),
        '<a b="' * 100_000,
        "<p>" + "piece " * 60_000 + "</p><h2>T</h2>",
    ],
)
def test_time_grows_with_length_only(whole: str) -> None:
    start = time.monotonic()
    parts(whole)

    assert time.monotonic() - start < 10


# ── A whole blog ─────────────────────────────────────────────────────────────────────────────────


def test_seven_posts() -> None:
    drafts = [draft for draft in wxr.read(EXPORT) if isinstance(draft, Draft)]

    assert [
        (
            markup.to_text(draft.note)[:20],
            re.findall(r"<h\d>(.*?)</h\d>", draft.body),
            draft.picture.src.rpartition("/")[2] if draft.picture else "",
            draft.picture.caption if draft.picture else "",
            draft.picture.credit if draft.picture else "",
            draft.standfirst,
            markup.to_text(draft.body).splitlines()[-1],
        )
        for draft in drafts
    ] == [
        (
            "New piece for the Ha",
            ["Why old bridges hum – and what the hum tells an engineer"],
            "hum-300x200.jpg",
            "",
            "",
            "",
            "Ada Fjordman writes about bridges.",
        ),
        (
            "Short piece for the ",
            ["The ferry that was a bridge – for eleven summers"],
            "ferry-300x200.jpg",
            "The ferry, in its ninth summer",
            "",
            "",
            "Then the river moved.",
        ),
        (
            "New piece for Weekly",
            [],
            "rope.jpg",
            "The rope is new every spring.",
            "PHOTO: B. FJORDMAN",
            "",
            "https://video.example/watch?v=1&t=2",
        ),
        (
            "And another one, aga",
            ["Four bridges, one day, two shoes"],
            "walk.png",
            "Shoes, after the walk",
            "",
            "",
            "The first is the oldest.",
        ),
        ("Another piece for We", [], "toll-300x200.jpg", "The toll house", "", "", "It did not last."),
        (
            "Slightly belated pie",
            [],
            "span.jpg",
            "",
            "",
            "Will they stay where they are?",
            "They stay.",
        ),
        ("I have no outlet for", [], "", "", "", "", "Paint dries slowly in March."),
    ]


CLASSIC = """New piece for <a href="https://times.example/hum">Times</a>.

<strong>Why they hum</strong>

[caption id="a" width="3"]<img class="wp-image-8" src="https://blog.example/a.jpg" alt="A" /> A bridge. Photo: B. Li[/caption]

<em>Will they stay?</em>

They stay.

<em>Ada Fjordman is director of bridges.</em>"""
IN_BLOCKS = """<!-- wp:paragraph -->
<p>New piece for <a href="https://times.example/hum">Times</a>.</p>
<!-- /wp:paragraph -->

<!-- wp:group --><div class="wp-block-group"><!-- wp:heading {"level":3} -->
<h3>Why they hum</h3>
<!-- /wp:heading -->

<!-- wp:image {"id":8} -->
<figure class="wp-block-image"><img src="https://blog.example/a.jpg" alt="A" class="wp-image-8"/><figcaption>A bridge. Photo: B. Li</figcaption></figure>
<!-- /wp:image -->

<!-- wp:paragraph -->
<p><em>Will they stay?</em></p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p>They stay.</p>
<!-- /wp:paragraph -->

<!-- wp:paragraph -->
<p><em>Ada Fjordman is director of bridges.</em></p>
<!-- /wp:paragraph --></div><!-- /wp:group -->"""


@pytest.mark.parametrize("written", [CLASSIC, IN_BLOCKS])
def test_both_editors(written: str) -> None:
    split = parts(markup.sanitize(rendering.rendered(written), BLOG))

    assert split.note == '<p>New piece for <a href="https://times.example/hum">Times</a>.</p>'
    assert (split.title, split.url, split.outlet) == ("Why they hum", "https://times.example/hum", "Times")
    assert split.picture == Picture("https://blog.example/a.jpg", "A", "A bridge.", "Photo: B. Li")
    assert (split.standfirst, split.body) == ("Will they stay?", "<p>They stay.</p>")
    assert split.byline == "Ada Fjordman is director of bridges."
