"""An object store of our own: moto's S3 server on loopback, and a way there that can be cut."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from moto.s3.models import S3Backend

BUCKET = "spans-example"
SECRET = "a-secret-that-nobody-sees"


@dataclass(slots=True)
class Ask:
    """A request that came: how, for what, and on which condition."""

    method: str
    path: str
    condition: str


@dataclass
class Way:
    """The way to the store: what was asked on it, and which requests it lets through."""

    server: tuple[str, int]
    asked: list[Ask] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    """Ends of paths that are never answered: the connection is cut instead."""
    answers_lost: set[str] = field(default_factory=set)
    """Ends of paths that get there, and whose answer is lost."""

    cut_after: int | None = None
    """How many requests get there before the way is cut; None for any number."""

    def is_cut(self, path: str) -> bool:
        """Tell whether a request for a path gets nowhere."""
        return path.endswith(tuple(self.dropped)) or (
            self.cut_after is not None and len(self.asked) > self.cut_after
        )

    def written(self) -> list[str]:
        """Return the paths that were put, in the order in which they were asked for."""
        return [ask.path for ask in self.asked if ask.method == "PUT"]


class _Proxy(BaseHTTPRequestHandler):
    way: Way
    protocol_version = "HTTP/1.1"

    def do(self) -> None:
        way, length = self.way, int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        condition = self.headers.get("If-Match") or self.headers.get("If-None-Match") or ""
        path = self.path.removeprefix(f"/{BUCKET}/")
        way.asked.append(Ask(self.command, path, condition))
        if way.is_cut(path):
            self.close_connection = True
            return
        upstream = HTTPConnection(*way.server, timeout=20)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if path.endswith(tuple(way.answers_lost)):
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        told = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", told or "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do  # noqa: N815 - the names that the library looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class ObjectStore:
    """A running S3 server, with one empty bucket."""

    host: str
    port: int

    def environment(self, address: str | None = None) -> dict[str, str]:
        """What the environment says to whoever publishes there, perhaps by another way."""
        return {
            "AWS_ENDPOINT_URL": address or f"http://{self.host}:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "a-key",
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def empty(self) -> None:
        """Make the bucket anew."""
        backend = _backend()
        backend.reset()
        backend.create_bucket(BUCKET, "us-east-1")

    @contextmanager
    def asking_who_it_is(self) -> Iterator[None]:
        """Let in only who is known, and that is nobody."""
        self._let_in("0")
        try:
            yield
        finally:
            self._let_in("Infinity")

    def _let_in(self, asks: str) -> None:
        """Let in so many requests of anybody."""
        asking = HTTPConnection(self.host, self.port, timeout=20)
        asking.request("POST", "/moto-api/reset-auth", asks)
        assert asking.getresponse().status == 200
        asking.close()

    def paths(self) -> set[str]:
        """Return what is there."""
        return set(_backend().get_bucket(BUCKET).keys)

    def get(self, path: str) -> tuple[bytes, dict[str, str]]:
        """Fetch an object as the public does."""
        asking = HTTPConnection(self.host, self.port, timeout=20)
        asking.request("GET", f"/{BUCKET}/{quote(path)}", headers=_ANYBODY)
        answer = asking.getresponse()
        content, fields = answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        asking.close()
        assert answer.status == 200, (path, answer.status)
        return content, fields

    def put(self, path: str, content: bytes) -> None:
        """Put an object as somebody else does."""
        _backend().put_object(BUCKET, path, content)


def _backend() -> "S3Backend":
    """Return what the server in this process has."""
    from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415 - see below
    from moto.s3.models import s3_backends  # noqa: PLC0415

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


_ANYBODY = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20261128/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=x"
}
"""What moto needs to see, to know that S3 is meant."""


@contextmanager
def an_object_store() -> Iterator[ObjectStore]:
    """Run the server on a port of its own."""
    # It takes seconds to import, which all would wait for who run any test.
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield ObjectStore(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def a_way_to(store: ObjectStore) -> Iterator[tuple[str, Way]]:
    """Open a way to the server that notes what is asked on it, and can be cut; return its address."""
    way = Way((store.host, store.port))
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Proxy", (_Proxy,), {"way": way}))
    proxy.daemon_threads = True
    thread = threading.Thread(target=proxy.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}", way
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
