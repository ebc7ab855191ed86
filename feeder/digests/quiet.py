"""The quiet after what is new, which an instant digest waits for, so that what comes together is mailed together. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

AFTER = timedelta(minutes=10)
"""How long nothing new may have come."""

MOST = timedelta(minutes=60)
"""How long the first that is new waits at most."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a site knows of it.

    `seen` is the newest arrival that was noticed, `planned` the one up to which issues were planned.
    `first` and `last` are when the oldest and the newest of those in between were noticed.
    """

    seen: int
    planned: int
    first: datetime
    last: datetime

    @property
    def over_at(self) -> datetime:
        """When what waits to be planned will have waited for long enough, if nothing more comes."""
        return min(self.last + AFTER, self.first + MOST)

    def is_over(self, now: datetime) -> bool:
        """Tell whether something waits to be planned, and has waited for long enough."""
        return self.seen > self.planned and now >= self.over_at


def noticed(quiet: Quiet, newest: int, now: datetime) -> Quiet:
    """Return what is known when `newest` is the newest arrival."""
    if newest == quiet.seen:
        return quiet
    return replace(quiet, seen=newest, first=now if quiet.seen == quiet.planned else quiet.first, last=now)
