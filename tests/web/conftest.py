"""A site with a published tree, written as publishing writes it, and ways to ask for what is in it."""

import asyncio
import gzip
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import brotli
import httpx
import pytest
from starlette.types import ASGIApp, Message

from feeder import config, web
from feeder.app import App

SITE = """
[site]
title = "Ada & Bridges"
author = "Ada Fjordman"
zone = "Europe/Berlin"

[sources.content]
path = "content"
"""
TEXTS = {
    "index.html": "<h1>Ada &amp; Bridges</h1>",
    "atom.xml": f"<feed>{'Der Kran. On the radio. ' * 40}</feed>",
    "rss.xml": f"<rss>{'Der Kran. ' * 40}</rss>",
    "feed.json": '{"title": "Der Kran, on the radio, and a long list of further works of this author"}' * 4,
    "feeds.opml": f"<opml>{'Häfen ' * 40}</opml>",
    "archive/1.xml": f"<feed>{'Older. ' * 40}</feed>",
    "tag/hafen/index.html": f"<h1>Häfen</h1>{'<p>Der Kran' * 40}",
    "tag/hafen/atom.xml": f"<feed>{'Häfen ' * 40}</feed>",
    "tag/港口/index.html": f"<h1>港口</h1>{'<p>Der Kran' * 40}",
    "tag/港口/atom.xml": f"<feed>{'港口 ' * 40}</feed>",
    "assets/feeder.css": "body { margin: auto }" * 20,
}
PICTURE = "media/kran-5f1c.png"

Ask = Callable[..., httpx.Response]
"""Asks the site for something, as a browser does: method, path; does not follow redirects."""


def put(place: Path, content: bytes) -> None:
    """Put a file into a tree as publishing does: another file takes its place, its copies first."""
    place.parent.mkdir(parents=True, exist_ok=True)
    files = {place.with_name(f"{place.name}.gz"): gzip.compress(content, mtime=0)}
    files[place.with_name(f"{place.name}.br")] = brotli.compress(content)
    for file, written in {**files, place: content}.items():
        part = file.with_name(f".{file.name}.part")
        part.write_bytes(written)
        part.replace(file)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a published tree."""
    folder = tmp_path_factory.mktemp("site") / "site"
    for name, words in {"config/feeder.toml": SITE, "content/kran.md": "Text."}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words, "utf-8")
    for path, words in TEXTS.items():
        put(folder / "public" / path, words.encode())
    (folder / "public/media").mkdir()
    (folder / "public" / PICTURE).write_bytes(b"\x89PNG" + bytes(500))
    with App(config.load(folder / "config/feeder.toml", {})) as app:
        app.store.close()
    return folder


@pytest.fixture
def app(made: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of the site, for one test."""
    folder = shutil.copytree(made, tmp_path / "site")
    with App(config.load(folder / "config/feeder.toml", {})) as app:
        yield app


@pytest.fixture
def public(app: App) -> Path:
    """The published tree."""
    return app.settings.publish.folder


@pytest.fixture
def ask(app: App) -> Ask:
    return asking(app)


def asking(app: App) -> Ask:
    """Make what asks a site."""
    site = web.create(app)

    def ask(method: str, path: str, **parts: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(site)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.request(method, path, **parts)

        return asyncio.run(answer())

    return ask


def with_settings(app: App, table: str, **settings: object) -> App:
    """Return the site with other settings in a table."""
    changed = replace(getattr(app.settings, table), **settings)
    return App(replace(app.settings, **{table: changed}))


# ── Byte by byte ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def decoded(self) -> bytes:
        """Return the body without its coding."""
        decoders = {"gzip": gzip.decompress, "br": brotli.decompress}
        coding = self.headers.get("content-encoding")
        return bytes(decoders[coding](self.body)) if coding else self.body


class Exactly(Protocol):
    """Asks for a path that no browser would send, as it is, with just these headers."""

    def __call__(
        self, path: bytes, *headers: tuple[bytes, bytes], method: str = "GET", client: str = "127.0.0.1"
    ) -> Told: ...


@pytest.fixture
def exactly(app: App) -> Exactly:
    return exactly_of(web.create(app))


def exactly_of(site: ASGIApp) -> Exactly:
    def ask(
        path: bytes, *headers: tuple[bytes, bytes], method: str = "GET", client: str = "127.0.0.1"
    ) -> Told:
        return asyncio.run(told(site, path, *headers, method=method, client=client))

    return ask


@dataclass
class Sent:
    messages: list[Message] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)


async def told(
    site: ASGIApp, path: bytes, *headers: tuple[bytes, bytes], method: str = "GET", client: str = "127.0.0.1"
) -> Told:
    sent = Sent()
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), *headers],
        "client": (client, 1),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    await site(scope, receive, sent)
    start, *bodies = sent.messages
    names = [name for name, _ in start["headers"]]
    assert len(names) == len(set(names)), "a field is there twice"
    fields = {name.decode(): value.decode() for name, value in start["headers"]}
    return Told(int(start["status"]), fields, b"".join(each["body"] for each in bodies))


def is_safe(answer: httpx.Response | Told) -> bool:
    """Tell whether an answer has the fields that keep readers safe."""
    headers = answer.headers
    return (
        headers["x-content-type-options"] == "nosniff"
        and "default-src 'none'" in headers["content-security-policy"]
        and bool(headers["referrer-policy"])
    )
