"""Whatever strangers put into a form, on either database: an answer, never a failure, and nothing of theirs on a page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from feeder import config
from feeder.app import App
from feeder.model.settings import StoreSettings
from feeder.model.subscribers import Preferences, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import subscribe
from tests.postgresql_rig import a_database
from tests.web.conftest import asking

Ask = Callable[..., httpx.Response]

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
FORM = {"content-type": "application/x-www-form-urlencoded"}

FIELDS = {
    "/subscribe": ["address", "meant", "tag", "digest", "zone", "language", "form", "at", "sure", "website"],
    "/preferences": [
        "do",
        "scope",
        "tag",
        "never",
        "kind",
        "digest",
        "hour",
        "week",
        "month",
        "zone",
        "form",
        "language",
        "pause",
        "search",
    ],
    "/account": ["do", "address", "sure"],
    "/unsubscribe": ["do", "List-Unsubscribe"],
    "/confirm": ["x"],
    "/undo": ["x"],
}
EVIL = {
    "NUL": "%00",
    "NUL within": "a%00b",
    "bytes that are no text": "%ff%fe%80",
    "half of a pair": "%ed%a0%80",
    "ends of lines": "a%0d%0aBcc%3a+x%40example.org",
    "markup": quote("\"'><script>alert(1)</script>"),
    "a template": quote("{{ 7 * 7 }}{% raw %}"),
    "reversed": quote("\u202egro.elpmaxe"),
    "long": "x" * 20_000,
    "a number beyond all": "9" * 400,
}


@pytest.fixture(scope="module")
def empty(postgresql: str, made: Path) -> Iterator[str]:
    """An empty store on PostgreSQL, made once; the address of its database."""
    settings = config.load(made / "config" / "feeder.toml", {})
    with a_database(postgresql) as address:
        with App(replace(settings, store=StoreSettings(address))) as app:
            app.store.close()
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def site(app: App, request: pytest.FixtureRequest) -> Iterator[App]:
    """The site on either database."""
    if request.param == "sqlite":
        yield app
        return
    server, empty = request.getfixturevalue("postgresql"), request.getfixturevalue("empty")
    with (
        a_database(server, like=empty) as address,
        App(replace(app.settings, store=StoreSettings(address))) as copied,
    ):
        yield copied


@pytest.fixture
def reader(site: App) -> Subscriber:
    added = subscribe.add(
        site.store,
        "reader@example.net",
        Preferences("weekly", "UTC"),
        site.recipe("weekly"),
        NOW,
        reason="r",
        welcome=0,
    )
    assert isinstance(added, Subscriber)
    return added


@pytest.fixture
def paths(site: App, reader: Subscriber) -> dict[str, str]:
    """Links that work, by the page to which they lead."""
    sign = site.signer.sign
    return {
        "/subscribe": "/subscribe",
        "/preferences": f"/preferences/{sign(Purpose.PREFERENCES, reader.id, reader.links)}",
        "/account": f"/account/{sign(Purpose.ACCOUNT, reader.id, reader.links, NOW + DAY)}",
        "/unsubscribe": f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, 999)}",
        "/confirm": f"/confirm/{sign(Purpose.CONFIRM, 999, 0, NOW + DAY)}",
        "/undo": f"/undo/{sign(Purpose.UNDO, 999, 0, NOW + DAY)}",
    }


# What makes the rest of a form complete, so that the evil field is what counts.
GOOD = {
    "/subscribe": "address=ada%40example.org",
    "/preferences": "scope=some&tag=x&kind=piece&digest=daily",
    "/account": "do=move&address=ada%40example.org",
    "/unsubscribe": "",
    "/confirm": "",
    "/undo": "",
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_no_field_of_any_form_brings_a_page_down(site: App, paths: dict[str, str], evil: str) -> None:
    ask = asking(site)
    for page, fields in FIELDS.items():
        all_of_them = "&".join(f"{field}={evil[:500]}" for field in fields)
        answers = [ask("GET", f"{paths[page]}?{all_of_them}")]
        for field in fields:
            body = f"{field}={evil}&{GOOD[page]}&{field}={evil}"
            answers.append(ask("POST", paths[page], content=body.encode(), headers=FORM))
        for answer in answers:
            assert answer.status_code in {200, 404, 409, 410, 422, 429}, page
            assert "<script" not in answer.text
            assert "\0" not in answer.text
            assert "49{" not in answer.text


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_link_that_is_nonsense_opens_nothing(site: App, paths: dict[str, str], evil: str) -> None:
    ask = asking(site)
    for page in set(paths) - {"/subscribe"}:
        for method in ("GET", "POST"):
            for path in (f"{page}/{evil}"[:6_000], f"{page}/{evil}/preview"[:6_000]):
                assert ask(method, path).status_code in {200, 400, 404, 405, 410}


def test_a_field_with_a_nul_is_taken_without_it(site: App) -> None:
    ask = asking(site)
    body = b"address=ada%40example.org&form=%00%2Ftag%2Fx%2F%00&language=d%00e"
    assert ask("POST", "/subscribe", content=body, headers=FORM).status_code == 200
    with site.store.transaction() as tx:
        (request,) = tx.requests.unanswered(10)
    assert (request.form, request.language) == ("/tag/x/", "de")


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("http://127.0.0.1:8000", "subscribe"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80: subscribe"),
        ("http", "http: subscribe"),
        ("null", "null: subscribe"),
        ("https://another.example", "https://another.example: subscribe"),
    ],
)
def test_the_proof_of_consent_says_from_which_site_it_came(site: App, origin: str, place: str) -> None:
    ask = asking(site)
    ask("POST", "/subscribe", data={"address": "ada@example.org"}, headers={"Origin": origin})
    with site.store.transaction() as tx:
        (request,) = tx.requests.unanswered(10)
    assert request.form == place
