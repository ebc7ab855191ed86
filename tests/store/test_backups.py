"""All rows of a store, out and back: on both databases, from one to the other, and from an earlier revision."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from feeder.errors import StoreBusy, StoreError, StoreNewer
from feeder.model.changes import New
from feeder.model.deliveries import Accepted, State
from feeder.model.digests import Due, Rendered
from feeder.model.issues import ALL_MAIL
from feeder.model.items import Draft, Item
from feeder.model.subscribers import Cause, Status, Subscriber
from feeder.store import Kept, Store, backups, dialects, migrations, open_store, tables
from feeder.store.afterwards import Known
from feeder.store.backups import Shape
from feeder.store.migrations import Place
from tests.store import test_moving
from tests.store.conftest import NOON
from tests.store.test_moving import rows, walk

full = test_moving.full
target = test_moving.target

HOUR = timedelta(hours=1)
Lines = dict[str, list[bytes]]


def dumped(store: Store) -> Lines:
    with store.dump() as dump:
        return {shape.table: list(dump.lines(shape.table)) for shape in dump.shapes}


def put_back(store: Store, lines: Lines, made: datetime, revision: str = migrations.HEAD) -> Known:
    return store.put_back(Kept(made, revision, backups.shapes()), lines.__getitem__, walk, made + HOUR)


def but_for_the_hold(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [row for row in some if "put back" not in row] for name, some in found.items()}


def test_every_row_comes_back_and_mail_waits(full: Store, target: Store, now: datetime) -> None:
    before = rows(full)
    with closing(target):
        put_back(target, dumped(full), now)
        assert but_for_the_hold(rows(target)) == before == rows(full)
        with target.reading() as tx:
            (hold,) = [hold for hold in tx.holds.all() if hold.digest == ALL_MAIL]
            assert tx.holds.stops_all_mail()
    assert "what 1 of 1 readers got since is not known" in hold.reason


def test_the_schema_is_the_same_afterwards_and_life_goes_on(
    full: Store, draft: Callable[..., Draft], now: datetime
) -> None:
    put_back(full, dumped(full), now)

    with full._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    with full.transaction() as tx:
        tx.items.apply("blog", [New(draft("c", tags=("new",)), "f", now, announced=True)])
        assert tx.subscribers.find("ada@example.org")


def test_what_breaks_off_leaves_all_as_it_was(full: Store, now: datetime) -> None:
    lines = dumped(full)
    with full.transaction() as tx:
        tx.facts.remember("since", "x")
    before = rows(full)

    for last in (0, 30):

        def break_off(work: Any, _total: int, last: int = last) -> Iterator[Any]:
            for number, table in enumerate(work):
                if number == last:
                    raise KeyboardInterrupt
                yield table

        with pytest.raises(KeyboardInterrupt):
            full.put_back(Kept(now, migrations.HEAD, backups.shapes()), lines.__getitem__, break_off, now)
        assert rows(full) == before


def test_rows_that_cannot_be_read_leave_all_as_it_was(full: Store, now: datetime) -> None:
    before = rows(full)
    for line in (b"[1]", b"[" * 5000):
        with pytest.raises(StoreError, match="a row that cannot be read"):
            put_back(full, dumped(full) | {"tags": [line]}, now)
        assert rows(full) == before


def test_a_store_that_another_program_holds_is_left_alone_and_can_be_dumped(
    full: Store, held: Callable[[], AbstractContextManager[None]], url: str, space: UUID, now: datetime
) -> None:
    with held(), closing(open_store(url, space, timedelta(milliseconds=20))) as impatient:
        lines = dumped(impatient)
        with pytest.raises(StoreBusy):
            put_back(impatient, lines, now)

    assert dumped(full) == lines


def test_a_backup_of_a_later_version_is_refused(full: Store, now: datetime) -> None:
    with pytest.raises(StoreNewer):
        put_back(full, dumped(full), now, "9999")
    assert rows(full)["subscribers"]


def test_a_backup_of_an_earlier_revision_is_brought_to_the_newest(
    full: Store, tmp_path: Path, now: datetime
) -> None:
    earlier = "0006"
    engine = dialects.engine(f"sqlite:///{tmp_path}/earlier.db", HOUR)
    with engine.begin() as connection:
        migrations.step_by_step(connection, earlier)
        columns = {
            table: [column["name"] for column in inspect(connection).get_columns(table)]
            for table in inspect(connection).get_table_names()
        }
    engine.dispose()
    lines, shapes = dumped(full), []
    for shape in backups.shapes():
        if shape.table in columns:
            there = [name in columns[shape.table] for name, _ in shape.columns]
            shapes.append(
                Shape(
                    shape.table,
                    [each for each, is_there in zip(shape.columns, there, strict=True) if is_there],
                )
            )
            lines[shape.table] = [
                json.dumps(
                    [value for value, kept in zip(json.loads(line), there, strict=True) if kept]
                ).encode()
                for line in lines[shape.table]
            ]

    before = rows(full)

    full.put_back(Kept(now, earlier, shapes), lines.__getitem__, walk, now)

    with full._engine.connect() as connection:
        assert migrations.place(connection) == Place(migrations.HEAD, migrations.AFTER)
        assert connection.execute(text("SELECT count(*) FROM returns")).scalar() == 0
    assert rows(full)["items"] == before["items"]


# ── What happened since ──────────────────────────────────────────────────────────────────────────


Keep = Callable[..., Item]
Reader = Callable[..., Subscriber]


def send(store: Store, due: Due, now: datetime, items: Sequence[Item]) -> None:
    """Send an issue with these items to all who are due."""
    with store.transaction() as tx:
        tx.items.release(now)
        tx.issues.plan([due], tx.items.newest_number(), now, 6 * HOUR)
        claimed = tx.deliveries.claim("me", 9, now, now + HOUR)
        content = tx.contents.add(f"{now}", Rendered("s", "t", "h"), [item.id for item in items])
        tx.deliveries.attempt(dict.fromkeys(claimed, content), "me", now, now + HOUR)
        tx.deliveries.record(dict.fromkeys(claimed, Accepted("q")), "me", now, {})


@pytest.fixture
def since(
    store: Store,
    keep: Keep,
    draft: Callable[..., Draft],
    reader: Reader,
    due: Callable[..., Due],
    now: datetime,
) -> tuple[Store, Lines, datetime]:
    """A store, what a backup had of it, and when that was made; much has happened since."""
    keep(draft("a", tags=("ports",)))
    ada, bo = reader(), reader("bo@example.org", next_issue_at=now + 1000 * HOUR)
    with store.transaction() as tx:
        tx.items.release(now)
    lines, made = dumped(store), now + 2 * HOUR
    item = keep(draft("b", tags=("ports", "new"), authors=("Cy",), outlet="The Post"))
    keep(draft("unsent"))
    send(store, due(), made + 3 * HOUR, [item])
    with store.transaction() as tx:
        tx.suppressions.add(bo.address, Cause.OPT_OUT, made + HOUR)
        tx.subscribers.leave(bo.id)
        assert tx.subscribers.get(ada.address).cursor == tx.items.newest_number() == 3
    reader("new@example.org", next_issue_at=now + 1000 * HOUR)
    return store, lines, made


def test_what_was_sent_since_is_not_sent_again(
    since: tuple[Store, Lines, datetime], keep: Keep, draft: Callable[..., Draft]
) -> None:
    store, lines, made = since

    known = put_back(store, lines, made)

    assert known == Known(2, 0)
    with store.transaction() as tx:
        ada = tx.subscribers.get("ada@example.org")
        assert ada.cursor == 3
        (issue,) = tx.deliveries.of(ada.id, 9)
        assert (issue.state, issue.period) == (State.ACCEPTED, "2026-W47")
        sent = tx.items.get("b")
        assert (sent.number, [tag.name for tag in sent.tags], sent.outlet and sent.outlet.name) == (
            3,
            ["ports", "new"],
            "The Post",
        )
    # What was not sent is gone, comes again, and is news for everybody: numbers go on.
    back = keep(draft("unsent"))
    with store.transaction() as tx:
        tx.items.release(made)
        assert tx.items.get(back.key).number == 4


def test_who_had_a_turn_before_is_over_all_the_same(since: tuple[Store, Lines, datetime]) -> None:
    store, lines, made = since
    with store.transaction() as tx:
        turns = [tx.turns.take("publish") for _ in range(3)]

    put_back(store, lines, made)

    with store.transaction() as tx:
        assert tx.turns.take("publish") > max(turns)


def test_who_has_left_since_is_not_mailed_again(since: tuple[Store, Lines, datetime]) -> None:
    store, lines, made = since

    put_back(store, lines, made)

    with store.reading() as tx:
        assert tx.subscribers.get("bo@example.org").status is Status.LEFT
        assert [found.cause for found in tx.suppressions.of("bo@example.org")] == [Cause.OPT_OUT]
        assert tx.subscribers.find("new@example.org") is None


def test_of_readers_that_are_not_here_any_more_nothing_is_known(
    since: tuple[Store, Lines, datetime], reader: Reader
) -> None:
    store, lines, made = since
    with store.transaction() as tx:
        tx.subscribers.erase(tx.subscribers.get("ada@example.org").id)

    known = put_back(store, lines, made)

    assert known == Known(1, 1)
    with store.reading() as tx:
        assert "what 1 of 2 readers got since is not known" in tx.holds.all()[-1].reason


def test_another_sites_readers_tell_nothing(
    since: tuple[Store, Lines, datetime], tmp_path: Path, space: UUID
) -> None:
    _, lines, made = since
    with closing(open_store(f"sqlite:///{tmp_path}/another.db", space)) as another:
        known = put_back(another, lines, made)

        assert known == Known(0, 2)
        with another.reading() as tx:
            assert tx.subscribers.get("ada@example.org").cursor == 0


def test_all_rows_are_of_one_moment_while_others_write(
    full: Store, url: str, space: UUID, reader: Reader
) -> None:
    before = dumped(full)
    found: Lines = {}
    with full.dump() as dump, closing(open_store(url, space)) as other:
        for shape in dump.shapes:
            found[shape.table] = list(dump.lines(shape.table))
            with other.transaction() as tx:
                tx.facts.remember(shape.table, "written meanwhile")
                tx.suppressions.add(f"{shape.table}@example.org", Cause.BY_HAND, NOON)

    assert found == before
