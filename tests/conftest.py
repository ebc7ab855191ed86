"""What the stories share: sites in scratch folders, and the real command, started as people start it."""

import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from hypothesis import settings

from feeder.feeds.publishers import fence
from tests import launcher, statements
from tests.postgresql_rig import Server, a_server

NOTHING = Path(os.devnull)
FEEDER = (sys.executable, "-m", "feeder")
BLOG = Path(__file__).parent / "data" / "blog.wxr.xml"
TITLES = (
    "Why old bridges hum",
    "The ferry that was a bridge",
    "Stone, rope & patience",
    "Four bridges in one day",
    "A toll for a song",
    "What bridges will do next year",
    "Notes from the workshop",
)

SUNDAY = "2026-11-22T08:00:00Z"
MONDAY = "2026-11-23T08:00:00Z"  # the weekly digest is due
PATIENCE_SECONDS = 60
"""How long a command may take before we say that it hangs."""

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 2**30
"""How much room there must be in memory before the tests put what they write there."""

LONGEST = ("/stories/", "test_wheel", "/workflows/", "/digests/", "/store/", "/web/")
"""What takes longest, most of it first."""

ALLOCATIONS = 50_000
"""How many objects more there are before garbage is looked for among them; by itself Python does after 700."""


def has_room_for_tests(folder: Path) -> bool:
    """Tell whether a folder takes files and programs, and enough of them."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= ROOM_BYTES


# No test is timed, and fewer examples are tried than usual where a test does not say how many it needs.
settings.register_profile("feeder", deadline=None, max_examples=50)
settings.load_profile("feeder")


def pytest_configure() -> None:
    """Write to memory where that can be: tests make and remove a million files, and none of them is kept."""
    if "TMPDIR" not in os.environ and has_room_for_tests(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is asked for anew
    gc.set_threshold(ALLOCATIONS)
    statements.make_once()


def pytest_collection_finish() -> None:
    """Look for no garbage in what has been imported and collected: half a million objects that stay."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest: one that comes last has one of two processes wait."""
    items.sort(key=lambda item: next(n for n, name in enumerate((*LONGEST, "")) if name in item.nodeid))


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and how it ended."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()

    def __str__(self) -> str:
        return f"feeder {' '.join(self.command)} ended with {self.code}\n{self.out}\n{self.err}"


def feeder(
    *command: object, folder: Path, environment: dict[str, str] | None = None, given: Path = NOTHING
) -> Told:
    """Run a command in a folder, as a person would, with none of this shell's own settings.

    `given` is the file on its standard input.
    """
    words = tuple(map(str, command))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = start(*words, folder=folder, environment=environment or {}, out=out, err=err, given=given)
        try:
            code = started.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait(PATIENCE_SECONDS)
            raise
        return Told(words, code, text_in(out), text_in(err))


def start(
    *words: str,
    folder: Path,
    environment: dict[str, str],
    out: IO[bytes],
    err: IO[bytes],
    given: Path = NOTHING,
) -> launcher.Started | subprocess.Popen[bytes]:
    """Start a command whose output goes to open files."""
    whole = plain_environment() | environment
    if not any(name.startswith("PYTHON") for name in environment):
        return launcher.start(words, folder, whole, out, err, given=given)
    # What Python itself is told has to be told before it begins.
    with given.open("rb") as read:
        return subprocess.Popen([*FEEDER, *words], cwd=folder, env=whole, stdin=read, stdout=out, stderr=err)


def killed(site: "Site", *words: str, after_seconds: float) -> bool:
    """Start a command and kill it at a moment; tell whether it was still at work."""
    with Path(os.devnull).open("wb") as nobody:
        doomed = start(*words, folder=site.folder, environment=site.environment, out=nobody, err=nobody)
    with suppress(subprocess.TimeoutExpired):
        doomed.wait(after_seconds)
    doomed.kill()
    return doomed.wait(PATIENCE_SECONDS) == -signal.SIGKILL


