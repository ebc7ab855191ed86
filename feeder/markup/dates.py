"""Dates as people and machines read them."""

from datetime import UTC, date, datetime, tzinfo

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day(moment: datetime | date, zone: tzinfo = UTC) -> str:
    """Return `17 October 2016`; of a moment, the day that it is in `zone`."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def month(day: date) -> str:
    """Return `October 2016`."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def moment(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return `17 October 2016, 19:42 CEST`, as it is in `zone`."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    # Zones without a name of their own are known by their distance from UTC: +0545.
    told = name if name.isalpha() else f"UTC{local.isoformat()[-6:]}"
    return f"{day(moment, zone)}, {local:%H:%M} {told}"


def iso(moment: datetime | date) -> str:
    """Return `2016-10-17T17:42:00Z`, or `2016-10-17` of what is known by day only.

    Source: RFC 3339.
    """
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return moment.isoformat()
