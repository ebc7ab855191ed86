"""Readers change what they get, by a link that others may have, too: so each change is told, and can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from feeder.digests import periods
from feeder.markup.plain import plain
from feeder.model.deliveries import DeliveryRecord
from feeder.model.digests import Recipe
from feeder.model.returns import Returned
from feeder.model.subscribers import (
    Ask,
    Choice,
    Letter,
    Matter,
    Preferences,
    Request,
    Status,
    Subscriber,
    Suppression,
)
from feeder.store import Store, Transaction
from feeder.subscribers import optin, preferences
from feeder.tokens import Purpose, Signer

_DELIVERIES_SHOWN = 5
_MOST_DELIVERIES = 100_000
"""More than anybody ever gets."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a reader, for themselves: what they get, and what became of the newest issues."""

    reader: Subscriber
    deliveries: list[DeliveryRecord]
    requests: list[Request]
    letters: list[Letter]
    choices: list[Choice]
    suppressions: list[Suppression]
    returned: list[Returned]


def holder(store: Store, signer: Signer, purpose: Purpose, token: str, now: datetime) -> Subscriber | None:
    """Return the reader whose link this is; None if it is no link, too old, or was revoked."""
    claim = signer.verify(purpose, token)
    if claim is None or (claim.end is not None and claim.end <= now):
        return None
    with store.reading() as tx:
        reader = tx.subscribers.with_id(claim.subject)
    if reader is None or reader.status is Status.ERASED or reader.links != claim.generation:
        return None
    return reader


def held(store: Store, reader: Subscriber) -> Held:
    """Return what is known of a reader, with the newest issues."""
    return _held(store, reader, _DELIVERIES_SHOWN)


def told(store: Store, reader: Subscriber) -> dict[str, object]:
    """Return all that is known of a reader, with every issue, in plain values, for them to take along."""
    known = _held(store, reader, _MOST_DELIVERIES)
    return {
        "subscriber": plain(known.reader),
        "deliveries": plain(known.deliveries),
        "requests": plain(known.requests),
        "letters": plain(known.letters),
        "choices": plain(known.choices),
        "suppressions": plain(known.suppressions),
        "returned": plain(known.returned),
    }


def _held(store: Store, reader: Subscriber, deliveries: int) -> Held:
    with store.reading() as tx:
        return Held(
            reader,
            tx.deliveries.of(reader.id, deliveries),
            tx.requests.of(reader.id),
            tx.letters.of(reader.id),
            tx.choices.of(reader.id),
            tx.suppressions.of(reader.address),
            tx.returns.of(reader.id, deliveries),
        )


def choose(
    store: Store, recipes: Mapping[str, Recipe], reader: Subscriber, wanted: Preferences, now: datetime
) -> Subscriber:
    """Give a reader other preferences, and tell them by mail, with a link that undoes it.

    What is as it was changes nothing and is not told. `wanted` fits its recipe.
    """
    with store.transaction() as tx:
        there = tx.subscribers.locked(reader.id)
        if there is None or there.status is Status.ERASED:
            return there or reader
        before = _without_past_pause(there.preferences, now)
        if before == wanted:
            return there
        choice = tx.choices.add(there.id, before, wanted, now)
        changed = _prefer(tx, replace(there, preferences=before), wanted, recipes, now)
        if there.status is Status.ACTIVE:
            tx.letters.add(
                Matter.CHANGED, there.address, wanted.language, now, subscriber=there.id, about=choice
            )
        return changed


def choice(store: Store, signer: Signer, token: str, now: datetime) -> Choice | None:
    """Return the choice that a link undoes; None if there is none, or no more, or the link was revoked."""
    claim = signer.verify(Purpose.UNDO, token)
    if claim is None or (claim.end is not None and claim.end <= now):
        return None
    with store.reading() as tx:
        made = tx.choices.get(claim.subject)
        reader = tx.subscribers.with_id(made.subscriber) if made else None
    # SQLite gives the id of what was erased to another choice, which was made at another moment.
    is_this = made is not None and claim.end == made.at + optin.UNDO_WITHIN
    return made if is_this and reader is not None and reader.links == claim.generation else None


