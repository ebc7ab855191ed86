"""APScheduler behind one class.

Its job stores are in memory: what was done and what is due stand in the store.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Lock

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from feeder.errors import FeederError

log = logging.getLogger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Threads(BasePoolExecutor):  # type: ignore[misc]  # it has no types
    """APScheduler's way to run jobs on a pool that is ours to wait for."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Clock:
    """Ticks: each at the beginning of its intervals, never twice at a time, never skipped for being late."""

    def __init__(self, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="clock")
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": _Threads(self._pool)},
            # By default a job that is a second late is skipped.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._early: dict[str, datetime] = {}
        self._lock = Lock()

    def add(self, name: str, every: timedelta, tick: Callable[[datetime], None]) -> None:
        """Tick at once and then at the beginning of each interval since 1970, the same on all machines.

        It is told when the interval began, or the moment for which it was asked by `by`. What it raises is logged,
        what goes on once.
        """
        told = ""

        def guarded() -> None:
            nonlocal told
            try:
                tick(self._slot(name, every))
                told = ""
            except FeederError as error:
                if str(error) != told:
                    log.error("tick failed", extra={"job": name, "reason": str(error)})  # noqa: TRY400 - it says all
                told = str(error)
            except Exception:
                log.exception("tick failed", extra={"job": name})

        trigger = IntervalTrigger(seconds=every.total_seconds(), start_date=_EPOCH, timezone=UTC)
        self._scheduler.add_job(guarded, trigger, id=name, next_run_time=datetime.now(UTC))

    def by(self, name: str, moment: datetime) -> None:
        """Tick at a moment, if it would not tick before."""
        with suppress(JobLookupError):
            job = self._scheduler.get_job(name)
            if job and job.next_run_time and moment < job.next_run_time:
                with self._lock:
                    self._early[name] = moment
                job.modify(next_run_time=moment)

    def _slot(self, name: str, every: timedelta) -> datetime:
        with self._lock:
            early = self._early.pop(name, None)
        now = datetime.now(UTC)
        return early or now - (now - _EPOCH) % every

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin no more ticks, and wait for those that run."""
        # It would hold a lock while it waits, which a tick that ends with `by` wants as well.
        self._scheduler.shutdown(wait=False)
        self._pool.shutdown(wait=True)
