"""Feeds of every kind, on every database."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from feeder.model import ids
from feeder.model.feeds import EVERYTHING, Count, Feed, Selection, Subject
from feeder.model.items import Draft, Item
from feeder.store import Store

Make = Callable[..., Draft]
Keep = Callable[..., Item]

PORTS = Subject(Selection.TAG, "ports", "Ports")
PIERS = Subject(Selection.TAG, "piers", "Piers")
GERMAN = Subject(Selection.LANGUAGE, "de", "German")
CHOICE = Subject(Selection.DECLARED, "choice", "choice")


def made(store: Store, *subjects: Subject) -> list[Feed]:
    with store.transaction() as tx:
        found = tx.feeds.about(subjects)
    return [found[subject] for subject in subjects]


def shown(store: Store) -> list[str]:
    with store.reading() as tx:
        return [feed.path for feed in tx.feeds.shown()]


def test_the_feed_of_everything_is_there_from_the_start_once(store: Store, space: UUID) -> None:
    everything = Feed(1, ids.mint(space, "feed", "everything", ""), EVERYTHING, standing=True)
    with store.transaction() as tx:
        tx.feeds.ensure_everything()
        assert tx.feeds.shown() == [everything]
        assert tx.feeds.everything() == everything
    assert everything.path == ""


def test_a_feed_is_made_once_for_each_subject_and_keeps_its_id_and_name(store: Store, space: UUID) -> None:
    ports, german = made(store, PORTS, GERMAN)
    assert ports == Feed(ports.id, ids.mint(space, "feed", "tag", "ports"), PORTS)
    assert german.uid == ids.mint(space, "feed", "language", "de")
    again, piers = made(store, Subject(Selection.TAG, "ports", "PORTS"), PIERS)
    assert (again, again.subject.name) == (ports, "Ports")
    assert piers.id != ports.id
    with store.reading() as tx:
        assert tx.feeds.known([PORTS, CHOICE]) == {PORTS: ports}
        assert tx.feeds.with_ids([piers.id, ports.id]) == sorted([ports, piers], key=lambda feed: feed.id)


def test_one_slug_can_stand_for_subjects_of_several_kinds(store: Store) -> None:
    tag, outlet = made(store, PORTS, Subject(Selection.OUTLET, "ports", "Ports"))
    assert (tag.path, outlet.path) == ("tag/ports/", "outlet/ports/")
    assert tag.uid != outlet.uid


def test_a_feed_is_published_once_it_has_had_items_or_when_it_stands_without(
    store: Store, now: datetime
) -> None:
    ports, piers, choice = made(store, PORTS, PIERS, CHOICE)
    assert shown(store) == [""]
    with store.transaction() as tx:
        tx.feeds.count({ports.id: 2, piers.id: 1})
        tx.feeds.stand([CHOICE])
    assert shown(store) == ["", "tag/piers/", "tag/ports/", "feed/choice/"]
    with store.transaction() as tx:
        tx.feeds.told({ports.id: now})
        tx.feeds.count({ports.id: -2, piers.id: -1})
        tx.feeds.stand([])
    assert shown(store) == ["", "tag/ports/"]
    with store.reading() as tx:
        (emptied,) = tx.feeds.emptied()
    assert (emptied.id, emptied.updated, emptied.total) == (ports.id, now, 0)
    assert choice.standing is False


def test_subjects_are_counted_by_kind_and_then_by_name(store: Store) -> None:
    outlet = Subject(Selection.OUTLET, "post", "The Post")
    feeds = made(store, outlet, PORTS, PIERS, GERMAN)
    with store.transaction() as tx:
        tx.feeds.count({feed.id: number for number, feed in enumerate(feeds)} | {1: 9})
    with store.reading() as tx:
        counts = tx.feeds.counts()
    assert counts == [Count(PIERS, 2), Count(PORTS, 1), Count(GERMAN, 3)]
    assert [count.name for count in counts] == ["Piers", "Ports", "German"]


def test_an_emptied_feed_has_an_heir_until_it_has_items_again(store: Store) -> None:
    ports, piers = made(store, PORTS, PIERS)
    with store.transaction() as tx:
        tx.feeds.leave_to({ports.id: piers.id})
        assert [feed.id for feed in tx.feeds.left_to([piers.id])] == [ports.id]
        tx.feeds.count({ports.id: 1})
        assert tx.feeds.left_to([piers.id]) == [], "it has items again"
        tx.feeds.leave_to({ports.id: None})
        assert tx.feeds.with_ids([ports.id])[0].heir is None


def test_a_subject_is_carried_while_any_item_has_it_that_is_not_gone(
    store: Store, draft: Make, keep: Keep, now: datetime
) -> None:
    kept = keep(
        draft("a", tags=("Ports",), outlet="The Post", authors=("Ada",), language="pt-br", withheld=True)
    )
    assert kept.outlet is not None
    subjects = [
        Subject(Selection.TAG, kept.tags[0].slug),
        Subject(Selection.OUTLET, kept.outlet.slug),
        Subject(Selection.AUTHOR, kept.authors[0].slug),
        Subject(Selection.LANGUAGE, "pt-BR"),
    ]
    with store.transaction() as tx:
        assert [tx.feeds.is_carried(subject) for subject in subjects] == [True] * 4
        assert not tx.feeds.is_carried(PIERS)
        tx.items.remove([kept.id], now)
        assert [tx.feeds.is_carried(subject) for subject in subjects] == [False] * 4
