"""Messages that came back, in the shapes in which servers and providers write them, and how each is to be judged."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "returns"
TOKEN = "AQgAAQAAAAAAAAABAAAAAAAAqjBst7q6d30iRLLCuP0OYQ"
LEAVING = "AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg"

JUDGED: dict[str, dict[str, Any]] = json.loads((FOLDER / "judged.json").read_text())
"""By name of the file: its `kind` (`none` where it is no report), the `status` that it tells, whether its return path
is told (`token`, unless it is false), and whether the link for leaving is (`leaving`, where that is tested)."""


def message(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()
