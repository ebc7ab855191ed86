"""What a command gets: its arguments, the site, the time, and ways to print."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from feeder.cli import logs
from feeder.errors import ConfigurationError, FeederError

if TYPE_CHECKING:  # importing the app takes longer than answering --help
    from feeder.app import App
    from feeder.model.settings import Settings

T = TypeVar("T")

DEFAULT_CONFIGURATION = Path("config/feeder.toml")


def command(
    group: Any, name: str, run: Callable[["Context"], int], words: str, *, more: str = ""
) -> argparse.ArgumentParser:
    """Add a command that `run` runs; `words` say what it does, `more` what else is to be known."""
    parser: argparse.ArgumentParser = group.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.\n\n{more}".rstrip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def with_json(parser: argparse.ArgumentParser) -> None:
    """Give a command the option to print JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")


class Context:
    """One run of one command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.running = logs.Running()

    def settings(self) -> "Settings":
        """Load the configuration that `--config`, or `FEEDER_CONFIG`, names.

        Raises: ConfigurationError.
        """
        from feeder import config  # noqa: PLC0415 - see the package's docstring

        return config.load(self.configuration, os.environ)

    @property
    def configuration(self) -> Path:
        """The file that `--config`, or `FEEDER_CONFIG`, names, there or not."""
        named = self.arguments.config or os.environ.get("FEEDER_CONFIG")
        return Path(named) if named else DEFAULT_CONFIGURATION

    @property
    def log(self) -> str:
        """The form of the log that `--log`, or `FEEDER_LOG`, names. Raises: ConfigurationError."""
        form = self.arguments.log or os.environ.get("FEEDER_LOG") or logs.PLAIN
        if form not in logs.FORMS:
            raise ConfigurationError(
                f"FEEDER_LOG = {form!r}", "is no form of the log", f"write {' or '.join(logs.FORMS)}"
            )
        return str(form)

    def app(self, *, member: bool = False) -> "App":
        """Build the site, for a command or for a process that is a `member` of those that work for it."""
        from feeder.app import App  # noqa: PLC0415

        return App(self.settings(), is_member=member)

    def now(self) -> datetime:
        """Return the present, in whole seconds; `FEEDER_NOW` stands in for it where it is set.

        Raises: ConfigurationError.
        """
        said = os.environ.get("FEEDER_NOW")
        return moment("FEEDER_NOW", said) if said else datetime.now(UTC).replace(microsecond=0)

    def print(self, plain: Callable[[], Iterable[str]], values: Any) -> None:
        """Print lines for people, or with `--json` the same as JSON."""
        if getattr(self.arguments, "json", False):
            print(json.dumps(values, ensure_ascii=False, indent=2))
            return
        for line in plain():
            print(line)

    def report(self, problems: Sequence[FeederError]) -> int:
        """Print problems, one a line and each once, and return the exit code that goes with them."""
        for problem in dict.fromkeys(map(str, problems)):
            print(f"feeder: {problem}", file=sys.stderr)
        return 1 if problems else 0

    def progress(self, label: str) -> Callable[[Iterable[T], int], Iterable[T]]:
        """Return a way to walk through long work that shows on a terminal how far it is."""

        def walk(work: Iterable[T], total: int) -> Iterable[T]:
            if not sys.stderr.isatty():
                return work
            from tqdm import tqdm  # noqa: PLC0415

            return tqdm(work, desc=label, total=total, leave=False, delay=0.5)

        return walk


def moment(name: str, said: str) -> datetime:
    """Read a moment from a command line or a variable called `name`; without an offset it is UTC.

    Raises: ConfigurationError.
    """
    try:
        read = datetime.fromisoformat(said)
    except ValueError as error:
        raise ConfigurationError(
            f"{name} = {said!r}", "is no moment", "write it as 2026-11-22T08:00:00Z"
        ) from error
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)
