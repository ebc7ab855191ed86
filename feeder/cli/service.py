"""`run` and `work`: the service, whole or in parts, on one machine or on many."""

import argparse
from typing import Any

from feeder.cli.context import Context, command
from feeder.errors import ConfigurationError
from feeder.model.members import ROLES, WORKER

_PORTS = 65_536


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    run = command(
        commands,
        "run",
        _run,
        "run as a service until told to stop",
        more="Reads the sources on their intervals, publishes what changes, sends what is due, and serves\n"
        "the pages. Stops cleanly on SIGTERM or Ctrl-C, and picks up after a crash.\n\n"
        "On PostgreSQL any number of them, on as many machines, work for one site (docs/cluster.md).",
    )
    run.add_argument(
        "--roles",
        type=_roles,
        default=ROLES,
        metavar="ROLE,...",
        help="what this process does, of scheduler, worker and web (default: all)",
    )
    work = command(
        commands,
        "work",
        _work,
        "add one more worker to a site on PostgreSQL",
        more="Does what the schedulers of the site say, beside the workers that there are. The same as\n"
        "`feeder run --roles worker`.",
    )
    for parser in (run, work):
        parser.add_argument(
            "--health",
            type=_address,
            metavar="HOST:PORT",
            help="serve /healthz, /readyz and /metrics there, too: for a process that serves no pages",
        )


def _roles(said: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(role.strip() for role in said.split(",")))
    if not set(roles) <= set(ROLES):
        raise argparse.ArgumentTypeError(f"{said!r} names other roles than {', '.join(ROLES)}")
    return roles


def _address(said: str) -> tuple[str, int]:
    host, colon, port = said.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) < _PORTS):
        raise argparse.ArgumentTypeError(f"{said!r} is no address such as 127.0.0.1:8001")
    return host.strip("[]"), int(port)


def _run(context: Context) -> int:
    return _start(context, context.arguments.roles)


def _work(context: Context) -> int:
    return _start(context, (WORKER,))


def _start(context: Context, roles: tuple[str, ...]) -> int:
    from feeder.cli import logs, process  # noqa: PLC0415

    logs.to_terminal(context.log, context.running)
    with context.app(member=True) as app:
        if set(roles) != set(ROLES) and not app.is_cluster:
            raise ConfigurationError(
                f"a process that is only {' and '.join(roles)}",
                "is one of several, which needs a store on PostgreSQL, and feeder[cluster] installed",
                "see docs/cluster.md, or use `feeder run` alone",
            )
        with app.store.lock(shared=app.is_cluster) as keep:
            process.serve(context, app, keep, roles, context.arguments.health)
    return 0
