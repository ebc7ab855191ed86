"""Whether the site itself is in order."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from feeder import net
from feeder.app import App
from feeder.feeds.doctor import Severity
from feeder.model.checks import State
from feeder.model.members import ROLES, Member
from feeder.store import Condition, migrations
from feeder.store.migrations import Fit
from feeder.workflows import upkeep
from feeder.workflows.publish import Published
from tests.workflows.conftest import NOON
from tests.workflows.test_deliverability import serving

OK, WARNING, WRONG, SKIPPED = State.OK, State.WARNING, State.WRONG, State.SKIPPED


def test_a_database_that_is_up_to_date(app: App) -> None:
    app.store.close()
    answers, revision = upkeep.of_database(app.settings.store.url)

    assert (answers.state, revision.state) == (OK, OK)
    assert answers.found.startswith("SQLite 3.")
    assert revision.found == f"at revision {migrations.HEAD}"
    assert upkeep.of_writing(app.store, NOON).state is OK


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (found,) = upkeep.of_database(f"sqlite:///{tmp_path}/nowhere/feeder.db")

    assert found.state is WRONG


def test_a_database_that_is_behind_is_told_and_left_as_it_is(app: App) -> None:
    file = app.settings.folder / "feeder.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
        connection.commit()

    for _ in range(2):
        _, revision = upkeep.of_database(app.settings.store.url)
        assert (revision.state, revision.mend) == (WRONG, "feeder store upgrade")


def test_a_database_in_which_nothing_can_be_written(app: App) -> None:
    with closing(sqlite3.connect(app.settings.folder / "feeder.db")) as other:
        other.execute(
            "CREATE TRIGGER no BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
        other.commit()

    found = upkeep.of_writing(app.store, NOON)

    assert (found.state, found.name) == (WRONG, "database")


@pytest.mark.parametrize(
    ("fit", "state", "words"),
    [
        (Fit.EMPTY, OK, "the first command makes it"),
        (Fit.SAME, OK, "at revision 0006"),
        (Fit.BEHIND, WRONG, "0007 is wanted"),
        (Fit.UNFINISHED, WARNING, "only earlier versions use"),
        (Fit.AHEAD, WARNING, "beside which this one may work"),
        (Fit.BEYOND, WRONG, "of a later version"),
    ],
)
def test_revisions(fit: Fit, state: State, words: str) -> None:
    found = upkeep.judge_migrations(Condition("SQLite 3", "0006", "0007", fit))

    assert found.state is state
    assert words in found.found


MEMBER = Member("a", "north", 7, ROLES, "0.1.0", NOON, timedelta(seconds=1), NOON, setup="s")


@pytest.mark.parametrize(
    ("members", "state", "words"),
    [
        ([], OK, "0 at work"),
        ([MEMBER, replace(MEMBER, machine="south")], OK, "2 at work"),
        ([MEMBER, replace(MEMBER, machine="south", setup="t")], WARNING, "south differ from this machine"),
        ([replace(MEMBER, setup="")], OK, "1 at work"),  # one of an earlier version does not tell it
        ([replace(MEMBER, setup="t", is_alive=False)], OK, "0 at work"),
        ([replace(MEMBER, ahead=timedelta(seconds=-6))], WRONG, "-6 s beside the store's"),
        ([replace(MEMBER, ahead=timedelta(seconds=5))], OK, "1 at work"),
    ],
)
def test_machines(members: list[Member], state: State, words: str) -> None:
    (found,) = upkeep.judge_machines(members, "s")

    assert found.state is state
    assert words in found.found


@pytest.mark.parametrize(("megabytes", "state"), [(5_000, OK), (999, WARNING), (99, WRONG), (0, WRONG)])
def test_room(megabytes: int, state: State) -> None:
    assert upkeep.judge_room(Path("/srv"), megabytes * 1_000_000).state is state


def test_a_disk_is_looked_at_once_also_where_folders_are_yet_to_be_made(app: App) -> None:
    assert [check.name for check in upkeep.of_disks(app.settings)] == ["disk"]


def test_feeds(
    app: App, write: Callable[..., Path], sync: Callable[..., object], press: Callable[..., Published]
) -> None:
    assert upkeep.of_feeds(app.settings, NOON).state is WARNING

    write("a", "posted: 2026-11-19")
    sync()
    press()
    good = upkeep.of_feeds(app.settings, NOON)
    assert (good.state, good.found) == (OK, "nothing is wrong in 12 documents")

    (app.settings.publish.folder / "atom.xml").write_text("<feed/>")
    assert upkeep.of_feeds(app.settings, NOON).state is WRONG


def test_warnings_of_a_doctor_are_warnings() -> None:
    counts = dict.fromkeys(Severity, 0) | {Severity.WARNING: 2}

    assert upkeep.judge_feeds(Path("public"), 3, counts).state is WARNING


def test_the_public_address_leads_to_this_site(
    app: App, press: Callable[..., Published], changed: Callable[..., App]
) -> None:
    press()
    with app.store.reading() as tx:
        uid = tx.feeds.everything().uid
    with serving(app) as url, net.Client() as client:
        address, clock = upkeep.of_address(url, uid, client, NOON)
        stranger, _ = upkeep.of_address(url, "urn:uuid:other", client, NOON)
    gone, silent = upkeep.of_address(url, uid, net.Client(), NOON)

    # One on the loopback is nobody else's, whatever is there.
    assert {address.state, stranger.state, gone.state} == {WARNING}
    assert clock.state is WRONG, "it is another day than the test's"
    assert silent.state is SKIPPED


@pytest.mark.parametrize(
    ("url", "fault", "state"),
    [
        ("https://spans.example/", "", OK),
        ("http://spans.example/", "", WARNING),
        ("http://127.0.0.1:8000/", "", WARNING),
        ("http://127.0.0.1:8000/", "nobody listens there", WARNING),
        ("https://spans.example/", "nobody listens there", WRONG),
    ],
)
def test_public_addresses(url: str, fault: str, state: State) -> None:
    assert upkeep.judge_address(url, fault).state is state


@pytest.mark.parametrize(
    ("beside", "state"),
    [
        (timedelta(), OK),
        (timedelta(seconds=-60), OK),
        (timedelta(minutes=2), WARNING),
        (timedelta(minutes=-11), WRONG),
        (timedelta(hours=1), WRONG),
    ],
)
def test_clocks(beside: timedelta, state: State) -> None:
    assert upkeep.judge_clock(format_datetime(NOON - beside, usegmt=True), NOON).state is state


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_without_a_time_nothing_is_said_of_the_clock(date: str) -> None:
    assert upkeep.judge_clock(date, NOON).state is SKIPPED


def test_what_is_wrong_stands_last(app: App) -> None:
    found = [upkeep.judge_room(Path("/srv"), free) for free in (0, 10**10, 5 * 10**8)]

    assert [check.state for check in upkeep.worst_last(found)] == [OK, WARNING, WRONG]
    assert replace(found[0], mend="").is_wrong
