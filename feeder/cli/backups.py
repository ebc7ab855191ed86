"""`backup`, `restore`: everything in one file, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.store.afterwards import Known
    from feeder.workflows.backup import Manifest, Unpacked

_SHOWN_FILES = 10


def add_to(commands: Any) -> None:
    """Add the commands."""
    backup = command(
        commands,
        "backup",
        _backup,
        "write everything into one file",
        more="While the site runs: the store as it is at one moment, the configuration, keys, templates, and the\n"
        "texts in the site's folder. The file is read back before it takes its name. Keep it safe: it holds\n"
        "addresses, the keys of links and signatures, and the passwords of the configuration; nobody else on\n"
        "this machine may read it. What is published, and mail in the local mailbox, is not in it.",
    )
    backup.add_argument("file", metavar="FILE", type=Path, help="such as /backups/site.zip")
    backup.add_argument(
        "--check", action="store_true", help="write nothing; say whether a backup that is there is whole"
    )
    with_json(backup)

    restore = command(
        commands,
        "restore",
        _restore,
        "put back what a backup has",
        more="Stop the service first. The store becomes what it was, or stays as it is when anything fails. Files\n"
        "that are there and differ are named and left alone. No mail leaves afterwards, until you have looked\n"
        "and say `feeder digest resume`: what readers got since the backup is known only if this store knows it.",
    )
    restore.add_argument("file", metavar="FILE", type=Path, help="the backup")
    restore.add_argument(
        "--replace", action="store_true", help="also where this store has items or readers: they are lost"
    )
    with_json(restore)


def _backup(context: Context) -> int:
    from feeder.workflows import backup  # noqa: PLC0415

    file: Path = context.arguments.file
    if context.arguments.check:
        manifest = backup.check(file)
    else:
        with context.app() as app:
            manifest = backup.make(
                app.store,
                app.settings,
                context.configuration.absolute(),
                app.space,
                file.absolute(),
                context.now(),
                context.progress("backing up"),
            )
    context.print(lambda: [f"{file}: {_told(manifest)}"], _shape(manifest))
    return 0


def _restore(context: Context) -> int:
    from feeder import config  # noqa: PLC0415
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import backup  # noqa: PLC0415

    file: Path = context.arguments.file
    manifest = backup.check(file)
    folder = config.folder_of(context.configuration)
    is_bare = not context.configuration.exists()
    # The configuration says where the store is; on a new machine it is in the backup as well.
    unpacked = backup.unpack(file, manifest, folder) if is_bare else None
    with context.app() as app, app.store.lock():
        _refuse_loss(app, manifest, may_replace=context.arguments.replace)
        known = backup.put_back(app.store, file, manifest, context.now(), context.progress("restoring"))
    unpacked = unpacked or backup.unpack(file, manifest, folder)
    shape = _shape(manifest) | plain(unpacked) | {"known": known.readers, "unknown": known.unknown}
    context.print(lambda: _told_restored(file, manifest, unpacked, known), shape)
    return 0


def _refuse_loss(app: "App", manifest: "Manifest", *, may_replace: bool) -> None:
    if manifest.space != app.space:
        raise ConfigurationError(
            "the backup",
            "is of a site whose ids begin otherwise",
            "set site.id, or site.public_url where there is none, to what it was there",
        )
    if not may_replace and app.store.holds_work():
        raise StoreError(
            "the store",
            "has items or readers, which would be lost",
            "make a backup of it, and say --replace",
        )


def _told(manifest: "Manifest") -> str:
    return (
        f"whole: {manifest.rows:,} rows in {len(manifest.tables)} tables, {len(manifest.files):,} files,"
        f" of {manifest.made:%Y-%m-%d %H:%M} UTC"
    )


def _told_restored(file: Path, manifest: "Manifest", unpacked: "Unpacked", known: "Known") -> list[str]:
    lines = [f"put back from {file}, which is {_told(manifest)}"]
    lines += [f"written: {name}" for name in unpacked.written[:_SHOWN_FILES]]
    more = len(unpacked.written[_SHOWN_FILES:])
    lines += [f"and {more:,} more files"] if more else []
    lines += [f"left as it is, and differs: {name}" for name in unpacked.differing]
    return [
        *lines,
        f"No mail leaves: {known.reason(manifest.made)}.",
        "Next: `feeder sync`, `feeder publish`, look at `feeder status`, and then `feeder digest resume`.",
    ]


def _shape(manifest: "Manifest") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    return {
        "made": plain(manifest.made),
        "version": manifest.version,
        "revision": manifest.revision,
        "rows": manifest.rows,
        "tables": {name: part.count for name, part in manifest.tables.items()},
        "files": list(manifest.files),
    }
