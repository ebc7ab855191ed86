"""What readers and caches are told of a document."""

import pytest

from feeder.web.kinds import Kinds

HUBS = ("https://hub.example/", "https://other.example/?a=b")
QUARTER, HOUR, DAY = "public, max-age=900", "public, max-age=3600", "public, max-age=86400"


@pytest.fixture
def kinds() -> Kinds:
    return Kinds("https://example.org/works/", HUBS)


@pytest.mark.parametrize(
    ("path", "media_type", "keeps", "is_text"),
    [
        ("/atom.xml", "application/atom+xml; charset=utf-8", QUARTER, True),
        ("/tag/港口/rss.xml", "application/rss+xml; charset=utf-8", QUARTER, True),
        ("/feed.json", "application/feed+json", QUARTER, True),
        ("/tag/x/archive/12.xml", "application/atom+xml; charset=utf-8", DAY, True),
        ("/archive/1.xml", "application/atom+xml; charset=utf-8", DAY, True),
        ("/feeds.opml", "text/x-opml; charset=utf-8", QUARTER, True),
        ("/index.html", "text/html; charset=utf-8", QUARTER, True),
        ("/tag/archive/index.html", "text/html; charset=utf-8", QUARTER, True),
        ("/assets/feeder.css", "text/css; charset=utf-8", HOUR, True),
        ("/assets/mark.svg", "image/svg+xml", HOUR, True),
        ("/media/kran-5f1c.png", "image/png", "public, max-age=31536000, immutable", False),
        ("/media/kran-5f1c.JPG", "image/jpeg", "public, max-age=31536000, immutable", False),
        ("/media/kran-5f1c.webp", "image/webp", "public, max-age=31536000, immutable", False),
        ("/robots.txt", "text/plain; charset=utf-8", QUARTER, True),
        ("/other.xml", "application/xml", QUARTER, True),
        ("/paper.pdf", "application/pdf", QUARTER, False),
        ("/what.is-this", "application/octet-stream", QUARTER, False),
        ("/nameless", "application/octet-stream", QUARTER, False),
        ("/tag/media/atom.xml", "application/atom+xml; charset=utf-8", QUARTER, True),
    ],
)
def test_types_and_times(kinds: Kinds, path: str, media_type: str, keeps: str, is_text: bool) -> None:
    kind = kinds.of(path)

    assert (kind.media_type, kind.cache_control, kind.is_text) == (media_type, keeps, is_text)


@pytest.mark.parametrize("name", ["atom.xml", "rss.xml", "feed.json"])
def test_a_feed_says_where_it_is_and_who_tells_of_its_changes(kinds: Kinds, name: str) -> None:
    assert kinds.of(f"/tag/港口/{name}").link == (
        f'<https://example.org/works/tag/%E6%B8%AF%E5%8F%A3/{name}>; rel="self", '
        '<https://hub.example/>; rel="hub", <https://other.example/?a=b>; rel="hub"'
    )


def test_an_archive_says_only_where_it_is(kinds: Kinds) -> None:
    assert kinds.of("/archive/1.xml").link == '<https://example.org/works/archive/1.xml>; rel="self"'


@pytest.mark.parametrize("path", ["/index.html", "/feeds.opml", "/assets/feeder.css", "/media/x.png"])
def test_what_is_no_feed_has_no_links(kinds: Kinds, path: str) -> None:
    assert kinds.of(path).link is None
