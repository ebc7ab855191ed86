"""What the doctor finds in feeds of Atom."""

import pytest

from tests.feeds.doctor.surgery import ATOM, changed, entry, examine, names, only, told, with_entries

ID = "<id>tag:spans.example,2026:hum</id>"
TITLE = "<title>Why old bridges hum</title>"
LINK = '<link href="https://spans.example/hum/"/>'
CONTENT = '<content type="html">&lt;p&gt;The wind.&lt;/p&gt;</content>'
UPDATED = "<updated>2026-11-03T10:00:00Z</updated>"
SELF = '<link rel="self" href="https://spans.example/atom.xml"/>'


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("  <id>tag:spans.example,2026:feed</id>", "", "feed-element-missing"),
        ("<title>Spans</title>", "", "feed-element-missing"),
        ("<title>Spans</title>", "<title/>", "title-empty"),
        ("<title>Spans</title>", "<title>Spans</title><title>Again</title>", "element-many"),
        ("<title>Spans</title>", "<Title>Spans</Title>", "element-unknown"),
        ("<author><name>Ada Fjordman</name></author>", "", "author-missing"),
        ("<name>Ada Fjordman</name>", "Ada Fjordman", "person-name"),
        ("</name></author>", "</name><email>ada</email></author>", "person-email"),
        (SELF, "", "self-missing"),
        (SELF, '<link rel="self" href="/atom.xml"/>', "self-relative"),
        (SELF, f'{SELF}<link rel="self" href="https://spans.example/feed/"/>', "self-many"),
        (SELF, '<link rel="hub" href="https://hub.example/"/>', "hub-alone"),
        (SELF, f'{SELF}<link rel="hub" href="hub"/>', "hub-address"),
        (SELF, f'{SELF}<category scheme="https://spans.example/"/>', "category-term"),
        (SELF, f'{SELF}<category term="fog" scheme="tags"/>', "category-scheme"),
        (ID, "", "id-missing"),
        (ID, "<id/>", "id"),
        (ID, "<id>/hum/</id>", "id"),
        (ID, "<id>https://spans.example/a hum/</id>", "id"),
        (ID, "<id> tag:spans.example,2026:hum </id>", "id-spaced"),
        (ID, "<id>urn:uuid:12</id>", "id-odd"),
        (ID, "<id>tag:spans.example:hum</id>", "id-odd"),
        (ID, "<id>tag:spans.example,2026:feed</id>", "id-of-feed"),
        (ID, ID.replace("id>", "guid>"), "element-unknown"),
        (TITLE, "", "title-missing"),
        (TITLE, "<title> </title>", "title-empty"),
        (TITLE, '<title type="text/html">Hum</title>', "text-type"),
        (TITLE, "<title>Old <b>bridges</b></title>", "text-markup"),
        (TITLE, '<title type="xhtml">Old bridges</title>', "xhtml-div"),
        (TITLE, "<title>&lt;b&gt;Old&lt;/b&gt; bridges</title>", "html-in-text"),
        (TITLE, "<title>Stone &amp;amp; rope</title>", "escaped-twice"),
        (TITLE, '<title type="html">Stone &amp;amp;amp; rope</title>', "escaped-twice"),
        (TITLE, '<title type="html">&amp;lt;i&amp;gt;Stone&amp;lt;/i&amp;gt;</title>', "escaped-twice"),
        (LINK, "<link/>", "link-href"),
        (LINK, '<link href="/hum/"/>', "link-relative"),
        (LINK, '<link href="https://spans.example/old hum/"/>', "link-address"),
        (LINK, '<link href="https:///hum/"/>', "link-address"),
        (LINK, '<link href="https://spans.example/hum/" type="html"/>', "link-type"),
        (LINK, '<link href="https://spans.example/hum/" hreflang="en_GB"/>', "link-hreflang"),
        (LINK, '<link href="https://spans.example/hum/" length="big"/>', "link-length"),
        (LINK, f'{LINK}<link rel="alternate" href="https://spans.example/2/"/>', "alternate-many"),
        (f"{LINK}\n    {CONTENT}", "", "no-content"),
        (CONTENT, '<content type="audio/mpeg" src="https://spans.example/a.mp3"/>', "summary-missing"),
        (CONTENT, '<content type="image/png">iVBORw0KGgo=</content>', "summary-missing"),
        (CONTENT, "<summary>S</summary><content src='https://spans.example/a.mp3'/>", "content-src-type"),
        (
            CONTENT,
            "<summary>S</summary><content type='audio/mpeg' src='https://spans.example/a.mp3'>A</content>",
            "content-src",
        ),
        (CONTENT, '<content type="CDATA">The wind.</content>', "content-type"),
        (CONTENT, '<content type="text/html">&lt;p&gt;The wind.&lt;/p&gt;</content>', "content-html"),
        (CONTENT, '<content type="html"><p>The wind.</p></content>', "text-markup"),
        (CONTENT, '<content type="html">&amp;lt;p&amp;gt;Wind.&amp;lt;/p&amp;gt;</content>', "escaped-twice"),
        (CONTENT, '<content type="html">&lt;a href="map"&gt;Map&lt;/a&gt;</content>', "relative-in-content"),
        (CONTENT, '<content type="html">&lt;script&gt;a()&lt;/script&gt;</content>', "script"),
        (CONTENT, '<content type="html">&lt;p onclick="a()"&gt;Wind&lt;/p&gt;</content>', "script"),
        (CONTENT, '<content type="html">&lt;a href="JavaScript:a()"&gt;Wind&lt;/a&gt;</content>', "script"),
        (
            CONTENT,
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="a.png"/></div></content>',
            "relative-in-content",
        ),
        (CONTENT, f"{CONTENT}<source><title>The Meridian</title></source>", "source-incomplete"),
        (CONTENT, f"{CONTENT}<pubDate>2026</pubDate>", "element-unknown"),
        (CONTENT, f"{CONTENT}<published>1970-01-01T00:00:00Z</published>", "date-ancient"),
        (CONTENT, f"{CONTENT}<published>2026-11-30T00:00:00Z</published>", "date-future"),
    ],
)
def test_one_thing_that_is_wrong(before: str, after: str, rule: str) -> None:
    assert rule in names(examine(changed(ATOM, (before, after))))


