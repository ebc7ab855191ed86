"""A site whose public address has a path, with a proxy in front that leaves it on, takes it off, or is not there."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from feeder import web
from feeder.app import App
from feeder.model.subscribers import Preferences, Status
from feeder.tokens import Purpose
from feeder.workflows import subscribe

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
PUBLIC = "https://example.org/works/"


@pytest.fixture
def moved(app: App) -> App:
    """The site at an address with a path."""
    return App(replace(app.settings, site=replace(app.settings.site, public_url=PUBLIC)))


def answer(app: App, method: str, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web.create(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


@pytest.mark.parametrize("prefix", ["", "/works"])
def test_the_tree_and_the_pages_that_act_are_there_with_and_without_the_path(moved: App, prefix: str) -> None:
    with moved:
        assert (
            answer(moved, "GET", f"{prefix}/atom.xml")
            .headers["content-type"]
            .startswith("application/atom+xml")
        )
        assert answer(moved, "GET", f"{prefix}/tag/hafen/").status_code == 200
        assert answer(moved, "GET", f"{prefix}/unsubscribe/x").status_code == 200
        assert answer(moved, "PUT", f"{prefix}/unsubscribe/x").status_code == 405


def test_a_reader_leaves_by_the_address_that_mails_give(moved: App) -> None:
    wanted = Preferences("weekly", "UTC")
    with moved:
        recipe = moved.recipe("weekly")
        reader = subscribe.add(
            moved.store, "a@example.org", wanted, recipe, NOW, reason="they asked", welcome=0
        )
        link = moved.templates.address(f"unsubscribe/{moved.signer.sign(Purpose.UNSUBSCRIBE, reader.id)}")
        assert link.startswith(f"{PUBLIC}unsubscribe/")
        assert answer(moved, "POST", link.removeprefix("https://example.org")).status_code == 200
        with moved.store.reading() as tx:
            assert tx.subscribers.get("a@example.org").status is Status.LEFT
