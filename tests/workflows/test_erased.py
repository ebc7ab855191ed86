"""The file that remembers who was erased."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.errors import StoreError
from feeder.workflows import erased

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_what_was_written_down_is_read_back_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "erased.txt"
    assert erased.read(file) == []
    erased.add(file, "a1", NOON)
    erased.add(file, "b2", NOON)
    assert erased.read(file) == [("a1", NOON), ("b2", NOON)]


@pytest.mark.parametrize("line", ["", "a1", "a1 yesterday", "ä"])
def test_a_line_that_somebody_spoilt_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "erased.txt"
    file.write_text(f"a1 {NOON.isoformat()}\n{line}\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"erased\.txt, line 2: must be a keyed hash and a moment"):
        erased.read(file)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    for use in (lambda: erased.add(tmp_path, "a1", NOON), lambda: erased.read(tmp_path)):
        with pytest.raises(StoreError, match="Is a directory"):
            use()
