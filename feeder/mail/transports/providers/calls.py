"""What is translated: a message into a call to a provider, its answer into what came of each message. Pure."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from feeder.mail import answers
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message, Outcome, Refused, Verdict
from feeder.net import Answer

TOKEN = "feeder-return"  # noqa: S105 - the name of it
"""What the token of an envelope is called among the data that a provider keeps with a message, and tells again."""

_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Call:
    """A POST to a provider. It is `repeatable` where it has a key by which the provider knows it again.

    `proof` makes those headers that hold the time, None for none.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    repeatable: bool = False
    proof: Callable[[datetime], Mapping[str, str]] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why nothing of a call was taken, in the provider's words; `code` is empty where it has none."""

    code: str
    words: str


class Row(NamedTuple):
    """Expressions for `STATUS CODE`, as a whole, and for a part of the words; and what that means."""

    code: str
    words: str
    verdict: Verdict


class Inexpressible(Exception):
    """A provider has no way to say something that a message needs."""

    def __init__(self, outcome: Deferred | Refused) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Api:
    """One provider's interface, translated; nothing of it talks.

    `most` is how many messages it takes in a call, and `table` what its faults mean, read from the top.
    """

    most = 1
    table: Sequence[Row] = ()

    def entry(self, envelope: Envelope, message: Message) -> Any:  # Any: of the provider's own form
        """Translate one message. Raises: Inexpressible, ValueError for what is no message of ours."""
        raise NotImplementedError

    def shared(self, entry: Any) -> object:  # noqa: ARG002 - for those that share something
        """Return what all messages of a call have in common; others go by another call."""
        return None

    def call(self, entries: Sequence[Any]) -> Call:
        """Put messages into one call."""
        raise NotImplementedError

    def nothing(self) -> Call:
        """Return a call with nothing to send, which whoever knows us refuses for that alone."""
        return self.call([])

    def heard(self, answer: Answer) -> list[Outcome] | Accepted | Fault:
        """Return what came of the messages of a call, in their order or of all alike, or why none was taken.

        Raises: what Python raises where a good answer has not the form that is documented.
        """
        raise NotImplementedError


# What statuses mean where a provider's own table says nothing; what is missing may have been taken.
_STATUSES = (
    Row("3.. .*|40[1-57] .*", "", Verdict.OURS),
    Row("429 .*", "", Verdict.THROTTLED),
    Row("408 .*|425 .*|50[013] .*", "", Verdict.CONNECTION),
    Row("4.. .*", "", Verdict.UNFIT),
)


def is_success(answer: Answer) -> bool:
    """Tell whether an answer says yes."""
    return answer.status in _SUCCESS


def verdict(table: Sequence[Row], status: int, fault: Fault) -> Verdict | None:
    """Say what a fault means, by a provider's table; None where nobody can tell whether the call was taken."""
    for row in (*table, *_STATUSES):
        is_meant = re.fullmatch(row.code, f"{status} {fault.code}", re.DOTALL)
        if is_meant and re.search(row.words, fault.words, re.IGNORECASE):
            return row.verdict
    return None


def ours(reason: str) -> Inexpressible:
    """Say that a setting asks for what a provider cannot do."""
    return Inexpressible(Deferred(reason, Verdict.OURS))


def unfit(reason: str) -> Inexpressible:
    """Say that a provider could not take such a message from anybody."""
    return Inexpressible(Refused(reason, Verdict.UNFIT))


def written(value: object) -> bytes:
    """Write JSON: the same for the same, and in ASCII, since a header may be told in it."""
    return json.dumps(value, separators=(",", ":")).encode()


def read(answer: Answer) -> dict[str, Any]:
    """Read the object that an answer is; empty for one that is no JSON, or no object."""
    found = _json(answer)
    return found if isinstance(found, dict) else {}


def read_list(answer: Answer) -> list[Any]:
    """Read the list that an answer is; empty for one that is no JSON, or no list."""
    found = _json(answer)
    return found if isinstance(found, list) else []


def name_of(told: object) -> str:
    """Return the provider's name for a message. Raises: TypeError, ValueError for what is none."""
    if not isinstance(told, str):
        raise TypeError(told)
    if not told.isprintable() or not 0 < len(told) <= answers.LONGEST_REASON:
        raise ValueError(told)
    return told


def _json(answer: Answer) -> object:
    try:
        found: object = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return found
