"""What all feeds of XML have to keep, and what is none at all."""

import codecs
import gzip

import pytest

from feeder.feeds.doctor import encodings, xmlfeeds
from tests.feeds.doctor.surgery import ATOM, RSS, changed, examine, names, only, served

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
TITLE = "<title>Why old bridges hum</title>"


@pytest.mark.parametrize(
    ("before", "after", "line", "mend"),
    [
        ("bridges hum", "bridges & hum", 10, "&amp;"),
        ("bridges hum", "bridges < hum", 10, "&lt;"),
        ("bridges hum", "R&D hum", 10, "&amp;"),
        ("bridges hum", "bridges&nbsp;hum", 10, "write &#160;"),
        ("bridges hum", "bridges <b>hum", 10, "close every element"),
        ("bridges hum", "bridges &#8; hum", 10, "leave the character out"),
        ("bridges hum", "bridges ]]> hum", 10, "]]&gt;"),
        (
            "<id>tag:spans.example,2026:hum",
            "<dc:date>2026</dc:date><id>tag:spans.example,2026:hum",
            9,
            "xmlns:dc=",
        ),
        ("</feed>", "</feed><p>Cached.</p>", 15, "take it out"),
        ("</entry>\n</feed>\n", "</entry>", 14, "breaks off"),
        ('rel="self"', "rel=self", 7, "between them"),
        ('rel="self"', 'rel="self" rel="self"', 7, "once"),
        ("<entry>", "<entry><!-- a -- b -->", 8, "take it out"),
    ],
)
def test_ill_formed_xml_is_placed(before: str, after: str, line: int, mend: str) -> None:
    document = changed(ATOM, (before, after))

    report = examine(document)

    finding = only(report)
    assert (report.format, finding.rule.name) == ("ill-formed XML", "ill-formed")
    assert finding.place.line == line
    # Which end of the trouble the column names is the parser's own affair.
    assert 1 <= (finding.place.column or 0) <= len(document.splitlines()[line - 1]) + 1
    assert mend in finding.mend


def test_blank_lines_before_the_declaration_are_all_that_is_wrong() -> None:
    finding = only(examine("\n\n" + ATOM))

    assert (finding.rule.name, finding.place.line, finding.place.column) == ("declaration-not-first", 1, 1)


def test_forbidden_characters_are_placed_and_the_rest_is_examined() -> None:
    document = changed(ATOM, ("old bridges", "old\x0b brid\x08ges"), ("<name>Ada Fjordman</name>", ""))

    findings = examine(document).findings

    places = [
        (one.found, one.place.line, one.place.column) for one in findings if one.rule.name != "person-name"
    ]
    assert places == [("there is U+000B", 10, 19), ("there is U+0008", 10, 25)]
    assert "person-name" in [one.rule.name for one in findings]


@pytest.mark.parametrize(
    ("raw", "rules"),
    [
        (changed(ATOM, ("old", "öld")).encode(), []),
        (changed(ATOM, ("old", "öld")).encode("latin-1"), ["encoding-wrong"]),
        (changed(ATOM, ("old", "öld"), ("utf-8", "latin-1")).encode("latin-1"), ["encoding-other"]),
        (
            changed(ATOM, ("old", "öld"), ("utf-8", "latin-1")).encode(),
            ["encoding-suspect", "encoding-other"],
        ),
        (changed(ATOM, ("utf-8", "latin-1")).encode(), []),
        (changed(ATOM, ("utf-8", "klingon")).encode(), ["encoding-unknown"]),
        (changed(ATOM, ("utf-8", "rot13")).encode(), ["encoding-unknown"]),
        (changed(ATOM, ("utf-8", "utf-16")).encode(), ["encoding-wrong"]),
        (changed(ATOM, ("utf-8", "utf-16")).encode("utf-16"), ["encoding-other"]),
        (codecs.BOM_UTF8 + ATOM.encode(), ["bom"]),
        (changed(ATOM, (DECLARATION + "\n", "")).encode(), []),
    ],
)
def test_encodings(raw: bytes, rules: list[str]) -> None:
    report = examine(raw)

    assert names(report) == rules
    assert report.format == "Atom 1.0"


def test_a_byte_that_is_no_utf_8_is_placed() -> None:
    finding = only(examine(changed(ATOM, ("old", "öld")).encode("latin-1")))

    assert (finding.place.line, finding.place.column) == (10, 16)
    assert finding.found == "the byte 0xF6 is no utf-8; it looks like windows-1252"


@pytest.mark.parametrize(
    ("declared", "content_type", "rules"),
    [
        ("utf-8", "application/atom+xml", []),
        ("utf-8", "application/atom+xml; charset=UTF8", []),
        ("utf-8", "application/atom+xml; charset=iso-8859-1", ["encoding-suspect", "encoding-mismatch"]),
        ("iso-8859-1", "application/atom+xml", ["charset-missing", "encoding-other"]),
        ("iso-8859-1", "application/atom+xml; charset=iso-8859-1", ["encoding-other"]),
        ("iso-8859-1", "application/atom+xml; charset=utf-8", ["encoding-wrong", "encoding-mismatch"]),
    ],
)
def test_what_the_server_says_of_the_encoding(declared: str, content_type: str, rules: list[str]) -> None:
    raw = changed(ATOM, ("old", "öld"), ("utf-8", declared)).encode(declared)

    assert sorted(set(names(examine(raw, served(content_type=content_type)))) - _ALWAYS) == sorted(
        set(rules) - _ALWAYS
    )


