"""Instant digests. Source: the delivery contract, 7."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from feeder.app import App
from feeder.model.deliveries import State
from feeder.model.subscribers import Subscriber
from feeder.workflows import planning, prefer, send
from feeder.workflows.release import release

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[EmailMessage]]

MINUTE = timedelta(minutes=1)


def sent(app: App, at: datetime) -> int:
    release(app.store, at)
    done = send.send_due(app.store, app.post, lambda: at, stopped=lambda: False)
    return done.outcomes[State.ACCEPTED]


@pytest.fixture
def ada(app: App, add: Add, put: Put, now: datetime) -> Subscriber:
    put("before", now)
    reader = add("ada@example.org", digest="instant")
    assert reader.next_issue_at is None
    assert sent(app, now) == 0
    return reader


@pytest.mark.usefixtures("ada")
def test_what_is_new_is_mailed_when_it_has_been_quiet_for_ten_minutes(
    app: App, put: Put, mails: Mails, now: datetime
) -> None:
    put("one", now + MINUTE)
    assert sent(app, now + MINUTE) == 0
    put("two", now + 8 * MINUTE)
    assert sent(app, now + 8 * MINUTE) == 0
    assert sent(app, now + 17 * MINUTE) == 0
    assert sent(app, now + 18 * MINUTE) == 1
    assert sent(app, now + 60 * MINUTE) == 0
    (mail,) = mails()
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Title of one." in body.get_content()
    assert "Title of two." in body.get_content()
    assert "Title of before." not in body.get_content()


@pytest.mark.usefixtures("ada")
def test_nothing_waits_for_longer_than_an_hour(app: App, put: Put, now: datetime) -> None:
    for minute in range(0, 60, 5):
        put(f"item{minute}", now + minute * MINUTE)
        assert sent(app, now + minute * MINUTE) == 0
    assert sent(app, now + 59 * MINUTE) == 0
    assert sent(app, now + 60 * MINUTE) == 1


def test_an_arrival_touches_no_row_of_a_reader(app: App, ada: Subscriber, put: Put, now: datetime) -> None:
    put("one", now + MINUTE)
    sent(app, now + MINUTE)
    with app.store.reading() as tx:
        assert tx.subscribers.get(ada.address) == ada


def test_what_does_not_fit_is_not_mailed_and_a_reader_of_another_pace_waits(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", digest="instant", any_tags=("ports",))
    add("bo@example.org", digest="daily")
    sent(app, now)
    put("one", now + MINUTE)
    sent(app, now + MINUTE)
    assert sent(app, now + 20 * MINUTE) == 0
    assert mails() == []
    put("two", now + 30 * MINUTE, tags=("ports",))
    sent(app, now + 30 * MINUTE)
    assert sent(app, now + 45 * MINUTE) == 1
    assert [mail["To"] for mail in mails()] == ["ada@example.org"]


def test_whoever_changes_to_another_pace_and_back_misses_nothing(
    app: App, ada: Subscriber, put: Put, mails: Mails, now: datetime
) -> None:
    recipes = app.settings.digests
    daily = replace(ada.preferences, digest="daily")
    changed = prefer.choose(app.store, recipes, ada, daily, now)
    assert changed.next_issue_at is not None
    put("one", now + MINUTE)
    assert sent(app, now + 30 * MINUTE) == 0
    changed = prefer.choose(app.store, recipes, changed, ada.preferences, now + 31 * MINUTE)
    assert changed.next_issue_at is None
    put("two", now + 40 * MINUTE)
    sent(app, now + 40 * MINUTE)
    assert sent(app, now + 50 * MINUTE) == 1
    (mail,) = mails()
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Title of one." in body.get_content()
    assert "Title of two." in body.get_content()


def test_whoever_has_an_issue_in_flight_gets_the_next_when_it_has_landed(
    app: App, ada: Subscriber, put: Put, mails: Mails, now: datetime
) -> None:
    put("one", now + MINUTE)
    sent(app, now + MINUTE)
    planning.plan(app.store, app.post, now + 11 * MINUTE)
    with app.store.transaction() as tx:
        (flying,) = tx.deliveries.claim("another", 1, now + 11 * MINUTE, now + 40 * MINUTE)
    put("two", now + 12 * MINUTE)
    sent(app, now + 12 * MINUTE)
    assert sent(app, now + 30 * MINUTE) == 0, "the first one is in flight"
    assert flying.reader.id == ada.id
    assert sent(app, now + 40 * MINUTE) == 2, "its lease has ended, and the next is planned"
    texts = "".join(str(mail.get_body(("plain",))) for mail in mails())
    assert texts.count("Title of one.") == texts.count("Title of two.") == 1
