"""A site moves between databases."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from feeder.errors import StoreError
from feeder.model.appearances import Policy
from feeder.model.changes import New
from feeder.model.deliveries import Accepted
from feeder.model.digests import Due, Rendered
from feeder.model.feeds import Entry, Member, Tombstone
from feeder.model.hub import Mode, Trouble, Wanted
from feeder.model.items import Draft, Item, Picture
from feeder.model.members import Member as Process
from feeder.model.objects import Stored
from feeder.model.readership import Said
from feeder.model.returns import Kind as ReturnKind
from feeder.model.returns import Return
from feeder.model.subscribers import Ask, Cause, Matter, Subscriber
from feeder.store import Store, open_store, tables

Sql = Callable[..., Sequence[Any]]


def walk(work: Any, _total: int) -> Any:
    return work


@pytest.fixture
def full(
    store: Store,
    draft: Callable[..., Draft],
    keep: Callable[..., Item],
    reader: Callable[..., Subscriber],
    due: Callable[..., Due],
    now: datetime,
) -> Store:
    """A store with something in every table that a life fills."""
    picture = Picture("media/a-12345678.png", "alt ä", file=Path("/somewhere/a.png"))
    kept = keep(
        draft(
            "a",
            tags=("中文", "Häfen"),
            authors=("Ada",),
            outlet="The Post",
            picture=picture,
            pictures=(picture,),
        ),
        draft("b", tags=("Häfen",), published=now.date(), withheld=True),
    )
    ada = reader()
    with store.transaction() as tx:
        tx.items.release(now + timedelta(hours=2))
        tx.issues.plan([due()], tx.items.newest_number(), now, timedelta(hours=6))
        (delivery,) = tx.deliveries.claim("me", 1, now, now + timedelta(minutes=2))
        content = tx.contents.add("k", Rendered("s", "t", "h"), [kept.id])
        tx.deliveries.attempt({delivery: content}, "me", now, now + timedelta(minutes=2))
        tx.deliveries.record({delivery: Accepted("q")}, "me", now, {})
        tx.curation.record(kept.id, now, "edit", "a typo", {"title": "A"})
        tx.curation.propose(kept.id, tx.items.get("b").id, "title")
        tx.curation.judge(kept.id, "proposal", "dropped", None, now)
        tx.items.adopt(kept.id, "urn:x:a")
        tx.facts.remember("look", "x")
        tx.runs.claim("plan", "slot", now)
        everything = tx.feeds.everything().id
        tx.listings.put({(everything, kept.id): Member(now, now)})
        tx.listings.bury([everything], Tombstone("urn:x:gone", now))
        tx.entries.keep([Entry(kept.id, b"<entry/>", b"", b"{}", "Häfen".encode(), b"")], Policy.FULL)
        tx.suppressions.add("gone@example.org", Cause.ERASURE, now)
        asked = tx.requests.add(Ask.MOVE, "new@example.org", now, now, subscriber=ada.id, network=b"net")
        tx.letters.add(Matter.MOVE, "new@example.org", "de", now, subscriber=ada.id, about=asked)
        tx.choices.add(ada.id, ada.preferences, replace(ada.preferences, hour=7), now)
        tx.returns.add(ada.id, delivery.id, Return(ReturnKind.SOFT, reason="voll ä"), now, suppressed=False)
        tx.links.enrol(now, 10)
        tx.objects.remember([Stored("tag/häfen/atom.xml", "digest", "tag", "7")])
        tx.objects.queue(["tag/häfen/atom.xml"])
        tx.readership.heard(now.date(), [Said("tag/häfen/atom.xml", "Feedly", "", 37)])
        tx.readership.came(now.date(), {"tag/häfen/": 5})
        tx.holds.add("weekly", "a slip", now)
        tx.notes.set("weekly", "Hello ä.", "<p>Hello ä.</p>", now)
        tx.approvals.ask("weekly", "2026-W47", 1, now)
        tx.editions.close("weekly", "2026-W47", 1, [kept.id], now)
        wanted = Wanted(Mode.SUBSCRIBE, "atom.xml", "https://reader.example/", timedelta(days=1), "s")
        tx.hub.ask(wanted, now)
        (request,) = tx.hub.unverified(1, now)
        tx.hub.verified(request, now)
        tx.hub.ask(wanted, now)
        tx.hub.changed(["atom.xml"], now)
        tx.pings.add(["https://hub.example/"], ["atom.xml"], now)
        tx.pings.failed(Trouble("https://hub.example/", "is silent", 1, now, now))
        tx.members.join(Process("me:1:a", "me", 1, ("worker",), "1", now, timedelta(seconds=15), now))
        assert ada.id == delivery.reader.id
    return store


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path, space: UUID) -> Iterator[Store]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'target.db'}"
    else:
        address = request.getfixturevalue("another_on_postgresql")
    with closing(open_store(address, space)) as opened:
        yield opened


def rows(store: Store) -> dict[str, list[str]]:
    with store._engine.connect() as connection:
        return {
            table.name: sorted(
                str(sorted(row.items())) for row in connection.execute(table.select()).mappings()
            )
            for table in tables.CARRIED
        }


def test_every_row_is_there_afterwards_and_here_as_before(full: Store, target: Store) -> None:
    before = rows(full)
    moved = full.copy_to(target, walk)
    assert rows(target) == before == rows(full)
    assert {table.table: table.rows for table in moved} == {
        name: len(found) for name, found in before.items()
    }
    assert [name for name, found in before.items() if not found] == ["documents", "sources"]
    with target.reading() as tx:
        assert tx.members.all() == [], "who works for the site here does not work there"


def test_items_may_name_items_that_come_later(
    store: Store, target: Store, keep: Callable[..., Item], draft: Callable[..., Draft]
) -> None:
    keep(draft("a"), draft("b"))
    with store.transaction() as tx:
        tx.curation.merge(tx.items.get("b"), tx.items.get("a"))
    store.copy_to(target, walk)
    assert rows(target) == rows(store)


def test_life_goes_on_there(full: Store, target: Store, draft: Callable[..., Draft], now: datetime) -> None:
    full.copy_to(target, walk)
    with target.transaction() as tx:
        tx.items.apply("blog", [New(draft("c", tags=("new",)), "f", now, announced=True)])
        tx.items.release(now)
        newest = tx.items.get("c")
    with full.reading() as tx:
        before = tx.items.newest_number()
        highest = max(item.id for item in tx.items.newest(10))
    assert newest.number == before + 1
    assert newest.id > highest
    assert [tag.slug for tag in newest.tags] == ["new"]


def test_a_database_that_somebody_uses_is_refused_and_stays_as_it_is(full: Store, target: Store) -> None:
    full.copy_to(target, walk)
    before = rows(target)
    with pytest.raises(StoreError, match="is not empty"):
        full.copy_to(target, walk)
    assert rows(target) == before


def test_a_move_that_breaks_off_leaves_nothing_there(full: Store, target: Store) -> None:
    fresh = rows(target)

    def break_off(work: Any, _total: int) -> Iterator[Any]:
        for number, table in enumerate(work):
            if number == 12:
                raise KeyboardInterrupt
            yield table

    with pytest.raises(KeyboardInterrupt):
        full.copy_to(target, break_off)
    assert rows(target) == fresh
