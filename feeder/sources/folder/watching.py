"""A folder that is watched: what changes in it is told at once."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import watch as watch_files

_QUIET_MS = 20
"""How long nothing more must change before changes are told."""

_TOGETHER_MS = 500
"""How long changes that do not end are gathered at most."""

_LOOK_MS = 5_000
"""After how long without changes to look whether the folder is still the one that is watched."""

_AGAIN_SECONDS = 2
"""How long to wait for a folder that is not there."""


def watch(folder: Path, stopped: Event) -> Iterator[frozenset[Path]]:
    """Tell which files have changed, come or gone, some at a time, until `stopped`; hidden ones not.

    A folder that is not there, or goes away, is waited for; when it comes, it is told itself.
    """
    while not stopped.is_set():
        try:
            yield from _watch_this_one(folder, stopped)
        except (
            OSError,
            RuntimeError,
        ):  # not there, or a circle of links; or the system watches as many files as it is allowed to
            stopped.wait(_AGAIN_SECONDS)


def _watch_this_one(folder: Path, stopped: Event) -> Iterator[frozenset[Path]]:
    """Tell what changes until another folder stands there, or none. Raises: OSError."""
    root = folder.resolve(strict=True)
    watched = _identity(root)
    is_settled = False
    yield frozenset({root})
    for changes in watch_files(
        root,
        debounce=_TOGETHER_MS,
        step=_QUIET_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        watch_filter=None,
        stop_event=stopped,
    ):
        paths = frozenset(Path(path) for _, path in changes)
        if shown := frozenset(path for path in paths if not _is_hidden(path, root)):
            yield shown
        if not changes and not is_settled:
            # It was told before it was watched, and may have changed between.
            is_settled = True
            yield frozenset({root})
        # The system watches on where a folder was moved, and sees nothing of one that was made anew;
        # that one may even have the number of the old one.
        if root in paths or _identity(folder) != watched:
            return


def _identity(folder: Path) -> tuple[int, int]:
    about = folder.stat()
    return about.st_dev, about.st_ino


def _is_hidden(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and any(part.startswith(".") for part in path.relative_to(root).parts)
