"""What `item` and `appearance` share: the options that write an item, and what they mean."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context
from feeder.errors import ConfigurationError, DraftRefused

if TYPE_CHECKING:
    from feeder.model.items import Item
    from feeder.model.settings import Site
    from feeder.workflows.curate import Edits

_MAX_BYTES = 2_000_000

_PLAIN = {
    "title": ("T", "its title"),
    "url": ("URL", "where it stands"),
    "outlet": ("O", "who printed it, or has the author in it"),
    "published": ("D", "the outlet's date: 2016-10-17, or 2016-10-17 18:42"),
    "posted": ("D", "when it is, or was, announced"),
    "embargo": ("D", "nobody is told before"),
    "language": ("L", "such as en or de-CH"),
    "standfirst": ("S", "the outlet's short view of it"),
    "summary": ("S", "a summary"),
    "image": ("URL|FILE", "its picture; a file must stay where it is"),
    "role": ("R", "what the author does in it, such as interviewed or quoted"),
    "medium": ("M", "such as print, radio or podcast"),
    "topic": ("T", "what the author speaks about in it"),
}
_CLEARED = (
    "authors", "body", "embargo", "image", "language", "medium", "note", "outlet", "piece", "published",
    "role", "standfirst", "summary", "tags", "topic", "url",
)  # fmt: skip
_GIVEN_BACK = tuple(sorted({*_CLEARED, "title", "kind", "draft"} - {"piece"}))


def options(parser: argparse.ArgumentParser, *, kind: bool = True) -> None:
    """Give a command the options that write an item."""
    for name, (what, words) in _PLAIN.items():
        parser.add_argument(f"--{name}", metavar=what, help=words)
    if kind:
        parser.add_argument("--kind", choices=["piece", "appearance"], help="what it is (default: piece)")
    parser.add_argument("--tag", metavar="T", action="append", help="a subject; may be repeated")
    parser.add_argument("--author", metavar="A", action="append", help="may be repeated")
    parser.add_argument(
        "--note", metavar="TEXT|FILE", help="the author's words that announce it, in Markdown"
    )
    parser.add_argument("--body", metavar="FILE", help="its text, in Markdown; - is standard input")
    parser.add_argument("--piece", metavar="ITEM", help="the piece that an appearance belongs to")
    parser.add_argument(
        "--draft", action=argparse.BooleanOptionalAction, help="show it to nobody yet, or now"
    )


def taking_back(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that empty fields, and that give them back to the source."""
    parser.add_argument(
        "--clear",
        metavar="FIELD",
        action="append",
        default=[],
        choices=_CLEARED,
        help=f"let it say nothing there, whatever its source says: {', '.join(_CLEARED)}",
    )
    parser.add_argument(
        "--as-source",
        metavar="FIELD",
        action="append",
        default=[],
        choices=_GIVEN_BACK,
        help="let it say there what its source says, from now on",
    )


def with_reason(parser: argparse.ArgumentParser) -> None:
    """Give a command the option to say why."""
    parser.add_argument("--reason", metavar="WHY", default="", help="why, for the item's history")


def edits(arguments: argparse.Namespace, site: "Site", thing: str) -> "Edits":
    """Return what the options say.

    Raises: DraftRefused, which names `thing`; ConfigurationError, for a file that cannot be read.
    """
    from feeder.sources import hand  # noqa: PLC0415
    from feeder.workflows.curate import Edits  # noqa: PLC0415

    written: dict[str, Any] = {name: getattr(arguments, name) for name in _PLAIN}
    written |= {"kind": getattr(arguments, "kind", None), "draft": arguments.draft}
    written |= {"tags": arguments.tag, "authors": arguments.author}
    written |= {"note": _note(arguments.note), "body": _body(arguments.body)}
    fields = hand.read(thing, {name: value for name, value in written.items() if value is not None}, site)
    cleared = getattr(arguments, "clear", [])
    fields |= {hand.FIELDS[name]: hand.empty(hand.FIELDS[name]) for name in cleared if name != "piece"}
    as_source = tuple(hand.FIELDS[name] for name in getattr(arguments, "as_source", []))
    twice = sorted({*fields} & {*as_source})
    if twice:
        raise ConfigurationError(
            thing, f"sets `{twice[0]}`, and gives it back to its source", "do one of them"
        )
    return Edits(fields, as_source, "" if "piece" in cleared else arguments.piece)


@contextmanager
def usage() -> Iterator[None]:
    """Say of what people wrote, and cannot be taken, that the command was used wrongly."""
    try:
        yield
    except DraftRefused as refusal:
        raise ConfigurationError(refusal.thing, refusal.rule, refusal.mend) from refusal


def check_any(given: "Edits", thing: str) -> None:
    """Refuse a command that would do nothing.

    Raises: ConfigurationError.
    """
    if not given.fields and not given.as_source and given.piece is None:
        raise ConfigurationError(
            thing, "is told to change nothing", f"`feeder {thing} --help` lists what it can set"
        )


def add(context: Context, command: str, fields: Mapping[str, Any]) -> int:
    """Add an item of what the options of a command say, and of some fields, and print its id."""
    from feeder.workflows import curate  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        site = app.settings.site
        with usage():
            given = edits(arguments, site, command)
            given = curate.Edits({**given.fields, **fields}, given.as_source, given.piece)
            item = curate.add(app.store, given, site, context.now(), arguments.reason)
    context.print(lambda: [item.uid], shape(item))
    return 0


def shape(item: "Item") -> dict[str, Any]:
    """Return an item as a JSON shape."""
    from feeder.markup.plain import plain  # noqa: PLC0415

    made: dict[str, Any] = plain(item)
    for number in ("id", "piece", "merged_into"):  # the store's own, which mean nothing elsewhere
        del made[number]
    made["tags"] = [tag.name for tag in item.tags]
    made["authors"] = [author.name for author in item.authors]
    made["outlet"] = item.outlet.name if item.outlet else None
    return made


def content(option: str, name: str, max_bytes: int = _MAX_BYTES) -> str:
    """Return the text of the file that an option names; `-` is standard input.

    Raises: ConfigurationError, when it cannot be read, is too large, or not UTF-8.
    """
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{option} {name}", f"cannot be read ({why})", "name a file") from error
    if len(raw) > max_bytes:
        raise ConfigurationError(
            f"{option} {name}", f"is over {max_bytes // 1_000_000} MB", "give the text alone"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{option} {name}", "is not UTF-8", "save it in UTF-8") from error


def _body(name: str | None) -> Any:
    """Return the text of a file, with the folder in which its pictures lie."""
    from feeder.sources.hand import Text  # noqa: PLC0415

    if name is None:
        return None
    written = content("--body", name)
    if written.startswith("---\n"):
        raise ConfigurationError(
            f"--body {name}", "has front matter", "leave that out, or put the file into a folder of texts"
        )
    return Text(written, Path.cwd() if name == "-" else Path(name).parent)


def _note(said: str | None) -> Any:
    """Return a note: the text of a file of that name, or else the words themselves."""
    from feeder.sources.hand import Text  # noqa: PLC0415

    if said is None:
        return None
    try:
        is_file = said == "-" or Path(said).is_file()
    except (OSError, ValueError):  # such as a text that is too long for a name
        is_file = False
    if not is_file:
        return Text(said, Path.cwd())
    return Text(content("--note", said), Path.cwd() if said == "-" else Path(said).parent)
