"""Empty databases of both kinds; PostgreSQL's are on a server that is started for this, from Debian's package."""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

_READY_SECONDS = 30

Database = Callable[[Path], str]
"""Makes an empty database of a kind for a run that works in a folder, and returns its address."""


@contextmanager
def all_kinds(folder: Path, only: str) -> Iterator[dict[str, Database]]:
    """Make what makes databases, by kind; `only` is sqlite, postgresql, or empty for both."""
    kinds: dict[str, Database] = {"SQLite": lambda place: f"sqlite:///{place / 'feeder.db'}"}
    if only == "sqlite":
        yield kinds
        return
    with _server(folder / "postgresql") as server:

        def make(place: Path) -> str:
            name = f"{place.parent.name}_{place.name}".lower().replace("-", "_")
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload] - our own name
            return f"{server}/{name}"

        yield {"PostgreSQL": make} if only == "postgresql" else kinds | {"PostgreSQL": make}


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server with its own defaults, and return its address."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parts[4]))
    folder.mkdir()
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # as whom it refuses to run; Debian's package makes a user for it
        account = pwd.getpwnam("postgres")
        folder.parent.chmod(0o755)
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": "postgres", "group": account.pw_gid, "extra_groups": []}
    data, quiet = str(folder / "data"), subprocess.DEVNULL
    made = [str(programs / "initdb"), "-D", data, "-U", "feeder", "-A", "trust", "-E", "UTF8"]
    subprocess.run(made, check=True, stdout=quiet, cwd="/", **user)  # noqa: S603 - our own command
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    server = [str(programs / "postgres"), "-D", data, "-k", str(folder), "-h", "127.0.0.1", "-p", port]
    with subprocess.Popen(server, stdout=quiet, stderr=quiet, cwd="/", **user) as process:  # noqa: S603
        try:
            _wait(f"postgresql://feeder@127.0.0.1:{port}/postgres")
            yield f"postgresql://feeder@127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(_READY_SECONDS * 5):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.2)
        else:
            return
