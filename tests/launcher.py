"""Starts the real command at once: it is forked from a process that has imported all of feeder already.

A short command spends five parts of six on imports, one that publishes a third of the rest on compiling
templates, and all half of what is left on what they look up once: the commands' options, zones, words, the
names of columns. So that is done already, too. Forked, it is still a process of its own, with its own
environment, folder, files and signals, that runs `feeder.cli.main`.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

import feeder
from feeder import cli, shipped
from feeder.model.settings import Site
from feeder.sources.notes.gazetteer import load_gazetteer
from feeder.templating import Templates
from tests import statements

_LARGEST_REQUEST_BYTES = 100_000
_IMPORTED_LATE = (
    "alembic.command",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "uvloop",
    "watchfiles",
)
"""What others than feeder import when a command needs it."""


# ── For tests ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Started:
    """A command that was started: of `subprocess.Popen`, as much as tests ask for."""

    pid: int
    returncode: int | None
    _ends: socket.socket

    def poll(self) -> int | None:
        """Return the code with which it ended, minus the signal's number if one ended it; None: it goes on."""
        if self.returncode is None and select.select([self._ends], [], [], 0)[0]:
            self._hear()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its code. Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            if timeout is not None and not select.select([self._ends], [], [], max(timeout, 0))[0]:
                raise subprocess.TimeoutExpired("feeder", timeout)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> None:
        with self._ends:
            self.returncode = int(self._ends.recv(100))


def start(
    words: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    out: IO[bytes],
    err: IO[bytes],
    *,
    program: str = "feeder.cli",
    given: Path = Path(os.devnull),
) -> Started:
    """Start a command in a folder, with a file on its standard input, whose output goes to open files.

    `program` is the module whose `main` takes the words.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asked = {"program": program, "words": words, "folder": str(folder), "environment": environment}
    request = json.dumps(asked).encode()
    with theirs, given.open("rb") as read:
        socket.send_fds(_launcher(), [request], [file.fileno() for file in (read, out, err, theirs)])
    return Started(int(ours.recv(100)), None, ours)


@cache
def _launcher() -> socket.socket:
    """Start what starts commands; it ends when nobody can ask for any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = theirs.fileno()
        command = [sys.executable, "-m", "tests.launcher", str(number)]
        process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, pass_fds=[number])

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait(timeout=60)

    return ours


# ── The process that starts them ─────────────────────────────────────────────────────────────────


def _next_command(asked: socket.socket) -> tuple[str, list[str]] | None:
    """Fork at each request, and return its program and words in the new process; None, in this one, when there are no more.

    Whoever asked is told the number of the process, and how it ended.
    """
    with selectors.DefaultSelector() as events:
        events.register(asked, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.data:
                    events.unregister(key.fd)
                    _tell_the_end(key.fd, *key.data)
                    continue
                request, files, _, _ = socket.recv_fds(asked, _LARGEST_REQUEST_BYTES, 4)
                if not request:
                    return None
                number = os.fork()
                if not number:
                    return _become(json.loads(request), files)
                for file in files[:3]:
                    os.close(file)
                asker = socket.socket(fileno=files[3])
                asker.send(str(number).encode())
                events.register(os.pidfd_open(number), selectors.EVENT_READ, (number, asker))


def _tell_the_end(ended: int, number: int, asker: socket.socket) -> None:
    os.close(ended)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    with asker, suppress(BrokenPipeError):  # nobody waited for it
        asker.send(str(code).encode())


def _become(request: dict[str, Any], files: list[int]) -> tuple[str, list[str]]:
    """Take on what a new process would have been given, and return its program and words."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    return request["program"], request["words"]


def _import_all() -> None:
    """Import all of feeder but its migrations, and what commands import late."""
    for module in pkgutil.walk_packages(feeder.__path__, "feeder."):
        if not module.name.startswith(("feeder.__main__", "feeder.store.migrations")):
            importlib.import_module(module.name)
    for name in _IMPORTED_LATE:
        importlib.import_module(name)


def _compile_templates() -> None:
    """Compile the templates that come with feeder, which stay so for each site that has none of its own."""
    environment = Templates([shipped.templates()], Site("", "", ""))._environment
    for name in environment.list_templates(["jinja"]):
        environment.get_template(name)


def _run_the_demo() -> None:
    """Do once what most commands do, so that they find what is looked up and kept."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nobody,
        redirect_stdout(nobody),
    ):
        if cli.main(["demo", "--into", f"{folder}/site"]):
            raise RuntimeError("the demo failed")


def _run(program: str, words: list[str]) -> NoReturn:
    """Run a command to its end, but take nothing apart at last: that would copy all that is shared."""
    code: object = 1
    try:
        code = importlib.import_module(program).main(words)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - what Python itself would tell
        traceback.print_exc()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    for told in (sys.stdout, sys.stderr):
        with suppress(ValueError):  # closed
            told.flush()
    os._exit(code if isinstance(code, int) else 0)


def main() -> None:
    """Be the process that starts commands, or become one of them."""
    statements.make_once()
    _import_all()
    _compile_templates()
    _run_the_demo()
    load_gazetteer()
    gc.freeze()  # nobody looks for garbage in what all share
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        command = _next_command(asked)
    if command is not None:
        _run(*command)


if __name__ == "__main__":
    main()
