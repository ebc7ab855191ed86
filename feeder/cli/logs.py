"""Logs of the service: one event a line, with its fields."""

import logging
import sys

_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Fields(logging.Formatter):
    """Writes `time level event field=value …`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event; a traceback follows on lines of its own."""
        line = super().format(record)
        fields = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in _OWN)
        first, *rest = line.split("\n", 1)
        return "\n".join([f"{first} {fields}".rstrip(), *rest])


def to_terminal() -> None:
    """Send events of feeder, and warnings of the libraries, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Fields("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("feeder").setLevel(logging.INFO)
    # That a job is still running when it is due again is how a busy site lives.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
