"""The file with the keyed hashes of those who were erased.

It stays when a database is put back as it was before, and so keeps out whom an old backup brings back.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from feeder.errors import StoreError


def add(file: Path, key: str, now: datetime) -> None:
    """Write down that somebody was erased, so that it outlives a power cut. Raises: StoreError."""
    try:
        with file.open("a", encoding="ascii") as open_file:
            open_file.write(f"{key} {now.isoformat()}\n")
            open_file.flush()
            os.fsync(open_file.fileno())
    except OSError as error:
        raise StoreError(
            f"the file {file}",
            f"cannot be written ({error.strerror})",
            "mend that, or name another: signup.erased",
        ) from error


def read(file: Path) -> list[tuple[str, datetime]]:
    """Return the keyed hashes of those who were erased, and when. Raises: StoreError."""
    try:
        lines = file.read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(
            f"the file {file}",
            f"cannot be read ({error.strerror})",
            "mend that, or name another: signup.erased",
        ) from error
    return [_read(file, number, line) for number, line in enumerate(lines, 1)]


def _read(file: Path, number: int, line: str) -> tuple[str, datetime]:
    key, _, said = line.partition(" ")
    try:
        return key, datetime.fromisoformat(said).astimezone(UTC)
    except ValueError as error:
        raise StoreError(
            f"the file {file}, line {number}",
            "must be a keyed hash and a moment",
            "put back what stood there",
        ) from error
