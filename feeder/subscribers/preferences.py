"""Preferences: checked before they are kept. Pure."""

from zoneinfo import ZoneInfo

from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe, Unit
from feeder.model.subscribers import Preferences

_DAYS = {Unit.WEEK: range(7), Unit.MONTH: range(1, 29)}
"""The days that a reader may choose: those that every week, and every month, has."""


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
    days = _DAYS.get(recipe.unit)
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
