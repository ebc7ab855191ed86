"""A folder that is watched: what changes in it is told at once."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import watch as watch_files

_QUIET_MS = 20
"""How long nothing more must change before changes are told."""

_TOGETHER_MS = 500
"""How long changes that do not end are gathered at most."""

_AGAIN_SECONDS = 5
"""How long to wait for a folder that is not there."""


def watch(folder: Path, stopped: Event) -> Iterator[frozenset[Path]]:
    """Tell which files have changed, come or gone, some at a time, until `stopped`; hidden ones not.

    A folder that is not there, or goes away, is waited for; when it comes, it is told itself.
    """
    while not stopped.is_set():
        try:
            root = folder.resolve(strict=True)
            yield frozenset({root})
            for changes in watch_files(
                root, debounce=_TOGETHER_MS, step=_QUIET_MS, watch_filter=None, stop_event=stopped
            ):
                paths = frozenset(Path(path) for _, path in changes)
                if shown := frozenset(path for path in paths if not _is_hidden(path, root)):
                    yield shown
        except OSError:  # not there; or the system watches as many files as it is allowed to
            pass
        stopped.wait(_AGAIN_SECONDS)


def _is_hidden(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and any(part.startswith(".") for part in path.relative_to(root).parts)
