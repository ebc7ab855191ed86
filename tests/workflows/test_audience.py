"""The audience comes in and goes out: every row is accounted for, and nobody is mailed who does not want it."""

import csv
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from feeder.app import App
from feeder.errors import ConfigurationError, NotFound
from feeder.model.digests import Recipe, Unit
from feeder.model.items import Kind
from feeder.model.subscribers import Cause, Consent, Form, Matter, Origin, Preferences, Status, Subscriber
from feeder.store import tables
from feeder.subscribers import own
from feeder.workflows import audience, lists, prefer, roster, subscribe, suppress
from feeder.workflows.audience import AGAIN, KEPT_OUT, LISTED, STAYS, THERE, Note, Tally
from feeder.workflows.roster import Choices

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)

Write = Callable[..., Path]
Bring = Callable[..., Tally]
Sql = Callable[..., Sequence[Any]]


def quietly(rows: Iterable[Any], _total: int) -> Iterable[Any]:
    return rows


@pytest.fixture
def notes() -> list[Note]:
    """What was noted by the last list that came in."""
    return []


@pytest.fixture
def listed(tmp_path: Path) -> Write:
    """Write a list of CSV: `listed("email,consent", "ada@example.org,2020-01-01")`."""

    def write(*lines: str, name: str = "members.csv") -> Path:
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n", "utf-8", newline="")
        return file

    return write


@pytest.fixture
def choices(app: App) -> Choices:
    return Choices(app.settings.digests, "weekly", "UTC")


@pytest.fixture
def bring(app: App, choices: Choices, notes: list[Note]) -> Bring:
    """Bring in a list: `bring(file, service="ghost")`; notes are kept."""

    def come(
        path: Path, *, work: Any = audience.take_in, at: datetime = NOW, of: App = app, **said: Any
    ) -> Tally:
        notes.clear()
        planned = roster.plan(path, replace(choices, **said))
        tally: Tally = work(of.store, planned, at, notes.extend, quietly)
        assert tally.rows == tally.taken + sum(tally.passed.values())
        assert len(notes) == sum(tally.passed.values())
        return tally

    return come


def readers(app: App) -> list[Subscriber]:
    with app.store.reading() as tx:
        return list(tx.subscribers.all())


def causes(app: App, address: str) -> list[Cause]:
    with app.store.reading() as tx:
        return [found.cause for found in tx.suppressions.of(address)]


# ── Coming in ────────────────────────────────────────────────────────────────────────────────────


def test_readers_who_agreed_come_in_and_are_due_when_all_others_are(
    app: App, listed: Write, bring: Bring, write: Callable[..., Path], sync: Callable[..., object]
) -> None:
    write("a")
    sync(announce=True)
    with app.store.transaction() as tx:
        newest = tx.items.release(NOW)
    tally = bring(
        listed("email,consent,zone", "ada@example.org,2020-01-01,Asia/Tokyo", "bo@example.org,2020-01-02,")
    )
    assert (tally.rows, tally.taken) == (2, 2)
    ada, bo = readers(app)
    assert ada.status is bo.status is Status.ACTIVE
    assert ada.cursor == bo.cursor == newest > 0
    assert (ada.next_issue_at, bo.next_issue_at) == (MONDAY - timedelta(hours=9), MONDAY)
    assert ada.reason == "your subscription was brought over from another list"
    when = datetime(2020, 1, 1, tzinfo=UTC)
    assert ada.consent == Consent(Origin.IMPORT, when, when, "members.csv", "consent of another list")


