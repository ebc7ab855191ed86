"""Files that appear whole or not at all."""

import os
from datetime import datetime
from pathlib import Path


def put(place: Path, content: bytes, draft: Path, changed: datetime | None = None) -> None:
    """Write `content` to `draft`, sync it, and move it to `place`, on the same disk.

    The file's time is `changed`, or the present. After a crash at any moment `place` holds what it
    held or all of `content`, also after a power cut. Raises: OSError.
    """
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        if changed is not None:
            os.utime(file.fileno(), (changed.timestamp(), changed.timestamp()))
        os.fsync(file.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
