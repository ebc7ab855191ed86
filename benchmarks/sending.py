"""An issue to 20,000 readers, everything personal, into Postfix's smtp-sink: feeder beside nodemailer's pool.

    .venv/bin/python benchmarks/sending.py --node FOLDER [--readers 20000] [--turns 3] [--connections 10]

FOLDER is where `npm i nodemailer` was run; smtp-sink is in Debian's package postfix. One message is 25 kB of
quoted-printable, plain text and HTML. feeder sends by `feeder digest send`, with its whole ledger on SQLite:
planned, claimed, chosen, attempted in groups of ten a connection, recorded with every cursor. What the
command takes when nothing is due is taken off its time, as nodemailer's own start is not counted. It is
measured unsigned, and with DKIM (RSA-2048); nodemailer sends a fifth of the messages, since its rate
does not depend on how many there are.

Goals: eight times nodemailer's rate, unsigned and signed; at most 0.5 ms of the sender's CPU a signed message.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import _measuring
import _readers
from _sites import Site

from feeder.model.batches import batches
from feeder.model.newcomers import Newcomer
from feeder.model.subscribers import Consent, Origin, Preferences
from feeder.store import newcomers

_BYTES = 25_000
_PEER_SHARE = 5
_TOGETHER = 10_000
WORDS = "Ships wait for cranes, and cranes for ships, wherever a quay is short of either. "


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and milliseconds of the sender's CPU a message."""

    a_second: float
    cpu_ms: float


