"""Readers come and go: they ask, get a letter, confirm, leave, and come back.

What is asked on the web is only written down at first. Who then decides about it, `answer`, has all
the time that it takes, so that neither words nor time tell a stranger who is known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeder.digests import periods
from feeder.errors import AlreadyThere
from feeder.model.digests import Recipe
from feeder.model.settings import Signup
from feeder.model.subscribers import (
    LIFTED_BY_READER,
    Ask,
    Cause,
    Consent,
    Matter,
    Origin,
    Preferences,
    Request,
    Status,
    Subscriber,
)
from feeder.store import Store, Transaction
from feeder.subscribers import addresses, optin
from feeder.tokens import Claim, Purpose, Signer

SIGNED_UP = "you signed up for it"
"""Why a reader gets mail who has confirmed; templates translate it."""

_AT_ONCE = 50
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody filled into a form: the address, what is to come, and the proof that they asked.

    `form` is the path of the page, `wording` what they agreed to, `network` stands for where they were.
    """

    address: str
    wish: Preferences
    form: str
    wording: str
    language: str
    network: bytes


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The request was confirmed, now or before; this is the reader as they are now."""

    reader: Subscriber
    ask: Ask


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The link was good once: it is too old, or what it asked for came to nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The new address has a subscription of its own."""


Outcome = Confirmed | Lapsed | Taken


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


def is_flooded(store: Store, signup: Signup, now: datetime) -> bool:
    """Tell whether so many confirmations went out within an hour that no more may follow for now."""
    with store.reading() as tx:
        return not _room(tx, signup, now)


def ask(store: Store, wanted: Wanted, now: datetime) -> None:
    """Write down that somebody wants mail; `answer` sees to it. Raises: StoreError."""
    with store.transaction() as tx:
        tx.requests.add(
            Ask.JOIN,
            wanted.address,
            now,
            now + optin.CONFIRM_WITHIN,
            wish=wanted.wish,
            form=wanted.form,
            wording=wanted.wording,
            language=wanted.language,
            network=wanted.network,
        )


def come_back(store: Store, subscriber: int, now: datetime) -> None:
    """Ask somebody who has left, by a letter, whether they want to come back as they were."""
    with store.transaction() as tx:
        reader = tx.subscribers.behind(subscriber)
        if reader is None or reader.status is not Status.LEFT:
            return
        tx.requests.add(
            Ask.JOIN,
            reader.address,
            now,
            now + optin.CONFIRM_WITHIN,
            wish=replace(reader.preferences, paused_until=None),
            form="unsubscribe",
            language=reader.preferences.language,
        )


def answer(store: Store, signup: Signup, now: datetime) -> int:
    """Decide about what was asked, and write the letters; `letters.send` sends them.

    In a flood, what others may have asked for waits until more confirmations may go out.
    Returns how many letters were written.
    """
    written = 0
    while True:
        with store.transaction() as tx:
            requests = tx.requests.unanswered(_AT_ONCE, [Ask.ACCOUNT])
            requests += tx.requests.unanswered(min(_room(tx, signup, now), _AT_ONCE), [Ask.JOIN, Ask.MOVE])
            for request in requests:
                written += _answer(tx, request, now)
        if not requests:
            return written


def _room(tx: Transaction, signup: Signup, now: datetime) -> int:
    """Return how many confirmations may still go out in this hour."""
    return max(0, signup.most - tx.requests.confirmations_since(now - _HOUR))


def _answer(tx: Transaction, request: Request, now: datetime) -> bool:
    if request.expires <= now:  # it waited until no letter could help any more
        return _write(tx, request, None, now)
    reader = tx.subscribers.find(request.address)
    causes = {found.cause for found in tx.suppressions.of(request.address)}
    since = now - optin.FORGOTTEN_AFTER
    letters = tx.requests.letters_about(request.address, [Ask.JOIN, Ask.MOVE], since)
    match request.ask:
        case Ask.JOIN:
            return _answer_join(tx, request, reader, optin.letter_to(reader, causes, letters, now), now)
        case Ask.MOVE:
            is_there = reader is not None and (reader.id, reader.address) == (
                request.subscriber,
                request.address,
            )
            may_ask = not is_there and optin.may_join(causes) and not optin.is_enough(letters, now)
            matter = Matter.MOVE if may_ask else None
        case Ask.ACCOUNT:
            before = tx.letters.last(Matter.ACCOUNT, request.address)
            matter = None if before and before > now - _HOUR else Matter.ACCOUNT
    return _write(tx, request, matter, now)


