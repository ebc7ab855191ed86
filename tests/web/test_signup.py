"""Signing up: whoever asks is told the same, and robots get little."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from feeder.app import App
from feeder.model.subscribers import Cause, Preferences, Status, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import letters, prefer, subscribe, suppress
from tests.web.conftest import asking, with_settings

Ask = Callable[..., httpx.Response]

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)


def told(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Return all of an answer by which two can be told apart."""
    return (
        answer.status_code,
        {name: value for name, value in answer.headers.items() if name != "date"},
        answer.text,
    )


def asked(app: App) -> list[str]:
    """Return the addresses for which was asked, and nobody has decided yet."""
    with app.store.transaction() as tx:
        return [request.address for request in tx.requests.unanswered(100)]


def add(app: App, address: str) -> Subscriber:
    wanted = Preferences("weekly", "UTC")
    reader = subscribe.add(app.store, address, wanted, app.recipe("weekly"), NOW, reason="r", welcome=0)
    assert isinstance(reader, Subscriber)
    return reader


def stamp(app: App, age: timedelta) -> str:
    return app.signer.sign(Purpose.FORM, 0, end=datetime.now(UTC) - age)


def test_whoever_asks_is_told_the_same(app: App, ask: Ask) -> None:
    add(app, "active@example.org")
    left = add(app, "left@example.org")
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, left.id), NOW)
    suppress.suppress(app.store, "complained@example.org", Cause.COMPLAINT, "", NOW)
    add(app, "bounced@example.org")
    suppress.suppress(app.store, "bounced@example.org", Cause.BOUNCE, "550", NOW)
    add(app, "erased@example.org")
    suppress.erase(app.store, "erased@example.org", None, NOW)
    with app.store.transaction() as tx:
        tx.subscribers.add_pending("pending@example.org", left.preferences, NOW)
    names = ["unknown", "active", "left", "complained", "bounced", "erased", "pending"]
    answers = {
        f"{name} {times}": told(ask("POST", "/subscribe", data={"address": f"{name}@example.org"}))
        for times in ("once", "twice")
        for name in names
    }
    answers["robot"] = told(ask("POST", "/subscribe", data={"address": "r@example.org", "website": "x"}))
    (first, *others) = answers.values()
    assert first[0] == 200
    assert "Please look into your mailbox" in first[2]
    assert all(other == first for other in others)
    assert "r@example.org" not in asked(app)


def test_nothing_is_decided_before_the_answer_is_given(app: App, ask: Ask) -> None:
    add(app, "active@example.org")
    for name in ("unknown", "active"):
        ask("POST", "/subscribe", data={"address": f"{name}@example.org"})
    assert asked(app) == ["unknown@example.org", "active@example.org"]
    with app.store.reading() as tx:
        assert tx.subscribers.find("unknown@example.org") is None
    assert letters.send(app.store, app.post, lambda: NOW, stopped=lambda: False) == []
    assert not app.settings.mail.folder.exists()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "a@b@c.org",
        "a@exa mple.org",
        "x" * 300 + "@a.org",
    ],
)
def test_what_is_no_address_is_said_to_be_none(app: App, ask: Ask, address: str) -> None:
    answer = ask("POST", "/subscribe", data={"address": address})
    assert answer.status_code == 422
    assert "This is no address that mail can be sent to" in answer.text
    assert asked(app) == []


def test_a_likely_slip_is_asked_back_once(app: App, ask: Ask) -> None:
    form = {"address": "ada@gmial.com"}
    answer = ask("POST", "/subscribe", data=form)
    assert 'value="ada@gmail.com"' in answer.text
    assert asked(app) == []
    ask("POST", "/subscribe", data={**form, "sure": "1"})
    ask("POST", "/subscribe", data={**form, "sure": "1", "meant": "ada@gmail.com"})
    assert asked(app) == ["ada@gmial.com", "ada@gmail.com"]


