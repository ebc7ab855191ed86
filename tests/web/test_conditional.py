"""Does the client have it already? RFC 9110, section 13."""

import calendar
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.web import conditional

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC).timestamp()
ETAG = b'"5f1c"'
MODIFIED = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(calendar.month_abbr)
VALUES = st.none() | st.binary(max_size=60)
TAGS = st.binary(max_size=8).map(lambda some: b'"' + some.translate(None, bytes(range(33)) + b'"\x7f') + b'"')
MOMENTS = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def has_current(none_match: bytes | None = None, modified_since: bytes | None = None) -> bool:
    return conditional.has_current(none_match, modified_since, ETAG, MODIFIED, NOW)


def test_who_asks_for_the_first_time_has_nothing() -> None:
    assert not has_current()


@pytest.mark.parametrize(
    "value",
    [
        b'"5f1c"',
        b'W/"5f1c"',
        b'"other", "5f1c"',
        b'"other","5f1c"',
        b'W/"other" ,\tW/"5f1c"',
        b', "5f1c" ,,',
        b'"a,b", "5f1c"',
        b"*",
        b" * ",
    ],
)
def test_who_names_the_tag_in_any_form_has_it(value: bytes) -> None:
    assert has_current(value)


@pytest.mark.parametrize(
    "value",
    [b"", b'"other"', b"5f1c", b'"5F1C"', b'"5f1c', b"'5f1c'", b'"5f1c-gzip"', b'"x5f1c"', b'"*"', b'w/*"', b'"a,5f1c"'],
)  # fmt: skip
def test_who_names_other_tags_does_not(value: bytes) -> None:
    assert not has_current(value)


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"Sun, 06 Nov 1994 08:49:38 GMT",
        b" Sun, 06 Nov 1994 08:49:37 GMT ",
        b"Wed, 01 Jan 2098 00:00:00 GMT",
    ],
)
def test_who_has_it_since_it_changed_or_later_has_it(value: bytes) -> None:
    assert has_current(modified_since=value)


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:36 GMT",
        b"Saturday, 05-Nov-94 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37",
        b"Sun, 06 Nov 1994 08:49:37 CET",
        b"Sun, 31 Feb 2025 08:49:37 GMT",
        b"Sun, 06 Nov 2025 28:49:37 GMT",
        b"Son, 06 Nov 2025 08:49:37 GMT",
        b"Sun, 06 Nov 2025 08:49:37 GMT, Sun, 06 Nov 2025 08:49:37 GMT",
        b"2025-11-06T08:49:37Z",
        b"4102444800",
        "Sun, ٠٦ Nov 2025 08:49:37 GMT".encode(),
        b"",
    ],
)
def test_an_earlier_date_and_what_is_none_say_nothing(value: bytes) -> None:
    assert not has_current(modified_since=value)


@pytest.mark.parametrize("since", [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sun, 06 Nov 1994 08:49:36 GMT"])
def test_the_tag_decides_alone_where_there_is_one(since: bytes) -> None:
    assert has_current(ETAG, since)
    assert not has_current(b'"other"', since)
    assert not has_current(b"nonsense", since)


@given(TAGS, st.lists(TAGS), st.lists(TAGS), st.sampled_from([b"", b"W/"]), st.sampled_from([b",", b" ,\t"]))
def test_a_tag_is_found_wherever_it_stands_in_a_list(
    tag: bytes, before: list[bytes], after: list[bytes], weak: bytes, comma: bytes
) -> None:
    value = comma.join([*before, weak + tag, *after])

    assert conditional.has_current(value, None, tag, MODIFIED, NOW)


@given(TAGS, st.lists(TAGS))
def test_a_tag_that_is_not_in_the_list_is_not_found(tag: bytes, others: list[bytes]) -> None:
    value = b", ".join(other for other in others if other != tag)

    assert not conditional.has_current(value, None, tag, MODIFIED, NOW)


@given(VALUES, VALUES, st.integers(0, 2**40))
@example(b'"' * 50, b"", 0)
@example(None, b"Sun, 06 Nov 0000 08:49:37 GMT", 0)
@example(None, b"Sunday, 29-Feb-00 23:59:60 GMT", 2**40)
def test_no_bytes_are_too_strange(none_match: bytes | None, since: bytes | None, now: int) -> None:
    conditional.has_current(none_match, since, ETAG, MODIFIED, min(now, 2**37))


@given(MOMENTS)
def test_all_three_forms_of_a_date_say_the_same(when: datetime) -> None:
    seconds = calendar.timegm(when.timetuple())
    day, month, clock = DAYS[when.weekday()], MONTHS[when.month], f"{when:%H:%M:%S}"
    forms = [
        formatdate(seconds, usegmt=True),
        f"{day}, {when.day:02}-{month}-{when.year % 100:02} {clock} GMT",
        f"{day[:3]} {month} {when.day:2} {clock} {when.year}",
    ]

    # A year of two digits lies within 50 years of the reader's own.
    assert [conditional.date(form.encode(), seconds) for form in forms] == [seconds] * 3


@pytest.mark.parametrize(
    ("digits", "year"), [("26", 2026), ("27", 2027), ("76", 2076), ("77", 1977), ("94", 1994)]
)
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(digits: str, year: int) -> None:
    told = conditional.date(f"Sunday, 01-Mar-{digits} 00:00:00 GMT".encode(), NOW)

    assert told == calendar.timegm((year, 3, 1, 0, 0, 0))
