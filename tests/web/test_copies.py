"""Compressed copies where Brotli is not installed."""

import gzip
import subprocess
import sys
from pathlib import Path

import brotli

CODE = """
import sys
sys.modules["brotli"] = None
from pathlib import Path
from feeder.web import copies
file = Path(sys.argv[1])
print(*copies.of(file.read_bytes(), file))
"""


def test_copies_by_brotli_are_left_lying_since_nobody_can_look_into_them(tmp_path: Path) -> None:
    content = b"<feed/>" * 100
    (tmp_path / "atom.xml").write_bytes(content)
    (tmp_path / "atom.xml.gz").write_bytes(gzip.compress(content))
    (tmp_path / "atom.xml.br").write_bytes(brotli.compress(content))

    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "atom.xml")], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["gzip"]
