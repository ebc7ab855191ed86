"""Items whose time has come get their numbers.

Runs before every publish and every planning, so that embargoes and items by hand need no path of
their own.
"""

from datetime import datetime

from feeder.store import Store


def release(store: Store, now: datetime) -> int:
    """Make public what is due, and return how many items that was."""
    with store.reading() as tx:
        if not tx.items.any_to_release(now):
            return 0
    with store.transaction() as tx:
        return tx.items.release(now)
