"""The web server of a site alone, without the clock of `feeder run`: it serves the folder in which it is started."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from feeder import config, web
from feeder.app import App
from feeder.cli import logs


def main(_words: Sequence[str]) -> int:
    """Serve the site at the port of its settings until it is told to end."""
    logs.to_terminal(logs.PLAIN, logs.Running())
    listening = socket.create_server(("127.0.0.1", int(os.environ["FEEDER_WEB__PORT"])))
    with App(config.load(Path("config/feeder.toml"), dict(os.environ))) as app:
        web.server(app).run(sockets=[listening])
    return 0
