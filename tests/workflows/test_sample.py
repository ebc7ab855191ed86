"""A sample of an issue: one mail to one address, of which nothing is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from feeder.app import App
from feeder.errors import ConfigurationError, NotFound
from feeder.model.deliveries import Accepted
from feeder.model.subscribers import Cause, Subscriber
from feeder.store import tables
from feeder.tokens import Purpose
from feeder.workflows import sample, subscribe, suppress

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[EmailMessage]]

HOUR = timedelta(hours=1)


def send(app: App, address: str, now: datetime, digest: str = "weekly") -> None:
    outcome = sample.send_sample(app.store, app.post, app.recipe(digest), address, now)
    assert isinstance(outcome, Accepted)


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_sample_leaves_nothing_in_the_ledger(
    app: App, add: Add, put: Put, mails: Mails, sql: Callable[..., list[tuple[int]]], now: datetime
) -> None:
    reader = add("ada@example.org")
    put("a", now + HOUR)
    send(app, "ada@example.org", now + HOUR)
    assert len(mails()) == 1
    for table in (tables.deliveries, tables.contents, tables.choices, tables.letters):
        assert sql(select(func.count()).select_from(table))[0][0] == 0
    with app.store.reading() as tx:
        assert tx.subscribers.get(reader.address) == reader


def test_a_sample_has_no_copy_on_the_web_however_many_items_it_has(
    app: App, put: Put, mails: Mails, now: datetime
) -> None:
    for number in range(12):
        put(f"n{number}", now, note="<p>Long.</p>" * 2_000)
    send(app, "boss@example.org", now)
    page = html_of(mails()[0])
    assert "copy/" not in page
    assert mails()[0]["Archived-At"] is None


def test_each_sample_is_a_mail_of_its_own(app: App, put: Put, mails: Mails, now: datetime) -> None:
    put("a", now)
    for minutes in (0, 1):
        send(app, "boss@example.org", now + timedelta(minutes=minutes))
    assert len({mail["Message-ID"] for mail in mails()}) == 2


def test_the_links_of_a_stranger_are_nobodys(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("a", now)
    send(app, "boss@example.org", now)
    page = html_of(mails()[0])
    assert "https://spans.example/unsubscribe/test" in page
    assert "https://spans.example/preferences/test" in page
    subscribe.leave(app.store, app.signer, "test", now)
    assert app.signer.verify(Purpose.PREFERENCES, "test") is None


def test_who_has_left_or_must_not_be_mailed_gets_no_sample(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    put("a", now)
    reader = add("left@example.org")
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, reader.id), now)
    suppress.suppress(app.store, "stranger@example.org", Cause.COMPLAINT, "", now)
    for address in ("left@example.org", "STRANGER@example.org"):
        with pytest.raises(ConfigurationError, match="must not be mailed"):
            send(app, address, now)
    with pytest.raises(ConfigurationError):
        send(app, "no address", now)
    assert mails() == []


def test_a_site_without_items_has_no_sample(app: App, now: datetime) -> None:
    with pytest.raises(NotFound, match="an item for the weekly digest"):
        send(app, "boss@example.org", now)
