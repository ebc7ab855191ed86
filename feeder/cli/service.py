"""`run` and `work`: the service, whole or in parts, on one machine or on many."""

import argparse
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command
from feeder.errors import ConfigurationError, FeederError
from feeder.model.jobs import Job
from feeder.model.members import ROLES, SCHEDULER, WEB, WORKER, Member

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.cli.jobs import Jobs
    from feeder.engine import Do
    from feeder.schedule.clock import Clock
    from feeder.web.health import Health
    from feeder.web.readers import Readers

log = logging.getLogger(__name__)

_LAST_SECONDS = 5.0
"""How long a process that stops waits for its own threads that only look."""

_SILENCE = timedelta(minutes=2)
"""After so long a part of this process that shows no life has died, or waits for something that does not come."""

_PORTS = 65_536


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    run = command(
        commands,
        "run",
        _run,
        "run as a service until told to stop",
        more="Reads the sources on their intervals, publishes what changes, sends what is due, and serves\n"
        "the pages. Stops cleanly on SIGTERM or Ctrl-C, and picks up after a crash.\n\n"
        "On PostgreSQL any number of them, on as many machines, work for one site (docs/cluster.md).",
    )
    run.add_argument(
        "--roles",
        type=_roles,
        default=ROLES,
        metavar="ROLE,...",
        help="what this process does, of scheduler, worker and web (default: all)",
    )
    work = command(
        commands,
        "work",
        _work,
        "add one more worker to a site on PostgreSQL",
        more="Does what the schedulers of the site say, beside the workers that there are. The same as\n"
        "`feeder run --roles worker`.",
    )
    for parser in (run, work):
        parser.add_argument(
            "--health",
            type=_address,
            metavar="HOST:PORT",
            help="serve /healthz, /readyz and /metrics there, too: for a process that serves no pages",
        )


def _roles(said: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(role.strip() for role in said.split(",")))
    if not set(roles) <= set(ROLES):
        raise argparse.ArgumentTypeError(f"{said!r} names other roles than {', '.join(ROLES)}")
    return roles


def _address(said: str) -> tuple[str, int]:
    host, colon, port = said.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) < _PORTS):
        raise argparse.ArgumentTypeError(f"{said!r} is no address such as 127.0.0.1:8001")
    return host.strip("[]"), int(port)


def _run(context: Context) -> int:
    return _start(context, context.arguments.roles)


def _work(context: Context) -> int:
    return _start(context, (WORKER,))


def _start(context: Context, roles: tuple[str, ...]) -> int:
    from feeder.cli import logs  # noqa: PLC0415

    logs.to_terminal(context.log, context.running)
    with context.app(member=True) as app:
        if set(roles) != set(ROLES) and not app.is_cluster:
            raise ConfigurationError(
                f"a process that is only {' and '.join(roles)}",
                "is one of several, which needs a store on PostgreSQL, and feeder[cluster] installed",
                "see docs/cluster.md, or use `feeder run` alone",
            )
        with app.store.lock(shared=app.is_cluster) as keep:
            serve(context, app, keep, roles, context.arguments.health)
    return 0


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
    from feeder import web  # noqa: PLC0415
    from feeder.cli.jobs import Jobs  # noqa: PLC0415
    from feeder.web.health import Health  # noqa: PLC0415

    health, stopped = Health(app), threading.Event()
    jobs = Jobs(context, app, keep, stopped.is_set)
    with ExitStack() as parts:  # which end in the opposite order
        parts.callback(log.info, "stopped")
        if watched:
            host, port = parts.enter_context(web.health_server(app, *watched, health))
            log.info("telling how it is", extra={"address": f"http://{host}:{port}/healthz"})
        serving: Callable[[], object] = stopped.wait
        if WEB in roles:
            serving = parts.enter_context(_serving(context, app, keep, health, stopped))
        else:
            _when_told_to_stop(stopped.set)
        parts.enter_context(_member(context, app, roles, jobs, health, stopped))
        if WORKER in roles:
            parts.enter_context(_working(context, app, jobs, stopped))
        if SCHEDULER in roles:
            parts.enter_context(_ticking(context, app, keep, health))
        parts.callback(stopped.set)
        parts.callback(health.stop)
        serving()


