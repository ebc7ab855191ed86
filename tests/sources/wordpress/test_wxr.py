from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from feeder.errors import DraftRefused, SourceError
from feeder.model.items import Draft, Kind, Picture
from feeder.sources import substance
from feeder.sources.wordpress import wxr

EXPORT = Path(__file__).parents[2] / "data" / "blog.wxr.xml"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>T</title><link>https://blog.example</link><wp:wxr_version>1.2</wp:wxr_version>
"""
TAIL = "</channel></rss>\n"


def post(content: str = "Text", **other: str) -> str:
    """Return one post of an export; `other` are its elements, with "_" for ":" but in `wp_`."""
    texts = {
        "title": "A title",
        "guid": "https://blog.example/?p=1",
        "wp:post_date_gmt": "2019-03-04 17:42:00",
        "wp:status": "publish",
        "wp:post_type": "post",
    } | {name.replace("wp_", "wp:"): value for name, value in other.items()}
    elements = "".join(f"<{name}><![CDATA[{value}]]></{name}>\n" for name, value in texts.items())
    return f"<item>{elements}<content:encoded><![CDATA[{content}]]></content:encoded></item>\n"


def export(tmp_path: Path, *parts: str, head: str = HEAD, tail: str = TAIL) -> Path:
    path = tmp_path / "export.xml"
    path.write_text(head + "".join(parts) + tail, encoding="utf-8")
    return path


def only(path: Path) -> Draft:
    (draft,) = wxr.read(path)
    assert isinstance(draft, Draft)
    return draft


def complaint(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        list(wxr.read(path))
    return f"{caught.value.rule}; {caught.value.mend}"


def test_what_an_export_says_of_its_blog() -> None:
    export = wxr.inspect(EXPORT)

    assert (export.title, export.language, export.address, export.posts, export.mended) == (
        "Spans & Arches",
        "en-GB",
        "https://blog.example",
        7,
        0,
    )


def test_only_published_posts_are_taken() -> None:
    told = [
        (draft.key, draft.title, draft.outlet, draft.tags)
        for draft in wxr.read(EXPORT)
        if isinstance(draft, Draft)
    ]

    blog = "https://blog.example/?p="
    assert told == [
        (f"{blog}5", "Why old bridges hum", "Harbour Times", ("bridges", "wind", "Harbour Times")),
        (f"{blog}7", "The ferry that was a bridge", "River Post", ("bridges", "river crossings")),
        (f"{blog}9", "Stone, rope & patience", "Weekly Arch", ("bridges", "桥梁", "Zürich", "R&D")),
        (f"{blog}11", "Four bridges in one day", "Harbour Times", ("bridges", "walking")),
        (f"{blog}14", "A toll for a song", "Weekly Arch", ("bridges", "music")),
        (f"{blog}16", "What bridges will do next year", "New Span", ("bridges", "New Span")),
        (f"{blog}17", "Notes from the workshop", None, ("bridges",)),
    ]


def test_what_nobody_may_read_is_forgotten() -> None:
    told = "".join(map(repr, wxr.read(EXPORT)))

    for secret in (
        "keystone",
        "protected",
        "private thought",
        "Half a thought",
        "mail.example",
        "192.0.2.7",
        "rivets.",
    ):
        assert secret not in told


def test_a_classic_post() -> None:
    draft = list(wxr.read(EXPORT))[2]

    assert draft == Draft(
        key="https://blog.example/?p=9",
        kind=Kind.PIECE,
        title="Stone, rope & patience",
        substance="741c5e7750d6dfbb",
        url="https://weeklyarch.example/stone-rope",
        outlet="Weekly Arch",
        posted=datetime(2019, 5, 14, 21, 30, tzinfo=UTC),
        tags=("bridges", "桥梁", "Zürich", "R&D"),
        authors=("Ada Fjordman",),
        language="en-GB",
        picture=Picture(
            "https://blog.example/wp-content/uploads/2019/05/rope.jpg",
            alt="A rope bridge",
            caption="The rope is new every spring.",
            credit="PHOTO: B. FJORDMAN",
        ),
        note=(
            '<p>New piece for <a href="https://weeklyarch.example/stone-rope">Weekly Arch</a> on hanging bridges. '
            'Separately, spoke to the <a href="https://radio.example/hills">Hill Radio</a> about ropes.</p>'
        ),
        body=dedent("""\
            <p><strong>Stone, rope and patience</strong></p>
            <p>Rope has to be made again every year.</p>
            <blockquote><p>A bridge is a promise.</p>
            <p>And promises are kept.</p>
            </blockquote>
            <p>[gallery ids="1,2"]</p>
            <p><a href="https://video.example/watch?v=1&amp;t=2">https://video.example/watch?v=1&amp;t=2</a></p>""").replace(
            "            ", ""
        ),
        slug="stone-rope-and-patience",
    )


