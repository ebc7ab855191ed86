import re
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.markup import html, text

BASE = "https://x.org/f/"
TAGS = (
    "a b p div ul li table tr td button form object svg math style script img br pre select option "
    "textarea template h1 figure blockquote marquee noscript title iframe ruby rt"
)
PARTS = st.one_of(
    st.sampled_from([f"<{slash}{tag}>" for tag in TAGS.split() for slash in ("", "/")]),
    st.sampled_from(
        [
            '<a href="javascript:alert(1)">',
            "<a href='java\tscript:alert(1)'>",
            '<a href="//h.org/x">',
            '<a href="#f">',
            '<img src=x onerror="alert(1)" alt="a>b\'">',
            '<img src="data:image/png;base64,x">',
            "<!-- c -->",
            "<![CDATA[",
            "&lt;script&gt;",
            "&#x338; onclick=alert(1) ",
            "&#1;",
            "&nbsp;",
            "\u0338",
            "<",
            '"',
        ]
    ),
    st.text(max_size=5),
)
ANY_HTML = st.lists(PARTS, max_size=14).map("".join)


@given(ANY_HTML)
@example("<p><button><p>x</p></button></p>")
@example("<p>&#x338; onclick=alert(1) </p>")
@example("<div>" * 3000 + "x<b>y")
def test_sanitized_html_is_safe_and_stays_as_it_is(written: str) -> None:
    clean = html.sanitize(written, BASE)

    assert html.sanitize(clean, BASE) == clean
    assert text.scrub(clean) == clean
    tags = re.findall(r"<[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*>", clean)
    assert clean.count("<") - sum(tag.count("<") - 1 for tag in tags) == len(tags)
    for tag in tags:
        assert re.fullmatch(r'</?[a-z0-9]+(?: (?:alt|href|src|title)="[^"]*")*>', tag)
        assert not re.search(r'(?:href|src)="(?!https?:|mailto:)', tag)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        (
            '<p id="i" class="c" style="s" onclick="o" lang="de" dir="ltr" title="t">a</p>',
            '<p lang="de" dir="ltr" title="t">a</p>',
        ),
        ('<a href="/b?c#d" rel="nofollow" target="_blank">a</a>', '<a href="https://x.org/b?c#d">a</a>'),
        ('<a href="//h.org/b">a</a>', '<a href="https://h.org/b">a</a>'),
        ('<a href="mailto:a@x.org">a</a>', '<a href="mailto:a@x.org">a</a>'),
        ('<a href="#note">a</a><a href="ftp://x.org/">b</a>', "<a>a</a><a>b</a>"),
        ('<a href="//[">a</a>', "<a>a</a>"),
        ("a<script>b</script><style>c</style><iframe>d</iframe><form>e</form>", "ae"),
        (
            '<figure><img src="p.png" alt="a" width="2" srcset="q"><figcaption>c</figcaption></figure>',
            '<figure><img src="https://x.org/f/p.png" alt="a" width="2"><figcaption>c</figcaption></figure>',
        ),
        ('<img alt="a>b"><img src="data:image/png,x" alt="c">', ""),
        (
            '<table border="1"><tbody><tr><td colspan="2" align="left">a</td></tr></tbody></table>',
            '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        ),
        ("<center><nav>a</nav></center>", "a"),
        ("Zu\u0308rich\x07", "Zürich"),
    ],
)
def test_sanitize(written: str, clean: str) -> None:
    assert html.sanitize(written, BASE) == clean