def text_in(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FEEDER_")}


@dataclass(slots=True)
class Site:
    """One site. `now` is what its commands take for the present; None is the real one."""

    folder: Path
    now: str | None = SUNDAY
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def public(self) -> Path:
        return self.folder / "public"

    @property
    def environment(self) -> dict[str, str]:
        return self.settings | ({"FEEDER_NOW": self.now} if self.now else {})

    def feeder(self, *command: object) -> Told:
        return feeder(*command, folder=self.folder, environment=self.environment)

    def done(self, *command: object) -> Told:
        """Run a command that must succeed, and say nothing on standard error."""
        told = self.feeder(*command)
        assert told.code == 0, str(told)
        assert not told.err, str(told)
        return told

    def write(self, name: str, text: str) -> Path:
        """Write a file below content/, as an editor does: time goes on between two versions."""
        file = self.folder / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_text(text, encoding="utf-8")
        if before:
            os.utime(file, ns=(before + 10**9, before + 10**9))
        return file

    def configure(self, text: str, *, instead_of: str = "") -> None:
        """Put text into the configuration: at its end, or instead of some that is there."""
        file = self.folder / "config" / "feeder.toml"
        was = file.read_text("utf-8")
        assert instead_of in was
        file.write_text(was.replace(instead_of, text, 1) if instead_of else f"{was}\n{text}\n", "utf-8")

    def tree(self) -> dict[str, bytes]:
        """Return all that is published, by path."""
        return contents(self.public)

    def stamps(self) -> dict[str, int]:
        """Return when each published file was last written, in nanoseconds."""
        return {path: (self.public / path).stat().st_mtime_ns for path in contents(self.public)}

    def mails(self) -> dict[str, bytes]:
        """Return all mail that has come, by file name."""
        return contents(self.folder / "mail" / "new")

    def page(self, path: str) -> str:
        return (self.public / path).read_text("utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, by path, but for the one that says whose tree it is."""
    found = {}
    for file in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):  # a service may just have taken it away
            if file.is_file() and file.name != fence.NAME:
                found[file.relative_to(folder).as_posix()] = file.read_bytes()
    return found


def piece(title: str, *lines: str, body: str = "The text.") -> str:
    """Write a Markdown file with a title and further lines of front matter."""
    return "\n".join(["---", f"title: {title}", *lines, "---", "", body, ""])


def new_site(folder: Path) -> Site:
    """Make a site, without the example that comes with it."""
    feeder_init = feeder("init", folder, folder=folder.parent)
    assert feeder_init.code == 0, str(feeder_init)
    (folder / "content" / "example.md").unlink()
    return Site(folder)


@pytest.fixture(scope="session")
def _site_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_site(tmp_path_factory.mktemp("new") / "site").folder


@pytest.fixture
def site(_site_made_once: Path, tmp_path: Path) -> Site:
    """A new site, with nothing in it."""
    return Site(Path(shutil.copytree(_site_made_once, tmp_path / "site")))


@pytest.fixture(scope="session")
def _blog_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = new_site(tmp_path_factory.mktemp("blog") / "site")
    made.done("import", "wxr", BLOG)
    made.done("subscriber", "add", "reader@example.org", "--tag", "bridges", "--welcome", "7")
    made.done("once")
    return made.folder


@pytest.fixture
def blog(_blog_made_once: Path, tmp_path: Path) -> Site:
    """A site that has imported a blog and welcomed a reader."""
    return Site(Path(shutil.copytree(_blog_made_once, tmp_path / "site")))


@pytest.fixture(scope="module")
def blog_for_module(_blog_made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same, for tests that share one."""
    return Site(Path(shutil.copytree(_blog_made_once, tmp_path_factory.mktemp("shared") / "site")))


# ── The service ──────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Service:
    """`feeder run`, listening."""

    process: launcher.Started | subprocess.Popen[bytes]
    address: str
    log: Path

    def get(self, path: str = "") -> str:
        """Return what stands at an address of the site. Raises: URLError."""
        return ask(f"{self.address}{path}")

    def shows(self, text: str, path: str = "", within_seconds: float = 20) -> bool:
        """Wait until some text stands at an address, and tell whether it came in time."""

        def there() -> bool:
            with suppress(URLError):
                return text in self.get(path)
            return False

        return until(there, within_seconds)

    def end(self, signal: int, within_seconds: float = 10) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(signal)
        return self.process.wait(within_seconds)


def ask(address: str, method: str = "GET", form: bytes | None = None) -> str:
    with urlopen(Request(address, method=method, data=form), timeout=10) as answer:
        return str(answer.read().decode())


def until(happens: Callable[[], bool], within_seconds: float) -> bool:
    """Look again and again whether something has happened; False when it has not in time."""
    end = time.monotonic() + within_seconds
    while time.monotonic() < end:
        if happens():
            return True
        time.sleep(0.05)
    return happens()


def at_free_port(site: Site) -> Site:
    """Give a site that lives in real time a port of its own, and the public address that goes with it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site.settings |= {"FEEDER_WEB__PORT": str(port), "FEEDER_SITE__PUBLIC_URL": f"http://127.0.0.1:{port}/"}
    site.now = None
    return site


@contextmanager
def running(site: Site) -> Iterator[Service]:
    """Run the service of a site that has a port, from when it answers; it is killed at the end."""
    address = f"http://127.0.0.1:{site.settings['FEEDER_WEB__PORT']}/"
    log = site.folder / "service.log"
    with log.open("ab") as err:
        process = start("run", folder=site.folder, environment=site.environment, out=err, err=err)
    try:
        service = Service(process, address, log)
        assert until(lambda: process.poll() is not None or answers(address), PATIENCE_SECONDS), (
            "it never answered"
        )
        assert process.poll() is None, log.read_text()
        yield service
    finally:
        process.kill()
        process.wait(10)


def answers(address: str) -> bool:
    try:
        ask(address)
    except HTTPError as error:
        error.close()
        return True  # 404: it listens, and has nothing yet
    except OSError:
        return False
    return True


# ── Real parts ───────────────────────────────────────────────────────────────────────────────────


def need(there: object, part: str) -> None:
    """Skip a test whose real part is missing here; fail where every part must be there."""
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{part} is missing, and CI=true wants every real part")
    pytest.skip(f"{part} is missing here")


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def postgresql_programs() -> Path:
    """Where PostgreSQL's programs are: the newest that is here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[4]))
    on_path = shutil.which("postgres")
    server = found[-1] if found else Path(on_path) if on_path else None
    need(server, "PostgreSQL (Debian's package postgresql)")
    assert server is not None
    return server.resolve().parent


@pytest.fixture
def postgresql_server(postgresql_programs: Path) -> Iterator[Server]:
    """A PostgreSQL server of one test, which may do with it what it likes."""
    with (
        tempfile.TemporaryDirectory(prefix="feeder-postgresql-") as folder,
        a_server(postgresql_programs, Path(folder)) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a PostgreSQL server: `FEEDER_TEST_POSTGRESQL`, or one of our own, started for the tests.

    Databases are made and dropped there; the address names none.
    """
    given = os.environ.get("FEEDER_TEST_POSTGRESQL")
    if given:
        yield given.rstrip("/")
        return
    programs = request.getfixturevalue("postgresql_programs")
    with (
        tempfile.TemporaryDirectory(prefix="feeder-postgresql-") as folder,
        a_server(programs, Path(folder)) as server,
    ):
        yield server.address
