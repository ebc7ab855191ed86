"""A tag's feed of 110 kB, asked for again and again: `feeder run` beside nginx on the same tree.

    .venv/bin/python benchmarks/serving.py [--turns 5] [--seconds 5] [--connections 32]

wrk (one thread, connections kept open) asks for the feed by gzip, and by its tag, so that 304 is the
answer. nginx has one worker, sends the copy that lies beside the feed (gzip_static), and is measured
plain and with open_file_cache, with which it looks at a file once a second instead of each time;
feeder looks each time, or once for all who ask together. Servers have one processor core, wrk another, where `taskset` is there.
nginx and wrk come from Debian's packages of these names.

Goal: a third of nginx's rate for 200, a quarter for 304.
"""

import argparse
import gzip
import html
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import _measuring
import _sites

_FEED_BYTES = 110_000
_PATH = "tag/measured/atom.xml"
_GHOST = {200: 24, 304: 26}
"""Answers a second of Ghost 6.65 for a tag's feed, measured before on a machine of this size."""

_PATIENCE_SECONDS = 30
_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; {cache}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  types {{ application/atom+xml xml; }}
  server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on; gzip_vary on; etag on; }}
}}
"""
_CACHE = "open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens, with the answers a second that it gave in each turn, by status."""

    url: str
    process: int
    rates: dict[int, list[float]] = field(default_factory=lambda: {status: [] for status in _GHOST})
    cpu: dict[int, list[float]] = field(default_factory=lambda: {status: [] for status in _GHOST})


def main() -> None:
    """Measure, and print tables."""
    arguments = _arguments()
    with _measuring.scratch() as folder, ExitStack() as running:
        site = _sites.make(folder / "site", WEB__PORT=str(_free_port()), WEB__RATE="0")
        feed = _feed()
        _put(site.folder / "public" / _PATH, feed)
        servers = {
            "nginx": running.enter_context(_nginx(folder / "plain", site.folder / "public")),
            "nginx, open_file_cache": running.enter_context(
                _nginx(folder / "cache", site.folder / "public", _CACHE)
            ),
            "feeder": running.enter_context(_feeder(site)),
        }
        for turn in range(arguments.turns):
            for name, server in servers.items():
                for status in _GHOST:
                    _measure(server, status, feed, arguments)
                rates = ", ".join(f"{status}: {rates[-1]:,.0f}/s" for status, rates in server.rates.items())
                _measuring.say(f"  {turn + 1}/{arguments.turns} {name}: {rates}")
    for status in _GHOST:
        _measuring.say(f"\n{status}, {arguments.connections} connections, {arguments.turns} turns")
        _measuring.say(_measuring.aligned(_rows(servers, status)))


def _rows(servers: dict[str, Server], status: int) -> list[list[str]]:
    """Return a table of medians, with feeder's ratio to each, and that of the best turns.

    What else runs on a machine makes servers slower and never faster: on a busy one look at the best.
    """
    rows = [["", "answers/s", "min–max", "CPU µs", "feeder to it", "best to best"]]
    ours, best = median(servers["feeder"].rates[status]), max(servers["feeder"].rates[status])
    for name, server in servers.items():
        rates = server.rates[status]
        low_high = f"{min(rates):,.0f}–{max(rates):,.0f}"
        cpu = f"{median(server.cpu[status]):.0f}"
        ratios = f"{ours / median(rates):.2f}", f"{best / max(rates):.2f}"
        rows.append([name, f"{median(rates):,.0f}", low_high, cpu, *ratios])
    rows.append(["Ghost 6.65, before", f"{_GHOST[status]}", "", "", f"{ours / _GHOST[status]:,.0f}", ""])
    return rows


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


