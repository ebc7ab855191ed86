"""Links are secrets: no page shows one that opens more than the one that led there, and no log tells of any."""

import logging
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import httpx
import pytest

from feeder.app import App
from feeder.model.changes import Visit
from feeder.model.items import Draft, Kind
from feeder.model.subscribers import Preferences, Subscriber
from feeder.store import open_store
from feeder.subscribers import optin
from feeder.tokens import Purpose
from feeder.workflows import letters, prefer, send, subscribe, suppress
from feeder.workflows.collect import apply
from feeder.workflows.release import release

Ask = Callable[..., httpx.Response]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
ADDRESS = "unmistakable@example.net"
PLAIN = {"scope": "all", "kind": ["piece", "appearance"], "digest": "weekly"}


@pytest.fixture
def reader(app: App) -> Subscriber:
    """A reader for whom there is something new."""
    wanted = Preferences("weekly", "UTC")
    added = subscribe.add(app.store, ADDRESS, wanted, app.recipe("weekly"), NOW - DAY, reason="r", welcome=0)
    assert isinstance(added, Subscriber)
    draft = Draft("a", Kind.PIECE, "Der Kran", "s", tags=("x",))
    apply(app.store, "told", [draft], Visit(NOW - HOUR, NOW - 2 * HOUR, announce=False))
    release(app.store, NOW - HOUR)
    return added


@pytest.fixture
def mailed(app: App, reader: Subscriber) -> dict[str, str]:
    """The link of each kind, as it stood in a mail: its path, by the page."""
    subscribe.ask(
        app.store,
        subscribe.Wanted("new@example.net", reader.preferences, "subscribe", "Yes.", "", b""),
        NOW,
    )
    prefer.choose(app.store, app.settings.digests, reader, replace(reader.preferences, hour=7), NOW)
    prefer.ask_for_account(app.store, reader, NOW)
    subscribe.answer(app.store, app.settings.signup, NOW)
    assert letters.send(app.store, app.post, lambda: NOW, stopped=lambda: False) == []
    found = dict(re.findall(r"(/(\w+)/[\w-]{30,})", all_mail(app)))
    by_page = {page: path for path, page in found.items()}
    assert set(by_page) == {"confirm", "undo", "preferences", "account", "unsubscribe"}
    return by_page


def all_mail(app: App) -> str:
    """Return the texts of all mails."""
    files = sorted(app.settings.mail.folder.glob("new/*"))
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    bodies = [mail.get_body(("plain",)) for mail in mails]
    return "\n".join(body.get_content() for body in bodies if body is not None)


def opened(app: App, page: str) -> set[Purpose]:
    """Return what the links on a page are for."""
    found = set(re.findall(r"[A-Za-z0-9_-]{30,64}", page))
    return {purpose for purpose in Purpose for token in found if app.signer.verify(purpose, token)}


@pytest.mark.parametrize(
    ("page", "fields", "may"),
    [
        ("subscribe", None, {Purpose.FORM}),
        ("subscribe", {"address": "nowhere"}, {Purpose.FORM}),
        ("subscribe", {"address": "a@gmial.com"}, {Purpose.FORM}),
        ("subscribe", {"address": ADDRESS}, set()),
        ("unsubscribe", None, set()),
        ("unsubscribe", {}, set()),
        ("unsubscribe", {"do": "return"}, set()),
        ("confirm", None, set()),
        ("confirm", {}, {Purpose.PREFERENCES}),
        ("preferences", None, {Purpose.PREFERENCES, Purpose.UNSUBSCRIBE}),
        ("preferences", {**PLAIN, "hour": "5"}, {Purpose.PREFERENCES, Purpose.UNSUBSCRIBE}),
        ("preferences", {**PLAIN, "do": "find"}, {Purpose.PREFERENCES, Purpose.UNSUBSCRIBE}),
        ("preferences", {"do": "account"}, set()),
        ("preferences", {"do": "return"}, set()),
        ("preferences/preview", None, {Purpose.PREFERENCES, Purpose.UNSUBSCRIBE}),
        ("undo", None, set()),
        ("undo", {}, {Purpose.PREFERENCES}),
        ("account", None, {Purpose.ACCOUNT}),
        ("account", {"do": "move", "address": "x@example.org"}, set()),
        ("account", {"do": "move", "address": "x"}, {Purpose.ACCOUNT}),
        ("account", {"do": "erase"}, {Purpose.ACCOUNT}),
        ("account", {"do": "erase", "sure": "1"}, set()),
        ("account", {"do": "revoke"}, set()),
        ("account/data.json", None, set()),
    ],
)
def test_no_page_shows_a_link_that_opens_more_than_its_own(
    app: App, ask: Ask, mailed: dict[str, str], page: str, fields: dict[str, str] | None, may: set[Purpose]
) -> None:
    first, _, rest = page.partition("/")
    path = "/subscribe" if first == "subscribe" else "/".join([mailed[first], rest]).rstrip("/")
    answer = ask("GET", path) if fields is None else ask("POST", path, data=fields)
    assert answer.status_code in (200, 422)
    assert opened(app, answer.text) == may


