"""How soon the first message of an issue leaves: after it was due, and after a kill and a new start.

    .venv/bin/python benchmarks/first_message.py [--issues 10] [--kills 10]

`feeder run` serves a site whose readers are due one after the other, some seconds apart; a mail server in this
process notes when each message had come whole. Then the service is killed with SIGKILL, each time while that
server has a message and has not said yes to it, and started again: what counts is the time from there to the
next whole message, with all that starting takes.

Goals: within half a second of being due, and within five seconds of a restart.
"""

import argparse
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median

import _measuring
import _readers
import _sites
from _sites import Site

from feeder.model.subscribers import Preferences

_BEFORE = timedelta(seconds=8)
"""How long the service has to start, before anybody is due."""

_APART = timedelta(seconds=2)
_WAIT_SECONDS = 30.0


class _Host(socketserver.ThreadingTCPServer):
    """A mail server that says yes to everything, as long as it `answers`, and notes when a message had come whole."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers = threading.Event()
        self.answers.set()
        self.whole: list[float] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Host

    def handle(self) -> None:
        """Answer each command."""
        self._say("220 recorder")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    self._take()
                case b"QUIT":
                    return self._say("221 bye")
                case _:
                    self._say("250 ok")
        return None

    def _take(self) -> None:
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        self.server.whole.append(time.time())
        self.server.answers.wait()
        self._say("250 ok")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def host() -> Iterator[_Host]:
    """Serve in a thread."""
    with _Host() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.answers.set()
        made.shutdown()


def expect(made: Site, name: str, due: datetime) -> None:
    """Add a reader who is due then, to whom everything is new."""
    with _readers.opened(made) as app, app.store.transaction() as tx:
        wanted = Preferences("weekly", "Europe/Berlin")
        tx.subscribers.add(f"{name}@example.net", wanted, 0, due, "you signed up for it", datetime.now(UTC))


def _start(made: Site) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603
        [_sites.FEEDER, "run"], cwd=made.folder, env=made.environment, stdout=quiet, stderr=quiet
    )


def after_due(made: Site, server: _Host, issues: int) -> list[float]:
    """Return for each issue how many seconds after it was due its message had come."""
    began = datetime.now(UTC).replace(microsecond=0) + _BEFORE
    dues = [began + number * _APART for number in range(issues)]
    for number, due in enumerate(dues):
        expect(made, f"due-{number}", due)
    service = _start(made)
    try:
        _readers.wait(lambda: len(server.whole) == issues)
    finally:
        service.terminate()
        service.wait()
    return [whole - due.timestamp() for whole, due in zip(server.whole, dues, strict=True)]


def after_kill(made: Site, server: _Host, number: int) -> float:
    """Kill a service that waits for an answer, and return how long after the next start its message had come again."""
    server.answers.clear()
    server.whole.clear()
    expect(made, f"killed-{number}", datetime.now(UTC).replace(microsecond=0))
    service = _start(made)
    _readers.wait(lambda: bool(server.whole))
    service.kill()
    service.wait()
    server.answers.set()
    began = time.time()
    service = _start(made)
    try:
        _readers.wait(lambda: len(server.whole) == 2)  # noqa: PLR2004 - the first, and once more
    finally:
        service.terminate()
        service.wait()
    return server.whole[1] - began


def main() -> None:
    """Measure, and print a table."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--issues", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    arguments: argparse.Namespace = parser.parse_args()
    socket.setdefaulttimeout(_WAIT_SECONDS)
    with _measuring.scratch() as folder, host() as server:
        made = _readers.mailing(folder / "site", server.port, 4, "Ships wait.", WEB__PORT="0")
        seconds = {
            "after it was due": after_due(made, server, arguments.issues),
            "after a kill and a new start": [
                after_kill(made, server, number) for number in range(arguments.kills)
            ],
        }
    rows = [["first message", "median s", "min–max"]]
    rows += [
        [name, f"{median(some):.2f}", f"{min(some):.2f}–{max(some):.2f}"] for name, some in seconds.items()
    ]
    _measuring.say(_measuring.aligned(rows))


if __name__ == "__main__":
    main()
