"""What comes back is acted on: who is gone is mailed no more, who complains has left, our own faults are told.

    mail → returns.read (pure) → take             whoever can write a mail can write a report: only tokens count
    a provider's webhook       → take_on_word     its signature was verified, so that its word counts

A report may come twice, late, or by two ways; it is acted on once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from feeder.errors import MailError
from feeder.mail import returns as reading
from feeder.mail.inboxes import Inbox
from feeder.model.returns import Kind, Return, Returned, Trace
from feeder.model.subscribers import Cause, Letter, Status, Subscriber
from feeder.store import Store, Transaction
from feeder.subscribers import bouncing
from feeder.tokens import Purpose, Signer
from feeder.workflows import alarms, subscribe

_KEPT = 100
"""So many of the newest reports about a reader are weighed."""

_ALARM = "returned"
_INBOX_ALARM = "inbox"
_CALM = timedelta(days=7)
"""So long without a fault of ours in what comes back ends the alarm."""


class Effect(StrEnum):
    """What was done about a report."""

    SUPPRESSED = "suppressed"
    LEFT = "left"
    COUNTED = "counted"
    TOLD = "told"
    NOTHING = "nothing"
    KNOWN = "known"
    """It was acted on before."""
    UNSIGNED = "unsigned"
    """It names nothing that was signed here, and changes nothing."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a report is about, locked, and which delivery.

    `is_current` says whether it is told soon enough, and the reader still is who, and where, they were then.
    """

    reader: Subscriber
    delivery: int | None
    is_current: bool


def take(store: Store, signer: Signer, told: Return, now: datetime) -> Effect:
    """Act on what came by a way on which anybody can write: it counts for whom a token of ours names.

    Raises: StoreError; nothing was done then, and the report can be taken again.
    """
    with store.transaction() as tx:
        return _take(tx, signer, told, now)


def take_on_word(store: Store, signer: Signer, told: Return, now: datetime) -> Effect:
    """Act on what a provider tells of an address; the caller has verified that it is the provider who tells it.

    Whoever is no reader is suppressed as well, since letters go to them.
    Raises: StoreError; nothing was done then, and the report can be taken again.
    """
    with store.transaction() as tx:
        effect = _take(tx, signer, told, now)
        return _take_named(tx, told, now) if effect is Effect.UNSIGNED else effect


@dataclass(slots=True)
class Gathered:
    """What was found in a mailbox: how many reports had which effect, and how many messages were none."""

    effects: Counter[Effect] = field(default_factory=Counter)
    others: int = 0


def gather(
    store: Store, signer: Signer, inbox: Inbox, clock: Callable[[], datetime], *, stopped: Callable[[], bool]
) -> Gathered:
    """Act on what came into a mailbox; what was not understood, or not signed here, stays unread there.

    Raises: MailError when it cannot be used, which is an alarm until it can; StoreError.
    """
    gathered = Gathered()

    def is_understood(content: bytes) -> bool:
        told = reading.read(content)
        if told is None:
            gathered.others += 1
            return False
        effect = take(store, signer, told, clock())
        gathered.effects[effect] += 1
        return effect is not Effect.UNSIGNED

    try:
        inbox.go_through(is_understood, stopped)
    except MailError as error:
        with store.transaction() as tx:
            alarms.sound(tx, _INBOX_ALARM, f"What comes back is not read: {error}.", clock())
        raise
    with store.reading() as tx:
        was_deaf = any(alarm.key == _INBOX_ALARM for alarm in alarms.standing(tx))
    if was_deaf:
        with store.transaction() as tx:
            alarms.over(tx, _INBOX_ALARM)
    return gathered


def calm(tx: Transaction, now: datetime) -> None:
    """Let the alarm end when others have found no fault with our mail for a while."""
    if not tx.returns.counts(now - _CALM).get(Kind.OURS):
        alarms.over(tx, _ALARM)


def _take(tx: Transaction, signer: Signer, told: Return, now: datetime) -> Effect:
    if told.kind in (Kind.IGNORED, Kind.DELAYED):
        return Effect.NOTHING
    subject = _signed(tx, signer, told, now)
    if subject is not None:
        return _act(tx, subject, told, now)
    letter = _letter(tx, signer, told, now)
    if letter is None:
        return Effect.UNSIGNED
    # It may have gone to somebody who is no reader, or to a new address of one; and it comes back once.
    about = replace(told, trace=Trace(address=letter.address), at=letter.created)
    return _take_named(tx, about, now)


def _take_named(tx: Transaction, told: Return, now: datetime) -> Effect:
    if not told.trace.address:
        return Effect.UNSIGNED
    subject = _named(tx, told, now)
    return _act_on_address(tx, told, now) if subject is None else _act(tx, subject, told, now)


# ── Whom it is about ─────────────────────────────────────────────────────────────────────────────


def _signed(tx: Transaction, signer: Signer, told: Return, now: datetime) -> _Subject | None:
    claim = signer.verify(Purpose.RETURN, told.trace.token)
    sent = tx.returns.sent(claim.subject) if claim else None
    if claim and sent:
        reader = tx.subscribers.locked(sent.subscriber)
        if reader:
            # Who has moved since gets mail elsewhere, and links that were revoked fell into wrong hands.
            is_theirs = claim.generation == reader.links
            return _Subject(reader, sent.delivery, is_theirs and _is_current(reader, sent.at, now))
    if told.kind not in (Kind.LEAVES, Kind.COMPLAINT):
        return None
    # The link for leaving is good for that, for ever, and for nothing else.
    leaving = signer.verify(Purpose.UNSUBSCRIBE, told.trace.leaving)
    reader = tx.subscribers.behind(leaving.subject) if leaving else None
    return _Subject(reader, None, is_current=False) if reader else None


def _letter(tx: Transaction, signer: Signer, told: Return, now: datetime) -> Letter | None:
    claim = signer.verify(Purpose.LETTER, told.trace.token)
    letter = tx.letters.get(claim.subject) if claim and claim.end and now < claim.end else None
    is_meant = claim and letter and claim.end == letter.created + bouncing.WITHIN
    return letter if is_meant else None


def _named(tx: Transaction, told: Return, now: datetime) -> _Subject | None:
    reader = tx.subscribers.find_locked(told.trace.address)
    # Who never confirms is forgotten soon, and only the keyed hash of the address stays.
    if reader is None or reader.status is Status.PENDING:
        return None
    sent = tx.returns.sent_as(reader.id, told.trace.queue_id) if told.trace.queue_id else None
    at = sent.at if sent else told.at or now
    return _Subject(reader, sent.delivery if sent else None, _is_current(reader, at, now))


def _is_current(reader: Subscriber, sent: datetime, now: datetime) -> bool:
    confirmed = reader.consent.confirmed if reader.consent else None
    # Whoever has confirmed since reads mail there.
    is_newer = confirmed is None or confirmed <= sent
    return reader.status is not Status.ERASED and is_newer and now - sent <= bouncing.WITHIN


# ── What is done ─────────────────────────────────────────────────────────────────────────────────


def _act(tx: Transaction, subject: _Subject, told: Return, now: datetime) -> Effect:
    if told.kind is Kind.LEAVES or (told.kind is Kind.COMPLAINT and not subject.is_current):
        reader = tx.subscribers.behind(subject.reader.id)
        if reader:
            subscribe.take_off(tx, reader, now)
        return Effect.LEFT
    if not subject.is_current:
        return Effect.NOTHING
    at = min(told.at or now, now)
    ends = told.kind in (Kind.HARD, Kind.COMPLAINT) or _is_given_up(tx, subject.reader, told, at, now)
    if not tx.returns.add(subject.reader.id, subject.delivery, told, at, suppressed=ends):
        return Effect.KNOWN
    if told.kind is Kind.OURS:
        _tell(tx, told, now)
        return Effect.TOLD
    if not ends:
        return Effect.COUNTED
    _suppress(tx, subject.reader, told, now)
    return Effect.SUPPRESSED


def _is_given_up(tx: Transaction, reader: Subscriber, told: Return, at: datetime, now: datetime) -> bool:
    this = Returned(at, told.kind, told.status, told.reason)
    return bouncing.is_enough([this, *tx.returns.of(reader.id, _KEPT)], now)


def _suppress(tx: Transaction, reader: Subscriber, told: Return, now: datetime) -> None:
    if told.kind is Kind.COMPLAINT:
        tx.suppressions.add(reader.address, Cause.COMPLAINT, now, told.reason)
        subscribe.take_off(tx, reader, now)
    else:
        tx.suppressions.add(reader.address, Cause.BOUNCE, now, told.reason)
    tx.subscribers.suppress(reader.id)
    tx.deliveries.suppress(reader.id, now)


def _act_on_address(tx: Transaction, told: Return, now: datetime) -> Effect:
    address = told.trace.address
    match told.kind:
        case Kind.HARD:
            tx.suppressions.add(address, Cause.BOUNCE, now, told.reason)
        case Kind.COMPLAINT:
            tx.suppressions.add(address, Cause.COMPLAINT, now, told.reason)
            tx.suppressions.add(address, Cause.OPT_OUT, now)
            tx.requests.close(address, now)
        case Kind.LEAVES:
            tx.suppressions.add(address, Cause.OPT_OUT, now)
            tx.requests.close(address, now)
        case Kind.OURS:
            _tell(tx, told, now)
            return Effect.TOLD
        case _:
            return Effect.NOTHING
    return Effect.SUPPRESSED


def _tell(tx: Transaction, told: Return, now: datetime) -> None:
    if any(alarm.key == _ALARM for alarm in alarms.standing(tx)):
        return  # each server has words of its own for it
    why = told.reason or told.status or "it does not say why"
    alarms.sound(tx, _ALARM, f"Mail comes back for a fault that is ours ({why}).", now)