def test_every_row_is_taken_or_told_with_its_line_and_reason(
    app: App, listed: Write, bring: Bring, notes: list[Note], add: Callable[..., Subscriber]
) -> None:
    add("there@example.org")
    add("reads@example.org")
    suppress.suppress(app.store, "never@example.org", Cause.COMPLAINT, "", NOW)
    suppress.suppress(app.store, "gone@example.org", Cause.BOUNCE, "", NOW)
    file = listed(
        "email,consent,status",
        "ada@example.org,2020-01-01,active",
        '"There@example.org",2020-01-01,active',
        "never@example.org,2020-01-01,active",
        "reads@example.org,2020-01-01,unsubscribed",
        "left@example.org,2020-01-01,unsubscribed",
        "gone@example.org,2020-01-01,bounced",
        '"two',
        'lines@example.org",2020-01-01,active',
        "ADA@example.org,2020-01-01,active",
        "LEFT@example.org,2020-01-01,active",
        "waits@example.org,2020-01-01,pending",
        "",
        "no@example.org,,active",
        "short@example.org",
        "end@example.org,2020-01-01,active",
    )
    before = readers(app)
    tally = bring(file)
    assert [(note.line, note.why.reason) for note in notes] == [
        (3, THERE),
        (4, KEPT_OUT),
        (5, STAYS),
        (6, LISTED),
        (7, KEPT_OUT),
        (8, "an address that cannot be mailed"),
        (10, AGAIN),
        (11, AGAIN),
        (12, "has not confirmed"),
        (14, "no moment of consent"),
        (15, "has fewer cells than the heading"),
    ]
    assert (tally.rows, tally.taken) == (13, 2)
    assert readers(app)[:2] == before
    assert [reader.address for reader in readers(app)[2:]] == ["ada@example.org", "end@example.org"]
    assert (causes(app, "left@example.org"), causes(app, "reads@example.org")) == ([Cause.OPT_OUT], [])
    assert (causes(app, "gone@example.org"), causes(app, "never@example.org")) == (
        [Cause.BOUNCE],
        [Cause.COMPLAINT],
    )


def test_a_rehearsal_tells_the_same_and_changes_nothing(
    app: App, listed: Write, bring: Bring, notes: list[Note], add: Callable[..., Subscriber], sql: Sql
) -> None:
    add("there@example.org")
    suppress.suppress(app.store, "never@example.org", Cause.COMPLAINT, "", NOW)
    file = listed(
        "email,consent,left,tags",
        "ada@example.org,2020-01-01,,Ports",
        "ada@example.org,2020-01-01,yes,",
        "there@example.org,2020-01-01,,",
        "there@example.org,2020-01-01,yes,",
        "never@example.org,2020-01-01,,",
        "left@example.org,2020-01-01,yes,",
        "left@example.org,2020-01-01,,",
        "nobody,2020-01-01,,",
    )
    state = select(func.count()).select_from(tables.subscribers), select(tables.suppressions)
    before = [sql(query) for query in state]
    first = bring(file, work=audience.rehearse)
    foretold = list(notes)
    assert [sql(query) for query in state] == before
    assert bring(file) == first
    assert notes == foretold
    assert first.remarks == {"tag 'Ports' is none of this site": 1}
    only = roster.plan(file, Choices(app.settings.digests, "weekly", "UTC"))
    assert audience.rehearse(app.store, only, NOW, foretold.extend, quietly, 3).rows == 3


def test_importing_again_changes_nothing_and_revives_nobody(
    app: App, listed: Write, bring: Bring, notes: list[Note]
) -> None:
    names = ["stays", "leaves", "erased", "bounces"]
    file = listed("email,consent", *(f"{name}@example.org,2020-01-01" for name in names))
    assert bring(file).taken == 4
    with app.store.transaction() as tx:
        leaves = tx.subscribers.get("leaves@example.org")
        tx.suppressions.add(leaves.address, Cause.OPT_OUT, NOW)
        tx.subscribers.leave(leaves.id)
    suppress.erase(app.store, "erased@example.org", None, NOW)
    suppress.suppress(app.store, "bounces@example.org", Cause.BOUNCE, "", NOW)
    before = readers(app)
    assert bring(file).taken == 0
    assert [note.why.reason for note in notes] == [THERE, KEPT_OUT, KEPT_OUT, KEPT_OUT]
    assert readers(app) == before


def test_who_has_not_confirmed_here_waits_for_their_own_word(
    app: App, listed: Write, bring: Bring, notes: list[Note]
) -> None:
    with app.store.transaction() as tx:
        tx.subscribers.add_pending("ada@example.org", Preferences("weekly", "UTC"), NOW)
    bring(listed("email,consent", "ada@example.org,2020-01-01"))
    assert [note.why.reason for note in notes] == [THERE]
    assert [reader.status for reader in readers(app)] == [Status.PENDING]


