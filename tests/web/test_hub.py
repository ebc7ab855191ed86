"""`/hub`, as strangers see it: what it takes, what it refuses, and in which words."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from feeder.app import App
from feeder.model.feeds import Written
from feeder.model.hub import Mode, Unverified
from feeder.model.jobs import Job
from feeder.web.desk import Desk
from feeder.web.fields import acting
from feeder.web.hub import Rates, Subscriptions
from tests.hub_rig import form

from .conftest import Ask, asking, is_safe, with_settings
from .test_gets_change_nothing import NOW, everything

TOPIC = "http://127.0.0.1:8000/atom.xml"
CALLBACK = "http://127.0.0.1:9999/cb"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def hub(app: App) -> Iterator[App]:
    """The site with a hub, and a feed that the store knows."""
    with with_settings(app, "publish", hub=True) as made:
        with made.store.transaction() as tx:
            tx.documents.remember([Written("atom.xml", "hash", 1, NOW), Written("index.html", "h", 1, NOW)])
        yield made


def post(ask: Ask, content: bytes, **headers: str) -> httpx.Response:
    return ask("POST", "/hub", content=content, headers=FORM | headers)


def waiting(app: App) -> list[Unverified]:
    with app.store.reading() as tx:
        return tx.hub.unverified(1000, NOW.replace(year=NOW.year + 1))


def test_a_request_is_accepted_at_once_and_waits(hub: App) -> None:
    answer = post(asking(hub), form(TOPIC, CALLBACK, secret=" with spaces ", lease_seconds=86400))
    assert (answer.status_code, answer.content) == (202, b"")
    assert is_safe(answer)
    (request,) = waiting(hub)
    assert (request.wanted.mode, request.wanted.callback) == (Mode.SUBSCRIBE, CALLBACK)
    assert request.wanted.secret == " with spaces "


def counted(app: App, rates: Rates, *clients_and_callbacks: tuple[str, str]) -> tuple[list[int], list[str]]:
    """Ask a hub that takes so many requests; return the answers, and which jobs were woken."""
    woken: list[Job] = []
    answer = Subscriptions(Desk(app, woken.append), rates).answer
    site = Starlette(routes=[Route("/hub", acting(answer), methods=["POST"])])

    async def ask() -> list[int]:
        statuses = []
        for client, callback in clients_and_callbacks:
            transport = httpx.ASGITransport(site, client=(client, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as browser:
                answer = await browser.post("/hub", content=form(TOPIC, callback), headers=FORM)
            assert (answer.status_code == 429) == ("retry-after" in answer.headers)
            statuses.append(answer.status_code)
        return statuses

    return asyncio.run(ask()), [job.name for job in woken]


def test_it_wakes_the_job_that_verifies(hub: App) -> None:
    assert counted(hub, Rates(), ("192.0.2.1", CALLBACK)) == ([202], ["hub"])


ONE, TWO = "192.0.2.1", "192.0.2.2"
HERE, THERE = "http://127.0.0.1:9999/", "http://localhost:9999/"


@pytest.mark.parametrize(
    ("rates", "asked", "statuses"),
    [
        (Rates(per_network=1), [(ONE, HERE), (ONE, THERE), (TWO, HERE)], [202, 429, 202]),
        (Rates(per_host=1), [(ONE, HERE), (TWO, f"{HERE}2"), (ONE, THERE)], [202, 429, 202]),
        (Rates(in_all=2), [(ONE, HERE), (TWO, THERE), (TWO, HERE)], [202, 202, 429]),
    ],
)
def test_nobody_makes_us_ask_others_as_often_as_they_like(
    hub: App, rates: Rates, asked: list[tuple[str, str]], statuses: list[int]
) -> None:
    assert counted(hub, rates, *asked)[0] == statuses


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "hub.mode"),
        (form(TOPIC, CALLBACK, "publish"), 400, "hub.mode"),
        (form(TOPIC, "ftp://reader.example/"), 400, "hub.callback"),
        (form(TOPIC, "http://169.254.169.254/"), 400, "hub.callback"),
        (form(f"{TOPIC}?x", CALLBACK), 404, "hub.topic"),
        (form("http://127.0.0.1:8000/nothing/atom.xml", CALLBACK), 404, "hub.topic"),
        (form("http://127.0.0.1:8000/index.html", CALLBACK), 404, "hub.topic"),
        (form(TOPIC, CALLBACK, secret="a" * 200), 400, "hub.secret"),
        (form(TOPIC, CALLBACK, lease_seconds="x"), 400, "hub.lease_seconds"),
    ],
)
def test_what_is_wrong_is_told_as_plain_text(hub: App, content: bytes, status: int, words: str) -> None:
    answer = post(asking(hub), content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert answer.text.startswith(words)
    assert is_safe(answer)
    assert waiting(hub) == []


def test_a_form_that_is_none_or_too_large_is_refused(hub: App) -> None:
    ask = asking(hub)
    assert post(ask, form(TOPIC, CALLBACK), **{"Content-Type": "text/plain"}).status_code == 400
    assert post(ask, form(TOPIC, CALLBACK) + b"&x=" + bytes(300_000)).status_code == 413
    assert waiting(hub) == []


def test_looking_at_it_changes_nothing(hub: App) -> None:
    ask, before = asking(hub), everything(hub)
    for method in ("GET", "HEAD"):
        answer = ask(method, f"/hub?{form(TOPIC, CALLBACK).decode()}")
        assert answer.status_code == 200
    assert b"WebSub" in ask("GET", "/hub").content
    assert ask("PUT", "/hub").status_code == 405
    assert everything(hub) == before


def test_a_site_without_a_hub_has_nothing_there(app: App) -> None:
    ask = asking(app)
    assert ask("GET", "/hub").status_code == 404
    assert post(ask, form(TOPIC, CALLBACK)).status_code in {404, 405}


def test_a_store_that_cannot_be_used_asks_to_come_again(hub: App) -> None:
    ask = asking(hub)
    Path(hub.settings.store.url.removeprefix("sqlite:///")).write_bytes(b"no database at all" * 100)
    hub.store.close()
    answer = post(ask, form(TOPIC, CALLBACK))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_feeds_are_served_with_our_hub_in_their_links(hub: App) -> None:
    answer = asking(hub)("GET", "/atom.xml")
    assert answer.headers["link"] == f'<{TOPIC}>; rel="self", <http://127.0.0.1:8000/hub>; rel="hub"'


def test_below_a_folder_it_is_there_as_well(hub: App) -> None:
    site = replace(hub.settings.site, public_url="http://127.0.0.1:8000/works/")
    with App(replace(hub.settings, site=site)) as below:
        topic = "http://127.0.0.1:8000/works/atom.xml"
        answer = asking(below)("POST", "/works/hub", content=form(topic, CALLBACK), headers=FORM)
        assert answer.status_code == 202
        assert parse_qs(form(topic, CALLBACK).decode())["hub.topic"] == [topic]
