"""`item merge`: one item of two that are the same work."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feeder.cli import writing
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.workflows.twins import Twins


def add_to(group: Any) -> None:
    """Add the command to those of items."""
    merge = command(
        group,
        "merge",
        _merge,
        "make one item of two that are the same work",
        more="ITEM stays, and gets the other's id as well, its place, its tags, its appearances, and its texts\n"
        "where it has none. Without items: list what looks like the same work.",
    )
    merge.add_argument("item", metavar="ITEM", nargs="?", help="the item that stays")
    merge.add_argument("other", metavar="OTHER", nargs="?", help="the item that becomes part of it")
    choice = merge.add_mutually_exclusive_group()
    choice.add_argument(
        "--not", dest="apart", action="store_true", help="they are two: do not propose it again"
    )
    choice.add_argument("--undo", action="store_true", help="make OTHER an item of its own again")
    writing.with_reason(merge)
    with_json(merge)


def _merge(context: Context) -> int:
    from feeder.workflows import merge, twins  # noqa: PLC0415

    arguments = context.arguments
    if arguments.item is None:
        return _proposals(context)
    if arguments.other is None:
        raise ConfigurationError("item merge", "names one item", "name the item that stays, then the other")
    names = (arguments.item, arguments.other)
    with context.app() as app:
        if arguments.apart:
            item = twins.keep_apart(app.store, *names, context.now(), arguments.reason)
            words = f"kept apart: {item.slug} and {arguments.other}"
        elif arguments.undo:
            item = merge.part(app.store, *names, context.now(), arguments.reason)
            words = f"an item of its own again: {item.slug}"
        else:
            item = merge.merge(app.store, *names, context.now(), arguments.reason)
            words = f"merged into {item.slug}: {arguments.other}"
    context.print(lambda: [words], writing.shape(item))
    return 0


def _proposals(context: Context) -> int:
    from feeder.workflows import twins  # noqa: PLC0415

    if context.arguments.apart or context.arguments.undo:
        raise ConfigurationError("item merge", "names no items", "name the item that stays, then the other")
    with context.app() as app:
        shapes = [shape(each) for each in twins.proposals(app.store)]
    nothing = ["Nothing in the store looks like the same work twice."]
    context.print(lambda: list(map(told, shapes)) or nothing, shapes)
    return 0


def shape(found: "Twins") -> dict[str, Any]:
    """Return a proposal as a JSON shape; `feeder item merge ITEM OTHER` accepts it."""
    return {
        "item": found.item.uid,
        "other": found.other.uid,
        "slugs": [found.item.slug, found.other.slug],
        "sources": [found.item.source, found.other.source],
        "why": found.why.value,
        "texts_differ": found.texts_differ,
    }


def told(one: Mapping[str, Any]) -> str:
    """Say a proposal in a line."""
    differ = ", but their texts differ" if one["texts_differ"] else ""
    return f"like each other: {' '.join(one['slugs'])}  ({one['why']}{differ})"
