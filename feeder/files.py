"""Files that appear whole or not at all."""

import os
from datetime import datetime
from pathlib import Path


def put(place: Path, content: bytes, draft: Path) -> None:
    """Write `content` to `draft`, sync it, and move it to `place`, on the same disk.

    After a crash at any moment `place` holds what it held or all of `content`, also after a power
    cut. Raises: OSError.
    """
    write(draft, content)
    draft.replace(place)
    sync(place.parent)


def write(draft: Path, content: bytes, changed: datetime | None = None) -> None:
    """Write `content` to a file that nobody reads yet, and sync it; its time is `changed`, or the present.

    Raises: OSError.
    """
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        if changed is not None:
            os.utime(file.fileno(), (changed.timestamp(), changed.timestamp()))
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Let what was moved within a folder outlast a power cut. Raises: OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
