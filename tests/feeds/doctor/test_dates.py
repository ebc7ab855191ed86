"""Dates in their right forms, and as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds.doctor import dates

moments = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(9998, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
).map(lambda moment: moment.replace(microsecond=0))


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-03T10:00:00Z",
        "2026-11-03T10:00:00.123456789+01:00",
        "2026-12-31T23:59:60Z",
        " 2026-11-03T10:00:00Z\n",
    ],
)
def test_dates_of_atom(written: str) -> None:
    assert dates.of_3339(written) is not None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-11-03",
        "2026-11-03T10:00:00",
        "2026-11-03T10:00Z",
        "2026-11-03t10:00:00z",
        "2026-11-03 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-11-03T24:00:00Z",
        "2026-11-03T10:00:00+0100",
        "2026-11-03T10:00:00+24:00",
        "0000-00-00T00:00:00Z",
        "٢٠٢٦-11-03T10:00:00Z",
    ],
)
def test_what_is_no_date_of_atom(written: str) -> None:
    assert dates.of_3339(written) is None


@pytest.mark.parametrize(
    ("written", "oddity"),
    [
        ("Tue, 03 Nov 2026 10:00:00 GMT", ""),
        ("3 Nov 2026 10:00 +0000", ""),
        ("TUE, 3 NOV 2026 10:00:00 EST", ""),
        ("Tue, 03 Nov 2026 10:00:00 +0000 (UTC)", ""),
        ("Tue, 03 Nov 2026 10:00:00 Z", ""),
        ("Wed, 03 Nov 2026 10:00:00 GMT", "calls a Tue a Wed"),
        ("Tue, 03 Nov 26 10:00:00 GMT", "has a year of two digits"),
        ("Tue, 03 Nov 2026 10:00:00 UTC", "has the zone UTC"),
        ("Tue, 03 Nov 2026 10:00:00 A", "has the zone A"),
    ],
)
def test_dates_of_rss(written: str, oddity: str) -> None:
    found = dates.of_822(written)

    assert found is not None
    assert found.oddity == oddity


@pytest.mark.parametrize(
    "written",
    ["", "Tue, 03 Nov 2026 10:00:00", "Tue, 31 Nov 2026 10:00:00 GMT", "Tue, 03 Nov 2026 10:00:00 CET"],
)
def test_what_is_no_date_of_rss(written: str) -> None:
    assert dates.of_822(written) is None


@given(moments)
def test_a_mend_is_right_and_names_the_same_moment(moment: datetime) -> None:
    in_atom = dates.mend_3339(moment.strftime("%a, %d %b %Y %H:%M:%S %z")).removeprefix("write ")
    in_rss = dates.mend_822(moment.isoformat()).removeprefix("write ")

    found = dates.of_822(in_rss)
    assert dates.of_3339(in_atom) == moment
    assert found is not None
    assert (found.moment, found.oddity) == (moment, "")


@given(
    st.text()
    | st.from_regex(
        r"[0-9]{1,4}[-/ ][0-9A-Za-z]{1,9}[-/ ][0-9]{1,4}[ T]?[0-9:.]{0,12}[A-Z+-]{0,4}[0-9:]{0,6}"
    )
)
def test_anything_is_a_date_or_none(written: str) -> None:
    for found, strict in ((dates.mend_3339(written), dates.of_3339), (dates.mend_822(written), dates.of_822)):
        right = found.removeprefix("write ").removeprefix("it as in ")
        assert strict(right) is not None


def test_a_guess_without_a_zone_is_utc() -> None:
    assert dates.guess("2026-11-03 10:00") == datetime(2026, 11, 3, 10, tzinfo=UTC)
