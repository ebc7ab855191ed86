"""Providers on the loopback: each takes what its documentation says, and refuses everything else.

By default they are content. What a test tells them to do instead, they do once for each time it was told.
Written after the providers' documentation, from memory of no real account.
"""

import json
import re
import socket
import ssl
import struct
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from feeder import net
from feeder.mail.transports.providers import APIS, signing
from feeder.mail.transports.providers.caller import Caller
from feeder.model.settings import MailProvider, Provider

KEY = "key-of-a-test"
ACCESS_KEY = "AKIDEXAMPLE"
REGION = "eu-west-1"
DOMAIN = "ada.example"

_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The loopback does without TLS; and this takes no time to make."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a provider has taken. `said` is its bytes, or what the parts of it say."""

    sender: str
    recipient: str
    said: object
    token: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says to its reader, however it is put together."""

    subject: str
    text: str
    html: str
    fields: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """A call, as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that a test wants."""

    status: int
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Drop:
    """The connection ends before an answer; `takes` says whether the messages were taken by then."""

    def __init__(self, *, takes: bool) -> None:
        self.takes = takes


LOST = Drop(takes=True)
CUT = Drop(takes=False)

Play = Reply | Drop


class Refused(Exception):
    """A call that the documentation does not allow."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


class Simulated:
    """One provider, as far as it is documented. It knows what it was sent, and which keys it has seen."""

    name: Provider
    path: str

    def check(self, request: Request) -> None:
        """Refuse whoever shows no key."""
        raise NotImplementedError

    def taken(self, request: Request) -> list[Taken]:
        """Read the messages of a call."""
        raise NotImplementedError

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        """Say that they were taken; the first of them is the `first` of all."""
        raise NotImplementedError

    def key(self, request: Request) -> str:
        """Return by what a call is known again; empty for nothing."""
        return ""

    def again(self, reply: Reply) -> Reply:
        """Answer a call that is known, as it was answered."""
        return reply

    def form(self, content: bytes) -> object:
        """Return what comes of a message's bytes."""
        return content


class Ses(Simulated):
    name = Provider.SES
    path = "/v2/email/outbound-emails"

    def check(self, request: Request) -> None:
        moment = request.headers.get("x-amz-date", "")
        own = {"Content-Type": request.headers["content-type"]}
        credentials = signing.Credentials(ACCESS_KEY, KEY, REGION, "ses")
        url = f"http://{request.headers['host']}{request.path}"
        now = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if moment else datetime.now(UTC)
        expected = signing.headers(credentials, url, own, request.body, now)["Authorization"]
        if request.headers.get("authorization") != expected:
            headers = {"x-amzn-ErrorType": "SignatureDoesNotMatch:http://internal.amazon.com/"}
            raise Refused(Reply(403, {"message": "The request signature does not match"}, headers))

    def taken(self, request: Request) -> list[Taken]:
        told = request.json
        (recipient,) = told["Destination"]["ToAddresses"]
        tags = {tag["Name"]: tag["Value"] for tag in told["EmailTags"]}
        assert all(re.fullmatch("[A-Za-z0-9_.@-]{1,256}", value) for value in tags.values())
        content = b64decode(told["Content"]["Raw"]["Data"], validate=True)
        sender = told["FeedbackForwardingEmailAddress"]
        return [Taken(sender, recipient, content, tags.get("feeder-return", ""))]

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        return Reply(200, {"MessageId": f"0102018f-{first}-000000"})


class Parted(Simulated):
    """A provider that is told the parts of messages, and puts them together."""

    def form(self, content: bytes) -> object:
        message = message_from_bytes(content, policy=default)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        return Said(
            message["Subject"],
            text.get_content().replace("\r\n", "\n") if text else "",
            html.get_content().replace("\r\n", "\n") if html else "",
            self.fields(
                {name: str(value) for name, value in message_from_bytes(content).items()},
                ("from", "to", "subject", "date", "mime-version", "content-type"),
            ),
        )

    def fields(self, found: Mapping[str, str], without: Sequence[str] = ()) -> frozenset[tuple[str, str]]:
        """Return fields of a head: names in small letters, on one line."""
        named = {name.lower(): " ".join(body.split()) for name, body in found.items()}
        named |= {"message-id": named.pop("x-message-id")} if "x-message-id" in named else {}
        assert all(name.isascii() and body.isascii() for name, body in named.items())
        return frozenset((name, body) for name, body in named.items() if name not in without)

    def bearer(self, request: Request, refused: Reply) -> None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(refused)


