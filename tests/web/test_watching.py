"""What supervisors and Prometheus ask: answered soon, to whoever may know, with nothing of anybody."""

import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from feeder import __version__, web
from feeder.app import App
from feeder.errors import ConfigurationError, StoreError
from feeder.model.deliveries import State
from feeder.model.settings import Metrics as Who
from feeder.model.subscribers import Matter, Preferences
from feeder.store.sources import SourceState
from feeder.web import watching
from feeder.web.beats import Beats
from feeder.web.health import Health
from feeder.web.inquiry import Inquiry
from feeder.workflows import alarms, oversee
from tests.conftest import until
from tests.web.conftest import Ask, Exactly, exactly_of, is_safe, with_settings

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
TOKEN = "a-token-for-the-tests"
PATHS = ("/healthz", "/readyz", "/metrics")


def figures(text: str) -> dict[str, dict[str, float]]:
    """Read metrics as Prometheus does: by name, and by what their only label says."""
    families = text_string_to_metric_families(text)
    return {family.name: _values(family) for family in families}


def _values(family: Metric) -> dict[str, float]:
    return {",".join(sample.labels.values()): sample.value for sample in family.samples}


def from_afar(app: App, *fields: tuple[bytes, bytes], client: str = "203.0.113.9") -> int:
    """Ask for metrics; return the status."""
    return exactly_of(web.create(app))(b"/metrics", *fields, client=client).status


# ── Health ───────────────────────────────────────────────────────────────────────────────────────


def test_a_process_that_works_lives_and_is_ready(ask: Ask) -> None:
    assert ask("GET", "/healthz").json() == {"alive": True}
    assert ask("GET", "/readyz").json() == {"ready": True}


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_never_kept_and_safe_and_heads_have_no_body(ask: Ask, path: str) -> None:
    told, head = ask("GET", path), ask("HEAD", path)
    assert (told.status_code, head.status_code, head.content) == (200, 200, b"")
    assert told.headers["cache-control"] == head.headers["cache-control"] == "no-store"
    assert is_safe(told)
    assert ask("POST", path).status_code == 405


def test_a_part_that_falls_silent_is_named_until_it_beats_again_or_has_ended(app: App) -> None:
    health = Health(app)
    at = exactly_of(web.create(app, health=health))
    beat = health.beats.expect("scheduler", timedelta(0))
    health.beats.expect("worker", HOUR)
    assert at(b"/healthz").status == at(b"/readyz").status == 503
    assert at(b"/healthz").body == b'{"alive":false,"silent":["scheduler"]}'
    assert at(b"/readyz").body == b'{"ready":false,"reasons":["scheduler is silent"]}'
    health.beats.forget("scheduler")
    beat()  # which a thread may do that ends just now
    assert at(b"/healthz").status == at(b"/readyz").status == 200


def test_beats_count_from_when_they_were_expected() -> None:
    beats = Beats()
    beat = beats.expect("scheduler", HOUR)
    before = beats.silence()["scheduler"]
    assert 0 <= before <= beats.silence()["scheduler"]
    beat()
    assert beats.silent() == []


def test_a_process_that_stops_lives_and_takes_no_more(app: App) -> None:
    health = Health(app)
    health.stop()
    at = exactly_of(web.create(app, health=health))
    assert at(b"/healthz").status == 200
    assert (at(b"/readyz").status, at(b"/readyz").body) == (503, b'{"ready":false,"reasons":["it stops"]}')


@pytest.mark.parametrize(("revision", "oldest"), [("0001", None), ("9999", "9999")])
def test_a_store_of_another_revision_is_not_ready(app: App, revision: str, oldest: str | None) -> None:
    with app.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE alembic_version SET version_num = ?, oldest = ?", (revision, oldest)
        )
    told = exactly_of(web.create(app))(b"/readyz")
    assert told.status == 503
    assert f"the store is at revision {revision}, and this program wants 00".encode() in told.body


def test_a_store_that_has_more_than_this_program_knows_is_ready(app: App) -> None:
    with app.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert exactly_of(web.create(app))(b"/readyz").status == 200


def test_a_store_that_cannot_be_used_is_told_without_a_word_of_where_it_is(app: App, ask: Ask) -> None:
    with app.store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("ALTER TABLE keys RENAME TO alembic_version")
    told = ask("GET", "/readyz")
    assert (told.status_code, told.json()["reasons"]) == (503, ["the store cannot be used"])
    assert ask("GET", "/healthz").status_code == 200
    seen = figures(ask("GET", "/metrics").text)
    assert seen["feeder_store_up"] == {"": 0}
    assert seen.keys() >= {"feeder_build_info", "process_open_fds"}
    assert "feeder_deliveries" not in seen


# ── A question that nobody waits for ─────────────────────────────────────────────────────────────


