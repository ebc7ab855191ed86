"""Jobs in the site's PostgreSQL, by procrastinate: any number of machines put and run them.

A worker beats each second. One that is silent for three is taken for dead by all others, and what it was
about is begun anew. So a job may run twice at a time, when a worker wakes that was only held up: what it
does is fenced where it matters, in the store and in the published folder.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, LiteralString

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager

from feeder.engine import Do
from feeder.engine.guarded import guarded
from feeder.errors import StoreError, StoreInUse
from feeder.model.jobs import MAIL, WORK, Job
from feeder.model.members import Member
from feeder.store import Store, Transaction

log = logging.getLogger(__name__)

_TASK = "feeder"

_HOLD: LiteralString = """
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND queue_name = %(queue)s AND args ->> 'name' = %(name)s
    LIMIT 1 FOR SHARE SKIP LOCKED
"""
"""Finds a job that waits, and keeps workers from it: they pass over what is locked."""

_WAITING: LiteralString = """
    SELECT args ->> 'name' AS name, count(*) AS jobs FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') GROUP BY 1 ORDER BY 1
"""

_BEAT_SECONDS, _SILENCE_SECONDS = 1.0, 3.0
"""How often a worker tells that it lives, and after which silence it is taken for dead."""

_POLL_SECONDS = 0.5
"""How often workers look for what nobody told them: jobs that were taken from the dead."""

_AGAIN_SECONDS = 1.0
"""How long to wait before the next try when PostgreSQL has gone."""

_CONNECTING_SECONDS = 3.0
"""How long to wait for a connection. A pool tries ever more seldom what has failed; a new one tries at once."""

_ENDING_SECONDS = 5.0
"""How long to wait for jobs whose worker ends, and at last for PostgreSQL to hear of that. They go on to their end."""


class Distributed:
    """An engine of many processes."""

    remembers = True

    def __init__(self, connection: dict[str, Any], threads: int) -> None:
        """Use libpq's `connection` parameters, and up to so many `threads` beside the one that sends mail."""
        self._connection = connection
        self._putting = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(kwargs=connection))
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads + 1, thread_name_prefix="job")
        self._thread: Thread | None = None
        self._stopping = Event()
        self._told = ""  # why jobs wait, since the last time that they did not
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[Any] | None = None

    # ── Putting ──────────────────────────────────────────────────────────────────────────────────

    def put(self, tx: Transaction, job: Job) -> None:
        """Let a job run once the transaction has been committed: it is a row of it.

        Where the same job waits already, that is held until then, so that nobody begins it before.
        """
        with _translated():
            if not self._asked(tx, _HOLD, name=job.name, queue=job.queue):
                self._putting.configure_task(
                    _TASK, queue=job.queue, lock=job.lock, connection=tx.driver_connection
                ).defer(name=job.name)

    def waiting(self, tx: Transaction) -> dict[str, int]:
        """Return how many jobs wait or run on all machines, by name."""
        with _translated():
            return {row["name"]: row["jobs"] for row in self._asked(tx, _WAITING)}

    def _asked(self, tx: Transaction, query: LiteralString, **values: str) -> list[dict[str, Any]]:
        connector = self._putting.connector.get_sync_connector()
        return connector.execute_query_all_with_connection(tx.driver_connection, query, **values)

    # ── Working ──────────────────────────────────────────────────────────────────────────────────

    def start(self, do: Do) -> None:
        """Begin to run jobs."""
        # It tells in several lines each time what we tell in one.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        self._thread = Thread(target=self._run, args=[guarded(do)], name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin no more jobs, and wait for those that run here."""
        self._stopping.set()
        with suppress(RuntimeError):  # it is between two loops
            if self._loop and self._work:
                self._loop.call_soon_threadsafe(self._work.cancel)
        if self._thread:
            self._thread.join(_ENDING_SECONDS)
        self._pool.shutdown(wait=True)

    def _run(self, do: Do) -> None:
        """Work, and begin anew when PostgreSQL was gone."""
        while not self._stopping.is_set():
            try:
                asyncio.run(self._until_stopped(do))
            except asyncio.CancelledError:
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, jobs must go on
                reason = _innermost(error)
                if reason != self._told:
                    log.warning("jobs wait", extra={"reason": reason})
                self._told = reason
            self._stopping.wait(_AGAIN_SECONDS)

    async def _until_stopped(self, do: Do) -> None:
        self._loop, self._work = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopping.is_set():
            return
        # What procrastinate leaves behind when its connection has gone is told by `_run`, in one line.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        connector = procrastinate.PsycopgConnector(
            kwargs=self._connection, min_size=1, max_size=4, timeout=_CONNECTING_SECONDS
        )
        app = procrastinate.App(connector=connector)
        app.job_manager = manager = _Manager(connector)

        @app.task(name=_TASK, pass_context=True)
        async def run(context: procrastinate.JobContext, name: str) -> None:
            job = Job(name, context.job.lock or "", context.job.queue)
            await asyncio.get_running_loop().run_in_executor(self._pool, do, job)

        try:
            await _opened(app)
            self._told = ""
            await self._work_on(app, manager)
        finally:
            await app.close_async()

    async def _work_on(self, app: procrastinate.App, manager: "_Manager") -> None:
        async with asyncio.TaskGroup() as group:
            for queue, at_once in ((WORK, self._threads), (MAIL, 1)):
                worker = app.run_worker_async(
                    queues=[queue],
                    concurrency=at_once,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    update_heartbeat_interval=_BEAT_SECONDS,
                    stalled_worker_timeout=_SILENCE_SECONDS,
                    shutdown_graceful_timeout=_ENDING_SECONDS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
                group.create_task(_ending(worker))
            group.create_task(_ending(manager.lost.wait()))
            group.create_task(_take_from_the_dead(manager))


class _Manager(JobManager):
    """Ends jobs; `lost` is set when the end of one could not be written.

    Whoever did that must begin anew under another name: it would hold the job for as long as it lives.
    """

    def __init__(self, connector: procrastinate.PsycopgConnector) -> None:
        super().__init__(connector)
        self.lost = asyncio.Event()

    async def finish_job(self, job: procrastinate.jobs.Job, status: Status, delete_job: bool) -> None:
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            if not isinstance(
                error.__cause__, psycopg.errors.RaiseException
            ):  # else others have done it meanwhile
                self.lost.set()


async def _opened(app: procrastinate.App) -> None:
    try:
        async with asyncio.timeout(_CONNECTING_SECONDS):
            await app.open_async()
    except TimeoutError:
        raise _Ended("PostgreSQL does not answer") from None


class _Ended(Exception):
    """A worker has ended although nobody told it to."""


async def _ending(worker: Coroutine[Any, Any, object]) -> None:
    """Work; a worker that ends by itself has lost its connection, and takes the others along."""
    await worker
    raise _Ended("PostgreSQL does not answer")


async def _take_from_the_dead(manager: JobManager) -> None:
    """Let what workers were about when they died begin anew."""
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_SILENCE_SECONDS):
            with suppress(ConnectorException):  # another machine was quicker
                await manager.retry_job(job)


