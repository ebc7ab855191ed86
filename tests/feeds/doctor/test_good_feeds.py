"""Feeds in good health: no false alarms."""

from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from uuid import UUID

import pytest
from feedgen.feed import FeedGenerator
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds import doctor
from feeder.feeds.doctor import Severity, Subject
from feeder.markup import text
from tests.feeds.doctor.surgery import ATOM, NOW, RSS, SAMPLES, changed, examine, json_feed, served

FORMATS = {
    "archive.atom": ("Atom 1.0", 1),
    "archived.atom": ("Atom 1.0", 2),
    "complete.atom": ("Atom 1.0", 0),
    "eleventy.json": ("JSON Feed 1.1", 2),
    "ghost.rss": ("RSS 2.0", 2),
    "hugo.rss": ("RSS 2.0", 2),
    "jekyll.atom": ("Atom 1.0", 2),
    "podcast.rss": ("RSS 2.0", 1),
    "wordpress.atom": ("Atom 1.0", 2),
    "wordpress.rss": ("RSS 2.0", 2),
    "zola.atom": ("Atom 1.0", 1),
}


@pytest.mark.parametrize("name", FORMATS)
def test_good_feeds_have_nothing_wrong(name: str) -> None:
    report = examine((SAMPLES / name).read_bytes())

    assert [str(finding) for finding in report.findings] == []
    assert (report.format, len(report.ids)) == FORMATS[name]


def test_every_sample_is_examined() -> None:
    assert {file.name for file in SAMPLES.iterdir()} == set(FORMATS)


@pytest.mark.parametrize(
    ("document", "url", "content_type"),
    [
        (ATOM, "https://spans.example/atom.xml", "application/atom+xml; charset=utf-8"),
        (ATOM, "https://spans.example/atom.xml", "application/xml"),
        (ATOM, "https://spans.example/atom.xml", "text/xml; charset=UTF-8"),
        (RSS, "https://spans.example/rss.xml", "application/rss+xml"),
        (RSS, "https://spans.example/rss.xml", "text/xml"),
        (json_feed(), "https://spans.example/feed.json", "application/feed+json"),
        (json_feed(), "https://spans.example/feed.json", "application/json"),
    ],
)
def test_good_feeds_that_are_served_well(document: str, url: str, content_type: str) -> None:
    report = examine(document, served(url, content_type=content_type))

    assert [str(finding) for finding in report.findings] == []


moments = st.datetimes(datetime(1995, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the zone is beside it
    lambda moment: moment.replace(microsecond=0)
)
words = st.text(st.characters(codec="utf-8"), min_size=1).map(text.line).filter(bool)
written = st.lists(st.tuples(st.uuids(), words, words, moments), max_size=4, unique_by=lambda one: one[0])


@given(written, words)
def test_what_feedgen_writes_has_no_errors(
    entries: list[tuple[UUID, str, str, datetime]], title: str
) -> None:
    feed = FeedGenerator()
    feed.id("tag:spans.example,2026:feed")
    feed.title(title)
    feed.description(title)
    feed.author(name="Ada Fjordman", email="ada@spans.example")
    feed.link(href="https://spans.example/atom.xml", rel="self")
    feed.link(href="https://spans.example/", rel="alternate")
    feed.updated(max((one[3] for one in entries), default=NOW))
    feed.lastBuildDate(NOW)
    for uid, name, content, moment in sorted(entries, key=lambda one: one[3], reverse=True):
        entry = feed.add_entry(order="append")
        entry.id(uid.urn)
        entry.guid(uid.urn, permalink=False)
        entry.title(name)
        entry.link(href=f"https://spans.example/{uid}/")
        entry.content(escape(content), type="html")
        entry.updated(moment)
        entry.published(moment)

    for document in (feed.atom_str(), feed.rss_str()):
        report = examine(document)
        assert report.count(Severity.ERROR) == 0, [str(finding) for finding in report.findings]
        assert report.ids == examine(feed.atom_str()).ids


def test_a_report_tells_ids_and_size() -> None:
    report = examine(ATOM)

    assert report.ids == ("tag:spans.example,2026:hum",)
    assert report.size_bytes == len(ATOM)


def test_a_feed_of_the_site_itself_gives_its_public_address_as_self() -> None:
    right = Subject(ATOM.encode(), NOW, published_as="https://spans.example/atom.xml")
    wrong = Subject(ATOM.encode(), NOW, published_as="https://spans.example/tag/fog/atom.xml")
    without = changed(ATOM, ('<link rel="self" href="https://spans.example/atom.xml"/>', ""))

    assert not doctor.examine(right).findings
    (finding,) = doctor.examine(wrong).findings
    assert (finding.rule.name, finding.place.path) == ("self-own", "feed/link")
    assert "https://spans.example/tag/fog/atom.xml" in finding.mend
    (finding,) = doctor.examine(replace(right, content=without.encode())).findings
    assert (finding.rule.name, finding.rule.severity) == ("self-own", Severity.ERROR)
