"""One process of a service: its parts, each for as long as a block runs, as its roles want it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from feeder import web
from feeder.cli.context import Context
from feeder.cli.jobs import Jobs
from feeder.engine.guarded import guarded
from feeder.errors import FeederError, StoreError, StoreNewer
from feeder.model.jobs import Job
from feeder.model.members import ROLES, SCHEDULER, WEB, WORKER
from feeder.model.settings import Folder
from feeder.schedule import plan
from feeder.schedule.clock import Clock
from feeder.web.health import Health
from feeder.web.readers import Readers
from feeder.workflows import jobs, letters, membership, readership, send
from feeder.workflows.planning import next_due

if TYPE_CHECKING:
    from feeder.app import App

log = logging.getLogger(__name__)

_LAST_SECONDS = 5.0
"""How long a process that stops waits for its own threads that only look."""

_SILENCE = timedelta(minutes=2)
"""After so long a part of this process that shows no life has died, or waits for something that does not come."""


def serve(
    context: Context,
    app: "App",
    keep: Callable[[], None],
    roles: tuple[str, ...] = ROLES,
    watched: tuple[str, int] | None = None,
) -> None:
    """Run the service in this thread until a signal ends it; the caller holds the site, and `keep` keeps it so.

    At the address `watched` it also tells supervisors how it is.
    """
    process = _Process(context, app, keep)
    with ExitStack() as parts:  # which end in the opposite order
        parts.callback(log.info, "stopped")
        parts.callback(process.health.close)
        if watched:
            host, port = parts.enter_context(web.health_server(app, *watched, process.health))
            log.info("telling how it is", extra={"address": f"http://{host}:{port}/healthz"})
        serving = parts.enter_context(process.serving() if WEB in roles else process.waiting())
        parts.enter_context(process.belonging(roles))
        if WORKER in roles:
            parts.enter_context(process.working())
        if SCHEDULER in roles:
            parts.enter_context(process.ticking())
        parts.callback(process.stop)
        serving()


class _Process:
    """What the parts of a process share."""

    def __init__(self, context: Context, app: "App", keep: Callable[[], None]) -> None:
        self.health = Health(app)
        self._context = context
        self._app = app
        self._keep = keep
        self._stopped = threading.Event()
        self._jobs = Jobs(context, app, keep, self._stopped.is_set)

    def stop(self) -> None:
        """Let all parts come to their end."""
        self.health.stop()
        self._stopped.set()

    # ── Pages ────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def waiting(self) -> Iterator[Callable[[], object]]:
        """Serve nothing: give what waits until a signal comes."""
        _when_told_to_stop(self._stopped.set)
        yield self._stopped.wait

    @contextmanager
    def serving(self) -> Iterator[Callable[[], object]]:
        """Listen, and count who reads feeds; give what serves until a signal comes."""
        settings, readers = self._app.settings.web, Readers()
        address = f"web.host = {settings.host!r}, web.port = {settings.port}"
        with web.listen(settings.host, settings.port, address) as listening:
            server = web.server(self._app, self._jobs.put, readers, self.health)

            def stop() -> None:
                self._stopped.set()
                server.should_exit = True

            # The server handles signals itself while it runs, and hands them on to us when it is done.
            _when_told_to_stop(stop)
            host, port = listening.getsockname()[:2]
            log.info("serving", extra={"address": f"http://{host}:{port}/"})
            with self._counting(readers):
                yield partial(server.run, sockets=[listening])

    @contextmanager
    def _counting(self, readers: Readers) -> Iterator[None]:
        """Write down by and by who reads feeds, as this process has counted them."""

        def count(_slot: datetime | None = None) -> None:
            self._keep()
            readership.keep(self._app.store, readers.take(), self._context.now())

        clock = Clock(1)
        clock.add("readers", plan.READERS_EVERY, count)
        clock.start()
        try:
            yield
        finally:
            clock.stop()
            self._at_last(count)

    # ── Membership ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def belonging(self, roles: tuple[str, ...]) -> Iterator[None]:
        """Tell all others that this process lives, and look after what the dead leave behind."""
        app = self._app
        member = app.member(roles, self._context.now())
        with app.store.transaction() as tx:
            tx.members.join(member)
        lives = self.health.beats.expect("membership", _SILENCE)

        def beat() -> None:
            pulse = membership.Pulse(member.beats)
            while not self._stopped.wait(member.beats.total_seconds()):
                lives()
                try:
                    membership.beat(app.store, member, self._context.now(), self._jobs.put_mail)
                    self._jobs.go_on()
                    if pulse.beat(time.monotonic()):
                        self._take_over()
                except StoreNewer as error:
                    log.critical("this program is too old for the store", extra={"reason": str(error)})
                    os.kill(os.getpid(), signal.SIGTERM)  # whoever starts it anew is told the same
                    return
                except FeederError:
                    continue  # it is told by whatever wants to work; who lives is seen when the store is back

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self.health.beats.forget("membership")
            thread.join(_LAST_SECONDS)
            self._at_last(
                partial(membership.leave, app.store, member, self._context.now(), self._jobs.put_mail)
            )

    def _take_over(self) -> None:
        for other in membership.take_over(self._app.store, self._context.now(), self._jobs.put_mail):
            log.warning("a process is silent, and others take over", extra={"silent": other})

    def _at_last(self, act: Callable[[], None]) -> None:
        """Do what is to be done before the end; that it cannot be is no reason not to stop, or to stop late."""
        try:
            if not self.health.has_store():
                raise StoreError(
                    "the store", "cannot be used", "nothing is lost: others, or the next start, see to it"
                )
            act()
        except FeederError as error:
            log.warning("left undone at the end", extra={"reason": str(error)})

    # ── Work ─────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def working(self) -> Iterator[None]:
        """Do jobs, and read folders at once when something changes there."""
        app, now = self._app, self._context.now()
        if not app.is_cluster:  # whoever has the site to itself knows that all others are dead
            send.recover(app.store, now)
            letters.recover(app.store, now)
        app.engine.start(self._do)
        watchers = self._watchers()
        with app.store.transaction() as tx:
            self._jobs.put_mail(tx)
            if not app.engine.remembers:
                for tick in plan.ticks(app.settings):
                    app.engine.put(tx, tick.job)
        try:
            yield
        finally:
            self._stopped.set()
            for watcher in watchers:
                watcher.join()
            app.engine.stop()

    def _do(self, job: Job) -> None:
        """Do a job, and let all that it says in the log have its name, how it failed as well."""
        with self._context.running.within(job.name):
            guarded(self._jobs.do)(job)

    def _watchers(self) -> list[threading.Thread]:
        from feeder.sources.folder import watching  # noqa: PLC0415 - most processes of many watch none

        def watch(source: Folder) -> None:
            for paths in watching.watch(source.path, self._stopped):
                self._jobs.changed.add(source.name, paths)
                with suppress(FeederError):  # its next turn comes
                    self._jobs.put(plan.collect(source))

        folders = [source for source in self._app.settings.sources.values() if isinstance(source, Folder)]
        watchers = [threading.Thread(target=watch, args=[source], daemon=True) for source in folders]
        for watcher in watchers:
            watcher.start()
        return watchers

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Put jobs when their time comes."""
        clock = Clock()
        for tick in plan.ticks(self._app.settings):
            clock.add(tick.job.name, tick.every, partial(self._tick, tick.job))
        lives = self.health.beats.expect("clock", _SILENCE)

        def look_out(_slot: datetime) -> None:
            """See to it that mail is planned, and sent, at the second at which it is due."""
            lives()
            with suppress(StoreError):  # the ticks of jobs tell of it, which are not so many
                due = next_due(self._app.store, self._context.now())
                if due:
                    clock.by(plan.PLAN.name, due)

        clock.add("lookout", plan.LOOKOUT_EVERY, look_out)
        clock.start()
        try:
            yield
        finally:
            self.health.beats.forget("clock")
            clock.stop()

    def _tick(self, job: Job, slot: datetime) -> None:
        self._keep()
        jobs.tick(self._app.store, self._app.engine, job, slot, self._context.now())


def _when_told_to_stop(stop: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
