"""Deliveries: one issue to one subscriber, with its state, by the delivery contract."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeder.model.subscribers import Reader

WELCOME = "welcome"


class State(StrEnum):
    """Where a delivery stands. Open: waiting, claimed, attempted; the others are final."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ATTEMPTED = "attempted"
    ACCEPTED = "accepted"
    EMPTY = "empty"
    REFUSED = "refused"
    EXPIRED = "expired"
    LEFT = "left"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"


OPEN = (State.WAITING, State.CLAIMED, State.ATTEMPTED)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One issue to one subscriber, as it was claimed: a claim is no other's equal.

    `period` is `2026-W47` or the like, or `welcome`; `newest` is then how many items it holds.
    `attempts` counts the attempts committed. `content` is what an attempt brought that may have come, or None.
    """

    id: int
    reader: Reader
    digest: str
    period: str
    up_to: int
    planned: datetime
    newest: int | None = None
    attempts: int = 0
    content: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message is from and to, as transports say it; and by which of several servers it goes, empty for any.

    `token` stands for its delivery, signed, for providers that tell what became of it; empty for none.
    """

    sender: str
    recipient: str
    server: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The bytes of one mail, with the id that stays the same over retries.

    It is `dotless` where it is known that all lines are ended, and none begins with a dot.
    """

    id: str
    content: bytes
    dotless: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The transport has taken over responsibility; `queue_id` is its name for the message."""

    queue_id: str


class Verdict(StrEnum):
    """What an answer means for what is done next; `mail.answers` has the table."""

    LATER = "later"
    """Not now, as greylisting says: tried again."""

    CONNECTION = "connection"
    """Nobody answered, or the service closed: says nothing about the reader, and another server may take it."""

    THROTTLED = "throttled"
    """Too fast: the rate of the receiving domain, or of the server that says so of itself, is halved for a while."""

    FULL = "full"
    """The mailbox is full: counts against the address, but does not close it."""

    DEAD = "dead"
    """The address is no more, and is suppressed at once."""

    UNFIT = "unfit"
    """Nobody could take this message: the issue stops, and the operator is told."""

    OURS = "ours"
    """Our credentials, policy or reputation: sending stops, the operator is told; never the reader's fault."""

    UNKNOWN = "unknown"
    """Refused, and nothing says why."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: try again later. `server` is the one that says so of itself, and of no reader; empty for none."""

    reason: str
    verdict: Verdict = Verdict.LATER
    server: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: this message will not be taken for this address."""

    reason: str
    verdict: Verdict = Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended when all of the message was sent, before an answer: nobody knows (RFC 1047)."""

    reason: str


Outcome = Accepted | Deferred | Refused | Lost


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What is known of a delivery, for people who ask."""

    digest: str
    period: str
    state: State
    planned: datetime
    changed: datetime
    attempts: int
    reason: str
    items: int