def test_relative_pictures_are_asked_for() -> None:
    asked: list[str] = []

    def local(src: str) -> str | None:
        asked.append(src)
        return {"a.png": "https://x.org/media/a-1.png", "gone.png": "", "bad.png": "javascript:alert(1)"}.get(
            src
        )

    written = (
        '<img src="a.png" alt="A"><img src="gone.png"><img src="bad.png"><img src="other.png">'
        '<img src="https://h.org/b.png"><img src="//h.org/c.png"><a href="a.png">d</a>'
    )

    assert html.sanitize(written, BASE, local) == (
        '<img src="https://x.org/media/a-1.png" alt="A"><img src="https://x.org/f/other.png">'
        '<img src="https://h.org/b.png"><img src="https://h.org/c.png"><a href="https://x.org/f/a.png">d</a>'
    )
    assert asked == ["a.png", "gone.png", "bad.png", "other.png"]


@given(ANY_HTML)
@example("<div>" * 3000 + "x")
@example("\ud800&#0;<")
def test_any_html_has_a_text(written: str) -> None:
    plain = html.to_text(written)

    assert plain == text.scrub(plain).strip()


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<h2>A</h2><p>b <b>c</b>\n <a href='x'>d</a>.<br>e</p>f", "A\n\nb c d.\ne\n\nf"),
        (
            "<p>a</p><ul><li>b</li><li><p>c</p><ul><li>d</li></ul></li></ul><p>e</p>",
            "a\n\n- b\n- c\n- d\n\ne",
        ),
        ("<ol><li>a<li>b</ol>", "- a\n- b"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><th>3<td>4</table>", "1 | 2\n3 | 4"),
        ("<pre>  a\n    b</pre>", "a\n    b"),
        ("AT&T &amp; &lt;b&gt; x&nbsp;y <img src=a alt=no>", "AT&T & <b> x y"),
        ("<script>a</script><style>b</style><!-- c -->d", "d"),
        ("a<br><br>b<br><br><br>c", "a\n\nb\n\nc"),
        ("<figure><img src=x><figcaption>a</figcaption></figure>b", "a\n\nb"),
        ("in<em>side</em>s <i> a </i> word", "insides a word"),
        ("", ""),
    ],
)
def test_to_text(written: str, plain: str) -> None:
    assert html.to_text(written) == plain


@given(st.text(), st.integers(0, 40))
def test_an_excerpt_is_a_beginning_within_its_limit(written: str, limit: int) -> None:
    short = html.excerpt(written, limit)

    assert len(short) <= limit
    assert text.line(written).startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("written", "limit", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two, three", 12, "one two…"),
        ("one\n\ntwo", 20, "one two"),
        ("中文没有空格的句子", 5, "中文没有…"),
        ("Donaudampfschifffahrt", 6, "Donau…"),
        ("abc", 0, ""),
    ],
)
def test_excerpt(written: str, limit: int, short: str) -> None:
    assert html.excerpt(written, limit) == short


@pytest.mark.parametrize(
    "attribute", ['lang="fr"', 'title="a > b"', 'dir="rtl"', 'lang="fr" title="x"', 'class="y"']
)
@pytest.mark.parametrize("tag", ["p", "h2", "li", "td", "em", "a"])
def test_text_has_no_tag_whatever_its_attributes(tag: str, attribute: str) -> None:
    assert html.to_text(f"<{tag} {attribute}>Bonjour</{tag}>").removeprefix("- ") == "Bonjour"


@pytest.mark.parametrize(
    ("limit", "said"), [(60, "Ports: • a quay • two cranes"), (20, "Ports: • a quay…"), (9, "Ports…")]
)
def test_the_points_of_a_list_are_told_apart_on_one_line(limit: int, said: str) -> None:
    assert html.beginning("<p>Ports:</p><ul><li>a quay</li><li>two cranes</li></ul>", limit) == said


@given(words=st.lists(st.text("ab é<&>中\n", max_size=30), max_size=80), limit=st.integers(1, 60))
def test_the_beginning_is_the_excerpt_of_the_whole(words: list[str], limit: int) -> None:
    page = html.sanitize("".join(f"<p>{escape(word)} <em>x</em></p>\n" for word in words), "https://x.org/")
    assert html.beginning(page, limit) == html.excerpt(html.to_text(page), limit)
