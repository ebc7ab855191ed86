"""Issues go out: planned, claimed, chosen, attempted, recorded, as the delivery contract says.

One thread keeps the ledger, and as many as the way out has connections send. What comes back together
is committed together, with the attempts that follow, so the ledger costs little however many send.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feeder.errors import FeederError, MailError, SiteLocked, StoreError
from feeder.mail import answers
from feeder.mail.composing import Mould
from feeder.model.deliveries import (
    Accepted,
    Deferred,
    Delivery,
    Envelope,
    Lost,
    Message,
    Outcome,
    Refused,
    State,
    Verdict,
)
from feeder.store import Store, Transaction
from feeder.workflows import alarms, choosing, planning
from feeder.workflows.consequences import Consequences, go_on, limits, rests_until
from feeder.workflows.post import Clock, Post, tag_names

_AT_ONCE = 500
"""How many deliveries a worker claims at a time at most, unless its connections take more."""

_AHEAD_SECONDS = 1.0
"""What leaves in so long is claimed at a time: it is kept from all others, and waits longest when a worker dies."""

_MOMENT_SECONDS = 0.02
"""What comes back so soon after another is committed with it."""

_PATIENCE_SECONDS = 5.0
"""How long a store that fails is tried, to record what came back."""

_BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long a deferred delivery waits after its first, second … attempt; then as after the last."""

_STATES = {
    Accepted: State.ACCEPTED,
    Deferred: State.WAITING,
    Refused: State.REFUSED,
    Lost: State.ATTEMPTED,
}


@dataclass(slots=True)
class Sent:
    """What a round of sending did: how many were planned, how many ended in which state, what failed.

    `failed` counts why messages were not taken, with what can be done about it. `refused` is why nothing may
    leave this site yet.
    """

    planned: int = 0
    outcomes: Counter[State] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[FeederError] = field(default_factory=list)
    refused: FeederError | None = None


def send_due(store: Store, post: Post, clock: Clock, *, stopped: Callable[[], bool]) -> Sent:
    """Send what waits, then plan and send what is due.

    What waits goes first, so that planning expires only what could not be sent. The caller has
    released items just before: by the present, even where `clock` is ahead of it to see what
    would be due, since an embargo ends when it ends.
    """
    report, learned = Sent(), _learning(post, clock())
    _send_waiting(store, post, clock, stopped, report, learned)
    planned, problems = planning.plan(store, post, clock())
    report.planned += planned
    report.problems += problems
    _send_waiting(store, post, clock, stopped, report, learned)
    return _told(store, post, clock, report)


def deliver(store: Store, post: Post, clock: Clock, *, stopped: Callable[[], bool]) -> Sent:
    """Send what waits, of what others have planned; several processes may do so at a time."""
    report = Sent()
    _send_waiting(store, post, clock, stopped, report, _learning(post, clock()))
    return _told(store, post, clock, report)


def _learning(post: Post, now: datetime) -> Consequences:
    return Consequences(limits(post.delivery, post.mail), now)


def _told(store: Store, post: Post, clock: Clock, report: Sent) -> Sent:
    """Return what was done with all that a person should know of it."""
    if report.refused:
        report.problems.append(report.refused)
    else:
        alarms.tell(store, post, clock())
    report.problems += [
        MailError(f"{times} message{'s' * (times > 1)}", f"not delivered ({reason})", mend)
        for (reason, mend), times in report.failed.items()
    ]
    return report


def recover(store: Store, now: datetime) -> int:
    """Take back what a killed run had claimed, and rest no more; the caller holds the site's lock."""
    with store.transaction() as tx:
        go_on(tx)
        return tx.deliveries.recover(now)


