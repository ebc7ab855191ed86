"""Double opt-in: which letter, if any, goes to an address that somebody asked for. Pure.

Whoever asks is told the same. What is decided here is seen only by who reads the address's mail.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from feeder.model.subscribers import LIFTED_BY_READER, Cause, Matter, Status, Subscriber

CONFIRM_WITHIN = timedelta(days=7)
"""How long a confirmation can be given."""

FORGOTTEN_AFTER = timedelta(days=30)
"""When an address that was not confirmed is forgotten, and with it all that was asked for it."""

ACCOUNT_WITHIN = timedelta(hours=24)
"""How long a link to an account opens it."""

UNDO_WITHIN = timedelta(days=30)
"""How long a choice can be undone."""

REST = timedelta(hours=24)
"""An address that does not answer gets no second letter of a kind before this time has passed."""

_MOST_LETTERS = 3
"""So many letters go to an address that never answers, until it is forgotten."""


def may_join(causes: Collection[Cause]) -> bool:
    """Tell whether somebody's own confirmation lifts all for which their address is suppressed."""
    return LIFTED_BY_READER.issuperset(causes)


def letter_to(
    reader: Subscriber | None, causes: Collection[Cause], letters: Sequence[datetime], now: datetime
) -> Matter | None:
    """Choose the letter to an address for which somebody asked for mail; None for none.

    `letters` are those that went there unanswered since it would have been forgotten, newest first.
    """
    if not may_join(causes) or is_enough(letters, now):
        return None
    gets_mail = reader is not None and reader.status is Status.ACTIVE and not causes
    return Matter.KNOWN if gets_mail else Matter.CONFIRM


def is_enough(letters: Sequence[datetime], now: datetime) -> bool:
    """Tell whether an address has had its letters, so that nobody can pester people with them."""
    return bool(letters) and (letters[0] > now - REST or len(letters) >= _MOST_LETTERS)
