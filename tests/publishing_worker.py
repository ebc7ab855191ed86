"""One of several who publish at a time, on one site: it stalls, as a machine may, when it has rendered all."""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from feeder import config
from feeder.app import App
from feeder.errors import FeederError
from feeder.workflows import publish
from feeder.workflows.sheets import Sheet


def _stopping(sheets: Iterable[Sheet], _total: int) -> Iterable[Sheet]:
    rendered = list(sheets)
    os.kill(os.getpid(), signal.SIGSTOP)
    yield from rendered


def main(words: Sequence[str]) -> int:
    """Publish: the site's file, and the moment at which that is."""
    file, at = words
    try:
        with App(config.load(Path(file), os.environ)) as app:
            publish.publish(app.store, app.press, datetime.fromisoformat(at), progress=_stopping)
    except FeederError as error:
        sys.stderr.write(f"feeder: {error}\n")
        return 1
    return 0
