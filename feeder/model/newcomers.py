"""People on a list that is brought in: those who become readers, and those who must not be mailed.

Named tuples, since there may be a million of them.
"""

from datetime import datetime
from typing import NamedTuple

from feeder.model.subscribers import Cause, Consent, Preferences


class Newcomer(NamedTuple):
    """Somebody who becomes a reader. `reason` says to them why mail comes.

    `next_issue_at` is None for a digest that is due when there is something new.
    """

    address: str
    preferences: Preferences
    next_issue_at: datetime | None
    created: datetime
    reason: str
    consent: Consent


class Outsider(NamedTuple):
    """Somebody whose address must not be mailed, for these causes, since a moment."""

    address: str
    causes: tuple[Cause, ...]
    since: datetime
    reason: str
