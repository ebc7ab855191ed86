"""A feed that comes in once, with the ids that its readers know, or without."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeder import net
from feeder.app import App
from feeder.model.batches import BATCH
from feeder.model.changes import Tally, Visit
from feeder.model.items import Draft, Item
from feeder.workflows import transfer
from feeder.workflows.collect import apply
from feeder.workflows.transfer import Imported

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = """<title>One</title><link>https://meridian.example/one</link><guid isPermaLink="false">tag:spans.example,2020:1</guid>
<pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate><description>First.</description>"""
TWO = """<title>Two</title><link>https://meridian.example/two</link><guid>https://spans.example/?p=2</guid>
<pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate><description>Second.</description>"""

Import = Callable[..., Imported]


def rss(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Spans</title><link>https://spans.example/</link>{inner}</channel></rss>'


def atom(*entries: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Spans</title>{"".join(entries)}</feed>'


def _quietly(found: Iterable[Any], _total: int) -> Iterable[Any]:
    return found


@pytest.fixture
def import_feed(app: App, tmp_path: Path) -> Import:
    """Import some text as a feed in a file."""

    def run(content: str, *, keep_ids: bool = True, announce: bool = False, at: datetime = NOON) -> Imported:
        file = tmp_path / "feed.xml"
        file.write_text(content, "utf-8")
        with net.Client() as client:
            return transfer.import_feed(
                app.store,
                str(file),
                client,
                app.settings.site,
                at,
                keep_ids=keep_ids,
                announce=announce,
                progress=_quietly,
            )

    return run


@pytest.fixture
def items(app: App) -> Callable[[], list[Item]]:
    def read() -> list[Item]:
        with app.store.reading() as tx:
            return tx.items.newest(100)

    return read


@pytest.fixture
def there(app: App, draft: Callable[..., Draft]) -> Callable[..., None]:
    """Let an item be there already, from another source."""

    def put(key: str, source: str = "texts", **fields: Any) -> None:
        apply(app.store, source, [draft(key, **fields)], Visit(NOON, None, announce=False))

    return put


def tally(found: Imported) -> tuple[int, int, int, int]:
    return found.tally.new, found.tally.changed, found.tally.same, found.adopted


def test_items_are_as_readers_know_them(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    found = import_feed(rss(ONE, TWO))
    first, second = items()

    assert found == Imported("feed:spans.example", Tally(new=2), ())
    # Equal dates: the order is that of the ids, as everywhere.
    assert [first.uid, second.uid] == ["https://spans.example/?p=2", "tag:spans.example,2020:1"]
    assert {first.posted, first.revised, second.posted} == {datetime(2026, 11, 2, 10, tzinfo=UTC)}
    assert (second.title, second.url, second.body, second.outlet) == (
        "One",
        "https://meridian.example/one",
        "First.",
        None,
    )
    assert not second.announced


def test_the_last_update_is_kept(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    import_feed(
        atom(
            "<entry><id>urn:x:1</id><title>A</title><published>2026-11-01T00:00:00Z</published>"
            "<updated>2026-11-05T00:00:00Z</updated></entry>",
            "<entry><id>urn:x:2</id><title>B</title><updated>2026-11-03T00:00:00Z</updated></entry>",
            "<entry><id>urn:x:3</id><title>C</title><published>2026-11-02T00:00:00Z</published>"
            "<updated>2026-11-01T00:00:00Z</updated></entry>",
        )
    )

    assert [(item.uid, item.posted.day, item.revised.day) for item in items()] == [
        ("urn:x:2", 3, 3),
        ("urn:x:3", 2, 2),
        ("urn:x:1", 1, 5),
    ]


def test_a_second_time_changes_nothing(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    import_feed(rss(ONE, TWO))
    before = items()

    again = import_feed(rss(ONE, TWO), at=datetime(2026, 12, 1, tzinfo=UTC))

    assert tally(again) == (0, 0, 2, 0)
    assert items() == before


def test_what_has_changed_since_is_changed(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    entry = "<entry><id>urn:x:1</id><title>{}</title><published>2026-11-01T00:00:00Z</published><updated>{}</updated></entry>"
    import_feed(atom(entry.format("A", "2026-11-01T00:00:00Z")))

    found = import_feed(atom(entry.format("B", "2026-11-07T00:00:00Z")))

    assert tally(found) == (0, 1, 0, 0)
    assert [(item.title, item.posted.day, item.revised.day) for item in items()] == [("B", 1, 7)]


@pytest.mark.parametrize(
    "known",
    [
        {"key": "tag:spans.example,2020:1"},  # by its guid
        {"key": "https://meridian.example/one"},  # by its link
        {"key": "posts/one", "url": "http://www.meridian.example/one/?utm_source=feed"},  # by its address
    ],
)
def test_items_that_are_there_get_the_id_that_readers_know(
    import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None], known: dict[str, str]
) -> None:
    there(**known)
    (before,) = items()

    found, again = import_feed(rss(ONE)), import_feed(rss(ONE))

    assert (tally(found), tally(again)) == ((0, 0, 0, 1), (0, 0, 1, 0))
    assert items() == [replace(before, uid="tag:spans.example,2020:1")]


def test_the_old_id_still_finds_the_item(
    app: App, import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None]
) -> None:
    there("tag:spans.example,2020:1")
    (before,) = items()
    import_feed(rss(ONE))

    with app.store.reading() as tx:
        assert tx.items.get(before.uid).uid == "tag:spans.example,2020:1"


def test_of_several_at_one_address_the_title_decides(
    import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None]
) -> None:
    for title in ("Another", "“One”", "A third"):
        there(title, title=title, url="https://meridian.example/one")

    assert tally(import_feed(rss(ONE))) == (0, 0, 0, 1)
    assert {item.title: item.uid.startswith("tag:") for item in items()} == {
        "Another": False,
        "“One”": True,
        "A third": False,
    }


def test_one_item_stands_for_one_entry(
    import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None]
) -> None:
    there("posts/one", title="One", url="https://meridian.example/one")
    other = ONE.replace("2020:1", "2020:9").replace("One", "Nine")

    found, again = import_feed(rss(other, ONE)), import_feed(rss(other, ONE))

    assert tally(found) == (1, 0, 0, 1)
    assert tally(again) == (0, 0, 2, 0)
    assert {item.key: item.uid for item in items()} == {
        "posts/one": "tag:spans.example,2020:1",
        "tag:spans.example,2020:9": "tag:spans.example,2020:9",
    }


def test_what_is_gone_elsewhere_gives_way(
    app: App, import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None]
) -> None:
    there("tag:spans.example,2020:1")
    there("posts/two", url="https://meridian.example/two")
    with app.store.transaction() as tx:
        tx.items.lock()
        tx.items.remove([item.id for item in items()], NOON)

    assert tally(import_feed(rss(ONE, TWO))) == (2, 0, 0, 0)


def test_ids_that_cannot_be_kept_are_named(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    plain = '<title>Plain</title><guid isPermaLink="false">7 at spans.example</guid>'
    same = '<title>{0}</title><guid isPermaLink="false">urn:x:same</guid><link>https://x.example/{0}</link>'
    without = "<title>Without</title><link>https://x.example/without</link>"

    found = import_feed(rss(plain, same.format("a"), same.format("b"), without))

    assert tally(found) == (4, 0, 0, 0)
    assert [str(refusal).split(": ", 1)[1].split(",")[0] for refusal in found.refused] == [
        "its id “7 at spans.example” cannot be kept",
        "its id “urn:x:same” cannot be kept",
        "its id “urn:x:same” cannot be kept",
    ]
    ids = {item.title: item.uid for item in items()}
    assert ids.pop("Without") == "https://x.example/without"
    assert all(uid.startswith("urn:uuid:") for uid in ids.values())


def test_without_ids_the_items_get_ids_of_our_own(
    import_feed: Import, items: Callable[[], list[Item]]
) -> None:
    assert tally(import_feed(rss(ONE), keep_ids=False)) == (1, 0, 0, 0)
    assert items()[0].uid.startswith("urn:uuid:")
    assert tally(import_feed(rss(ONE), keep_ids=False)) == (0, 0, 1, 0)


def test_ids_can_be_kept_later(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    import_feed(rss(ONE), keep_ids=False)

    assert tally(import_feed(rss(ONE))) == (0, 0, 1, 1)
    assert items()[0].uid == "tag:spans.example,2020:1"
    assert tally(import_feed(rss(ONE))) == (0, 0, 1, 0)


def test_an_import_can_be_announced(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    import_feed(rss(ONE), announce=True)

    assert items()[0].announced


def test_a_link_to_the_own_page_is_the_own_page(import_feed: Import, items: Callable[[], list[Item]]) -> None:
    import_feed(
        rss("<title>Ours</title><guid>urn:x:1</guid><link>https://spans.example/item/our-own/</link>")
    )
    (ours,) = items()

    assert (ours.url, ours.path) == (None, "item/our-own/")


def test_what_cannot_be_taken_is_named_and_the_others_are_taken(import_feed: Import) -> None:
    found = import_feed(rss("<title>Nameless</title>", ONE))

    assert tally(found) == (1, 0, 0, 0)
    assert "entry “Nameless”: has neither an id nor a link" in str(found.refused[0])


def test_as_many_as_come(
    import_feed: Import, items: Callable[[], list[Item]], there: Callable[..., None]
) -> None:
    there("posts/1", url="https://meridian.example/one?n=550")
    many = [ONE.replace("2020:1", f"2020:{n}").replace("/one", f"/one?n={n}") for n in range(BATCH + 100)]

    assert tally(import_feed(rss(*many))) == (BATCH + 99, 0, 0, 1)
    assert tally(import_feed(rss(*many))) == (0, 0, BATCH + 100, 0)
