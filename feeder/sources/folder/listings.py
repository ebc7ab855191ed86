"""The files of a folder: which there are, and what shows that one has changed."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from feeder.errors import SourceError
from feeder.markup import text

_SUFFIXES = ("md", "markdown")

_NOWHERE = "0:0"
"""The stamp of a link that leads nowhere."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Files below `root`, a real path.

    `stamps` has for each path, as it can be shown, what changes with the file: its time and size.
    `items` are the paths of those that are items, in order. `shape` is a digest of what, beside
    the files, shapes the items.
    """

    root: Path
    shape: str
    stamps: Mapping[str, str]
    items: Sequence[str]

    def signature(self) -> str:
        """Return a digest of the whole listing."""
        return _digest(repr((self.shape, sorted(self.stamps.items()))))

    def version(self, paths: Iterable[str]) -> str:
        """Return the version of an item that is made of these files, there or not."""
        return "\n".join([self.shape, *(f"{self.stamps.get(path, '')}\t{path}" for path in paths)])

    def is_version(self, version: str) -> bool:
        """Tell whether the files of an item are in this version still."""
        return version == self.version(paths(version))


def paths(version: str) -> list[str]:
    """Return the files that an item of some version is made of."""
    return [line.partition("\t")[2] for line in version.split("\n")[1:]]


def whole(folder: Path, shape: str) -> Listing:
    """List all files but hidden ones; a link that leads nowhere is listed: its item is broken, not gone.

    Raises: SourceError: a part that cannot be listed must not look like a part that is gone.
    """
    stamps: dict[str, str] = {}
    items: list[str] = []
    try:
        root = folder.resolve(strict=True)
        below = [""]
        while below:
            parent = below.pop()
            with os.scandir(f"{root}/{parent}") as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    path = parent + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        below.append(f"{path}/")
                    elif stamp := _stamp(entry):
                        stamps[text.scrub(path)] = stamp
                        if _is_item(entry.name):
                            items.append(path)
    except (OSError, RuntimeError) as error:
        raise SourceError(
            str(folder), f"the folder cannot be read ({reason(error)})", "mend its path or its rights"
        ) from error
    return Listing(root, _shape(shape, root), stamps, sorted(items))


def part(folder: Path, paths: Iterable[Path], shape: str) -> Listing | None:
    """List just the items at `paths`; None when another file could be concerned, or one is gone."""
    stamps: dict[str, str] = {}
    try:
        root = folder.resolve(strict=True)
        for path in sorted(paths):
            inside = path.relative_to(root).as_posix()
            stamp = _stamp(path)
            if not stamp or stamp == _NOWHERE or not _stands_alone(path, inside):
                return None
            stamps[inside] = stamp
    except (OSError, ValueError, RuntimeError):
        return None
    return Listing(root, _shape(shape, root), stamps, list(stamps))


def reason(error: Exception) -> str:
    """Say in a few words why a file cannot be used."""
    return getattr(error, "strerror", None) or str(error)


def _stands_alone(path: Path, inside: str) -> bool:
    """Tell whether this is the file of an item, and lies in the folder without links."""
    return (
        _is_item(path.name)
        and not path.is_symlink()
        and path.parent.resolve() == path.parent
        and not any(name.startswith(".") for name in inside.split("/"))
        and text.scrub(inside) == inside
    )


def _is_item(name: str) -> bool:
    # A README explains its folder.
    stem, _, suffix = name.lower().rpartition(".")
    return suffix in _SUFFIXES and stem != "readme"


def _stamp(file: os.DirEntry[str] | Path) -> str:
    """Return the stamp of a file; empty for what is none."""
    try:
        about = file.stat()
    except OSError:
        return _NOWHERE
    return f"{about.st_mtime_ns}:{about.st_size}" if stat.S_ISREG(about.st_mode) else ""


def _shape(shape: str, root: Path) -> str:
    return _digest(f"{shape} {root}")


def _digest(written: str) -> str:
    return blake2b(written.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