def _answer_join(
    tx: Transaction, request: Request, reader: Subscriber | None, matter: Matter | None, now: datetime
) -> bool:
    if matter is Matter.KNOWN:
        before = tx.letters.last(Matter.KNOWN, request.address)
        if before and before > now - optin.REST:
            matter = None
    if reader is not None:
        # Servers may tell capitals apart (RFC 5321, 2.4): a letter goes where the reader's mail goes.
        request = replace(request, subscriber=reader.id, address=reader.address)
    if matter is Matter.CONFIRM and request.wish is not None:
        if reader is None:
            request = replace(
                request, subscriber=tx.subscribers.add_pending(request.address, request.wish, now)
            )
        elif reader.status is Status.PENDING:
            tx.subscribers.ask_again(reader.id, now)
    return _write(tx, request, matter, now)


def _write(tx: Transaction, request: Request, matter: Matter | None, now: datetime) -> bool:
    subscriber = request.subscriber
    if matter is None or subscriber is None:
        tx.requests.answered(request.id, now, subscriber)
        return False
    tx.letters.add(matter, request.address, request.language, now, subscriber=subscriber, about=request.id)
    if matter is Matter.KNOWN:
        tx.requests.answered(request.id, now, subscriber)
    else:
        tx.requests.mailed(request.id, subscriber, now)
    return True


# ── Confirming ───────────────────────────────────────────────────────────────────────────────────


def requested(store: Store, signer: Signer, token: str, now: datetime) -> Request | None:
    """Return what a link would confirm, for the page with the button; None if it confirms nothing."""
    claim = _claim(signer, token, now)
    if claim is None:
        return None
    with store.reading() as tx:
        request = tx.requests.get(claim.subject)
        return request if request and _reader_of(tx, request, claim, now) else None


def confirm(
    store: Store,
    signer: Signer,
    recipes: Mapping[str, Recipe],
    signup: Signup,
    token: str,
    now: datetime,
) -> Outcome:
    """Do what was asked for, once: make a reader active, or give one another address.

    The reader's own confirmation lifts an opt-out, an erasure and a bounce. Raises: StoreError.
    """
    claim = _claim(signer, token, now)
    if claim is None:
        return Lapsed()
    with store.transaction() as tx:
        asked = tx.requests.get(claim.subject)
        if asked and asked.subscriber:
            tx.subscribers.locked(asked.subscriber)  # before the request, as whoever leaves does
        request = tx.requests.locked(claim.subject)
        reader = _reader_of(tx, request, claim, now) if request else None
        if request is None or reader is None:
            return Lapsed()
        if request.confirmed:
            return Confirmed(reader, request.ask)
        match request.ask:
            case Ask.JOIN:
                return _join(tx, request, reader, recipes, signup, now)
            case Ask.MOVE:
                return _move(tx, request, reader, now)
            case Ask.ACCOUNT:  # its link is of another purpose
                return Lapsed()


def _claim(signer: Signer, token: str, now: datetime) -> Claim | None:
    claim = signer.verify(Purpose.CONFIRM, token)
    return None if claim is None or claim.end is None or claim.end <= now else claim


def _reader_of(tx: Transaction, request: Request, claim: Claim, now: datetime) -> Subscriber | None:
    """Return whose request a link confirms, or has confirmed; None if it was revoked, or came to nothing."""
    reader = tx.subscribers.with_id(request.subscriber) if request.subscriber else None
    # SQLite gives the id of what was erased to another request, which ends at another moment.
    if reader is None or reader.status is Status.ERASED or claim.end != request.expires:
        return None
    # A move revokes the links of before, but for the one that brought it about.
    moved = request.confirmed and request.ask is Ask.MOVE
    if claim.generation != reader.links - int(moved):
        return None
    if request.confirmed:
        return reader
    is_open = request.closed is None and now < request.expires
    causes = {found.cause for found in tx.suppressions.of(request.address)}
    return reader if is_open and optin.may_join(causes) else None


def _join(
    tx: Transaction,
    request: Request,
    reader: Subscriber,
    recipes: Mapping[str, Recipe],
    signup: Signup,
    now: datetime,
) -> Outcome:
    if reader.status is not Status.ACTIVE or tx.suppressions.of(request.address):
        wish = _possible(request.wish or reader.preferences, recipes, signup)
        cursor = tx.items.newest_number()
        consent = Consent(Origin.FORM, request.asked, now, request.form, request.wording, request.language)
        next_issue_at = periods.next_issue_at(recipes[wish.digest], wish.rhythm, now)
        tx.suppressions.lift(request.address, LIFTED_BY_READER)
        tx.subscribers.activate(reader.id, wish, cursor, next_issue_at, SIGNED_UP, consent)
        if signup.welcome:
            tx.issues.welcome(reader.id, wish.digest, signup.welcome, cursor, now)
    tx.requests.close(request.address, now)
    tx.requests.confirmed(request.id, now)
    return Confirmed(tx.subscribers.get(request.address), request.ask)


