"""`demo`: the main job on a sample site."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from feeder import shipped
from feeder.cli.context import Context, command
from feeder.errors import ConfigurationError

_WELCOMED = 12


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    demo = command(
        commands,
        "demo",
        _demo,
        "run the main job on a sample site",
        more="Texts in, feeds and pages out, one digest into a local mailbox: all in a scratch folder.",
    )
    demo.add_argument("--into", metavar="DIR", type=Path, help="make it here (default: a new scratch folder)")
    demo.add_argument("--serve", action="store_true", help="keep it running, with its pages, until Ctrl-C")


def _demo(context: Context) -> int:
    from feeder import config  # noqa: PLC0415
    from feeder.app import App  # noqa: PLC0415
    from feeder.cli import logs, rounds  # noqa: PLC0415
    from feeder.model.subscribers import Preferences  # noqa: PLC0415
    from feeder.workflows import subscribe  # noqa: PLC0415

    folder = _copy(context.arguments.into)
    with App(config.load(folder / "config" / "feeder.toml", {})) as app, app.store.lock() as keep:
        preferences = Preferences(digest="weekly", zone=app.settings.site.zone)
        now = context.now()
        subscribe.add(
            app.store,
            "reader@example.org",
            preferences,
            app.recipe("weekly"),
            now,
            reason="this is a demonstration",
            welcome=_WELCOMED,
        )
        done = rounds.do_round(app, now, context.progress, keep)
        for line in rounds.told(done):
            print(line)
        _say_where(folder, app.settings.publish.folder, app.settings.mail.folder)
        if context.arguments.serve:
            print(f"\nServing {app.settings.site.public_url} until you press Ctrl-C", flush=True)
            logs.to_terminal(context.log, context.running)
            from feeder.cli import process  # noqa: PLC0415

            process.serve(context, app, keep)
    return context.report(done.problems)


def _copy(into: Path | None) -> Path:
    folder = into or Path(tempfile.mkdtemp(prefix="feeder-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"--into {folder}", "is there and not empty", "name a new folder")
    shutil.copytree(shipped.sample_site() / "content", folder / "content")
    (folder / "config").mkdir()
    shutil.copy(shipped.sample_site() / "feeder.toml", folder / "config" / "feeder.toml")
    return folder.resolve()


def _say_where(folder: Path, public: Path, mail: Path) -> None:
    feeds = sorted(file.relative_to(public).as_posix() for file in public.rglob("atom.xml"))
    messages = sorted((mail / "new").iterdir())
    print(f"\nThe site:  {folder}")
    print(f"Its pages: {public / 'index.html'}")
    print(f"Its feeds: {len(feeds)} in {public}, such as {feeds[-1]}")
    print(f"Its mail:  {messages[0] if messages else 'none'}")