_ALWAYS = {"encoding-other"}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "subset",
    [
        '[<!ENTITY l0 "lol">' + LAUGHS + "]",
        '[<!ENTITY file SYSTEM "file:///etc/passwd">]',
        '[<!ENTITY % all SYSTEM "file:///etc/passwd"> %all;]',
    ],
)
def test_entities_are_named_and_never_resolved(subset: str) -> None:
    declared = changed(ATOM, ("<feed ", f"<!DOCTYPE feed {subset}><feed "))

    assert only(examine(declared)).rule.name == "entities"


def test_what_an_entity_stands_for_is_not_read() -> None:
    document = changed(
        ATOM,
        ("<feed ", '<!DOCTYPE feed [<!ENTITY file SYSTEM "file:///etc/hostname">]><feed '),
        ("<id>tag:spans.example,2026:hum", "<id>&file;"),
    )

    assert examine(document).ids == ("?",)


@pytest.mark.parametrize("where", ["<title>&l9;</title>", '<title type="&l9;"/>'])
def test_a_billion_laughs_are_no_laughing_matter(where: str) -> None:
    declared = changed(
        ATOM, ("<feed ", f'<!DOCTYPE feed [<!ENTITY l0 "lol">{LAUGHS}]><feed '), (TITLE, where)
    )

    assert only(examine(declared)).rule.name == "beyond-limits"


def test_a_document_type_of_old_is_a_warning() -> None:
    netscape = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.example/rss.dtd">'

    assert names(examine(changed(RSS, ("<rss ", f"{netscape}<rss ")))) == ["doctype"]


def test_a_reference_that_only_a_document_type_explains() -> None:
    document = changed(
        RSS, ("<rss ", '<!DOCTYPE rss SYSTEM "rss.dtd"><rss '), ("Of bridges.", "Caf&eacute; &agrave; la mer")
    )

    report = examine(document)

    assert names(report) == ["reference", "doctype"]
    assert report.findings[0].mend == "write &#233;"


@pytest.mark.parametrize(
    "stylesheet",
    [
        '<?xml-stylesheet type="text/xsl" href="/pretty.xsl"?>',
        '<?xml-stylesheet href="pretty.xsl"?>',
        '<?xml-stylesheet type="application/xslt+xml" href="/pretty"?>',
    ],
)
def test_xslt_is_going_away(stylesheet: str) -> None:
    finding = only(examine(changed(ATOM, ("<feed ", f"{stylesheet}\n<feed "))))

    assert (finding.rule.name, finding.place.path, finding.place.line) == ("xslt", "xml-stylesheet", 2)


def test_styles_of_css_are_fine() -> None:
    assert not names(
        examine(changed(ATOM, ("<feed ", '<?xml-stylesheet type="text/css" href="a.css"?><feed ')))
    )


def test_a_script_in_the_feed_itself() -> None:
    script = '<script xmlns="http://www.w3.org/1999/xhtml" src="https://a.example/xslt-polyfill.js"/>'

    assert names(examine(changed(ATOM, ("<entry>", f"{script}<entry>")))) == ["script"]


@pytest.mark.parametrize(
    "document",
    [
        ATOM.replace("<entry>", "<a xmlns='x'>" * 5000),
        ATOM.replace("old", "x" * 10_500_000),
        ATOM.replace("<entry>", "<a/>" * (xmlfeeds.MAX_TAGS + 1)),
    ],
)
def test_documents_beyond_all_limits(document: str) -> None:
    assert "beyond-limits" in names(examine(document))


@pytest.mark.parametrize(
    ("raw", "rule", "found"),
    [
        (b"", "empty", "it is empty"),
        (b" \r\n\0", "empty", "it is empty"),
        (b"hello", "ill-formed", "it does not begin with a tag"),
        (b"\x89PNG\r\n\x1a\n", "ill-formed", "it does not begin with a tag"),
        (b'<opml version="2.0"><body/></opml>', "no-feed", "it is a list of feeds (OPML)"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "no-feed", "it is a sitemap"),
        (gzip.compress(ATOM.encode()), "no-feed", "it is packed by gzip"),
        (b"<note/>", "no-feed", "it is XML that begins with “<note>”"),
    ],
)
def test_what_is_no_feed(raw: bytes, rule: str, found: str) -> None:
    assert (rule, found) in [(one.rule.name, one.found) for one in examine(raw).findings]


def test_decoding_takes_off_the_mark() -> None:
    assert encodings.of_xml(codecs.BOM_UTF8 + b"<a/>", None).text == "<a/>"
