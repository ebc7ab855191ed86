"""`item add|list|show|edit|hide|correct|merge`: the items of the store, by hand."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from feeder.cli import merging, writing
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.workflows.curate import Shown

_ITEM = "its id, its slug, or its key at its source"


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    item = commands.add_parser("item", help="the items in the store", description="Items in the store.")
    group = item.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(group, "list", _list, "list the newest items")
    listing.add_argument("--limit", metavar="N", type=int, default=50, help="at most so many (default: 50)")
    with_json(listing)
    show = command(
        group, "show", _show, "show all of one item: what it says, its places, what was done to it"
    )
    show.add_argument("item", metavar="ITEM", help=_ITEM)
    with_json(show)
    _add_writing(group)
    _add_hiding(group)
    merging.add_to(group)


def _add_writing(group: Any) -> None:
    add = command(
        group,
        "add",
        _add,
        "add an item, and print its id",
        more="It is announced now, or when its embargo ends. With --posted it is announced then; a time that\n"
        "is past makes it back catalogue, which is in feeds and on pages, but in no digest.",
    )
    writing.options(add)
    writing.with_reason(add)
    with_json(add)
    edit = command(
        group,
        "edit",
        _edit,
        "set fields of an item, whatever its source says",
        more="A changed title, body or link counts as a revision, unless you say --minor.",
    )
    edit.add_argument("item", metavar="ITEM", help=_ITEM)
    writing.options(edit)
    writing.taking_back(edit)
    edit.add_argument("--minor", action="store_true", help="no reader needs to be told")
    writing.with_reason(edit)
    with_json(edit)
    correct = command(
        group,
        "correct",
        _correct,
        "edit an item, and tell those who have it",
        more="Page, feeds and the next digest say what was corrected.",
    )
    correct.add_argument("item", metavar="ITEM", help=_ITEM)
    correct.add_argument("--text", metavar="WORDS", required=True, help="what was wrong, as readers are told")
    writing.options(correct)
    writing.taking_back(correct)
    writing.with_reason(correct)
    with_json(correct)


def _add_hiding(group: Any) -> None:
    hide = command(
        group,
        "hide",
        _hide,
        "take an item out of feeds, pages and digests",
        more="It stays hidden, whatever its source says, until you say --undo: then it is new once more\n"
        "to those who never had it.",
    )
    hide.add_argument("item", metavar="ITEM", help=_ITEM)
    hide.add_argument("--undo", action="store_true", help="bring it back")
    writing.with_reason(hide)
    with_json(hide)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def _list(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415

    with context.app() as app, app.store.reading() as tx:
        items = tx.items.newest(max(context.arguments.limit, 0))
        merged = [item.merged_into for item in items if item.merged_into is not None]
        slugs = {item.id: item.slug for item in tx.items.with_ids(merged)}
    brief = ("uid", "slug", "kind", "title", "posted", "number", "withheld", "hidden", "gone", "url")
    shapes = [
        {name: plain(getattr(item, name)) for name in brief}
        | {"tags": [tag.name for tag in item.tags], "merged_into": slugs.get(item.merged_into or 0)}
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
    from feeder.workflows import curate  # noqa: PLC0415

    with context.app() as app:
        shape = _shape(curate.show(app.store, context.arguments.item))
    context.print(lambda: _lines(shape), shape)
    return 0


def _shape(shown: "Shown") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    return writing.shape(shown.item) | {
        "piece": shown.piece.uid if shown.piece else None,
        "merged_into": shown.survivor.uid if shown.survivor else None,
        "places": [
            {
                "item": place.uid,
                "source": place.source,
                "outlet": place.outlet.name if place.outlet else None,
                "url": place.url,
            }
            for place in shown.places
        ],
        "aliases": plain(shown.aliases),
        "edited": plain(shown.edited),
        "history": plain(shown.history),
        "appearances": [
            {"item": each.uid, "title": each.title, "url": each.url, "hidden": each.hidden}
            for each in shown.appearances
        ],
        "proposals": [merging.shape(each) for each in shown.proposals],
    }


def _lines(shape: Mapping[str, Any]) -> Iterable[str]:
    several = ("places", "appearances", "history", "proposals")
    for name, value in shape.items():
        if value and name not in several:
            yield f"{name}: {value}"
    for place in shape["places"][1:]:
        yield f"also: {place['outlet'] or place['source']}{_with(place['url'])}"
    for each in shape["appearances"]:
        yield f"appearance: {each['title']}{_with(each['url'])}{'  (hidden)' if each['hidden'] else ''}"
    for one in shape["proposals"]:
        yield merging.told(one)
    for deed in shape["history"]:
        yield f"{deed['at']}: {deed['action']}{': ' + deed['reason'] if deed['reason'] else ''}"


def _with(url: str | None) -> str:
    return f"  {url}" if url else ""


def _aside(one: Mapping[str, Any]) -> str:
    """Say why an item is not public, if it is not."""
    reasons = [
        (one["merged_into"], f"merged into {one['merged_into']}"),
        (one["hidden"], "hidden"),
        (one["gone"], "gone"),
        (one["withheld"], "draft"),
        (not one["number"], "waiting"),
    ]
    found = [why for is_so, why in reasons if is_so]
    return f"  ({found[0]})" if found else ""


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────


def _add(context: Context) -> int:
    return writing.add(context, "item add", {})


def _edit(context: Context) -> int:
    from feeder.workflows import curate  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        with writing.usage():
            edits = writing.edits(arguments, app.settings.site, "item edit")
        writing.check_any(edits, "item edit")
        item = curate.edit(
            app.store, arguments.item, edits, context.now(), arguments.reason, minor=arguments.minor
        )
    context.print(lambda: [f"edited: {item.slug}"], writing.shape(item))
    return 0


def _correct(context: Context) -> int:
    from feeder.workflows import curate  # noqa: PLC0415

    arguments = context.arguments
    text = " ".join(arguments.text.split())
    if not text:
        raise ConfigurationError("--text", "is empty", "say what was wrong")
    with context.app() as app:
        with writing.usage():
            edits = writing.edits(arguments, app.settings.site, "item correct")
        item = curate.correct(app.store, arguments.item, text, edits, context.now(), arguments.reason)
    context.print(lambda: [f"corrected: {item.slug}"], writing.shape(item))
    return 0


def _hide(context: Context) -> int:
    from feeder.workflows import curate  # noqa: PLC0415

    arguments = context.arguments
    change = curate.bring_back if arguments.undo else curate.hide
    with context.app() as app:
        item = change(app.store, arguments.item, context.now(), arguments.reason)
    context.print(lambda: [f"{'back' if arguments.undo else 'hidden'}: {item.slug}"], writing.shape(item))
    return 0
