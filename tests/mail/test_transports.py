"""What every way out promises, whatever it leads to."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.mail.transports import Transport
from feeder.mail.transports.folder import Maildir
from feeder.mail.transports.several import Several
from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message
from feeder.model.settings import MailServer, Provider, Security
from tests.conftest import need, until
from tests.mail.provider_rig import ProviderHost, Reply
from tests.mail.smtp_rig import MailHost

Group = list[tuple[Envelope, Message]]
Came = tuple[str, str, object]


PROVIDERS = [str(provider) for provider in Provider]


@dataclass(slots=True)
class Way:
    """A way out, what has come at its end, and a way to break it. `form` is in which form messages come."""

    transport: Transport
    come: Callable[[], list[Came]]
    break_down: Callable[[], None]
    form: Callable[[bytes], object] = bytes

    def told(self, group: Group) -> list[Came]:
        """Return what must come of a group."""
        told = [
            (envelope.sender, envelope.recipient, self.form(message.content)) for envelope, message in group
        ]
        return sorted(told, key=str)


def group(*names: str, lines: tuple[str, ...] = ("Text", ".", "..", "End")) -> Group:
    return [
        (
            Envelope(f"bounce+{name}@ada.example", f"{name}@example.net"),
            Message(f"<{name}@ada.example>", content(f"bounce+{name}@ada.example", lines)),
        )
        for name in names
    ]


def content(sender: str, lines: tuple[str, ...]) -> bytes:
    """Write a message whose parts have just these lines."""
    head = [f"From: {sender}", "Subject: One", 'Content-Type: multipart/alternative; boundary="=_b"', ""]
    parts = [["--=_b", f"Content-Type: text/{kind}", "", *lines] for kind in ("plain", "html")]
    return "".join(f"{line}\r\n" for line in [*head, *parts[0], "", *parts[1], "", "--=_b--"]).encode()


def maildir(folder: Path) -> Way:
    def come() -> list[Came]:
        found: list[Came] = []
        for file in sorted(folder.glob("new/*")):
            first, second, content = file.read_bytes().split(b"\r\n", 2)
            sender = re.fullmatch("Return-Path: <(.*)>", first.decode())
            assert sender
            found.append((sender[1], second.decode().removeprefix("Delivered-To: "), content))
        return sorted(found, key=str)

    def break_down() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_bytes(b"")

    return Way(Maildir(folder), come, break_down)


def come(*hosts: MailHost) -> list[Came]:
    came = [(each.sender, each.recipient, each.content) for host in hosts for each in host.delivered]
    return sorted(came, key=str)


def by_provider(host: ProviderHost, transport: Transport) -> Way:
    def come() -> list[Came]:
        return sorted(((each.sender, each.recipient, each.said) for each in host.taken), key=str)

    def break_down() -> None:
        host.always(Reply(503))

    return Way(transport, come, break_down, host.simulated.form)


def breaker(*hosts: MailHost) -> Callable[[], None]:
    def break_down() -> None:
        for host in hosts:
            host.always("MAIL", "421 4.3.2 no more").always("GREETING", "421 4.3.2 no more")

    return break_down


@pytest.fixture(
    params=[
        "maildir",
        "smtp",
        "smtp one by one",
        "smtp starttls",
        "smtp tls",
        "several, of one",
        "several, of two",
        *PROVIDERS,
    ]
)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    if request.param == "maildir":
        yield maildir(tmp_path / "mail")
        return
    if request.param in PROVIDERS:
        with ProviderHost(Provider(request.param)) as host:
            yield by_provider(host, host.caller())
        return
    authority = trustme.CA()
    certified = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(certified)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    security = next((each for each in Security if request.param.endswith(each)), Security.NONE)
    with ExitStack() as opened:
        hosts = [
            opened.enter_context(
                MailHost(
                    () if "one by one" in request.param else ("PIPELINING", "SIZE"),
                    tls=None if security is Security.NONE else certified,
                    implicit=security is Security.TLS,
                )
            )
            for _ in range(2 if request.param.endswith("two") else 1)
        ]
        pools = [
            Pool(
                MailServer(f"s{host.port}", "localhost", host.port, security, timeout=timedelta(seconds=5)),
                trust,
            )
            for host in hosts
        ]
        transport: Transport = Several(pools) if "several" in request.param else pools[0]
        opened.callback(transport.close)
        yield Way(transport, lambda: come(*hosts), breaker(*hosts))


def test_messages_arrive_as_they_were_sent_with_their_envelopes(way: Way) -> None:
    sent = group("ada", "bob", "cem")

    outcomes = way.transport.send_group(sent)

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 3
    assert way.come() == way.told(sent)


def test_a_group_of_none_is_nothing(way: Way) -> None:
    assert way.transport.send_group([]) == []
    assert way.come() == []


def test_each_accepted_message_has_a_name_over_there(way: Way) -> None:
    outcomes = way.transport.send_group(group("ada", "bob"))

    assert len({outcome.queue_id for outcome in outcomes if isinstance(outcome, Accepted)}) == 2


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.sampled_from(["a", ".", "..", " ", "=", "From ", "", "x" * 76]), max_size=4).map("".join),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 10**9),
)
def test_any_lines_arrive_as_they_are(way: Way, lines: list[str], number: int) -> None:
    sent = group(f"n{number}", lines=tuple(lines))

    way.transport.send_group(sent)

    # A Maildir knows a message by its id, and takes it once.
    came = [each[2] for each in way.come() if each[1] == f"n{number}@example.net"]
    assert way.form(sent[0][1].content) in came or isinstance(way.transport, Maildir)


def test_threads_share_it(way: Way) -> None:
    groups = [group(*(f"{letter}{n}" for letter in "abc")) for n in range(20)]
    assert way.transport.connections >= 1

    with ThreadPoolExecutor(6) as threads:
        outcomes = [outcome for each in threads.map(way.transport.send_group, groups) for outcome in each]

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 60
    assert way.come() == way.told([each for one in groups for each in one])


def test_what_cannot_be_sent_now_waits_and_nothing_is_raised(way: Way) -> None:
    way.transport.send_group(group("ada"))
    way.break_down()

    outcomes = way.transport.send_group(group("bob", "cem"))

    assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred]
    for outcome in outcomes:
        assert isinstance(outcome, Deferred)
        assert outcome.reason
        assert outcome.reason.isprintable()
        assert "@" not in outcome.reason


def test_closing_twice_is_closing_once_and_it_opens_again(way: Way) -> None:
    way.transport.close()
    way.transport.send_group(group("ada"))
    way.transport.close()
    way.transport.close()

    assert [type(outcome) for outcome in way.transport.send_group(group("bob"))] == [Accepted]
    assert len(way.come()) == 2


# ── Postfix ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Postfix's own receiver for tests, which writes each message to a file; its port, and the folder."""
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    need(program, "smtp-sink (Debian's postfix)")
    assert program
    with MailHost() as free:
        port = free.port
    folder = tmp_path / "sunk"
    folder.mkdir()
    user = ["-u", "root"] if os.geteuid() == 0 else []
    command = [program, *user, "-d", f"{folder}/%M.", f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield port, folder
        finally:
            process.terminate()


def test_postfix_takes_what_we_say(sink: tuple[int, Path]) -> None:
    port, folder = sink
    server = MailServer("sink", "127.0.0.1", port, Security.NONE, connections=3)
    transport = Several([Pool(server, ssl.create_default_context())], monotonic=lambda: 0.0)
    assert until(lambda: listens(port), 10)
    groups = [group(*(f"{letter}{n}" for letter in "abcdefghij")) for n in range(30)]

    with ThreadPoolExecutor(3) as threads:
        outcomes = [outcome for each in threads.map(transport.send_group, groups) for outcome in each]
    transport.close()

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 300
    assert until(lambda: len(list(folder.iterdir())) == 300, 10)
    contents = [each[1].content.replace(b"\r\n", b"\n").strip() for one in groups for each in one]
    sunk = b"".join(file.read_bytes() for file in folder.iterdir())
    assert all(content in sunk for content in contents)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
