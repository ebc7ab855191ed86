"""The site's lock: one run publishes and sends at a time.

A lock of the operating system on a file beside the database, so that a killed run lets go at once.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeder.errors import SiteLocked, StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for as long as the block runs.

    Raises: SiteLocked, at once, when another process holds it; StoreError.
    """
    try:
        file = path.open("a+")
    except OSError as error:
        raise StoreError(
            f"the lock {path}", f"cannot be taken ({error.strerror})", "let feeder write there"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise SiteLocked(
                "this site",
                f"is being worked on by another feeder (process {file.read().strip() or 'unknown'})",
                "wait until it is done, or stop it",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
