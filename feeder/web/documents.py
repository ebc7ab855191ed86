"""What stands in the published tree, from memory.

Nothing is told from memory before the file was looked at: what took its place is read at once.
"""

import asyncio
import stat
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from feeder.web import forms
from feeder.web.forms import Document
from feeder.web.kinds import Kinds
from feeder.web.looks import Looks

INDEX = "index.html"
"""The page of a folder."""

KEPT_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that has a page."""


class Documents:
    """The files below a folder, which may come later; those asked for last are in memory."""

    def __init__(self, folder: Path, kinds: Kinds, looks: Looks, kept_bytes: int = KEPT_BYTES) -> None:
        self._root = str(folder)
        self._kinds = kinds
        self._looks = looks
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._room_bytes = kept_bytes
        self._reading = asyncio.Lock()

    def kept(self, path: str) -> Document | None:
        """Return the document at a path from the root, if what is in memory is what stands there."""
        document = self._kept.get(path)
        if document is None or document.version != self._looks.at(self._root + path):
            return None
        self._kept.move_to_end(path)
        return document

    async def find(self, path: str) -> Document | Folder | None:
        """Return what stands at a path from the root, and keep it; None for what is not for readers."""
        place = Path(self._root + path)
        try:
            status = place.stat()
        except OSError:
            self._forget(path)
            return None
        if stat.S_ISDIR(status.st_mode):
            return Folder() if (place / INDEX).is_file() else None
        async with self._reading:  # one at a time: many who ask for what is new make it read once
            if document := self.kept(path):
                return document
            found = await asyncio.to_thread(forms.read, self._root, path, self._kinds, time.time())
            self._forget(path)
            if found:
                self._keep(path, found)
            return found

    def _keep(self, path: str, document: Document) -> None:
        self._kept[path] = document
        self._room_bytes -= document.size_bytes
        while self._room_bytes < 0:
            self._forget(next(iter(self._kept)))

    def _forget(self, path: str) -> None:
        if document := self._kept.pop(path, None):
            self._room_bytes += document.size_bytes
