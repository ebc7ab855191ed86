"""The list of addresses whose documents changed, for whoever empties a cache in front.

Addresses are added at the end of a file. Whoever empties caches moves the file away first, so that
no address is lost or done twice; the next one begins a new file.
"""

from collections.abc import Sequence
from pathlib import Path

from feeder.errors import PublishError
from feeder.feeds.imprint import Imprint

_MOST_BYTES = 8_000_000
"""A file so large is read by nobody: it begins anew, with one line that stands for all addresses."""

_PAGE = "index.html"


class Changes:
    """Tells which addresses changed, in a file; None tells nobody."""

    def __init__(self, file: Path | None, imprint: Imprint) -> None:
        self._file = file
        self._imprint = imprint

    def tell(self, paths: Sequence[str]) -> None:
        """Add the addresses of paths of the tree.

        Raises: PublishError.
        """
        if self._file is None or not paths:
            return
        lines = "".join(f"{self._imprint.address(path.removesuffix(_PAGE))}\n" for path in paths)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > _MOST_BYTES:
                self._file.write_text(f"{self._imprint.address('')}*\n")
            with self._file.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise PublishError(
                str(self._file),
                f"cannot take the list of changed addresses ({error.strerror})",
                "check the folder's rights and the disk's room, or set publish.changed to another file",
            ) from error
