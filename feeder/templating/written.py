"""Dates and numbers as people write them in a language (its tag), by Babel."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_datetime_format,
    get_timezone_gmt,
    get_timezone_name,
)
from babel.numbers import format_decimal

from feeder.templating.spoken import locale

_DAYS = 4096
"""How many dates are kept as they are written: pages tell the same ones again and again."""


@lru_cache(_DAYS)
def day(moment: date, language: str) -> str:
    """Return a date with its month in words."""
    return format_date(moment, "long", locale(language))


def month(moment: date, language: str) -> str:
    """Return the month of a date, in words, and its year."""
    return format_skeleton("yMMMM", moment, locale=locale(language))


def moment(local: datetime, language: str) -> str:
    """Return date, time and zone of a moment, in the zone that it is told in."""
    known = locale(language)
    zone = get_timezone_name(local, "short", locale=known)
    if zone.startswith(("+", "-")):  # there is no short name in this language
        zone = get_timezone_gmt(local, "long", known)
    time = f"{format_time(local, 'short', locale=known)} {zone}"
    together = str(get_datetime_format("long", known)).replace("'", "")
    return together.format(time, day(local.date(), language))


def number(number: float, language: str) -> str:
    """Return a number with its thousands set apart."""
    return format_decimal(number, locale=locale(language))
