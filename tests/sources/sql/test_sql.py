"""A query as a source: what rows become, what two readings tell, and what no query may do."""

import gc
import sqlite3
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url, text

from feeder.errors import DraftRefused, SourceError
from feeder.model import settings
from feeder.model.items import Broken, Draft, Kind, Mark, NotModified, Past, Picture, Reading, Unchanged
from feeder.sources import Source
from feeder.sources.sql import Query, access
from feeder.sources.sql.access import Limits
from tests.postgresql_rig import a_database

SITE = settings.Site(
    title="Spans", author="Ada Fjordman", public_url="https://x.org/f/", language="en", zone="Europe/Zurich"
)
TEXTS = "SELECT * FROM texts"
MAKE = "CREATE TABLE texts (key TEXT, title TEXT, body TEXT, changed TEXT)"
ROWS = [
    {"key": "a", "title": "Arches", "body": "One", "changed": "1"},
    {"key": "b", "title": "Beams", "body": "Two", "changed": "1"},
    {"key": "c", "title": "Cables", "body": "Three", "changed": "1"},
]
INSERT = "INSERT INTO texts VALUES (:key, :title, :body, :changed)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "blog #1 100%.db"


@pytest.fixture
def sqlite(file: Path) -> Iterator[Engine]:
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(file))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgres(postgresql: str) -> Iterator[Engine]:
    """A database of our own; the fixtures below empty it."""
    with a_database(postgresql) as address:
        engine = create_engine(_with_driver(address))
        yield engine
        engine.dispose()


def _with_driver(address: str) -> Any:
    return make_url(address).set(drivername="postgresql+psycopg")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    engine: Engine = request.getfixturevalue("postgres")
    yield engine
    change(engine, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@pytest.fixture
def blog(engine: Engine) -> Engine:
    """A database with three texts."""
    change(engine, MAKE)
    add(engine, *ROWS)
    return engine


def change(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def add(engine: Engine, *rows: Mapping[str, object], statement: str = INSERT) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), [dict(row) for row in rows])


def contents(engine: Engine, table: str = "texts") -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]


def address(engine: Engine) -> str:
    """Return the address that a site's owner would write."""
    if engine.dialect.name == "postgresql":
        return engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with engine.connect() as connection:
        return f"sqlite:///{connection.execute(text('PRAGMA database_list')).one()[2]}"


def query(
    engine: Engine | str,
    statement: str = TEXTS,
    changed: str = "",
    site: settings.Site = SITE,
    limits: Limits = access.LIMITS,
    **columns: str,
) -> Query:
    url = engine if isinstance(engine, str) else address(engine)
    return Query(settings.Database("blog", url, statement, columns=columns, changed=changed), site, limits)


def read(source: Source, past: Past | None = None) -> Reading:
    reading = source.read(past or Past())
    assert isinstance(reading, Reading)
    return reading


def told(source: Source, past: Past | None = None) -> list[Draft | Unchanged | Broken]:
    return list(read(source, past).told)


def only(source: Source) -> Draft:
    (draft,) = told(source)
    assert isinstance(draft, Draft), draft
    return draft


def refusal(source: Source) -> str:
    (broken,) = told(source)
    assert isinstance(broken, Broken), broken
    assert isinstance(broken.refusal, DraftRefused)
    return str(broken.refusal)


def complaint(source: Source) -> str:
    with pytest.raises(SourceError) as caught:
        source.read(Past())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def after(reading: Reading) -> Past:
    """Return what the store would tell the next reading."""
    marks = {each.place: Mark(each.key, each.version) for each in reading.told if isinstance(each, Draft)}
    return Past(reading.state, lambda: marks)


# ── What a row becomes ───────────────────────────────────────────────────────────────────────────


