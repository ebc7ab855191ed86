"""When issues are due, and what their periods are called. Pure.

Cron expressions are evaluated in the reader's zone by cronsim, which is right about weekdays
(0 and 7 are Sunday) and clock changes (an hour that does not exist comes an hour later, one that
exists twice counts once).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from feeder.model.digests import Due, Recipe, Rhythm, Unit

_SLOTS_LOOKED_AT = 60

_MOST_REPEATED = timedelta(hours=3)
"""More than clocks are ever put back by."""

_HOUR, _DAY_OF_MONTH, _DAY_OF_WEEK = 1, 2, 4


def due(recipe: Recipe, rhythm: Rhythm, now: datetime) -> Due:
    """Tell which period has come round for a rhythm, and when the next one does.

    Periods that were missed collapse into the newest.
    """
    expression = _expression(recipe, rhythm)
    return Due(
        rhythm=rhythm,
        period=_name(recipe.unit, _latest(expression, rhythm.zone, now)),
        next_issue_at=_next(expression, rhythm.zone, now),
        next_hour=_next(_every_day(expression), rhythm.zone, now),
    )


def next_issue_at(recipe: Recipe, rhythm: Rhythm, now: datetime) -> datetime | None:
    """Return when the first issue after `now` is due; None if it is when there is something new."""
    if recipe.unit is Unit.INSTANT:
        return None
    return _next(_expression(recipe, rhythm), rhythm.zone, now)


@lru_cache
def has_one_slot_a_period(recipe: Recipe) -> bool:
    """Tell whether no two slots of a recipe fall into one of its periods, where one would be lost."""
    slots = CronSim(recipe.cron, datetime(2024, 1, 1, tzinfo=UTC))
    names = [_name(recipe.unit, slot) for slot in islice(slots, _SLOTS_LOOKED_AT)]
    return len(set(names)) == len(names)


def _expression(recipe: Recipe, rhythm: Rhythm) -> str:
    """Return the recipe's cron expression with the reader's own hour and day in it."""
    fields = recipe.cron.split()
    if rhythm.hour is not None:
        fields[_HOUR] = str(rhythm.hour)
    if rhythm.day is not None and recipe.unit is Unit.WEEK:
        fields[_DAY_OF_WEEK] = str((rhythm.day + 1) % 7)  # Monday is 0 here, and 1 in cron
    if rhythm.day is not None and recipe.unit is Unit.MONTH:
        fields[_DAY_OF_MONTH] = str(rhythm.day)
    return " ".join(fields)


def _every_day(expression: str) -> str:
    minute, hour, *_ = expression.split()
    return f"{minute} {hour} * * *"


def _next(expression: str, zone: str, now: datetime) -> datetime:
    slots = (slot.astimezone(UTC) for slot in CronSim(expression, now.astimezone(ZoneInfo(zone))))
    return next(slot for slot in slots if slot > now)  # in an hour that comes twice, some are over


def _latest(expression: str, zone: str, now: datetime) -> datetime:
    """Return the newest slot that is not after `now`, in the reader's zone."""
    local = now.astimezone(ZoneInfo(zone))
    # When an hour has come for the second time, all of it has been there before.
    after = local + (_MOST_REPEATED if local.fold else timedelta(seconds=1))
    slots = CronSim(expression, after, reverse=True)
    return next(slot for slot in slots if slot.astimezone(UTC) <= now)


def _name(unit: Unit, slot: datetime) -> str:
    match unit:
        case Unit.DAY:
            return slot.strftime("%Y-%m-%d")
        case Unit.WEEK:
            return slot.strftime("%G-W%V")
        case Unit.MONTH:
            return slot.strftime("%Y-%m")
        case Unit.SLOT | Unit.INSTANT:
            return slot.strftime("%Y-%m-%dT%H:%M")
