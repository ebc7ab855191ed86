"""What the answers of servers mean for readers, for domains, and for the rest of a round."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feeder.digests import pacing
from feeder.digests import warming as warming_up
from feeder.digests.pacing import Leave, Limits, Paces
from feeder.digests.warming import Warming
from feeder.model.deliveries import Accepted, Deferred, Delivery, Outcome, Refused, Verdict
from feeder.model.settings import Delivery as DeliverySettings
from feeder.model.settings import Mail
from feeder.model.subscribers import Cause
from feeder.store import Transaction
from feeder.workflows import alarms

_PACES = "paces"
_WARMING = "warming up"
_RESTS = "sending rests"

_ENOUGH = 3
"""So many faults of ours, and half of all answers, stop a round; as many a digest that nobody can take."""

_RESTS_FOR = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""How long nothing is sent after a round that was stopped, and after the next; then as after the last."""

_STOPPED = "sending"


@dataclass(slots=True)
class Consequences:
    """What a round has learned from answers. `halted` is why no more may leave in it; empty for no reason."""

    limits: Limits
    began: datetime
    halted: str = ""
    is_well: bool = False
    answers: Counter[Verdict | None] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    unfit: Counter[str] = field(default_factory=Counter)

    # ── Before ───────────────────────────────────────────────────────────────────────────────────

    def leaves(
        self, tx: Transaction, deliveries: Iterable[Delivery], servers: Mapping[str, int], now: datetime
    ) -> dict[Delivery, Leave]:
        """Tell from when on each may leave, and by which server; those that may now count as leaving.

        `servers` are those that can be used, with their weights. Empty where nothing has to wait.
        """
        if self._is_free(tx, now):
            return {}
        paces, young = self._paces(tx), warming(tx, self.limits.warm_up)
        leaves = {each: Leave(young.take(_domain(each), now)) for each in deliveries}
        some = [each for each, leave in leaves.items() if leave.at <= now]
        for each, leave in zip(some, paces.take(list(map(_domain, some)), now, servers), strict=True):
            leaves[each] = leave
            if leave.at > now:
                young.give_back(_domain(each))
        self._keep(tx, paces, now)
        if not young.is_over(now):
            tx.facts.remember(_WARMING, json.dumps(warming_up.written(young)))
        return leaves

    # ── After ────────────────────────────────────────────────────────────────────────────────────

    def draw(self, tx: Transaction, landed: Mapping[Delivery, Outcome], now: datetime) -> None:
        """Do what answers ask for: suppress who is gone, slow down, stop where the fault is ours."""
        for delivery, outcome in landed.items():
            match outcome:
                case Accepted():
                    self.answers[None] += 1
                    self.accepted[_domain(delivery)] += 1
                    continue
                case Refused(reason, verdict) | Deferred(reason, verdict):
                    self.answers[verdict] += 1
                case _:
                    continue
            match verdict:
                case Verdict.DEAD:
                    _suppress(tx, delivery, reason, now)
                case Verdict.UNKNOWN if tx.deliveries.is_refused_again(delivery):
                    _suppress(tx, delivery, reason, now)
                case Verdict.THROTTLED:
                    self._slow(tx, delivery, outcome, now)
                case Verdict.OURS:
                    self._fault(tx, reason, now)
                case Verdict.UNFIT:
                    self._unfit(tx, delivery, reason, now)
        if self.answers[None] and not (self.halted or self.is_well):
            self.is_well = True
            go_on(tx)

    def _slow(self, tx: Transaction, delivery: Delivery, outcome: Refused | Deferred, now: datetime) -> None:
        """Halve the pace of the server that says so of itself, or of the domain of the reader."""
        paces = self._paces(tx)
        hours = max(timedelta(seconds=1), now - self.began) / timedelta(hours=1)
        if isinstance(outcome, Deferred) and outcome.server:
            paces.slow(pacing.of_server(outcome.server), self.accepted.total() / hours, now)
        else:
            domain = _domain(delivery)
            paces.slow(domain, self.accepted[domain] / hours, now)
        self._keep(tx, paces, now)

    def _fault(self, tx: Transaction, reason: str, now: datetime) -> None:
        faults = self.answers[Verdict.OURS]
        if not self.halted and faults >= _ENOUGH and 2 * faults >= self.answers.total():
            self.halted = reason
            _, times = _rest(tx)
            until = now + _RESTS_FOR[min(times, len(_RESTS_FOR) - 1)]
            tx.facts.remember(_RESTS, json.dumps([until.isoformat(), times + 1]))
            alarms.sound(tx, _STOPPED, f"Sending stopped: the server finds fault with us ({reason}).", now)

    def _unfit(self, tx: Transaction, delivery: Delivery, reason: str, now: datetime) -> None:
        self.unfit[delivery.digest] += 1
        if self.unfit[delivery.digest] >= _ENOUGH and 2 * self.answers[Verdict.UNFIT] >= self.answers.total():
            tx.holds.add(delivery.digest, f"no server takes it ({reason})", now)
            words = f"The {delivery.digest} digest is stopped: no server takes it ({reason})."
            alarms.sound(
                tx, f"unfit {delivery.digest}", f"{words} `feeder digest resume` lets it go on.", now
            )

    def _is_free(self, tx: Transaction, now: datetime) -> bool:
        known = json.loads(tx.facts.get(_PACES) or "{}")
        return pacing.read(known, self.limits).are_free and warming(tx, self.limits.warm_up).is_over(now)

    def _paces(self, tx: Transaction) -> Paces:
        """Read what is known, so that no other sender takes the same tokens."""
        return pacing.read(json.loads(tx.facts.locked(_PACES) or "{}"), self.limits)

    def _keep(self, tx: Transaction, paces: Paces, now: datetime) -> None:
        paces.forget(now)
        tx.facts.remember(_PACES, json.dumps(pacing.written(paces)))


def warming(tx: Transaction, plan: Sequence[int]) -> Warming:
    """Return how far a plan to warm up is."""
    return warming_up.read(json.loads(tx.facts.get(_WARMING) or "{}"), plan)


def limits(delivery: DeliverySettings, mail: Mail) -> Limits:
    """Return how much may leave a site, as its settings say."""
    return Limits(delivery.rate, delivery.domain_rate, mail.rates, delivery.warm_up)


def slowed(tx: Transaction, limits: Limits, now: datetime) -> dict[str, float]:
    """Return the domains and servers that are sent to more slowly since they said so, with messages an hour."""
    return pacing.read(json.loads(tx.facts.get(_PACES) or "{}"), limits).slowed(now)


def rests_until(tx: Transaction) -> datetime | None:
    """Return until when nothing is sent, since the server found fault with us."""
    return _rest(tx)[0]


def go_on(tx: Transaction) -> None:
    """Rest no more: a server takes our mail again, or a person says that it will."""
    if tx.facts.get(_RESTS):
        tx.facts.remember(_RESTS, "")
    alarms.over(tx, _STOPPED)


def _rest(tx: Transaction) -> tuple[datetime | None, int]:
    known = tx.facts.get(_RESTS)
    if not known:
        return None, 0
    until, times = json.loads(known)
    return datetime.fromisoformat(until), times


def _suppress(tx: Transaction, delivery: Delivery, reason: str, now: datetime) -> None:
    tx.suppressions.add(delivery.reader.address, Cause.BOUNCE, now, reason)
    tx.subscribers.suppress(delivery.reader.id)


def _domain(delivery: Delivery) -> str:
    return delivery.reader.address.rpartition("@")[2].lower()