def test_a_row_with_everything(engine: Engine) -> None:
    row = {
        "id": "17",
        "title": "What happens  after?",
        "url": "https://telegraph.example/after",
        "outlet": "Telegraph",
        "published": "2016-10-17",
        "posted": "2016-10-17 18:42",
        "embargo": "2016-10-18T00:00:00Z",
        "tags": "Zürich, 中文, , Zürich",
        "authors": '["Ada Fjordman", "Berg, Bo"]',
        "language": "no",
        "kind": "piece",
        "note": "New piece for the *Telegraph*.",
        "standfirst": "A short\nview",
        "summary": "<p>In <b>short</b>.</p>",
        "body": "<p>Text <script>x</script><a href='/tag/x/'>more</a></p>",
        "image": "https://x.org/p.png",
        "medium": "print",
        "role": "author",
        "topic": "bridges",
        "slug": "What happens",
        "draft": "yes",
        "views": "3",
    }
    columns = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    change(engine, f"CREATE TABLE texts ({columns.replace(',', ' TEXT,')} TEXT)")
    add(engine, row, statement=f"INSERT INTO texts ({columns}) VALUES ({values})")

    draft = only(query(engine, key="id"))

    assert draft == Draft(
        key="17",
        kind=Kind.PIECE,
        title="What happens after?",
        substance=draft.substance,
        url="https://telegraph.example/after",
        outlet="Telegraph",
        published=date(2016, 10, 17),
        posted=datetime(2016, 10, 17, 16, 42, tzinfo=UTC),
        embargo=datetime(2016, 10, 18, tzinfo=UTC),
        tags=("Zürich", "中文"),
        authors=("Ada Fjordman", "Berg, Bo"),
        language="no",
        picture=Picture("https://x.org/p.png"),
        note="<p>New piece for the <em>Telegraph</em>.</p>",
        standfirst="A short view",
        summary="In short.",
        body='<p>Text <a href="https://x.org/tag/x/">more</a></p>',
        medium="print",
        role="author",
        topic="bridges",
        slug="what-happens",
        withheld=True,
        place="17",
        version=draft.version,
    )


def test_what_is_empty_is_absent(sqlite: Engine) -> None:
    change(
        sqlite, "CREATE TABLE texts (key, title, url, tags, authors, language, posted, draft, body, image)"
    )
    change(sqlite, "INSERT INTO texts (key, title, tags, url) VALUES (1, 'A', '', ' ')")

    draft = only(query(sqlite))

    assert draft == Draft(
        "1", Kind.PIECE, "A", draft.substance, authors=("Ada Fjordman",), language="en", place="1",
        version=draft.version,
    )  # fmt: skip


