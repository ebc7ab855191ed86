"""Leaving: one click for readers and mail programs, and nothing at all for scanners."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import httpx
import pytest

from feeder.app import App
from feeder.model.subscribers import Preferences, Status, Subscriber
from feeder.store import open_store
from feeder.tokens import Purpose
from feeder.workflows import subscribe

Ask = Callable[..., httpx.Response]
NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
STRANGERS = [
    "x",
    "AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg",
    "A" * 10_240,
    "%00",
    "..",
    "%F0%9F%92%A9",
    "%ff",
    "a b",
    "'--",
]


class Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"form", "button", "input"}:
            self.tags.append((tag, dict(attrs)))


@pytest.fixture
def reader(app: App) -> Subscriber:
    preferences = Preferences("weekly", "UTC")
    recipe = app.recipe("weekly")
    added = subscribe.add(app.store, "reader@example.net", preferences, recipe, NOW, reason="r", welcome=0)
    assert isinstance(added, Subscriber)
    return added


@pytest.fixture
def path(app: App, reader: Subscriber) -> str:
    return f"/unsubscribe/{app.signer.sign(Purpose.UNSUBSCRIBE, reader.id)}"


def now_of(app: App, reader: Subscriber) -> Subscriber:
    with app.store.reading() as tx:
        return tx.subscribers.get(reader.address)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_scanners_change_nothing(ask: Ask, app: App, reader: Subscriber, path: str, method: str) -> None:
    statuses = {ask(method, path).status_code for _ in range(100)}

    assert statuses == {405 if method == "OPTIONS" else 200}
    assert now_of(app, reader) == reader


def test_the_page_has_one_form_with_one_button(ask: Ask, path: str) -> None:
    answer = ask("GET", path)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    (form, form_attributes), (button, _) = Forms(answer.text).tags
    assert (form, button) == ("form", "button")
    assert form_attributes == {"method": "post"}


def test_a_page_that_was_only_looked_at_has_no_body(ask: Ask, path: str) -> None:
    got, looked = ask("GET", path), ask("HEAD", path)

    assert looked.content == b""
    assert looked.headers == got.headers


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"\xff" * 5000},
        {"json": {"no": "form"}},
    ],
    ids=["form", "multipart", "button", "bytes", "json"],
)
def test_one_click_leaves(ask: Ask, app: App, reader: Subscriber, path: str, body: dict[str, object]) -> None:
    answer = ask("POST", path, **body)

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    left = now_of(app, reader)
    assert (left.status, left.next_issue_at) == (Status.LEFT, None)


def test_leaving_twice_changes_nothing_more(ask: Ask, app: App, reader: Subscriber, path: str) -> None:
    first, second = ask("POST", path), ask("POST", path)

    assert first.content == second.content
    assert now_of(app, reader).status is Status.LEFT


def test_only_the_bearer_leaves(ask: Ask, app: App, reader: Subscriber, path: str) -> None:
    preferences, recipe = reader.preferences, app.recipe("weekly")
    other = subscribe.add(app.store, "other@example.net", preferences, recipe, NOW, reason="r", welcome=0)
    assert isinstance(other, Subscriber)

    ask("POST", path)

    assert now_of(app, other).status is Status.ACTIVE


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda token: token[:12])
def test_known_and_unknown_tokens_get_the_same_answers(
    ask: Ask, app: App, reader: Subscriber, path: str, stranger: str
) -> None:
    unknown = f"/unsubscribe/{stranger}" if stranger != ".." else "/unsubscribe/.%2E."

    seen = [ask(method, there) for method in ("GET", "POST") for there in (unknown, path)]

    assert [answer.status_code for answer in seen] == [200] * 4
    assert (seen[0].content, seen[2].content) == (seen[1].content, seen[3].content)
    assert (seen[0].headers, seen[2].headers) == (seen[1].headers, seen[3].headers)


def test_a_stranger_leaves_nobody_out(ask: Ask, app: App, reader: Subscriber) -> None:
    for stranger in STRANGERS:
        ask("POST", f"/unsubscribe/{stranger}")

    assert now_of(app, reader) == reader


def test_a_token_for_a_reader_who_was_never_there_is_answered_alike(ask: Ask, app: App, path: str) -> None:
    token = app.signer.sign(Purpose.UNSUBSCRIBE, 2**62)

    assert ask("POST", f"/unsubscribe/{token}").content == ask("POST", path).content


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(ask: Ask, app: App, reader: Subscriber, path: str, method: str) -> None:
    answer = ask(method, path, data=ONE_CLICK)

    assert answer.status_code == 405
    assert now_of(app, reader) == reader


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_refused_method_is_told_which_are_not(ask: Ask, path: str, method: str) -> None:
    # RFC 9110, 15.5.6: a 405 MUST say what is allowed.
    allowed = ask(method, path).headers.get("allow", "")

    assert {name.strip() for name in allowed.split(",")} == {"GET", "HEAD", "POST"}


class TestWhileTheStoreIsLocked:
    @pytest.fixture
    def locked(self, app: App, reader: Subscriber, path: str) -> Iterator[None]:
        app.store.close()
        app.store = open_store(app.settings.store.url, app.space, timedelta(milliseconds=50))
        with closing(sqlite3.connect(app.settings.folder / "feeder.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @pytest.mark.usefixtures("locked")
    def test_mail_programs_are_asked_to_try_again(self, ask: Ask, path: str) -> None:
        answer = ask("POST", path, data=ONE_CLICK)

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.usefixtures("locked")
    def test_the_page_is_still_shown(self, ask: Ask, path: str) -> None:
        assert ask("GET", path).status_code == 200

    def test_the_next_try_is_taken(self, ask: Ask, app: App, reader: Subscriber, path: str) -> None:
        with closing(sqlite3.connect(app.settings.folder / "feeder.db")) as other:
            app.store.close()
            app.store = open_store(app.settings.store.url, app.space, timedelta(milliseconds=50))
            other.execute("BEGIN IMMEDIATE")
            assert ask("POST", path).status_code == 503
            other.rollback()

        assert ask("POST", path).status_code == 200
        assert now_of(app, reader).status is Status.LEFT


def test_the_pages_are_kept_by_nobody(ask: Ask, path: str) -> None:
    for answer in (ask("GET", path), ask("HEAD", path), ask("POST", path)):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}


def test_no_answer_repeats_the_token(ask: Ask, path: str) -> None:
    token = path.rpartition("/")[2]
    answers: list[httpx.Response] = [ask("GET", path), ask("POST", path)]

    assert [token in answer.text for answer in answers] == [False, False]


def test_whoever_asks_as_nobody_gets_a_proof_and_takes_nobody_off(
    ask: Ask, app: App, reader: Subscriber
) -> None:
    token = app.signer.sign(Purpose.PROBE, 0, end=NOW)
    others = app.signer.sign(Purpose.PROBE, 0, end=NOW + timedelta(minutes=1))

    answer = ask("POST", f"/unsubscribe/{token}", data=ONE_CLICK)

    assert (answer.status_code, answer.text) == (200, app.signer.proof(token))
    assert answer.text != app.signer.proof(others)
    assert "no-store" in answer.headers["cache-control"]
    assert now_of(app, reader).status is Status.ACTIVE


def test_a_look_at_a_probe_shows_a_button_as_any_other(ask: Ask, app: App) -> None:
    token = app.signer.sign(Purpose.PROBE, 0, end=NOW)

    assert ask("GET", f"/unsubscribe/{token}").text == ask("GET", "/unsubscribe/x").text