def test_a_form_that_comes_back_at_once_or_never_was_ours_is_asked_for_once_more(app: App, ask: Ask) -> None:
    for at in (stamp(app, -SECOND), stamp(app, timedelta(days=2)), "", "x", "A" * 5000):
        answer = ask("POST", "/subscribe", data={"address": "ada@example.org", "at": at})
        assert "press the button once more" in answer.text
        assert 'value="ada@example.org"' in answer.text
    assert asked(app) == []
    ask("POST", "/subscribe", data={"address": "ada@example.org", "at": stamp(app, 3 * SECOND)})
    assert asked(app) == ["ada@example.org"]


def test_the_form_of_another_site_needs_nothing_but_an_address(app: App, ask: Ask) -> None:
    page = ask("GET", "/subscribe").text
    assert "&lt;form method=" in page
    ask(
        "POST",
        "/subscribe",
        data={"address": "ada@example.org"},
        headers={"Origin": "https://another.example"},
    )
    with app.store.transaction() as tx:
        (request,) = tx.requests.unanswered(10)
    assert request.form == "https://another.example: subscribe"
    assert request.wording.startswith("Yes, send me the digest of Ada & Bridges")


def test_one_network_may_ask_so_often(app: App, ask: Ask) -> None:
    for number in range(app.settings.signup.per_network):
        answer = ask("POST", "/subscribe", data={"address": f"a{number}@example.org"})
        assert answer.status_code == 200
    answer = ask("POST", "/subscribe", data={"address": "b@example.org"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert ask("GET", "/subscribe").status_code == 200
    assert "b@example.org" not in asked(app)


def test_in_a_flood_the_form_says_that_it_is_closed(app: App) -> None:
    with with_settings(app, "signup", most=2) as small:
        ask = asking(small)
        for name in ("one", "two"):
            assert ask("POST", "/subscribe", data={"address": f"{name}@example.org"}).status_code == 200
            subscribe.answer(small.store, small.settings.signup, datetime.now(UTC))
        answer = ask("POST", "/subscribe", data={"address": "ada@example.org"})
    assert answer.status_code == 503
    assert "nobody can sign up for the moment" in answer.text
    assert asked(app) == []


def test_a_site_that_wants_none_has_no_form(app: App) -> None:
    with with_settings(app, "signup", open=False) as closed:
        for method in ("GET", "POST"):
            assert asking(closed)(method, "/subscribe").status_code == 404
    assert asked(app) == []


@pytest.mark.parametrize("body", [b"a=" + b"x" * 300_000, b"a=1&" * 100_000])
def test_a_form_that_is_too_large_is_refused(app: App, ask: Ask, body: bytes) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("POST", "/subscribe", content=body, headers=kind).status_code == 413
    assert asked(app) == []


@pytest.mark.parametrize(
    "body", [b"a=1&" * 30_000, b"address=%ff%fe", b"\xff\xfe", b"address", b"&&&==", b""]
)
def test_nonsense_is_no_address(app: App, ask: Ask, body: bytes) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("POST", "/subscribe", content=body, headers=kind).status_code == 422
    assert asked(app) == []


# ── The button in the letter ─────────────────────────────────────────────────────────────────────


def confirmation(app: App, reader: Subscriber | None, address: str) -> str:
    """Ask for an address, or to move a reader there; return the path of the link that confirms it."""
    wanted = subscribe.Wanted(address, Preferences("weekly", "UTC"), "subscribe", "Yes.", "", b"")
    if reader is None:
        subscribe.ask(app.store, wanted, NOW)
    else:
        prefer.ask_to_move(app.store, reader, address, NOW, b"")
    subscribe.answer(app.store, app.settings.signup, NOW)
    with app.store.reading() as tx:
        (request,) = [one for reader in tx.subscribers.all() for one in tx.requests.of(reader.id)]
    return f"/confirm/{app.signer.sign(Purpose.CONFIRM, request.id, 0, request.expires)}"


def test_the_button_makes_a_reader_and_pressing_it_again_says_the_same(app: App, ask: Ask) -> None:
    path = confirmation(app, None, "ada@example.org")
    page = ask("GET", path)
    assert (page.status_code, page.text.count("<form")) == (200, 1)
    assert "ada@example.org" in page.text
    first, again = ask("POST", path), ask("POST", path)
    assert first.status_code == 200
    assert "You are subscribed" in first.text
    assert told(first) == told(again)
    with app.store.reading() as tx:
        assert tx.subscribers.get("ada@example.org").status is Status.ACTIVE


def test_the_button_moves_a_reader(app: App, ask: Ask) -> None:
    path = confirmation(app, add(app, "ada@example.org"), "new@example.org")
    assert "Your mail goes to" in ask("GET", path).text
    assert "Your new address is in use" in ask("POST", path).text
    with app.store.reading() as tx:
        assert [reader.address for reader in tx.subscribers.all()] == ["new@example.org"]


def test_a_new_address_that_is_a_readers_already_is_said_to_be_one(app: App, ask: Ask) -> None:
    add(app, "bo@example.org")
    path = confirmation(app, add(app, "ada@example.org"), "bo@example.org")
    answer = ask("POST", path)
    assert answer.status_code == 409
    assert "It has a subscription of its own" in answer.text


@pytest.mark.parametrize("token", ["x", "A" * 62, "A" * 10_000])
def test_a_link_that_confirms_nothing_says_so(app: App, ask: Ask, token: str) -> None:
    for method in ("GET", "POST"):
        answer = ask(method, f"/confirm/{token}")
        assert answer.status_code == 410
        assert "This link does not work any more" in answer.text


# ── Languages, and choices ───────────────────────────────────────────────────────────────────────


def test_the_page_speaks_the_language_of_whoever_asks(ask: Ask) -> None:
    german = ask("GET", "/subscribe", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in german.text
    chosen = ask("GET", "/subscribe?language=zh-Hans", headers={"Accept-Language": "de"})
    assert '<html lang="zh-Hans"' in chosen.text
    assert '<html lang="en"' in ask("GET", "/subscribe", headers={"Accept-Language": "tlh"}).text


def test_what_was_chosen_is_what_is_asked_for(app: App, ask: Ask) -> None:
    with app.store.transaction() as tx:
        ports, cables = tx.items.reserve_tag("Ports"), tx.items.reserve_tag("Cables")
    form = {
        "address": "Ada@Example.org",
        "tag": [ports.slug, cables.slug, ports.slug, "no-such-tag"],
        "digest": "daily",
        "zone": "Asia/Tokyo",
        "language": "fr",
        "form": "/tag/ports/",
    }
    ask("POST", "/subscribe", data=form)
    with app.store.transaction() as tx:
        (request,) = tx.requests.unanswered(10)
    assert request.address == "Ada@example.org"
    assert request.wish == Preferences(
        "daily", "Asia/Tokyo", any_tags=(ports.slug, cables.slug), language="fr"
    )
    assert (request.form, request.language) == ("/tag/ports/", "fr")
    assert re.match("Oui", request.wording)


def test_choices_that_nobody_has_are_passed_over(app: App, ask: Ask) -> None:
    form = {
        "address": "ada@example.org",
        "digest": "hourly",
        "zone": "Moon/Base",
        "language": "x" * 999,
    }
    assert ask("POST", "/subscribe", data=form).status_code == 200
    with app.store.transaction() as tx:
        (request,) = tx.requests.unanswered(10)
    assert request.wish == Preferences("weekly", app.settings.site.zone)


@pytest.mark.parametrize("tag", ["gone", "x" * 9999])
def test_who_asks_for_a_subject_that_is_gone_is_told_before_they_get_everything(
    app: App, ask: Ask, tag: str
) -> None:
    answer = ask("POST", "/subscribe", data={"address": "ada@example.org", "tag": tag})
    assert answer.status_code == 422
    assert "The subject that you chose is no longer here" in answer.text
    assert asked(app) == []
    assert 'name="tag"' not in answer.text  # so that the next press is for everything