def test_types_of_postgresql(postgres: Engine) -> None:
    statement = """
        SELECT 17 AS key, 19.84 AS title, date '2016-10-17' AS published,
               timestamptz '2016-10-17 18:42:00.5+02' AS posted, timestamp '2016-10-18 00:00' AS embargo,
               ARRAY['one, two', NULL, 'three'] AS tags, '["Bo", 7]'::jsonb AS authors, true AS draft,
               '\\x4f6e65'::bytea AS body, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS topic
    """

    draft = only(query(postgres, statement))

    assert (draft.key, draft.title, draft.published) == ("17", "19.84", date(2016, 10, 17))
    assert draft.posted == datetime(2016, 10, 17, 16, 42, tzinfo=UTC)
    assert draft.embargo == datetime(2016, 10, 17, 22, tzinfo=UTC)
    assert (draft.tags, draft.authors, draft.withheld) == (("one, two", "three"), ("Bo", "7"), True)
    assert (draft.body, draft.topic) == ("<p>One</p>", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


@given(st.lists(st.tuples(st.text(), st.text(), st.text() | st.binary() | st.integers(-(2**63), 2**63 - 1))))
@hypothesis_settings(max_examples=25)
def test_whatever_sqlite_holds_is_told(rows: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        made = sqlite3.connect(f"{folder}/blog.db")
        made.execute("CREATE TABLE texts (key, title, body)")
        made.executemany("INSERT INTO texts VALUES (?, ?, CAST(? AS TEXT))", rows)
        made.commit()
        made.close()

        assert len(told(query(f"sqlite:///{folder}/blog.db"))) == len(rows)


def test_a_date_that_python_does_not_know_breaks_its_row_only(postgres: Engine) -> None:
    statement = (
        "SELECT * FROM (VALUES (1, 'A', timestamp 'infinity'), (2, 'B', NULL)) AS t (key, title, posted)"
    )

    broken, good = told(query(postgres, statement))

    assert isinstance(broken, Broken)
    assert "“infinity” is no date" in str(broken.refusal)
    assert isinstance(good, Draft)


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────


def test_fields_are_found_in_columns_of_their_own_or_given_names(blog: Engine) -> None:
    drafts = told(
        query(
            blog,
            "SELECT key AS id, title AS Headline, body, 7 AS views FROM texts",
            key="id",
            title="headline",
        )
    )

    assert [(each.key, each.title) for each in drafts if isinstance(each, Draft)] == [
        ("a", "Arches"),
        ("b", "Beams"),
        ("c", "Cables"),
    ]


def test_without_a_key_rows_are_known_by_their_address(engine: Engine) -> None:
    draft = only(query(engine, "SELECT 'https://x.org/a' AS url, 'A' AS title"))

    assert draft.key == draft.url == "https://x.org/a"


def test_columns_that_are_not_there_are_named(blog: Engine) -> None:
    there = "only key, title, body, changed"

    assert complaint(query(blog, title="headline")) == (
        f"source blog: its query has no column headline, {there}; mend columns.title"
    )
    assert complaint(query(blog, changed="updated_at")) == (
        f"source blog: its query has no column updated_at, {there}; mend `changed`"
    )
    assert complaint(query(blog, titel="title")).startswith(
        "source blog: columns.titel is no field of an item; fields are key, title, url"
    )
    assert complaint(query(blog, "SELECT title, body FROM texts")) == (
        "source blog: its query has no column key, only title, body; "
        "name the one that tells rows apart, as in columns.key = “id”"
    )
    assert complaint(query(blog, "SELECT a.key, b.key, a.title FROM texts a, texts b")) == (
        "source blog: its query has several columns called key; "
        "give the others another name, as in SELECT … AS other_key"
    )


def test_percent_signs_and_colons_are_the_querys_own(blog: Engine) -> None:
    statement = "SELECT key, title || ' %s %(x)s :x 10:30' AS title FROM texts WHERE title LIKE 'A%' -- :y %"

    assert only(query(blog, statement)).title == "Arches %s %(x)s :x 10:30"


# ── Two readings ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("changed", ["", "changed"])
def test_a_second_reading_tells_exactly_what_was_done_between(blog: Engine, changed: str) -> None:
    source = query(blog, changed=changed)
    past = after(read(source))
    change(
        blog,
        "UPDATE texts SET body = 'New', changed = '2' WHERE key = 'a'",
        "DELETE FROM texts WHERE key = 'b'",
        "INSERT INTO texts VALUES ('d', 'Docks', 'Four', '1')",
    )

    reading = read(source, past)
    drafts = {each.key: each for each in reading.told if isinstance(each, Draft)}

    assert reading.complete
    assert reading.missing == {"b"}
    assert {key: draft.body for key, draft in drafts.items()} == {"a": "<p>New</p>", "d": "<p>Four</p>"}
    assert [each for each in told(source, past) if isinstance(each, Unchanged)] == [Unchanged("c")]


def test_nothing_done_is_nothing_read(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))

    assert source.read(past) == NotModified()
    # After a reading that broke something, or a removal that waits, the store tells no state.
    assert told(source, replace(past, state={})) == [Unchanged(key) for key in "abc"]


def test_a_row_less_is_something(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))
    change(blog, "DELETE FROM texts WHERE key = 'b'")

    assert read(source, past).missing == {"b"}


def test_only_the_changed_column_counts_where_there_is_one(blog: Engine) -> None:
    source = query(blog, changed="changed")
    past = after(read(source))
    change(blog, "UPDATE texts SET body = 'A slip of the pen'")

    assert source.read(past) == NotModified()


def test_a_row_without_a_change_mark_is_compared_whole(blog: Engine) -> None:
    change(blog, "UPDATE texts SET changed = NULL")
    source = query(blog, changed="changed")
    past = after(read(source))
    change(blog, "UPDATE texts SET body = 'New' WHERE key = 'a'")

    assert [type(each) for each in told(source, past)].count(Unchanged) == 2


def test_columns_that_mean_nothing_change_nothing(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))
    change(blog, "UPDATE texts SET changed = '99'")

    assert source.read(past) == NotModified()


