"""`appearance propose`: what the note of a piece mentions."""

import sys
from pathlib import Path
from typing import Any

from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

_MAX_NOTE_BYTES = 1_000_000


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    appearance = commands.add_parser(
        "appearance", help="media appearances", description="Media appearances of the author."
    )
    group = appearance.add_subparsers(title="commands", metavar="COMMAND", required=True)
    propose = command(
        group,
        "propose",
        _propose,
        "find the appearances that the note of a piece mentions",
        more="Only proposes: it writes nothing into the store. Without ITEM, the notes of all pieces are read.",
    )
    choice = propose.add_mutually_exclusive_group()
    choice.add_argument("item", metavar="ITEM", nargs="?", help="the piece, by its id, slug or key")
    choice.add_argument(
        "--text",
        metavar="FILE",
        help="read a note, HTML or plain, from a file; - is standard input; needs no site",
    )
    with_json(propose)


def _propose(context: Context) -> int:
    from feeder.cli.plain import plain  # noqa: PLC0415
    from feeder.workflows import curate  # noqa: PLC0415

    if context.arguments.text is not None:
        found = curate.proposals_of_note(_note(context.arguments.text))
    else:
        with context.app() as app:
            found = curate.proposals(app.store, context.arguments.item)
    shapes = [
        {
            "item": one.item,
            **{
                name: plain(getattr(one.proposal, name))
                for name in ("outlet", "topic", "role", "url", "phrase")
            },
        }
        for one in found
    ]
    context.print(
        lambda: (
            [
                f"{one['role']}: {one['outlet']}{', on ' + one['topic'] if one['topic'] else ''}"
                f"{'  ' + one['url'] if one['url'] else ''}"
                for one in shapes
            ]
            or ["The note mentions no appearance."]
        ),
        shapes,
    )
    return 0


def _note(name: str) -> str:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_MAX_NOTE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(_MAX_NOTE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"--text {name}", f"cannot be read ({error.strerror})", "name a file"
        ) from error
    if len(raw) > _MAX_NOTE_BYTES:
        raise ConfigurationError(f"--text {name}", "is over 1 MB", "give the note alone")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"--text {name}", "is not UTF-8", "save it in UTF-8") from error
