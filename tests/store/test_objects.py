"""What a bucket holds, and what is on its way there; and who reads: on both databases."""

from datetime import UTC, date, datetime, timedelta

from feeder.model.feeds import Written
from feeder.model.objects import Stage, Stored
from feeder.model.readership import Heard, Said
from feeder.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
PATHS = ["atom.xml", "item/a/index.html", "media/kran.png", "tag/häfen/atom.xml"]


def stored(path: str, etag: str = "1") -> Stored:
    return Stored(path, f"digest of {path}", etag, "")


def test_changes_go_from_stage_to_stage(store: Store) -> None:
    with store.transaction() as tx:
        tx.objects.queue([*PATHS, "_redirects"])
        tx.objects.queue(["atom.xml"])
        tx.objects.queue(["old.xml"], Stage.GONE)
        assert list(tx.objects.waiting(Stage.PARTS, 10)) == ["item/a/index.html", "media/kran.png"]
        lists = tx.objects.waiting(Stage.LISTS, 10)
        assert {path: len(places) for path, places in lists.items()} == {
            "atom.xml": 2,
            "tag/häfen/atom.xml": 1,
        }
        assert list(tx.objects.waiting(Stage.LISTS, 1)) == ["atom.xml"]
        assert tx.objects.unput() == sorted([*PATHS, "old.xml"])
        assert tx.objects.count_unput() == len(PATHS) + 1

        tx.objects.purge(lists["atom.xml"])
        tx.objects.done(lists["tag/häfen/atom.xml"])
        tx.objects.queue(["atom.xml"])  # it changed again meanwhile
        assert list(tx.objects.waiting(Stage.LISTS, 10)) == ["atom.xml"]
        assert list(tx.objects.waiting(Stage.PURGE, 10)) == ["atom.xml"]
        tx.objects.clear()
        assert tx.objects.unput() == []
        assert list(tx.objects.waiting(Stage.PURGE, 10)) == ["atom.xml"]


def test_what_the_bucket_does_not_show_as_it_is_known_is_forgotten(store: Store) -> None:
    with store.transaction() as tx:
        tx.objects.remember([stored(path) for path in PATHS])
        tx.objects.remember([stored("atom.xml", "2"), stored("media/kran.png", '"3"')])
        tx.objects.suspect()
        tx.objects.seen({"atom.xml": "1", "media/kran.png": "3", "nobody/knows.txt": "1"})
        tx.objects.seen({"tag/häfen/atom.xml": "1"})
        tx.objects.forget_unseen()
        left = ["media/kran.png", "tag/häfen/atom.xml"]
        assert list(tx.objects.known(PATHS)) == left
        tx.objects.forget(left)
        assert tx.objects.known(PATHS) == {}


def test_everything_is_what_the_tree_has_and_what_it_has_no_more(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.remember([Written(path, "hash", 1, NOW) for path in [*PATHS, "_redirects"]])
        tx.objects.remember([stored("atom.xml"), stored("old.xml")])
        tx.objects.queue_all()
        assert tx.objects.unput() == sorted([*PATHS, "old.xml"])
        assert list(tx.objects.waiting(Stage.GONE, 10)) == ["old.xml"]


def test_readers_are_numbers_by_day(store: Store) -> None:
    feedly, feedbin = Said("atom.xml", "Feedly", "", 37), Said("atom.xml", "Feedbin", "17", 2)
    with store.transaction() as tx:
        tx.readership.heard(DAY, [feedly, feedbin])
        tx.readership.heard(DAY + timedelta(days=1), [feedly])
        tx.readership.came(DAY, {"": 5, "tag/x/": 1})
        tx.readership.came(DAY, {"": 3, "tag/x/": 2})
        assert tx.readership.said(DAY) == [Heard(feedbin, DAY), Heard(feedly, DAY + timedelta(days=1))]
        assert tx.readership.visitors(DAY) == {"": {DAY: 5}, "tag/x/": {DAY: 2}}
        assert tx.readership.said(DAY + timedelta(days=2)) == []
        tx.readership.forget(DAY + timedelta(days=1))
        assert tx.readership.said(DAY) == [Heard(feedly, DAY + timedelta(days=1))]
        assert tx.readership.visitors(DAY) == {}
