"""A backup is one file, a ZIP: a manifest, a table of the store in each `tables/NAME.jsonl`, and the site's `files/`.

It is written while the site runs: all tables are of one moment. It takes its name when it was read back and is whole.
In it is what a site needs to go on: the keys of links and signatures among it, so it is for its owner alone.
"""

import json
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from uuid import UUID

from feeder import __version__, files
from feeder.errors import StoreError
from feeder.model.settings import Folder, Settings
from feeder.store import Dump, Kept, Store
from feeder.store.afterwards import Known
from feeder.store.backups import Shape
from feeder.workflows import publish

Progress = Callable[[Iterable[Any], int], Iterable[Any]]

_FORMAT = 1
_MANIFEST = "manifest.json"
_FILES = "files/"
_KEYS = "keys"  # where `feeder keys dkim` puts them
_MOST_OF_A_MANIFEST = 50_000_000
_MOST_OF_A_LINE = 500_000_000
_CHUNK = 1 << 20
_OWNER_ONLY = 0o600

_NOT_WHOLE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError)
"""What Python's reader of ZIPs raises for files that are cut, changed, or something else."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member of the file: how many lines or bytes it has, and their hash."""

    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `space` is the namespace of the site's ids."""

    made: datetime
    version: str
    space: UUID
    revision: str
    shapes: Sequence[Shape]
    tables: Mapping[str, Part]
    files: Mapping[str, Part]

    @property
    def kept(self) -> Kept:
        """What it has of a store."""
        return Kept(self.made, self.revision, self.shapes)

    @property
    def rows(self) -> int:
        """How many rows it has, in all."""
        return sum(part.count for part in self.tables.values())


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files that were written, and those that stayed as they were, since they are there and differ."""

    written: Sequence[str]
    differing: Sequence[str]


# ── Making one ───────────────────────────────────────────────────────────────────────────────────


def make(
    store: Store,
    settings: Settings,
    configuration: Path,
    space: UUID,
    target: Path,
    now: datetime,
    progress: Progress,
) -> Manifest:
    """Write a backup to `target`, in the place of one that is there. Raises: StoreError; then nothing is changed."""
    draft = target.with_name(f".{target.name}.part")
    try:
        with _opened(draft) as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
            with store.dump() as dump:
                tables = {
                    shape.table: _put_table(archive, dump, shape.table)
                    for shape in progress(dump.shapes, len(dump.shapes))
                }
                revision, shapes = dump.revision, dump.shapes
            kept = {name: _put_file(archive, name, file) for name, file in _files(settings, configuration)}
            manifest = Manifest(now, __version__, space, revision, shapes, tables, kept)
            archive.writestr(_MANIFEST, _written(manifest))
        read = check(draft)
        os.replace(draft, target)  # noqa: PTH105 - as `files` does
        files.sync(target.parent)
    except OSError as error:
        raise StoreError(
            f"the backup {target}", f"cannot be written ({error.strerror})", "name a file where there is room"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return read


@contextmanager
def _opened(draft: Path) -> Iterator[BinaryIO]:
    """Open a file that nobody else may read, and sync it in the end."""
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w+b") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())


def _put_table(archive: zipfile.ZipFile, dump: Dump, table: str) -> Part:
    digest, count = sha256(), 0
    with archive.open(_table(table), "w", force_zip64=True) as member:
        for line in dump.lines(table):
            member.write(line)
            digest.update(line)
            count += 1
    return Part(count, digest.hexdigest())


def _put_file(archive: zipfile.ZipFile, name: str, file: Path) -> Part:
    digest, count = sha256(), 0
    entry = zipfile.ZipInfo(f"{_FILES}{name}")
    entry.compress_type = zipfile.ZIP_DEFLATED
    with file.open("rb") as opened:
        entry.external_attr = (os.fstat(opened.fileno()).st_mode & 0o777) << 16
        with archive.open(entry, "w", force_zip64=True) as member:
            while some := opened.read(_CHUNK):
                member.write(some)
                digest.update(some)
                count += len(some)
    return Part(count, digest.hexdigest())


def _files(settings: Settings, configuration: Path) -> Iterator[tuple[str, Path]]:
    """Tell the site's own files, by their paths in its folder: the configuration, keys, templates and texts.

    What lies elsewhere is somebody else's to keep, and what is published can be made again.
    """
    dkim = settings.mail.dkim
    roots = [configuration, dkim.key, dkim.ed25519_key, settings.folder / _KEYS, settings.templates]
    roots += [source.path for source in settings.sources.values() if isinstance(source, Folder)]
    found: dict[str, Path] = {}
    for root in filter(None, roots):
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if not file.is_file() or not file.is_relative_to(settings.folder):
                continue
            path = file.relative_to(settings.folder)
            is_hidden = any(part.startswith(".") for part in path.parts)  # such as .git
            if not is_hidden and not file.is_relative_to(settings.publish.folder):
                found[path.as_posix()] = file
    yield from found.items()


def _written(manifest: Manifest) -> str:
    plain = asdict(manifest) | {
        "format": _FORMAT,
        "made": manifest.made.isoformat(),
        "space": str(manifest.space),
    }
    return json.dumps(plain, ensure_ascii=False, indent=1)


# ── Reading one ──────────────────────────────────────────────────────────────────────────────────


def check(file: Path) -> Manifest:
    """Read a backup whole, and return what it says of itself. Raises: StoreError, when anything of it is not as it was."""
    with _archive(file) as archive:
        manifest = _manifest(file, archive)
        for table, part in manifest.tables.items():
            _compare(file, _table(table), part, _counted(archive, _table(table), by_lines=True))
        for name, part in manifest.files.items():
            _compare(file, name, part, _counted(archive, f"{_FILES}{name}", by_lines=False))
    return manifest


def put_back(store: Store, file: Path, manifest: Manifest, now: datetime, progress: Progress) -> Known:
    """Put back the store of a backup that was checked; the next publish makes everything anew.

    The caller holds the site. Raises: StoreError; then the store is as it was.
    """
    with _archive(file) as archive:
        known = store.put_back(manifest.kept, lambda table: _lines(archive, _table(table)), progress, now)
    with store.transaction() as tx:
        publish.doubt(tx)
    return known


def unpack(file: Path, manifest: Manifest, folder: Path) -> Unpacked:
    """Write the files of a backup that are not there; those that are and differ stay. Raises: StoreError."""
    written, differing = [], []
    with _archive(file) as archive:
        for name, part in manifest.files.items():
            place = _place(file, folder, name)
            if place.exists():
                differing += [name] if _hash(place) != part.sha256 else []
                continue
            _write(archive, f"{_FILES}{name}", place)
            written.append(name)
    return Unpacked(written, differing)


def _hash(place: Path) -> str:
    try:
        return sha256(place.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(str(place), f"cannot be read ({error.strerror})", "check its rights") from error


@contextmanager
def _archive(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except OSError as error:
        raise StoreError(
            f"the backup {file}", f"cannot be read ({error.strerror})", "check its name and rights"
        ) from error
    except _NOT_WHOLE as error:
        raise StoreError(f"the backup {file}", "is not whole, or no backup", "take another one") from error


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        with archive.open(_MANIFEST) as member:
            said = json.loads(member.read(_MOST_OF_A_MANIFEST))
        if said["format"] != _FORMAT:
            raise StoreError(
                f"the backup {file}", f"has format {said['format']}", "use the version of feeder that made it"
            )
        return Manifest(
            datetime.fromisoformat(said["made"]).astimezone(UTC),
            str(said["version"]),
            UUID(said["space"]),
            f"{int(said['revision']):04}",  # and nothing that Alembic would take for more
            [
                Shape(each["table"], [(name, kind) for name, kind in each["columns"]])
                for each in said["shapes"]
            ],
            {name: Part(**part) for name, part in said["tables"].items()},
            {name: Part(**part) for name, part in said["files"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise StoreError(f"the backup {file}", "does not say what is in it", "take another one") from error


def _counted(archive: zipfile.ZipFile, member: str, *, by_lines: bool) -> Part:
    digest, count = sha256(), 0
    with archive.open(member) as opened:
        while some := opened.read(_CHUNK):
            digest.update(some)
            count += some.count(b"\n") if by_lines else len(some)
    return Part(count, digest.hexdigest())


def _compare(file: Path, name: str, told: Part, found: Part) -> None:
    if told != found:
        raise StoreError(f"{name} in the backup {file}", "is not as it was written", "take another one")


def _lines(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    with archive.open(member) as opened:
        while line := opened.readline(_MOST_OF_A_LINE):
            yield line


def _place(file: Path, folder: Path, name: str) -> Path:
    """Return where a file goes: within the site's folder, and nowhere else."""
    path = PurePosixPath(name)
    place = folder / path
    is_within = not path.is_absolute() and ".." not in path.parts and path.parts
    if not is_within or not place.parent.resolve().is_relative_to(folder.resolve()):
        raise StoreError(f"{name!r} in the backup {file}", "is no file of a site", "take another one")
    return place


def _write(archive: zipfile.ZipFile, member: str, place: Path) -> None:
    mode = stat.S_IMODE(archive.getinfo(member).external_attr >> 16) & 0o777 or _OWNER_ONLY
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with (
            archive.open(member) as opened,
            os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target,
        ):
            while some := opened.read(_CHUNK):
                target.write(some)
    except OSError as error:
        raise StoreError(str(place), f"cannot be written ({error.strerror})", "make room there") from error


def _table(name: str) -> str:
    return f"tables/{name}.jsonl"