def test_a_post_of_blocks() -> None:
    draft = list(wxr.read(EXPORT))[3]

    assert draft == Draft(
        key="https://blog.example/?p=11",
        kind=Kind.PIECE,
        title="Four bridges in one day",
        substance="cf61b7ae10d3b619",
        url="https://harbourtimes.example/2019/06/four-bridges",
        outlet="Harbour Times",
        posted=datetime(2019, 6, 21, 7, 55, tzinfo=UTC),
        tags=("bridges", "walking"),
        authors=("Ada Fjordman",),
        language="en-GB",
        picture=Picture(
            "https://blog.example/wp-content/uploads/2019/06/walk.png",
            alt="Shoes",
            caption="Shoes, after the walk",
        ),
        summary="A long walk.",
        note=(
            '<p>And another one, again for the <a href="https://harbourtimes.example/2019/06/four-bridges">'
            'Harbour Times</a>, on a long walk. See also <a href="https://blog.example/about/">who I am</a>.</p>'
        ),
        body="<h2>Four bridges, one day, two shoes</h2>\n<p>The first is the oldest.</p>",
        slug="four-bridges-in-one-day",
    )


@pytest.mark.parametrize(
    ("content", "url", "outlet"),
    [
        ('For <a href="https://h.org/a">H</a>.\n<h2>T</h2>', "https://h.org/a", "H"),
        ('<div><p>For <a href="//h.org/a">H</a>.</p><h2>T</h2></div>', "https://h.org/a", "H"),
        (
            'For <a href="https://blog.example/b">mine</a> and <a href="https://h.org/a">H</a>.',
            "https://h.org/a",
            "H",
        ),
        (f'For <a href="https://h.org/a">{"H" * 81}</a>.', "https://h.org/a", None),
        ('For nobody.\n\nSee <a href="https://h.org/a">H</a>.', None, None),
        ('<h2>T</h2>\nFor <a href="https://h.org/a">H</a>.', None, None),
        ('<img src="a.png">\n\nFor <a href="https://h.org/a">H</a>.', None, None),
        ('<strong><a href="https://h.org/a">T</a></strong>\n\nText', "https://h.org/a", None),
        ('For <a href="mailto:a@h.org">H</a>.', None, None),
        ("<b></b>", None, None),
    ],
)
def test_the_note_tells_the_outlet(tmp_path: Path, content: str, url: str | None, outlet: str | None) -> None:
    draft = only(export(tmp_path, post(content)))

    assert (draft.url, draft.outlet) == (url, outlet)


@pytest.mark.parametrize(
    ("content", "meta", "picture"),
    [
        ("Text", "", None),
        (
            '<img src="data:image/png,x"><img src="/a.png" alt=" A ">',
            "",
            Picture("https://blog.example/a.png", "A"),
        ),
        (
            '<img src="a.png"><img class="x wp-image-7 y" src="b.png">',
            "7",
            Picture("https://blog.example/b.png"),
        ),
        ('<img src="a.png"><img src="b.png">', "8", Picture("https://blog.example/a.png")),
        (
            '<img src="a.png">',
            "9",
            Picture("https://blog.example/nine.png", "Nine", "The ninth"),
        ),
    ],
)
def test_the_lead_picture(tmp_path: Path, content: str, meta: str, picture: Picture | None) -> None:
    field = "<wp:postmeta><wp:meta_key>{}</wp:meta_key><wp:meta_value>{}</wp:meta_value></wp:postmeta></item>"
    attachment = post(
        "",
        wp_post_type="attachment",
        wp_status="inherit",
        wp_post_id="9",
        wp_attachment_url="https://blog.example/nine.png",
        **{"excerpt:encoded": "The <i>ninth</i>"},
    ).replace("</item>", field.format("_wp_attachment_image_alt", "Nine"))
    featured = post(content).replace("</item>", field.format("_thumbnail_id", meta))

    assert only(export(tmp_path, featured, attachment)).picture == picture


NOTE = 'New piece for <a href="https://h.org/a">H</a>.\n\n'
LEAD = '<img src="/lead-300x200.jpg" alt="A">'


def led_by(figure: str, featured: str = "") -> str:
    """Return a post with a picture between title and text, and perhaps a featured one."""
    written = f"{NOTE}<h2>A title!</h2>\n\n{figure}\n\nText\n\n<em>Ada Fjordman is here.</em>"
    meta = f"<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>{featured}</wp:meta_value></wp:postmeta>"
    return post(written).replace("</item>", f"{meta}</item>")


