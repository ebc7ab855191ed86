"""A site on the loopback that answers as badly as the web does, and clients that reach it by any name."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import httpcore
import pytest

from feeder import net

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
PUBLIC = "93.184.215.14"

Play = bytes | Callable[[socket.socket], None]
"""What a route sends: an answer, after which the connection goes on; or all that the callable does, and the end."""


def reply(status: int = 200, body: bytes = b"", **headers: object) -> bytes:
    """Write an answer, with its length unless another is given."""
    fields = {"Content-Length": len(body)} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str]
    method: str = "GET"
    content: bytes = b""


class Site:
    """Plays each route's answers one after the other, the last one again and again, and notes who asked what."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, list[Play]] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.ended = threading.Event()
        self._lock = threading.Lock()
        site = self

        class Visit(BaseRequestHandler):
            def handle(self) -> None:
                site._serve(self.request, tls)

        class Server(ThreadingTCPServer):
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Visit)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def plays(self, path: str, *answers: Play) -> None:
        self.routes[path] = list(answers)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        connection.settimeout(5)
        with self._lock:
            self.connections += 1
        try:
            if tls is None:
                self._talk(connection)
            else:
                with tls.wrap_socket(connection, server_side=True) as secured:
                    self._talk(secured)
        except OSError:
            return  # the client has gone, or trusts nobody here

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as incoming:
            while line := incoming.readline():
                method, path, _ = line.decode().split()
                headers: dict[str, str] = {}
                while (field := incoming.readline().decode().strip()) != "":
                    name, _, value = field.partition(": ")
                    headers[name.lower()] = value
                content = incoming.read(int(headers.get("content-length", 0)))
                with self._lock:
                    self.requests.append(Request(path, headers, method, content))
                    answers = self.routes.get(path, [reply(404)])
                    play = answers.pop(0) if len(answers) > 1 else answers[0]
                if not isinstance(play, bytes):
                    play(connection)
                    return
                connection.sendall(play.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else play)


class Rerouted(httpcore.NetworkBackend):
    """Takes note of the addresses that are connected to, and goes to the loopback instead."""

    def __init__(self, ports: dict[int, int]) -> None:
        self.addresses: list[str] = []
        self._ports = ports

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.NetworkStream:
        self.addresses.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self._ports.get(port, port), timeout)


@dataclass(slots=True)
class Names:
    """Resolves names: each to what stands in the table, else to a public address."""

    table: dict[str, Sequence[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.table.get(host, [PUBLIC])


@dataclass(slots=True)
class World:
    """A client in a world where every name leads to one site."""

    client: net.Client
    site: Site
    names: Names
    network: Rerouted
    slept: list[float]

    def get(self, url: str, **options: Any) -> net.Answer:
        return self.client.get(url, **options)

    def fails(self, url: str, **options: Any) -> net.RequestFailed:
        with pytest.raises(net.RequestFailed) as raised:
            self.client.get(url, **options)
        return raised.value


MakeWorld = Callable[..., World]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def new_world(site: Site) -> Iterator[MakeWorld]:
    """Makes worlds with limits, trust and ports of their own."""
    worlds: list[World] = []

    def make(
        limits: net.Limits | None = None,
        tls: ssl.SSLContext | None = None,
        ports: dict[int, int] | None = None,
    ) -> World:
        names, network, slept = Names(), Rerouted(ports or {80: site.port}), list[float]()
        client = net.Client(
            "feeder/test (+mailto:me@example.org)",
            limits,
            # To trust nobody takes no time; the default reads the authorities of browsers.
            tls=tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            resolve=names,
            network=network,
            sleep=slept.append,
            clock=lambda: NOW,
            random=Random(1),
        )
        worlds.append(World(client, site, names, network, slept))
        return worlds[-1]

    yield make
    for world in worlds:
        world.client.close()


@pytest.fixture
def world(new_world: MakeWorld) -> World:
    return new_world()