def test_what_a_link_opened_is_not_told_when_it_opens_nothing_any_more(
    app: App, ask: Ask, reader: Subscriber, mailed: dict[str, str]
) -> None:
    suppress.erase(app.store, ADDRESS, None, NOW)
    for page in ("preferences", "account", "undo"):
        for method in ("GET", "POST"):
            answer = ask(method, mailed[page])
            assert answer.status_code == 410
            assert opened(app, answer.text) == set()
            assert ADDRESS not in answer.text


def test_each_link_of_a_mail_is_one_that_works_until_its_time_is_over(
    app: App, ask: Ask, mailed: dict[str, str]
) -> None:
    assert {page: ask("GET", path).status_code for page, path in mailed.items()} == dict.fromkeys(mailed, 200)
    end = {Purpose.CONFIRM: optin.CONFIRM_WITHIN, Purpose.UNDO: optin.UNDO_WITHIN}
    for page, path in mailed.items():
        purpose = Purpose[page.upper()]
        claim = app.signer.verify(purpose, path.rpartition("/")[2])
        assert claim is not None
        expected = {Purpose.ACCOUNT: optin.ACCOUNT_WITHIN, **end}.get(purpose)
        assert claim.end == (NOW + expected if expected else None)


def test_whatever_links_stand_in_our_mails_following_them_does_nothing(
    app: App, ask: Ask, reader: Subscriber, mailed: dict[str, str]
) -> None:
    prefer.ask_to_move(app.store, reader, "other@example.net", NOW, b"")
    subscribe.ask(app.store, subscribe.Wanted(ADDRESS, reader.preferences, "subscribe", "Yes.", "", b""), NOW)
    subscribe.answer(app.store, app.settings.signup, NOW)
    letters.send(app.store, app.post, lambda: NOW, stopped=lambda: False)
    later = NOW + 8 * DAY
    report = send.send_due(app.store, app.post, lambda: later, stopped=lambda: False)
    send.send_due(app.store, app.post, lambda: later + DAY, stopped=lambda: False)
    links = {path for path, _ in re.findall(r"(/(\w+)/[\w-]{30,})", all_mail(app))}
    assert report.problems == []
    assert {link.split("/")[1] for link in links} >= set(mailed)
    before = held(app)
    for link in links:
        for method in ("GET", "HEAD"):
            assert {ask(method, link).status_code for _ in range(10)} == {200}, link
    assert held(app) == before


def held(app: App) -> tuple[list[str], dict[str, bytes]]:
    """Return all that stands in the database, and all mail."""
    with closing(sqlite3.connect(app.settings.folder / "feeder.db")) as database:
        rows = list(database.iterdump())
    return rows, {
        file.name: file.read_bytes() for file in app.settings.mail.folder.rglob("*") if file.is_file()
    }


# ── Logs ─────────────────────────────────────────────────────────────────────────────────────────


def test_no_log_tells_a_link_or_an_address(
    app: App, ask: Ask, mailed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "feeder")
    for path in (*mailed.values(), "/subscribe"):
        for method in ("GET", "POST", "PUT"):
            ask(method, path, data={"address": ADDRESS, "sure": "1"} if method == "POST" else {})
    assert_quiet(caplog, mailed)


def test_a_failure_tells_no_link_either(
    app: App, ask: Ask, mailed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "feeder")
    app.store.close()
    app.store = open_store(app.settings.store.url, app.space, timedelta(milliseconds=50))
    with closing(sqlite3.connect(app.settings.folder / "feeder.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        for page in ("confirm", "undo", "unsubscribe"):
            answer = ask("POST", mailed[page])
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
    assert [record.exc_info for record in caplog.records] == [None] * 3, "one line each"
    assert_quiet(caplog, mailed)


def assert_quiet(caplog: pytest.LogCaptureFixture, mailed: dict[str, str]) -> None:
    formatter = logging.Formatter("%(message)s")
    said = "\n".join(f"{formatter.format(record)} {vars(record)}" for record in caplog.records)
    for path in mailed.values():
        assert path.rpartition("/")[2] not in said
    assert "unmistakable" not in said