def test_however_many_ask_one_question_is_under_way_and_nobody_waits_for_its_end() -> None:
    comes, asked = Event(), []

    def ask() -> int:
        asked.append(1)
        comes.wait(30)
        return len(asked)

    inquiry = Inquiry(ask, fresh=60, patience=0.05)
    assert [inquiry.latest() for _ in range(9)] == [None] * 9
    assert (inquiry.is_overdue, len(asked)) == (True, 1)
    comes.set()
    assert until(lambda: not inquiry.is_overdue, 30)
    found = inquiry.latest()
    assert found
    assert (found.answer, len(asked)) == (1, 1)


def test_an_answer_is_good_for_a_while_and_longer_where_it_took_long() -> None:
    asked: list[int] = []

    def ask() -> int:
        time.sleep(0.01)
        asked.append(1)
        return len(asked)

    kept = Inquiry(ask, fresh=0, patience=30, spared=10_000)
    assert [found.answer for _ in range(3) if (found := kept.latest())] == [1, 1, 1]
    anew = Inquiry(ask, fresh=0, patience=30)
    assert [found.answer for _ in range(3) if (found := anew.latest())] == [2, 3, 4]


@pytest.mark.parametrize("error", [StoreError("the store", "is gone", "bring it back"), ZeroDivisionError()])
def test_what_goes_wrong_is_an_answer_as_well(error: Exception) -> None:
    def ask() -> int:
        raise error

    found = Inquiry(ask, fresh=0, patience=30).latest()
    assert found
    assert found.answer is None
    assert found.problem
    assert found.problem.thing == "the store"


# ── Who sees the metrics ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "client", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::1", "::ffff:10.0.0.1"]
)
def test_machines_nearby_see_the_metrics(app: App, client: str) -> None:
    assert from_afar(app, client=client) == 200


@pytest.mark.parametrize("client", ["198.41.0.4", "2001:500:2::c", "::ffff:198.41.0.4", "a-socket", ""])
def test_strangers_do_not(app: App, client: str) -> None:
    assert from_afar(app, client=client) == 404


