"""Client: asks the web for something, and is polite and careful about it."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from feeder.net import retries
from feeder.net.answers import Answer, Look
from feeder.net.deadlines import Deadline
from feeder.net.failures import WAIT, RequestFailed
from feeder.net.turns import NoTurn, Turns

if TYPE_CHECKING:
    import ssl

    import httpcore

    from feeder.net.errands import Errand, Moved
    from feeder.net.resolving import Resolve
    from feeder.net.wire import Wire

log = logging.getLogger(__name__)

_WANTED = frozenset({200, 304})
_TAKEN = frozenset(range(200, 300))
_LOOK = timedelta(seconds=20)
"""How long a look takes at most: nobody waits for it, and others wait behind it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time, size and patience a request gets.

    `whole` bounds all of it: turns, redirects, retries, waits and the body.
    `wait` is the longest pause before a retry; who asks for more is not asked again.
    `at_once` is how many requests one host gets at a time: one, but where it has agreed to more.
    """

    resolve: timedelta = timedelta(seconds=5)
    connect: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=20)
    whole: timedelta = timedelta(seconds=60)
    wait: timedelta = timedelta(seconds=10)
    max_bytes: int = 20_000_000
    redirects: int = 5
    retries: int = 2
    at_once: int = 1


class Client:
    """Asks for things on the web, from any number of threads; close it at the end.

    Names are resolved here, once a connection, and the connection goes to the address that was
    checked. Proxies and certificates of the environment are not used, and no cookies kept.
    One request at a time goes to a host. What passes is tried again, a few times.

    `user_agent` says who asks and how to reach them. `tls` says whom to trust, instead of the
    authorities that browsers trust. The rest is for tests: `resolve` names, `network` connects,
    `sleep` takes seconds, `clock` is aware.
    """

    def __init__(
        self,
        user_agent: str = "feeder",
        limits: Limits | None = None,
        *,
        tls: "ssl.SSLContext | None" = None,
        resolve: "Resolve | None" = None,
        network: "httpcore.NetworkBackend | None" = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Random | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._limits = limits or Limits()
        self._tls = tls
        self._resolve = resolve
        self._network = network
        self._sleep = sleep
        self._clock = clock
        self._random = random or SystemRandom()
        self._deadline = Deadline()
        self._turns = Turns(self._limits.at_once)
        self._lock = Lock()
        self._wires: dict[bool, Wire] = {}
        self._is_closed = False

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        accept: str = "*/*",
        accepted: Collection[int] = (),
        allow_private: bool = False,
        max_bytes: int | None = None,
    ) -> Answer:
        """Return the answer with status 200 or 304, or one of `accepted`, after all redirects.

        `headers` and `auth` (a name and a password) go to the origin of `url`, or to the same by
        TLS, and to no other. `allow_private` lets it ask this machine and its network. `max_bytes`
        is the most that the unpacked body may have, instead of what the limits say.

        Raises: RequestFailed.
        """
        from feeder.net import errands  # noqa: PLC0415 - at the first request: it brings httpx

        own = dict(headers or {})
        if auth:
            own["Authorization"] = errands.authorization(*auth)
        errand = errands.begin(
            url,
            plain={"User-Agent": self._user_agent, "Accept": accept},
            own=own,
            accepted=_WANTED | set(accepted),
            max_bytes=self._limits.max_bytes if max_bytes is None else max_bytes,
            allow_private=allow_private,
        )
        self._deadline.begin(self._limits.whole)
        while True:
            outcome = self._in_turn(errand)
            if isinstance(outcome, Answer):
                return outcome
            errand = errands.follow(errand, outcome, self._limits.redirects)

    def post(
        self,
        url: str,
        content: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        accept: str = "*/*",
        accepted: Collection[int] = (),
        allow_private: bool = False,
        max_bytes: int | None = None,
    ) -> Answer:
        """Post something, and return the answer with a status of 2xx, or one of `accepted`.

        It is posted once: whoever does not answer may have taken it, and a redirect is no answer. The
        rest is as for `get`; with `max_bytes` 0, nothing is read of the body.

        Raises: RequestFailed, which tells by `sent` whether it may have been taken all the same.
        """
        from feeder.net import errands  # noqa: PLC0415 - for the reason above

        errand = errands.begin(
            url,
            plain={"User-Agent": self._user_agent, "Accept": accept},
            own=headers or {},
            accepted=_TAKEN | set(accepted),
            max_bytes=self._limits.max_bytes if max_bytes is None else max_bytes or None,
            allow_private=allow_private,
            method="POST",
            content=content,
        )
        self._deadline.begin(self._limits.whole)
        outcome = self._in_turn(errand)
        assert isinstance(outcome, Answer), "what is posted is not sent on"
        return outcome

    def look(self, url: str, *, allow_private: bool = False) -> Look:
        """Return where an address leads and what is said there, whichever status that is.

        By HEAD; by GET, of which no content is read, where HEAD is refused: some servers know it for
        no page at all. Whoever says that we ask too often is not asked by GET, too.

        Raises: RequestFailed, when nobody says anything, or a redirect leads where we do not go.
        """
        from feeder.net import errands  # noqa: PLC0415 - for the reason above

        found = self._seen(errands.begin_look("HEAD", url, self._user_agent, allow_private=allow_private))
        if found.status < errands.REFUSED or found.status in errands.PLEAS:
            return found
        return self._seen(errands.begin_look("GET", url, self._user_agent, allow_private=allow_private))

    def _seen(self, errand: "Errand") -> Look:
        from feeder.net import errands  # noqa: PLC0415 - for the reason above

        self._deadline.begin(min(_LOOK, self._limits.whole))
        settled: str | None = None
        is_for_good = True
        while True:
            outcome = self._in_turn(errand)
            if isinstance(outcome, Answer):
                rest = retries.rest(outcome.headers.get("retry-after"), self._clock())
                return Look(outcome.status, outcome.url, settled, rest)
            errand = errands.follow(errand, outcome, self._limits.redirects)
            is_for_good = is_for_good and outcome.status in errands.PERMANENT
            settled = str(errand.url) if is_for_good else settled

    def close(self) -> None:
        """Close all connections. Nothing can be asked afterwards."""
        with self._lock:
            self._is_closed = True
            wires = list(self._wires.values())
            self._wires.clear()
        for wire in wires:
            wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _in_turn(self, errand: "Errand") -> "Answer | Moved":
        """Ask a host when it is our turn; those behind wait while we pause, too."""
        try:
            with self._turns.take(errand.url.host, self._deadline.left()):
                return self._patiently(errand)
        except NoTurn as error:
            rule = "was not asked in time, since other requests to its host took too long"
            raise RequestFailed(errand.thing, rule, WAIT) from error

    def _patiently(self, errand: "Errand") -> "Answer | Moved":
        from feeder.net import asking  # noqa: PLC0415 - for the reason above

        wire = self._wire(allow_private=errand.allow_private)
        most = self._limits.retries if errand.content is None else 0
        asked = 0
        while True:
            try:
                return asking.ask(wire, errand, self._clock())
            except RequestFailed as failure:
                seconds = self._pause_seconds(failure, asked, most)
                if seconds is None:
                    raise
                about = {"host": errand.url.host, "status": failure.status, "pause_seconds": seconds}
            log.info("asking again", extra=about)
            self._sleep(seconds)
            asked += 1

    def _pause_seconds(self, failure: RequestFailed, asked: int, most: int) -> float | None:
        pause = retries.pause(failure, asked, most, self._limits.wait, self._random)
        if pause is None or pause.total_seconds() >= self._deadline.left():
            return None
        return pause.total_seconds()

    def _wire(self, *, allow_private: bool) -> "Wire":
        """Return the connections that may, or may not, lead into this machine and its network.

        They are kept apart, so that nobody gets through one that another was allowed to open.
        """
        from feeder.net.wire import Guarded, Wire  # noqa: PLC0415 - for the reason above

        with self._lock:
            if self._is_closed:
                raise RuntimeError("the client is closed")
            if allow_private not in self._wires:
                limits = self._limits
                guarded = Guarded(
                    self._network, self._resolve, limits.resolve, self._deadline, allow_private=allow_private
                )
                self._wires[allow_private] = Wire(guarded, self._tls, limits.connect, limits.silence)
            return self._wires[allow_private]
