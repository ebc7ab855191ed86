"""Whether a client has already what it asks for, so that 304 is the answer.

Source: RFC 9110, sections 8.8.3.2, 13.1.2, 13.1.3 and 13.2.2; dates by 5.6.7.
"""

import calendar
import re
import time
from datetime import datetime

_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_FUTURE_YEARS = 50

_MONTH = "(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DATES = [
    re.compile(form)
    for form in (
        f"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        f"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        f"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
]
"""IMF-fixdate, RFC 850 and asctime."""


def has_current(
    none_match: bytes | None, modified_since: bytes | None, etag: bytes, modified: int, now: float
) -> bool:
    """Tell whether the client's copy is the one that would be sent.

    `none_match` and `modified_since` are the values of If-None-Match and If-Modified-Since, or None;
    the first decides alone if it is there. `etag` is that of what would be sent, strong; `modified`
    is when it last changed. Times are in seconds since 1970.
    """
    if none_match is not None:
        # A list is compared weakly: what a proxy has packed anew still says the same.
        return none_match == etag or none_match.strip() == b"*" or etag in _TAG.findall(none_match)
    if modified_since is None:
        return False
    since = date(modified_since, now)
    return since is not None and modified <= since


def date(value: bytes, now: float) -> int | None:
    """Return an HTTP date in seconds since 1970; None if it is no date.

    A year of two digits is the one that is not more than 50 years ahead of `now`.
    """
    text = value.decode("latin-1").strip(" \t")
    found = next(filter(None, (form.fullmatch(text) for form in _DATES)), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:  # noqa: PLR2004 - digits
        latest = time.gmtime(now).tm_year + _FUTURE_YEARS
        year = latest - (latest - year) % 100
    clock = (int(found["hour"]), int(found["minute"]), min(int(found["second"]), 59))  # 60 is a leap second
    try:
        told = datetime(year, _MONTHS[found["month"]], int(found["day"]), *clock)  # noqa: DTZ001 - counted as UTC
    except ValueError:
        return None
    return calendar.timegm(told.timetuple())
