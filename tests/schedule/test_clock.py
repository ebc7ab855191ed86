"""The clock, in real time: APScheduler's shortest interval is a second."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feeder.errors import StoreError
from feeder.schedule.clock import Clock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
PATIENCE = 5.0
"""Seconds after which something that should have happened is missing."""

Start = Callable[[], None]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Iterator[Start]:
    """Start the clock; it stops when the test ends."""
    started = False

    def begin() -> None:
        nonlocal started
        clock.start()
        started = True

    yield begin
    if started and clock._scheduler.running:
        clock.stop()


class Runs:
    """Counts the ticks of a job, with the slots that they are told, and lets a test wait for the n-th."""

    def __init__(self) -> None:
        self._count = threading.Condition()
        self.times: list[float] = []
        self.slots: list[datetime] = []

    def __call__(self, slot: datetime) -> None:
        with self._count:
            self.times.append(time.monotonic())
            self.slots.append(slot)
            self._count.notify_all()

    def reach(self, n: int, patience: float = PATIENCE) -> bool:
        with self._count:
            return self._count.wait_for(lambda: len(self.times) >= n, patience)


def failing(runs: Runs, error: Exception) -> Callable[[datetime], None]:
    """Return a job that counts its ticks, and fails at each."""

    def fail(slot: datetime) -> None:
        runs(slot)
        raise error

    return fail


UNUSABLE = StoreError("the store", "cannot be used", "look at its disk")


def test_a_job_ticks_at_once_and_then_at_the_beginning_of_each_interval(clock: Clock, start: Start) -> None:
    often, seldom = Runs(), Runs()
    clock.add("often", SECOND, often)
    clock.add("seldom", HOUR, seldom)
    begun = time.monotonic()
    start()
    assert often.reach(4)
    assert often.times[0] - begun < 0.9
    gaps = [later - earlier for earlier, later in zip(often.slots[1:], often.slots[2:], strict=False)]
    assert gaps[:2] == [SECOND, SECOND]
    assert {slot.microsecond for slot in often.slots} == {0}
    assert len(seldom.times) == 1
    assert (seldom.slots[0].minute, seldom.slots[0].second) == (0, 0)


def test_nothing_runs_before_the_start(clock: Clock, start: Start) -> None:
    runs = Runs()
    clock.add("job", SECOND, runs)
    assert not runs.reach(1, 0.2)
    start()
    assert runs.reach(1)


def test_a_job_that_raises_is_logged_and_runs_again(
    clock: Clock, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs()
    clock.add("fails", SECOND, failing(runs, ValueError("broken pier")))
    start()
    assert runs.reach(2)
    clock.stop()
    failures = [record for record in caplog.records if record.getMessage() == "tick failed"]
    assert len(failures) >= 2
    assert {getattr(record, "job", None) for record in failures} == {"fails"}
    assert "broken pier" in caplog.text


def test_of_what_a_person_can_mend_one_line_is_logged(
    clock: Clock, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs()
    clock.add("fails", SECOND, failing(runs, UNUSABLE))
    start()
    assert runs.reach(2)
    clock.stop()
    failure = caplog.records[0]
    assert (failure.getMessage(), failure.exc_info) == ("tick failed", None)
    assert getattr(failure, "reason", "") == "the store: cannot be used; look at its disk"


def test_by_runs_a_job_at_a_moment_and_never_later_than_it_would(clock: Clock, start: Start) -> None:
    runs = Runs()
    clock.add("job", HOUR, runs)
    start()
    assert runs.reach(1)
    moment = datetime.now(UTC) + SECOND
    for asked in (moment, moment + HOUR):
        clock.by("job", asked)
    clock.by("no such job", moment)
    assert not runs.reach(2, 0.8)
    assert runs.reach(2)
    assert datetime.now(UTC) - moment < SECOND
    assert runs.slots[1] == moment


def test_a_job_never_runs_twice_at_a_time(clock: Clock, start: Start) -> None:
    running, most, runs = [0], [0], Runs()

    def slow(slot: datetime) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(1.4)
        running[0] -= 1
        runs(slot)

    clock.add("slow", SECOND, slow)
    start()
    assert runs.reach(2)
    assert most == [1]


def test_a_slow_job_does_not_hold_up_the_others(clock: Clock, start: Start) -> None:
    end, runs = threading.Event(), Runs()
    clock.add("slow", HOUR, lambda _: void(end.wait(PATIENCE)))
    clock.add("quick", SECOND, runs)
    start()
    assert runs.reach(2)
    end.set()


def test_what_goes_on_failing_is_told_once(
    clock: Clock, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs()
    clock.add("job", SECOND, failing(runs, UNUSABLE))
    start()
    assert runs.reach(3)
    clock.stop()
    assert [record.getMessage() for record in caplog.records].count("tick failed") == 1


def void(_: object) -> None:
    """Return nothing."""


def test_stop_waits_for_what_runs_and_begins_nothing_more(clock: Clock, start: Start) -> None:
    begun, ended, after = threading.Event(), threading.Event(), Runs()

    def slow(_slot: datetime) -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    clock.add("slow", SECOND, slow)
    clock.add("other", SECOND, after)
    start()
    assert begun.wait(PATIENCE)
    clock.stop()
    assert ended.is_set()
    n = len(after.times)
    time.sleep(1.2)
    assert len(after.times) == n


def test_stopping_waits_for_a_tick_that_asks_for_another(clock: Clock) -> None:
    running, may_end = threading.Event(), threading.Event()

    def tick(_slot: datetime) -> None:
        running.set()
        may_end.wait(10)
        clock.by("other", datetime.now(UTC))

    clock.add("job", HOUR, tick)
    clock.add("other", HOUR, lambda _: None)
    clock.start()
    assert running.wait(10)
    stopping = threading.Thread(target=clock.stop, daemon=True)
    stopping.start()
    time.sleep(0.2)  # it waits by now
    may_end.set()
    stopping.join(10)
    assert not stopping.is_alive(), "the two wait for each other"
