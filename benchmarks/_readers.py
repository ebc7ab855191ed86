"""Sites with readers in their stores, to be looked at or mailed from, and the service that runs one."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import _corpus
import _measuring
import _sites
from _sites import Site

from feeder import config
from feeder.app import App
from feeder.model.batches import batches
from feeder.model.newcomers import Newcomer
from feeder.model.subscribers import Consent, Origin, Preferences
from feeder.store import newcomers

_TOGETHER = 10_000
_NEW = 20
"""So many pieces are new to each reader; of these they get what is about their two subjects."""

_TOLD = 10
"""How many pieces an issue tells that is mailed to be measured."""

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Service:
    """A service that listens at a port of this machine."""

    port: int
    process: int

    def cpu_ms(self) -> float:
        """Return how many milliseconds of the processors it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def made(folder: Path, pieces: int, tags: int, store: str = "") -> Site:
    """Make a site with so many pieces and subjects, published; `store` is the address of an empty database."""
    _corpus.Corpus(pieces, tags).write(folder / "corpus")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"STORE__URL": store} if store else {}
    site = _sites.make(
        folder / "site",
        SOURCES__CONTENT__PATH=folder / "corpus",
        SITE__PUBLIC_URL=f"http://127.0.0.1:{port}/",
        WEB__PORT=str(port),
        WEB__RATE="0",
        SIGNUP__PER_NETWORK="100000",
        SIGNUP__MOST="1000000",
        PUBLISH__ARCHIVES="false",
        **settings,
    )
    site.feeder("once")
    return site


def opened(site: Site) -> App:
    """Open a site in this process."""
    return App(config.load(site.folder / "config" / "feeder.toml", site.environment))


def mailing(folder: Path, port: int, connections: int, body: str, **settings: str) -> Site:
    """Make a site with pieces to tell, whose mail goes to a server at a port of this machine."""
    made = _sites.make(
        folder,
        SITE__PUBLIC_URL="https://example.org/",
        SITE__POSTAL_ADDRESS="Quay 1",
        MAIL__SENDER="digest@example.org",
        SOURCES__CONTENT__ANNOUNCE="true",
        **settings,
    )
    with (folder / "config" / "feeder.toml").open("a") as file:
        file.write(
            f'[mail.servers.sink]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            f"connections = {connections}\n"
        )
    for number in range(_TOLD):
        words = [f"title: Piece {number} about quays", "date: 2026-11-20", "tags: [quays]"]
        (folder / "content" / f"piece-{number}.md").write_text("\n".join(["---", *words, "---", "", body]))
    made.feeder("sync")
    made.feeder("check", "--accept", "a sink of the measurement has no DNS")
    return made


def fill(app: App, readers: int) -> None:
    """Put readers in, with two subjects each; the ids are those from 1."""
    with app.store.reading() as tx:
        newest = tx.items.newest_number()
        tags = sorted(each.subject.slug for each in tx.feeds.counts() if each.path.startswith("tag/"))
    now = datetime.now(UTC).replace(microsecond=0)
    consent = Consent(Origin.IMPORT, now, now, "list.csv", "Yes, send me the digest.", "en")
    for numbers in batches(range(readers), _TOGETHER):
        with app.store.transaction() as tx:
            people = {
                tx.suppressions.key(mailed): newcomers.row(
                    Newcomer(
                        mailed,
                        Preferences(
                            "weekly",
                            "Europe/Berlin",
                            any_tags=(tags[number % len(tags)], tags[number * 7 % len(tags)]),
                        ),
                        now + timedelta(days=3),
                        now,
                        "you signed up for it",
                        consent,
                    )
                )
                for number, mailed in ((number, address(number)) for number in numbers)
            }
            tx.subscribers.add_all(people, max(0, newest - _NEW))


def address(number: int) -> str:
    """Return the address of a reader; the one with the id 1 is number 0."""
    return f"reader-{number}@example.org"


@contextmanager
def service(site: Site) -> Iterator[Service]:
    """Run the service, and tell of it when it answers and has come to rest."""
    port = int(site.environment["FEEDER_WEB__PORT"])
    log = (site.folder / "service.log").open("wb")
    with (
        log,
        subprocess.Popen(  # noqa: S603 - our own command
            [_sites.FEEDER, "run"], cwd=site.folder, env=site.environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            wait(lambda: _listens(port))
            time.sleep(10)  # what it does at first is done
            yield Service(port, process.pid)
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def wait(happens: Callable[[], bool]) -> None:
    """Wait until something has happened.

    Raises: DidNotWork.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > end:
            raise _measuring.DidNotWork("what was waited for never came")
        time.sleep(0.1)


def tidy(app: App) -> None:
    """Let PostgreSQL gather and write what it would in time, so that it does not while something is measured."""
    engine = app.store._engine  # noqa: SLF001 - what no feeder does
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for command in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.exec_driver_sql(command)
