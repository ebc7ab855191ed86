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

from feeder.mail.transports.smtp.exchange import Exchange
from feeder.mail.transports.smtp.opening import Session, Unavailable, open_session
from feeder.model.deliveries import Deferred, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailServer

__all__ = ["Pool", "Unavailable"]

_IDLE_SECONDS = 60.0
"""How long a connection is kept that carries nothing: servers close theirs after five minutes, or sooner."""


class Pool:
    """The connections to one server."""

    def __init__(
        self, server: MailServer, trust: ssl.SSLContext, *, idle_seconds: float = _IDLE_SECONDS
    ) -> None:
        self.server = server
        self._trust = trust
        self._idle_seconds = idle_seconds
        self._room = threading.BoundedSemaphore(server.connections)
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._broom: threading.Timer | None = None

    @property
    def connections(self) -> int:
        """How many groups it takes at a time."""
        return self.server.connections

    def send_group(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group over one connection, in its order, and return what came of each."""
        try:
            return self.attempt(group)
        except Unavailable as error:
            return [error.outcome for _ in group]

    def attempt(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group as `send_group` does.

        A connection that has carried messages may end between two of them, since servers count, and
        tire of waiting; then the others go over a new one. Raises: Unavailable when nothing was sent.
        """
        outcomes: list[Outcome] = []
        with self._room:
            while len(outcomes) < len(group):
                try:
                    session = self._take()
                except Unavailable as error:
                    if not outcomes:
                        raise
                    return _filled(outcomes, error.outcome, len(group))
                exchange = Exchange(session, group[len(outcomes) :])
                outcomes += exchange.outcomes
                if not exchange.ended:
                    self._keep(session)
                    continue
                session.wire.close()
                if not (exchange.between and session.carried):
                    return _filled(outcomes, Deferred(exchange.ended, Verdict.CONNECTION), len(group))
        return outcomes

    def close(self) -> None:
        """Let go of all connections that carry nothing; the others are kept until they have nothing to carry."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._broom:
                self._broom.cancel()
                self._broom = None
        for session in idle:
            session.quit()

    def _take(self) -> Session:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return open_session(self.server, self._trust)

    def _keep(self, session: Session) -> None:
        session.idle_since = time.monotonic()
        with self._lock:
            self._idle.append(session)
            self._wait_to_sweep()

    def _wait_to_sweep(self) -> None:
        if self._idle and self._broom is None:
            self._broom = threading.Timer(self._idle_seconds, self._sweep)
            self._broom.daemon = True
            self._broom.start()

    def _sweep(self) -> None:
        with self._lock:
            until = time.monotonic() - self._idle_seconds
            old = [session for session in self._idle if session.idle_since <= until]
            self._idle = [session for session in self._idle if session.idle_since > until]
            self._broom = None
            self._wait_to_sweep()
        for session in old:
            session.quit()


def _filled(outcomes: list[Outcome], outcome: Outcome, length: int) -> list[Outcome]:
    return outcomes + [outcome] * (length - len(outcomes))
