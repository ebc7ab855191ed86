"""`links list|check|accept|drop|archive`: whether work is still where it appeared."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from feeder.cli import writing
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError, FeederError

if TYPE_CHECKING:
    from feeder.workflows.links import Told

_ITEM = "the item, by its id, slug or key"


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    links = commands.add_parser(
        "links", help="the addresses of items", description="Whether work is still where it appeared."
    )
    group = links.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(
        group,
        "list",
        _list,
        "list the addresses that have moved, are gone, or cannot be looked at",
        more="Gone is what the server has said several times over days, or whose domain has had no address\n"
        "for weeks; what asks for payment, or refuses robots, is not.",
    )
    listing.add_argument("--all", action="store_true", help="those as well that are well, or new")
    with_json(listing)
    check = command(
        group,
        "check",
        _check,
        "look at the address of an item, or at those that are due",
        more="With links.check the service and `feeder once` do it by themselves, a few an hour.",
    )
    check.add_argument("item", metavar="ITEM", nargs="?", help=_ITEM)
    with_json(check)
    _add_deciding(group)


def _add_deciding(group: Any) -> None:
    accept = command(
        group,
        "accept",
        _accept,
        "let an item lead where its address has moved",
        more="An edit by hand, which outlives what the source says; no reader is told, and the item is not new.",
    )
    accept.add_argument("item", metavar="ITEM", nargs="?", help=_ITEM)
    accept.add_argument("--all", action="store_true", help="all that have moved")
    writing.with_reason(accept)
    with_json(accept)
    drop = command(
        group,
        "drop",
        _drop,
        "leave an item at its address, although it has moved",
        more="The same is not proposed again.",
    )
    drop.add_argument("item", metavar="ITEM", help=_ITEM)
    writing.with_reason(drop)
    with_json(drop)
    archive = command(
        group, "archive", _archive, "let the page of an item lead to the archived copy of what is gone"
    )
    archive.add_argument("item", metavar="ITEM", help=_ITEM)
    archive.add_argument("--undo", action="store_true", help="let it lead to its address again")
    writing.with_reason(archive)
    with_json(archive)


def _list(context: Context) -> int:
    from feeder.model.links import Standing  # noqa: PLC0415
    from feeder.workflows import links  # noqa: PLC0415

    wanted = frozenset(Standing) if context.arguments.all else links.UNWELL
    with context.app() as app:
        found = links.told(app.store, wanted)
        nothing = (
            "No address is known to have moved or to be gone."
            if app.settings.links.check
            else "Nothing is known: set links.check to true, or look at one by `feeder links check ITEM`."
        )
    context.print(
        lambda: [line for one in found for line in _lines(one)] or [nothing], list(map(_shape, found))
    )
    return 0


def _check(context: Context) -> int:
    from feeder.workflows import links  # noqa: PLC0415

    with context.app() as app:
        care = app.settings.links
        if context.arguments.item:
            one = links.check_item(app.store, app.client, care, context.arguments.item, context.now())
            context.print(lambda: _lines(one), _shape(one))
            return 0
        done = links.check(app.store, app.client, care, context.now, lambda: False)
    shape = {"looked": done.looked, "changed": len(done.changed)}
    context.print(
        lambda: [f"looked at: {done.looked}, of which {len(done.changed)} stand otherwise than before"], shape
    )
    return 0


def _accept(context: Context) -> int:
    from feeder.model.links import Standing  # noqa: PLC0415
    from feeder.workflows import links  # noqa: PLC0415

    arguments = context.arguments
    if (arguments.item is None) != arguments.all:
        raise ConfigurationError("links accept", "is to accept what", "name an item, or say --all")
    problems: list[FeederError] = []
    done = []
    with context.app() as app:
        moved = frozenset({Standing.MOVED})
        names = [one.item.slug for one in links.told(app.store, moved)] if arguments.all else [arguments.item]
        for name in names:
            try:
                done.append(links.accept(app.store, name, context.now(), arguments.reason))
            except FeederError as error:
                problems.append(error)
    context.print(
        lambda: [f"edited: {item.slug}  {item.url}" for item in done], list(map(writing.shape, done))
    )
    return context.report(problems)


def _drop(context: Context) -> int:
    from feeder.workflows import links  # noqa: PLC0415

    with context.app() as app:
        item = links.drop(app.store, context.arguments.item, context.now(), context.arguments.reason)
    context.print(lambda: [f"stays: {item.slug}  {item.url}"], writing.shape(item))
    return 0


def _archive(context: Context) -> int:
    from feeder.workflows import links  # noqa: PLC0415

    arguments = context.arguments
    agree = links.show_no_copy if arguments.undo else links.show_copy
    with context.app() as app:
        item = agree(app.store, arguments.item, context.now(), arguments.reason)
    words = "leads to its address" if arguments.undo else "leads to its archived copy"
    context.print(lambda: [f"{words}: {item.slug}"], writing.shape(item))
    return 0


def _shape(one: "Told") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    link = one.link
    names = ("url", "standing", "said", "since", "checked", "next_check", "target")
    return {"item": one.item.uid, "slug": one.item.slug, "title": one.item.title} | {
        **{name: plain(getattr(link, name)) for name in names},
        "copy": link.copy.url if link.copy else None,
        "copy_is_shown": link.agreed is not None,
    }


def _lines(one: "Told") -> Iterator[str]:
    link = one.link
    since = f" since {link.since:%Y-%m-%d}" if link.since else ""
    said = f" ({link.said})" if link.said else ""
    yield f"{link.standing.value}{since}: {one.item.slug}  {link.url}{said}"
    if link.target:
        yield f"  leads to {link.target}; `feeder links accept {one.item.slug}` edits the item"
    if link.copy and link.agreed:
        yield f"  its page leads to {link.copy.url}"
    elif link.copy:
        yield f"  archived: {link.copy.url}; `feeder links archive {one.item.slug}` lets its page lead there"
