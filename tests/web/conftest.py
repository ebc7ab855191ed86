import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from feeder import config, web
from feeder.app import App
from feeder.workflows.collect import collect
from feeder.workflows.publish import publish

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
SITE = """
[site]
title = "Ada & Bridges"
author = "Ada Fjordman"
zone = "Europe/Berlin"

[sources.content]
path = "content"
"""
ITEMS = {
    "content/kran.md": "---\ntitle: Der Kran\ntags: [Häfen, 港口]\nurl: https://outlet.example/kran\n---\nText.\n",
    "content/radio.md": "---\ntitle: On the radio\nkind: appearance\ntags: [Häfen]\n---\n",
}


Ask = Callable[..., httpx.Response]
"""Asks the site for something, as a browser does: method, path; does not follow redirects."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two items, read and published."""
    folder = tmp_path_factory.mktemp("site") / "site"
    for name, words in {"config/feeder.toml": SITE, **ITEMS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words, "utf-8")
    with App(config.load(folder / "config/feeder.toml", {})) as app:
        collect(app.store, app.sources["content"], NOW, announce=True, confirmed=False)
        publish(app.store, app.press, NOW, progress=lambda work, _: work)
    return folder


@pytest.fixture
def app(made: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of the site, for one test."""
    folder = shutil.copytree(made, tmp_path / "site")
    with App(config.load(folder / "config/feeder.toml", {})) as app:
        yield app


@pytest.fixture
def ask(app: App) -> Ask:
    site = web.create(app)

    def ask(method: str, path: str, **parts: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(site)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.request(method, path, **parts)

        return asyncio.run(answer())

    return ask
