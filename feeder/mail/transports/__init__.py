"""Ways out: each takes messages with their envelopes, and says what came of each.

folder      the local mailbox
smtp        a mail server
providers   a provider, by its interface on the web
several     some of those at once
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from feeder.model.deliveries import Deferred, Envelope, Message, Outcome


class Transport(Protocol):
    """A way out, shared by threads."""

    @property
    def connections(self) -> int:
        """How many groups it takes at a time."""

    @property
    def servers(self) -> Mapping[str, int]:
        """The servers that can be used now, by their names, with their shares; empty where none has a name."""

    def send_group(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group over one connection, in its order, and return what came of each.

        Whatever servers and networks do is an outcome; nothing is raised for it.
        """

    def close(self) -> None:
        """Let go of all connections."""


class Unavailable(Exception):
    """A way out cannot be used; nothing has left."""

    def __init__(self, outcome: Deferred) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Way(Protocol):
    """A way out that can be one of several, and is a transport by itself: a server, or a provider."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def weight(self) -> int:
        """Its share of the messages beside others."""

    @property
    def connections(self) -> int:
        """How many groups it takes at a time."""

    def attempt(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group as a transport does. Raises: Unavailable when nothing was sent."""

    def close(self) -> None:
        """Let go of all connections."""

    @property
    def servers(self) -> Mapping[str, int]:
        """The one that there is, with its weight."""
        return {self.name: self.weight}

    def send_group(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send a group as a transport does, with nothing beside it."""
        try:
            return self.attempt(group)
        except Unavailable as error:
            return [error.outcome for _ in group]


class OneByOne:
    """A way out that gains nothing from groups."""

    connections = 1
    servers: Mapping[str, int] = MappingProxyType({})

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        """Send one message."""
        raise NotImplementedError

    def send_group(self, group: Sequence[tuple[Envelope, Message]]) -> list[Outcome]:
        """Send each of a group."""
        return [self.send(envelope, message) for envelope, message in group]

    def close(self) -> None:
        """Nothing is held."""
