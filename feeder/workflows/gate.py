"""The gate before the first mail: shut while something is wrong that gets mail refused, unless a person says why not.

Once it is open it stays so, and costs nothing.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from feeder.errors import MailError
from feeder.model.checks import Check
from feeder.store import Store, Transaction

_FACT = "gate"
_AGAIN = timedelta(minutes=10)
"""How long what was found is good for: nobody is asked with every tick of a service."""

Look = Callable[[datetime], Sequence[Check]]


@dataclass(frozen=True, slots=True)
class Passage:
    """What is known of the gate.

    `opened` says when mail began to leave, and `reason` why that was before all was well; `wrong` is what was found
    at `looked`, as people are told.
    """

    opened: str = ""
    reason: str = ""
    looked: str = ""
    wrong: tuple[str, ...] = ()


class Gate:
    """The gate of one site; `look` finds out whether its mail would be taken."""

    def __init__(self, store: Store, look: Look) -> None:
        self._store = store
        self._look = look
        self._is_open = False

    def refuses(self, waits: Callable[[Transaction], bool], now: datetime) -> MailError | None:
        """Return why mail that waits may not leave yet; None where it may, or none waits."""
        if self._is_open:
            return None
        with self._store.reading() as tx:
            known = known_of(tx)
            if not known.opened and not waits(tx):
                return None
        if not known.opened and not _is_fresh(known, now):
            known = note(self._store, self._look(now), now)
        self._is_open = bool(known.opened)
        return None if self._is_open else _refusal(known)


def note(store: Store, found: Sequence[Check], now: datetime) -> Passage:
    """Keep what was found; the gate opens when nothing is wrong. One that is open stays so."""
    wrong = tuple(
        f"{check.name} of {check.about}: {check.found}; {check.mend}" for check in found if check.is_wrong
    )
    with store.transaction() as tx:
        known = known_of(tx)
        opened = known.opened or ("" if wrong else now.isoformat())
        return _keep(tx, Passage(opened, known.reason, now.isoformat(), wrong))


def force(store: Store, reason: str, now: datetime) -> Passage:
    """Open the gate whatever is wrong, and keep the reason. One that is open stays as it was."""
    with store.transaction() as tx:
        known = known_of(tx)
        if known.opened:
            return known
        return _keep(tx, Passage(now.isoformat(), reason, known.looked, known.wrong))


def known_of(tx: Transaction) -> Passage:
    """Return what is known of the gate."""
    kept = json.loads(tx.facts.get(_FACT) or "{}")
    return Passage(**{**kept, "wrong": tuple(kept.get("wrong", ()))})


def _keep(tx: Transaction, passage: Passage) -> Passage:
    tx.facts.remember(_FACT, json.dumps(asdict(passage)))
    return passage


def _is_fresh(known: Passage, now: datetime) -> bool:
    if not known.looked:
        return False
    looked = datetime.fromisoformat(known.looked)
    return looked <= now < looked + _AGAIN


def _refusal(known: Passage) -> MailError:
    first, *others = known.wrong
    more = f" (and {len(others)} more)" if others else ""
    return MailError(
        "the first mail of this site",
        f"is held back, since others would refuse it: {first}{more}",
        "`feeder check` shows all and looks again; `feeder check --accept REASON` sends all the same",
    )