def _measure(server: Server, status: int, feed: bytes, arguments: argparse.Namespace) -> None:
    """Make sure that a server answers rightly, then count how often."""
    fields = {"Accept-Encoding": "gzip"}
    if status == 304:  # noqa: PLR2004 - it is its name
        fields["If-None-Match"] = _asked(server.url, fields)[1]
    body = _asked(server.url, fields)[2]
    _measuring.check("status", _asked(server.url, fields)[0], status)
    _measuring.check("body", gzip.decompress(body) if body else b"", feed if status != 304 else b"")  # noqa: PLR2004
    told = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    wrk = [_program("wrk"), "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", *told, server.url]
    before = _cpu_seconds(server.process)
    output = _measuring.run(_on_core(1, wrk), Path.cwd()).output
    spent = _cpu_seconds(server.process) - before
    _measuring.check("what wrk complains of", re.findall(r"Non-2xx.*|Socket errors.*", output), [])
    (requests,) = re.findall(r"(\d+) requests in", output)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", output)
    server.rates[status].append(float(rate))
    server.cpu[status].append(1e6 * spent / int(requests))


def _asked(url: str, fields: dict[str, str]) -> tuple[int, str, bytes]:
    """Ask once; return the status, the tag and the body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=fields)) as answer:  # noqa: S310 - ours
            return answer.status, answer.headers["ETag"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["ETag"], error.read()


# ── Servers ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _feeder(site: _sites.Site) -> Iterator[Server]:
    port = int(site.environment["FEEDER_WEB__PORT"])
    with _server([_sites.FEEDER, "run"], port, site.folder, dict(site.environment)) as server:
        yield server


@contextmanager
def _nginx(folder: Path, root: Path, cache: str = "") -> Iterator[Server]:
    folder.mkdir()
    port = _free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    words = _NGINX.format(folder=folder, root=root, port=port, cache=cache, user=user)
    (folder / "nginx.conf").write_text(words)
    command = [_program("nginx"), "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    with _server(command, port, folder, dict(os.environ)) as server:
        yield server


@contextmanager
def _server(
    command: Sequence[str | Path], port: int, folder: Path, environment: dict[str, str]
) -> Iterator[Server]:
    """Run a server from when it listens until the end."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            _on_core(0, command), cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        began = time.monotonic()
        while not _listens(port):
            if process.poll() is not None or time.monotonic() - began > _PATIENCE_SECONDS:
                raise _measuring.DidNotWork((folder / "server.log").read_text())
            time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}/{_PATH}", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise _measuring.DidNotWork(f"{name} is missing: apt-get install {name}")
    return found


def _on_core(core: int, command: Sequence[str | Path]) -> list[str | Path]:
    several = (os.cpu_count() or 1) > 1
    return ["taskset", "-c", str(core), *command] if several and shutil.which("taskset") else [*command]


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _cpu_seconds(process: int) -> float:
    """Return what a process and its children have used of the processors."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    used = 0.0
    for each in (process, *children):
        told = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        used += (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return used


# ── The tree ─────────────────────────────────────────────────────────────────────────────────────


def _feed() -> bytes:
    """Make an Atom feed of texts in words that mean nothing; it is the same each time."""
    chance = random.Random(20261127)  # noqa: S311 - no secret
    words = ["".join(chance.choices("etaoinshrdlucmfwyp", k=chance.randint(2, 9))) for _ in range(3000)]
    entries: list[str] = []
    while sum(map(len, entries)) < _FEED_BYTES:
        text = "".join(f"<p>{' '.join(chance.choices(words, k=80))}.</p>" for _ in range(10))
        number = len(entries)
        entries.append(
            f"<entry><id>urn:uuid:{number:032x}</id><title>{' '.join(chance.choices(words, k=6))}</title>"
            f'<updated>2026-11-16T07:00:00Z</updated><content type="html">{html.escape(text)}</content></entry>'
        )
    head = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}{''.join(entries)}</feed>".encode()


def _put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    place.with_name(f"{place.name}.gz").write_bytes(gzip.compress(content, 6, mtime=0))


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="how long wrk asks each time")
    parser.add_argument("--connections", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    main()
