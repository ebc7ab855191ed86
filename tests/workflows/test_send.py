"""Issues. Source: the delivery contract; the numbers are its own."""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from feeder.app import App
from feeder.errors import SiteLocked
from feeder.mail.transports.folder import Maildir
from feeder.model import settings
from feeder.model.changes import Visit
from feeder.model.deliveries import DeliveryRecord, Envelope, Message, Outcome, Refused, State
from feeder.model.items import Draft, Kind
from feeder.model.subscribers import Preferences, Status, Subscriber
from feeder.store import tables
from feeder.tokens import Purpose
from feeder.workflows import choosing, curate, merge, planning, prefer, send, subscribe
from feeder.workflows.collect import apply
from feeder.workflows.post import Post
from feeder.workflows.release import release
from feeder.workflows.send import Sent
from tests.conftest import PATIENCE_SECONDS, until

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[EmailMessage]]
Sql = Callable[..., Sequence[Any]]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # the first slot of the weekly digest after NOON


def a_round(app: App, at: datetime, post: Post | None = None) -> Sent:
    """Do what one `feeder once` does about mail."""
    send.recover(app.store, at)
    release(app.store, at)
    return send.send_due(app.store, post or app.post, lambda: at, stopped=lambda: False)


def words(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def keys(mail: EmailMessage) -> list[str]:
    """Return the keys of the items in a mail, as both of its parts tell them."""
    html = mail.get_body(("html",))
    assert html is not None
    found = re.findall(r"Title of (\w+)\.", words(mail))
    assert set(re.findall(r"Title of (\w+)\.", html.get_content())) == set(found)
    return found


def deliveries(app: App, reader: Subscriber) -> list[DeliveryRecord]:
    with app.store.reading() as tx:
        return tx.deliveries.of(reader.id, 100)


def states(app: App, reader: Subscriber) -> list[tuple[str, State]]:
    return [(found.period, found.state) for found in deliveries(app, reader)]


def as_now(app: App, reader: Subscriber) -> Subscriber:
    with app.store.reading() as tx:
        return tx.subscribers.get(reader.address)


def remove(app: App, key: str, at: datetime) -> None:
    with app.store.transaction() as tx:
        tx.items.remove([tx.items.get(key).id], at)


# ── Planning and selecting ───────────────────────────────────────────────────────────────────────


def test_a_reader_gets_what_arrived_since_and_not_before_the_hour(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    put("before", now)
    ada = add("ada@example.org")
    put("one", now + HOUR)
    put("two", now + 2 * HOUR)
    assert a_round(app, MONDAY - timedelta(seconds=1)) == Sent()
    assert a_round(app, MONDAY) == Sent(planned=1, outcomes=Counter({State.ACCEPTED: 1}))
    (mail,) = mails()
    assert (mail["Delivered-To"], mail["To"], mail["Return-Path"]) == (
        "ada@example.org",
        "ada@example.org",
        "<post@spans.example>",
    )
    assert keys(mail) == ["two", "one"]
    assert "2026-W48" in words(mail)
    assert (as_now(app, ada).cursor, as_now(app, ada).next_issue_at) == (3, MONDAY + 7 * DAY)
    assert a_round(app, MONDAY) == a_round(app, MONDAY + HOUR) == Sent()


def test_readers_of_one_rhythm_are_planned_once_and_get_what_fits_each(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("all@example.org")
    add("x@example.org", any_tags=("x",))
    add("not-x@example.org", no_tags=("x",))
    add("heard@example.org", kinds=(Kind.APPEARANCE,))
    add("none@example.org", any_tags=("none",))
    put("a", now + HOUR, tags=("X",))
    put("b", now + 2 * HOUR, tags=("y", "X"), kind=Kind.APPEARANCE)
    put("c", now + 3 * HOUR)
    sent = a_round(app, MONDAY)
    assert sent == Sent(planned=5, outcomes=Counter({State.ACCEPTED: 4, State.EMPTY: 1}))
    assert {mail["Delivered-To"]: keys(mail) for mail in mails()} == {
        "all@example.org": ["c", "a", "b"],
        "x@example.org": ["a", "b"],
        "not-x@example.org": ["c"],
        "heard@example.org": ["b"],
    }


@pytest.mark.parametrize(
    ("digest", "at", "period", "then"),
    [
        ("daily", datetime(2026, 11, 21, 8, tzinfo=UTC), "2026-11-21", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("weekly", MONDAY, "2026-W48", MONDAY + 7 * DAY),
        ("monthly", datetime(2026, 12, 1, 8, tzinfo=UTC), "2026-12", datetime(2027, 1, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_period_is_called_after_its_unit(
    app: App,
    add: Add,
    put: Put,
    mails: Mails,
    now: datetime,
    digest: str,
    at: datetime,
    period: str,
    then: datetime,
) -> None:
    ada = add("ada@example.org", digest=digest)
    put("a", now)
    a_round(app, at)
    assert states(app, ada) == [(period, State.ACCEPTED)]
    assert (as_now(app, ada).last_period, as_now(app, ada).next_issue_at) == (period, then)


def test_the_readers_own_day_hour_and_zone_decide(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org", day=6, hour=7, zone="Pacific/Auckland")  # Sunday, thirteen hours ahead
    put("a", now)
    due = datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert as_now(app, ada).next_issue_at == due
    assert a_round(app, due - timedelta(seconds=1)) == Sent()
    a_round(app, due)
    assert states(app, ada) == [("2026-W47", State.ACCEPTED)]


def test_missed_periods_collapse_into_one(app: App, add: Add, put: Put, mails: Mails, now: datetime) -> None:
    ada = add("ada@example.org", digest="daily")
    for n in range(5):
        put(f"a{n}", now + n * DAY)
    a_round(app, datetime(2026, 11, 25, 9, tzinfo=UTC))  # four days late: put off once
    a_round(app, datetime(2026, 11, 26, 8, tzinfo=UTC))
    assert states(app, ada) == [("2026-11-26", State.ACCEPTED)]
    assert [keys(mail) for mail in mails()] == [["a4", "a3", "a2", "a1", "a0"]]


def test_an_issue_that_is_late_by_more_than_six_hours_waits_for_the_readers_next_hour(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    too_late = MONDAY + 6 * HOUR + timedelta(seconds=1)
    assert a_round(app, too_late).planned == 0
    assert as_now(app, ada).next_issue_at == MONDAY + DAY
    a_round(app, MONDAY + DAY)
    assert states(app, ada) == [("2026-W48", State.ACCEPTED)]
    assert as_now(app, ada).next_issue_at == MONDAY + 7 * DAY


def test_an_issue_waits_once_for_the_readers_next_hour_whatever_they_choose_meanwhile(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    a_round(app, MONDAY + 7 * HOUR)
    prefer.choose(
        app.store, app.settings.digests, ada, replace(ada.preferences, no_tags=("x",)), MONDAY + DAY / 2
    )
    assert a_round(app, MONDAY + DAY + 7 * HOUR).outcomes == Counter({State.ACCEPTED: 1})


def test_an_issue_that_is_late_by_just_six_hours_goes(app: App, add: Add, put: Put, now: datetime) -> None:
    ada = add("ada@example.org")
    put("a", now)
    a_round(app, MONDAY + 6 * HOUR)
    assert states(app, ada) == [("2026-W48", State.ACCEPTED)]


def test_nothing_new_sends_nothing_tells_why_and_moves_the_cursor(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org", any_tags=("x",))
    put("other", now, tags=("y",))
    assert a_round(app, MONDAY).outcomes == Counter({State.EMPTY: 1})
    (known,) = deliveries(app, ada)
    assert (known.state, known.reason) == (State.EMPTY, "nothing new that fits the preferences")
    assert as_now(app, ada).cursor == 1
    # New tags make nothing old new.
    put("other", now + DAY, tags=("x",))
    a_round(app, MONDAY + 7 * DAY)
    assert [state for _, state in states(app, ada)] == [State.EMPTY, State.EMPTY]
    assert mails() == []


def test_the_back_catalogue_is_in_no_digest_but_a_welcome(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("old", now, old=True)
    a_round(app, MONDAY)
    assert states(app, ada) == [("2026-W48", State.EMPTY)]
    bo = add("bo@example.org", at=MONDAY, welcome=5)
    a_round(app, MONDAY)
    assert states(app, bo) == [("welcome", State.ACCEPTED)]
    assert [keys(mail) for mail in mails()] == [["old"]]


def test_what_is_edited_or_hidden_between_planning_and_sending_is_told_as_it_is(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("edited", now, standfirst="First words.")
    put("hidden", now)
    put("other", now)
    planning.plan(app.store, app.post, MONDAY)
    put("edited", MONDAY, standfirst="Second words.")
    remove(app, "hidden", MONDAY)
    put("after", MONDAY)  # arrived after the cutoff
    a_round(app, MONDAY)
    (mail,) = mails()
    assert sorted(keys(mail)) == ["edited", "other"]
    assert "Second words." in words(mail)


def test_what_is_edited_by_hand_is_told_as_it_is_to_readers_in_later_zones(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", zone="Asia/Tokyo")
    add("bo@example.org", zone="America/Lima")
    put("a", now, standfirst="First words.")
    a_round(app, MONDAY - 9 * HOUR)
    edits = curate.Edits({"standfirst": "Second words."})
    curate.edit(app.store, "a", edits, MONDAY, "better so", minor=True)
    a_round(app, MONDAY + 5 * HOUR)
    first, second = mails()
    assert "First words." in words(first)
    assert "Second words." in words(second)


# ── Welcome ──────────────────────────────────────────────────────────────────────────────────────


def test_a_welcome_holds_the_newest_that_fit_and_they_do_not_come_again(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    for n in range(4):
        put(f"old{n}", now - (10 - n) * DAY, old=True, tags=("x",))
    put("other", now - HOUR)
    put("news", now - HOUR, tags=("x",))
    ada = add("ada@example.org", any_tags=("x",), welcome=3)
    assert ada.cursor == 6
    a_round(app, now)
    (welcome,) = mails()
    assert keys(welcome) == ["news", "old3", "old2"]
    assert "Welcome" in words(welcome)
    assert as_now(app, ada) == ada  # the cursor and the next issue stay
    put("later", now + HOUR, tags=("x",))
    a_round(app, MONDAY)
    assert [keys(mail) for mail in mails()[1:]] == [["later"]]


def test_what_a_welcome_was_ahead_with_does_not_come_again(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", welcome=5)
    put("early", now + HOUR)  # public before the welcome goes out, after the cursor
    a_round(app, now + 2 * HOUR)
    put("late", now + 3 * HOUR)
    a_round(app, MONDAY)
    assert [keys(mail) for mail in mails()] == [["early"], ["late"]]


def test_a_welcome_to_an_empty_site_is_empty(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org", welcome=5)
    a_round(app, now)
    assert states(app, ada) == [("welcome", State.EMPTY)]
    put("a", now)
    a_round(app, MONDAY)
    assert [keys(mail) for mail in mails()] == [["a"]]


# ── Coming and going ─────────────────────────────────────────────────────────────────────────────


def pause(sql: Sql, reader: Subscriber, until: datetime | None) -> None:
    sql(update(tables.subscribers).where(tables.subscribers.c.id == reader.id).values(paused_until=until))


@pytest.mark.parametrize("how", ["left", "paused", "suppressed"])
def test_whoever_goes_before_the_attempt_gets_nothing(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, sql: Sql, how: str
) -> None:
    ada, bo = add("ada@example.org"), add("bo@example.org")
    put("a", now)
    planning.plan(app.store, app.post, MONDAY)
    if how == "left":
        with app.store.reading() as tx:
            assert tx.subscribers.get(ada.address).status is Status.ACTIVE
        token = app.signer.sign(Purpose.UNSUBSCRIBE, ada.id)
        subscribe.leave(app.store, app.signer, token, MONDAY)
    elif how == "paused":
        pause(sql, ada, MONDAY + DAY)
    else:
        sql(
            update(tables.subscribers)
            .where(tables.subscribers.c.id == ada.id)
            .values(status=Status.SUPPRESSED)
        )
    a_round(app, MONDAY)
    assert [mail["Delivered-To"] for mail in mails()] == [bo.address]
    expected = {"left": State.LEFT, "paused": State.EXPIRED, "suppressed": State.SUPPRESSED}[how]
    assert states(app, ada) == [("2026-W48", expected)]
    assert as_now(app, ada).cursor == 0


def test_a_pause_keeps_everything_for_afterwards(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, sql: Sql
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    pause(sql, ada, MONDAY + 10 * DAY)
    a_round(app, MONDAY)
    put("b", MONDAY)
    a_round(app, MONDAY + 7 * DAY)
    assert mails() == []
    for days in range(10, 16):
        a_round(app, MONDAY + days * DAY)
    assert [keys(mail) for mail in mails()] == [["b", "a"]]


def test_coming_back_after_leaving_begins_with_what_comes_then(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("missed", now)
    with app.store.transaction() as tx:
        tx.subscribers.leave(ada.id)
    put("missed too", now + HOUR)
    back = add("ADA@example.org", at=now + 2 * HOUR)
    assert (back.id, back.cursor, back.status) == (ada.id, 2, Status.ACTIVE)
    put("then", now + 3 * HOUR)
    a_round(app, MONDAY)
    assert [keys(mail) for mail in mails()] == [["then"]]


def test_an_item_that_comes_back_goes_to_those_only_who_have_not_had_it(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("weekly@example.org")
    add("monthly@example.org", digest="monthly")
    put("a", now)
    a_round(app, MONDAY)
    remove(app, "a", MONDAY + DAY)
    a_round(app, datetime(2026, 12, 1, 8, tzinfo=UTC))
    put("a", MONDAY + 9 * DAY)
    put("b", MONDAY + 9 * DAY)
    a_round(app, MONDAY + 14 * DAY)
    a_round(app, datetime(2027, 1, 1, 8, tzinfo=UTC))
    got = [(mail["Delivered-To"].split("@")[0], sorted(keys(mail))) for mail in mails()]
    assert got == [("weekly", ["a"]), ("weekly", ["b"]), ("monthly", ["a", "b"])]


def test_whoever_has_a_part_of_a_work_does_not_get_the_work_again(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("printed", now)
    a_round(app, MONDAY)
    add("bo@example.org", at=MONDAY)
    put("reprinted", MONDAY + HOUR)
    with app.store.reading() as tx:
        whole, part = (tx.items.get(key).slug for key in ("reprinted", "printed"))
    merge.merge(app.store, whole, part, MONDAY + 2 * HOUR, "one work")
    put("other", MONDAY + DAY)
    a_round(app, MONDAY + 7 * DAY)
    got = [(mail["Delivered-To"].split("@")[0], keys(mail)) for mail in mails()]
    assert got == [("ada", ["printed"]), ("ada", ["other"]), ("bo", ["other", "reprinted"])]


# ── Attempts ─────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """A process that ends here."""


class Fragile(Maildir):
    """A Maildir whose process ends at the n-th message, before or after it is written."""

    def __init__(self, folder: Path, nth: int, *, after: bool) -> None:
        super().__init__(folder)
        self._remaining, self._after = nth, after

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        self._remaining -= 1
        if not self._remaining and not self._after:
            raise Killed
        outcome = super().send(envelope, message)
        if not self._remaining:
            raise Killed
        return outcome


class Refusing(Maildir):
    """A Maildir that takes nothing for one address."""

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        if envelope.recipient.startswith("refused"):
            return Refused("no such mailbox")
        return super().send(envelope, message)


@pytest.mark.parametrize("after", [False, True], ids=["before writing", "after writing"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_attempt_whose_worker_died_goes_again_as_the_same_message_and_just_once(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, nth: int, after: bool
) -> None:
    readers = [add(f"{n}@example.org", any_tags=("x",) if n else ()) for n in range(3)]
    put("a", now, tags=("x",))
    put("b", now)
    fragile = replace(app.post, transport=Fragile(app.settings.mail.folder, nth, after=after))
    with pytest.raises(Killed):
        a_round(app, MONDAY, fragile)
    files = {file: file.read_bytes() for file in app.settings.mail.folder.glob("new/*")}
    assert len(files) == nth - (0 if after else 1)
    assert [state for who in readers for _, state in states(app, who)] == [State.ATTEMPTED] * 3
    # What happens meanwhile changes nothing: the same items go again.
    put("b", MONDAY, title="Title of another.")
    remove(app, "a", MONDAY)
    put("c", MONDAY, tags=("x",))
    again = replace(app.post, owner="another")
    assert a_round(app, MONDAY + HOUR, again).outcomes == Counter({State.ACCEPTED: 3})
    assert [sorted(keys(mail)) for mail in mails()] == [["a", "b"], ["a"], ["a"]]
    assert len({mail["Message-ID"] for mail in mails()}) == 3
    assert all(file.read_bytes() == content for file, content in files.items())
    assert {found.attempts for who in readers for found in deliveries(app, who)} == {2}
    assert {as_now(app, who).cursor for who in readers} == {2}
    a_round(app, MONDAY + 7 * DAY)
    assert [keys(mail) for mail in mails()[3:]] == [["c"]] * 3


def test_a_message_that_was_read_and_moved_meanwhile_is_not_put_there_again(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("a", now)
    with pytest.raises(Killed):
        a_round(app, MONDAY, replace(app.post, transport=Fragile(app.settings.mail.folder, 1, after=True)))
    (file,) = app.settings.mail.folder.glob("new/*")
    file.rename(app.settings.mail.folder / "cur" / f"{file.name}:2,S")
    assert a_round(app, MONDAY).outcomes == Counter({State.ACCEPTED: 1})
    assert len(mails()) == 1


def test_the_bytes_of_a_message_are_the_same_at_every_attempt(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    add("ada@example.org")
    put("a", now)
    with pytest.raises(Killed):
        a_round(app, MONDAY, replace(app.post, transport=Fragile(app.settings.mail.folder, 1, after=True)))
    (file,) = app.settings.mail.folder.glob("new/*")
    first = file.read_bytes()
    file.unlink()
    a_round(app, MONDAY + HOUR)
    assert [found.read_bytes() for found in app.settings.mail.folder.glob("new/*")] == [first]


def test_at_most_once_closes_an_attempt_without_an_outcome_as_uncertain(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada, bo = add("ada@example.org"), add("bo@example.org")
    put("a", now)
    once = replace(app.post, delivery=settings.Delivery(uncertain="at-most-once", group=1))
    fragile = replace(once, transport=Fragile(app.settings.mail.folder, 1, after=False))
    with pytest.raises(Killed):
        a_round(app, MONDAY, fragile)
    sent = a_round(app, MONDAY, replace(once, owner="another"))
    assert sent.outcomes == Counter({State.UNCERTAIN: 1, State.ACCEPTED: 1})
    assert [mail["Delivered-To"] for mail in mails()] == [bo.address]
    (known,) = deliveries(app, ada)
    assert (known.state, known.reason) == (State.UNCERTAIN, "no answer came back")
    assert as_now(app, ada).cursor == 1
    a_round(app, MONDAY + 7 * DAY, once)
    assert len(mails()) == 1


@pytest.mark.parametrize("step", [50, 70, 90, 130])
def test_at_most_once_holds_for_a_lease_that_ends_while_another_worker_is_at_work(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, step: int
) -> None:
    add("ada@example.org")
    put("a", now)
    once = replace(app.post, delivery=settings.Delivery(uncertain="at-most-once"))
    with pytest.raises(Killed):
        a_round(app, MONDAY, replace(once, transport=Fragile(app.settings.mail.folder, 1, after=True)))
    for file in app.settings.mail.folder.glob("new/*"):
        file.unlink()  # the reader has fetched it
    moments = iter(MONDAY + n * timedelta(seconds=step) for n in range(1000))
    other = replace(once, owner="another")
    send.send_due(app.store, other, lambda: next(moments), stopped=lambda: False)
    assert mails() == []


def test_a_deferred_message_goes_again_when_its_time_has_come(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    mailbox = app.settings.mail.folder
    mailbox.write_bytes(b"a file where a folder should be")
    assert a_round(app, MONDAY).outcomes == Counter({State.WAITING: 1})
    (known,) = deliveries(app, ada)
    assert (known.state, known.attempts, known.reason.startswith("the mailbox")) == (State.WAITING, 1, True)
    assert as_now(app, ada).cursor == 0
    mailbox.unlink()
    a_round(app, MONDAY + timedelta(minutes=1))
    assert mails() == []
    a_round(app, MONDAY + timedelta(minutes=20))
    assert [keys(mail) for mail in mails()] == [["a"]]
    assert as_now(app, ada).cursor == 1


def test_a_deferred_message_is_made_anew_of_what_there_is_then(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("stays", now)
    put("goes", now)
    mailbox = app.settings.mail.folder
    mailbox.write_bytes(b"a file where a folder should be")
    a_round(app, MONDAY)
    mailbox.unlink()
    # It was not taken: nobody has it, and what is gone is gone from issues not yet sent.
    remove(app, "goes", MONDAY)
    a_round(app, MONDAY + HOUR)
    assert [keys(mail) for mail in mails()] == [["stays"]]


def test_what_may_have_come_goes_as_it_was_also_after_a_try_that_was_deferred(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("stays", now)
    put("goes", now)
    mailbox = app.settings.mail.folder
    with pytest.raises(Killed):
        a_round(app, MONDAY, replace(app.post, transport=Fragile(mailbox, 1, after=True)))
    (came,) = mails()
    shutil.rmtree(mailbox)  # the reader has fetched it
    mailbox.write_bytes(b"a file where a folder should be")
    assert a_round(app, MONDAY + HOUR).outcomes == Counter({State.WAITING: 1})
    mailbox.unlink()
    remove(app, "goes", MONDAY + HOUR)
    a_round(app, MONDAY + DAY)
    (again,) = mails()
    assert again["Message-ID"] == came["Message-ID"]
    assert keys(again) == keys(came)


def test_what_could_not_be_sent_until_the_next_issue_flows_into_it(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org", digest="daily")
    put("a", now)
    mailbox = app.settings.mail.folder
    mailbox.write_bytes(b"a file where a folder should be")
    first = datetime(2026, 11, 21, 8, tzinfo=UTC)
    a_round(app, first)
    put("b", first + HOUR)
    a_round(app, first + DAY)  # the old one waits no more, the new one is deferred as well
    mailbox.unlink()
    a_round(app, first + DAY + HOUR)
    assert [keys(mail) for mail in mails()] == [["b", "a"]]
    assert states(app, ada) == [("2026-11-22", State.ACCEPTED), ("2026-11-21", State.EXPIRED)]


def test_a_refusal_leaves_the_cursor_and_keeps_nobody_else_back(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada, bo = add("refused@example.org"), add("bo@example.org")
    put("a", now)
    post = replace(app.post, transport=Refusing(app.settings.mail.folder))
    assert a_round(app, MONDAY, post).outcomes == Counter({State.REFUSED: 1, State.ACCEPTED: 1})
    assert (as_now(app, ada).cursor, as_now(app, bo).cursor) == (0, 1)
    assert states(app, ada) == [("2026-W48", State.REFUSED)]


class Slow(Maildir):
    """A Maildir whose first message takes until something has happened elsewhere."""

    def __init__(self, folder: Path, happens: Callable[[], bool]) -> None:
        super().__init__(folder)
        self._happens = happens
        self.waited: list[bool] = []

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        if not self.waited:
            self.waited.append(until(self._happens, PATIENCE_SECONDS))
        return super().send(envelope, message)


def test_more_is_claimed_while_messages_are_on_their_way(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    readers = [add(f"{n}@example.org") for n in range(30)]
    put("a", now)

    def all_are_claimed() -> bool:
        with app.store.reading() as tx:
            return State.WAITING not in tx.deliveries.counts()

    way = Slow(app.settings.mail.folder, all_are_claimed)
    a_round(app, MONDAY, replace(app.post, transport=way))
    assert way.waited == [True]
    assert len(mails()) == len(readers)


class Uneven(Maildir):
    """A Maildir with two connections, of which one has a message that takes far longer than a lease."""

    connections = 2

    def __init__(self, folder: Path, look: Callable[[], bool]) -> None:
        super().__init__(folder)
        self._look = look
        self.looks: list[bool] = []

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        if envelope.recipient == "slow@example.org":
            time.sleep(5)
        else:
            time.sleep(0.4)
            self.looks.append(self._look())
        return super().send(envelope, message)


def test_what_takes_longer_than_a_lease_is_held_on_to_while_others_come_and_go(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    slow, *_ = [add(f"{name}@example.org") for name in ("slow", *range(14))]
    put("a", now)
    began = time.monotonic()

    def clock() -> datetime:
        return MONDAY + timedelta(seconds=int(time.monotonic() - began))

    def another_takes_it() -> bool:
        with app.store.rehearsal() as tx:
            found = tx.deliveries.claim("another", 100, clock(), clock() + HOUR)
        return slow.id in {delivery.reader.id for delivery in found}

    way = Uneven(app.settings.mail.folder, another_takes_it)
    post = replace(app.post, transport=way, delivery=settings.Delivery(group=1, lease=timedelta(seconds=2)))
    release(app.store, MONDAY)
    send.send_due(app.store, post, clock, stopped=lambda: False)
    assert len(way.looks) == 14
    assert not any(way.looks)
    assert states(app, slow)[-1][1] is State.ACCEPTED


def test_a_stopped_worker_begins_no_further_group_and_the_rest_goes_later(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    for n in range(5):
        add(f"{n}@example.org")
    put("a", now)
    post = replace(app.post, delivery=settings.Delivery(group=2))
    release(app.store, MONDAY)
    report = send.send_due(app.store, post, lambda: MONDAY, stopped=lambda: len(mails()) > 0)
    assert (report.outcomes, len(mails())) == (Counter({State.ACCEPTED: 2}), 2)
    a_round(app, MONDAY)
    assert sorted(mail["Delivered-To"] for mail in mails()) == [f"{n}@example.org" for n in range(5)]


def test_a_worker_whose_site_another_has_taken_records_what_came_back(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    """As on a PostgreSQL that was started anew: without it, the other one would send the same again."""
    readers = [add(f"{n}@example.org") for n in range(60)]
    put("a", now)
    release(app.store, MONDAY)

    def taken() -> bool:
        if mails():
            raise SiteLocked("this site", "is being worked on by another feeder", "wait")
        return False

    with pytest.raises(SiteLocked):
        send.send_due(app.store, app.post, lambda: MONDAY, stopped=taken)
    sent = {each["Delivered-To"] for each in mails()}
    accepted = {
        reader.address for reader in readers for _, state in states(app, reader) if state == "accepted"
    }
    assert 0 < len(sent) < 60
    assert accepted == sent


def test_many_for_whom_there_is_nothing_keep_back_nobody_behind_them(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    for n in range(450):
        add(f"{n}@example.org", any_tags=("none",))
    add("last@example.org")
    put("a", now)
    assert a_round(app, MONDAY).outcomes == Counter({State.EMPTY: 450, State.ACCEPTED: 1})
    assert [mail["Delivered-To"] for mail in mails()] == ["last@example.org"]


# ── Two workers ──────────────────────────────────────────────────────────────────────────────────


def test_a_worker_that_lost_its_lease_does_not_change_which_items_another_sent(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    put("b", now)
    planning.plan(app.store, app.post, MONDAY)
    later = MONDAY + HOUR
    fragile = Fragile(app.settings.mail.folder, 1, after=True)
    other = replace(app.post, owner="another", transport=fragile)

    def slow_clock() -> datetime:
        """Stand still after the claim, until another worker has sent it and died before it could tell."""
        with app.store.reading() as tx:
            claimed = State.CLAIMED in tx.deliveries.counts()
        if claimed:
            with pytest.raises(Killed):
                send.send_due(app.store, other, lambda: later, stopped=lambda: False)
            remove(app, "b", later)
        return MONDAY

    send.send_due(app.store, app.post, slow_clock, stopped=lambda: False)
    a_round(app, later)
    assert [sorted(keys(mail)) for mail in mails()] == [["a", "b"]]
    (known,) = deliveries(app, ada)
    assert (known.state, known.items, known.attempts) == (State.ACCEPTED, 2, 2)
    with app.store.reading() as tx:
        both = [tx.items.get(key).id for key in ("a", "b")]
        assert tx.items.had([ada.id], both) == {ada.id: dict.fromkeys(both, MONDAY)}


def test_an_outcome_that_comes_after_the_lease_was_lost_is_not_recorded(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    later = MONDAY + HOUR

    class Slow(Maildir):
        def send(self, envelope: Envelope, message: Message) -> Outcome:
            other = replace(app.post, owner="another")
            send.send_due(app.store, other, lambda: later, stopped=lambda: False)
            return Refused("too late")

    release(app.store, MONDAY)
    slow = replace(app.post, transport=Slow(app.settings.mail.folder))
    send.send_due(app.store, slow, lambda: MONDAY, stopped=lambda: False)
    assert states(app, ada) == [("2026-W48", State.ACCEPTED)]
    assert len(mails()) == 1


# ── Digests that are not configured ──────────────────────────────────────────────────────────────


def test_a_digest_that_is_not_configured_any_more_is_named_and_keeps_nobody_else_back(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada, bo = add("ada@example.org"), add("bo@example.org", digest="daily", hour=8)
    put("a", now)
    post = replace(app.post, recipes={"daily": settings.DAILY})
    sent = a_round(app, MONDAY, post)
    assert [problem.thing for problem in sent.problems] == ["digest 'weekly'"]
    assert [mail["Delivered-To"] for mail in mails()] == []  # bo was late by two days, and waits
    a_round(app, MONDAY + DAY, post)
    assert [mail["Delivered-To"] for mail in mails()] == [bo.address]
    assert as_now(app, ada).next_issue_at == MONDAY


def test_an_attempt_of_a_digest_that_is_not_configured_any_more_keeps_nobody_else_back(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada, bo = add("ada@example.org"), add("bo@example.org", digest="monthly")
    put("a", now)
    with pytest.raises(Killed):
        a_round(app, MONDAY, replace(app.post, transport=Fragile(app.settings.mail.folder, 1, after=False)))
    post = replace(app.post, recipes={"monthly": settings.MONTHLY})
    a_round(app, datetime(2026, 12, 1, 8, tzinfo=UTC), post)
    assert [mail["Delivered-To"] for mail in mails()] == [bo.address]
    assert deliveries(app, ada)[0].state not in {State.CLAIMED, State.ATTEMPTED}


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def test_a_preview_shows_the_next_issue_and_changes_nothing(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, draft: Callable[..., Draft]
) -> None:
    ada = add("ada@example.org", any_tags=("x",))
    recipe = app.recipe("weekly")
    assert choosing.preview(app.store, app.post, recipe, ada, now) is None
    put("a", now, tags=("x",))
    apply(app.store, "told", [draft("b", tags=("x",)), draft("c")], Visit(now, now, announce=False))
    shown = choosing.preview(app.store, app.post, recipe, ada, MONDAY)
    assert shown is not None
    assert sorted(re.findall(r"Title of (\w+)\.", shown.text)) == ["a", "b"]
    assert "2026-W48" in shown.text
    assert (as_now(app, ada), deliveries(app, ada), mails()) == (ada, [], [])
    a_round(app, MONDAY)
    (mail,) = mails()
    assert words(mail).split() == shown.text.split()


def test_every_delivery_that_was_planned_is_in_one_state(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("fits@example.org")
    add("refused@example.org")
    add("empty@example.org", any_tags=("none",))
    left = add("left@example.org", welcome=1)
    put("a", now)
    post = replace(app.post, transport=Refusing(app.settings.mail.folder))
    planned, _ = planning.plan(app.store, app.post, MONDAY)
    with app.store.transaction() as tx:
        tx.subscribers.leave(left.id)
    sent = a_round(app, MONDAY, post)
    with app.store.reading() as tx:
        counts = tx.deliveries.counts()
    assert counts == {State.ACCEPTED: 1, State.REFUSED: 1, State.EMPTY: 1, State.LEFT: 1, State.EXPIRED: 1}
    assert sum(counts.values()) == planned + sent.planned + 1


def test_one_who_comes_back_is_welcomed_again(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    put("a", now)
    ada = add("ada@example.org", welcome=3)
    a_round(app, now)
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, ada.id), now)
    subscribe.come_back(app.store, ada.id, now)
    subscribe.answer(app.store, app.settings.signup, now)
    link = app.signer.sign(Purpose.CONFIRM, 1, end=now + 7 * DAY)
    signup = replace(app.settings.signup, welcome=3)
    subscribe.confirm(app.store, app.signer, app.settings.digests, signup, link, now)
    a_round(app, now)
    assert [mail["To"] for mail in mails()] == ["ada@example.org"] * 2


def test_a_reader_of_a_new_store_gets_mail_into_the_old_mailbox(
    app: App,
    changed: Callable[..., App],
    add: Add,
    put: Put,
    draft: Callable[..., Draft],
    mails: Mails,
    now: datetime,
) -> None:
    put("a", now)
    add("ada@example.org", welcome=3)
    a_round(app, now)
    fresh = changed(store=settings.StoreSettings(f"sqlite:///{app.settings.folder / 'fresh.db'}"))
    apply(fresh.store, "texts", [draft("a")], Visit(now, None, announce=False))
    release(fresh.store, now)
    wanted, recipe = Preferences("weekly", "UTC"), fresh.recipe("weekly")
    subscribe.add(fresh.store, "bo@example.org", wanted, recipe, now, reason="asked", welcome=3)
    a_round(fresh, now)
    assert {mail["To"] for mail in mails()} == {"ada@example.org", "bo@example.org"}
