"""Machines on one computer: network namespaces with addresses and names of their own, on one bridge.

    machine 1 ── cable ──┐
    machine 2 ── cable ──┼── bridge: PostgreSQL, the mail server that records, and the test
    machine 3 ── cable ──┘

Who is cut off hears nothing more, and is not told so: its connections do not end, they fall silent.
It needs root, and `ip` and `bridge` of Debian's package `iproute2`.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from feeder.model.deliveries import OPEN
from tests import launcher
from tests.conftest import Site, need, new_site, plain_environment
from tests.mail.smtp_rig import Play
from tests.mailing_rig import Mailing, Moody, make_ready
from tests.postgresql_rig import Server, a_server

PARTS = "Network namespaces (Debian's package iproute2, and root to make them)"

_NETWORKS = list(IPv4Network("198.18.0.0/15").subnets(new_prefix=24))
"""The addresses that are set aside for tests of networks (RFC 2544)."""

NONE: Mapping[str, str] = MappingProxyType({})

_NAMES = 100_000

_HEALTH_PORT = 9000
_PATIENCE_SECONDS = 30


# ── Machines ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Machine:
    """A machine with its name, its address, and the `cable` that leads there; what its command says is in `log`."""

    name: str
    address: str
    cable: str
    log: Path
    command: launcher.Started | None = None

    def start(self, site: Site, *words: str) -> None:
        """Start the command of a user there."""
        with self.log.open("ab") as err:
            environment = plain_environment() | site.environment
            self.command = launcher.start(
                (self.name, *words), site.folder, environment, err, err, program="tests.cluster_machine"
            )

    def kill(self) -> None:
        """End all that runs there, as it stands."""
        for process in _ip("netns", "pids", self.name).split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        if self.command:
            self.command.wait(_PATIENCE_SECONDS)

    def wait(self, within_seconds: float) -> int:
        """Wait for the end of its command, and return the code."""
        assert self.command
        return self.command.wait(within_seconds)

    def send_signal(self, number: int) -> None:
        assert self.command
        self.command.send_signal(number)

    def cut_off(self) -> None:
        """Let nothing through to it and from it, without a word to anybody."""
        _switch(self.cable, "disabled")

    def bring_back(self) -> None:
        """Let through again what is sent."""
        _switch(self.cable, "forwarding")

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def get(self, path: str) -> tuple[int, str]:
        """Ask it how it is; return the status of the answer, and the answer. Raises: URLError."""
        try:
            with urlopen(f"http://{self.address}:{_HEALTH_PORT}{path}", timeout=_PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_ready(self) -> bool:
        with suppress(OSError):
            return self.get("/readyz")[0] == 200
        return False


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=60).stdout


def _switch(cable: str, state: str) -> None:
    names = ("disabled", "listening", "learning", "forwarding")
    subprocess.run(
        ["bridge", "link", "set", "dev", cable, "state", str(names.index(state))], check=True, timeout=60
    )


@contextmanager
def some_machines(number: int, logs: Path) -> Iterator[tuple[str, Sequence[Machine]]]:
    """Make machines; give the address at which these reach the test, and them. They are taken down with all that runs there."""
    need(
        os.geteuid() == 0
        and shutil.which("ip")
        and shutil.which("bridge")
        and Path("/proc/self/ns/net").exists(),
        PARTS,
    )
    own = secrets.randbelow(_NAMES)  # what another test had is taken down by and by
    bridge, network = f"fb{own}", _NETWORKS[own % len(_NETWORKS)]
    here, *others = [str(address) for address in list(network.hosts())[: number + 1]]
    with ExitStack() as made:
        try:
            _ip("link", "add", bridge, "type", "bridge")
        except subprocess.CalledProcessError as refused:
            if "not permitted" in refused.stderr:
                pytest.skip("root may make no networks in this container")
            raise
        made.callback(_ip, "link", "del", bridge)
        _ip("address", "add", f"{here}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        machines = []
        for place, address in enumerate(others, 1):
            machine = Machine(
                f"machine-{place}-{own}", address, f"fc{own}-{place}", logs / f"machine-{place}.log"
            )
            _ip("netns", "add", machine.name)
            made.callback(_ip, "netns", "del", machine.name)
            made.callback(machine.kill)
            _ip("link", "add", machine.cable, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
            _ip("link", "set", machine.cable, "master", bridge, "up")
            there = ("-n", machine.name)
            _ip(*there, "address", "add", f"{address}/24", "dev", "eth0")
            _ip(*there, "link", "set", "lo", "up")
            _ip(*there, "link", "set", "eth0", "up")
            machines.append(machine)
        yield here, machines


# ── An issue that three of them send ─────────────────────────────────────────────────────────────


class Recorder(Moody):
    """A mail server that is well, thinks for some seconds about each message, and keeps of it what tells it from others."""

    def __init__(self, address: str, seconds_a_message: float) -> None:
        super().__init__("", address)
        self.is_well = True
        self.seconds_a_message = seconds_a_message
        self.commands = deque(maxlen=1000)
        self.writes = deque(maxlen=1000)

    def next_play(self, stage: str, about: str) -> Play | None:
        if stage == "MAIL":
            time.sleep(self.seconds_a_message)
        return super().next_play(stage, about)

    def kept(self, content: bytes) -> bytes:
        head = content.partition(b"\r\n\r\n")[0]
        return next(line for line in head.split(b"\r\n") if line.startswith(b"Message-ID:"))


@dataclass(slots=True)
class Cluster:
    """A mailing that machines send, by the command of a user on each, from one PostgreSQL."""

    mailing: Mailing
    server: Server
    machines: Sequence[Machine]
    host: Recorder

    def start(self, machine: Machine) -> None:
        """Let a machine work; the last of them does nothing else."""
        word = "work" if machine is self.machines[-1] else "run"
        machine.start(self.mailing.site, word, "--health", f"{machine.address}:{_HEALTH_PORT}")

    def came(self) -> int:
        """Return how many messages have come."""
        return len(self.host.delivered)

    def came_from(self, machine: Machine, since: int) -> int:
        """Return how many messages have come from a machine, after so many others."""
        return sum(each.peer == machine.address for each in self.host.delivered[since:])

    def held_by(self, machine: Machine) -> set[str]:
        """Return the ids of deliveries that are claimed, or attempted, in the name of a machine's processes."""
        statement = f"SELECT id FROM deliveries WHERE owner LIKE '{machine.name}:%' AND state IN ('claimed', 'attempted')"
        return set(self.server.ask(statement).split())

    def settled(self) -> dict[str, int]:
        """Return how many deliveries will not change any more, by state."""
        rows = self.server.ask("SELECT state, count(*) FROM deliveries GROUP BY state").split()
        counts = {state: int(count) for state, _, count in (row.partition("|") for row in rows)}
        return {state: count for state, count in counts.items() if state not in OPEN}

    def try_again_now(self) -> None:
        """Let what was put off, since its connection broke in the middle, go now and not in minutes."""
        self.server.ask(
            "UPDATE deliveries SET not_before = extract(epoch FROM now())"
            " WHERE state = 'waiting' AND not_before > extract(epoch FROM now())"
        )

    def slots(self, job: str) -> list[float]:
        """Return which slots of a job were taken, in seconds since 1970, in their order."""
        rows = self.server.ask(f"SELECT slot FROM runs WHERE job = 'tick:{job}' ORDER BY slot").split()
        return [datetime.fromisoformat(slot).timestamp() for slot in rows]

    def status(self) -> Any:
        """Return what `feeder status` says."""
        return self.mailing.site.done("status", "--json").json

    def logs(self) -> str:
        return "\n".join(f"── {machine.name}\n{machine.said()}" for machine in self.machines)


@contextmanager
def a_cluster(
    folder: Path, programs: Path, readers: int, seconds_a_message: float, settings: Mapping[str, str] = NONE
) -> Iterator[Cluster]:
    """Make three machines and a site whose digest has been due for a while; the machines do not work yet."""
    now = datetime.now(UTC)
    due = now - timedelta(minutes=10)
    with ExitStack() as parts:
        here, machines = parts.enter_context(some_machines(3, folder))
        data = parts.enter_context(tempfile.TemporaryDirectory(prefix="feeder-postgresql-"))
        server = parts.enter_context(a_server(programs, Path(data), here))
        host = parts.enter_context(Recorder(here, seconds_a_message))
        site = new_site(folder / "site")
        site.settings["FEEDER_STORE__URL"] = f"{server.address}/postgres"
        site.configure(
            f'[digests.weekly]\ncron = "{due.minute} {due.hour} * * *"\nunit = "slot"',
            instead_of="[digests.weekly]",
        )
        site.now = (now - timedelta(hours=1)).isoformat()
        mailing = Mailing(site, host, len(machines), readers)
        make_ready(mailing)
        site.now = None
        site.settings |= settings
        yield Cluster(mailing, server, machines, host)
