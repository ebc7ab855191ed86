"""A subscriber of our own on the loopback, and a town: a site with a hub, and a present that goes on when told.

The subscriber is a server that answers a hub, and keeps what it is asked and told.
"""

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from feeder.app import App
from feeder.model.hub import Mode, Wanted
from feeder.model.settings import Folder, Mail, Publish, Settings, Site, StoreSettings
from feeder.workflows import hub
from feeder.workflows.collect import collect
from feeder.workflows.exchange import Worked
from feeder.workflows.publish import publish

ATOM = "atom.xml"
DAY = timedelta(days=1)

Ask = dict[str, str]
"""The parameters of a GET by which a hub asks, or tells, something."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a hub posted."""

    path: str
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def repeat(asked: Ask) -> Reply:
    """Confirm whatever is asked, as a subscriber who meant it."""
    return Reply(content=asked.get("hub.challenge", "").encode())


class Listener:
    """Answers GET by `confirm` and POST by `take`, which tests may change at any time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Ask]] = []
        self.pushed: list[Pushed] = []
        self.confirm: Callable[[Ask], Reply] = repeat
        self.take: Callable[[Pushed], Reply] = lambda _: Reply(204)
        subscriber = self

        class Visit(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = dict(parse_qsl(urlsplit(self.path).query))
                subscriber.asked.append((self.path, asked))
                self._answer(subscriber.confirm(asked))

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                pushed = Pushed(self.path, {k.lower(): v for k, v in self.headers.items()}, content)
                subscriber.pushed.append(pushed)
                self._answer(subscriber.take(pushed))

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Visit)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def callback(self, path: str = "/cb", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def modes(self) -> list[str]:
        """What the hub has asked, or told, in order."""
        return [asked["hub.mode"] for _, asked in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def form(topic: str, callback: str, mode: str = "subscribe", **more: object) -> bytes:
    """Write the form by which a subscriber asks a hub; `lease_seconds=60` is `hub.lease_seconds`."""
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    return urlencode(fields | {f"hub.{name}": str(value) for name, value in more.items()}).encode()


def is_signed(pushed: Pushed, secret: str) -> bool:
    """Tell whether a hub that knows a secret has sent this."""
    expected = hmac.new(secret.encode(), pushed.content, sha256).hexdigest()
    return pushed.headers.get("x-hub-signature") == f"sha256={expected}"


@dataclass
class Town:
    """A site with a hub, a subscriber, and a present that goes on when a test says so."""

    app: App
    subscriber: Listener
    now: datetime
    stops: bool = False

    def write(self, name: str, front: str = "tags: ports") -> None:
        """Write an item, and let the site read it."""
        file = self.app.settings.folder / "content" / f"{name}.md"
        file.write_text(f"---\ntitle: Title of {name}\n{front}\n---\nBody of {name}.\n")
        collect(self.app.store, self.app.sources["texts"], self.now, announce=True, confirmed=False)

    def publish(self, name: str = "", front: str = "tags: ports") -> None:
        """Publish, perhaps with one more item."""
        if name:
            self.write(name, front)
        publish(self.app.store, self.app.press, self.now, progress=lambda work, _: work)

    def change(self, content: bytes = b"news", topic: str = ATOM) -> None:
        """Change a document as a publish does, without all that this needs to render one."""
        (self.app.settings.publish.folder / topic).write_bytes(content)
        with self.app.store.transaction() as tx:
            tx.hub.changed([topic], self.now)

    def ask(self, mode: Mode = Mode.SUBSCRIBE, topic: str = ATOM, path: str = "/cb", **more: Any) -> None:
        wanted = Wanted(mode, topic, self.subscriber.callback(path), **{"lease": 10 * DAY, **more})
        assert hub.ask(self.app.store, self.app.settings.site, wanted, self.now) is None

    def work(self) -> Worked:
        return hub.work(self.app.store, self.app.exchange(lambda: self.now, lambda: self.stops))

    def subscribe(self, **more: Any) -> None:
        self.ask(**more)
        assert self.work().verified == 1

    @property
    def pushed(self) -> list[Pushed]:
        return self.subscriber.pushed

    def subscriptions(self) -> int:
        with self.app.store.reading() as tx:
            return sum(tx.hub.count(self.now).values())

    def document(self, path: str = ATOM) -> bytes:
        return (self.app.settings.publish.folder / path).read_bytes()


def town_settings(folder: Path, *hubs: str) -> Settings:
    return Settings(
        folder=folder,
        site=Site("Spans", "Ada Fjordman", "http://127.0.0.1:8000/"),
        store=StoreSettings(f"sqlite:///{folder / 'feeder.db'}"),
        publish=Publish(folder / "public", hub=True, hubs=hubs, pages=False),
        mail=Mail(folder / "mail"),
        templates=folder / "templates",
        sources={"texts": Folder("texts", folder / "content")},
    )
