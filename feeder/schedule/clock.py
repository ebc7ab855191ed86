"""APScheduler behind one class.

Its job stores are in memory: what was done and what is due stand in the store.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Lock

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from feeder.errors import FeederError
from feeder.schedule.plan import Job

log = logging.getLogger(__name__)


class _Threads(BasePoolExecutor):  # type: ignore[misc]  # it has no types
    """APScheduler's way to run jobs on a pool that is ours to wait for."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Clock:
    """Runs jobs on threads: each at its interval, never twice at a time, never skipped for being late."""

    def __init__(self, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": _Threads(self._pool)},
            # By default a job that is a second late is skipped.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._wanted: set[str] = set()
        self._lock = Lock()
        self._stopping = Event()

    def add(self, job: Job, run: Callable[[], None]) -> None:
        """Run a job at once and then at its interval. What it raises is logged; it runs again."""

        def guarded() -> None:
            wanted = True
            while wanted:
                self._is_wanted(job.name)  # this run is the one
                try:
                    run()
                except FeederError as error:
                    log.error("job failed", extra={"job": job.name, "reason": str(error)})  # noqa: TRY400 - it says all
                except Exception:
                    log.exception("job failed", extra={"job": job.name})
                wanted = self._is_wanted(job.name) and not self._stopping.is_set()

        trigger = IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC)
        self._scheduler.add_job(guarded, trigger, id=job.name, next_run_time=datetime.now(UTC))

    def soon(self, name: str) -> None:
        """Run a job as soon as it is not running: what came in, a run that is under way may have passed."""
        with self._lock:
            self._wanted.add(name)
        if self._stopping.is_set():
            return
        with suppress(JobLookupError):  # it begins to stop just now
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def by(self, name: str, moment: datetime) -> None:
        """Run a job at a moment, if it would not run before."""
        with suppress(JobLookupError):
            job = self._scheduler.get_job(name)
            if job and job.next_run_time and moment < job.next_run_time:
                job.modify(next_run_time=moment)

    def _is_wanted(self, name: str) -> bool:
        with self._lock:
            if name not in self._wanted:
                return False
            self._wanted.discard(name)
            return True

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin no more jobs, and wait for those that run."""
        self._stopping.set()
        # It would hold a lock while it waits, which a job that ends with `soon` wants as well.
        self._scheduler.shutdown(wait=False)
        self._pool.shutdown(wait=True)
