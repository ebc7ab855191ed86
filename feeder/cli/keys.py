"""`keys`: the secrets that sign links."""

import secrets
from typing import Any

from feeder.cli.context import Context, command


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    keys = commands.add_parser("keys", help="the keys that sign links", description="Keys.")
    group = keys.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(
        group,
        "rotate",
        _rotate,
        "sign links with a new key from now on",
        more="The links in all mails that went out go on working. A service that runs takes the new key\n"
        "when it is started anew.",
    )


def _rotate(context: Context) -> int:
    with context.app() as app, app.store.transaction() as tx:
        key = tx.keys.add(secrets.token_bytes(32), context.now())
    print(f"key {key} signs links from now on")
    return 0
