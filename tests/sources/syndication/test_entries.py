"""Names, dates, ids and keys."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.sources.syndication import entries
from feeder.sources.syndication.entries import Entry, Keyed, exactly, keyed, moment, person, shared_ids


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("jane@x.org (Jane Doe)", "Jane Doe"),
        ("Jane Doe <jane@x.org>", "Jane Doe"),
        ('"Jane Doe" <jane@x.org>', "Jane Doe"),
        ("jane@x.org", ""),
        ("mailto:jane@x.org", ""),
        ("  Jane\n Doe ", "Jane Doe"),
        ("Jane Doe, Jon Roe", "Jane Doe, Jon Roe"),
        ("", ""),
        ("@", "@"),
    ],
)
def test_people_have_names_and_no_addresses(written: str, expected: str) -> None:
    assert person(written) == expected


@given(st.text())
def test_no_name_holds_an_address(written: str) -> None:
    assert "jane@x.org" not in person(f"{written} jane@x.org ({written})")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-03T10:00:00Z", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("2026-11-03T10:00:00.999+02:00", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("20261103T100000Z", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("2026-11-03 10:00", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("Tue, 3 Nov 2026 10:00:00 EST", datetime(2026, 11, 3, 15, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 10:00 +0100", datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (" 2026-11-03 ", date(2026, 11, 3)),
        ("1968-05-01", date(1968, 5, 1)),
        ("2026-13-03", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("Wed, 30 Nov -0001 00:00:00 +0000", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(written: str, expected: datetime | date | None) -> None:
    assert moment(written) == expected


@given(st.text(), st.none() | st.lists(st.integers(), max_size=9))
def test_dates_are_aware_and_whole_or_none(written: str, read: list[int] | None) -> None:
    found = moment(written, read)

    if isinstance(found, datetime):
        assert found.tzinfo is UTC
        assert not found.microsecond


@pytest.mark.parametrize("written", ["HTTP://A.example/../b#", "tag:a,2026:é", "tag:a,2026:e\u0301", "a  b"])
def test_ids_stay_as_they_are(written: str) -> None:
    assert exactly(f"\n {written}\t") == written


def test_what_no_document_can_hold_is_left_out_of_ids() -> None:
    assert exactly("a\ud800b\x00c") == "abc"


def entry(id: str = "", link: str = "", title: str = "", updated: int | None = None) -> Entry:  # noqa: A002
    changed = datetime(2026, 11, updated, tzinfo=UTC) if updated else None
    return Entry(id=id, link=link, title=entries.Written(title), updated=changed)


def test_an_entry_is_known_by_its_id_else_by_its_link() -> None:
    one, two, three = entry("a", "https://x.org/1"), entry("", "https://x.org/2"), entry(title="neither")

    assert list(keyed([one, two, three], frozenset())) == [
        three,
        Keyed("a", one),
        Keyed("https://x.org/2", two),
    ]


def test_the_newest_of_one_id_is_the_entry() -> None:
    old, new = entry("a", title="old", updated=1), entry("a", title="new", updated=2)
    first, second = entry("b", title="first"), entry("b", title="second")

    assert list(keyed([old, new, first, second], frozenset())) == [Keyed("a", new), Keyed("b", first)]


def test_ids_that_several_have_tell_nothing_apart() -> None:
    entries = [
        entry("a", "https://x.org/1"),
        entry("a", "https://x.org/2"),
        entry("b", "http://x.org/3?utm_source=x"),
        entry("b", "https://www.x.org/3/"),
        entry("c"),
        entry("c", "https://x.org/4"),
    ]
    shared = shared_ids(entries)

    assert shared == {"a"}
    assert [each.key for each in keyed(entries, shared) if isinstance(each, Keyed)] == [
        "https://x.org/1",
        "https://x.org/2",
        "b",
        "c",
    ]
