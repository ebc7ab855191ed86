"""Moments, as the services write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup import dates
from feeder.subscribers import moments

MOMENT = datetime(2023, 10, 11, 8, 22, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2023-10-11 08:22:33",
        "2023-10-11T08:22:33Z",
        "2023-10-11T08:22:33.987Z",
        "2023-10-11T10:22:33+02:00",
        "2023-10-11 08:22:33.123456",
        "2023-10-11 08:22:33.123456 +0000 UTC",
        "2023-10-11 08:22:33 +0000 UTC",
        "2023-10-11 13:52:33.1 +0530 IST",
        "1697012553",
    ],
)
def test_a_moment_is_read_as_services_write_it(text: str) -> None:
    assert moments.read(text) == MOMENT


@pytest.mark.parametrize(("text", "day"), [("2023-10-11", 11), ("20231011", 11), ("2023-10-11T00+01:00", 10)])
def test_a_day_is_its_beginning(text: str, day: int) -> None:
    read = moments.read(text)
    assert (read.tzinfo, read.day) == (UTC, day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "03/04/2025",
        "11.10.2023",
        "0000-00-00 00:00:00",
        "2023-13-01",
        "0001-01-01T00:00+14:00",
        "12345",
        "١٦٩٧٠١٢٥٥٣",
    ],
)
def test_what_is_no_moment_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        moments.read(text)


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as the strategy wants it
def test_what_feeder_writes_is_read_as_it_was(moment: datetime) -> None:
    assert moments.read(dates.iso(moment)) == moment.replace(microsecond=0)
