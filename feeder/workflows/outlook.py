"""What comes next for one reader, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feeder.digests import periods
from feeder.model.deliveries import OPEN, State
from feeder.model.digests import Recipe
from feeder.model.issues import ALL_MAIL, EVERY_DIGEST
from feeder.model.reports import Report
from feeder.model.subscribers import Status, Subscriber
from feeder.store import Store, Transaction

_UNDER_WAY = {
    State.WAITING: "waits to be sent",
    State.CLAIMED: "is being made",
    State.ATTEMPTED: "is being sent",
}

_NEVER = {
    Status.PENDING: "has not confirmed yet",
    Status.LEFT: "has left",
    Status.ERASED: "was erased",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes next: when, None for nothing or for as soon as something is new; and why, in words."""

    at: datetime | None
    why: str


def of(store: Store, recipes: Mapping[str, Recipe], reader: Subscriber, now: datetime) -> Outlook:
    """Tell what comes next for a reader."""
    with store.reading() as tx:
        never = _never(tx, recipes, reader)
        if never:
            return Outlook(None, f"nothing: {never}")
        stop = _stop(tx, reader)
        for newest in tx.ledger.of(reader.id, 1):
            if newest.state in OPEN:
                return _under_way(tx, newest, stop)
    recipe, wanted = recipes[reader.preferences.digest], reader.preferences
    after = max(now, wanted.paused_until) if wanted.paused_until else now
    paused = "; the reader paused until then" if after > now else ""
    at = periods.next_issue_at(recipe, wanted.rhythm, after)
    if at is None:
        return Outlook(after if paused else None, f"as soon as something new fits{paused}{stop}")
    if not paused and reader.next_issue_at:
        at = reader.next_issue_at
    return Outlook(at, f"the {recipe.name} digest, if something new fits by then{paused}{stop}")


def _never(tx: Transaction, recipes: Mapping[str, Recipe], reader: Subscriber) -> str:
    """Say why nothing comes to a reader at all; empty when something does."""
    causes = ", ".join(each.cause for each in tx.suppressions.of(reader.address))
    if reader.status is Status.SUPPRESSED or (causes and reader.status is Status.ACTIVE):
        return f"the address must not be mailed ({causes or 'it was suppressed'})"
    if reader.status in _NEVER:
        return f"the reader {_NEVER[reader.status]}"
    if reader.preferences.digest not in recipes:
        return f"digest {reader.preferences.digest!r} is not configured any more"
    return ""


def _stop(tx: Transaction, reader: Subscriber) -> str:
    """Say what stops all mail of a reader's digest; empty when nothing does."""
    for hold in tx.holds.all():
        if hold.digest in (ALL_MAIL, EVERY_DIGEST, reader.preferences.digest):
            return f"; but {hold.what} has been stopped since {hold.since:%Y-%m-%d %H:%M} UTC"
    return ""


def _under_way(tx: Transaction, newest: Report, stop: str) -> Outlook:
    why = f"{newest.digest}/{newest.period} {_UNDER_WAY[newest.state]}"
    if tx.approvals.is_open(newest.digest, newest.period):
        why += ", as soon as somebody approves it"
    elif newest.attempts and newest.reason:
        why += f" again ({newest.reason})"
    return Outlook(newest.due, why + stop)