@contextmanager
def sink() -> Iterator[int]:
    """Take every message and drop it; the port is told."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    found = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    with subprocess.Popen([found, *user, f"127.0.0.1:{port}", "200"]) as process:  # noqa: S603
        try:
            _readers.wait(lambda: _listens(port))
            yield port
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def fill(made: Site, readers: int, due: datetime) -> None:
    """Put readers in to whom everything is new, and whose issue is due at a moment."""
    now = datetime.now(UTC).replace(microsecond=0)
    consent = Consent(Origin.IMPORT, now, now, "list.csv", "Yes, send me the digest.", "en")
    wanted = Preferences("weekly", "Europe/Berlin")
    with _readers.opened(made) as app:
        for numbers in batches(range(readers), _TOGETHER):
            with app.store.transaction() as tx:
                people = {
                    tx.suppressions.key(mailed): newcomers.row(
                        Newcomer(mailed, wanted, due, now, "you signed up for it", consent)
                    )
                    for mailed in map(_readers.address, numbers)
                }
                tx.subscribers.add_all(people, 0)


def anew(made: Site, due: datetime) -> None:
    """Let nobody have been sent anything, and all be due at a moment."""
    with _readers.opened(made) as app, app.store.transaction() as tx:
        run = tx.subscribers._connection.exec_driver_sql  # noqa: SLF001
        run("DELETE FROM deliveries")
        run("DELETE FROM runs")
        moment = int(due.timestamp())
        run("UPDATE subscribers SET cursor = 0")
        run(f"UPDATE rhythms SET period = NULL, next_issue_at = {moment}")  # noqa: S608


def feeder(made: Site, readers: int, due: datetime, key: str) -> Rate:
    """Send the issue, and what there is to do before it is due, which is nothing."""
    signed = Site(made.folder, {**made.environment, "FEEDER_MAIL__DKIM__KEY": key})
    idle = signed.feeder("digest", "send", "--at", (due - timedelta(hours=1)).isoformat())
    sent = signed.feeder("digest", "send", "--at", due.isoformat())
    with _readers.opened(made) as app, app.store.reading() as tx:
        counts = {state.value: count for state, count in tx.deliveries.counts().items()}
        _measuring.check("accepted", counts, {"accepted": readers})
    anew(made, due)
    return Rate(readers / (sent.wall - idle.wall), 1000 * (sent.cpu - idle.cpu) / readers)


def nodemailer(folder: Path, port: int, messages: int, connections: int, key: str) -> Rate:
    """Send as many messages of the same size."""
    words = "\n".join(WORDS for _ in range(_BYTES // len(WORDS) // 3))
    html = "".join(f"<p>{WORDS}</p>\n" for _ in range(2 * _BYTES // len(WORDS) // 3))
    link = "https://example.org/unsubscribe/{{TOKEN}}\n"
    body = json.dumps({"text": words + link, "html": f'{html}<a href="{link.strip()}">Unsubscribe</a>'})
    script = Path(__file__).with_name("nodemailer.mjs")
    command = ["node", str(script), str(port), str(messages), str(connections), key]
    done = subprocess.run(command, input=body, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603
    told = json.loads(done.stdout)
    return Rate(messages / told["seconds"], 1000 * told["cpu"] / messages)


def smtplib(port: int, messages: int) -> Rate:
    """Send one message, made before, again and again by Python's own library, over one connection."""
    import smtplib as library  # noqa: PLC0415

    content = b"Subject: x\r\n\r\n" + (WORDS.encode()[:70] + b"\r\n") * (_BYTES // 72)
    cpu, began = time.process_time(), time.monotonic()
    with library.SMTP("127.0.0.1", port) as server:
        for number in range(messages):
            server.sendmail("digest@example.org", f"reader-{number}@example.org", content)
    return Rate(messages / (time.monotonic() - began), 1000 * (time.process_time() - cpu) / messages)


def smtp_source(port: int, messages: int, connections: int) -> Rate:
    """Send what Postfix's own load maker sends, one message over and over: the limit of the receiver."""
    found = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    sizes = ["-s", str(connections), "-m", str(messages), "-l", str(_BYTES)]
    command = [found, "-d", *sizes, "-f", "a@example.org", "-t", "b@example.org", f"127.0.0.1:{port}"]
    run = _measuring.run(command, Path())
    return Rate(messages / run.wall, 1000 * run.cpu / messages)


def row(name: str, rates: Sequence[Rate], peer: Sequence[Rate]) -> list[str]:
    """Return the medians of a sender, with their spread and their ratio to those of its peer."""
    rate = median(each.a_second for each in rates)
    least, most = min(each.a_second for each in rates), max(each.a_second for each in rates)
    cells = [
        name,
        f"{rate:,.0f}",
        f"{least:,.0f}–{most:,.0f}",
        f"{median(each.cpu_ms for each in rates):.2f}",
    ]
    return [*cells, f"{rate / median(each.a_second for each in peer):.1f}"]


def main() -> None:
    """Measure in turns, and print a table."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--node", type=Path, required=True)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--connections", type=int, default=10)
    arguments: argparse.Namespace = parser.parse_args()
    readers, connections = arguments.readers, arguments.connections
    with _measuring.scratch() as folder, sink() as port:
        made = _readers.mailing(folder / "site", port, connections, WORDS * 9)
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
        fill(made, readers, due)
        made.feeder("keys", "dkim")
        key = str(made.folder / "keys" / "feeder.pem")
        peers = readers // _PEER_SHARE
        measured = {
            "feeder": lambda: feeder(made, readers, due, ""),
            "nodemailer": lambda: nodemailer(arguments.node, port, peers, connections, ""),
            "feeder, signed": lambda: feeder(made, readers, due, key),
            "nodemailer, signed": lambda: nodemailer(arguments.node, port, peers, connections, key),
            "smtplib, one connection, made before": lambda: smtplib(port, peers),
            "smtp-source": lambda: smtp_source(port, readers, connections),
        }
        rates: dict[str, list[Rate]] = {name: [] for name in measured}
        for turn in range(arguments.turns):
            for name, once in measured.items():
                rates[name].append(once())
                _measuring.say(f"  {turn + 1}/{arguments.turns} {name}: {rates[name][-1].a_second:,.0f}/s")
    rows = [["", "messages/s", "min–max", "CPU ms", "to nodemailer"]]
    for name, found in rates.items():
        rows.append(row(name, found, rates["nodemailer, signed" if "signed" in name else "nodemailer"]))
    _measuring.say(_measuring.aligned(rows))


if __name__ == "__main__":
    main()
