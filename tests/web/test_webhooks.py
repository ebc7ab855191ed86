"""Providers post to the service: what they prove is acted on once, and nothing else is."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from feeder import net
from feeder.app import App
from feeder.errors import ConfigurationError
from feeder.mail.webhooks.calls import Post
from feeder.model.subscribers import Cause, Preferences, Status, Subscriber
from feeder.store import open_store
from feeder.workflows import subscribe, suppress
from tests.mail.webhooks import rig
from tests.mail.webhooks.rig import PROVIDERS, Poster
from tests.net.conftest import Site
from tests.web.test_gets_change_nothing import everything

from .conftest import Ask, asking, with_settings

ADA = "ada@example.org"
MINUTE = timedelta(minutes=1)
PLACE = "/webhooks/{}"


@pytest.fixture(scope="module")
def sns() -> Iterator[tuple[Site, Callable[[], net.Client]]]:
    with rig.amazon() as made:
        yield made


@pytest.fixture
def site(app: App, sns: tuple[Site, Callable[[], net.Client]]) -> Iterator[App]:
    """A site to which all six post, and that Ada reads."""
    with with_settings(app, "mail", webhooks=rig.secrets()) as made:
        rig.opened(sns[0])
        made.client = sns[1]()
        wanted = Preferences("weekly", "UTC")
        at = now() - timedelta(days=2)
        subscribe.add(made.store, ADA, wanted, made.recipe("weekly"), at, reason="r", welcome=0)
        yield made


@pytest.fixture
def ask(site: App) -> Ask:
    return asking(site)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def body(provider: str, kind: str) -> Any:
    """Return the first body that tells something, as it would be told a minute ago."""
    case = next(case for case in rig.cases(provider) if case["kind"] == kind)
    at = now() - MINUTE
    told = json.dumps(case["body"]).replace("2026-11-20T11:59:30", at.replace(tzinfo=None).isoformat())
    return json.loads(told.replace("1795175970", f"{at.timestamp():.0f}"))


def posted(ask: Ask, provider: str, post: Post) -> httpx.Response:
    return ask("POST", PLACE.format(provider), content=post.body, headers=post.headers)


def ada(site: App) -> Subscriber:
    with site.store.reading() as tx:
        return tx.subscribers.get(ADA)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_proved_is_acted_on_once(site: App, ask: Ask, provider: str) -> None:
    post = Poster(provider, now()).post(body(provider, "hard"))

    answer = posted(ask, provider, post)

    assert answer.status_code == 200
    assert ada(site).status is Status.SUPPRESSED
    with site.store.reading() as tx:
        assert [found.cause for found in tx.suppressions.of(ADA)] == [Cause.BOUNCE]
    after = everything(site)
    assert posted(ask, provider, post).status_code == 200
    assert everything(site) == after


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "resend"])
def test_a_complaint_and_who_leaves(site: App, ask: Ask, provider: str) -> None:
    kind = "complaint" if provider == "resend" else "leaves"
    assert posted(ask, provider, Poster(provider, now()).post(body(provider, kind))).status_code == 200
    assert ada(site).status in {Status.LEFT, Status.SUPPRESSED}
    with site.store.reading() as tx:
        assert Cause.OPT_OUT in {found.cause for found in tx.suppressions.of(ADA)}


@pytest.mark.parametrize("provider", ["mailgun", "resend", "ses", "brevo"])
def test_a_post_that_is_sent_again_takes_off_nobody_who_has_come_back(
    site: App, ask: Ask, provider: str
) -> None:
    kind = "complaint" if provider == "resend" else "leaves"
    post = Poster(provider, now()).post(body(provider, kind))
    posted(ask, provider, post)
    reader = ada(site)
    with site.store.transaction() as tx:
        tx.suppressions.lift(ADA, list(Cause))
        tx.subscribers.activate(reader.id, reader.preferences, 0, now(), "they came back", None)
    before = everything(site)
    if provider == "mailgun":  # whose proof is not about what it tells
        told = json.loads(post.body)
        post = replace(post, body=json.dumps({**told, "event-data": body(provider, "hard")}).encode())

    assert posted(ask, provider, post).status_code == 200
    assert everything(site) == before


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_forged_changes_nothing(
    site: App, ask: Ask, provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(site)
    told = body(provider, "hard")
    old = Poster(provider, now() - timedelta(days=3)).post(told)
    posts = [Post({}, json.dumps(told).encode())]
    posts += [] if provider in {"postmark", "brevo"} else [old]
    posts += [replace(old, headers={"authorization": "Basic OndyZW5n"})] if provider != "ses" else []

    for post in posts:
        if provider == "ses" and not post.headers and post is posts[0]:
            assert posted(ask, provider, post).status_code == 400
        else:
            assert posted(ask, provider, post).status_code == 403
    assert everything(site) == before
    assert ADA not in caplog.text


@pytest.mark.parametrize("provider", ["mailgun", "ses"])
def test_what_cannot_be_written_down_is_to_come_again(site: App, ask: Ask, provider: str) -> None:
    post = Poster(provider, now()).post(body(provider, "hard"))
    site.store.close()
    site.store = open_store(site.settings.store.url, site.space, timedelta(milliseconds=20))
    with closing(sqlite3.connect(site.settings.folder / "feeder.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = posted(ask, provider, post)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        other.rollback()

    assert posted(ask, provider, post).status_code == 200
    assert ada(site).status is Status.SUPPRESSED


def test_a_certificate_that_cannot_be_had_asks_to_come_again(
    ask: Ask, sns: tuple[Site, Callable[[], net.Client]]
) -> None:
    sns[0].plays(rig.path_of(rig.CERTIFICATE), lambda _: None)
    assert posted(ask, "ses", Poster("ses", now()).post(body("ses", "hard"))).status_code == 503


def test_what_nobody_needs_writes_nothing(site: App, ask: Ask) -> None:
    before = everything(site)
    for provider in PROVIDERS:
        for case in rig.cases(provider):
            if case["kind"] is None:
                assert posted(ask, provider, Poster(provider, now()).post(case["body"])).status_code == 200
    assert everything(site) == before


def test_only_posts_of_providers_that_are_known(site: App, ask: Ask) -> None:
    before = everything(site)
    assert ask("POST", "/webhooks/other", content=b"{}").status_code == 404
    for method in ("GET", "HEAD", "PUT"):
        answer = ask(method, "/webhooks/postmark")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    large = Poster("postmark").post(b"x" * 1_100_000)
    assert posted(ask, "postmark", large).status_code == 413
    assert posted(ask, "postmark", Poster("postmark").post(b"{")).status_code == 400
    assert everything(site) == before


def test_a_site_without_secrets_takes_nothing(app: App) -> None:
    post = Poster("postmark").post(body("postmark", "hard"))
    assert posted(asking(app), "postmark", post).status_code in {404, 405}
    with with_settings(app, "mail", webhooks={"brevo": rig.WORD}) as made:
        assert posted(asking(made), "postmark", post).status_code == 404


def test_a_key_that_is_none_is_told_at_the_start(app: App) -> None:
    with (
        with_settings(app, "mail", webhooks={"sendgrid": "MFkwEw=="}) as made,
        pytest.raises(ConfigurationError, match=r"mail\.webhooks\.sendgrid\.key"),
    ):
        asking(made)


def test_marks_are_forgotten_when_nothing_old_is_taken_any_more(site: App, ask: Ask) -> None:
    posted(ask, "mailgun", Poster("mailgun", now()).post(body("mailgun", "hard")))

    def marks() -> int:
        with closing(sqlite3.connect(site.settings.folder / "feeder.db")) as database:
            return int(database.execute("SELECT count(*) FROM runs WHERE job = 'webhook'").fetchone()[0])

    suppress.tidy(site.store, site.settings.signup, now() + timedelta(days=2) - MINUTE)
    assert marks() == 1
    suppress.tidy(site.store, site.settings.signup, now() + timedelta(days=2) + MINUTE)
    assert marks() == 0