def _when_told_to_stop(stop: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


# ── Its parts, each for as long as the block runs ────────────────────────────────────────────────


@contextmanager
def _serving(
    context: Context, app: "App", keep: Callable[[], None], health: "Health", stopped: threading.Event
) -> Iterator[Callable[[], object]]:
    """Listen, and count who reads feeds; give what serves until a signal comes."""
    from feeder import web  # noqa: PLC0415
    from feeder.web.readers import Readers  # noqa: PLC0415
    from feeder.workflows import jobs  # noqa: PLC0415

    settings, readers = app.settings.web, Readers()
    with web.listen(
        settings.host, settings.port, f"web.host = {settings.host!r}, web.port = {settings.port}"
    ) as listening:
        server = web.server(app, partial(jobs.put, app.store, app.engine), readers, health)

        def stop() -> None:
            stopped.set()
            server.should_exit = True

        # The server handles signals itself while it runs, and hands them on to us when it is done.
        _when_told_to_stop(stop)
        host, port = listening.getsockname()[:2]
        log.info("serving", extra={"address": f"http://{host}:{port}/"})
        with _counting(context, app, keep, readers):
            yield partial(server.run, sockets=[listening])


@contextmanager
def _member(
    context: Context,
    app: "App",
    roles: tuple[str, ...],
    jobs: "Jobs",
    health: "Health",
    stopped: threading.Event,
) -> Iterator[None]:
    """Tell all others that this process lives, and look after what the dead leave behind."""
    from feeder.workflows import membership  # noqa: PLC0415

    member = app.member(roles, context.now())
    with app.store.transaction() as tx:
        tx.members.join(member)

    lives = health.beats.expect("membership", _SILENCE)

    def beat() -> None:
        while not stopped.wait(member.beats.total_seconds()):
            lives()
            try:
                dead = membership.beat(app.store, member, context.now(), jobs.put_mail)
            except FeederError:
                continue  # it is told by whatever wants to work; who lives is seen when the store is back
            for other in dead:
                log.warning("a process is silent, and others take over", extra={"silent": other})

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        health.beats.forget("membership")
        thread.join(_LAST_SECONDS)
        _at_last(partial(_leave, app, member))


def _leave(app: "App", member: Member) -> None:
    with app.store.transaction() as tx:
        tx.members.leave(member.id)


@contextmanager
def _working(context: Context, app: "App", jobs: "Jobs", stopped: threading.Event) -> Iterator[None]:
    """Do jobs, and read folders at once when something changes there."""
    from feeder.engine.guarded import guarded  # noqa: PLC0415
    from feeder.schedule import plan  # noqa: PLC0415
    from feeder.workflows import letters, send  # noqa: PLC0415

    if not app.is_cluster:  # whoever has the site to itself knows that all others are dead
        send.recover(app.store, context.now())
        letters.recover(app.store, context.now())
    app.engine.start(partial(_do, context, guarded(jobs.do)))
    watchers = _watch(app, jobs, stopped)
    with app.store.transaction() as tx:
        jobs.put_mail(tx)
        if not app.engine.remembers:
            for tick in plan.ticks(app.settings):
                app.engine.put(tx, tick.job)
    try:
        yield
    finally:
        stopped.set()
        for watcher in watchers:
            watcher.join()
        app.engine.stop()


def _do(context: Context, do: "Do", job: Job) -> None:
    """Do a job, and let all that it says in the log have its name, how it failed as well."""
    with context.running.within(job.name):
        do(job)


@contextmanager
def _ticking(context: Context, app: "App", keep: Callable[[], None], health: "Health") -> Iterator[None]:
    """Put jobs when their time comes."""
    from feeder.schedule import plan  # noqa: PLC0415
    from feeder.schedule.clock import Clock  # noqa: PLC0415
    from feeder.workflows import jobs  # noqa: PLC0415

    clock = Clock()
    for tick in plan.ticks(app.settings):

        def run(slot: datetime, job: Job = tick.job) -> None:
            keep()
            jobs.tick(app.store, app.engine, job, slot, context.now())

        clock.add(tick.job.name, tick.every, run)
    lives = health.beats.expect("clock", _SILENCE)

    def look_out(_slot: datetime) -> None:
        lives()
        _look_out(context, app, clock)

    clock.add("lookout", plan.LOOKOUT_EVERY, look_out)
    clock.start()
    try:
        yield
    finally:
        health.beats.forget("clock")
        clock.stop()


def _look_out(context: Context, app: "App", clock: "Clock") -> None:
    """See to it that mail is planned, and sent, at the second at which it is due."""
    from feeder.schedule import plan  # noqa: PLC0415
    from feeder.workflows.planning import next_due  # noqa: PLC0415

    due = next_due(app.store, context.now())
    if due:
        clock.by(plan.PLAN.name, due)


@contextmanager
def _counting(context: Context, app: "App", keep: Callable[[], None], readers: "Readers") -> Iterator[None]:
    """Write down by and by who reads feeds, as this process has counted them."""
    from feeder.schedule import plan  # noqa: PLC0415
    from feeder.schedule.clock import Clock  # noqa: PLC0415
    from feeder.workflows import readership  # noqa: PLC0415

    def count() -> None:
        keep()
        readership.keep(app.store, readers.take(), context.now())

    clock = Clock(1)
    clock.add("readers", plan.READERS_EVERY, lambda _slot: count())
    clock.start()
    try:
        yield
    finally:
        clock.stop()
        _at_last(count)


def _at_last(act: Callable[[], None]) -> None:
    """Do what is to be done before the end; that it cannot be is no reason not to stop."""
    try:
        act()
    except FeederError as error:
        log.warning("left undone at the end", extra={"reason": str(error)})


def _watch(app: "App", jobs: "Jobs", stopped: threading.Event) -> list[threading.Thread]:
    """Watch the folders: what changes there is read at once."""
    from feeder.model.settings import Folder  # noqa: PLC0415
    from feeder.schedule import plan  # noqa: PLC0415
    from feeder.sources.folder import watching  # noqa: PLC0415
    from feeder.workflows.jobs import put  # noqa: PLC0415

    def watch(source: Folder) -> None:
        for paths in watching.watch(source.path, stopped):
            jobs.changed.add(source.name, paths)
            _at_last(partial(put, app.store, app.engine, plan.collect(source)))

    folders = [source for source in app.settings.sources.values() if isinstance(source, Folder)]
    watchers = [threading.Thread(target=watch, args=[source], daemon=True) for source in folders]
    for watcher in watchers:
        watcher.start()
    return watchers
