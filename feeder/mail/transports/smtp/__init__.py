"""A mail server: a pool of connections that threads share, and groups that go over one of them.

login       who we are, for servers that ask
opening     the first words, until the server takes messages
exchange    a group over a connection, pipelined
wire        bytes out, replies in

The libraries speak one command at a time, and cost six times as much a message.
"""

import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from feeder.mail.transports import Unavailable, Way
from feeder.mail.transports.smtp.exchange import Exchange
from feeder.mail.transports.smtp.opening import Session, open_session
from feeder.model.deliveries import Deferred, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailServer

_TRY_WITHIN = timedelta(seconds=20)
"""How long each step may take when a server is only tried out."""

_IDLE_SECONDS = 60.0
"""How long a connection is kept that carries nothing: servers close theirs after five minutes, or sooner."""

_FEWER_SECONDS = 60.0
"""How long a server that took no further connection is asked for none."""


def try_out(server: MailServer, trust: ssl.SSLContext) -> None:
    """Connect to a server as for messages, log-in included, and take leave. Raises: Unavailable."""
    open_session(replace(server, timeout=min(server.timeout, _TRY_WITHIN)), trust).quit()


class Pool(Way):
    """The connections to one server."""

    def __init__(
        self, server: MailServer, trust: ssl.SSLContext, *, idle_seconds: float = _IDLE_SECONDS
    ) -> None:
        self.server = server
        self._trust = trust
        self._idle_seconds = idle_seconds
        self._change = threading.Condition()
        self._idle: list[Session] = []
        self._open = 0
        self._most = server.connections
        self._fewer_until = 0.0
        self._broom: threading.Timer | None = None

    @property
    def name(self) -> str:
        """What the server is called."""
        return self.server.name

    @property
    def weight(self) -> int:
        """Its share of the messages beside others."""
        return self.server.weight

    @property
    def connections(self) -> int:
        """How many groups it takes at a time."""
        return self.server.connections

    def attempt(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group as `send_group` does.

        A connection that has carried messages may end between two of them, since servers count, and
        tire of waiting; then the others go over a new one. Raises: Unavailable when nothing was sent.
        """
        outcomes: list[Outcome] = []
        while len(outcomes) < len(group):
            try:
                exchange, session = self._exchange(group[len(outcomes) :])
            except Unavailable as error:
                if not outcomes:
                    raise
                return _filled(outcomes, error.outcome, len(group))
            outcomes += exchange.outcomes
            if exchange.ended and not (exchange.between and session.carried):
                return _filled(outcomes, Deferred(exchange.ended, Verdict.CONNECTION), len(group))
        return outcomes

    def close(self) -> None:
        """Let go of all connections that carry nothing; the others are kept until they have nothing to carry."""
        with self._change:
            idle, self._idle = self._idle, []
            if self._broom:
                self._broom.cancel()
                self._broom = None
        self._quit(idle)

    def _exchange(self, group: Sequence[tuple[Envelope, Message]]) -> tuple[Exchange, Session]:
        session = self._take()
        is_of_use = False
        try:
            exchange = Exchange(session, group)
            is_of_use = not exchange.ended
        finally:
            if is_of_use:
                self._keep(session)
            else:
                session.wire.close()
                self._closed(1)
        return exchange, session

    # ── Connections ──────────────────────────────────────────────────────────────────────────────

    def _take(self) -> Session:
        """Return a connection that was kept, a new one, or the next that comes back. Raises: Unavailable.

        A server may take fewer connections than we would open; those that there are go on then.
        """
        while True:
            with self._change:
                self._change.wait_for(lambda: self._idle or self._open < self._room())
                if self._idle:
                    return self._idle.pop()
                self._open += 1
            try:
                session = open_session(self.server, self._trust)
            except Unavailable as error:
                self._closed(1)
                if not self._goes_on(error.outcome):
                    raise
            except BaseException:
                self._closed(1)
                raise
            else:
                return session

    def _room(self) -> int:
        return self._most if time.monotonic() < self._fewer_until else self.server.connections

    def _goes_on(self, trouble: Deferred) -> bool:
        """Tell whether there are connections all the same, and leave it at these for a while."""
        with self._change:
            if not self._open or trouble.verdict is not Verdict.CONNECTION:
                return False
            self._most, self._fewer_until = self._open, time.monotonic() + _FEWER_SECONDS
            return True

    def _keep(self, session: Session) -> None:
        session.idle_since = time.monotonic()
        with self._change:
            self._idle.append(session)
            self._change.notify()
            self._wait_to_sweep()

    def _closed(self, count: int) -> None:
        with self._change:
            self._open -= count
            self._change.notify_all()

    def _quit(self, sessions: Sequence[Session]) -> None:
        for session in sessions:
            session.quit()
        self._closed(len(sessions))

    def _wait_to_sweep(self) -> None:
        if self._idle and self._broom is None:
            self._broom = threading.Timer(self._idle_seconds, self._sweep)
            self._broom.daemon = True
            self._broom.start()

    def _sweep(self) -> None:
        with self._change:
            until = time.monotonic() - self._idle_seconds
            old = [session for session in self._idle if session.idle_since <= until]
            self._idle = [session for session in self._idle if session.idle_since > until]
            self._broom = None
            self._wait_to_sweep()
        self._quit(old)


def _filled(outcomes: list[Outcome], outcome: Outcome, length: int) -> list[Outcome]:
    return outcomes + [outcome] * (length - len(outcomes))
