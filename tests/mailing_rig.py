"""An issue to many readers by a mail server that has moods of its own, and a look at what came of it.

The server records every message. It defers, closes, hangs, refuses those who are gone, and sometimes takes a
message and drops the connection before it has said so.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeder import config
from feeder.app import App
from feeder.model.deliveries import State
from tests import launcher
from tests.conftest import Site, new_site, piece, plain_environment, until
from tests.mail.smtp_rig import MailHost, Play, after, drop, hang

READERS = 1_000
CONNECTIONS, GROUP = 4, 10
DUE = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""A Monday; whoever sends takes this for the moment at which the test began."""

_MOODS: dict[str, list[tuple[Play, float]]] = {
    "MAIL": [(after("421 4.3.2 closing", drop), 0.002)],
    "RCPT": [("451 4.7.1 come again", 0.005)],
    "DATA": [(hang, 0.0005)],
    "DOT": [(drop, 0.002)],
}
"""What happens now and then at a stage, and how often."""


_SECONDS_A_MESSAGE = 0.002
"""How long the server thinks about each, so that an issue lasts for a few seconds."""


class Moody(MailHost):
    """A server that is not always well."""

    def __init__(self, seed: str, address: str = "127.0.0.1") -> None:
        super().__init__(address=address)
        self.is_well = False
        self.dropped = 0
        self._chance = random.Random(seed)

    def next_play(self, stage: str, about: str) -> Play | None:
        """Decide what happens at a stage."""
        if stage == "RCPT" and about.startswith("gone"):
            return "550 5.1.1 no such user"
        with self._lock:
            if stage == "MAIL" and not self.is_well:
                time.sleep(_SECONDS_A_MESSAGE)
            roll = 1.0 if self.is_well else self._chance.random()
            mood = next((mood for mood, share in _MOODS.get(stage, ()) if roll < share), None)
            self.dropped += stage == "DOT" and mood is drop
        return mood


@dataclass(slots=True)
class Mailing:
    """A site whose digest is due to `readers`, and `workers` who send it. What these complain of is in `log`."""

    site: Site
    host: Moody
    workers: int
    readers: int
    began: float = field(default_factory=time.time)
    senders: list[launcher.Started] = field(default_factory=list)

    @property
    def addresses(self) -> list[str]:
        return [f"reader-{number}@example.org" for number in range(self.readers)]

    @property
    def gone(self) -> list[str]:
        """The addresses of some more, at whom the server knows nobody."""
        return [f"gone-{number}@example.org" for number in range(self.readers // 50)]

    @property
    def log(self) -> Path:
        return self.site.folder.with_name("senders.log")  # beside the site, whose own disk may be full

    def start(self) -> None:
        """Let as many send as should, where some have ended or not begun."""
        self.senders = [sender for sender in self.senders if sender.poll() is None]
        while len(self.senders) < self.workers:
            self.senders.append(self._sender())

    def _sender(self) -> launcher.Started:
        """Start the command of a user, or one worker of several."""
        folder, environment = self.site.folder, plain_environment() | self.site.environment
        file = str(folder / "config" / "feeder.toml")
        several = (file, DUE.isoformat(), str(self.began))
        with self.log.open("ab") as err, Path(os.devnull).open("wb") as nobody:
            if self.workers == 1:
                command = ("digest", "send", "--at", DUE.isoformat())
                return launcher.start(command, folder, environment, nobody, err)
            return launcher.start(several, folder, environment, nobody, err, program="tests.mailing_worker")

    def go_on(self, messages: int) -> None:
        """Send until some more messages are on their way."""
        enough = len(self.host.said("MAIL")) + messages

        def is_far_enough() -> bool:
            self.start()
            return len(self.host.said("MAIL")) >= enough

        assert until(is_far_enough, 120), self.log.read_text()

    def wait(self) -> None:
        """Wait until all who send have come to an end."""
        for sender in self.senders:
            sender.wait(120)

    def kill(self, some: Sequence[launcher.Started]) -> None:
        for sender in some:
            sender.kill()
        for sender in some:
            sender.wait(60)

    def finish(self) -> None:
        """Let the server be well, and send what waits, hour by hour, until nothing does."""
        self.host.is_well = True
        for hours in range(2, 8):
            self.site.feeder("digest", "send", "--at", (DUE + timedelta(hours=hours)).isoformat())

    def app(self) -> App:
        return App(config.load(self.site.folder / "config" / "feeder.toml", self.site.environment))

    @property
    def doubled(self) -> int:
        """How many messages came once more than they should have."""
        return sum(times - 1 for times in Counter(self.host.recipients()).values())


@contextmanager
def a_mailing(folder: Path, url: str, workers: int, seed: str, readers: int = READERS) -> Iterator[Mailing]:
    """Make a site in a folder whose store is at `url`, or in a file, with readers; its mail goes to a moody server."""
    with Moody(seed) as host:
        site = new_site(folder)
        site.settings |= {
            "FEEDER_DELIVERY__LEASE": "5s",
            **({"FEEDER_STORE__URL": url} if url else {}),
        }
        mailing = Mailing(site, host, workers, readers)
        make_ready(mailing)
        try:
            yield mailing
        finally:
            mailing.kill(mailing.senders)


def make_ready(mailing: Mailing) -> None:
    """Give the site of a mailing a server, its readers and something to tell them."""
    site, host = mailing.site, mailing.host
    site.settings |= {
        "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
        "FEEDER_SITE__POSTAL_ADDRESS": "Quay 1",
        "FEEDER_MAIL__SENDER": "digest@spans.example",
        "FEEDER_SOURCES__CONTENT__ANNOUNCE": "true",
    }
    site.configure(
        f'[mail.servers.relay]\nhost = "{host.address}"\nport = {host.port}\nsecurity = "none"\n'
        f'connections = {CONNECTIONS}\ntimeout = "2s"\n'
    )
    site.done("check", "--accept", "a server of the tests has no DNS")
    (site.folder / "list.csv").write_text("\n".join(["email", *mailing.addresses, *mailing.gone]))
    site.done("subscriber", "import", "list.csv", "--consent-waived", "a test")
    site.write("a.md", piece("Title of a.", "tags: [x]"))
    site.done("sync")


def all_came(mailing: Mailing) -> None:
    """Assert that everybody got the issue, that a message that comes twice is the same, and that the ledger is right."""
    assert set(mailing.addresses) == set(mailing.host.recipients()), "lost, or sent to nobody's address"
    ids: dict[str, set[bytes]] = {}
    for each in mailing.host.delivered:
        head = each.content.partition(b"\r\n\r\n")[0]
        (line,) = [line for line in head.split(b"\r\n") if line.startswith(b"Message-ID:")]
        ids.setdefault(each.recipient, set()).add(line)
    assert {len(found) for found in ids.values()} == {1}, "a message that comes twice is known by its id"
    with mailing.app() as app, app.store.reading() as tx:
        counts = tx.deliveries.counts()
        newest = tx.items.newest_number()
        cursors = Counter((reader.address.split("-")[0], reader.cursor) for reader in tx.subscribers.all())
    came, refused = mailing.readers, len(mailing.gone)
    assert counts == {State.ACCEPTED: came, State.REFUSED: refused}
    assert cursors == {("reader", newest): came, ("gone", 0): refused}
