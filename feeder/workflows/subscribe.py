"""Readers come and go."""

from datetime import datetime

from feeder.digests import periods
from feeder.errors import AlreadyThere
from feeder.model.digests import Recipe
from feeder.model.subscribers import Preferences, Status, Subscriber
from feeder.store import Store
from feeder.subscribers import addresses
from feeder.tokens import Purpose, Signer


def add(
    store: Store,
    address: str,
    preferences: Preferences,
    recipe: Recipe,
    now: datetime,
    *,
    reason: str,
    welcome: int,
) -> Subscriber:
    """Add a confirmed reader by hand, with a welcome of the newest `welcome` items if there are any.

    The cursor stands at the newest arrival. One who had left comes back with new preferences.
    Raises: ConfigurationError for an address that cannot be mailed; AlreadyThere; StoreError.
    """
    address = addresses.checked(address)
    next_issue_at = periods.next_issue_at(recipe, preferences.rhythm, now)
    with store.transaction() as tx:
        cursor = tx.items.newest_number()
        there = tx.subscribers.find(address)
        if there is None:
            subscriber = tx.subscribers.add(address, preferences, cursor, next_issue_at, reason, now)
        elif there.status is Status.LEFT:
            subscriber = there.id
            tx.subscribers.come_back(subscriber, preferences, cursor, next_issue_at, reason)
        else:
            raise AlreadyThere(
                f"address {address}",
                f"is a subscriber already ({there.status})",
                f"`feeder subscriber show {address}` tells more",
            )
        if welcome:
            tx.issues.welcome(subscriber, preferences.digest, welcome, cursor, now)
        return tx.subscribers.get(address)


def leave(store: Store, signer: Signer, token: str, now: datetime) -> None:
    """Take off whoever the token was made for; any other token changes nothing.

    Takes effect for every message whose attempt is not committed yet. Raises: StoreError.
    """
    subscriber = signer.verify(Purpose.UNSUBSCRIBE, token)
    if subscriber is None:
        return
    with store.transaction() as tx:
        tx.subscribers.leave(subscriber)
        tx.deliveries.leave(subscriber, now)
