"""The calls to a provider: groups cut to its measure, waits that it asks for, and what may be asked again."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby
from typing import Any, TypeGuard

from feeder import net
from feeder.mail import answers
from feeder.mail.transports import Unavailable, Way
from feeder.mail.transports.providers import calls
from feeder.mail.transports.providers.calls import Api, Call, Fault, Inexpressible
from feeder.model import batches
from feeder.model.deliveries import Accepted, Deferred, Envelope, Lost, Message, Outcome, Refused, Verdict
from feeder.model.settings import MailProvider
from feeder.net import retries

_PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""How long a provider is left alone that says "too fast", and not for how long; then it is not asked again."""

_LONGEST_PAUSE_SECONDS = 30.0
"""Who asks for more than this is left to the next round."""

_AGAIN_SECONDS = (0.5, 2.0)
"""After how long a call that nobody answered is made again, where the provider knows it again."""

_ANY_STATUS = range(200, 600)

_UNUSABLE = frozenset({Verdict.OURS, Verdict.CONNECTION})

_Said = list[Outcome] | Deferred | Refused | Lost
"""What came of each message of a call, or of all of it alike."""


class Caller(Way):
    """A provider as a way out. `connect` makes what asks for us; the rest is for tests."""

    def __init__(
        self,
        api: Api,
        provider: MailProvider,
        connect: Callable[[], net.Client],
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._provider = provider
        self._connect = connect
        self._sleep = sleep
        self._monotonic = monotonic
        self._clock = clock
        self._lock = threading.Lock()
        self._client: net.Client | None = None
        self._not_before = 0.0

    @property
    def name(self) -> str:
        """What the provider is called."""
        return self._provider.name

    @property
    def weight(self) -> int:
        """Its share of the messages beside others."""
        return self._provider.weight

    @property
    def connections(self) -> int:
        """How many groups it takes at a time."""
        return self._provider.connections

    def attempt(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group by as few calls as the provider allows. Raises: Unavailable when nothing of it was taken or refused.

        Where all messages of a call are refused for one of them, each is sent alone: so it keeps no other
        back. After trouble with the provider nothing more of the group is tried.
        """
        outcomes: dict[int, Outcome] = {}
        entries = self._translated(group, outcomes)
        waiting = deque(self._cut(entries))
        while waiting:
            places = waiting.popleft()
            said = self._said([entries[place] for place in places])
            if isinstance(said, Refused) and len(places) > 1:
                waiting.extendleft([place] for place in reversed(places))
                continue
            if _is_trouble(said) and entries.keys().isdisjoint(outcomes):
                raise Unavailable(said)
            outcomes |= (
                zip(places, said, strict=True) if isinstance(said, list) else dict.fromkeys(places, said)
            )
            if isinstance(said, Deferred | Lost):
                rest = said if isinstance(said, Deferred) else Deferred(said.reason, Verdict.CONNECTION)
                outcomes |= dict.fromkeys(chain.from_iterable(waiting), rest)
                break
        return [outcomes[place] for place in range(len(group))]

    def try_out(self) -> None:
        """Call with nothing to send, to hear whether the provider knows us. Raises: Unavailable."""
        try:
            answer = self._post(self._api.nothing())
        except net.RequestFailed as failure:
            raise Unavailable(Deferred(self._reason(failure), Verdict.CONNECTION)) from failure
        said = self._understood(answer, 0)
        # By the status alone: what its own table says of an address, or a message, is said of none here.
        verdict = calls.verdict((), answer.status, Fault("", "")) or Verdict.CONNECTION
        if not isinstance(said, list) and verdict in _UNUSABLE:
            raise Unavailable(Deferred(said.reason, verdict))

    def close(self) -> None:
        """Let go of all connections; the next group opens others."""
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.close()

    def _translated(
        self, group: Sequence[tuple[Envelope, Message]], outcomes: dict[int, Outcome]
    ) -> dict[int, Any]:
        """Translate the messages of a group, by their places; what cannot be said goes among the outcomes."""
        entries: dict[int, Any] = {}
        for place, (envelope, message) in enumerate(group):
            try:
                if not envelope.recipient.isascii():
                    outcomes[place] = Refused(f"{self.name} takes no address beyond ASCII", Verdict.UNKNOWN)
                else:
                    entries[place] = self._api.entry(envelope, message)
            except Inexpressible as error:
                outcomes[place] = error.outcome
            except ValueError as error:
                reason = f"{self.name} cannot take the message: it {answers.printable(str(error))}"
                outcomes[place] = Refused(reason, Verdict.UNFIT)
        return entries

    def _cut(self, entries: Mapping[int, Any]) -> Iterator[Sequence[int]]:
        """Return the places of those that go by one call, call by call."""
        for _, places in groupby(entries, lambda place: self._api.shared(entries[place])):
            yield from batches.batched(places, self._api.most)

    # ── One call ─────────────────────────────────────────────────────────────────────────────────

    def _said(self, entries: Sequence[Any]) -> _Said:
        """Call, again where that helps and harms nobody, and return what came of it.

        Once a call may have been taken, only an answer that tells of each message says more than that.
        """
        call = self._api.call(entries)
        pauses, again = iter(_PAUSES_SECONDS), iter(_AGAIN_SECONDS)
        lost: Lost | None = None
        while True:
            self._wait()
            said, asked = self._once(call, len(entries))
            if isinstance(said, list):
                return said
            lost = said if isinstance(said, Lost) else lost
            if lost and call.repeatable:
                usual = next(again, None)
            elif isinstance(said, Deferred) and said.verdict is Verdict.THROTTLED:
                usual = next(pauses, None)
            else:
                usual = None
            pause = usual if usual is None or asked is None else asked
            if pause is None or pause > _LONGEST_PAUSE_SECONDS:
                return lost or said
            self._leave_alone(pause)

    def _once(self, call: Call, count: int) -> tuple[_Said, float | None]:
        """Make a call; return what came of it, and for how many seconds we are asked to stay away."""
        try:
            answer = self._post(call)
        except net.RequestFailed as failure:
            reason = self._reason(failure)
            return Lost(reason) if failure.sent else Deferred(reason, Verdict.CONNECTION), None
        rest = retries.rest(answer.headers.get("retry-after"), self._clock())
        return self._understood(answer, count), None if rest is None else rest.total_seconds()

    def _post(self, call: Call) -> net.Answer:
        proof = call.proof(self._clock()) if call.proof else {}
        return self._open().post(
            call.url,
            call.body,
            headers={**call.headers, **proof},
            accept="application/json",
            accepted=_ANY_STATUS,
            allow_private=bool(self._provider.api),
        )

    def _reason(self, failure: net.RequestFailed) -> str:
        return f"{self.name}: {answers.printable(failure.rule)}"

    def _understood(self, answer: net.Answer, count: int) -> _Said:
        is_success = calls.is_success(answer)
        try:
            heard = self._api.heard(answer)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            heard = [] if is_success else Fault("", "")
        match heard:
            case Accepted():
                return [heard for _ in range(count)]
            case Fault(code, words):
                reason = f"{self.name} {answer.status} {answers.printable(words or code)}".rstrip()
                return self._meant(calls.verdict(self._api.table, answer.status, heard), reason)
            case told if len(told) == count:
                return told
        return Lost(f"{self.name} answered {answer.status}, and nobody understands what came of it")

    def _meant(self, verdict: Verdict | None, reason: str) -> Deferred | Refused | Lost:
        if verdict is None:
            return Lost(reason)
        if verdict is Verdict.THROTTLED:  # which it says of itself, and of no reader
            return Deferred(reason, verdict, self.name)
        return answers.meant(verdict, reason)

    def _open(self) -> net.Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    # ── Waiting ──────────────────────────────────────────────────────────────────────────────────

    def _leave_alone(self, seconds: float) -> None:
        """Let nobody call before `seconds` are over: a provider counts all of them together."""
        with self._lock:
            self._not_before = max(self._not_before, self._monotonic() + seconds)

    def _wait(self) -> None:
        with self._lock:
            seconds = self._not_before - self._monotonic()
        if seconds > 0:
            self._sleep(seconds)


def _is_trouble(said: _Said) -> TypeGuard[Deferred]:
    """Tell whether a provider cannot be used at all; one that is only asked too often is asked less often."""
    return isinstance(said, Deferred) and said.verdict is not Verdict.THROTTLED
