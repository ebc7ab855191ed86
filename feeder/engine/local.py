"""Jobs on threads of this process, which has the site to itself."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

from feeder.engine import Do
from feeder.engine.guarded import guarded
from feeder.model.jobs import MAIL, Job
from feeder.store import Transaction

log = logging.getLogger(__name__)


class Local:
    """An engine of one process. A job that is put while it runs runs once more: it may have passed what came in."""

    remembers = False

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._do: Do | None = None
        self._waiting: dict[Job, None] = {}  # in the order in which they were put
        self._running: set[Job] = set()
        self._lock = Lock()

    def put(self, tx: Transaction, job: Job) -> None:
        """Let a job run once the transaction has been committed."""
        tx.afterwards(partial(self._put, job))

    def start(self, do: Do) -> None:
        """Begin to run jobs."""
        self._do = guarded(do)
        self._run_what_may()

    def stop(self) -> None:
        """Begin no more jobs, and wait for those that run."""
        with self._lock:
            self._do = None
        self._pool.shutdown(wait=True)

    def waiting(self, tx: Transaction) -> dict[str, int]:  # noqa: ARG002 - an engine in the database asks it
        """Return how many jobs wait or run, by name."""
        with self._lock:
            names = [job.name for job in (*self._waiting, *self._running)]
        return {name: names.count(name) for name in names}

    def _put(self, job: Job) -> None:
        with self._lock:
            self._waiting[job] = None
        self._run_what_may()

    def _run_what_may(self) -> None:
        with self._lock:
            if self._do is None:
                return
            locked = {_lock(job) for job in self._running}
            for job in list(self._waiting):
                if _lock(job) not in locked:
                    locked.add(_lock(job))
                    del self._waiting[job]
                    self._running.add(job)
                    self._pool.submit(self._run, self._do, job)

    def _run(self, do: Do, job: Job) -> None:
        do(job)
        with self._lock:
            self._running.discard(job)
        self._run_what_may()


def _lock(job: Job) -> str:
    return MAIL if job.queue == MAIL else job.lock