def _send_waiting(
    store: Store,
    post: Post,
    clock: Clock,
    stopped: Callable[[], bool],
    report: Sent,
    learned: Consequences,
) -> None:
    with store.reading() as tx:
        resting = rests_until(tx)
    if learned.halted or (resting and resting > clock()):
        return
    report.refused = post.refusal(lambda tx: tx.deliveries.any_ready(clock()), clock())
    if report.refused:
        return
    with ThreadPoolExecutor(post.transport.connections, thread_name_prefix="send") as crew:
        _Worker(store, post, clock, stopped, report, learned, crew).run()


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A delivery that is ready to be attempted, with what its message is made of; and by which server, empty for any."""

    delivery: Delivery
    content: int
    mould: Mould
    why: str
    server: str


@dataclass(slots=True)
class _Worker:
    """Sends what is ready, until nothing is, or it is stopped."""

    store: Store
    post: Post
    clock: Clock
    stopped: Callable[[], bool]
    report: Sent
    learned: Consequences
    crew: ThreadPoolExecutor
    ready: deque[_Ready] = field(default_factory=deque)
    moulds: dict[int, Mould] = field(default_factory=dict)
    flying: dict[Future[list[Outcome]], list[_Ready]] = field(default_factory=dict)
    landed: dict[Delivery, Outcome] = field(default_factory=dict)
    is_drained: bool = False
    claimed_at: float = 0.0  # by `time.monotonic`: the clock of deliveries tells whole seconds
    landed_since: int = 0

    def run(self) -> None:
        """Claim, attempt, send and record, until nothing is left to do.

        Raises: StoreError, and what `stopped` does; what had come back is recorded all the same, if the store
        can be used soon.
        """
        try:
            self._run()
        except (StoreError, SiteLocked):
            self._record_at_last()
            raise

    def _run(self) -> None:
        while True:
            if len(self.ready) < self._a_flight and not (self.is_drained or self._is_stopped()):
                self._claim()
            self._keep_ledger()
            if self.flying:
                self.landed = self._wait()
            # Nothing may be flying because whoever was claimed wants nothing, or has left.
            if not self.landed and not self.flying and (self._is_stopped() or self._is_done()):
                break
        if self.ready:
            with self.store.transaction() as tx:
                tx.deliveries.release([each.delivery for each in self.ready], self.post.owner, self.clock())

    def _is_done(self) -> bool:
        return self.is_drained and not self.ready

    def _is_stopped(self) -> bool:
        return bool(self.learned.halted) or self.stopped()

    @property
    def _a_flight(self) -> int:
        """How many messages all connections take at once."""
        return self.post.transport.connections * self.post.delivery.group

    # ── The ledger ───────────────────────────────────────────────────────────────────────────────

    def _claim(self) -> None:
        """Take what is ready, and settle what it brings (10, 11)."""
        post, now = self.post, self.clock()
        with self.store.transaction() as tx:
            if post.delivery.uncertain == "at-most-once":
                self.report.outcomes[State.UNCERTAIN] += tx.deliveries.close_uncertain(now)
            most = self._most()
            claimed = tx.deliveries.claim(post.owner, most, now, now + post.delivery.lease)
        self.is_drained = len(claimed) < most
        if not claimed:
            return
        # What waited here for longer than its lease may have been claimed anew.
        again = {delivery.id for delivery in claimed}
        self.ready = deque(each for each in self.ready if each.delivery.id not in again)
        choice = choosing.choose(self.store, post, claimed, self.clock())
        self.report.outcomes[State.EMPTY] += len(choice.empty)
        self._failed(choice.failed)
        leaves = self._put_off(choice.contents)
        self._cut({each: content for each, content in choice.contents.items() if each in leaves}, leaves)

    def _most(self) -> int:
        """Tell how many to claim, by how many have been settled since the last time."""
        now = time.monotonic()
        pace = self.landed_since * _AHEAD_SECONDS / max(now - self.claimed_at, _AHEAD_SECONDS / _AT_ONCE)
        self.claimed_at, self.landed_since = now, 0
        return max(self._a_flight, min(_AT_ONCE, int(pace)))

    def _put_off(self, contents: Mapping[Delivery, int]) -> dict[Delivery, str]:
        """Put off what may not leave yet, for the limits of the site, a server or the receiving domain.

        Returns by which server each of the others goes; empty for any.
        """
        now = self.clock()
        with self.store.transaction() as tx:
            leaves = self.learned.leaves(tx, contents, self.post.transport.servers, now)
            held = {each: leave.at for each, leave in leaves.items() if leave.at > now}
            tx.deliveries.postpone(held, self.post.owner, now)
        return {each: leaves[each].server if leaves else "" for each in contents if each not in held}

    def _cut(self, contents: Mapping[Delivery, int], leaves: Mapping[Delivery, str]) -> None:
        """Cut the issues that are to go out; one that cannot be cut is closed, and keeps no other back."""
        moulds = {content: self.moulds[content] for content in contents.values() if content in self.moulds}
        with self.store.reading() as tx:
            rendered = tx.contents.all_of(set(contents.values()) - moulds.keys())
            names = tag_names(tx, *(delivery.reader for delivery in contents))
        whys: dict[object, str] = {}
        failed: dict[Delivery, FeederError] = {}
        for delivery, content in contents.items():
            recipe, reader = self.post.recipes[delivery.digest], delivery.reader
            try:
                if content not in moulds:
                    moulds[content] = self.post.mould(recipe, delivery, rendered[content])
            except ValueError as error:
                failed[delivery] = _cannot_be_composed(delivery, error)
                continue
            alike = (delivery.digest, reader.preferences, reader.reason)
            if alike not in whys:
                whys[alike] = self.post.why(recipe, reader, names)
            self.ready.append(_Ready(delivery, content, moulds[content], whys[alike], leaves[delivery]))
        self.moulds = moulds
        if failed:
            with self.store.transaction() as tx:
                for delivery, problem in failed.items():
                    tx.deliveries.expire(delivery, self.post.owner, str(problem), self.clock())
            self._failed(failed)

    def _failed(self, failed: Mapping[Delivery, FeederError]) -> None:
        self.report.outcomes[State.EXPIRED] += len(failed)
        self.report.problems += failed.values()

    def _keep_ledger(self) -> None:
        """Commit what came back, together with the next attempts; then let these go out (12, 13)."""
        if not (self.landed or self.ready):
            return
        now, stopped = self.clock(), self._is_stopped()
        with self.store.transaction() as tx:
            self._record(tx, now)
            groups = [] if stopped or self.learned.halted else self._next_groups()
            claimed = {each.delivery: each.content for group in groups for each in group}
            until = now + self.post.delivery.lease
            going = set(tx.deliveries.attempt(claimed, self.post.owner, now, until))
        if len(going) < len(claimed):  # whoever has changed waits to be claimed anew
            self.is_drained = False
        for outcome in self.landed.values():
            self.report.outcomes[_STATES[type(outcome)]] += 1
            if not isinstance(outcome, Accepted):
                self.report.failed[outcome.reason, answers.mend(outcome)] += 1
        self.landed_since += len(self.landed)
        self.landed = {}
        for group in groups:
            left = [each for each in group if each.delivery in going]
            if left:
                self.flying[self.crew.submit(self._send, left)] = left

    def _next_groups(self) -> list[list[_Ready]]:
        """Take a group for each connection that has none."""
        groups: list[list[_Ready]] = []
        while self.ready and len(self.flying) + len(groups) < self.post.transport.connections:
            size = min(self.post.delivery.group, len(self.ready))
            groups.append([self.ready.popleft() for _ in range(size)])
        return groups

    def _record(self, tx: Transaction, now: datetime) -> None:
        retry = {
            delivery: now + _back_off(delivery)
            for delivery, outcome in self.landed.items()
            if isinstance(outcome, Deferred)
        }
        tx.deliveries.record(self.landed, self.post.owner, now, retry)
        self.learned.draw(tx, self.landed, now)

    def _record_at_last(self) -> None:
        """Record what came back, and what still comes, when the store can be used again: else it would go twice."""
        self.landed |= self._land(wait(self.flying).done)
        until = time.monotonic() + _PATIENCE_SECONDS
        while self.landed:
            try:
                with self.store.transaction() as tx:
                    self._record(tx, self.clock())
            except StoreError:
                if time.monotonic() > until:
                    return
                time.sleep(_PATIENCE_SECONDS / 20)
            else:
                return

    # ── The connections ──────────────────────────────────────────────────────────────────────────

    def _send(self, group: Sequence[_Ready]) -> list[Outcome]:
        """Make the messages of a group and hand them over, on a thread of its own."""
        made = [self._made(each) for each in group]
        sent = iter(self.post.transport.send_group([each for each in made if not isinstance(each, Refused)]))
        return [each if isinstance(each, Refused) else next(sent) for each in made]

    def _made(self, each: _Ready) -> tuple[Envelope, Message] | Refused:
        """Make one message; one that cannot be made keeps no other back."""
        post, delivery = self.post, each.delivery
        try:
            message = each.mould.fill(post.own(delivery, each.why), post.dkim)
        except ValueError as error:
            return Refused(str(_cannot_be_composed(delivery, error)), Verdict.UNFIT)
        return post.envelope(delivery, each.server), message

    def _wait(self) -> dict[Delivery, Outcome]:
        """Wait until something comes back; hold on to attempts that take long."""
        done, _ = wait(self.flying, self.post.delivery.lease.total_seconds() / 3, FIRST_COMPLETED)
        if done:
            done, _ = wait(self.flying, _MOMENT_SECONDS)
        else:
            attempted = [each.delivery for group in self.flying.values() for each in group]
            now = self.clock()
            with self.store.transaction() as tx:
                tx.deliveries.renew(attempted, self.post.owner, now + self.post.delivery.lease)
        return self._land(done)

    def _land(self, done: Iterable[Future[list[Outcome]]]) -> dict[Delivery, Outcome]:
        landed: dict[Delivery, Outcome] = {}
        for future in done:
            group = self.flying.pop(future)
            landed |= dict(zip((each.delivery for each in group), future.result(), strict=True))
        return landed


def _cannot_be_composed(delivery: Delivery, error: ValueError) -> MailError:
    return MailError(
        f"the {delivery.digest} digest for subscriber {delivery.reader.id}",
        f"cannot be composed ({error})",
        "mend the site's title, the sender, or the template of the subject",
    )


def _back_off(delivery: Delivery) -> timedelta:
    return _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