def _possible(wish: Preferences, recipes: Mapping[str, Recipe], signup: Signup) -> Preferences:
    """Return a wish that can be met: the digest may have been taken out of the configuration since."""
    return wish if wish.digest in recipes else replace(wish, digest=signup.digest, hour=None, day=None)


def _move(tx: Transaction, request: Request, reader: Subscriber, now: datetime) -> Outcome:
    if reader.status is not Status.ACTIVE:
        return Lapsed()
    there = tx.subscribers.find(request.address)
    if there is not None and there.id != reader.id:
        if there.status is Status.ACTIVE:
            return Taken()
        tx.subscribers.erase(there.id)  # the same person, who had left or never confirmed
    tx.suppressions.lift(request.address, LIFTED_BY_READER)
    # The word that counts from now on is the one given at this address, which may have been erased before.
    consent = replace(reader.consent or Consent(Origin.FORM, request.asked), confirmed=now)
    tx.subscribers.activate(
        reader.id, reader.preferences, reader.cursor, reader.next_issue_at, reader.reason, consent
    )
    tx.subscribers.move(reader.id, request.address)
    tx.letters.add(Matter.MOVED, reader.address, reader.preferences.language, now, subscriber=reader.id)
    tx.requests.close(request.address, now)
    tx.requests.close(reader.address, now, reader.id)
    tx.requests.confirmed(request.id, now)
    return Confirmed(tx.subscribers.get(request.address), request.ask)


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────


def leave(store: Store, signer: Signer, token: str, now: datetime) -> None:
    """Take off whoever the token was made for; any other token changes nothing.

    Takes effect for every message whose attempt is not committed yet, and lets all that was asked
    for the address before come to nothing. Raises: StoreError.
    """
    claim = signer.verify(Purpose.UNSUBSCRIBE, token)
    if claim is None:
        return
    with store.transaction() as tx:
        reader = tx.subscribers.behind(claim.subject)
        if reader is not None:
            take_off(tx, reader, now)


def take_off(tx: Transaction, reader: Subscriber, now: datetime) -> None:
    """Take off a reader, who is locked: also one who has left already, and may have asked to come back since."""
    tx.suppressions.add(reader.address, Cause.OPT_OUT, now)
    tx.subscribers.leave(reader.id)
    tx.deliveries.leave(reader.id, now)
    tx.requests.close(reader.address, now, reader.id)


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """The person has left before: a letter asks them whether they want to come back."""

    address: str


def add(
    store: Store,
    address: str,
    preferences: Preferences,
    recipe: Recipe,
    now: datetime,
    *,
    reason: str,
    welcome: int,
) -> Subscriber | Asked:
    """Add a confirmed reader by hand, with a welcome of the newest `welcome` items if there are any.

    The cursor stands at the newest arrival. Whoever has left, was erased or bounced comes back only by
    their own word, and is asked for it.
    Raises: ConfigurationError for an address that cannot be mailed; AlreadyThere; StoreError.
    """
    address = addresses.checked(address)
    next_issue_at = periods.next_issue_at(recipe, preferences.rhythm, now)
    consent = Consent(Origin.HAND, now, None, "subscriber add", reason)
    with store.transaction() as tx:
        cursor = tx.items.newest_number()
        there = tx.subscribers.find(address)
        causes = {found.cause for found in tx.suppressions.of(address)}
        if not optin.may_join(causes):
            raise AlreadyThere(
                f"address {address}",
                f"must not be mailed ({', '.join(sorted(causes))})",
                f"`feeder subscriber suppress --lift {address}` takes it off that list",
            )
        if there is not None and there.status is Status.ACTIVE:
            raise AlreadyThere(
                f"address {address}",
                f"is a subscriber already ({there.status})",
                f"`feeder subscriber show {address}` tells more",
            )
        if causes:
            tx.requests.add(
                Ask.JOIN, address, now, now + optin.CONFIRM_WITHIN, wish=preferences, form="subscriber add"
            )
            return Asked(address)
        if there is None:
            subscriber = tx.subscribers.add(address, preferences, cursor, next_issue_at, reason, now, consent)
        else:
            subscriber = there.id
            tx.subscribers.activate(subscriber, preferences, cursor, next_issue_at, reason, consent)
        if welcome:
            tx.issues.welcome(subscriber, preferences.digest, welcome, cursor, now)
        tx.requests.close(address, now)
        return tx.subscribers.get(address)