@pytest.mark.parametrize("site", [replace(SITE, zone="UTC"), replace(SITE, public_url="https://y.org/")])
def test_other_settings_make_other_drafts(blog: Engine, site: settings.Site) -> None:
    past = after(read(query(blog, changed="changed")))

    assert {type(each) for each in told(query(blog, changed="changed", site=site), past)} == {Draft}
    assert {type(each) for each in told(query(blog, changed="changed", body="title"), past)} == {Draft}


def test_rows_with_the_same_key_are_all_refused(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))
    add(blog, ROWS[1] | {"body": "Again"}, {"key": None, "title": "X", "body": "", "changed": ""})

    reading = read(source, past)
    all_told = list(reading.told)

    assert reading.missing == frozenset()
    assert [each for each in all_told if isinstance(each, Unchanged)] == [Unchanged("a"), Unchanged("c")]
    assert sorted(str(each.refusal) for each in all_told if isinstance(each, Broken)) == [
        "source blog, row 5: `key`: there is none; give each row one of its own",
        "source blog, row “b”: another row has the same key; give each a key of its own",
        "source blog, row “b”: another row has the same key; give each a key of its own",
    ]


def test_one_row_twice_is_two_rows_though_both_are_as_they_were(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))
    add(blog, ROWS[1])

    assert [type(each) for each in told(source, past)].count(Broken) == 2


def test_a_query_that_gives_nothing_tells_that_all_is_gone(blog: Engine) -> None:
    source = query(blog)
    past = after(read(source))
    change(blog, "DELETE FROM texts")

    reading = read(source, past)

    assert reading.complete
    assert reading.missing == {"a", "b", "c"}
    assert not list(reading.told)


def test_a_reading_that_nobody_walks_through_leaves_nothing_behind(blog: Engine) -> None:
    read(query(blog))
    gc.collect()  # an open file would be a warning, and warnings are errors here


# ── Reading only ─────────────────────────────────────────────────────────────────────────────────

NO_SELECT = [
    "INSERT INTO texts VALUES ('x', 'X', 'x', '1')",
    "UPDATE texts SET title = 'x'",
    "-- only a look\nDELETE FROM texts",
    "/* a look */ DROP TABLE texts",
    "PRAGMA query_only = OFF",
    "ATTACH 'other.db' AS other",
    "COMMIT",
    "SET TRANSACTION READ WRITE",
    "COPY texts TO PROGRAM 'cat'",
    "",
    "-- nothing",
]
SEVERAL = [
    "SELECT 1; DELETE FROM texts",
    "SELECT ';'; DELETE FROM texts;",
    "WITH x AS (SELECT 1) SELECT * FROM x; COMMIT; DELETE FROM texts",
]
WITHIN_SQLITE = [
    "WITH x AS (SELECT 1) DELETE FROM texts",
    "WITH x AS (SELECT 1) UPDATE texts SET title = 'x' RETURNING key",
]
WITHIN_POSTGRESQL = [
    "WITH x AS (DELETE FROM texts RETURNING *) SELECT * FROM x",
    "SELECT empty_texts() AS key",
    "SELECT key FROM texts FOR UPDATE",
    "SELECT nextval('counter') AS key",
]


@pytest.mark.parametrize("statement", NO_SELECT)
def test_what_is_no_select_is_refused(blog: Engine, statement: str) -> None:
    assert "its query is no SELECT" in complaint(query(blog, statement))
    assert "and feeder only reads; write a SELECT" in complaint(query(blog, statement))
    assert len(contents(blog)) == 3


@pytest.mark.parametrize("statement", SEVERAL)
def test_several_statements_are_refused(blog: Engine, statement: str) -> None:
    assert (
        complaint(query(blog, statement)) == "source blog: its query is several statements; write one SELECT"
    )
    assert len(contents(blog)) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT key, 'a;b' AS title FROM texts;",
        " \n-- a; comment\n(SELECT key, title FROM texts) ;\n",
        "/* one; */ WITH x AS (SELECT * FROM texts) SELECT key, title FROM x",
        'SELECT key, title AS "into;", title FROM texts -- ; into',
        "VALUES (1); -- into",
    ],
)
def test_what_is_one_select_is_let_through(statement: str) -> None:
    assert access.check("source blog", statement)