def undo(store: Store, recipes: Mapping[str, Recipe], made: Choice, now: datetime) -> Subscriber | None:
    """Put back what one choice changed, once; what was changed since in other ways stays.

    Returns the reader as they are then; None if there is no such reader any more.
    """
    with store.transaction() as tx:
        reader = tx.subscribers.locked(made.subscriber)
        there = tx.choices.locked(made.id)
        if there is None or reader is None or reader.status is Status.ERASED:
            return None
        if there.undone is not None:
            return reader
        tx.choices.undone(there.id, now)
        return _prefer(tx, reader, _put_back(reader.preferences, there, recipes), recipes, now)


def ask_for_account(store: Store, reader: Subscriber, now: datetime) -> None:
    """Ask for a fresh link to everything about a reader, sent to their own address."""
    with store.transaction() as tx:
        tx.requests.add(
            Ask.ACCOUNT,
            reader.address,
            now,
            now + optin.ACCOUNT_WITHIN,
            subscriber=reader.id,
            language=reader.preferences.language,
        )


def ask_to_move(store: Store, reader: Subscriber, address: str, now: datetime, network: bytes) -> None:
    """Ask at a new address whether a reader's mail is to go there. `address` was checked."""
    with store.transaction() as tx:
        tx.requests.add(
            Ask.MOVE,
            address,
            now,
            now + optin.CONFIRM_WITHIN,
            subscriber=reader.id,
            language=reader.preferences.language,
            network=network,
        )


def revoke_links(store: Store, reader: Subscriber, now: datetime) -> None:
    """Make the links in all mails that a reader ever got useless, but for those that unsubscribe.

    What was asked for the reader before comes to nothing with them, such as a move to another address.
    """
    with store.transaction() as tx:
        tx.subscribers.revoke_links(reader.id)
        tx.requests.close(reader.address, now, reader.id)


def _prefer(
    tx: Transaction, reader: Subscriber, wanted: Preferences, recipes: Mapping[str, Recipe], now: datetime
) -> Subscriber:
    tx.subscribers.prefer(reader.id, wanted, _next_issue_at(reader, wanted, recipes, now))
    return tx.subscribers.get(reader.address)


def _next_issue_at(
    reader: Subscriber, wanted: Preferences, recipes: Mapping[str, Recipe], now: datetime
) -> datetime | None:
    """Return when the next issue is due: after the pause, and as before where nothing of that changed."""
    if reader.status not in (Status.ACTIVE, Status.SUPPRESSED):  # the latter may be lifted
        return None
    before, recipe = reader.preferences, recipes.get(wanted.digest)
    if recipe is None or (wanted.rhythm, wanted.paused_until) == (before.rhythm, before.paused_until):
        return reader.next_issue_at
    start = max(now, wanted.paused_until or now)
    return periods.next_issue_at(recipe, wanted.rhythm, start)


def _without_past_pause(chosen: Preferences, now: datetime) -> Preferences:
    """Return preferences without a pause that is over: nobody chose to end it."""
    is_over = chosen.paused_until is not None and chosen.paused_until <= now
    return replace(chosen, paused_until=None) if is_over else chosen


def _put_back(present: Preferences, made: Choice, recipes: Mapping[str, Recipe]) -> Preferences:
    """Return the present preferences with what a choice changed as it was before, as far as that is possible."""
    changed = [
        field.name
        for field in fields(Preferences)
        if getattr(made.before, field.name) != getattr(made.after, field.name)
    ]
    back = replace(present, **{name: getattr(made.before, name) for name in changed})
    if back.digest not in recipes:
        back = replace(back, digest=present.digest)
    recipe = recipes.get(back.digest)
    is_no_day = recipe is not None and back.day not in preferences.DAYS.get(recipe.unit, ())
    return replace(back, day=None) if is_no_day else back
