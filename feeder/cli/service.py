"""`run`: the service."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command
from feeder.errors import ConfigurationError, FeederError, SourceError

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.schedule.clock import Clock
    from feeder.web.readers import Readers

log = logging.getLogger(__name__)


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    command(
        commands,
        "run",
        _run,
        "run as a service until told to stop",
        more="Reads the sources on their intervals, publishes what changes, sends what is due, and serves\n"
        "the pages. Stops cleanly on SIGTERM or Ctrl-C, and picks up after a crash.",
    )


def _run(context: Context) -> int:
    from feeder.cli import logs  # noqa: PLC0415

    logs.to_terminal()
    with context.app() as app, app.store.lock() as keep:
        serve(context, app, keep)
    return 0


def serve(context: Context, app: "App", keep: Callable[[], None]) -> None:
    """Run the service in this thread until a signal ends it; the caller holds the site, and `keep` keeps it so."""
    from feeder import web  # noqa: PLC0415
    from feeder.schedule.clock import Clock  # noqa: PLC0415
    from feeder.web.readers import Readers  # noqa: PLC0415
    from feeder.workflows import letters, send  # noqa: PLC0415

    listening = _listen(app)
    clock, changed = Clock(), Changed()
    readers = Readers()
    server = web.server(app, clock.soon, readers)
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        server.should_exit = True

    # The server handles signals itself while it runs, and hands them on to us when it is done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    send.recover(app.store, context.now())
    letters.recover(app.store, context.now())
    _add_jobs(context, app, clock, keep, changed, readers, stopped)
    clock.start()
    watchers = _watch(app, clock, changed, stopped)
    host, port = listening.getsockname()[:2]
    log.info("serving", extra={"address": f"http://{host}:{port}/"})
    try:
        server.run(sockets=[listening])
    finally:
        stopped.set()
        for watcher in watchers:
            watcher.join()
        clock.stop()
        _count_at_last(keep, partial(_count, context, app, readers))
        log.info("stopped")


def _add_jobs(
    context: Context,
    app: "App",
    clock: "Clock",
    keep: Callable[[], None],
    changed: "Changed",
    readers: "Readers",
    stopped: threading.Event,
) -> None:
    from feeder.schedule import plan  # noqa: PLC0415

    for job in plan.jobs(app.settings):
        if job.name == plan.PUBLISH:
            run = partial(_publish, context, app, clock, set())
        elif job.name == plan.SEND:
            run = partial(_send, context, app, clock, stopped)
        elif job.name == plan.LETTERS:
            run = partial(_letters, context, app, stopped)
        elif job.name == plan.HUB:
            run = partial(_hub, context, app, stopped)
        elif job.name == plan.RETURNS:
            run = partial(_returns, context, app, stopped)
        elif job.name == plan.READERS:
            run = partial(_count, context, app, readers)
        elif job.name == plan.TIDY:
            run = partial(_tidy, context, app)
        elif job.name == plan.LINKS:
            run = partial(_links, context, app, stopped)
        else:
            run = partial(_collect, context, app, clock, changed, job.name.removeprefix(plan.COLLECT))
        clock.add(job, partial(_run_while_held, keep, run))


def _run_while_held(keep: Callable[[], None], run: Callable[[], None]) -> None:
    keep()
    run()


class Changed:
    """The files of watched folders that have changed since they were last read, by source."""

    def __init__(self) -> None:
        self._paths: dict[str, set[Path]] = {}
        self._lock = threading.Lock()

    def add(self, name: str, paths: Iterable[Path]) -> None:
        """Add files that have changed."""
        with self._lock:
            self._paths.setdefault(name, set()).update(paths)

    def take(self, name: str) -> set[Path]:
        """Return the files that have changed, and forget them."""
        with self._lock:
            return self._paths.pop(name, set())


def _watch(app: "App", clock: "Clock", changed: Changed, stopped: threading.Event) -> list[threading.Thread]:
    """Watch the folders: what changes there is read at once."""
    from feeder.model.settings import Folder  # noqa: PLC0415
    from feeder.schedule.plan import COLLECT  # noqa: PLC0415
    from feeder.sources.folder import watching  # noqa: PLC0415

    def watch(source: Folder) -> None:
        for paths in watching.watch(source.path, stopped):
            changed.add(source.name, paths)
            clock.soon(f"{COLLECT}{source.name}")

    folders = [source for source in app.settings.sources.values() if isinstance(source, Folder)]
    watchers = [threading.Thread(target=watch, args=[source], daemon=True) for source in folders]
    for watcher in watchers:
        watcher.start()
    return watchers


def _collect(context: Context, app: "App", clock: "Clock", changed: Changed, name: str) -> None:
    from feeder.schedule.plan import PUBLISH  # noqa: PLC0415
    from feeder.sources.folder import MarkdownFolder  # noqa: PLC0415
    from feeder.workflows.collect import collect, is_left_alone  # noqa: PLC0415

    now, source = context.now(), app.sources[name]
    paths = changed.take(name)
    # What has changed may be just what was wrong.
    if not paths and is_left_alone(app.store, name, now):
        return
    if paths and isinstance(source, MarkdownFolder):
        source = source.at(paths)
    announce = app.settings.sources[name].announce
    try:
        done = collect(app.store, source, now, announce=announce, confirmed=False, manner=app.manner(name))
    except SourceError as error:
        log.warning("source cannot be read", extra={"source": name, "reason": str(error)})
        return
    for problem in done.refused:
        log.warning("not taken", extra={"source": name, "reason": str(problem)})
    if done.held:
        log.warning("removals wait for a person", extra={"source": name, "items": done.held})
    tally = done.tally
    if tally.new or tally.changed or tally.gone:
        counts = {"new": tally.new, "changed": tally.changed, "gone": tally.gone}
        log.info("collected", extra={"source": name, **counts})
        clock.soon(PUBLISH)


def _publish(context: Context, app: "App", clock: "Clock", told: set[str]) -> None:
    """Publish; what goes on going wrong, such as a bucket that does not answer, is `told` once."""
    from feeder.schedule.plan import HUB  # noqa: PLC0415
    from feeder.workflows.publish import publish  # noqa: PLC0415

    done = publish(app.store, app.press, context.now(), progress=lambda work, _: work)
    problems = set(map(str, done.refused))
    for problem in sorted(problems - told):
        log.warning("left out", extra={"reason": problem})
    told.clear()
    told |= problems
    if done.put or done.taken_off or done.purged:
        counts = {"put": done.put, "taken_off": done.taken_off, "purged": done.purged}
        log.info("mirrored", extra=counts)
    if done.written or done.removed:
        log.info("published", extra={"written": len(done.written), "removed": len(done.removed)})
        clock.soon(HUB)


def _hub(context: Context, app: "App", stopped: threading.Event) -> None:
    from feeder.workflows import hub  # noqa: PLC0415

    done = hub.work(app.store, app.exchange(context.now, stopped.is_set))
    for problem in done.problems:
        log.warning("a hub does not hear what changed", extra={"reason": str(problem)})
    if done.counts():
        log.info("hub", extra=done.counts())


def _send(context: Context, app: "App", clock: "Clock", stopped: threading.Event) -> None:
    from feeder.schedule.plan import SEND  # noqa: PLC0415
    from feeder.workflows.planning import next_due  # noqa: PLC0415
    from feeder.workflows.release import release  # noqa: PLC0415
    from feeder.workflows.send import send_due  # noqa: PLC0415

    release(app.store, context.now())
    done = send_due(app.store, app.post, context.now, stopped=stopped.is_set)
    due = next_due(app.store, context.now())
    if due:
        clock.by(SEND, due)
    for problem in done.problems:
        log.warning("not sent", extra={"reason": str(problem)})
    counts = {state.value: n for state, n in done.outcomes.items() if n}
    if done.planned or counts:
        log.info("sent", extra={"planned": done.planned, **counts})


def _letters(context: Context, app: "App", stopped: threading.Event) -> None:
    from feeder.workflows import letters, subscribe  # noqa: PLC0415

    now, signup = context.now(), app.settings.signup
    if subscribe.is_flooded(app.store, signup, now):
        log.warning("a flood of sign-ups: confirmations wait", extra={"most_an_hour": signup.most})
    subscribe.answer(app.store, signup, now)
    for problem in letters.send(app.store, app.post, context.now, stopped=stopped.is_set):
        log.warning("letter not sent", extra={"reason": str(problem)})


def _returns(context: Context, app: "App", stopped: threading.Event) -> None:
    from feeder.workflows import returns  # noqa: PLC0415

    if app.inbox is None:
        return
    done = returns.gather(app.store, app.signer, app.inbox, context.now, stopped=stopped.is_set)
    counts = {effect.value: n for effect, n in done.effects.items()}
    if counts or done.others:
        log.info("came back", extra={**counts, "others": done.others})


def _count_at_last(keep: Callable[[], None], count: Callable[[], None]) -> None:
    """Remember what was counted since the last time; that it cannot be is no reason not to stop."""
    try:
        _run_while_held(keep, count)
    except FeederError as error:
        log.warning("readers of the last minute are not counted", extra={"reason": str(error)})


def _count(context: Context, app: "App", readers: "Readers") -> None:
    from feeder.workflows import readership  # noqa: PLC0415

    readership.keep(app.store, readers.take(), context.now())


def _tidy(context: Context, app: "App") -> None:
    from feeder.workflows import suppress  # noqa: PLC0415

    again = suppress.tidy(app.store, app.settings.signup, context.now())
    if again:
        log.warning("a backup had brought back who was erased", extra={"erased_again": again})


def _links(context: Context, app: "App", stopped: threading.Event) -> None:
    from feeder.workflows import links  # noqa: PLC0415

    done = links.check_hourly(app.store, app.client, app.settings.links, context.now, stopped.is_set)
    if done.changed:
        log.info("links checked", extra={"looked": done.looked, "changed": len(done.changed)})


def _listen(app: "App") -> socket.socket:
    web = app.settings.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"web.host = {web.host!r}, web.port = {web.port}",
            f"cannot be listened on ({error.strerror})",
            "stop the program that does, or choose another port",
        ) from error
