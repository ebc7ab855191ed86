"""Entries that are kept, on every database."""

from collections.abc import Callable

from feeder.model.appearances import Policy
from feeder.model.feeds import Entry
from feeder.model.items import Draft, Item
from feeder.store import Store


def entry(item: int, text: str = "x") -> Entry:
    return Entry(item, f"<{text}/>".encode(), b"", f'"{text}"'.encode(), "\0Häfen".encode(), b"")


def test_entries_are_kept_by_how_much_they_show_until_they_are_dropped(
    store: Store, draft: Callable[..., Draft], keep: Callable[..., Item]
) -> None:
    one, two = (keep(draft(key)).id for key in "ab")
    with store.transaction() as tx:
        tx.entries.keep([entry(one), entry(two)], Policy.FULL)
        tx.entries.keep([entry(one, "short")], Policy.SUMMARY)
        tx.entries.keep([], Policy.LINK)
    with store.transaction() as tx:
        assert tx.entries.find([one, two, 99], Policy.FULL) == {one: entry(one), two: entry(two)}
        assert tx.entries.find([one, two], Policy.SUMMARY) == {one: entry(one, "short")}
        tx.entries.keep([entry(two, "new")], Policy.FULL)
        assert tx.entries.find([two], Policy.FULL) == {two: entry(two, "new")}
        tx.entries.drop([one])
        assert tx.entries.find([one], Policy.FULL) == tx.entries.find([one], Policy.SUMMARY) == {}
        tx.entries.drop_all()
        assert tx.entries.find([two], Policy.FULL) == {}
