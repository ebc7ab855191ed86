"""`appearance add|propose|accept|edit|drop`: where the author was heard, quoted and read."""

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from feeder.cli import writing
from feeder.cli.context import DEFAULT_CONFIGURATION, Context, command, with_json
from feeder.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from feeder.model.appearances import KnownOutlet
    from feeder.workflows.accept import Choice

_MAX_NOTE_BYTES = 1_000_000
_MENDED = ("outlet", "topic", "url", "role")


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    appearance = commands.add_parser(
        "appearance", help="media appearances", description="Media appearances of the author."
    )
    group = appearance.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_writing(group)
    _add_proposing(group)


def _add_writing(group: Any) -> None:
    add = command(
        group,
        "add",
        _add,
        "add an appearance, and print its id",
        more="Without --title it is called after its outlet and topic. With --piece it has that piece's\n"
        "subjects, authors and language, unless you give others.",
    )
    writing.options(add, kind=False)
    writing.with_reason(add)
    with_json(add)
    edit = command(group, "edit", _edit, "set fields of an appearance")
    edit.add_argument("item", metavar="ITEM", help="the appearance, by its id, slug or key")
    writing.options(edit, kind=False)
    writing.taking_back(edit)
    edit.add_argument("--minor", action="store_true", help="no reader needs to be told")
    writing.with_reason(edit)
    with_json(edit)


def _add_proposing(group: Any) -> None:
    propose = command(
        group,
        "propose",
        _propose,
        "find the appearances that the note of a piece mentions",
        more="Only proposes: it writes nothing into the store. Without ITEM, the notes of all pieces are read.\n"
        "What you have accepted or dropped is not proposed again.",
    )
    choice = propose.add_mutually_exclusive_group()
    choice.add_argument("item", metavar="ITEM", nargs="?", help="the piece, by its id, slug or key")
    choice.add_argument(
        "--text",
        metavar="FILE",
        help="read a note, HTML or plain, from a file; - is standard input; needs no site",
    )
    with_json(propose)
    accept = command(
        group,
        "accept",
        _accept,
        "make appearances of what the note of a piece proposes",
        more="All that it proposes, or what --outlet and --topic name; of one of them the --new-... mend\n"
        "what is wrong. They are announced now; those of an old piece are back catalogue, as it is.",
    )
    _choosing(accept)
    accept.add_argument("--all", action="store_true", help="what the notes of all pieces propose")
    for name in _MENDED:
        accept.add_argument(f"--new-{name}", metavar=name.upper(), help=f"its {name} is to be this")
    writing.with_reason(accept)
    with_json(accept)
    drop = command(
        group,
        "drop",
        _drop,
        "drop what the note of a piece proposes, or hide an appearance",
        more="What is dropped is not proposed again.",
    )
    _choosing(drop)
    writing.with_reason(drop)
    with_json(drop)


def _choosing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM", nargs="?", help="the piece, by its id, slug or key")
    parser.add_argument("--outlet", metavar="O", default="", help="only with this outlet")
    parser.add_argument("--topic", metavar="T", default="", help="only with these words in the topic")


def _add(context: Context) -> int:
    from feeder.model.items import Kind  # noqa: PLC0415

    return writing.add(context, "appearance add", {"kind": Kind.APPEARANCE})


def _edit(context: Context) -> int:
    from feeder.model.items import Kind  # noqa: PLC0415
    from feeder.workflows import curate  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        with writing.usage():
            edits = writing.edits(arguments, app.settings.site, "appearance edit")
        writing.check_any(edits, "appearance edit")
        with app.store.reading() as tx:
            found = tx.items.get(arguments.item)
        if found.kind is not Kind.APPEARANCE:
            raise StoreError(
                f"item {found.slug}", "is no appearance", f"`feeder item edit {found.slug}` edits it"
            )
        item = curate.edit(
            app.store, arguments.item, edits, context.now(), arguments.reason, minor=arguments.minor
        )
    context.print(lambda: [f"edited: {item.slug}"], writing.shape(item))
    return 0


def _propose(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import accept  # noqa: PLC0415

    if context.arguments.text is not None:
        note = writing.content("--text", context.arguments.text, _MAX_NOTE_BYTES)
        found = accept.proposals_of_note(note, _outlets_if_any(context))
    else:
        with context.app() as app:
            outlets = app.settings.outlets.values()
            found = accept.proposals(app.store, context.arguments.item, outlets)
    names = ("outlet", "topic", "role", "url", "phrase")
    shapes = [
        {"item": one.item} | {name: plain(getattr(one.proposal, name)) for name in names} for one in found
    ]
    context.print(lambda: [_told(one) for one in shapes] or [_nothing(context)], shapes)
    return 0


def _accept(context: Context) -> int:
    from feeder.workflows import accept  # noqa: PLC0415

    arguments = context.arguments
    if (arguments.item is None) != arguments.all:
        raise ConfigurationError("appearance accept", "is to accept what", "name a piece, or say --all")
    with context.app() as app:
        with writing.usage():
            how = accept.Acceptance(context.now(), arguments.reason, _mended(arguments, app.settings.site))
        made = accept.accept(app.store, _choice(arguments), app.settings.outlets.values(), how)
    context.print(
        lambda: [f"{item.uid}  {item.title}" for item in made], [writing.shape(item) for item in made]
    )
    return 0


def _drop(context: Context) -> int:
    from feeder.model.items import Kind  # noqa: PLC0415
    from feeder.workflows import accept, curate  # noqa: PLC0415

    arguments = context.arguments
    if arguments.item is None:
        raise ConfigurationError("appearance drop", "is to drop what", "name a piece, or an appearance")
    with context.app() as app:
        with app.store.reading() as tx:
            item = tx.items.get(arguments.item)
        if item.kind is Kind.APPEARANCE:
            curate.hide(app.store, arguments.item, context.now(), arguments.reason)
            context.print(lambda: [f"hidden: {item.slug}"], {"item": item.uid, "dropped": 0, "hidden": True})
            return 0
        outlets = app.settings.outlets.values()
        count = accept.drop(app.store, _choice(arguments), outlets, context.now(), arguments.reason)
    context.print(lambda: [f"dropped: {count}"], {"item": item.uid, "dropped": count, "hidden": False})
    return 0


def _choice(arguments: argparse.Namespace) -> "Choice":
    from feeder.workflows.accept import Choice  # noqa: PLC0415

    return Choice(arguments.item, arguments.outlet, arguments.topic)


def _mended(arguments: argparse.Namespace, site: Any) -> dict[str, Any]:
    from feeder.sources import hand  # noqa: PLC0415

    said = {name: getattr(arguments, f"new_{name}") for name in _MENDED}
    return hand.read(
        "appearance accept", {name: value for name, value in said.items() if value is not None}, site
    )


def _outlets_if_any(context: Context) -> Sequence["KnownOutlet"]:
    """Return the outlets of the site; none where there is no site, which a note alone does not need."""
    named = context.arguments.config or os.environ.get("FEEDER_CONFIG")
    if not named and not DEFAULT_CONFIGURATION.is_file():
        return ()
    return list(context.settings().outlets.values())


def _told(one: Mapping[str, Any]) -> str:
    on = f", on {one['topic']}" if one["topic"] else ""
    return f"{one['role']}: {one['outlet']}{on}{'  ' + one['url'] if one['url'] else ''}"


def _nothing(context: Context) -> str:
    if context.arguments.text is not None:
        return "The note mentions no appearance."
    return "No note mentions an appearance that you have not accepted or dropped."
