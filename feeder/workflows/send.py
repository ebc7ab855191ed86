"""Issues go out: planned, claimed, chosen, attempted, recorded, as the delivery contract says.

One thread keeps the ledger, one claims ahead, and as many as the way out has connections send. What comes
back together is committed together, with the attempts that follow, so the ledger costs little however many send.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

from feeder.errors import FeederError, MailError, StoreError
from feeder.mail import answers
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
from feeder.workflows import alarms, planning
from feeder.workflows.claiming import Claimed, Claims, Ready, cannot_be_composed
from feeder.workflows.consequences import Consequences, go_on, limits, rests_until
from feeder.workflows.post import Clock, Post

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
    with (
        ThreadPoolExecutor(1, thread_name_prefix="claim") as clerk,
        ThreadPoolExecutor(post.transport.connections, thread_name_prefix="send") as crew,
    ):
        claims = Claims(store, post, clock, learned)
        _Worker(store, post, clock, stopped, report, learned, claims, clerk, crew).run()


@dataclass(slots=True)
class _Worker:
    """Sends what is ready, until nothing is, or it is stopped."""

    store: Store
    post: Post
    clock: Clock
    stopped: Callable[[], bool]
    report: Sent
    learned: Consequences
    claims: Claims
    clerk: Executor
    crew: Executor
    ready: deque[Ready] = field(default_factory=deque)
    claiming: Future[Claimed] | None = None
    flying: dict[Future[list[Outcome]], list[Ready]] = field(default_factory=dict)
    back: SimpleQueue[Future[Any]] = field(default_factory=SimpleQueue)
    landed: dict[Delivery, Outcome] = field(default_factory=dict)
    is_drained: bool = False
    claimed_at: float = 0.0  # by `time.monotonic`: the clock of deliveries tells whole seconds
    landed_since: int = 0
    held_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Claim, attempt, send and record, until nothing is left to do.

        Raises: FeederError, and what `stopped` does; what had come back is recorded all the same, if the store
        can be used soon.
        """
        try:
            self._run()
        except Exception:
            self._record_at_last()
            raise

    def _run(self) -> None:
        while True:
            if self._wants_more():
                self._claim()
            self._keep_ledger()
            self._hold_on()
            if self.flying or self.claiming:
                self._wait()
            # Nothing may be flying because whoever was claimed wants nothing, or has left.
            elif self._is_stopped() or self._is_done():
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

    # ── Claiming ─────────────────────────────────────────────────────────────────────────────────

    def _wants_more(self) -> bool:
        """Tell whether to claim now, so that nobody waits for it."""
        is_enough = len(self.ready) >= max(self._a_flight, _AT_ONCE // 2)
        return not (self.claiming or self.is_drained or is_enough or self._is_stopped())

    def _claim(self) -> None:
        """Take what is ready, by a thread of its own (10, 11)."""
        self.is_drained = True  # unless the claim, or what happens meanwhile, tells of more
        self.claiming = self.clerk.submit(self.claims.take, self._most())
        self.claiming.add_done_callback(self.back.put)

    def _most(self) -> int:
        """Tell how many to claim, by how many have been settled since the last time."""
        now = time.monotonic()
        pace = self.landed_since * _AHEAD_SECONDS / max(now - self.claimed_at, _AHEAD_SECONDS / _AT_ONCE)
        self.claimed_at, self.landed_since = now, 0
        return max(self._a_flight, min(_AT_ONCE, int(pace)))

    def _take(self, claimed: Claimed) -> None:
        # What waited here for longer than its lease may have been claimed anew.
        self.ready = deque(each for each in self.ready if each.delivery.id not in claimed.ids)
        self.ready += claimed.ready
        self.is_drained &= claimed.is_all
        self.report.outcomes += claimed.outcomes
        self.report.problems += claimed.problems

    # ── The ledger ───────────────────────────────────────────────────────────────────────────────

    def _keep_ledger(self) -> None:
        """Commit what came back, together with the next attempts; then let these go out (12, 13)."""
        if not (self.landed or (self.ready and self._room())):
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
                future = self.crew.submit(self._send, left)
                self.flying[future] = left
                future.add_done_callback(self.back.put)

    def _next_groups(self) -> list[list[Ready]]:
        """Take a group for each connection that has none."""
        groups: list[list[Ready]] = []
        while self.ready and len(groups) < self._room():
            size = min(self.post.delivery.group, len(self.ready))
            groups.append([self.ready.popleft() for _ in range(size)])
        return groups

    def _room(self) -> int:
        """Tell how many connections have no group."""
        return self.post.transport.connections - len(self.flying)

    def _record(self, tx: Transaction, now: datetime) -> None:
        retry = {
            delivery: now + _back_off(delivery)
            for delivery, outcome in self.landed.items()
            if isinstance(outcome, Deferred)
        }
        tx.deliveries.record(self.landed, self.post.owner, now, retry)
        self.learned.draw(tx, self.landed, now)

    def _wait(self) -> None:
        """Wait until something comes back, and a moment for what comes with it."""
        try:
            back = [self.back.get(timeout=max(0, self._held_until - time.monotonic()))]
        except Empty:
            return
        until = time.monotonic() + _MOMENT_SECONDS
        while 2 * len(back) < len(self.flying):  # the others go on while the ledger is kept
            try:
                back.append(self.back.get(timeout=max(0, until - time.monotonic())))
            except Empty:
                break
        for future in back:
            self._land(future)

    def _hold_on(self) -> None:
        """Renew the leases of attempts that take long, also while others come and go."""
        if time.monotonic() < self._held_until:
            return
        self.held_at = time.monotonic()
        attempted = [each.delivery for group in self.flying.values() for each in group]
        if attempted:
            with self.store.transaction() as tx:
                tx.deliveries.renew(attempted, self.post.owner, self.clock() + self.post.delivery.lease)

    @property
    def _held_until(self) -> float:
        return self.held_at + self.post.delivery.lease.total_seconds() / 3

    def _land(self, future: Future[Any]) -> None:
        if future is self.claiming:
            self.claiming = None
            self._take(future.result())
        else:
            group = self.flying.pop(future)
            self.landed |= dict(zip((each.delivery for each in group), future.result(), strict=True))

    def _record_at_last(self) -> None:
        """Record what came back, and what still comes, when the store can be used again: else it would go twice."""
        for future in wait(self.flying).done:
            self._land(future)
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

    def _send(self, group: Sequence[Ready]) -> list[Outcome]:
        """Make the messages of a group and hand them over, on a thread of its own."""
        made = [self._made(each) for each in group]
        sent = iter(self.post.transport.send_group([each for each in made if not isinstance(each, Refused)]))
        return [each if isinstance(each, Refused) else next(sent) for each in made]

    def _made(self, each: Ready) -> tuple[Envelope, Message] | Refused:
        """Make one message; one that cannot be made keeps no other back."""
        post, delivery = self.post, each.delivery
        try:
            message = each.mould.fill(post.own(delivery, each.why), post.dkim)
        except ValueError as error:
            return Refused(str(cannot_be_composed(delivery, error)), Verdict.UNFIT)
        return post.envelope(delivery, each.server), message


def _back_off(delivery: Delivery) -> timedelta:
    return _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
