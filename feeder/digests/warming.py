"""Warming up: a server that nobody knows sends little at first, to each receiving domain, and more from day to day. Pure.

A plan says how many messages go to one domain on the first day, the second and so on; after its last day as many
as the other limits let. Days are those of UTC, and the first is the one on which the first message may leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Warming:
    """How far a plan is: when it began, and how many messages went to each domain on one `day`.

    `began` is None before the first message.
    """

    plan: Sequence[int]
    began: date | None = None
    day: date = date.min
    sent: dict[str, int] = field(default_factory=dict)

    def limit(self, now: datetime) -> int | None:
        """Return how many messages go to each domain today; None for as many as there are."""
        past = self.days(now) - 1
        return self.plan[past] if past < len(self.plan) else None

    def days(self, now: datetime) -> int:
        """Return which day of the plan today is, from 1."""
        return (now.date() - (self.began or now.date())).days + 1

    def is_over(self, now: datetime) -> bool:
        """Tell whether nobody is held back any more."""
        return self.limit(now) is None

    def take(self, domain: str, now: datetime) -> datetime:
        """Count a message to a domain; return from when on it may leave, `now` or the next day, when it counts anew."""
        limit = self.limit(now)
        if limit is None:
            return now
        if self.day != now.date():
            self.day, self.sent = now.date(), {}
        if self.sent.get(domain, 0) >= limit:
            return datetime.combine(now.date() + _DAY, time(), UTC)
        self.began = self.began or now.date()
        self.sent[domain] = self.sent.get(domain, 0) + 1
        return now

    def give_back(self, domain: str) -> None:
        """Take one message out of the count, which may leave, but does not."""
        if domain in self.sent:
            self.sent[domain] -= 1


def written(warming: Warming) -> dict[str, Any]:
    """Write how far a plan is as JSON."""
    began = warming.began.isoformat() if warming.began else None
    return {"plan": list(warming.plan), "began": began, "day": warming.day.isoformat(), "sent": warming.sent}


def read(values: Mapping[str, Any], plan: Sequence[int]) -> Warming:
    """Read how far a plan is; one that was changed begins anew."""
    if values.get("plan") != list(plan):
        return Warming(plan)
    began = date.fromisoformat(values["began"]) if values["began"] else None
    return Warming(plan, began, date.fromisoformat(values["day"]), dict(values["sent"]))