@pytest.mark.parametrize(
    "after",
    [
        "<title>The &lt;video&gt; element, explained</title>",
        "<title>5 &lt; 6 &amp; 7 &gt; 6</title>",
        "<title>R&amp;D; and more</title>",
        '<title type="html">The &amp;lt;video&amp;gt; element</title>',
        '<title type="html">Stone &amp;amp; &lt;em&gt;rope&lt;/em&gt;</title>',
        '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Old <b>bridges</b></div></title>',
    ],
)
def test_titles_about_tags_are_no_mistake(after: str) -> None:
    assert not names(examine(changed(ATOM, (TITLE, after))))


@pytest.mark.parametrize(
    "html",
    [
        "&lt;a href='#note'&gt;1&lt;/a&gt;",
        "&lt;a href='mailto:ada@spans.example'&gt;Write&lt;/a&gt;",
        "&lt;img src='data:image/png;base64,AAAA'&gt;",
        "&lt;pre&gt;&amp;lt;a href='map'&amp;gt;&lt;/pre&gt;",
        "&lt;base href='https://spans.example/'&gt;&lt;a href='map'&gt;Map&lt;/a&gt;",
    ],
)
def test_content_that_leads_somewhere(html: str) -> None:
    assert not names(examine(changed(ATOM, (CONTENT, f'<content type="html">{html}</content>'))))


