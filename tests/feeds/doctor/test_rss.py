"""What the doctor finds in feeds of RSS."""

import pytest

from tests.feeds.doctor.surgery import RSS, changed, examine, item, names, only, told, with_items

GUID = "<guid>https://spans.example/hum/</guid>"
LINK = "<link>https://spans.example/hum/</link>"
DATE = "<pubDate>Tue, 03 Nov 2026 10:00:00 GMT</pubDate>"
TITLE = "<title>Why old bridges hum</title>"
TEXT = "<description>The wind.</description>"
SELF = '<atom:link rel="self" href="https://spans.example/rss.xml"/>'


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (' version="2.0"', "", "version-missing"),
        ('"2.0"', '"0.91"', "format-old"),
        ("<rss ", '<rss xmlns="http://backend.userland.com/rss2" ', "namespace"),
        ("<title>Spans</title>", "", "channel-element-missing"),
        ("<title>Spans</title>", "<title/>", "channel-element-empty"),
        ("<link>https://spans.example/</link>", "", "channel-element-missing"),
        ("<link>https://spans.example/</link>", "<link>spans.example</link>", "link-address"),
        (
            "<link>https://spans.example/</link>",
            '<link rel="self" href="https://a.example/"/>',
            "link-attributes",
        ),
        ("<description>Of bridges.</description>", "", "channel-element-missing"),
        ("<description>Of bridges.</description>", "<description/>", "channel-element-empty"),
        ("<description>Of bridges.</description>", "<description>O</description><ttl>hour</ttl>", "ttl"),
        ("<description>Of", "<image><url>https://a.example/a.png</url></image><description>Of", "image"),
        ("<description>Of", "<webMaster>Ada</webMaster><description>Of", "person-email"),
        ("<title>Spans</title>", "<title>Spans</title><title>Again</title>", "element-many"),
        (SELF, "", "self-missing"),
        (SELF, "<atom:link/>", "link-href"),
        (SELF, '<atom:link rel="hub" href="https://hub.example/"/>', "hub-alone"),
        (
            'xmlns:atom="http://www.w3.org/2005/Atom"',
            'xmlns:atom="https://www.w3.org/2005/Atom"',
            "namespace-near",
        ),
        (SELF, f"{SELF}<item/>", "item-empty"),
        (GUID, "", "guid-missing"),
        (GUID, "<guid/>", "guid-empty"),
        (GUID, "<guid>hum</guid>", "guid-permalink"),
        (GUID, '<guid isPermaLink="true">tag:spans.example,2026:hum</guid>', "guid-permalink"),
        (GUID, '<guid isPermaLink="no">hum</guid>', "guid-flag"),
        (GUID, GUID.replace("guid>", "GUID>"), "element-case"),
        (LINK, "<link>/hum/</link>", "link-address"),
        (LINK, "<link/>", "link-address"),
        (DATE, DATE.replace("pubDate>", "pubdate>"), "element-case"),
        (DATE, DATE.replace("pubDate>", "published>"), "element-unknown"),
        (DATE, "", "dates-missing"),
        (DATE, DATE.replace("Tue", "Mon"), "date-odd"),
        (DATE, DATE.replace("2026", "26"), "date-odd"),
        (DATE, DATE.replace("GMT", "UTC"), "date-odd"),
        (DATE, DATE.replace(" GMT", ""), "date"),
        (DATE, DATE.replace("Nov", "November"), "date"),
        (DATE, "<pubDate>2026-11-03T10:00:00Z</pubDate>", "date"),
        (DATE, "<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>", "date-ancient"),
        (DATE, "<pubDate>Tue, 01 Dec 2026 00:00:00 +0000</pubDate>", "date-future"),
        (TITLE, "<title>&lt;b&gt;Old&lt;/b&gt; bridges</title>", "html-in-text"),
        (TITLE, "<title>Stone &amp;amp; rope</title>", "escaped-twice"),
        (TITLE, "<title>don&amp;#8217;t</title>", "escaped-twice"),
        (
            f"{TITLE}\n      {LINK}\n      {GUID}\n      {DATE}\n      {TEXT}",
            f"{LINK}{GUID}{DATE}",
            "item-empty",
        ),
        (TEXT, "<content:encoded>The wind.</content:encoded>", "description-missing"),
        (TEXT, f"{TEXT}<content:Encoded>The wind.</content:Encoded>", "element-case"),
        (TEXT, f"{TEXT}<encoded>The wind.</encoded>", "element-unknown"),
        (TEXT, f"{TEXT}<author>Ada Fjordman</author>", "person-email"),
        (TEXT, f"{TEXT}<source>The Meridian</source>", "source-url"),
        (TEXT, "<description><![CDATA[<a href='/map/'>Map</a>]]></description>", "relative-in-content"),
        (TEXT, "<description><![CDATA[<script>a()</script>]]></description>", "script"),
        (TEXT, "<description>&amp;lt;p&amp;gt;Wind.&amp;lt;/p&amp;gt;</description>", "escaped-twice"),
        (TEXT, f'{TEXT}<enclosure url="https://a.example/a.mp3" type="audio/mpeg"/>', "enclosure"),
        (TEXT, f'{TEXT}<enclosure url="a.mp3" length="1" type="audio/mpeg"/>', "enclosure-url"),
        (
            TEXT,
            f'{TEXT}<enclosure url="https://a.example/a.mp3" length="None" type="a/b"/>',
            "enclosure-length",
        ),
        (
            TEXT,
            TEXT + 2 * '<enclosure url="https://a.example/a.mp3" length="0" type="a/b"/>',
            "enclosure-many",
        ),
    ],
)
def test_one_thing_that_is_wrong(before: str, after: str, rule: str) -> None:
    assert rule in names(examine(changed(RSS, (before, after))))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("2026-11-03T10:00:00Z", "Tue, 03 Nov 2026 10:00:00 GMT"),
        ("2026-11-03T10:00:00+01:00", "Tue, 03 Nov 2026 10:00:00 +0100"),
        ("Tue, 03 Nov 26 10:00:00 GMT", "Tue, 03 Nov 2026 10:00:00 GMT"),
        ("Mon, 03 Nov 2026 10:00:00 EST", "Tue, 03 Nov 2026 10:00:00 -0500"),
        ("Tue, 03 November 2026 10:00:00 +0000", "Tue, 03 Nov 2026 10:00:00 GMT"),
        ("2026/11/03", "Tue, 03 Nov 2026 00:00:00 GMT"),
        ("1793700000", "Tue, 03 Nov 2026 10:00:00 GMT"),
    ],
)
def test_the_mend_of_a_date_is_the_same_date_in_its_right_form(written: str, right: str) -> None:
    finding = only(examine(changed(RSS, (DATE, f"<pubDate>{written}</pubDate>"))))

    assert (finding.place.path, finding.mend) == ("rss/channel/item/pubDate", f"write {right}")