def test_a_select_into_is_refused() -> None:
    with pytest.raises(SourceError, match="writes, and feeder only reads"):
        access.check("source blog", "SELECT * INTO copy FROM texts")


def asked(engine: Engine, statement: str) -> str:
    """Ask a database without a look at the text, and return what it says."""
    with (
        pytest.raises(SourceError) as caught,
        access.ask("source blog", address(engine), statement) as answer,
    ):
        list(answer.rows)
    return caught.value.rule


@pytest.mark.parametrize("statement", [*NO_SELECT[:6], *SEVERAL, *WITHIN_SQLITE])
def test_sqlite_itself_writes_nothing(sqlite: Engine, file: Path, statement: str) -> None:
    change(sqlite, MAKE)
    add(sqlite, *ROWS)
    before = file.read_bytes()

    asked(sqlite, statement)

    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("statement", [*NO_SELECT[:4], *WITHIN_SQLITE, *NO_SELECT[4:6]])
def test_sqlite_refuses_to_write(sqlite: Engine, statement: str) -> None:
    change(sqlite, MAKE)

    assert asked(sqlite, statement) == "its query writes, and feeder only reads"


@pytest.fixture
def functions(postgres: Engine) -> Iterator[Engine]:
    change(
        postgres,
        MAKE,
        "CREATE SEQUENCE counter",
        "CREATE FUNCTION empty_texts() RETURNS text LANGUAGE sql VOLATILE AS $$DELETE FROM texts RETURNING key$$",
        "CREATE FUNCTION let_me() RETURNS text LANGUAGE plpgsql AS "
        "$$BEGIN SET TRANSACTION READ WRITE; DELETE FROM texts; RETURN 'x'; END$$",
    )
    add(postgres, *ROWS)
    yield postgres
    change(postgres, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@pytest.mark.parametrize(
    "statement",
    [
        *NO_SELECT,
        *SEVERAL,
        "SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM texts; COMMIT",
        "SELECT let_me() AS key",
        "SELECT set_config('transaction_read_only', 'off', false) AS key, empty_texts() AS title",
        *WITHIN_POSTGRESQL,
    ],
)
def test_postgresql_itself_writes_nothing(functions: Engine, statement: str) -> None:
    asked(functions, statement)

    assert len(contents(functions)) == 3
    assert contents(functions, "counter")[0][0:3:2] == (1, False)


@pytest.mark.parametrize("statement", WITHIN_POSTGRESQL)
def test_postgresql_refuses_to_write(functions: Engine, statement: str) -> None:
    expected = "source blog: its query writes, and feeder only reads; write a SELECT that changes nothing"

    assert complaint(query(functions, statement)) == expected


def test_sqlite_still_searches_text_and_reads_json(sqlite: Engine) -> None:
    change(sqlite, "CREATE VIRTUAL TABLE found USING fts5(title)", "INSERT INTO found VALUES ('Old bridges')")
    statement = "SELECT value AS key, title FROM found, json_each('[1]') WHERE found MATCH 'bridges'"

    assert only(query(sqlite, statement)).title == "Old bridges"


def test_a_database_in_use_is_read(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text(MAKE))
        connection.execute(text("INSERT INTO texts VALUES ('a', 'A', '', '')"))
        connection.commit()
        connection.execute(text("INSERT INTO texts VALUES ('b', 'B', '', '')"))

        assert only(query(sqlite)).key == "a"


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────

ENDLESS = {
    "sqlite": "WITH RECURSIVE n (key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM n) SELECT max(key) AS key FROM n",
    "postgresql": "SELECT 1 AS key, pg_sleep(60) AS title",
}
UNENDING = (
    "WITH RECURSIVE n (key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM n) SELECT key, 'A' AS title FROM n"
)


def test_a_query_that_takes_too_long_is_ended(engine: Engine) -> None:
    quick = Limits(query=timedelta(seconds=0.3))

    assert complaint(query(engine, ENDLESS[engine.dialect.name], limits=quick)) == (
        "source blog: its query takes longer than 0.3 seconds; select less, or add an index"
    )


def test_rows_that_come_for_too_long_are_ended(engine: Engine) -> None:
    assert "takes longer than 0.3 seconds" in complaint(
        query(engine, UNENDING, limits=Limits(query=timedelta(seconds=0.3), rows=10**9))
    )


def test_too_many_rows_are_refused(engine: Engine) -> None:
    assert complaint(query(engine, UNENDING, limits=Limits(rows=1000))) == (
        "source blog: its query gives more than 1000 rows; select fewer, with WHERE"
    )
    assert len(told(query(engine, f"{UNENDING} LIMIT 1000", limits=Limits(rows=1000)))) == 1000


def test_memory_does_not_grow_with_the_rows(engine: Engine) -> None:
    length = "printf('%10000d', key)" if engine.dialect.name == "sqlite" else "lpad(key::text, 10000)"
    statement = f"SELECT key, {length} AS body, 'A' AS title FROM ({UNENDING} LIMIT 4000) AS n"
    tracemalloc.start()
    try:
        count = sum(1 for _ in read(query(engine, statement)).told)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 4_000
    assert peak_bytes < 15_000_000  # of 40 MB


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────


def test_a_query_that_fails_half_way_tells_nothing(postgres: Engine) -> None:
    statement = "SELECT n AS key, 1 / (2000 - n) AS title FROM generate_series(1, 3000) AS n"

    assert complaint(query(postgres, statement)) == (
        "source blog: its query fails (division by zero); mend it, or let feeder read what it names"
    )


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "SELECT key, FROM texts"])
def test_a_query_that_cannot_run(blog: Engine, statement: str) -> None:
    said = complaint(query(blog, statement))

    assert said.startswith("source blog: its query fails (")
    assert "nowhere" in said or "FROM" in said


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "none.db"

    assert complaint(query(f"sqlite:///{file}")) == (
        f"source blog: there is no file {file}; mend its address, or let feeder read the file"
    )
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("no database " * 100)

    assert "(file is not a database)" in complaint(query(f"sqlite:///{file}"))


