"""One of several who send at a time, on one site: what the command would do if only one were allowed to."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from feeder import config
from feeder.app import App
from feeder.errors import FeederError
from feeder.workflows import release, send


def main(words: Sequence[str]) -> int:
    """Send what is due: the site's file, the moment at which the sending began, and when that was by the real clock."""
    file, due, began = words

    def clock() -> datetime:
        return datetime.fromisoformat(due) + timedelta(seconds=int(time.time() - float(began)))

    try:
        with App(config.load(Path(file), os.environ)) as app:
            release.release(app.store, clock())
            send.send_due(app.store, app.post, clock, stopped=lambda: False)
    except FeederError as error:
        sys.stderr.write(f"feeder: {error}\n")
        return 1
    return 0