@pytest.mark.parametrize("written", ["yesterday", "Wed, 30 Nov -0001 00:00:00 +0000", "03/11/2026", "2026"])
def test_a_date_that_nobody_can_tell_gets_an_example(written: str) -> None:
    report = examine(changed(RSS, (DATE, f"<pubDate>{written}</pubDate>")))

    assert (
        "error",
        "date",
        "rss/channel/item/pubDate",
        "write it as in Tue, 03 Nov 2026 10:00:00 GMT",
    ) in told(report)


def test_items_that_share_a_guid() -> None:
    finding = only(examine(with_items(item(), item((TITLE, "<title>Ropes</title>")))))

    assert (finding.rule.name, finding.place.path) == ("guid-duplicate", "rss/channel/item[2]/guid")
    assert finding.found == "“https://spans.example/hum/” is that of rss/channel/item[1] as well"


def test_a_wrong_case_is_named_with_the_right_one() -> None:
    report = examine(changed(RSS, ("<pubDate>", "<pubdate>"), ("</pubDate>", "</pubdate>")))

    assert ("error", "element-case", "rss/channel/item/pubdate", "write <pubDate>") in told(report)


def test_old_versions_need_no_guids() -> None:
    old = changed(RSS, ('"2.0"', '"0.92"'), (GUID, ""))

    assert names(examine(old)) == ["format-old"]


def test_a_channel_that_was_built_before_its_newest_item_gets_advice() -> None:
    built = "<lastBuildDate>Mon, 02 Nov 2026 10:00:00 GMT</lastBuildDate>"

    finding = only(examine(changed(RSS, (SELF, SELF + built))))

    assert (finding.rule.severity.value, finding.rule.name) == ("advice", "feed-older")


def test_rss_without_a_channel() -> None:
    assert only(examine('<rss version="2.0"/>')).rule.name == "channel"


def test_items_beside_the_channel_are_lost() -> None:
    assert "item-astray" in names(
        examine(changed(RSS, ("</channel>", "</channel><item><title>T</title></item>")))
    )


def test_rss_1_is_old() -> None:
    document = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel rdf:about="https://quai.example/"><title>Quai</title><link>https://quai.example/</link></channel>
    <item rdf:about="https://quai.example/1"><title>Un</title><link>https://quai.example/1</link></item>
    <item><title>Deux</title></item></rdf:RDF>"""

    report = examine(document)

    assert (report.format, report.ids) == ("RSS 1.0", ("https://quai.example/1", ""))
    assert [one[:3] for one in told(report)] == [
        ("error", "channel-element-missing", "rdf:RDF/channel"),
        ("error", "item-element-missing", "rdf:RDF/item[2]"),
        ("error", "item-about", "rdf:RDF/item[2]"),
        ("warning", "format-old", "rdf:RDF"),
    ]