def test_relative_links_with_a_base_are_no_mistake() -> None:
    based = changed(
        ATOM, ("<entry>", '<entry xml:base="https://spans.example/hum/">'), (LINK, '<link href="./"/>')
    )
    relative = changed(based, (CONTENT, '<content type="html">&lt;a href="map"&gt;Map&lt;/a&gt;</content>'))

    assert not names(examine(relative))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("2026-11-03", "2026-11-03T00:00:00Z"),
        ("2026-11-03 10:00:00", "2026-11-03T10:00:00Z"),
        ("2026-11-03T10:00:00", "2026-11-03T10:00:00Z"),
        ("2026-11-03T10:00:00+0100", "2026-11-03T10:00:00+01:00"),
        ("Tue, 03 Nov 2026 10:00:00 +0100", "2026-11-03T10:00:00+01:00"),
        ("3 November 2026", "2026-11-03T00:00:00Z"),
    ],
)
def test_the_mend_of_a_date_is_the_same_date_in_its_right_form(written: str, right: str) -> None:
    document = with_entries(entry((UPDATED, f"<updated>{written}</updated>")))

    found = [finding for finding in examine(document).findings if finding.rule.name == "date"]

    assert [(one.place.path, one.place.line, one.mend) for one in found] == [
        ("feed/entry/updated", 11, f"write {right}")
    ]


def test_a_finding_says_where_what_why_and_how() -> None:
    finding = only(examine(changed(ATOM, (ID, "<id>/hum/</id>"))))

    assert str(finding) == (
        "feed/entry/id, line 9: “/hum/” is relative; an id is an absolute IRI, and never changes"
        " (RFC 4287, section 4.2.6); write a tag: or urn:uuid: that you keep for good"
    )


@pytest.mark.parametrize(
    ("namespace", "found"),
    [
        ("https://www.w3.org/2005/Atom", "its namespace is “https://www.w3.org/2005/Atom”"),
        ("http://www.w3.org/2005/Atom/", "its namespace is “http://www.w3.org/2005/Atom/”"),
        ("", "it has no namespace"),
    ],
)
def test_another_namespace_is_all_that_is_wrong(namespace: str, found: str) -> None:
    finding = only(examine(changed(ATOM, ("http://www.w3.org/2005/Atom", namespace))))

    assert (finding.rule.name, finding.found) == ("namespace", found)
    assert finding.mend == 'write xmlns="http://www.w3.org/2005/Atom"'


def test_an_old_draft_is_named() -> None:
    report = examine('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title></feed>')

    assert (report.format, only(report).rule.name) == ("Atom 0.3", "format-old")


def test_an_entry_alone_is_no_feed() -> None:
    report = examine('<entry xmlns="http://www.w3.org/2005/Atom"><title>T</title></entry>')

    assert only(report).rule.name == "entry-alone"


def test_entries_that_share_an_id() -> None:
    finding = only(examine(with_entries(entry(), entry(("bridges hum", "ropes hum")))))

    assert (finding.rule.severity.value, finding.rule.name) == ("error", "id-duplicate")
    assert finding.place.path == "feed/entry[2]/id"
    assert finding.found == "“tag:spans.example,2026:hum” is that of feed/entry[1] as well"


def test_two_versions_of_an_entry_are_less_bad() -> None:
    older = entry((UPDATED, "<updated>2026-11-01T10:00:00Z</updated>"))

    finding = only(examine(with_entries(entry(), older)))

    assert (finding.rule.severity.value, finding.rule.name) == ("warning", "id-versions")


def test_an_author_may_stand_on_each_entry_or_its_source() -> None:
    person = "<author><name>Jon Quay</name></author>"
    source = f"<source><id>tag:a.example,2026:f</id><title>T</title>{UPDATED}{person}</source>"
    second = (ID, "<id>tag:spans.example,2026:two</id>")
    without = ("<author><name>Ada Fjordman</name></author>", "")

    good = with_entries(entry((ID, f"{ID}{person}")), entry(second, ("</title>", f"</title>{source}")))
    bad = with_entries(entry((ID, f"{ID}{person}")), entry(second))

    assert not names(examine(changed(good, without)))
    assert only(examine(changed(bad, without))).found == "it has none, and neither has entry[2]"


