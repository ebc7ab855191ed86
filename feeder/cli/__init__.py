"""The commands. Each file is a group of them; each command calls the workflows and prints.

Only what a command needs is imported when it runs: `feeder --help` answers at once.
"""

import argparse
import gc
import sys
from collections.abc import Sequence
from functools import cache

from feeder import __version__
from feeder.cli import (
    appearances,
    backups,
    bounces,
    check,
    demo,
    digests,
    feeds,
    imports,
    items,
    keys,
    links,
    logs,
    rounds,
    service,
    site,
    status,
    stores,
    subscribers,
)
from feeder.cli.context import Context
from feeder.errors import ConfigurationError, FeederError

_DESCRIPTION = """\
Publish feeds for every subject of your work, and mail a digest of what is new.

A new site in three steps:
  feeder init my-site         write its configuration, explained, and a folder for your texts
  cd my-site                  put your texts into content/: what is there at first is no news
  feeder once                 read the texts, write feeds and pages, send what is due

`feeder demo` shows all of it on a sample site. `feeder COMMAND --help` explains a command.
"""


_ALLOCATIONS = 100_000
"""How many objects more there are before garbage is looked for among them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 something failed, 2 cannot be used so."""
    # Most of a short command is imports, and a third of those was looking for garbage, of which they make none.
    gc.set_threshold(_ALLOCATIONS)
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if "run" not in parsed:
        parser.print_help(sys.stderr)
        return 2
    try:
        return int(parsed.run(Context(parsed)))
    except ConfigurationError as error:
        return _fail(error, 2)
    except FeederError as error:
        return _fail(error, 1)
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


@cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="feeder", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"feeder {__version__}")
    parser.add_argument(
        "--config",
        metavar="PATH",
        help="the site's configuration (default: config/feeder.toml, or the variable FEEDER_CONFIG)",
    )
    parser.add_argument(
        "--log",
        choices=logs.FORMS,
        help="how the service logs (default: plain, or the variable FEEDER_LOG)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for group in (
        site,
        demo,
        rounds,
        service,
        status,
        check,
        items,
        appearances,
        links,
        imports,
        feeds,
        digests,
        subscribers,
        bounces,
        keys,
        stores,
        backups,
    ):
        group.add_to(commands)
    return parser


def _fail(error: FeederError, code: int) -> int:
    print(f"feeder: {error}", file=sys.stderr)
    return code
