"""One suite for both engines: what is put runs, after the commit, at least once."""

import gc
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from feeder.engine import Engine, distributed
from feeder.engine.distributed import Distributed
from feeder.engine.local import Local
from feeder.errors import StoreError, StoreInUse, Superseded
from feeder.model.jobs import MAIL, Job
from feeder.model.members import Member
from feeder.store import Store, open_store
from feeder.workflows import jobs
from tests.postgresql_rig import a_database

SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
PATIENCE = 10.0
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
A, B = Job("a", "a"), Job("b", "b")

Make = Callable[[], Engine]


class Done:
    """Does jobs, and remembers which; one that is to be held up is, until it may go on."""

    def __init__(self) -> None:
        self._count = threading.Condition()
        self.names: list[str] = []
        self.running: list[str] = []
        self.together: set[tuple[str, ...]] = set()
        self.may_go_on = threading.Event()
        self.slow: set[str] = set()

    def __call__(self, job: Job) -> None:
        with self._count:
            self.running.append(job.name)
            self.together.add(tuple(sorted(self.running)))
            self._count.notify_all()
        if job.name in self.slow:
            self.may_go_on.wait(PATIENCE)
        with self._count:
            self.running.remove(job.name)
            self.names.append(job.name)
            self._count.notify_all()

    def reach(self, *names: str, within: float = PATIENCE) -> bool:
        """Wait until just so many have been done of each."""
        with self._count:
            return self._count.wait_for(lambda: sorted(self.names) == sorted(names), within)

    def begins(self, name: str, times: int = 1, within: float = PATIENCE) -> bool:
        with self._count:
            return self._count.wait_for(lambda: self.running.count(name) == times, within)


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Store]:
    with (
        a_database(request.getfixturevalue("postgresql")) as address,
        closing(open_store(address, SPACE)) as store,
    ):
        distributed.prepare(store, "me")
        yield store


