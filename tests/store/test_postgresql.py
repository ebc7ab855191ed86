"""What is so on PostgreSQL only."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from feeder.errors import SiteLocked, StoreError
from feeder.model.changes import New
from feeder.model.digests import Due
from feeder.model.items import Draft
from feeder.model.subscribers import Subscriber
from feeder.sources import changes
from feeder.store import Store, dialects, open_store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]


def run_on_server(url: str, statement: str) -> None:
    engine = dialects.engine(url.rpartition("/")[0] + "/postgres", timedelta(seconds=5))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_database_that_vanished_says_so(store: Store, url: str) -> None:
    with store.reading() as tx:
        tx.items.newest(10)
    run_on_server(url, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    with pytest.raises(StoreError), store.reading() as tx:
        tx.items.newest(10)
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.items.release(NOW)


def test_a_server_that_was_started_anew_costs_no_transaction(store: Store, url: str) -> None:
    with store.reading() as tx:
        tx.items.newest(10)
    run_on_server(
        url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.rpartition('/')[2]}'",
    )
    with store.transaction() as tx:
        tx.facts.remember("look", "x")


def test_a_transaction_that_reads_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="read-only"), store.reading() as tx:
        tx.facts.remember("look", "x")


def test_the_site_is_held_by_one_and_free_when_that_one_is_gone(store: Store, url: str, space: UUID) -> None:
    here = rf"process {os.getpid()} on \S+, since 20\d\d-.+ UTC"
    with (
        store.lock(),
        closing(open_store(url, space)) as other,
        pytest.raises(SiteLocked, match=here),
        other.lock(),
    ):
        pytest.fail("two hold it")
    with store.lock():
        pass


def test_a_server_that_forgot_who_holds_the_site_is_told_again(store: Store, url: str, space: UUID) -> None:
    everybody = (
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.rpartition('/')[2]}'"
    )
    with store.lock() as keep, closing(open_store(url, space)) as other:
        run_on_server(url, everybody)
        keep()
        with pytest.raises(SiteLocked), other.lock():
            pytest.fail("two hold it")

        run_on_server(url, everybody)
        with other.lock(), pytest.raises(SiteLocked):
            keep()
        keep()
        with pytest.raises(SiteLocked), other.lock():
            pytest.fail("two hold it")


def test_a_site_whose_server_does_not_come_back_is_let_go_with_the_reason(store: Store, url: str) -> None:
    name = url.rpartition("/")[2]

    def go_on() -> None:
        with store.lock() as keep:
            run_on_server(url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            run_on_server(
                url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            keep()

    with pytest.raises(StoreError, match="cannot be used"):
        go_on()


def test_many_who_write_the_same_names_at_once_make_each_once(
    url: str, space: UUID, draft: Callable[..., Draft]
) -> None:
    problems: list[BaseException] = []
    start = threading.Barrier(6)

    def write(worker: int) -> None:
        try:
            with closing(open_store(url, space)) as store:
                start.wait()
                for number in range(10):
                    found = draft(
                        f"{worker}-{number}", title="One title", tags=(f"tag {number}", "C++", "C#")
                    )
                    with store.transaction() as tx:
                        tx.items.lock()
                        tx.items.apply("blog", [New(found, changes.fingerprint(found), NOW, announced=True)])
        except BaseException as error:  # noqa: BLE001 - told below
            problems.append(error)

    workers = [threading.Thread(target=write, args=[worker]) for worker in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert problems == []
    with closing(open_store(url, space)) as store, store.transaction() as tx:
        items = tx.items.newest(100)
        tx.items.release(NOW)
    tagged = Counter(tag.name for item in items for tag in item.tags)
    assert sorted(tagged.values()) == [6] * 10 + [60, 60]
    assert len({item.slug for item in items}) == 60


def test_nobody_leaves_between_being_looked_at_and_the_attempt(
    url: str, store: Store, space: UUID, reader: Callable[..., Subscriber], due: Callable[..., Due]
) -> None:
    ada = reader()
    left = threading.Event()

    def leave() -> None:
        with closing(open_store(url, space)) as other, other.transaction() as tx:
            tx.subscribers.leave(ada.id)
        left.set()

    with store.transaction() as tx:
        tx.issues.plan([due()], 1, NOW, timedelta(hours=6))
        (mine,) = tx.deliveries.claim("me", 1, NOW, NOW + timedelta(minutes=2))
    leaving = threading.Thread(target=leave)
    with store.transaction() as tx:
        assert tx.deliveries.attempt({mine: None}, "me", NOW, NOW + timedelta(minutes=2)) == [mine]
        leaving.start()
        assert not left.wait(0.5), "leaving waits until the attempt is committed"
    leaving.join()
    assert left.is_set()
