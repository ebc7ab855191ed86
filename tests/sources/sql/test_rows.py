"""What values of every type become, whatever database they come from."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.errors import DraftRefused
from feeder.model import settings
from feeder.model.items import Broken, Draft, Kind, Mark, Unchanged
from feeder.sources.sql import columns, rows

SITE = settings.Site(
    title="Spans", author="Ada Fjordman", public_url="https://x.org/f/", language="en", zone="Europe/Zurich"
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (datetime.fromisoformat("2016-10-17 18:42"), datetime(2016, 10, 17, 16, 42, tzinfo=UTC)),
        (datetime(2016, 10, 17, 18, 42, tzinfo=UTC), datetime(2016, 10, 17, 18, 42, tzinfo=UTC)),
        (date(2016, 10, 17), date(2016, 10, 17)),
        ("2016-10-17 18:42:01.1234567", datetime(2016, 10, 17, 16, 42, 1, tzinfo=UTC)),
        ("2016-10-17T18:42:01.500Z", datetime(2016, 10, 17, 18, 42, 1, tzinfo=UTC)),
        ("2016-10-17 18:42:01-03", datetime(2016, 10, 17, 21, 42, 1, tzinfo=UTC)),
        (b"2016-10-17", date(2016, 10, 17)),
    ],
)
def test_dates_as_databases_give_them(given: object, expected: date) -> None:
    told = tell({"key": "a", "title": "A", "published": given})

    assert isinstance(told, Draft)
    assert told.published == expected


def tell(fields: Mapping[str, object], site: settings.Site = SITE) -> Draft | Unchanged | Broken:
    """Tell one row without a database: for values that not every driver gives."""
    source = settings.Database("blog", "sqlite://", "SELECT *")
    layout = columns.layout("source blog", source, list(fields))
    row = rows.Reader("source blog", layout, "", {}).read(1, list(fields.values()))
    if isinstance(row, Unchanged | Broken):
        return row
    try:
        return rows.draft("source blog", row, site)
    except DraftRefused as refused:
        return Broken(frozenset({row.key}), refused)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Plain & *simple*\n\nMore", "<p>Plain &amp; <em>simple</em></p>\n<p>More</p>"),
        ("See <https://x.org/a> and <b>this</b>", None),
        ("<https://x.org/a>", '<p><a href="https://x.org/a">https://x.org/a</a></p>'),
        ("<p>2 * 3 * 4</p>", "<p>2 * 3 * 4</p>"),
        ("First *one*.</p>", "First *one*.<p></p>"),
        ("\n<!-- wp:paragraph -->\n<div>a_b_c</div>", "<div>a_b_c</div>"),
        ("<img src=x onerror=alert(1)>", '<img src="https://x.org/f/x">'),
        ("a < b", "<p>a &lt; b</p>"),
    ],
)
def test_a_body_is_html_where_it_says_so_and_markdown_else(given: str, expected: str | None) -> None:
    told = tell({"key": "a", "title": "A", "body": given, "note": given})

    assert isinstance(told, Draft)
    assert told.body == told.note
    if expected is not None:
        assert told.body == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("one, two", ("one", "two")),
        ('["one, two", 3, null]', ("one, two", "3")),
        ("[sic] one, two", ("[sic] one", "two")),
        ("[" * 100_000, ("[" * 100_000,)),
        (["one", "", " two\n"], ("one", "two")),
        (b"one,two", ("one", "two")),
        ("[]", ()),
    ],
)
def test_tags_and_authors_as_databases_hold_lists(given: object, expected: tuple[str, ...]) -> None:
    told = tell({"key": "a", "title": "A", "tags": given, "authors": given})

    assert isinstance(told, Draft)
    assert (told.tags, told.authors) == (expected, expected or ("Ada Fjordman",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [(0, False), (1, True), (True, True), (False, False), ("yes", True), (b"\x01", True), (b"\x00", False)],
)
def test_a_draft_is_marked_as_databases_mark_it(given: object, expected: bool) -> None:
    told = tell({"key": "a", "title": "A", "draft": given})

    assert isinstance(told, Draft)
    assert told.withheld is expected


def test_an_appearance_is_called_by_its_outlet() -> None:
    appearance = {"key": "a", "kind": "appearance", "outlet": "Radio 1", "topic": "bridges"}

    told = tell(appearance)

    assert isinstance(told, Draft)
    assert (told.kind, told.title) == (Kind.APPEARANCE, "Radio 1, on bridges")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": None}, "`title`: a piece needs one; select a column for it"),
        (
            {"title": None, "kind": "appearance"},
            "`title`: there is none, and no outlet either; select a column for either",
        ),
        ({"kind": "post"}, "`kind`: “post” is no kind; write piece or appearance"),
        ({"url": "/a"}, "`url`: “/a” is no web address; write it from https:// on"),
        ({"image": "a.png"}, "`image`: “a.png” is no web address; write it from https:// on"),
        (
            {"posted": 1476722520},
            "`posted`: “1476722520” is no date; write 2016-10-17, or 2016-10-17 18:42, or 2016-10-17T18:42:00+01:00",
        ),
        ({"draft": "published"}, "`draft`: “published” is neither yes nor no; write true or false"),
        ({"language": "English!"}, "`language`: “English!” is no language tag; write en, de-CH or zh-Hans"),
        ({"body": b"\xff"}, "`body`: is not UTF-8; store text in it, in UTF-8"),
        ({"body": {"blocks": []}}, "`body`: is not a text; select one text for it"),
        ({"body": "é" * 1_000_001}, "`body`: is over 2 MB; shorten it"),
        ({"tags": '[{"name": "x"}]'}, "`tags`: is not a text; select one text for it"),
        ({"tags": {"a": 1}}, "`tags`: is not a text; select one text for it"),
    ],
)
def test_a_bad_value_is_named(fields: Mapping[str, object], expected: str) -> None:
    told = tell({"key": "k 1", "title": "A", **fields})

    assert isinstance(told, Broken)
    assert told.keys == {"k 1"}
    assert str(told.refusal) == f"source blog, row “k 1”: {expected}"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "source blog, row 1: `key`: there is none; give each row one of its own"),
        (" \x00", "source blog, row 1: `key`: there is none; give each row one of its own"),
        ("é" * 1001, "source blog, row 1: `key`: is over 2000 bytes; give a shorter one"),
        (b"\xff", "source blog, row 1: `key`: is not UTF-8; store text in it, in UTF-8"),
    ],
)
def test_a_row_without_a_usable_key(key: object, expected: str) -> None:
    told = tell({"key": key, "title": "A"})

    assert isinstance(told, Broken)
    assert (told.keys, str(told.refusal)) == (frozenset(), expected)


SCALARS = (
    st.none()
    | st.text(st.characters(codec=None, exclude_categories=()))
    | st.binary()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.datetimes()
    | st.datetimes(timezones=st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
)
VALUES = SCALARS | st.lists(SCALARS) | st.dictionaries(st.text(), SCALARS)


@given(
    st.fixed_dictionaries(
        {"key": VALUES, "title": VALUES}, optional=dict.fromkeys(columns.FIELDS[2:], VALUES)
    )
)
@example({"key": "a", "title": "A", "posted": datetime.min.replace(tzinfo=UTC)})
@example({"key": "a", "title": "A", "posted": "9999-12-31 23:59:59-12"})
@example({"key": "a", "title": 10**5000})
def test_any_value_in_any_field_is_taken_or_refused_by_name(fields: Mapping[str, object]) -> None:
    told = tell(fields)

    assert isinstance(told, Draft | Broken)
    if isinstance(told, Broken):
        assert isinstance(told.refusal, DraftRefused)
        assert "\n" not in str(told.refusal)
        assert any(f"`{field}`" in str(told.refusal) for field in fields)


@pytest.mark.parametrize(
    "given", [3, 3.5, date(2016, 10, 17), b"\x00\xff", memoryview(b"\x00\xff"), {"a": 1}]
)
def test_anything_may_say_what_changed(given: object) -> None:
    source = settings.Database("blog", "sqlite://", "SELECT *", changed="at")
    layout = columns.layout("source blog", source, ["key", "at"])

    def version(marks: Mapping[str, Mark]) -> object:
        return rows.Reader("source blog", layout, "", marks).read(1, ["a", given])

    row = version({})

    assert isinstance(row, rows.Row)
    assert version({"a": Mark("a", row.version)}) == Unchanged("a")
