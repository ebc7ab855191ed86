"""`store upgrade`, `store move`: the database itself."""

from typing import Any

from feeder.cli.context import Context, command, with_json


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    store = commands.add_parser(
        "store", help="look after the database", description="The database of the site."
    )
    group = store.add_subparsers(title="commands", metavar="COMMAND", required=True)
    upgrade = command(
        group,
        "upgrade",
        _upgrade,
        "bring the database up to date",
        more="Every command adds by itself what it needs. While processes work for the site, what only earlier\n"
        "versions used stays; this takes it away, once all of them have this version.",
    )
    with_json(upgrade)
    move = command(
        group,
        "move",
        _move,
        "copy the site to another database",
        more="Stop the service first. The other database must be empty; every table is counted and compared\n"
        "there. Then put its address into store.url: this site stays as it is until you remove it.",
    )
    move.add_argument(
        "url",
        metavar="URL",
        help="its address, such as postgresql://user@host/name or sqlite:////srv/feeder.db",
    )
    with_json(move)


def _upgrade(context: Context) -> int:
    with context.app() as app:
        app.finish_upgrade()
        revision = app.store.condition().revision
    context.print(lambda: [f"the store is at revision {revision}"], {"revision": revision})
    return 0


def _move(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.store import open_store  # noqa: PLC0415
    from feeder.workflows import transfer  # noqa: PLC0415

    with context.app() as app, app.store.lock():
        target = open_store(context.arguments.url, app.space)
        try:
            moved = transfer.move(app.store, target, progress=context.progress("moving"))
        finally:
            target.close()
    context.print(
        lambda: [
            *(f"{table.table}: {table.rows} rows" for table in moved if table.rows),
            "All there, and the same. Now put the new address into store.url.",
        ],
        plain(moved),
    )
    return 0
