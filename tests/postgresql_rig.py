"""A PostgreSQL server of the tests' own, which they may stop as rudely as they like."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import NullPool, create_engine, make_url, text

_BACKENDS_END_SECONDS = 30
"""How long those whose server was killed may take to notice."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose data and sockets are in a folder; `programs` is where Debian has its programs.

    It listens at `host` alone, and trusts whoever comes from the network of that.
    """

    programs: Path
    folder: Path
    port: int
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """The address of the server; it names no database."""
        return f"postgresql://feeder@{self.host}:{self.port}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def make(self) -> None:
        """Make its data; it belongs to a user of Debian's package, since it refuses to run as root."""
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        options = "-U feeder -A trust -E UTF8 --no-sync --wal-segsize=1"
        self._run("initdb", "-D", self._data, *options.split())
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write("host all all samenet trust\n")

    def start(self) -> None:
        """Start it, and wait until it can be asked."""
        # Nothing here outlives the tests, so nothing has to reach the disk.
        options = f"-F -k {self.folder} -h {self.host} -p {self.port}"
        end = time.monotonic() + _BACKENDS_END_SECONDS
        while True:
            try:
                self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", options, "-l", self.folder / "log")
            except subprocess.CalledProcessError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return

    def is_running(self) -> bool:
        """Tell whether it runs: one that cannot write what it must ends by itself."""
        try:
            self._run("pg_ctl", "status", "-D", self._data)
        except subprocess.CalledProcessError:
            return False
        return True

    def stop(self, how: str) -> None:
        """Stop it: "fast" ends what is open, "immediate" makes sure of nothing, "killed" is what it says."""
        if how == "killed":
            os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        else:
            self._run("pg_ctl", "stop", "-w", "-m", how, "-D", self._data)

    def ask(self, statement: str) -> str:
        """Run a statement, and return what it answers."""
        where = ["-d", f"{self.address}/postgres", "-c", statement]
        command = [str(self.programs / "psql"), "-X", "-A", "-t", *where]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout

    def _run(self, program: str, *words: object) -> None:
        is_root = os.geteuid() == 0
        subprocess.run(
            [str(self.programs / program), *map(str, words)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            cwd="/",
            user="postgres" if is_root else None,
            group="postgres" if is_root else None,
            extra_groups=[] if is_root else None,
        )


@contextmanager
def a_database(server: str, like: str = "") -> Iterator[str]:
    """Make an empty database on a server, or a copy of another there, and give its address."""
    name = f"tests_{uuid4().hex}"
    template = make_url(like).database if like else "template1"
    engine = create_engine(
        make_url(f"{server}/postgres").set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield f"{server}/{name}"
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def a_server(programs: Path, folder: Path, host: str = "127.0.0.1") -> Iterator[Server]:
    """Run a server whose data is in an empty folder."""
    with socket.create_server((host, 0)) as free:
        server = Server(programs, folder, free.getsockname()[1], host)
    server.make()
    server.start()
    try:
        yield server
    finally:
        if server.is_running():
            server.stop("immediate")