def attachment(number: str, name: str, caption: str = "") -> str:
    return post(
        "",
        wp_post_type="attachment",
        wp_status="inherit",
        wp_post_id=number,
        wp_attachment_url=f"https://blog.example/{name}",
        **{"excerpt:encoded": caption},
    )


SHOWN = '<img src="https://blog.example/lead-300x200.jpg" alt="A">'
TEXT_ONLY = "<p>Text</p>\n<p><em>Ada Fjordman is here.</em></p>"


@pytest.mark.parametrize(
    ("figure", "featured", "picture", "body"),
    [
        (LEAD, "", Picture("https://blog.example/lead-300x200.jpg", "A"), TEXT_ONLY),
        (
            f'<a href="https://cdn.example/lead.jpg">{LEAD}</a>',
            "",
            Picture("https://blog.example/lead-300x200.jpg", "A"),
            TEXT_ONLY,
        ),
        (
            f'<a href="https://h.org/a">{LEAD}</a>',
            "",
            Picture("https://blog.example/lead-300x200.jpg", "A"),
            TEXT_ONLY,
        ),
        # The featured picture, in its full size, is the same one; words beside the smaller one count.
        (
            LEAD,
            "7",
            Picture("https://blog.example/lead.jpg", "A", "The bridge", "(AP)"),
            TEXT_ONLY,
        ),
        (
            f"[caption]{LEAD} In May. Photo: B. Li[/caption]",
            "7",
            Picture("https://blog.example/lead.jpg", "A", "In May.", "Photo: B. Li"),
            TEXT_ONLY,
        ),
        # Another featured picture, or a link that leads away, leaves the picture in the text.
        (
            LEAD,
            "8",
            Picture("https://blog.example/other.jpg"),
            f"<p>{SHOWN}</p>\n{TEXT_ONLY}",
        ),
        (
            f'<a href="https://shop.example/">{LEAD}</a>',
            "",
            Picture("https://blog.example/lead-300x200.jpg", "A"),
            f'<p><a href="https://shop.example/">{SHOWN}</a></p>\n{TEXT_ONLY}',
        ),
        (
            f'<a href="mailto:a@shop.example">{LEAD}</a>',
            "",
            Picture("https://blog.example/lead-300x200.jpg", "A"),
            f'<p><a href="mailto:a@shop.example">{SHOWN}</a></p>\n{TEXT_ONLY}',
        ),
    ],
)
def test_the_picture_of_the_piece(
    tmp_path: Path, figure: str, featured: str, picture: Picture, body: str
) -> None:
    parts = [
        led_by(figure, featured),
        attachment("7", "lead.jpg", "The bridge (AP)"),
        attachment("8", "other.jpg"),
    ]
    draft = only(export(tmp_path, *parts))

    assert (draft.picture, draft.body) == (picture, body)


def test_a_printed_title_that_differs_heads_the_body(tmp_path: Path) -> None:
    content = f"{NOTE}<h2>Another title</h2>Text"

    assert only(export(tmp_path, post(content))).body == "<h2>Another title</h2>\n<p>Text</p>"
    assert only(export(tmp_path, post(content, title="Another title!"))).body == "<p>Text</p>"


def test_a_better_address_is_no_significant_change(tmp_path: Path) -> None:
    content = '<strong><a href="https://h.org/a">T</a></strong>\n\nText'
    draft = only(export(tmp_path, post(content)))

    assert draft.url == "https://h.org/a"
    assert draft.substance == substance("A title", content, None)


