"""GET and HEAD change nothing, on any route, with real links, in every state of a reader."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from feeder.app import App
from feeder.model.changes import New
from feeder.model.digests import Rendered
from feeder.model.items import Draft, Kind
from feeder.model.subscribers import Ask as Asking
from feeder.model.subscribers import Cause, Preferences, Status, Subscriber
from feeder.subscribers import optin
from feeder.tokens import Purpose
from feeder.web import routes
from feeder.web.desk import Desk
from feeder.workflows import letters, prefer, subscribe, suppress

Ask = Callable[..., httpx.Response]

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
TIMES = 5
"""How often a robot looks; `stories/test_robots.py` has one look a hundred times, at the service itself."""


def everything(app: App) -> list[str]:
    """Return all that a site holds: every row of its database, and all mail."""
    file = app.settings.store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as database:
        held = list(database.iterdump())
    mail = app.settings.mail.folder
    return held + [f"{path} {path.read_bytes()!r}" for path in sorted(mail.rglob("*")) if path.is_file()]


@pytest.fixture
def reader(app: App) -> Subscriber:
    wanted = Preferences("weekly", "UTC")
    added = subscribe.add(
        app.store, "reader@example.net", wanted, app.recipe("weekly"), NOW, reason="r", welcome=0
    )
    assert isinstance(added, Subscriber)
    return added


def links(app: App, reader: Subscriber) -> dict[str, str]:
    """Return a working link for every route, by the path of the route."""
    sign, end = app.signer.sign, NOW + DAY
    with app.store.transaction() as tx:
        asked = tx.requests.add(
            Asking.JOIN, reader.address, NOW, end, subscriber=reader.id, wish=reader.preferences
        )
        tx.requests.mailed(asked, reader.id, NOW)
    prefer.choose(app.store, app.settings.digests, reader, replace(reader.preferences, hour=7), NOW)
    with app.store.reading() as tx:
        (choice,) = tx.choices.of(reader.id)
    with app.store.transaction() as tx:
        told = tx.items.apply("told", [New(Draft("a", Kind.PIECE, "A", "A"), "f", NOW, announced=True)])
        tx.issues.welcome(reader.id, "weekly", 1, 0, NOW)
        (delivery,) = tx.deliveries.claim("me", 1, NOW, end)
        content = tx.contents.add("k", Rendered("Subject", "Text", "<p>Text</p>"), [told["a"]])
        tx.deliveries.attempt({delivery: content}, "me", NOW, end)
    copy = sign(Purpose.COPY, delivery.id, reader.links)
    preferences = sign(Purpose.PREFERENCES, reader.id, reader.links)
    account = sign(Purpose.ACCOUNT, reader.id, reader.links, end)
    return {
        "/subscribe": "/subscribe?tag=x&language=de&address=a%40example.org&sure=1",
        "/confirm/{token}": f"/confirm/{sign(Purpose.CONFIRM, asked, reader.links, end)}",
        "/preferences/{token}": f"/preferences/{preferences}?do=save&digest=daily",
        "/preferences/{token}/preview": f"/preferences/{preferences}/preview",
        "/undo/{token}": f"/undo/{sign(Purpose.UNDO, choice.id, reader.links, NOW + optin.UNDO_WITHIN)}",
        "/unsubscribe/{token}": f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, reader.id)}",
        "/copy/{token}": f"/copy/{copy}",
        "/copy/{token}/all": f"/copy/{copy}/all",
        "/account/{token}": f"/account/{account}?do=erase&sure=1",
        "/account/{token}/data.json": f"/account/{account}/data.json",
        "/healthz": "/healthz",
        "/readyz": "/readyz",
        "/metrics": "/metrics",
    }


def pending(app: App, reader: Subscriber) -> None:
    with app.store.transaction() as tx:
        tx.subscribers.erase(reader.id)
        tx.subscribers.add_pending("reader@example.net", reader.preferences, NOW)


def left(app: App, reader: Subscriber) -> None:
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, reader.id), NOW)


def suppressed(app: App, reader: Subscriber) -> None:
    suppress.suppress(app.store, reader.address, Cause.BOUNCE, "550", NOW)


def erased(app: App, reader: Subscriber) -> None:
    suppress.erase(app.store, reader.address, None, NOW)


def as_it_is(app: App, reader: Subscriber) -> None:
    pass


STATES = {"active": as_it_is, "left": left, "suppressed": suppressed, "erased": erased, "pending": pending}


def test_every_route_has_an_example_here(app: App, reader: Subscriber) -> None:
    assert set(links(app, reader)) == {route.path for route in routes.own(Desk(app, lambda _: None))}


def test_every_example_works_while_its_reader_is_active(app: App, reader: Subscriber, ask: Ask) -> None:
    statuses = {route: ask("GET", path).status_code for route, path in links(app, reader).items()}
    assert statuses == dict.fromkeys(statuses, 200)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_looking_changes_nothing(
    app: App, ask: Ask, reader: Subscriber, state: Callable[[App, Subscriber], None]
) -> None:
    paths = links(app, reader)
    state(app, reader)
    before = everything(app)
    for path in paths.values():
        for method in ("GET", "HEAD"):
            statuses = {ask(method, path).status_code for _ in range(TIMES)}
            assert len(statuses) == 1
            assert statuses <= {200, 404, 410}, path
    assert everything(app) == before


def test_the_links_of_all_our_mails_do_nothing_by_themselves(app: App, reader: Subscriber, ask: Ask) -> None:
    paths = links(app, reader)
    prefer.ask_for_account(app.store, reader, NOW)
    prefer.ask_to_move(app.store, reader, "new@example.net", NOW, b"")
    subscribe.answer(app.store, app.settings.signup, NOW)
    assert letters.send(app.store, app.post, lambda: NOW, stopped=lambda: False) == []
    before = everything(app)
    for path in paths.values():
        for _ in range(TIMES):
            ask("HEAD", path)
    assert everything(app) == before
    with app.store.reading() as tx:
        found = tx.subscribers.get(reader.address)
    assert found.status is Status.ACTIVE


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_answered(app: App, ask: Ask, reader: Subscriber, method: str) -> None:
    paths = links(app, reader)
    before = everything(app)
    assert {ask(method, path).status_code for path in paths.values()} == {405}
    assert everything(app) == before


def test_no_answer_redirects_sets_a_cookie_or_may_run_a_script(
    app: App, ask: Ask, reader: Subscriber
) -> None:
    for path in links(app, reader).values():
        for method in ("GET", "POST"):
            answer = ask(method, path)
            assert not 300 <= answer.status_code < 400, path
            assert "set-cookie" not in answer.headers
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert "<script" not in answer.text
            assert answer.status_code == 405 or answer.headers["cache-control"] == "no-store"


def test_what_a_page_shows_is_escaped(app: App, ask: Ask, reader: Subscriber) -> None:
    evil = '"><script>alert(1)</script>'
    token = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
    form = {"do": "find", "search": evil, "scope": "some", "tag": evil, "kind": "piece", "pause": evil}
    answers = [
        ask("GET", "/subscribe", params={"tag": evil, "address": evil, "digest": evil, "language": evil}),
        ask("POST", "/subscribe", data={"address": evil, "at": evil}),
        ask("POST", "/subscribe", data={"address": "a@gmial.com", "meant": evil, "form": evil}),
        ask("POST", f"/preferences/{token}", data=form),
    ]
    for answer in answers:
        assert "<script" not in answer.text
        assert answer.status_code in (200, 422)


def test_a_number_or_a_day_that_no_form_has_is_passed_over(app: App, ask: Ask, reader: Subscriber) -> None:
    token = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
    for value in ("9" * 10_000, "-1", "24", "²", "٣", "9999-12-31", "0001-01-01", "2026-02-30"):
        form = {"do": "save", "kind": ["piece", "appearance"], "hour": value, "week": value, "pause": value}
        assert ask("POST", f"/preferences/{token}", data=form).status_code == 200
    with app.store.reading() as tx:
        assert tx.subscribers.get(reader.address).preferences == reader.preferences


@pytest.fixture(autouse=True)
def _closed(app: App) -> Iterator[None]:
    yield
    app.store.close()
