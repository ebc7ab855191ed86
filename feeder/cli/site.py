"""`init`, `config show`: a new site, and what is configured."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from feeder import shipped
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

_EXAMPLE = """\
---
# A sample to start from. It is a draft, so nobody sees it: take the line away to publish it.
draft: true
title: Your first piece
outlet: The Outlet that Printed It
url: https://outlet.example/your-first-piece
published: 2026-11-20
tags: [a subject, another subject]
note: What you would tell a friend about this piece, with [a link](https://outlet.example/).
---

The text itself, in Markdown. An appearance (`kind: appearance`) may do without any.
"""

_TEMPLATES = """\
Templates that you want otherwise go here, under the name that they have in the program:
pages/feed.html.jinja for the pages beside feeds, mail/digest/body.html.jinja for the digest,
assets/feeder.css for the looks. What is not here is taken from the program.
"""


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    init = command(
        commands,
        "init",
        _init,
        "write a new site",
        more="Makes config/feeder.toml with every key explained, content/ for your texts, and templates/\n"
        "for looks of your own. Overwrites nothing.",
    )
    init.add_argument(
        "folder", metavar="DIR", nargs="?", type=Path, default=Path(), help="where (default: here)"
    )

    config = commands.add_parser("config", help="look at the configuration", description="The configuration.")
    group = config.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = command(group, "show", _show, "print the configuration in force, secrets hidden")
    with_json(show)


def _init(context: Context) -> int:
    folder: Path = context.arguments.folder
    files = {
        "config/feeder.toml": shipped.example_configuration().read_text(encoding="utf-8"),
        "content/example.md": _EXAMPLE,
        "templates/README.txt": _TEMPLATES,
    }
    if (folder / "config/feeder.toml").exists():
        raise ConfigurationError(
            str(folder / "config/feeder.toml"),
            "is there already",
            "choose another folder; nothing was written",
        )
    try:
        for name, content in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                place.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            str(folder), f"cannot be written ({error.strerror})", "choose another"
        ) from error
    print(f"A new site in {folder.resolve()}")
    print("Next: put your name and your site's address into config/feeder.toml, texts into content/,")
    print(f"and then, in {folder}: feeder once" if folder != Path() else "and then: feeder once")
    return 0


def _show(context: Context) -> int:
    from feeder import config  # noqa: PLC0415
    from feeder.markup.plain import plain  # noqa: PLC0415

    shown = plain(config.describe(context.settings()))
    context.print(lambda: _lines(shown, ""), shown)
    return 0


def _lines(values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name} = {value!r}"
