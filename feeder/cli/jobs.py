"""What each job of the service does, and what is logged of it."""

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from feeder.cli.context import Context
from feeder.errors import SourceError
from feeder.model.jobs import Job
from feeder.schedule import plan
from feeder.workflows import jobs, membership

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.store import Transaction

log = logging.getLogger(__name__)


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


class Jobs:
    """The jobs of one site, done by this process until it is `stopped`; `keep` makes sure that it holds the site."""

    def __init__(
        self, context: Context, app: "App", keep: Callable[[], None], stopped: Callable[[], bool]
    ) -> None:
        self._context = context
        self._app = app
        self._keep = keep
        self._stopped = stopped
        self._told: set[str] = set()
        self._sending = threading.Lock()
        self._broke_off = False
        self.changed = Changed()

    def do(self, job: Job) -> None:
        """Do a job, whoever has put it."""
        self._keep()
        kind, colon, about = job.name.partition(":")
        match f"{kind}{colon}":
            case plan.COLLECT:
                self._collect(about)
            case plan.DELIVER:
                self._deliver()
            case plan.PUBLISH.name:
                self._publish()
            case plan.PLAN.name:
                self._plan()
            case plan.LETTERS.name:
                self._letters()
            case plan.HUB.name:
                self._hub()
            case plan.RETURNS.name:
                self._returns()
            case plan.TIDY.name:
                self._tidy()
            case plan.LINKS.name:
                self._links()
            case _:
                log.warning("nobody here knows this job", extra={"job": job.name})

    def put(self, job: Job) -> None:
        """Let a job run soon. Raises: StoreError."""
        jobs.put(self._app.store, self._app.engine, job)

    def _collect(self, name: str) -> None:
        from feeder.sources.folder import MarkdownFolder  # noqa: PLC0415
        from feeder.workflows.collect import collect, is_left_alone  # noqa: PLC0415

        app, now = self._app, self._context.now()
        source = app.sources.get(name)
        paths = self.changed.take(name)
        # What has changed may be just what was wrong; another machine may know a source that we do not.
        if source is None or (not paths and is_left_alone(app.store, name, now)):
            return
        if paths and isinstance(source, MarkdownFolder):
            source = source.at(paths)
        announce = app.settings.sources[name].announce
        try:
            done = collect(
                app.store, source, now, announce=announce, confirmed=False, manner=app.manner(name)
            )
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
            self.put(plan.PUBLISH)

    def _publish(self) -> None:
        """Publish; what goes on going wrong, such as a bucket that does not answer, is told once."""
        from feeder.workflows.publish import publish  # noqa: PLC0415

        app = self._app
        done = publish(app.store, app.press, self._context.now(), progress=lambda work, _: work)
        problems = set(map(str, done.refused))
        for problem in sorted(problems - self._told):
            log.warning("left out", extra={"reason": problem})
        self._told = problems
        if done.put or done.taken_off or done.purged:
            counts = {"put": done.put, "taken_off": done.taken_off, "purged": done.purged}
            log.info("mirrored", extra=counts)
        if done.written or done.removed:
            log.info("published", extra={"written": len(done.written), "removed": len(done.removed)})
            if app.settings.publish.hub or app.settings.publish.hubs:
                self.put(plan.HUB)

    def _hub(self) -> None:
        from feeder.workflows import hub  # noqa: PLC0415

        done = hub.work(self._app.store, self._app.exchange(self._context.now, self._stopped))
        for problem in done.problems:
            log.warning("a hub does not hear what changed", extra={"reason": str(problem)})
        if done.counts():
            log.info("hub", extra=done.counts())

    def _plan(self) -> None:
        from feeder.workflows import planning  # noqa: PLC0415
        from feeder.workflows.release import release  # noqa: PLC0415

        app, now = self._app, self._context.now()
        release(app.store, now)
        planned, problems = planning.plan(app.store, app.post, now, self.put_mail)
        for problem in problems:
            log.warning("not planned", extra={"reason": str(problem)})
        if planned:
            log.info("planned", extra={"planned": planned})
            return
        with app.store.reading() as tx:
            is_ready = tx.deliveries.any_ready(now)
        if is_ready:
            with app.store.transaction() as tx:
                self.put_mail(tx)

    def put_mail(self, tx: "Transaction") -> None:
        """Let all processes that work send what is ready."""
        for lane in range(max(1, membership.workers(tx))):
            self._app.engine.put(tx, plan.deliver(lane))

    def _deliver(self) -> None:
        from feeder.workflows.send import deliver  # noqa: PLC0415

        app = self._app
        with self._sending:  # an engine that begins anew may do so before the last round has ended
            try:
                done = deliver(app.store, app.post, self._context.now, stopped=self._stopped)
            except Exception:
                self._broke_off = True
                raise
        for problem in done.problems:
            log.warning("not sent", extra={"reason": str(problem)})
        counts = {state.value: n for state, n in done.outcomes.items() if n}
        if counts:
            log.info("sent", extra=counts)

    def go_on(self) -> None:
        """Let what a round that broke off still holds be sent, here or elsewhere. Raises: StoreError."""
        if self._broke_off and self._sending.acquire(blocking=False):
            try:
                membership.let_go(self._app.store, self._app.name, self._context.now(), self.put_mail)
                self._broke_off = False
            finally:
                self._sending.release()

    def _letters(self) -> None:
        from feeder.workflows import letters, subscribe  # noqa: PLC0415

        app, now = self._app, self._context.now()
        signup = app.settings.signup
        if subscribe.is_flooded(app.store, signup, now):
            log.warning("a flood of sign-ups: confirmations wait", extra={"most_an_hour": signup.most})
        subscribe.answer(app.store, signup, now)
        for problem in letters.send(app.store, app.post, self._context.now, stopped=self._stopped):
            log.warning("letter not sent", extra={"reason": str(problem)})

    def _returns(self) -> None:
        from feeder.workflows import returns  # noqa: PLC0415

        app = self._app
        if app.inbox is None:
            return
        done = returns.gather(app.store, app.signer, app.inbox, self._context.now, stopped=self._stopped)
        counts = {effect.value: n for effect, n in done.effects.items()}
        if counts or done.others:
            log.info("came back", extra={**counts, "others": done.others})

    def _tidy(self) -> None:
        from feeder.workflows import suppress  # noqa: PLC0415

        app, now = self._app, self._context.now()
        again = suppress.tidy(app.store, app.settings.signup, now)
        if again:
            log.warning("a backup had brought back who was erased", extra={"erased_again": again})
        jobs.forget(app.store, now)

    def _links(self) -> None:
        from feeder.workflows import links  # noqa: PLC0415

        app = self._app
        done = links.check_hourly(app.store, app.client, app.settings.links, self._context.now, self._stopped)
        if done.changed:
            log.info("links checked", extra={"looked": done.looked, "changed": len(done.changed)})
