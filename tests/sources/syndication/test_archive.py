"""A whole feed: from a file, or with the older pages that follow it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from feeder import net
from feeder.errors import SourceError
from feeder.sources.syndication import archive

FEED = "https://spans.example/feed"


class Web:
    """A client that finds some pages, and nothing else."""

    def __init__(self, pages: Mapping[str, str] | Callable[[str], str | None]) -> None:
        self._page = pages if callable(pages) else pages.get
        self.asked: list[tuple[str, bool]] = []

    def get(self, url: str, *, allow_private: bool = False, **_: Any) -> net.Answer:
        self.asked.append((url, allow_private))
        page = self._page(url)
        if page is None:
            raise net.RequestFailed(url, "there is nothing at this address (404)", "check it", status=404)
        return net.Answer(200, {}, page.encode(), url)


def read(web: Web, place: str = FEED) -> archive.Whole:
    return archive.read(place, web)  # type: ignore[arg-type]  # it has what is asked of it


def atom(*ids: str, **links: str) -> str:
    told = "".join(f'<link rel="{rel.replace("_", "-")}" href="{href}"/>' for rel, href in links.items())
    entries = "".join(f"<entry><id>urn:x:{each}</id><title>{each}</title></entry>" for each in ids)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Spans</title>{told}{entries}</feed>'


def rss(*ids: str, generator: str = "https://wordpress.org/?v=6.9") -> str:
    items = "".join(f"<item><guid>urn:x:{each}</guid><title>{each}</title></item>" for each in ids)
    return f'<rss version="2.0"><channel><title>Spans</title><generator>{generator}</generator>{items}</channel></rss>'


def ids(whole: archive.Whole) -> list[str]:
    return [entry.title.words for entry in whole.channel.entries]


def test_archives_are_followed_to_the_oldest() -> None:
    web = Web({
        FEED: atom("5", "4", prev_archive="/archive/2", next="/no"),
        "https://spans.example/archive/2": atom("3", "2", prev_archive="1", next_archive="/feed"),
        "https://spans.example/archive/1": atom("1"),
    })  # fmt: skip
    whole = read(web)

    assert (whole.name, whole.thing, whole.refused) == ("feed:spans.example/feed", "spans.example", ())
    assert ids(whole) == ["5", "4", "3", "2", "1"]


def test_pages_are_followed_also_elsewhere_but_not_into_our_network() -> None:
    web = Web({FEED: atom("2", next="https://cdn.example/2"), "https://cdn.example/2": atom("1")})

    assert ids(read(web)) == ["2", "1"]
    assert web.asked == [(FEED, True), ("https://cdn.example/2", False)]


@pytest.mark.parametrize("back", ["/feed", "/2"])
def test_pages_that_lead_in_a_circle_are_read_once(back: str) -> None:
    web = Web({FEED: atom("2", next="/2"), "https://spans.example/2": atom("1", next=back)})

    assert ids(read(web)) == ["2", "1"]


def test_a_page_with_nothing_new_is_the_last() -> None:
    web = Web(lambda url: atom("1", next=f"{url}+"))

    assert ids(read(web)) == ["1"]
    assert len(web.asked) == 2


def test_a_missing_page_is_an_error_and_not_the_end() -> None:
    with pytest.raises(SourceError, match="nothing at this address"):
        read(Web({FEED: atom("2", next="/2")}))


def test_pages_of_wordpress_are_found_until_there_are_none() -> None:
    web = Web(
        {
            f"{FEED}?cat=7": rss("5", "4"),
            f"{FEED}?cat=7&paged=2": rss("3", "2"),
            f"{FEED}?cat=7&paged=3": rss("1"),
        }
    )

    assert ids(read(web, f"{FEED}?cat=7")) == ["5", "4", "3", "2", "1"]
    assert web.asked[-1][0] == f"{FEED}?cat=7&paged=4"


def test_other_programs_are_not_asked_for_pages() -> None:
    web = Web({FEED: rss("1", generator="Ghost 6")})

    assert ids(read(web)) == ["1"]
    assert len(web.asked) == 1


def test_a_feed_without_end_is_cut_and_says_so() -> None:
    web = Web(lambda url: atom(url, next=f"{url}+"))
    whole = read(web)

    assert len(whole.channel.entries) == archive.MAX_PAGES
    assert "has over 100 pages" in str(whole.refused[0])


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "old feed.xml"
    file.write_text(atom("2", "1", next="https://spans.example/never"))
    whole = read(Web({}), str(file))

    assert (whole.name, whole.thing) == (f"feed:{file}", str(file))
    assert ids(whole) == ["2", "1"]


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"no\.xml: cannot be read \(No such file"):
        read(Web({}), str(tmp_path / "no.xml"))
    with pytest.raises(SourceError, match="cannot be read"):
        read(Web({}), str(tmp_path))
    (tmp_path / "large.xml").write_text(atom("1"))
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 10)
    with pytest.raises(SourceError, match="is over"):
        read(Web({}), str(tmp_path / "large.xml"))


@pytest.mark.parametrize("place", ["https://ada:secret@spans.example/feed", "ftp://spans.example/feed"])
def test_other_addresses_are_refused_without_repeating_them(place: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(Web({}), place)

    assert "secret" not in str(caught.value)