def test_a_file_may_be_named_as_an_address(blog: Engine, request: pytest.FixtureRequest) -> None:
    if blog.dialect.name == "sqlite":
        file = request.getfixturevalue("file")
        assert len(told(query(f"sqlite:///{file.as_uri().replace('file://', 'file:')}?uri=true"))) == 3


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://", "its address names no file"),
        ("sqlite:///:memory:", "its address names no file"),
        ("nonsense", "its address names no database that SQLAlchemy knows"),
        ("unheard+of://x", "its address names no database that SQLAlchemy knows"),
        ("postgresql://me:s3cret@host:port/x", "its address names no database that SQLAlchemy knows"),
        ("mysql+pymysql://me:s3cret@host/x", "the driver pymysql of its database is not installed"),
        ("mysql+asyncmy://me:s3cret@host/x", "its address names an asynchronous driver, mysql+asyncmy;"),
        ("oracle://me:s3cret@host/x", "the driver oracledb of its database is not installed"),
        ("postgresql://me:s3cret@127.0.0.1:1/x?sslpassword=t0psecret", "its database cannot be reached ("),
        ("postgresql://me:s3cret@127.0.0.1:1/x?nonsense=s3cret", "its database cannot be reached ("),
    ],
)
def test_addresses_that_lead_nowhere(url: str, expected: str) -> None:
    said = complaint(query(url))

    assert said.startswith(f"source blog: {expected}")
    assert "s3cret" not in said
    assert "t0psecret" not in said


def test_a_password_that_the_database_repeats_is_hidden(blog: Engine) -> None:
    if blog.dialect.name == "postgresql":
        url = make_url(address(blog)).set(password="nowhere").render_as_string(hide_password=False)

        assert "nowhere" not in complaint(query(url, "SELECT * FROM nowhere"))
        assert "***" in complaint(query(url, "SELECT * FROM nowhere"))


def test_a_locked_database_is_named_as_such(sqlite: Engine) -> None:
    change(sqlite, MAKE)
    source = query(sqlite, limits=Limits(connect=timedelta(seconds=0.1)))
    with sqlite.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")

        assert "is locked by another program" in complaint(source)