@pytest.mark.parametrize(
    ("elements", "posted"),
    [
        ({"wp_post_date_gmt": "2019-03-04 17:42:00"}, datetime(2019, 3, 4, 17, 42, tzinfo=UTC)),
        (
            {"wp_post_date_gmt": "", "pubDate": "Mon, 04 Mar 2019 18:42:00 +0100"},
            datetime(2019, 3, 4, 17, 42, tzinfo=UTC),
        ),
        (
            {"wp_post_date_gmt": "0000-00-00 00:00:00", "pubDate": "Mon, 04 Mar 2019 17:42:00 +0000"},
            datetime(2019, 3, 4, 17, 42, tzinfo=UTC),
        ),
    ],
)
def test_the_date_of_a_post(tmp_path: Path, elements: dict[str, str], posted: datetime) -> None:
    assert only(export(tmp_path, post(**elements))).posted == posted


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Tom &amp; Jerry &#8211; <em>x</em>", "Tom & Jerry – x"),
        ("AT&T &amp;amp;", "AT&T &amp;"),
        ("", "The first words"),
    ],
)
def test_titles_are_decoded_once(tmp_path: Path, written: str, title: str) -> None:
    assert only(export(tmp_path, post("The <b>first</b> words", title=written))).title == title


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            post(wp_post_date_gmt="0000-00-00 00:00:00", pubDate="Wed, 30 Nov -0001 00:00:00 +0000"),
            "export.xml, post “A title” (line 6): its date “0000-00-00 00:00:00” is none; set its date in WordPress",
        ),
        (post(guid=""), "export.xml, post “A title” (line 6): has no guid; export it anew"),
        (
            post("", title=""),
            "export.xml, post “https://blog.example/?p=1” (line 6): has neither a title nor a text; give it a title in WordPress",
        ),
        (
            post("a" * 2_000_001),
            "export.xml, post “A title” (line 6): is over 2 MB; shorten it in WordPress",
        ),
    ],
)
def test_one_bad_post_stops_no_other(tmp_path: Path, bad: str, message: str) -> None:
    refused, taken = wxr.read(export(tmp_path, bad, post()))

    assert isinstance(refused, DraftRefused)
    assert str(refused) == message
    assert isinstance(taken, Draft)


def test_control_characters_are_left_out_and_counted(tmp_path: Path) -> None:
    path = export(tmp_path, post("Be\x08ll\x07"))

    assert wxr.inspect(path).mended == 2
    assert only(path).body == "<p>Bell</p>"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_earlier_exports(tmp_path: Path, version: str) -> None:
    assert (
        only(export(tmp_path, post(), head=HEAD.replace("export/1.2", f"export/{version}"))).title
        == "A title"
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert complaint(tmp_path / "no.xml") == (
        "cannot be read (No such file or directory); check its name and rights"
    )


@pytest.mark.parametrize("written", ["", "hello", "\x89PNG", "{}", "PK\x03\x04"])
def test_what_is_no_xml(tmp_path: Path, written: str) -> None:
    assert complaint(export(tmp_path, head=written, tail="")).startswith("is no XML")


@pytest.mark.parametrize("missing", [1, 20, 120, 300])
def test_a_file_that_is_cut_off_gives_nothing(tmp_path: Path, missing: int) -> None:
    path = export(tmp_path, post(title="The last whole one"), post("long " * 100, title="Cut"))
    path.write_bytes(path.read_bytes().rstrip()[:-missing])

    told = complaint(path)

    assert told.startswith("is cut off at line ")
    assert "after post “" in told
    assert (
        told.endswith(" (line 12); download it again, to its end") or "The last whole one” (line 6)" in told
    )


def test_an_ill_formed_file_gives_nothing(tmp_path: Path) -> None:
    path = export(tmp_path, post(), "<item><b></item>", post())

    assert complaint(path).startswith("is ill-formed at line 12, after post “A title” (line 6) (")


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ('<rss version="2.0"><channel><title>T</title>', TAIL),
        (HEAD.replace("<wp:wxr_version>1.2</wp:wxr_version>", ""), TAIL),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', "</feed>"),
        ("<!-- a --><html>", "</html>"),
    ],
)
def test_other_feeds_are_no_exports(tmp_path: Path, head: str, tail: str) -> None:
    assert complaint(export(tmp_path, head=head, tail=tail)) == (
        "is no export of WordPress; make one with Tools, Export in WordPress"
    )


def test_an_export_without_an_address(tmp_path: Path) -> None:
    path = export(tmp_path, head=HEAD.replace("https://blog.example", ""))

    assert complaint(path) == "does not tell the blog's address; export it anew with Tools, Export"


def laughs() -> str:
    entities = ['<!ENTITY a0 "ha">']
    entities += [f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12)]
    return f"<!DOCTYPE rss [{''.join(entities)}]>"


@pytest.mark.parametrize("before", ["", "<!-- a --> <?b c?>\n", f"<!--{' ' * 70_000}-->"])
@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE rss>", '<!DOCTYPE rss SYSTEM "file:///etc/passwd">', laughs()]
)
def test_document_types_are_refused_before_anything_is_expanded(
    tmp_path: Path, before: str, doctype: str
) -> None:
    head = HEAD.replace("<rss", f"{before}{doctype}<rss").replace("<title>T", "<title>&a12;")

    assert complaint(export(tmp_path, post(), head=head)) == (
        "declares a document type, as no export does; export it anew"
    )


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = export(tmp_path)
    with path.open("r+b") as file:
        file.truncate(wxr.MAX_BYTES + 1)

    assert complaint(path) == "is over 1000 MB; export it in parts, by year"
