"""`import wxr`: work that comes in once."""

from pathlib import Path
from typing import Any

from feeder.cli.context import Context, command, with_json


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    imports = commands.add_parser(
        "import", help="take in work from elsewhere, once", description="Work from elsewhere, taken in once."
    )
    group = imports.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wxr = command(
        group,
        "wxr",
        _wxr,
        "import a blog from a WordPress export",
        more="In WordPress: Tools, Export, All content. Published posts are taken, with their tags, dates and\n"
        "pictures; the rest of the file is forgotten. They are back catalogue: in feeds and on pages,\n"
        "but in no digest except a welcome. Importing a second time changes nothing.",
    )
    wxr.add_argument("file", metavar="FILE", type=Path, help="the export, an .xml file")
    wxr.add_argument("--announce", action="store_true", help="tell the readers of digests, too")
    with_json(wxr)


def _wxr(context: Context) -> int:
    from feeder.cli.plain import plain  # noqa: PLC0415
    from feeder.workflows import transfer  # noqa: PLC0415

    with context.app() as app:
        imported = transfer.import_wxr(
            app.store,
            context.arguments.file,
            context.now(),
            announce=context.arguments.announce,
            progress=context.progress("importing"),
        )
    tally = imported.tally
    told = f"{imported.source}: {tally.new} new, {tally.changed} changed, {tally.same} as they were"
    context.print(lambda: [told], plain(imported))
    return context.report(imported.refused)
