"""A folder that any web server can serve.

A reader never sees half a file: bytes are written beside it, synced, and moved over it. An
unchanged file is not touched.
"""

from pathlib import Path

from feeder import files
from feeder.errors import PublishError
from feeder.model.feeds import Document


class Folder:
    """The published tree, in a folder that is made when the first document comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def differs(self, document: Document) -> bool:
        """Tell whether the tree holds other bytes than these, or none, at the document's path."""
        place = self._place(document.path)
        try:
            if place.stat().st_size != len(document.content):
                return True
            return place.read_bytes() != document.content
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError as error:
            raise _cannot("read", place, error) from error

    def holds(self, path: str) -> bool:
        """Tell whether anything stands at a path."""
        return self._place(path).exists()

    def put(self, document: Document) -> bool:
        """Write a document; return False, and write nothing, when it stands there just so.

        Raises: PublishError.
        """
        if not self.differs(document):
            return False
        place = self._place(document.path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            files.put(place, document.content, _part(place))
        except OSError as error:
            raise _cannot("write", place, error) from error
        return True

    def remove(self, path: str) -> bool:
        """Take a document off, and folders that it leaves empty; False when it was not there."""
        place = self._place(path)
        try:
            _part(place).unlink(missing_ok=True)
            place.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise _cannot("remove", place, error) from error
        for folder in list(place.relative_to(self.root).parents)[:-1]:
            try:
                (self.root / folder).rmdir()
            except OSError:  # not empty
                break
        return True

    def _place(self, path: str) -> Path:
        place = self.root / path
        if ".." in place.parts or not place.is_relative_to(self.root):
            raise PublishError(
                f"document {path!r}", "would lie outside the tree", "report it: this is our fault"
            )
        return place


def _part(place: Path) -> Path:
    # A fixed name: what a killed run left is written over by the next.
    return place.with_name(f".{place.name}.part")


def _cannot(verb: str, place: Path, error: OSError) -> PublishError:
    return PublishError(
        str(place), f"cannot {verb} it ({error.strerror})", "check the folder's rights and the disk's room"
    )
