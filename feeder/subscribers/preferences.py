"""Preferences: checked before they are kept. Pure."""

from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe, Unit
from feeder.model.subscribers import Preferences

DAYS = {Unit.WEEK: range(7), Unit.MONTH: range(1, 29)}
"""The days that a reader may choose: those that every week, and every month, has."""

_NO_PLACES = ("Etc", "SystemV", "US", "posix", "right")


def checked(preferences: Preferences, recipe: Recipe) -> Preferences:
    """Return preferences that fit the recipe of their digest.

    Raises: ConfigurationError.
    """
    try:
        ZoneInfo(preferences.zone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"zone {preferences.zone!r}", "is no time zone", "write it as Europe/Berlin"
        ) from error
    if preferences.hour is not None and preferences.hour not in range(24):
        raise ConfigurationError(f"hour {preferences.hour}", "is no hour", "write 0 to 23")
    if preferences.day is None:
        return preferences
    days = DAYS.get(recipe.unit)
    if days is None:
        raise ConfigurationError(
            f"day {preferences.day}", f"has no meaning for the digest {recipe.name}", "leave it out"
        )
    if preferences.day not in days:
        raise ConfigurationError(
            f"day {preferences.day}",
            f"is no day that every {recipe.unit} has",
            f"write {days.start} to {days.stop - 1}",
        )
    return preferences


@cache
def zones() -> dict[str, tuple[str, ...]]:
    """Return the time zones that people can choose, by the part of the world."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES))
    return {part: tuple(some) for part, some in groupby(places, key=lambda zone: zone.partition("/")[0])}


def zone_or(zone: str, otherwise: str) -> str:
    """Return a time zone that a form told, if it is one."""
    return zone if any(zone in some for some in zones().values()) else otherwise
