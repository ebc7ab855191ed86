"""A small disk of a test's own, which can be full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import need

_PIECE = bytes(4096)


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that is mounted at a folder."""

    folder: Path

    def fill(self) -> None:
        """Write until there is no more room."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(_PIECE)

    def empty(self) -> None:
        """Make room again."""
        self._filler.unlink()

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"


@contextmanager
def a_disk(folder: Path, size: str) -> Iterator[Disk]:
    """Mount a disk of some size, such as 16m, at a new folder."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "feeder-tests", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True, timeout=60)
    need(mounted.returncode == 0, "A disk of our own (root, who may mount one)")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)
