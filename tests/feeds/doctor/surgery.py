"""Small feeds that are in good health, and what the doctor finds once something in them is changed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feeder.feeds import doctor
from feeder.feeds.doctor import Finding, Report, Said, Subject

SAMPLES = Path(__file__).parents[2] / "data" / "doctor"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>tag:spans.example,2026:feed</id>
  <title>Spans</title>
  <updated>2026-11-03T10:00:00Z</updated>
  <author><name>Ada Fjordman</name></author>
  <link rel="self" href="https://spans.example/atom.xml"/>
  <entry>
    <id>tag:spans.example,2026:hum</id>
    <title>Why old bridges hum</title>
    <updated>2026-11-03T10:00:00Z</updated>
    <link href="https://spans.example/hum/"/>
    <content type="html">&lt;p&gt;The wind.&lt;/p&gt;</content>
  </entry>
</feed>
"""

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
  <channel>
    <title>Spans</title>
    <link>https://spans.example/</link>
    <description>Of bridges.</description>
    <atom:link rel="self" href="https://spans.example/rss.xml"/>
    <item>
      <title>Why old bridges hum</title>
      <link>https://spans.example/hum/</link>
      <guid>https://spans.example/hum/</guid>
      <pubDate>Tue, 03 Nov 2026 10:00:00 GMT</pubDate>
      <description>The wind.</description>
    </item>
  </channel>
</rss>
"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Spans",
    "home_page_url": "https://spans.example/",
    "feed_url": "https://spans.example/feed.json",
    "items": [
        {
            "id": "tag:spans.example,2026:hum",
            "url": "https://spans.example/hum/",
            "content_html": "<p>The wind.</p>",
            "date_published": "2026-11-03T10:00:00Z",
        }
    ],
}


def examine(content: str | bytes, said: Said | None = None) -> Report:
    raw = content.encode() if isinstance(content, str) else content
    return doctor.examine(Subject(raw, NOW, said))


def served(url: str = "https://spans.example/atom.xml", **headers: str) -> Said:
    """What a server says that does all well, but for `headers`; an empty one is not sent."""
    good = {
        "content-type": "application/atom+xml; charset=utf-8",
        "etag": '"1"',
        "last-modified": "Tue, 03 Nov 2026 10:00:00 GMT",
        "cache-control": "max-age=900",
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**good, **given}.items() if value}
    return Said(url, url, sent)


def changed(document: str, *changes: tuple[str, str]) -> str:
    """Return a document with each of some words changed once; they have to be there."""
    for before, after in changes:
        assert before in document
        document = document.replace(before, after, 1)
    return document


def entry(*changes: tuple[str, str]) -> str:
    """Return the entry of the small Atom feed, changed."""
    start, end = ATOM.index("  <entry>"), ATOM.index("</feed>")
    return changed(ATOM[start:end], *changes)


def with_entries(*entries: str) -> str:
    start, end = ATOM.index("  <entry>"), ATOM.index("</feed>")
    return ATOM[:start] + "".join(entries) + ATOM[end:]


def item(*changes: tuple[str, str]) -> str:
    start, end = RSS.index("    <item>"), RSS.index("  </channel>")
    return changed(RSS[start:end], *changes)


def with_items(*items: str) -> str:
    start, end = RSS.index("    <item>"), RSS.index("  </channel>")
    return RSS[:start] + "".join(items) + RSS[end:]


def json_feed(**changes: Any) -> str:
    """Return the small JSON Feed with other values; None takes a key out."""
    return json.dumps(_changed(JSON, changes))


def json_item(**changes: Any) -> str:
    """The same, changed in its item."""
    return json.dumps(JSON | {"items": [_changed(JSON["items"][0], changes)]})


def names(report: Report) -> list[str]:
    return [finding.rule.name for finding in report.findings]


def told(report: Report) -> list[tuple[str, str, str, str]]:
    """Return severity, rule, path and mend of all findings."""
    return [
        (finding.rule.severity.value, finding.rule.name, finding.place.path, finding.mend)
        for finding in report.findings
    ]


def only(report: Report) -> Finding:
    """Return the one thing that is wrong."""
    assert len(report.findings) == 1, [str(finding) for finding in report.findings]
    return report.findings[0]


def _changed(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in {**value, **changes}.items() if one is not None}
