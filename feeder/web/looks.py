"""What the disk says of files, asked once for all requests that have come together."""

import asyncio
import os

Version = tuple[int, int, int, int]
"""What differs as soon as there is another file, or there are other bytes in it."""


def version(status: os.stat_result) -> Version:
    """Return the version of a file."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Looks:
    """Looks at files for one turn of the event loop, and forgets what it saw when the turn ends.

    The requests that are answered in a turn had all come before it began, so what is seen in it is
    newer than each of them, whichever of them made us look.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Version | None] = {}

    def at(self, file: str) -> Version | None:
        """Return the version of a file, or None when there is none."""
        if file in self._seen:
            return self._seen[file]
        if not self._seen:
            asyncio.get_running_loop().call_soon(self._seen.clear)
        try:
            seen = version(os.stat(file))  # noqa: PTH116 - twice as fast, and for each answer
        except OSError:
            seen = None
        self._seen[file] = seen
        return seen
