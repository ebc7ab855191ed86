"""`/copy/TOKEN`: an issue on the web, for its reader and whomever they pass it on to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from feeder.app import App
from feeder.model.changes import New
from feeder.model.deliveries import Delivery
from feeder.model.digests import Mark, Rendered
from feeder.model.items import Draft, Kind
from feeder.model.subscribers import Preferences, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import prefer, subscribe, suppress
from feeder.workflows.post import Post

Ask = Callable[..., httpx.Response]

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
MAIL = Rendered(
    "Der Kran",
    "",
    f'''<html lang="en"><style>p{{color:red}}</style><p>Der Kran</p><p>{Mark.WHY}</p>
<p><a href="{Mark.COPY}">2 more on the web</a></p>
<p><a href="{Mark.PREFERENCES}">Change</a> · <a href="{Mark.UNSUBSCRIBE}">Unsubscribe</a></p></html>''',
)


@pytest.fixture
def reader(app: App) -> Subscriber:
    wanted = Preferences("weekly", "UTC", language="de")
    added = subscribe.add(
        app.store, "ada@example.net", wanted, app.recipe("weekly"), NOW, reason="r", welcome=0
    )
    assert isinstance(added, Subscriber)
    return added


@pytest.fixture
def delivery(app: App, reader: Subscriber) -> Delivery:
    """A delivery that brings one item, and another that is hidden by now."""
    with app.store.transaction() as tx:
        drafts = [Draft(key, Kind.PIECE, f"Title of {key}", key) for key in ("kran", "gone")]
        told = tx.items.apply("told", [New(draft, "f", NOW, announced=True) for draft in drafts])
        tx.items.release(NOW)
        tx.items.remove([told["gone"]], NOW)
        tx.issues.welcome(reader.id, "weekly", 3, 0, NOW)
        (claimed,) = tx.deliveries.claim("me", 1, NOW, NOW + HOUR)
        content = tx.contents.add("k", MAIL, list(told.values()))
        tx.deliveries.attempt({claimed: content}, "me", NOW, NOW + HOUR)
    return claimed


@pytest.fixture
def path(app: App, delivery: Delivery) -> str:
    return below(app.post, delivery)


def below(post: Post, delivery: Delivery) -> str:
    return "/" + post.copy(delivery).removeprefix(post.site.public_url)


def test_a_copy_is_the_mail_without_what_is_its_readers_own(ask: Ask, path: str) -> None:
    answer = ask("GET", path)
    assert answer.status_code == 200
    assert "<p>Der Kran</p>" in answer.text
    assert "Dies ist eine Kopie im Web" in answer.text
    assert not {"Change", "Unsubscribe", "\ufdd0", "ada@"} & set(answer.text.split())
    assert "unsubscribe/" not in answer.text
    assert "preferences/" not in answer.text


def test_nothing_in_a_copy_may_do_anything_and_nobody_keeps_it(ask: Ask, path: str) -> None:
    headers = ask("GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex"


def test_all_of_an_issue_is_there_as_far_as_it_is_public(ask: Ask, path: str) -> None:
    copy = ask("GET", path).text
    assert f'{path}/all">2 more on the web' in copy
    page = ask("GET", f"{path}/all")
    assert page.status_code == 200
    assert "Title of kran" in page.text
    assert "Title of gone" not in page.text
    assert 'href="../../"' in page.text


def test_the_link_of_an_erased_reader_or_one_that_was_revoked_or_made_up_leads_nowhere(
    app: App, ask: Ask, reader: Subscriber, delivery: Delivery, path: str
) -> None:
    for made_up in ("/copy/x", f"/copy/{app.signer.sign(Purpose.COPY, delivery.id + 1, reader.links)}"):
        assert ask("GET", made_up).status_code == 410
        assert ask("GET", f"{made_up}/all").status_code == 410
    prefer.revoke_links(app.store, reader, NOW)
    assert ask("GET", path).status_code == 410
    with app.store.reading() as tx:
        now = tx.subscribers.get(reader.address)
    anew = f"/copy/{app.signer.sign(Purpose.COPY, delivery.id, now.links)}"
    assert ask("GET", anew).status_code == 200
    suppress.erase(app.store, reader.address, None, NOW)
    assert ask("GET", anew).status_code == 410


def test_a_delivery_that_brings_nothing_yet_has_no_copy(app: App, ask: Ask, reader: Subscriber) -> None:
    with app.store.transaction() as tx:
        tx.issues.welcome(reader.id, "weekly", 3, 0, NOW)
        (claimed,) = tx.deliveries.claim("me", 1, NOW, NOW + HOUR)
    assert ask("GET", below(app.post, claimed)).status_code == 410


def test_a_copy_is_only_looked_at(ask: Ask, path: str) -> None:
    assert ask("POST", path).status_code == 405
    assert ask("HEAD", path).content == b""
