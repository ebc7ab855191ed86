"""What the doctor finds in JSON Feeds."""

import json
from typing import Any

import pytest

from feeder.feeds.doctor import jsonshapes
from tests.feeds.doctor.surgery import JSON, examine, json_feed, json_item, names, only, told


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"version": None}, ["version"]),
        ({"version": "2.0"}, ["version"]),
        ({"version": 1.1}, ["value-type", "version"]),
        ({"version": "http://www.jsonfeed.org/version/1.1/"}, ["version-odd"]),
        ({"title": None}, ["title-missing"]),
        ({"items": None}, ["items-missing"]),
        ({"items": {}}, ["value-type", "items-missing"]),
        ({"items": ["one"]}, ["item-type"]),
        ({"feed_url": None}, ["self-missing"]),
        ({"feed_url": "/feed.json"}, ["self-relative"]),
        ({"home_page_url": "spans.example"}, ["address"]),
        ({"homePageURL": "https://spans.example/"}, ["key-unknown"]),
        ({"author": {"name": "Ada"}}, ["author-old"]),
        ({"authors": [{}]}, ["person-name"]),
        ({"expired": "no"}, ["value-type"]),
        ({"next_url": "https://spans.example/feed.json"}, ["next-itself"]),
        ({"hubs": [{"type": "WebSub"}]}, ["hub", "hub-address"]),
        ({"feed_url": None, "hubs": [{"type": "WebSub", "url": "https://hub.example/"}]}, ["hub-alone"]),
    ],
)
def test_what_is_wrong_with_a_feed(changes: dict[str, Any], rules: list[str]) -> None:
    assert sorted(names(examine(json_feed(**changes)))) == sorted(rules)


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"id": None}, ["id-missing"]),
        ({"id": ""}, ["id-missing"]),
        ({"id": 7}, ["id-type"]),
        ({"id": ["7"]}, ["id-type"]),
        ({"content_html": None}, ["no-content"]),
        ({"content_html": ["<p>The wind.</p>"]}, ["value-type", "no-content"]),
        ({"content_html": '<a href="/map/">Map</a>'}, ["relative-in-content"]),
        ({"content_html": "<script>a()</script>"}, ["script"]),
        ({"content_html": "&lt;p&gt;The wind.&lt;/p&gt;"}, ["escaped-twice"]),
        ({"title": ""}, ["title-empty"]),
        ({"title": "Stone &amp; rope"}, ["escaped-twice"]),
        ({"title": "<em>Stone</em>"}, ["html-in-text"]),
        ({"url": "/hum/"}, ["address"]),
        ({"tags": ["fog", 7]}, ["tag-type"]),
        ({"tags": "fog"}, ["value-type"]),
        ({"datePublished": "2026-11-03"}, ["key-unknown"]),
        ({"date_published": "2026-12-03T10:00:00Z"}, ["date-future"]),
        ({"date_modified": "Tue, 03 Nov 2026 10:00:00 GMT"}, ["date"]),
        ({"author": {"url": "/ada"}}, ["address"]),
        ({"attachments": [{"url": "https://spans.example/a.mp3"}]}, ["attachment"]),
        (
            {
                "attachments": [
                    {"url": "https://spans.example/a.mp3", "mime_type": "a/b", "size_in_bytes": True}
                ]
            },
            ["value-type"],
        ),
    ],
)
def test_what_is_wrong_with_an_item(changes: dict[str, Any], rules: list[str]) -> None:
    assert sorted(names(examine(json_item(**changes)))) == sorted(rules)


def test_the_mends_of_keys_and_dates() -> None:
    report = examine(
        json_item(datePublished="2026-11-03", date_modified="2026-11-03", link="https://a.example/")
    )

    assert sorted((path, mend) for _, _, path, mend in told(report)) == [
        ("items[0].datePublished", "write date_published"),
        ("items[0].date_modified", "write 2026-11-03T00:00:00Z"),
        ("items[0].link", "write url"),
    ]


def test_tags_that_no_reader_knows_are_no_mistake() -> None:
    assert not names(examine(json_item(content_html="<a? href='https://a.example/'><q:r></a?><1><p/=>")))


def test_items_that_share_an_id() -> None:
    finding = only(examine(json_feed(items=JSON["items"] * 2)))

    assert (finding.rule.name, finding.place.path) == ("id-duplicate", "items[1].id")


def test_ids_that_are_numbers_are_ids_all_the_same() -> None:
    assert examine(json_item(id=7)).ids == ("7",)


@pytest.mark.parametrize(
    ("document", "line", "column"),
    [
        ('{"version": "https://jsonfeed.org/version/1.1",\n "title": "T",}', 2, 15),
        ('{"version": "https://jsonfeed.org/version/1.1"\n "title": "T"}', 2, 2),
        ('{"title": "half', 1, 11),
    ],
)
def test_broken_json_is_placed(document: str, line: int, column: int) -> None:
    finding = only(examine(document))

    assert (finding.rule.name, finding.place.line, finding.place.column) == ("ill-formed", line, column)


@pytest.mark.parametrize("document", ['{"title": NaN}', "[" * 100_000, '{"a": ' * 50_000, "{" + "9" * 10_000])
def test_json_that_nobody_can_read(document: str) -> None:
    assert only(examine(document)).rule.name == "ill-formed"


def test_json_beyond_all_limits() -> None:
    document = '{"items": [' + "{}," * jsonshapes.MOST_BRACKETS + "{}]}"

    assert "beyond-limits" in names(examine(document))


def test_a_list_is_no_feed() -> None:
    assert only(examine("[]")).rule.name == "no-object"


def test_a_key_that_is_there_twice() -> None:
    document = json_feed()[:-1] + ', "title": "Another"}'

    finding = only(examine(document))

    assert (finding.rule.name, finding.place.path) == ("key-twice", "“title”")


def test_json_is_utf_8_without_a_mark() -> None:
    text = json.dumps(JSON | {"title": "Brücken"}, ensure_ascii=False)

    assert names(examine(text.encode("utf-8-sig"))) == ["bom"]
    assert names(examine(text.encode("utf-16"))) == ["encoding-wrong"]
    assert names(examine(text.encode("latin-1"))) == ["encoding-wrong"]