# ── The tables ───────────────────────────────────────────────────────────────────────────────────


_REACH = "COMMENT ON TABLE procrastinate_jobs IS"
_REACHED = "SELECT obj_description(to_regclass('procrastinate_jobs'))"
"""Told by the table itself, so that it is true wherever the rows of our own come from."""


def newest_step() -> str:
    """Return the last of procrastinate's own steps that this process knows."""
    return _steps()[-1].name


def prepare(store: Store, me: str) -> None:
    """Make procrastinate's tables in the site's database, or add what they lack.

    Its steps, too, are of two kinds. Those that take away wait until no process but `me` works for the site,
    or for `finish`. Raises: StoreError; StoreInUse where one of them is in the way.
    """
    waiting = _go(store, lambda members, _step: all(member.id == me for member in members))
    if any(not _takes_away(step) for step in waiting):
        raise _in_use("stop all processes of the site once, or upgrade procrastinate version by version")


def finish(store: Store) -> None:
    """Also take away what only earlier versions used. Raises: StoreError; StoreInUse while one of them works."""
    if _go(store, lambda members, step: all(member.engine >= step for member in members if member.is_alive)):
        raise _in_use("stop or upgrade what has an earlier version of procrastinate, then do this again")


def _go(store: Store, may_take_away: Callable[[Sequence[Member], str], bool]) -> list[Path]:
    """Go the steps that may be gone, in their order; return those that wait."""
    with store.transaction() as tx, _translated():
        tx.facts.locked("engine")  # one process at a time
        connection = tx.driver_connection
        reached: str | None = connection.execute(_REACHED).fetchone()[0]
        if reached is None:
            connection.execute(SchemaManager.get_schema())
            connection.execute(f"{_REACH} '{newest_step()}'")
            return []
        members = tx.members.all()
        steps = [step for step in _steps() if step.name > reached]
        for place, step in enumerate(steps):
            if _takes_away(step) and not may_take_away(members, step.name):
                return steps[place:]
            connection.execute(step.read_text(encoding="utf-8"))
            connection.execute(f"{_REACH} '{step.name}'")
        return []


def _in_use(mend: str) -> StoreInUse:
    rule = "are worked on by an earlier version, and must be changed in a way that it cannot stand"
    return StoreInUse("the jobs of this site", rule, mend)


def _steps() -> list[Path]:
    """Return procrastinate's own steps, in SQL; their names are in the order in which they are to be gone."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _takes_away(step: Path) -> bool:
    return "_post_" in step.name


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, ConnectorException) as error:
        raise StoreError(
            "the jobs of this site",
            f"cannot be reached ({_innermost(error)})",
            "look whether PostgreSQL is there; what was to be done is done when it is back",
        ) from error


def _innermost(error: BaseException) -> str:
    """Return in one line what is at the bottom of an error."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    while error.__cause__:
        error = error.__cause__
    return " ".join(str(error).split()) or type(error).__name__
