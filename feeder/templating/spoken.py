"""Languages as people call them; dates and numbers as they write them, by Babel.

A language that Babel does not know is written like English.
"""

from datetime import date, datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_gmt, get_timezone_name
from babel.numbers import format_decimal

_DAYS = 4096
"""How many dates are kept as they are written: pages tell the same ones again and again."""


@lru_cache
def name(tag: str, language: str = "en") -> str:
    """Return what a language (its tag) is called in another; the tag where nobody knows one."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(_locale(language)) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def own_name(tag: str) -> str:
    """Return what those who speak a language call it, as it stands at the beginning of a line."""
    locale = _locale(tag)
    # 简体中文 rather than 中文 (简体).
    called = locale.languages.get(str(locale)) if locale.script else None
    called = called or name(tag, tag)
    return called[:1].upper() + called[1:]


@lru_cache(_DAYS)
def day(moment: date, language: str) -> str:
    """Return a date with its month in words."""
    return format_date(moment, "long", _locale(language))


def moment(local: datetime, language: str) -> str:
    """Return date, time and zone of a moment, in the zone that it is told in."""
    locale = _locale(language)
    zone = get_timezone_name(local, "short", locale=locale)
    if zone.startswith(("+", "-")):  # there is no short name in this language
        zone = get_timezone_gmt(local, "long", locale)
    time = f"{format_time(local, 'short', locale=locale)} {zone}"
    together = str(get_datetime_format("long", locale)).replace("'", "")
    return together.format(time, day(local.date(), language))


def number(number: float, language: str) -> str:
    """Return a number with its thousands set apart."""
    return format_decimal(number, locale=_locale(language))


@lru_cache
def _locale(tag: str) -> Locale:
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    return Locale("en", "GB")
