"""Addresses that must not be mailed, and readers who are to be forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from feeder.errors import ConfigurationError, NotFound
from feeder.model.settings import Signup
from feeder.model.subscribers import LIFTED_BY_OPERATOR, Cause, Subscriber
from feeder.store import Store, Transaction
from feeder.subscribers import addresses, optin
from feeder.workflows import erased, returns, webhooks

_RETURNS_KEPT = timedelta(days=365)
"""By then what came back weighs next to nothing."""


def suppress(store: Store, address: str, cause: Cause, reason: str, now: datetime) -> None:
    """Put an address on the list of those that must not be mailed, whether it is a reader's or not.

    Raises: ConfigurationError for what is no address; StoreError.
    """
    address = addresses.checked(address)
    with store.transaction() as tx:
        reader = tx.subscribers.find_locked(address)  # first, as whoever leaves does
        tx.suppressions.add(address, cause, now, reason)
        if reader is not None:
            tx.subscribers.suppress(reader.id)
            tx.deliveries.suppress(reader.id, now)
        tx.requests.close(address, now, reader.id if reader else None)


def lift(store: Store, address: str) -> Subscriber | None:
    """Take an address off that list, as far as that is for the operator to do; return its reader.

    An opt-out and an erasure are lifted by the person's own new double opt-in alone.
    Raises: ConfigurationError, NotFound, StoreError.
    """
    address = addresses.checked(address)
    with store.transaction() as tx:
        reader = tx.subscribers.find_locked(address)
        if not tx.suppressions.lift(address, LIFTED_BY_OPERATOR):
            left = [found.cause for found in tx.suppressions.of(address)]
            if left:
                raise ConfigurationError(
                    f"address {address}",
                    f"is suppressed by its owner's own wish ({', '.join(left)})",
                    "they can sign up again, and `feeder subscriber add` asks them",
                )
            raise NotFound(f"address {address}", "is not suppressed", "nothing has to be lifted")
        if reader is not None:
            tx.subscribers.restore(reader.id, tx.items.newest_number())
            if tx.suppressions.of(address):  # what is left is the person's own wish
                tx.subscribers.leave(reader.id)
        return tx.subscribers.find(address)


def erase(store: Store, address: str, file: Path | None, now: datetime) -> None:
    """Forget all about an address, and keep its keyed hash, so that it is never taken in again unasked.

    The hash goes into a `file` as well: it keeps those out who come back with an old backup.
    Raises: ConfigurationError; NotFound when nothing is known of the address; StoreError.
    """
    address = addresses.checked(address)
    with store.transaction() as tx:
        reader = tx.subscribers.find_locked(address)
        if reader is None:
            raise NotFound(f"subscriber {address!r}", "is not in the store", "nothing has to be erased")
        key = tx.suppressions.key(address)
        # First the file: a crash in between erases at the next start what was to be erased.
        if file is not None:
            erased.add(file, key, now)
        _erase(tx, reader, key, now)


def tidy(store: Store, signup: Signup, now: datetime) -> int:
    """Forget what is old: who never confirmed, what was asked, letters, choices, networks.

    Also forgets again whom an old backup brought back; returns how many of those there were.
    """
    old = now - optin.FORGOTTEN_AFTER
    with store.transaction() as tx:
        for subscriber in tx.subscribers.forget_pending(old):
            tx.letters.forget_all_of([], subscriber)
            tx.requests.forget_all_of([], subscriber)
            tx.choices.forget_all_of(subscriber)
            tx.subscribers.delete(subscriber)
        tx.letters.forget(old)
        tx.requests.forget(old)
        tx.choices.forget(now - optin.UNDO_WITHIN)
        tx.returns.forget(now - _RETURNS_KEPT)
        returns.calm(tx, now)
        webhooks.forget(tx, now)
        tx.requests.forget_networks(now - signup.keep_networks)
    gone = erased.read(signup.erased) if signup.erased else []
    return _erase_again(store, gone, now) if gone else 0


def _erase_again(store: Store, gone: Sequence[tuple[str, datetime]], now: datetime) -> int:
    """Erase those who are here again: they came back with a backup."""
    again = 0
    with store.transaction() as tx:
        here = tx.subscribers.among(key for key, _ in gone)
        for key, at in gone:
            reader = tx.subscribers.find_by_key(key) if key in here else None
            # Who was erased and has signed up again since is here by their own word.
            if reader is None or _came(reader) > at:
                continue
            _erase(tx, reader, key, now)
            again += 1
    return again


def _came(reader: Subscriber) -> datetime:
    return (reader.consent and reader.consent.confirmed) or reader.created


def _erase(tx: Transaction, reader: Subscriber, key: str, now: datetime) -> None:
    tx.suppressions.add_key(key, Cause.ERASURE, now)
    tx.deliveries.leave(reader.id, now)
    tx.requests.forget_all_of([reader.address], reader.id)
    tx.letters.forget_all_of([reader.address], reader.id)
    tx.choices.forget_all_of(reader.id)
    tx.returns.forget_all_of(reader.id)
    tx.subscribers.erase(reader.id)