def test_a_feed_that_is_older_than_its_newest_entry() -> None:
    finding = only(examine(changed(ATOM, (UPDATED, "<updated>2026-11-01T10:00:00Z</updated>"))))

    assert (finding.rule.name, finding.place.path) == ("feed-older", "feed/updated")


def dated(number: int, date: str) -> str:
    return entry((ID, f"<id>tag:spans.example,2026:{number}</id>"), (UPDATED, f"<updated>{date}</updated>"))


def test_entries_that_stand_oldest_first() -> None:
    dates = ["2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z"]
    oldest_first = with_entries(*(dated(number, date) for number, date in enumerate(dates)))
    newest_first = with_entries(*(dated(number, date) for number, date in enumerate(reversed(dates))))

    finding = only(examine(oldest_first))

    assert (finding.rule.severity.value, finding.rule.name) == ("advice", "order")
    assert finding.place.path == "feed/entry[2]/updated"
    assert not names(examine(newest_first))


def test_a_feed_in_order_of_publication_is_in_order() -> None:
    first = dated(1, "2026-11-02T10:00:00Z").replace(
        "</entry>", "<published>2026-11-02T09:00:00Z</published></entry>"
    )
    revised = dated(2, "2026-11-03T10:00:00Z").replace(
        "</entry>", "<published>2026-11-01T09:00:00Z</published></entry>"
    )

    assert not names(examine(with_entries(first, revised)))


def test_entries_that_all_have_one_date() -> None:
    finding = only(examine(with_entries(*(dated(number, "2026-11-03T10:00:00Z") for number in range(3)))))

    assert (finding.rule.name, finding.found) == ("dates-all-same", "all 3 entries are of one moment")


def test_a_feed_that_is_complete_has_no_archives() -> None:
    fh = 'xmlns:fh="http://purl.org/syndication/history/1.0"'
    document = changed(
        ATOM,
        ("<title>Spans", f"<fh:complete {fh}/><title>Spans"),
        (SELF, f'{SELF}<link rel="prev-archive" href="https://spans.example/archive/1.xml"/>'),
    )

    assert told(examine(document)) == [
        ("error", "complete-with-more", "feed/link[2]", "leave out fh:complete, or the link")
    ]


@pytest.mark.parametrize(
    ("address", "links", "rules"),
    [
        ("https://spans.example/archive/1.xml", "current", []),
        ("https://spans.example/archive/1.xml", "", ["archive-current"]),
        ("https://spans.example/archive/2.xml", "current", ["archive-prev"]),
        ("https://spans.example/archive/2.xml", "current prev-archive", []),
        ("https://spans.example/2026/spring", "current", ["archive-alone"]),
        ("https://spans.example/2026/spring", "current next-archive", []),
    ],
)
def test_archives(address: str, links: str, rules: list[str]) -> None:
    made = "".join(f'<link rel="{rel}" href="https://spans.example/{rel}"/>' for rel in links.split())
    document = changed(
        ATOM,
        ("<title>Spans", '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/><title>Spans'),
        (SELF, f'<link rel="self" href="{address}"/>{made}'),
    )

    assert names(examine(document)) == rules


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ('when="2026-11-04T10:00:00Z"', "tombstone-ref"),
        ('ref="tag:spans.example,2026:gone"', "tombstone-when"),
        ('ref="tag:spans.example,2026:gone" when="2026-11-04"', "tombstone-when"),
        ('ref="tag:spans.example,2026:gone" when="2027-11-04T10:00:00Z"', "date-future"),
        ('ref="tag:spans.example,2026:hum" when="2026-11-04T10:00:00Z"', "tombstone-alive"),
    ],
)
def test_tombstones(attributes: str, rule: str) -> None:
    stone = f'<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" {attributes}/>'

    assert only(examine(changed(ATOM, (SELF, SELF + stone)))).rule.name == rule


def test_an_entry_that_came_back_lives_beside_its_tombstone() -> None:
    stone = (
        '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0"'
        ' ref="tag:spans.example,2026:hum" when="2026-11-01T10:00:00Z"/>'
    )

    assert not names(examine(changed(ATOM, (SELF, SELF + stone))))
