"""Pages where a feed was hoped for."""

import pytest

from tests.feeds.doctor.surgery import examine, only, served

HEAD = """<!DOCTYPE html>
<html lang=en><head><meta charset=utf-8><title>Spans</title>
<link rel="stylesheet" href="/a.css">
<link rel="alternate" hreflang="de" href="/de/">
<link rel="alternate" type="application/atom+xml" title="All" href="/atom.xml">
<LINK REL="home ALTERNATE" TYPE="Application/RSS+xml" HREF="https://spans.example/rss.xml">
</head><body><p>Bridges & <b>ropes"""


def test_the_feeds_that_a_page_advertises_are_named() -> None:
    report = examine(HEAD, served("https://spans.example/posts/"))

    finding = only(report)
    assert (report.format, finding.rule.name, finding.mend) == (
        "a page of HTML",
        "page",
        "check one of these",
    )
    assert finding.found == (
        "it is a page, and advertises https://spans.example/atom.xml (Atom) and https://spans.example/rss.xml (RSS)"
    )


def test_of_a_file_they_are_named_as_they_stand() -> None:
    assert "/atom.xml (Atom)" in only(examine(HEAD)).found


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>Nothing here.",
        "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'><html/>",
        "<!-- a cache --> <!doctype HTML>",
        "<head><link rel=alternate type=application/atom+xml></head>",
    ],
)
def test_a_page_without_feeds(page: str) -> None:
    finding = only(examine(page))

    assert finding.found == "it is a page, and advertises none"
    assert 'rel="alternate"' in finding.mend
