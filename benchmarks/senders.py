"""An issue to 20,000 readers from one PostgreSQL, by one process that sends, two, three and four, into Postfix's smtp-sink.

    .venv/bin/python benchmarks/senders.py [--readers 20000] [--most 4] [--turns 3] [--connections 10] [--signed]
        [--command "$PWD/.venv/bin/feeder run --roles scheduler,worker"]

PostgreSQL is a server of our own (Debian's package), with its own defaults. The issue is planned first. Then each
process claims, chooses, attempts and records, with that many connections, until nothing is left; `--command` starts
any other that does so by itself, such as the service, and ends it when all is sent. What is measured begins when a
twentieth has been accepted, since starting is no sending: messages a second of all together, and milliseconds of
their CPU a message; the server's own is not in it.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import _databases
import _measuring
import _readers
import sending
from _readers import Service
from _sites import Site
from sending import Rate

from feeder.app import App
from feeder.model.deliveries import State
from feeder.workflows import planning, release

_SENDER = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from feeder import config
from feeder.app import App
from feeder.workflows import send
with App(config.load(Path(sys.argv[1]), os.environ)) as app:
    send.send_due(app.store, app.post, lambda: datetime.now(UTC), stopped=lambda: False)
"""
_BEGUN = 20
"""What is accepted of so many messages comes before what is measured."""

_LOOKS_SECONDS = 0.2


def together(made: Site, readers: int, count: int, command: Sequence[str]) -> Rate:
    """Plan the issue anew, and let so many processes send it."""
    now = datetime.now(UTC).replace(microsecond=0)
    sending.anew(made, now - timedelta(minutes=1))
    with _readers.opened(made) as app:
        release.release(app.store, now)
        _measuring.check("planned", planning.plan(app.store, app.post, now)[0], readers)
        senders = [subprocess.Popen(command, cwd=made.folder, env=made.environment) for _ in range(count)]  # noqa: S603
        try:
            before = _accepted(app, readers // _BEGUN)
            began, used = time.monotonic(), _used(senders)
            after = _accepted(app, readers)
            wall = time.monotonic() - began
        finally:
            spent = sum(map(_ended, senders))
    messages = after - before
    return Rate(messages / wall, (spent - used) / messages)


def _accepted(app: App, least: int) -> int:
    """Wait until so many messages have been accepted, and return how many have."""
    while True:
        with app.store.reading() as tx:
            accepted = tx.deliveries.counts().get(State.ACCEPTED, 0)
        if accepted >= least:
            return accepted
        time.sleep(_LOOKS_SECONDS)


def _used(senders: Sequence["subprocess.Popen[bytes]"]) -> float:
    return sum(Service(0, each.pid).cpu_ms() for each in senders)


def _ended(sender: "subprocess.Popen[bytes]") -> float:
    """End a process, if it does not by itself, and return how many milliseconds of the processors it has used."""
    os.kill(sender.pid, signal.SIGTERM)
    _, status, used = os.wait4(sender.pid, 0)
    sender.returncode = os.waitstatus_to_exitcode(status)
    return 1000 * (used.ru_utime + used.ru_stime)


def rows(rates: Mapping[int, Sequence[Rate]]) -> list[list[str]]:
    """Return a table of medians, with the ratio of each rate to that of one process."""
    table = [["processes", "messages/s", "min–max", "CPU ms", "to one"]]
    one = median(rate.a_second for rate in rates[1])
    for count, some in rates.items():
        found = sorted(rate.a_second for rate in some)
        cells = [f"{median(found):,.0f}", f"{found[0]:,.0f}–{found[-1]:,.0f}"]
        cells += [f"{median(rate.cpu_ms for rate in some):.2f}", f"{median(found) / one:.2f}"]
        table.append([str(count), *cells])
    return table


def main() -> None:
    """Measure in turns, and print a table."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--most", type=int, default=4)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--signed", action="store_true")
    parser.add_argument("--command", default="")
    arguments: argparse.Namespace = parser.parse_args()
    with (
        _measuring.scratch() as folder,
        sending.sink() as port,
        _databases.all_kinds(folder, "postgresql") as kinds,
    ):
        place = folder / "site"
        url = kinds["PostgreSQL"](place)
        made = _readers.mailing(place, port, arguments.connections, sending.WORDS * 9, STORE__URL=url)
        if arguments.signed:
            made.feeder("keys", "dkim")
            made = Site(
                made.folder, {**made.environment, "FEEDER_MAIL__DKIM__KEY": f"{place}/keys/feeder.pem"}
            )
        sending.fill(made, arguments.readers, datetime.now(UTC))
        file = str(Path("config") / "feeder.toml")
        command = shlex.split(arguments.command) or [sys.executable, "-c", _SENDER, file]
        rates: dict[int, list[Rate]] = {count: [] for count in range(1, arguments.most + 1)}
        for turn in range(arguments.turns):
            for count, some in rates.items():
                some.append(together(made, arguments.readers, count, command))
                _measuring.say(f"  {turn + 1}/{arguments.turns} {count}: {some[-1].a_second:,.0f}/s")
    _measuring.say(_measuring.aligned(rows(rates)))


if __name__ == "__main__":
    main()