def test_a_crash_half_way_leaves_whole_batches_and_the_next_import_goes_on(
    app: App, listed: Write, bring: Bring, notes: list[Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "_AT_ONCE", 10)
    file = listed("email,consent", *(f"reader{number}@example.org,2020-01-01" for number in range(35)))

    def breaking(rows: Iterable[Any], _total: int) -> Iterable[Any]:
        for number, row in enumerate(rows):
            if number == 27:
                raise KeyboardInterrupt
            yield row

    planned = roster.plan(file, Choices(app.settings.digests, "weekly", "UTC"))
    with pytest.raises(KeyboardInterrupt):
        audience.take_in(app.store, planned, NOW, notes.extend, breaking)
    assert len(readers(app)) == 20
    tally = bring(file)
    assert (tally.taken, tally.passed) == (15, {THERE: 20})
    assert [reader.address for reader in readers(app)] == [
        f"reader{number}@example.org" for number in range(35)
    ]


def test_consent_is_required_or_waived_with_a_reason_that_is_kept(
    app: App, listed: Write, bring: Bring
) -> None:
    file = listed("email,created_at", "ada@example.org,2019-05-06")
    with pytest.raises(ConfigurationError, match="has no column that tells when people agreed") as raised:
        bring(file)
    assert "--map confirmed=COLUMN, or --consent-waived REASON" in str(raised.value)
    assert bring(file, waived="they asked at a fair").taken == 1
    (ada,) = readers(app)
    assert ada.consent == Consent(Origin.IMPORT, NOW, None, "members.csv", "they asked at a fair")
    assert ada.created == datetime(2019, 5, 6, tzinfo=UTC)


def test_tags_count_if_the_site_has_them_by_name_or_slug(app: App, listed: Write, bring: Bring) -> None:
    with app.store.transaction() as tx:
        tx.items.reserve_tag("Law & Order")
    file = listed(
        "email,consent,tags",
        'a@example.org,2020-01-01,"law & order,Locks"',
        "b@example.org,2020-01-01,law-order",
    )
    tally = bring(file, tags=("ports",))
    assert [reader.preferences.any_tags for reader in readers(app)] == [("law-order", "ports")] * 2
    assert tally.remarks == {"tag 'Locks' is none of this site": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_form_of_csv_comes_in(
    app: App, tmp_path: Path, bring: Bring, encoding: str, delimiter: str
) -> None:
    rows = [
        ["email", "consent", "name"],
        ["läser@example.org", "2020-01-01", "Ünal, Ä;\tB"],
        ["bo@example.org", "2020-01-01", ""],
    ]
    with (tmp_path / "list.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert bring(tmp_path / "list.csv").taken == 2
    assert [reader.address for reader in readers(app)] == ["läser@example.org", "bo@example.org"]


def test_json_comes_in_as_a_list_and_by_lines(app: App, tmp_path: Path, bring: Bring) -> None:
    people = [
        {"email": f"{name}@example.org", "consent": "2020-01-01T00:00:00Z", "tags": []} for name in "abcd"
    ]
    (tmp_path / "list.json").write_text(json.dumps(people[:2], indent=2), "utf-8")
    (tmp_path / "lines.json").write_text("\n".join(map(json.dumps, people[2:])), "utf-8")
    assert bring(tmp_path / "list.json").taken == bring(tmp_path / "lines.json").taken == 2
    assert [reader.address for reader in readers(app)] == [person["email"] for person in people]


def test_bytes_that_are_no_text_cost_their_own_rows_only(
    app: App, tmp_path: Path, bring: Bring, notes: list[Note]
) -> None:
    good = [f"reader{number}@example.org,2020-01-01".encode() for number in range(3_000)]
    bad = [b"\xfcmlaut@example.org,2020-01-01", b"nul@example.org,\0", b"x" * 1_100_000]
    (tmp_path / "list.csv").write_bytes(
        b"\n".join([b"email,consent", *good, *bad, b"last@example.org,2020-01-01"])
    )
    assert bring(tmp_path / "list.csv").taken == 3_001
    assert [(note.line, note.why.reason) for note in notes] == [
        (3_002, "is not UTF-8"),
        (3_003, "holds a NUL byte"),
        (3_004, "is longer than 1,000,000 characters"),
    ]


def test_a_list_in_another_encoding_is_refused_as_a_whole(tmp_path: Path, bring: Bring) -> None:
    (tmp_path / "list.csv").write_bytes("email,name\nada@example.org,Käthe\n".encode("cp1252"))
    with pytest.raises(
        ConfigurationError, match=r"list\.csv, line 2: is not UTF-8; perhaps it is Windows-1252"
    ):
        bring(tmp_path / "list.csv", waived="x")


@pytest.mark.parametrize("path", ["none.csv", "."])
def test_what_is_no_file_is_named(tmp_path: Path, bring: Bring, path: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        bring(tmp_path / path)


def test_an_instant_digest_has_no_hour(app: App, listed: Write, bring: Bring) -> None:
    recipes = {"now": Recipe("now", "0 8 * * *", Unit.INSTANT, "At once")}
    bring(listed("email,consent", "ada@example.org,2020-01-01"), recipes=recipes, digest="now")
    assert [reader.next_issue_at for reader in readers(app)] == [None]


def test_rows_of_every_kind_are_all_accounted_for(
    app: App, tmp_path: Path, bring: Bring, notes: list[Note]
) -> None:
    """What is taken, there, kept out and left out is all there is, by lines, in any order and mixture."""
    chance = random.Random(7)
    rows = [
        *(f"good{number % 150}@example.org,2020-01-01,active" for number in range(200)),
        *(f"left{number % 70}@example.org,2020-01-01,unsubscribed" for number in range(90)),
        *(f"bad{number}@@example.org,2020-01-01,active" for number in range(30)),
        *(f"good{number}@example.org,,active" for number in range(40)),
        *('"open@example.org,2020-01-01,active' for _ in range(7)),
        *("too,many,cells,here" for _ in range(9)),
        *(f'"two\nlines{number}@example.org",2020-01-01,active' for number in range(11)),
    ]
    chance.shuffle(rows)
    (tmp_path / "list.csv").write_text("\n".join(["email,consent,status", *rows]), "utf-8")
    tally = bring(tmp_path / "list.csv")
    told = {note.line for note in notes}
    assert len(told) == len(notes)
    assert tally.taken == len(readers(app)) == 150
    assert tally.rows == tally.taken + len(notes)


# ── Reports ──────────────────────────────────────────────────────────────────────────────────────


def test_a_report_tells_line_reason_column_and_value_harmlessly(
    app: App, listed: Write, choices: Choices, tmp_path: Path
) -> None:
    planned = roster.plan(listed("email,consent", "=cmd()|a,2020-01-01", "b@example.org,-"), choices)
    report = tmp_path / "report.csv"
    with lists.reporting(report) as take:
        audience.take_in(app.store, planned, NOW, take, quietly)
    with report.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "reason", "column", "value"],
            [
                "2",
                "an address that cannot be mailed: An email address must have an @-sign.",
                "email",
                "'=cmd()|a",
            ],
            ["3", "a consent without a moment", "consent", "'-"],
        ]
    assert report.stat().st_mode & 0o777 == 0o600


def test_without_anything_to_tell_there_is_no_report(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("of the last time", "utf-8")
    with lists.reporting(report) as take:
        take([])
    assert not report.exists()


def test_a_report_that_cannot_be_written_says_so_before_anything_is_done(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="cannot be written"),
        lists.reporting(tmp_path / "no" / "report.csv"),
    ):
        pass


# ── Going out ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def everybody(app: App, add: Callable[..., Subscriber]) -> list[Subscriber]:
    """An audience with one of each kind."""
    add(
        "+ada@example.org", digest="monthly", zone="Asia/Tokyo", any_tags=("ports", "locks"), no_tags=("fog",), hour=7,
        day=3, kinds=(Kind.APPEARANCE,), form=Form.FULL, language="de", paused_until=NOW + 30 * DAY,
    )  # fmt: skip
    add("läser@bücher.example")
    add("left@example.org")
    add("never@example.org")
    with app.store.transaction() as tx:
        tx.suppressions.add("left@example.org", Cause.OPT_OUT, NOW)
        tx.subscribers.leave(tx.subscribers.get("left@example.org").id)
        tx.subscribers.add_pending("pending@example.org", Preferences("weekly", "UTC"), NOW)
    suppress.suppress(app.store, "never@example.org", Cause.COMPLAINT, "", NOW)
    return readers(app)


@pytest.mark.parametrize(("tell", "name"), [(lists.csv_of, "all.csv"), (lists.json_of, "all.json")])
def test_a_whole_audience_moves_to_another_site_and_nothing_is_lost(
    app: App,
    everybody: list[Subscriber],
    tmp_path: Path,
    empty_file: Path,
    bring: Bring,
    notes: list[Note],
    tell: Any,
    name: str,
) -> None:
    file = tmp_path / name
    with lists.replacing(file) as text:
        text.writelines(tell(app.store, quietly))
    assert file.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other.db"
    other.write_bytes(empty_file.read_bytes())
    store = replace(app.settings.store, url=f"sqlite:///{other}")
    with App(replace(app.settings, store=store)) as there:
        tally = bring(file, of=there)
        assert (tally.rows, tally.taken) == (5, 2)
        here = [reader for reader in everybody if reader.status is Status.ACTIVE]
        assert readers(there) == [
            replace(reader, id=new.id, next_issue_at=new.next_issue_at)
            for reader, new in zip(here, readers(there), strict=True)
        ]
        paused = readers(there)[0]
        assert paused.next_issue_at is not None
        assert paused.next_issue_at > NOW + 30 * DAY
        assert [(note.why.reason, note.why.value) for note in notes] == [
            (LISTED, "left@example.org"),
            (LISTED, "never@example.org"),
            ("has not confirmed", "pending"),
        ]
        assert causes(there, "never@example.org") == [Cause.COMPLAINT]


def test_nobody_is_an_audience_too(app: App) -> None:
    assert "".join(lists.csv_of(app.store, quietly)) == ",".join(own.COLUMNS) + "\r\n"
    assert json.loads("".join(lists.json_of(app.store, quietly))) == []


def test_cells_of_an_audience_are_no_formulas(app: App, everybody: list[Subscriber]) -> None:
    text = "".join(lists.csv_of(app.store, quietly))
    assert "\n'+ada@example.org," in text
    assert "\n+" not in text


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text("before", "utf-8")
    with pytest.raises(KeyboardInterrupt), lists.replacing(file) as text:  # noqa: PT012 - in the middle
        text.write("half")
        raise KeyboardInterrupt
    assert file.read_text("utf-8") == "before"


# ── One person ───────────────────────────────────────────────────────────────────────────────────


def test_all_that_is_known_of_a_reader_is_told(app: App, add: Callable[..., Subscriber]) -> None:
    ada = add("ada@example.org", welcome=3)
    wanted = replace(ada.preferences, hour=7)
    prefer.choose(app.store, app.settings.digests, ada, wanted, NOW)
    prefer.ask_for_account(app.store, ada, NOW)
    subscribe.answer(app.store, app.settings.signup, NOW)
    known = lists.known(app.store, "ADA@example.org")
    assert known.reader is not None
    assert (known.reader.id, known.reader.preferences) == (ada.id, wanted)
    assert [letter.matter for letter in known.letters] == [Matter.CHANGED, Matter.ACCOUNT]
    assert [(choice.before.hour, choice.after.hour) for choice in known.choices] == [(None, 7)]
    assert len(known.requests) == 1
    assert [delivery.period for delivery in known.deliveries] == ["welcome"]
    assert known.suppressions == []


def test_of_an_address_that_must_not_be_mailed_just_that_is_known(app: App) -> None:
    suppress.suppress(app.store, "no@example.org", Cause.BY_HAND, "asked by phone", NOW)
    known = lists.known(app.store, "no@example.org")
    assert (known.reader, [one.reason for one in known.suppressions]) == (None, ["asked by phone"])
    with pytest.raises(NotFound, match="is not known here"):
        lists.known(app.store, "nobody@example.org")
