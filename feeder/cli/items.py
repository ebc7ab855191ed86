"""`item list`, `item show`: what the store holds."""

from typing import Any

from feeder.cli.context import Context, command, with_json


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    item = commands.add_parser(
        "item", help="look at the items in the store", description="Items in the store."
    )
    group = item.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(group, "list", _list, "list the newest items")
    listing.add_argument("--limit", metavar="N", type=int, default=50, help="at most so many (default: 50)")
    with_json(listing)
    show = command(group, "show", _show, "show all of one item")
    show.add_argument("item", help="its id, its slug, or its key at its source")
    with_json(show)


def _list(context: Context) -> int:
    from feeder.cli.plain import plain  # noqa: PLC0415

    with context.app() as app, app.store.reading() as tx:
        items = tx.items.newest(max(context.arguments.limit, 0))
    brief = ("uid", "slug", "kind", "title", "posted", "number", "withheld", "gone", "url")
    shapes = [
        {name: plain(getattr(item, name)) for name in brief} | {"tags": [tag.name for tag in item.tags]}
        for item in items
    ]
    context.print(
        lambda: [
            f"{one['posted'][:10]}  {one['kind']:10}  {one['slug']}  {one['title']}{_aside(one)}"
            for one in shapes
        ],
        shapes,
    )
    return 0


def _show(context: Context) -> int:
    from feeder.cli.plain import plain  # noqa: PLC0415

    with context.app() as app, app.store.reading() as tx:
        item = tx.items.get(context.arguments.item)
    shape = plain(item) | {
        "tags": [tag.name for tag in item.tags],
        "authors": [author.name for author in item.authors],
        "outlet": item.outlet.name if item.outlet else None,
    }
    context.print(lambda: [f"{name}: {value}" for name, value in shape.items() if value], shape)
    return 0


def _aside(one: dict[str, Any]) -> str:
    """Say why an item is not public, if it is not."""
    if one["gone"]:
        return "  (gone)"
    if one["withheld"]:
        return "  (draft)"
    return "" if one["number"] else "  (waiting)"
