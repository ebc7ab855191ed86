"""Writes the live documents of all feeds anew, in all formats and with their pages: a process of its own.

No archives, older pages and pages of items, which its peers do not write either.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from feeder import config
from feeder.app import App
from feeder.model.feeds import Part
from feeder.workflows.publish import publish


def main() -> None:
    """Mark the feeds, and publish."""
    with App(config.load(Path(sys.argv[1]), os.environ)) as app, app.store.lock():
        with app.store.transaction() as tx:
            tx.documents.mark(Part(feed.id) for feed in tx.feeds.shown())
        publish(app.store, app.press, datetime.now(UTC), progress=lambda sheets, _: sheets)


if __name__ == "__main__":
    main()
