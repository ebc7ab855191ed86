"""The site's lock: one run publishes and sends at a time.

A lock of the operating system on a file beside the database, so that a killed run lets go at once.
"""

import fcntl
import io
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from feeder.errors import SiteLocked, StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for as long as the block runs.

    Raises: SiteLocked, at once, when another process holds it; StoreError.
    """
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            since = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            raise taken(path.read_text().strip(), since) from error
        try:
            file.truncate(0)
            file.write(name().encode())
        except OSError as error:
            raise _cannot_be_taken(path, error) from error
        yield


def _opened(path: Path) -> io.FileIO:
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        raise _cannot_be_taken(path, error) from error


def _cannot_be_taken(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the lock {path}",
        f"cannot be taken ({error.strerror})",
        "let feeder write there, where there is room",
    )


def name() -> str:
    """Return what this process is called while it holds a site."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def taken(holder: str, since: datetime) -> SiteLocked:
    """Return the error that says who holds a site, and since when."""
    return SiteLocked(
        "this site",
        f"is being worked on by another feeder ({holder or 'unknown'}, since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)",
        "wait until it is done, or stop it; `feeder digest status` shows how far it is",
    )
