"""What the doctor finds in what a server says."""

from dataclasses import replace

import pytest

from feeder.feeds.doctor import Again, Said
from tests.feeds.doctor.surgery import ATOM, RSS, changed, examine, json_feed, names, only, served

URL = "https://spans.example/atom.xml"


@pytest.mark.parametrize(
    ("headers", "rule", "place"),
    [
        ({"content_type": "text/html; charset=utf-8"}, "type-page", "Content-Type"),
        ({"content_type": "text/plain"}, "type", "Content-Type"),
        ({"content_type": "application/rss+xml"}, "type", "Content-Type"),
        ({"content_type": ""}, "type", "Content-Type"),
        ({"etag": "", "last_modified": ""}, "validator-missing", "ETag"),
        ({"etag": "1"}, "etag", "ETag"),
        ({"last_modified": "Thu, 01 Jan 1970 00:00:00 GMT"}, "last-modified", "Last-Modified"),
        ({"last_modified": "Tue, 01 Dec 2026 00:00:00 GMT"}, "last-modified", "Last-Modified"),
        ({"last_modified": "yesterday"}, "last-modified", "Last-Modified"),
        ({"cache_control": "private, no-store"}, "no-store", "Cache-Control"),
        ({"cache_control": "public, max-age=604800"}, "max-age", "Cache-Control"),
        ({"content_encoding": "gzip"}, "vary", "Vary"),
    ],
)
def test_one_header_that_is_wrong(headers: dict[str, str], rule: str, place: str) -> None:
    finding = only(examine(ATOM, served(**headers)))

    assert (finding.rule.name, finding.place.path) == (rule, f"header {place}")


@pytest.mark.parametrize(
    "headers",
    [
        {"etag": ""},
        {"last_modified": ""},
        {"etag": 'W/"1"'},
        {"cache_control": ""},
        {"cache_control": "no-cache, max-age=0"},
        {"content_encoding": "gzip", "vary": "Origin, Accept-Encoding"},
    ],
)
def test_headers_that_are_fine(headers: dict[str, str]) -> None:
    assert not names(examine(ATOM, served(**headers)))


def test_each_format_has_types_of_its_own() -> None:
    json_as_atom = examine(json_feed(), served("https://spans.example/feed.json"))
    rss_as_atom = examine(RSS, served("https://spans.example/rss.xml"))

    assert only(json_as_atom).mend == "serve it as application/feed+json"
    assert only(rss_as_atom).mend == "serve it as application/rss+xml; charset=utf-8"


@pytest.mark.parametrize(
    ("again", "rules"),
    [
        (Again(304, 304), []),
        (Again(304, None), []),
        (Again(None, None), []),
        (Again(200, 304), ["not-modified"]),
        (Again(200, 200), ["not-modified", "not-modified"]),
        (Again(304, 412), ["not-modified"]),
        (Again(200, 200, same=False), ["restless"]),
    ],
)
def test_what_a_server_answers_when_nothing_changed(again: Again, rules: list[str]) -> None:
    assert names(examine(ATOM, replace(served(), again=again))) == rules


def test_which_condition_failed_is_told() -> None:
    finding = only(examine(ATOM, replace(served(), again=Again(200, 304))))

    assert str(finding).startswith("header If-None-Match: asked with what it said itself, it sent all of it;")


@pytest.mark.parametrize(
    ("url", "own", "rules"),
    [
        (URL, URL, []),
        (URL, "https://SPANS.example:443/atom.xml", []),
        (URL, "https://spans.example/feed/", ["self-other"]),
        (URL, "http://spans.example/atom.xml", ["self-scheme"]),
        ("http://127.0.0.1:8000/atom.xml", "http://127.0.0.1:8000/atom.xml", []),
        ("http://spans.example/atom.xml", "http://spans.example/atom.xml", ["http"]),
    ],
)
def test_self_is_the_address_that_was_asked(url: str, own: str, rules: list[str]) -> None:
    assert names(examine(changed(ATOM, (URL, own)), served(url))) == rules


def test_self_may_be_where_the_address_leads() -> None:
    said = replace(served(), asked="https://spans.example/feed")

    assert names(examine(ATOM, said)) == ["moved"]


def test_self_and_hub_may_stand_in_the_header() -> None:
    own = '<link rel="self" href="https://spans.example/atom.xml"/>'
    header = {"self": URL, "hub": "https://hub.example/"}

    assert not names(examine(changed(ATOM, (own, "")), replace(served(), links=header)))
    assert names(
        examine(changed(ATOM, (own, "")), replace(served(), links={"hub": "https://hub.example/"}))
    ) == ["hub-alone"]
    assert names(examine(ATOM, replace(served(), links={"self": "https://spans.example/feed/"}))) == [
        "self-many"
    ]


def test_links_to_the_own_site_go_by_https() -> None:
    finding = only(
        examine(changed(ATOM, ("https://spans.example/hum/", "http://spans.example/hum/")), served())
    )

    assert (finding.rule.name, finding.place.path) == ("http-links", "feed/entry/link")


@pytest.mark.parametrize(
    ("size", "rules"),
    [(400_000, []), (600_000, ["size-large"]), (6_000_000, ["size-huge"])],
)
def test_sizes_of_files(size: int, rules: list[str]) -> None:
    document = changed(ATOM, ("The wind.", "The wind. " * (size // 10)))

    assert names(examine(document)) == rules


def test_a_large_feed_is_sent_packed() -> None:
    document = changed(ATOM, ("The wind.", "The wind. " * 20_000))
    packed = served(content_encoding="gzip", vary="Accept-Encoding")

    assert only(examine(document, served())).rule.name == "gzip"
    assert not names(examine(document, packed))


def test_of_a_page_nothing_is_said_but_that_it_is_one() -> None:
    said = Said("https://spans.example/", "https://spans.example/", {"content-type": "text/html"})

    assert names(examine("<!doctype html><title>Spans</title>", said)) == ["page"]