@pytest.fixture(params=["local", "distributed"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if kind == "distributed":
        yield request.getfixturevalue("cluster")
        return
    with closing(open_store(f"sqlite:///{tmp_path / 'feeder.db'}", SPACE)) as opened:
        yield opened


@pytest.fixture
def make(kind: str, store: Store) -> Iterator[Make]:
    """Makes engines on one store; they are stopped in the end, and what they left is taken away."""
    made: list[Engine] = []

    def one() -> Engine:
        engine = Local(4) if kind == "local" else Distributed(store.connection_parameters(), 4)
        made.append(engine)
        return engine

    yield one
    for engine in made:
        engine.stop()
    if kind == "distributed":
        with store.transaction() as tx:
            tx.driver_connection.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def engine(make: Make) -> Engine:
    return make()


@pytest.fixture
def done() -> Iterator[Done]:
    doing = Done()
    yield doing
    doing.may_go_on.set()


def test_what_is_put_runs_once(engine: Engine, store: Store, done: Done) -> None:
    engine.start(done)
    jobs.put(store, engine, A)
    jobs.put(store, engine, B)
    assert done.reach("a", "b")
    assert not done.reach("a", "b", "b", within=0.7)


def test_what_was_put_before_the_start_runs_after_it(engine: Engine, store: Store, done: Done) -> None:
    jobs.put(store, engine, A)
    engine.start(done)
    assert done.reach("a")


def test_a_job_runs_after_the_commit_and_sees_what_was_written(
    engine: Engine, store: Store, done: Done
) -> None:
    found: list[str | None] = []

    def look(job: Job) -> None:
        with store.reading() as tx:
            found.append(tx.facts.get("said"))
        done(job)

    engine.start(look)
    with store.transaction() as tx:
        engine.put(tx, A)
        time.sleep(0.7)  # longer than workers wait before they look
        tx.facts.remember("said", "hello")
    assert done.reach("a")
    assert found == ["hello"]


def test_what_was_put_in_a_transaction_that_is_undone_does_not_run(
    engine: Engine, store: Store, done: Done
) -> None:
    engine.start(done)

    def put_and_fail() -> None:
        with store.transaction() as tx:
            engine.put(tx, A)
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        put_and_fail()
    jobs.put(store, engine, B)
    assert done.reach("b")
    assert not done.reach("a", "b", within=0.7)


def test_several_that_wait_and_are_the_same_are_one(engine: Engine, store: Store, done: Done) -> None:
    for _ in range(5):
        jobs.put(store, engine, A)
    with store.reading() as tx:
        assert engine.waiting(tx) == {"a": 1}
    engine.start(done)
    assert done.reach("a")
    assert not done.reach("a", "a", within=0.7)


def test_what_is_put_while_it_runs_runs_once_more_and_not_beside_itself(
    engine: Engine, store: Store, done: Done
) -> None:
    done.slow = {"a"}
    engine.start(done)
    jobs.put(store, engine, A)
    assert done.begins("a")
    jobs.put(store, engine, A)
    jobs.put(store, engine, A)
    with store.reading() as tx:
        assert engine.waiting(tx) == {"a": 2}
    assert not done.begins("a", 2, within=0.7)
    done.may_go_on.set()
    assert done.reach("a", "a")
    assert ("a", "a") not in done.together


def test_what_waits_and_is_put_again_sees_the_later_commit(engine: Engine, store: Store, done: Done) -> None:
    """Nobody begins it between being put again and the commit of what it is about."""
    found: list[str | None] = []

    def look(job: Job) -> None:
        with store.reading() as tx:
            found.append(tx.facts.get("said"))
        done(job)

    jobs.put(store, engine, A)
    with store.transaction() as tx:
        engine.put(tx, A)
        engine.start(look)
        time.sleep(0.7)
        tx.facts.remember("said", "hello")
    assert done.begins("a", 0)
    deadline = time.monotonic() + PATIENCE
    while "hello" not in found and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found[-1] == "hello"


def test_of_one_lock_one_runs_at_a_time_and_others_beside_it(
    engine: Engine, store: Store, done: Done
) -> None:
    first, second = Job("collect:a", "host:example.org"), Job("collect:b", "host:example.org")
    done.slow = {"collect:a", "collect:b"}
    engine.start(done)
    jobs.put(store, engine, first)
    assert done.begins("collect:a")
    jobs.put(store, engine, second)
    jobs.put(store, engine, A)
    assert done.reach("a")
    assert not done.begins("collect:b", within=0.7)
    done.may_go_on.set()
    assert done.reach("a", "collect:a", "collect:b")
    assert ("collect:a", "collect:b") not in done.together


def test_a_job_that_fails_is_told_and_holds_up_no_other(
    engine: Engine, store: Store, done: Done, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(job: Job) -> None:
        done(job)
        if job == A:
            raise StoreError("the store", "cannot be used", "look at its disk")
        raise ValueError("broken pier")

    engine.start(fail)
    jobs.put(store, engine, A)
    jobs.put(store, engine, B)
    assert done.reach("a", "b")
    jobs.put(store, engine, A)
    assert done.reach("a", "a", "b")
    engine.stop()
    told = [record for record in caplog.records if record.getMessage() == "job failed"]
    assert {getattr(record, "job", "") for record in told} == {"a", "b"}
    reasons = {getattr(record, "reason", "") for record in told if record.exc_info is None}
    assert reasons == {"the store: cannot be used; look at its disk"}
    assert "broken pier" in caplog.text


def test_a_job_whose_place_another_has_taken_has_not_failed(
    engine: Engine, store: Store, done: Done, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def give_way(job: Job) -> None:
        done(job)
        raise Superseded("the tree", "was published by another run", "look at it there")

    engine.start(give_way)
    jobs.put(store, engine, A)
    assert done.reach("a")
    engine.stop()
    told = [record for record in caplog.records if getattr(record, "job", "") == "a"]
    assert [(record.levelname, record.getMessage()) for record in told] == [("INFO", "job superseded")]


def test_stopping_waits_for_what_runs_and_begins_nothing_more(
    engine: Engine, store: Store, done: Done
) -> None:
    done.slow = {"a"}
    engine.start(done)
    jobs.put(store, engine, A)
    assert done.begins("a")
    stopping = threading.Thread(target=engine.stop)
    stopping.start()
    time.sleep(0.3)
    assert stopping.is_alive()
    jobs.put(store, engine, B)
    done.may_go_on.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    assert done.names == ["a"]


def test_one_job_of_mail_runs_at_a_time_beside_all_others(engine: Engine, store: Store, done: Done) -> None:
    lanes = [Job(f"deliver:{n}", f"deliver:{n}", MAIL) for n in range(2)]
    done.slow = {lane.name for lane in lanes}
    engine.start(done)
    for lane in lanes:
        jobs.put(store, engine, lane)
    assert done.begins("deliver:0")
    jobs.put(store, engine, A)
    assert done.reach("a")
    assert not done.begins("deliver:1", within=0.7)
    done.may_go_on.set()
    assert done.reach("a", *(lane.name for lane in lanes))


# ── Of many processes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["distributed"])
def test_what_one_left_is_done_by_another(make: Make, store: Store, done: Done) -> None:
    jobs.put(store, make(), A)
    make().start(done)
    assert done.reach("a")


@pytest.mark.parametrize("kind", ["distributed"])
def test_a_lock_holds_between_workers(make: Make, store: Store, done: Done) -> None:
    here, there = make(), make()
    here.start(done)
    there.start(done)
    done.slow = {"a", "b"}
    jobs.put(store, here, Job("a", "one"))
    assert done.begins("a")
    jobs.put(store, there, Job("b", "one"))
    assert not done.begins("b", within=1.2)
    done.may_go_on.set()
    assert done.reach("a", "b")


@pytest.mark.parametrize("kind", ["distributed"])
def test_each_worker_does_one_job_of_mail_at_a_time(make: Make, store: Store, done: Done) -> None:
    lanes = [Job(f"deliver:{n}", f"deliver:{n}", MAIL) for n in range(3)]
    done.slow = {lane.name for lane in lanes}
    here, there = make(), make()
    here.start(done)
    for lane in lanes:
        jobs.put(store, here, lane)
    assert done.begins("deliver:0")
    assert not done.begins("deliver:1", within=1.2)
    there.start(done)
    assert done.begins("deliver:1")
    assert not done.begins("deliver:2", within=1.2)
    done.may_go_on.set()
    assert done.reach(*(lane.name for lane in lanes))


def reached(store: Store) -> str:
    with store.reading() as tx:
        told = tx.driver_connection.execute("SELECT obj_description(to_regclass('procrastinate_jobs'))")
        return str(told.fetchone()[0])


def set_back(store: Store, step: str) -> None:
    with store.transaction() as tx:
        tx.driver_connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{step}'")


@pytest.fixture
def colleague(store: Store) -> Iterator[Member]:
    """Another process of the site that knows no step."""
    member = Member("other", "there", 1, ("worker",), "0", NOW, timedelta(minutes=1), NOW)
    with store.transaction() as tx:
        tx.members.join(member)
    yield member
    with store.transaction() as tx:
        tx.members.leave(member.id)


PRE = "03.04.00_01_pre_add_retry_failed_job_procedure.sql"
"""The step of procrastinate's after which one waits that takes away."""


@pytest.mark.parametrize("kind", ["distributed"])
def test_who_is_late_with_what_another_has_done_goes_on_without_a_word(
    engine: Engine, store: Store, done: Done, caplog: pytest.LogCaptureFixture
) -> None:
    done.slow = {"a"}
    engine.start(done)
    jobs.put(store, engine, A)
    assert done.begins("a")
    with store.transaction() as tx:
        tx.driver_connection.execute("DELETE FROM procrastinate_jobs")
    done.may_go_on.set()
    assert done.reach("a")
    jobs.put(store, engine, B)
    assert done.reach("a", "b")
    engine.stop()
    gc.collect()  # which is when asyncio tells of what nobody has asked for
    assert [record.getMessage() for record in caplog.records] == []


def test_it_stops_while_its_database_takes_connections_and_says_nothing(done: Done) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        engine = Distributed({"host": "127.0.0.1", "port": mute.getsockname()[1]}, 2)
        engine.start(done)
        assert select.select([mute], [], [], PATIENCE)[0], "it asks"
        stopping = threading.Thread(target=engine.stop)
        stopping.start()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()


@pytest.mark.parametrize("kind", ["distributed"])
def test_the_tables_are_made_once_and_brought_up_to_date(store: Store) -> None:
    distributed.prepare(store, "me")
    assert reached(store) == distributed.newest_step()
    set_back(store, PRE)
    distributed.prepare(store, "me")
    assert reached(store) == distributed.newest_step()
    set_back(store, "99.00.00_01_pre_of_a_later_version.sql")
    distributed.prepare(store, "me")
    assert reached(store).startswith("99"), "an earlier version leaves it alone"
    set_back(store, distributed.newest_step())


@pytest.mark.parametrize("kind", ["distributed"])
def test_what_takes_away_waits_for_who_does_not_know_it(store: Store, colleague: Member) -> None:
    set_back(store, PRE)
    distributed.prepare(store, "me")
    assert reached(store) == PRE
    with pytest.raises(StoreInUse, match="worked on by an earlier version"):
        distributed.finish(store)
    assert reached(store) == PRE
    with store.transaction() as tx:
        tx.members.join(replace(colleague, engine=distributed.newest_step()))
    distributed.prepare(store, "me")
    assert reached(store) == PRE, "others work, and a person says when"
    distributed.finish(store)
    assert reached(store) == distributed.newest_step()


@pytest.mark.parametrize("kind", ["distributed"])
@pytest.mark.usefixtures("colleague")
def test_what_would_have_to_come_after_it_is_refused(store: Store) -> None:
    before = "03.02.00_01_pre_batch_defer_jobs.sql"
    set_back(store, before)
    with pytest.raises(StoreInUse, match="stop all processes"):
        distributed.prepare(store, "me")
    assert reached(store) == before
    set_back(store, distributed.newest_step())
