"""`import wxr`, `import feed`: work that comes in once."""

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
    feed = command(
        group,
        "feed",
        _feed,
        "import a feed from a file or an address",
        more="RSS, Atom or JSON Feed; at an address, also its older pages. The entries are back catalogue: in\n"
        "feeds and on pages, but in no digest except a welcome. With --keep-ids items have the ids and dates\n"
        "by which the feed's readers know them, so that moving to feeder marks nothing unread; items that are\n"
        "there already get these ids, too. Importing a second time changes nothing.",
    )
    feed.add_argument("place", metavar="FILE_OR_URL", help="the feed")
    feed.add_argument("--keep-ids", action="store_true", help="keep the ids that readers know")
    feed.add_argument("--announce", action="store_true", help="tell the readers of digests, too")
    with_json(feed)


def _wxr(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import transfer  # noqa: PLC0415

    with context.app() as app:
        imported = transfer.import_wxr(
            app.store,
            context.arguments.file,
            context.now(),
            announce=context.arguments.announce,
            rules=app.rules,
            progress=context.progress("importing"),
        )
    tally = imported.tally
    told = f"{imported.source}: {tally.new} new, {tally.changed} changed, {tally.same} as they were"
    context.print(lambda: [told], plain(imported))
    return context.report(imported.refused)


def _feed(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import transfer  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        imported = transfer.import_feed(
            app.store,
            arguments.place,
            app.client,
            app.settings.site,
            context.now(),
            keep_ids=arguments.keep_ids,
            announce=arguments.announce,
            rules=app.rules,
            progress=context.progress("importing"),
        )
    tally = imported.tally
    adopted = f", {imported.adopted} with the ids that readers know" if imported.adopted else ""
    told = f"{imported.source}: {tally.new} new, {tally.changed} changed, {tally.same} as they were{adopted}"
    context.print(lambda: [told], plain(imported))
    return context.report(imported.refused)