@pytest.mark.parametrize(
    "field",
    [b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip", b"x-forwarded-proto", b"x-forwarded-host"],
)
def test_nor_does_whoever_comes_by_a_proxy_that_is_nearby(app: App, field: bytes) -> None:
    assert from_afar(app, (field, b"10.0.0.1"), client="127.0.0.1") == 404


def test_nor_does_whoever_took_the_public_address(app: App) -> None:
    public = with_settings(app, "site", public_url="https://127.0.0.1/")
    assert from_afar(public, client="127.0.0.1") == 404


def test_with_a_token_whoever_shows_it_sees_them_and_nobody_else(app: App) -> None:
    tokened = with_settings(app, "web", metrics=Who.TOKEN, metrics_token=TOKEN)
    right = f"Bearer {TOKEN}".encode()
    assert from_afar(tokened, (b"authorization", right), (b"x-forwarded-for", b"1.1.1.1")) == 200
    for wrong in (b"", b"Bearer", b"Bearer x", TOKEN.encode(), b"Basic " + TOKEN.encode(), right + b"\xff"):
        assert from_afar(tokened, (b"authorization", wrong), client="127.0.0.1") == 404
    assert from_afar(tokened, client="127.0.0.1") == 404


def test_switched_off_nobody_sees_them_and_nothing_tells_that_they_are_there(app: App) -> None:
    off = exactly_of(web.create(with_settings(app, "web", metrics=Who.OFF)))
    hidden, missing = off(b"/metrics"), off(b"/nothing")
    assert (hidden.status, hidden.body) == (missing.status, missing.body) == (404, b"Not Found")
    assert off(b"/healthz").status == 200


# ── What they say ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def busy(app: App) -> App:
    """A site on which much goes on."""
    with app.store.transaction() as tx:
        for name in ("ada", "bo"):
            tx.subscribers.add(f"{name}@private.example", Preferences("weekly", "UTC"), 0, NOW, "asked", NOW)
        tx.issues.welcome(1, "weekly", 3, 1, NOW - HOUR)
        tx.issues.welcome(2, "weekly", 3, 1, NOW)
        tx.deliveries.claim("me", 1, NOW, NOW + HOUR)
        tx.letters.add(Matter.CONFIRM, "cy@private.example", "en", NOW, subscriber=None)
        tx.sources.remember(SourceState("content", {}, NOW, NOW, NOW, "unplugged", 3, NOW, 7))
        tx.sources.remember(SourceState("forgotten", {}, NOW, NOW, NOW, "gone", 9))
        tx.members.join(app.member(("worker", "web"), NOW))
        tx.runs.claim("tick:publish", NOW.isoformat(), NOW)
        alarms.sound(tx, "a", "Mend it.", NOW)
        slowed = [0, NOW.timestamp(), 1200, NOW.timestamp()]
        tx.facts.remember("paces", f'{{"private.example": {slowed}, "@relay": {slowed}}}')
        tx.documents.mark_path("feeds.opml")
    oversee.pause(app.store, "weekly", "a slip", NOW)
    return app


def test_they_say_what_goes_on(busy: App, ask: Ask) -> None:
    seen = figures(ask("GET", "/metrics").text)
    assert seen["feeder_store_up"] == {"": 1}
    assert seen["feeder_deliveries"] == dict.fromkeys(State, 0) | {"waiting": 1, "claimed": 1}
    assert seen["feeder_oldest_undelivered_seconds"][""] >= 3600
    assert seen["feeder_letters"] == {"waiting": 1, "attempted": 0}
    assert seen["feeder_source_failures"] == {"content": 3}
    assert seen["feeder_source_held_removals"] == {"content": 7}
    assert seen["feeder_slowed"] == {"server": 1, "domain": 1}
    assert seen["feeder_alarms"] == seen["feeder_holds"] == seen["feeder_senders"] == {"": 1}
    assert seen["feeder_members"] == {"scheduler": 0, "worker": 1, "web": 1}
    assert list(seen["feeder_machine_silent_seconds"]) == [socket.gethostname()]
    assert seen["feeder_job_interval_seconds"]["publish"] == 10
    assert 0 <= seen["feeder_job_lag_seconds"]["publish"] < 3600
    assert seen["feeder_dirty"][""] >= 1
    assert seen["feeder_build_info"] == {__version__: 1}


def test_nobody_stands_in_them(busy: App, ask: Ask) -> None:
    text = ask("GET", "/metrics").text
    for word in ("private.example", "ada", "unplugged", "Mend it", "@"):
        assert word not in text


def test_each_has_a_name_and_words_as_prometheus_wants_them(busy: App, ask: Ask) -> None:
    for family in text_string_to_metric_families(ask("GET", "/metrics").text):
        if family.name.startswith("feeder_"):
            assert re.fullmatch(r"feeder_[a-z]+(_[a-z]+)*", family.name)
            assert re.fullmatch(r"[A-Z].*\.", family.documentation), family.name
            assert not family.name.endswith("_total"), "nothing that we tell only ever grows"


DOCS = Path(__file__).parents[2] / "docs"


def test_what_is_written_about_them_is_true(busy: App, app: App, ask: Ask) -> None:
    told = {name for name in figures(ask("GET", "/metrics").text) if name.startswith("feeder_")}
    table = re.findall(r"^\| (`feeder_.*?) \|", (DOCS / "operating.md").read_text("utf-8"), re.MULTILINE)
    explained = {name for row in table for name in re.findall(r"feeder_\w+", row)}
    assert explained == told


def test_alarms_are_about_what_is_told(busy: App, ask: Ask) -> None:
    (group,) = yaml.safe_load((DOCS / "alerts.yml").read_text("utf-8"))["groups"]
    text = ask("GET", "/metrics").text
    labels = {
        family.name: {label for sample in family.samples for label in sample.labels}
        for family in text_string_to_metric_families(text)
    }
    for rule in group["rules"]:
        named = re.findall(r'(feeder_\w+)(?:\{(\w+)="(\w+)"\})?', rule["expr"])
        assert named, rule
        for name, label, value in named:
            assert name in labels, rule
            assert not label or f'{name}{{{label}="{value}"}}' in text, rule
        for by in re.findall(r"by \((\w+)\) \((\w+)", rule["expr"]):
            assert by[0] in labels[by[1]], rule


def test_whoever_wants_the_other_form_gets_it(ask: Ask) -> None:
    other = ask("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert other.headers["content-type"].startswith("application/openmetrics-text")
    assert other.text.endswith("# EOF\n")


# ── Where no pages are served ────────────────────────────────────────────────────────────────────


@pytest.fixture
def served(app: App) -> Iterator[str]:
    with web.health_server(app, "127.0.0.1", 0, Health(app)) as (host, port):
        yield f"http://{host}:{port}"


def test_a_process_without_pages_answers_just_these(served: str, app: App) -> None:
    for path in PATHS:
        with urlopen(f"{served}{path}", timeout=10) as answer:
            assert answer.status == 200
    routes = {route.path for route in watching.own(app, Health(app))}
    assert routes == set(PATHS)


def test_an_address_that_another_has_is_named(app: App, served: str) -> None:
    port = int(served.rpartition(":")[2])
    with (
        pytest.raises(ConfigurationError, match=rf"the address 127\.0\.0\.1:{port}: cannot be listened on"),
        web.health_server(app, "127.0.0.1", port, Health(app)),
    ):
        pass


def test_they_are_there_below_the_public_address_as_well(app: App) -> None:
    at: Exactly = exactly_of(
        web.create(with_settings(app, "site", public_url="https://spans.example/works/"))
    )
    assert at(b"/works/healthz").status == at(b"/healthz").status == 200
