"""What comes back: messages that reached nobody, complaints, and those who leave by mail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a report means for the reader whom it is about."""

    HARD = "hard"
    """The address is no more: suppressed at once."""

    SOFT = "soft"
    """It could not be delivered, for a time that was long enough to give up: counts against the address."""

    DOUBTFUL = "doubtful"
    """Refused for good, and nothing says why: counts twice."""

    OURS = "ours"
    """Policy, reputation, or the message itself: never the reader's fault, and the operator is told."""

    DELAYED = "delayed"
    """Still under way: changes nothing."""

    COMPLAINT = "complaint"
    """The reader said that it is spam: leaves, and is suppressed, at once."""

    LEAVES = "leaves"
    """The reader asks to leave."""

    IGNORED = "ignored"
    """Understood, and nothing has to be done: a vacation reply, a note that it was read."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Which message, or whom, a report names; what it does not tell is empty.

    `token` is that of the return path, of an issue or a letter, and `leaving` that of the link for leaving: both were signed here, and
    nobody else can make them. `address`, and `queue_id` as the provider called the message, anybody can write
    down: they count only where the reporter is known (`returns.take_on_word`).
    """

    token: str = ""
    leaving: str = ""
    address: str = ""
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """One report. `status` is that of RFC 3463, and `reason` what the server said; both may be empty.

    `reason` is short and printable, and holds no mail address, as `mail.answers.printable` makes it. `at` is when
    it happened, None where that is not told: the same report told twice has the same.
    """

    kind: Kind
    trace: Trace = Trace()
    status: str = ""
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The delivery that a report is about: to which reader (an id) it went, and when it was last tried."""

    delivery: int
    subscriber: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """What is kept of a report. `suppressed` says whether the address was suppressed for it.

    `digest` and `period` are those of the issue that came back; empty where no delivery is known.
    """

    at: datetime
    kind: Kind
    status: str
    reason: str
    suppressed: bool = False
    digest: str = ""
    period: str = ""
