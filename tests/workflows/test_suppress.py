"""Addresses that must not be mailed, and people who are to be forgotten, whatever is brought back afterwards."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.errors import ConfigurationError, NotFound, StoreError
from feeder.model.changes import Visit
from feeder.model.deliveries import State
from feeder.model.items import Draft, Kind
from feeder.model.settings import Signup
from feeder.model.subscribers import (
    LIFTED_BY_OPERATOR,
    LIFTED_BY_READER,
    Cause,
    Status,
    Subscriber,
)
from feeder.workflows import prefer, subscribe, suppress
from feeder.workflows.collect import apply
from feeder.workflows.release import release
from tests.workflows.consent_rig import (
    ADA,
    BO,
    DAY,
    HOUR,
    MINUTE,
    NETWORK,
    a_round,
    ask,
    causes,
    confirm,
    everything,
    find,
    leave,
    link,
    mails_to,
    post,
    sign_up,
    subjects,
    there,
    words,
)

Put = Callable[..., None]
Changed = Callable[..., App]

SECOND = timedelta(seconds=1)
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00Z")  # the first slot of the weekly digest after NOON


@pytest.fixture
def put(app: App, draft: Callable[..., Draft]) -> Put:
    """Let an item arrive: `put("a", now)`."""

    def tell(key: str, at: datetime, **fields: Any) -> None:
        apply(app.store, "told", [draft(key, **fields)], Visit(at, at - MINUTE, announce=False))
        release(app.store, at)

    return tell


def states(app: App, reader: Subscriber) -> list[State]:
    with app.store.reading() as tx:
        return [found.state for found in tx.deliveries.of(reader.id, 100)]


# ── Suppressing, and lifting it ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause", Cause)
def test_a_reader_who_is_suppressed_gets_no_issue_and_nothing_waits_for_them(
    app: App, put: Put, now: datetime, cause: Cause
) -> None:
    ada, bo = sign_up(app, ADA, now), sign_up(app, BO, now)
    with app.store.transaction() as tx:
        for who in (ada, bo):
            tx.issues.welcome(who.id, "weekly", 3, 0, now)
    put("a", now)
    suppress.suppress(app.store, "ADA@Example.org", cause, "550 5.1.1", now)
    assert there(app, ADA).status is Status.SUPPRESSED
    assert (states(app, ada), states(app, bo)) == ([State.SUPPRESSED], [State.WAITING])
    for weeks in range(3):
        a_round(app, MONDAY + weeks * 7 * DAY)
    assert (subjects(app, ADA), subjects(app, BO)) == (["confirm"], ["confirm", "issue"])


def test_an_address_that_nobody_has_is_kept_out_without_being_written_down(app: App, now: datetime) -> None:
    suppress.suppress(app.store, ADA, Cause.BY_HAND, "a letter by post", now)
    assert causes(app, ADA) == ["by-hand"]
    assert find(app, ADA) is None
    assert ADA not in str(everything(app))


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a b@example.org"])
def test_what_is_no_address_is_refused(app: App, now: datetime, address: str) -> None:
    before = everything(app)
    with pytest.raises(ConfigurationError):
        suppress.suppress(app.store, address, Cause.BY_HAND, "", now)
    with pytest.raises(ConfigurationError):
        suppress.lift(app.store, address)
    with pytest.raises(ConfigurationError):
        suppress.erase(app.store, address, None, now)
    assert everything(app) == before


@pytest.mark.parametrize("cause", sorted(LIFTED_BY_OPERATOR))
def test_what_the_operator_lifts_gives_back_what_it_interrupted_and_what_was_missed_stays_missed(
    app: App, put: Put, now: datetime, cause: Cause
) -> None:
    ada = sign_up(app, ADA, now)
    suppress.suppress(app.store, ADA, cause, "", now)
    put("missed", now + HOUR)
    assert suppress.lift(app.store, "Ada@example.org") == replace(ada, cursor=1)
    assert causes(app, ADA) == []
    put("then", now + 2 * HOUR)
    a_round(app, MONDAY)
    said = words(mails_to(app, ADA)[-1])
    assert ("Title of then." in said, "Title of missed." in said) == (True, False)


@pytest.mark.parametrize("cause", [Cause.OPT_OUT, Cause.ERASURE])
def test_the_operator_does_not_lift_what_the_person_themselves_wanted(
    app: App, now: datetime, cause: Cause
) -> None:
    sign_up(app, ADA, now)
    suppress.suppress(app.store, ADA, cause, "", now)
    before = everything(app)
    with pytest.raises(ConfigurationError, match="by its owner's own wish"):
        suppress.lift(app.store, ADA)
    assert everything(app) == before


def test_what_is_not_suppressed_cannot_be_lifted(app: App, now: datetime) -> None:
    sign_up(app, ADA, now)
    with pytest.raises(NotFound, match="is not suppressed"):
        suppress.lift(app.store, ADA)


def test_every_cause_can_be_lifted_by_somebody() -> None:
    assert set(Cause) == LIFTED_BY_READER | LIFTED_BY_OPERATOR


@pytest.mark.parametrize("first", ["the complaint", "the leaving"])
def test_one_who_has_left_and_complained_has_left_when_the_operator_lifts_the_complaint(
    app: App, put: Put, now: datetime, first: str
) -> None:
    ada = sign_up(app, ADA, now)
    if first == "the leaving":
        leave(app, ada, now)
    suppress.suppress(app.store, ADA, Cause.COMPLAINT, "", now)
    leave(app, ada, now)
    suppress.lift(app.store, ADA)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])
    put("a", now)
    a_round(app, MONDAY)
    assert subjects(app, ADA) == ["confirm"]


@pytest.mark.parametrize("wish", [Cause.OPT_OUT, Cause.ERASURE])
def test_what_the_operator_lifts_does_not_make_a_reader_of_one_whose_own_wish_stays(
    app: App, now: datetime, wish: Cause
) -> None:
    sign_up(app, ADA, now)
    for cause in (wish, Cause.COMPLAINT):
        suppress.suppress(app.store, ADA, cause, "", now)
    suppress.lift(app.store, ADA)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, [wish.value])
    # Their own word still brings them back.
    ask(app, ADA, now + DAY)
    post(app, now + DAY)
    confirm(app, link(mails_to(app, ADA)[-1], "confirm"), now + DAY)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.ACTIVE, [])


def test_one_who_had_not_confirmed_yet_has_not_when_it_is_lifted(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    suppress.suppress(app.store, ADA, Cause.BOUNCE, "", now)
    suppress.lift(app.store, ADA)
    assert there(app, ADA).status is Status.PENDING


def test_one_who_had_not_confirmed_and_is_suppressed_is_forgotten_all_the_same(
    app: App, now: datetime
) -> None:
    ask(app, ADA, now)
    post(app, now)
    suppress.suppress(app.store, ADA, Cause.BOUNCE, "", now)
    suppress.tidy(app.store, app.settings.signup, now + 31 * DAY)
    assert (find(app, ADA), causes(app, ADA)) == (None, ["bounce"])


def test_the_list_wins_over_a_status_that_says_active(app: App, put: Put, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    with app.store.transaction() as tx:
        tx.suppressions.add(ADA, Cause.OPT_OUT, now)
    put("a", now)
    a_round(app, MONDAY)
    assert states(app, ada) == [State.SUPPRESSED]
    # Who is on the list is asked for a confirmation, which takes them off it.
    ask(app, ADA, MONDAY)
    post(app, MONDAY)
    confirm(app, link(mails_to(app, ADA)[-1], "confirm"), MONDAY)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.ACTIVE, [])


# ── Erasing ──────────────────────────────────────────────────────────────────────────────────────


def traces(app: App, *words_of_them: str) -> list[str]:
    """Return the tables in which some words stand, in any column."""
    return [
        table
        for table, rows in everything(app).items()
        if any(word.lower() in str(rows).lower() for word in words_of_them)
    ]


def test_an_erasure_leaves_no_trace_of_an_address_in_any_table(app: App, put: Put, now: datetime) -> None:
    address = "Unmistakable@some-where.example"
    put("a", now - 20 * DAY)
    them = sign_up(app, address, now - 20 * DAY)
    put("b", now - 19 * DAY)
    a_round(app, MONDAY - 21 * DAY)
    prefer.choose(app.store, app.settings.digests, them, replace(them.preferences, hour=3), now)
    prefer.ask_for_account(app.store, them, now)
    ask(app, address.upper(), now)
    post(app, now)
    ask(app, address, now)  # asked, and not answered yet
    bo = sign_up(app, BO, now)
    prefer.ask_to_move(app.store, bo, address, now, NETWORK)
    post(app, now)
    assert set(traces(app, "unmistakable", "some-where")) == {"subscribers", "requests", "letters"}
    suppress.erase(app.store, address.lower(), None, now + HOUR)
    assert traces(app, "unmistakable", "some-where") == []
    assert causes(app, address) == ["erasure"]
    assert find(app, BO) == bo
    # What once went to somebody still adds up, without a name.
    assert states(app, them) == [State.ACCEPTED]
    assert everything(app)["choices"] == []


def test_an_erasure_leaves_no_trace_of_an_address_that_the_person_had_before(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    ask(app, ADA, now + HOUR)
    post(app, now + HOUR)
    prefer.ask_to_move(app.store, ada, "new@some-where.example", now + HOUR, NETWORK)
    post(app, now + HOUR)
    ask(app, ADA, now + 2 * HOUR)  # not answered yet
    confirm(app, link(mails_to(app, "new@some-where.example")[-1], "confirm"), now + 3 * HOUR)
    suppress.erase(app.store, "new@some-where.example", None, now + 4 * HOUR)
    assert traces(app, "ada@", "some-where") == []


def test_who_is_erased_gets_nothing_that_was_on_its_way(app: App, put: Put, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    put("a", now)
    prefer.ask_for_account(app.store, ada, now)
    ask(app, ADA, now)
    subscribe.answer(app.store, app.settings.signup, now)
    with app.store.transaction() as tx:
        tx.issues.welcome(ada.id, "weekly", 3, 1, now)
    suppress.erase(app.store, ADA, None, now)
    a_round(app, now + HOUR)
    a_round(app, MONDAY)
    assert subjects(app, ADA) == ["confirm"]
    assert states(app, ada) == [State.LEFT]


def test_one_who_was_never_here_cannot_be_erased(app: App, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing has to be erased"):
        suppress.erase(app.store, ADA, tmp_path / "erased.txt", now)
    assert not (tmp_path / "erased.txt").exists()


def test_one_who_had_not_confirmed_or_was_suppressed_can_be_erased_too(app: App, now: datetime) -> None:
    for address, cause in ((ADA, None), (BO, Cause.COMPLAINT)):
        ask(app, address, now)
        post(app, now)
        if cause:
            suppress.suppress(app.store, address, cause, "", now)
        suppress.erase(app.store, address, None, now)
    assert traces(app, ADA, BO) == []
    assert (causes(app, ADA), causes(app, BO)) == (["erasure"], ["complaint", "erasure"])


def test_one_who_was_erased_and_signs_up_again_is_another_reader(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    suppress.erase(app.store, ADA, None, now)
    back = sign_up(app, ADA, now + DAY)
    assert back.id != ada.id
    assert (back.status, causes(app, ADA)) == (Status.ACTIVE, [])


def test_one_who_was_erased_and_comes_back_within_a_period_gets_what_comes_then(
    app: App, changed: Changed, put: Put, now: datetime
) -> None:
    # A message with an id that has gone out before would be taken for the same, and thrown away.
    welcoming = changed(signup=Signup(welcome=5))
    put("a", now)
    sign_up(welcoming, ADA, now)
    a_round(welcoming, now)
    suppress.erase(app.store, ADA, None, now + HOUR)
    put("b", now + HOUR)
    sign_up(welcoming, ADA, now + 2 * HOUR)
    a_round(welcoming, now + 2 * HOUR)
    issues = [mail for mail in mails_to(app, ADA) if mail["List-Id"]]
    assert ["Title of b." in words(mail) for mail in issues] == [False, True]
    assert len({mail["Message-ID"] for mail in issues}) == 2


# ── Old backups ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lasting(changed: Changed, tmp_path: Path) -> App:
    """The same site, which keeps the hashes of those who were erased in a file."""
    return changed(signup=Signup(erased=tmp_path / "erased.txt"))


def erase(app: App, address: str, at: datetime) -> None:
    suppress.erase(app.store, address, app.settings.signup.erased, at)


def tidy(app: App, at: datetime) -> int:
    return suppress.tidy(app.store, app.settings.signup, at)


def copied(app: App, file: Path) -> Path:
    """Make a backup of the database."""
    with (
        closing(sqlite3.connect(app.settings.folder / "feeder.db")) as here,
        closing(sqlite3.connect(file)) as there,
    ):
        here.backup(there)
    return file


def put_back(app: App, backup: Path) -> None:
    """Copy a backup over the database."""
    app.store.close()
    for file in app.settings.folder.glob("feeder.db*"):
        file.unlink()
    copied_bytes = backup.read_bytes()
    (app.settings.folder / "feeder.db").write_bytes(copied_bytes)


def test_the_file_names_nobody_and_says_when(lasting: App, now: datetime) -> None:
    sign_up(lasting, ADA, now)
    sign_up(lasting, BO, now)
    erase(lasting, ADA, now)
    erase(lasting, BO, now + HOUR)
    assert lasting.settings.signup.erased is not None
    lines = lasting.settings.signup.erased.read_text("ascii").splitlines()
    with lasting.store.reading() as tx:
        assert lines == [
            f"{tx.suppressions.key(ADA)} 2026-11-20T12:00:00+00:00",
            f"{tx.suppressions.key(BO)} 2026-11-20T13:00:00+00:00",
        ]


def test_whom_an_old_backup_brings_back_is_erased_again_by_the_next_run(
    lasting: App, put: Put, now: datetime, tmp_path: Path
) -> None:
    sign_up(lasting, ADA, now)
    bo = sign_up(lasting, BO, now)
    backup = copied(lasting, tmp_path / "backup.db")
    erase(lasting, ADA, now + HOUR)
    put_back(lasting, backup)
    assert there(lasting, ADA).status is Status.ACTIVE
    assert tidy(lasting, now + DAY) == 1
    assert traces(lasting, ADA) == []
    assert causes(lasting, ADA) == ["erasure"]
    assert there(lasting, BO) == bo
    put("a", now + DAY)
    a_round(lasting, MONDAY)
    assert subjects(lasting, ADA) == ["confirm"]
    assert tidy(lasting, now + 2 * DAY) == 0


def test_so_is_one_of_whom_the_backup_was_told_that_they_must_not_be_mailed(
    lasting: App, now: datetime, tmp_path: Path
) -> None:
    """As `feeder restore --replace` does, which keeps who must not be mailed."""
    sign_up(lasting, ADA, now)
    backup = copied(lasting, tmp_path / "backup.db")
    erase(lasting, ADA, now + HOUR)
    put_back(lasting, backup)
    with lasting.store.transaction() as tx:
        tx.suppressions.add(ADA, Cause.ERASURE, now + HOUR)
    assert tidy(lasting, now + DAY) == 1
    assert traces(lasting, ADA) == []
    assert tidy(lasting, now + 2 * DAY) == 0


def test_who_was_erased_and_has_signed_up_again_since_stays(lasting: App, now: datetime) -> None:
    sign_up(lasting, ADA, now)
    erase(lasting, ADA, now + HOUR)
    back = sign_up(lasting, ADA, now + DAY)
    assert tidy(lasting, now + 2 * DAY) == 0
    assert there(lasting, ADA) == back
    assert causes(lasting, ADA) == []


def test_who_was_erased_and_has_asked_again_since_is_not_erased_while_they_think(
    lasting: App, now: datetime
) -> None:
    sign_up(lasting, ADA, now)
    erase(lasting, ADA, now + HOUR)
    ask(lasting, ADA, now + DAY)
    post(lasting, now + DAY)
    tidy(lasting, now + 2 * DAY)
    confirm(lasting, link(mails_to(lasting, ADA)[-1], "confirm"), now + 2 * DAY)
    assert there(lasting, ADA).status is Status.ACTIVE


def test_a_backup_of_after_the_return_brings_back_one_who_is_here_by_their_own_word(
    lasting: App, now: datetime, tmp_path: Path
) -> None:
    sign_up(lasting, ADA, now)
    erase(lasting, ADA, now + HOUR)
    back = sign_up(lasting, ADA, now + DAY)
    backup = copied(lasting, tmp_path / "backup.db")
    prefer.choose(
        lasting.store, lasting.settings.digests, back, replace(back.preferences, kinds=(Kind.PIECE,)), now
    )
    put_back(lasting, backup)
    assert tidy(lasting, now + 3 * DAY) == 0
    assert there(lasting, ADA) == back


def test_who_is_erased_twice_is_out_however_old_the_backup(
    lasting: App, now: datetime, tmp_path: Path
) -> None:
    sign_up(lasting, ADA, now)
    first = copied(lasting, tmp_path / "first.db")
    erase(lasting, ADA, now + HOUR)
    sign_up(lasting, ADA, now + DAY)
    second = copied(lasting, tmp_path / "second.db")
    erase(lasting, ADA, now + 2 * DAY)
    for backup in (first, second):
        put_back(lasting, backup)
        assert tidy(lasting, now + 3 * DAY) == 1
        assert traces(lasting, ADA) == []


def test_one_who_moved_to_an_address_that_was_once_erased_is_here_by_their_own_word(
    lasting: App, now: datetime
) -> None:
    ada, new = sign_up(lasting, ADA, now), "new@example.org"
    sign_up(lasting, new, now)
    erase(lasting, new, now + HOUR)
    prefer.ask_to_move(lasting.store, ada, new, now + DAY, NETWORK)
    post(lasting, now + DAY)
    confirm(lasting, link(mails_to(lasting, new)[-1], "confirm"), now + DAY)
    assert tidy(lasting, now + 2 * DAY) == 0
    assert there(lasting, new).status is Status.ACTIVE


def test_a_crash_between_the_file_and_the_database_erases_at_the_next_run(
    lasting: App, now: datetime
) -> None:
    sign_up(lasting, ADA, now)
    assert lasting.settings.signup.erased is not None
    with lasting.store.reading() as tx:
        line = f"{tx.suppressions.key(ADA)} {(now + HOUR).isoformat()}\n"
    lasting.settings.signup.erased.write_text(line, "ascii")
    assert tidy(lasting, now + HOUR) == 1
    assert traces(lasting, ADA) == []


def test_who_cannot_be_written_into_the_file_is_not_erased_by_halves(
    app: App, now: datetime, tmp_path: Path
) -> None:
    sign_up(app, ADA, now)
    before = everything(app)
    with pytest.raises(StoreError, match="No such file"):
        suppress.erase(app.store, ADA, tmp_path / "nowhere" / "erased.txt", now)
    assert everything(app) == before


def test_a_site_without_such_a_file_is_tidied_all_the_same(app: App, lasting: App, now: datetime) -> None:
    sign_up(app, ADA, now)
    assert tidy(app, now) == tidy(lasting, now) == 0


# ── Tidying up ───────────────────────────────────────────────────────────────────────────────────


def test_networks_are_forgotten_when_the_site_says_so_and_requests_after_thirty_days(
    changed: Changed, now: datetime
) -> None:
    app = changed(signup=Signup(keep_networks=2 * DAY))
    ask(app, ADA, now)
    tidy(app, now + 2 * DAY)
    assert [row.network is None for row in everything(app)["requests"]] == [False]
    tidy(app, now + 2 * DAY + SECOND)
    assert [row.network is None for row in everything(app)["requests"]] == [True]
    tidy(app, now + 30 * DAY + SECOND)
    assert everything(app)["requests"] == []


def test_letters_are_forgotten_after_thirty_days_whatever_became_of_them(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    prefer.choose(app.store, app.settings.digests, ada, replace(ada.preferences, hour=3), now + SECOND)
    tidy(app, now + 30 * DAY + SECOND)
    assert [row.matter for row in everything(app)["letters"]] == ["changed"]
    tidy(app, now + 31 * DAY)
    assert everything(app)["letters"] == everything(app)["choices"] == []
    assert there(app, ADA).status is Status.ACTIVE


def test_tidying_twice_is_tidying_once(lasting: App, now: datetime) -> None:
    for address in (ADA, BO):
        sign_up(lasting, address, now)
    erase(lasting, BO, now)
    ask(lasting, "pending@example.org", now)
    post(lasting, now)
    tidy(lasting, now + 31 * DAY)
    before = everything(lasting)
    tidy(lasting, now + 31 * DAY)
    assert everything(lasting) == before
    assert [row.status for row in before["subscribers"]] == ["active", "erased"]
