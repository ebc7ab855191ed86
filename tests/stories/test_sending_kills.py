"""Senders that are killed at any moment, while their server has moods of its own: nothing is lost, and little doubled.

The server records every message. It defers, closes, hangs, refuses those who are gone, and sometimes takes a
message and drops the connection before it has said so.
"""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from feeder import config
from feeder.app import App
from feeder.model.deliveries import State
from tests.conftest import FEEDER, Site, new_site, piece, plain_environment
from tests.mail.smtp_rig import MailHost, Play, after, drop, hang

SEED = 20261128
READERS, GONE = 2_000, 40
CONNECTIONS, GROUP = 4, 10
DUE = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""A Monday; whoever sends takes this for the moment at which the test began."""

_WORKER = """
import os, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from feeder import config
from feeder.app import App
from feeder.workflows import send
due, began = datetime.fromisoformat(sys.argv[2]), float(sys.argv[3])
with App(config.load(Path(sys.argv[1]), os.environ)) as app:
    send.send_due(app.store, app.post, lambda: due + timedelta(seconds=int(time.time() - began)), stopped=lambda: False)
"""
"""One of several who send at a time."""


_MOODS: dict[str, list[tuple[Play, float]]] = {
    "MAIL": [(after("421 4.3.2 closing", drop), 0.002)],
    "RCPT": [("451 4.7.1 come again", 0.005)],
    "DATA": [(hang, 0.0005)],
    "DOT": [(drop, 0.002)],
}
"""What happens now and then at a stage, and how often."""


class Moody(MailHost):
    """A server that is not always well."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self.is_well = False
        self.dropped = 0
        self._chance = random.Random(seed)

    def next_play(self, stage: str, about: str) -> Play | None:
        """Decide what happens at a stage."""
        if stage == "RCPT" and about.startswith("gone"):
            return "550 5.1.1 no such user"
        with self._lock:
            roll = 1.0 if self.is_well else self._chance.random()
            mood = next((mood for mood, share in _MOODS.get(stage, ()) if roll < share), None)
            self.dropped += stage == "DOT" and mood is drop
        return mood


@dataclass(slots=True)
class Mailing:
    """A site whose digest is due to many."""

    site: Site
    host: Moody
    began: float

    def command(self, workers: int) -> list[str]:
        """Return what sends: the command of a user, or one worker of several."""
        if workers == 1:
            return [*FEEDER, "digest", "send", "--at", DUE.isoformat()]
        file = str(self.site.folder / "config" / "feeder.toml")
        return [sys.executable, "-c", _WORKER, file, DUE.isoformat(), str(self.began)]

    def start(self, workers: int) -> list[subprocess.Popen[bytes]]:
        environment = plain_environment() | self.site.environment
        return [
            subprocess.Popen(
                self.command(workers),
                cwd=self.site.folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(workers)
        ]

    def finish(self) -> None:
        """Let the server be well, and send what waits, hour by hour, until nothing does."""
        self.host.is_well = True
        for hours in range(2, 8):
            self.site.feeder("digest", "send", "--at", (DUE + timedelta(hours=hours)).isoformat())

    def app(self) -> App:
        return App(config.load(self.site.folder / "config" / "feeder.toml", self.site.environment))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty store."""
    if request.param == "sqlite":
        yield ""
        return
    server, name = request.getfixturevalue("postgresql"), f"kills_{uuid4().hex}"
    _psql(server, f"CREATE DATABASE {name}")
    yield f"{server}/{name}"
    _psql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _psql(server: str, statement: str) -> None:
    command = ["psql", "-X", "-q", "-d", f"{server}/postgres", "-c", statement]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture
def mailing(tmp_path: Path, url: str) -> Iterator[Callable[[str], Mailing]]:
    """Make a site with readers, whose mail goes to a moody server."""
    hosts = []

    def make(seed: str) -> Mailing:
        hosts.append(host := Moody(seed))
        host.__enter__()
        site = new_site(tmp_path / "site")
        site.settings |= {
            "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
            "FEEDER_SITE__POSTAL_ADDRESS": "Quay 1",
            "FEEDER_MAIL__SENDER": "digest@spans.example",
            "FEEDER_SOURCES__CONTENT__ANNOUNCE": "true",
            "FEEDER_DELIVERY__LEASE": "3s",
            **({"FEEDER_STORE__URL": url} if url else {}),
        }
        site.configure(
            f'[mail.servers.relay]\nhost = "127.0.0.1"\nport = {host.port}\nsecurity = "none"\n'
            f'connections = {CONNECTIONS}\ntimeout = "2s"\n'
        )
        names = [f"reader-{n}" for n in range(READERS)] + [f"gone-{n}" for n in range(GONE)]
        rows = "\n".join(f"{name}@example.org" for name in names)
        (site.folder / "list.csv").write_text(f"email\n{rows}\n")
        site.done("subscriber", "import", "list.csv", "--consent-waived", "a test")
        site.write("a.md", piece("Title of a.", "tags: [x]"))
        site.done("sync")
        return Mailing(site, host, time.time())

    yield make
    for host in hosts:
        host.__exit__(None, None, None)


def survives(mailing: Mailing, workers: int, kills: int, chance: random.Random) -> None:
    """Kill whoever sends again and again, let the last ones finish, and look at what came of it."""
    for _ in range(kills):
        senders = mailing.start(workers)
        time.sleep(chance.uniform(0.7, 2.0))
        for sender in senders:
            sender.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.wait(60)
    mailing.finish()

    came = Counter(mailing.host.recipients())
    assert {f"reader-{n}@example.org" for n in range(READERS)} == set(came), (
        "lost, or sent to nobody's address"
    )
    doubled = sum(times - 1 for times in came.values())
    allowed = kills * workers * CONNECTIONS * GROUP + mailing.host.dropped
    assert doubled <= allowed
    with mailing.app() as app, app.store.reading() as tx:
        counts = tx.deliveries.counts()
        newest = tx.items.newest_number()
        cursors = Counter((reader.address.split("-")[0], reader.cursor) for reader in tx.subscribers.all())
    assert counts == {State.ACCEPTED: READERS, State.REFUSED: GONE}
    assert cursors == {("reader", newest): READERS, ("gone", 0): GONE}
    ids: dict[str, set[bytes]] = {}
    for each in mailing.host.delivered:
        head = each.content.partition(b"\r\n\r\n")[0]
        (line,) = [line for line in head.split(b"\r\n") if line.startswith(b"Message-ID:")]
        ids.setdefault(each.recipient, set()).add(line)
    assert {len(found) for found in ids.values()} == {1}, "a message that comes twice is known by its id"


@pytest.mark.parametrize("workers", [1, 3])
def test_senders_killed_at_any_moment_lose_nothing(mailing: Callable[[str], Mailing], workers: int) -> None:
    seed = f"{SEED} {workers}"
    survives(mailing(seed), workers, 10, random.Random(seed))


@pytest.mark.soak
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("part", range(20))
def test_senders_killed_two_hundred_times_lose_nothing(
    mailing: Callable[[str], Mailing], workers: int, part: int
) -> None:
    seed = f"{SEED} {workers} {part}"
    survives(mailing(seed), workers, 10, random.Random(seed))
