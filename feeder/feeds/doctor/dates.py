"""Dates as the formats want them, and as people write them instead."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial

_RFC_3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_RFC_822 = re.compile(
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun),\s*)?"
    r"(?P<day>[0-9]{1,2})\s+(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+"
    r"(?P<year>[0-9]{4}|[0-9]{2})\s+(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?\s+"
    r"(?P<zone>ut|utc|gmt|[ecmp][sd]t|[a-ik-z]|[+-][0-9]{4})",
    re.IGNORECASE,
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_COMMENT = re.compile(r"\s*\([^()]*\)$")
# As people and careless programs write.
_LOOSE = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d %B %Y %H:%M:%S %z",
    "%d %B %Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a, %d %B %Y %H:%M:%S %z",
    "%A, %d %B %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
)
_LONGEST = 64
_SECONDS = re.compile(r"[0-9]{9,10}|[0-9]{13}")
_EXAMPLE_3339 = "2026-11-03T10:00:00Z"
_EXAMPLE_822 = "Tue, 03 Nov 2026 10:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Mail:
    """A date by RFC 822, and what about it is not as it should be; empty if all is."""

    moment: datetime
    oddity: str


def of_3339(written: str) -> datetime | None:
    """Return the moment that a date by RFC 3339 names; None if it is none, as Atom wants it."""
    found = _RFC_3339.fullmatch(written.strip())
    if found is None:
        return None
    second = min(int(found[6]), 59) if found[6] == "60" else int(found[6])  # a leap second
    try:
        year, month, day, hour, minute = (int(found[number]) for number in range(1, 6))
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return moment if found[8] == "Z" else moment.replace(tzinfo=_offset(found[8]))
    except ValueError:
        return None


def of_822(written: str) -> Mail | None:
    """Return the date by RFC 822, with the years of four digits that RSS allows; None if it is none."""
    found = _RFC_822.fullmatch(_COMMENT.sub("", written.strip()))
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:  # noqa: PLR2004 - digits
        year += 2000 if year < 50 else 1900  # noqa: PLR2004 - RFC 5322, section 4.3
    try:
        zone = _zone(found["zone"].lower())
        month = _MONTHS.index(found["month"].lower()) + 1
        clock = (int(found["hour"]), int(found["minute"]), min(int(found["second"] or 0), 59))
        moment = datetime(year, month, int(found["day"]), *clock, tzinfo=zone)
    except ValueError:
        return None
    return Mail(moment, _oddity(found, moment))


def guess(written: str) -> datetime | None:
    """Return the moment that somebody most likely meant, in UTC where no zone is told; None if unclear."""
    line = " ".join(written.split())
    if not line or len(line) > _LONGEST:
        return None
    readings = (_known, _iso, _mail, _loose, _counted)
    return next((moment for read in readings if (moment := read(line)) is not None), None)


def mend_3339(written: str) -> str:
    """Say how to write a date for Atom and JSON Feed."""
    moment = guess(written)
    return f"write {_as_3339(moment)}" if moment else f"write it as in {_EXAMPLE_3339}"


def mend_822(written: str) -> str:
    """Say how to write a date for RSS."""
    moment = guess(written)
    return f"write {_as_822(moment)}" if moment else f"write it as in {_EXAMPLE_822}"


def day(moment: datetime) -> str:
    """Return a moment's day in figures, for findings."""
    return moment.date().isoformat()


def _as_3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _as_822(moment: datetime) -> str:
    is_utc = not moment.utcoffset()
    return format_datetime(moment.replace(tzinfo=UTC) if is_utc else moment, usegmt=is_utc)


def _oddity(found: re.Match[str], moment: datetime) -> str:
    weekday = _WEEKDAYS[moment.weekday()]
    if found["weekday"] and found["weekday"].lower() != weekday:
        return f"calls a {weekday.title()} a {found['weekday']}"
    if len(found["year"]) == 2:  # noqa: PLR2004 - digits
        return "has a year of two digits"
    zone = found["zone"].upper()
    return f"has the zone {zone}" if zone == "UTC" or (len(zone) == 1 and zone != "Z") else ""


def _zone(name: str) -> timezone:
    if name[0] in "+-":
        return _offset(f"{name[:3]}:{name[3:]}")
    return timezone(timedelta(hours=_HOURS.get(name, 0)))


def _offset(written: str) -> timezone:
    """Return the zone of `+02:00`. Raises: ValueError."""
    hours, minutes = int(written[1:3]), int(written[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - RFC 3339, section 5.6
        raise ValueError(written)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


def _known(line: str) -> datetime | None:
    mail = of_822(line)
    return of_3339(line) or (mail.moment if mail else None)


def _iso(line: str) -> datetime | None:
    spaced = re.sub(r"\s*(?:UTC|GMT|[Zz])$", "Z", line)
    return _tried(lambda: datetime.fromisoformat(spaced.replace("t", "T").replace(",", ".")))


def _mail(line: str) -> datetime | None:
    moment = _tried(lambda: parsedate_to_datetime(line))
    # It takes any number for a year, and a year for any number.
    return moment if moment and re.search(rf"(?<![-+\d]){moment.year:04d}\b", line) else None


def _loose(line: str) -> datetime | None:
    readings = (_tried(partial(datetime.strptime, line, form)) for form in _LOOSE)
    return next((moment for moment in readings if moment is not None), None)


def _counted(line: str) -> datetime | None:
    if not _SECONDS.fullmatch(line):
        return None
    return _tried(lambda: datetime.fromtimestamp(int(line[:10]), UTC))


def _tried(read: Callable[[], datetime]) -> datetime | None:
    """Return what a reading gives, in whole seconds and with a zone; None where it gives nothing."""
    # email.utils fails in all of these ways on text that is no date.
    with suppress(ValueError, TypeError, IndexError, OverflowError, AttributeError):
        moment = read().replace(microsecond=0)
        offset = moment.utcoffset()
        if offset is None:
            return moment.replace(tzinfo=UTC)
        # Before there were zones, clocks differed by seconds, which no format can say.
        return moment.astimezone(UTC) if offset.seconds % 60 else moment
    return None