class Postmark(Parted):
    name = Provider.POSTMARK
    path = "/email/batch"

    def check(self, request: Request) -> None:
        if request.headers.get("x-postmark-server-token") != KEY:
            told = "The server token you provided in the X-Postmark-Server-Token request header was invalid."
            raise Refused(Reply(401, {"ErrorCode": 10, "Message": told}))

    def taken(self, request: Request) -> list[Taken]:
        return [self._read(told) for told in request.json]

    def _read(self, told: dict[str, Any]) -> Taken:
        assert (told["TrackOpens"], told["TrackLinks"]) == (False, "None")
        assert all(len(value) <= 80 for value in told.get("Metadata", {}).values())
        fields = {each["Name"]: each["Value"] for each in told["Headers"]}
        assert fields["X-PM-KeepID"] == "true"
        said = Said(told["Subject"], told["TextBody"], told["HtmlBody"], self.fields(fields, ["x-pm-keepid"]))
        sender = parseaddr(told["From"])[1]
        return Taken(sender, told["To"], said, told.get("Metadata", {}).get("feeder-return", ""))

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        return Reply(
            200,
            [
                {
                    "To": each.recipient,
                    "SubmittedAt": "2026-11-23T08:00:00.0000000Z",
                    "MessageID": f"b7bc2f4a-e38e-4336-af7d-{first + n:012}",
                    "ErrorCode": 0,
                    "Message": "OK",
                }
                for n, each in enumerate(taken)
            ],
        )


class Mailgun(Simulated):
    name = Provider.MAILGUN
    path = f"/v3/{DOMAIN}/messages.mime"

    def check(self, request: Request) -> None:
        kind, _, proof = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or b64decode(proof) != f"api:{KEY}".encode():
            raise Refused(Reply(401, "Forbidden"))

    def taken(self, request: Request) -> list[Taken]:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        form = message_from_bytes(head + request.body)
        boundary = form.get_boundary()
        assert boundary
        # The standard library would take the message apart as well, and change its last line end.
        told: dict[str, bytes] = {}
        for part in request.body.split(f"--{boundary}".encode())[1:-1]:
            fields, _, value = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
            found = re.search(rb'form-data; name="([^"]+)"', fields)
            assert found
            told[found[1].decode()] = value
        assert told["o:tracking"] == b"no"
        sender = parseaddr(str(message_from_bytes(told["message"])["From"]))[1]
        token = told.get("v:feeder-return", b"").decode()
        return [Taken(sender, told["to"].decode(), told["message"], token)]

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        return Reply(200, {"id": f"<{first}.20261123080000@{DOMAIN}>", "message": "Queued. Thank you."})


class SendGrid(Parted):
    name = Provider.SENDGRID
    path = "/v3/mail/send"

    def check(self, request: Request) -> None:
        told = "The provided authorization grant is invalid, expired, or revoked"
        self.bearer(request, Reply(401, {"errors": [{"message": told, "field": None, "help": None}]}))

    def taken(self, request: Request) -> list[Taken]:
        told = request.json
        (person,) = told["personalizations"]
        assert not any(each["enable"] for each in told["tracking_settings"].values())
        content = {part["type"]: part["value"] for part in told["content"]}
        assert next(iter(content)) == "text/plain"
        assert all(content.values())
        said = Said(
            told["subject"], content["text/plain"], content.get("text/html", ""), self.fields(told["headers"])
        )
        token = person.get("custom_args", {}).get("feeder-return", "")
        return [Taken(told["from"]["email"], person["to"][0]["email"], said, token)]

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        return Reply(202, "", {"X-Message-Id": f"14c5d75ce93-{first}"})


class Brevo(Parted):
    name = Provider.BREVO
    path = "/v3/smtp/email"

    def check(self, request: Request) -> None:
        if request.headers.get("api-key") != KEY:
            raise Refused(Reply(401, {"code": "unauthorized", "message": "Key not found"}))

    def key(self, request: Request) -> str:
        return str(UUID(request.json["headers"]["idempotencyKey"]))

    def again(self, reply: Reply) -> Reply:
        return Reply(400, {"code": "duplicate_parameter", "message": "idempotencyKey is already used"})

    def taken(self, request: Request) -> list[Taken]:
        told = request.json
        assert told["htmlContent"]
        return [self._read(told["sender"]["email"], version) for version in told["messageVersions"]]

    def _read(self, sender: str, version: dict[str, Any]) -> Taken:
        assert version["htmlContent"]
        custom = json.loads(version["headers"].get("X-Mailin-custom", "{}"))
        fields = self.fields(version["headers"], ["x-mailin-custom"])
        said = Said(version["subject"], version["textContent"], version["htmlContent"], fields)
        (to,) = version["to"]
        return Taken(sender, to["email"], said, custom.get("feeder-return", ""))

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        names = [f"<20261123080000.{first + n}@smtp-relay.mailin.fr>" for n in range(len(taken))]
        return Reply(201, {"messageIds": names})


