"""A folder that any web server can serve, with compressed copies beside the texts.

A reader never sees half a file: bytes are written beside it, synced, and moved over it. An
unchanged file is not touched. A file's time is that at which its bytes last changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from feeder import files
from feeder.errors import PublishError
from feeder.feeds.publishers.coders import ENDINGS, Coder, coders
from feeder.feeds.publishers.fence import Fence
from feeder.model.feeds import Document

T = TypeVar("T")

_HANDS = 8
"""How many files are written at the same time: each waits for the disk."""

_TEXTS = {".xml", ".json", ".html", ".opml", ".css", ".svg", ".js", ".txt"}
"""What is worth compressing; pictures are compressed already."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is missing or other than it should be, and what it should be; None for a copy not wanted."""

    place: Path
    content: bytes | None
    changed: datetime | None


class Folder:
    """The published tree, in a folder that is made when the first document comes.

    Of several who may write there, only who holds the `fence` may put and remove.
    """

    def __init__(self, root: Path, *, brotli: bool = False) -> None:
        self.root = root
        self.fence = Fence(root)
        self._coders = coders(brotli=brotli)
        self._hands = ThreadPoolExecutor(_HANDS, "put")

    def close(self) -> None:
        """Let go of the threads that write."""
        self._hands.shutdown()

    def differs(self, document: Document) -> bool:
        """Tell whether the tree holds other bytes than these, or none, at the document's path."""
        return bool(self._wrong(document))

    def content(self, path: str) -> bytes | None:
        """Return what stands at a path; None where nothing does.

        Raises: PublishError.
        """
        return _read(self._place(path))

    def holds(self, path: str) -> bool:
        """Tell whether anything stands at a path."""
        return self._place(path).exists()

    def read(self, path: str) -> bytes | None:
        """Return what stands at a path; None where nothing does. Raises: PublishError."""
        return _read(self._place(path))

    def put(
        self,
        documents: Sequence[Document],
        changed: Sequence[datetime],
        tell: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> list[str]:
        """Write documents whose bytes are those since they `changed`; return the paths of those that are new.

        One that stands there just so is left alone. All drafts are written and synced, several at a
        time; then `tell` is told which paths are new; then all are moved, and each folder is synced once.
        Raises: PublishError; what can be moved is, all the same.
        """
        wrong = self._all(self._wrong, documents, changed)
        paths = [document.path for document, some in zip(documents, wrong, strict=True) if some]
        files_of_all = [file for some in wrong for file in some]
        folders = _folders(file.place.parent for file in files_of_all)
        self._all(_write, files_of_all)
        tell(paths)
        self._all(_move, wrong)
        self._all(_sync, folders)
        return paths

    def _all(self, act: Callable[..., T], *things: Iterable[Any]) -> list[T]:
        """Act on all things, several at a time; only then raise what went wrong with the first that fails."""
        begun = [self._hands.submit(act, *each) for each in zip(*things, strict=True)]
        wait(begun)
        return [each.result() for each in begun]

    def remove(self, path: str) -> bool:
        """Take a document off, and folders that it leaves empty; False when it was not there."""
        place = self._place(path)
        try:
            with _trying("remove", place):
                for beside in (*(_beside(place, ending) for ending in ENDINGS), _part(place)):
                    beside.unlink(missing_ok=True)
                place.unlink()
                files.sync(place.parent)
        except FileNotFoundError:
            return False
        for folder in list(place.relative_to(self.root).parents)[:-1]:
            try:
                (self.root / folder).rmdir()
            except OSError:  # not empty
                break
        return True

    def _wrong(self, document: Document, changed: datetime | None = None) -> list[_File]:
        """Return the files that are missing or other than they should be.

        A compressed copy is right if it gives back the document: the same text, compressed on
        another machine, may be other bytes. Copies come first, so that a crash in between leaves
        the document itself to be put again.
        """
        place, content = self._place(document.path), document.content
        unwanted = [_beside(place, ending) for ending in ENDINGS if ending not in self._coders_of(place)]
        found = [_File(copy, None, changed) for copy in unwanted if copy.exists()]
        for ending, coder in self._coders_of(place).items():
            copy = _beside(place, ending)
            if not coder.gives_back(_read(copy), content):
                found.append(_File(copy, coder.compress(content), changed))
        if _read(place, len(content)) != content:
            found.append(_File(place, content, changed))
        return found

    def _coders_of(self, place: Path) -> Mapping[str, Coder]:
        return self._coders if place.suffix in _TEXTS else {}

    def _place(self, path: str) -> Path:
        place = self.root / path
        if ".." in place.parts or not place.is_relative_to(self.root):
            raise PublishError(
                f"document {path!r}", "would lie outside the tree", "report it: this is our fault"
            )
        return place


def _read(place: Path, size: int | None = None) -> bytes | None:
    """Return what stands at a place; None where nothing does, or nothing of `size`."""
    try:
        with _trying("read", place):
            if size is not None and place.stat().st_size != size:
                return None
            return place.read_bytes()
    except FileNotFoundError:
        return None


def _folders(of_files: Iterable[Path]) -> list[Path]:
    """Return the folders of files, and those in which a folder has to be made first."""
    found: dict[Path, None] = {}
    for folder in dict.fromkeys(of_files):
        made = next(place for place, above in enumerate((folder, *folder.parents)) if above.exists())
        found |= dict.fromkeys((folder, *folder.parents)[: made + 1])
    return list(found)


def _write(file: _File) -> None:
    if file.content is None:
        return
    with _trying("write", file.place):
        file.place.parent.mkdir(parents=True, exist_ok=True)
        files.write(_part(file.place), file.content, file.changed)


def _move(some: Sequence[_File]) -> None:
    for file in some:
        with _trying("write", file.place):
            if file.content is None:
                file.place.unlink(missing_ok=True)
            else:
                _part(file.place).replace(file.place)


def _sync(folder: Path) -> None:
    with _trying("write", folder):
        files.sync(folder)


@contextmanager
def _trying(verb: str, place: Path) -> Iterator[None]:
    """Say what could not be done; whatever is not there, for whatever reason, is a FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except NotADirectoryError as error:
        if verb == "write":
            raise _cannot(verb, place, error) from error
        raise FileNotFoundError(place) from error
    except OSError as error:
        raise _cannot(verb, place, error) from error


def _cannot(verb: str, place: Path, error: OSError) -> PublishError:
    mend = "check the folder's rights and the disk's room"
    if isinstance(error, IsADirectoryError):
        mend = "a folder stands where a document belongs: move it away"
    elif isinstance(error, FileExistsError | NotADirectoryError):
        mend = "a file stands where a folder belongs: move it away"
    return PublishError(str(place), f"cannot {verb} it ({error.strerror})", mend)


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _part(place: Path) -> Path:
    # A fixed name: what a killed run left is written over by the next.
    return place.with_name(f".{place.name}.part")