class Resend(Parted):
    name = Provider.RESEND
    path = "/emails/batch"

    def check(self, request: Request) -> None:
        told = {"statusCode": 401, "name": "validation_error", "message": "API key is invalid"}
        self.bearer(request, Reply(401, told))

    def key(self, request: Request) -> str:
        key = request.headers["idempotency-key"]
        assert 1 <= len(key) <= 256
        return key

    def taken(self, request: Request) -> list[Taken]:
        assert request.headers["x-batch-validation"] == "permissive"
        assert len(request.json) <= 100
        return [self._read(told) for told in request.json]

    def _read(self, told: dict[str, Any]) -> Taken:
        sender = re.fullmatch(r'(?:[^<>"@,;:()\[\]\\]+ <([^<>]+)>|([^<> ]+))', told["from"])
        assert sender, told["from"]
        assert all(re.fullmatch("[A-Za-z0-9_-]{1,256}", tag["value"]) for tag in told.get("tags", []))
        said = Said(told["subject"], told["text"], told.get("html", ""), self.fields(told["headers"]))
        tags = {tag["name"]: tag["value"] for tag in told.get("tags", [])}
        return Taken(sender[1] or sender[2], told["to"][0], said, tags.get("feeder-return", ""))

    def answer(self, taken: Sequence[Taken], first: int) -> Reply:
        return Reply(
            200, {"data": [{"id": f"ae2014de-c168-4c61-8267-{first + n:012}"} for n in range(len(taken))]}
        )


SIMULATED: dict[Provider, type[Simulated]] = {
    each.name: each for each in (Ses, Postmark, Mailgun, SendGrid, Brevo, Resend)
}


class ProviderHost:
    """A provider, listening. `taken` are the messages that it took, `requests` the calls that came."""

    def __init__(self, name: Provider) -> None:
        self.simulated = SIMULATED[name]()
        self.taken: list[Taken] = []
        self.requests: list[Request] = []
        self.connections = 0
        self._callers: list[Caller] = []
        self._plays: deque[Play] = deque()
        self._always: Play | None = None
        self._known: dict[str, Reply] = {}
        self._lock = threading.Lock()
        host = self

        class Visit(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for its other half

            def setup(self) -> None:
                super().setup()
                with host._lock:
                    host.connections += 1

            def do_POST(self) -> None:  # the standard library's name
                host._serve(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 50

            def handle_error(self, *_: object) -> None:
                """A connection that breaks is what tests are about; anything else is told by what follows."""

        self._server = Server(("127.0.0.1", 0), Visit)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def settings(self, **changed: Any) -> MailProvider:
        """Return what a site says that uses it."""
        name = self.simulated.name
        is_ses = name is Provider.SES
        told: dict[str, Any] = {
            "key": KEY,
            "user": ACCESS_KEY if is_ses else "",
            "region": REGION if is_ses else "",
            "domain": DOMAIN if name is Provider.MAILGUN else "",
            "api": self.url,
        }
        return MailProvider(name, **told | changed)

    def caller(
        self,
        slept: list[float] | None = None,
        monotonic: Callable[[], float] | None = None,
        **changed: Any,
    ) -> Caller:
        """Return a way out to it, for which time goes on while it sleeps, and only then; it is closed with the host."""
        naps = [] if slept is None else slept
        settings = self.settings(**changed)
        limits = net.Limits(silence=settings.timeout, whole=settings.timeout, at_once=settings.connections)
        caller = Caller(
            APIS[settings.name](settings),
            settings,
            lambda: net.Client("feeder/test", limits, tls=_TRUSTS_NOBODY),
            sleep=naps.append,
            monotonic=monotonic or (lambda: sum(naps)),
        )
        self._callers.append(caller)
        return caller

    def plays(self, *plays: Play) -> Self:
        """Do these things, one for each call, before being content again."""
        with self._lock:
            self._plays.extend(plays)
        return self

    def always(self, play: Play) -> Self:
        self._always = play
        return self

    def recipients(self) -> list[str]:
        return [each.recipient for each in self.taken]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for caller in self._callers:
            caller.close()
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _serve(self, visit: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in visit.headers.items()}
        body = visit.rfile.read(int(headers["content-length"]))
        request = Request(urlsplit(visit.path).path, headers, body)
        with self._lock:
            self.requests.append(request)
            play = self._plays.popleft() if self._plays else self._always
        if isinstance(play, Reply):
            _write(visit, play)
            return
        if isinstance(play, Drop) and not play.takes:
            _hang_up(visit)
            return
        reply = self._answered(request)
        if isinstance(play, Drop):
            _hang_up(visit)
        else:
            _write(visit, reply)

    def _answered(self, request: Request) -> Reply:
        """Take the messages of a call, once for each key."""
        simulated = self.simulated
        if request.path != simulated.path:
            return Reply(404, {"message": "no such resource"})
        try:
            simulated.check(request)
        except Refused as refused:
            return refused.reply
        try:
            taken, key = simulated.taken(request), simulated.key(request)
        except (KeyError, ValueError):
            return Reply(400, {"message": "something is missing"})
        with self._lock:
            if key and key in self._known:
                return simulated.again(self._known[key])
            reply = simulated.answer(taken, len(self.taken))
            self.taken += taken
            self._known[key] = reply
            return reply


def _write(visit: BaseHTTPRequestHandler, reply: Reply) -> None:
    body = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
    visit.send_response(reply.status)
    for name, value in {**reply.headers, "Content-Length": str(len(body))}.items():
        visit.send_header(name, value)
    visit.end_headers()
    visit.wfile.write(body)


def _hang_up(visit: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.connection.close()
    visit.close_connection = True
