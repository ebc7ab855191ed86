"""Logs of the service: one event a line, with its fields, for people or for programs.

Nobody's address is in them: what a server answers may name one, and is shown without it.
"""

import json
import logging
import re
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

PLAIN, JSON = "plain", "json"
FORMS = (PLAIN, JSON)

_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_WORD = r"[^\s<>()\[\]{}\"',:;=@/\\]"
# It begins where a word does: elsewhere nobody need look, and a long word would be looked at again and again.
_ADDRESS = re.compile(f"(?<!{_WORD}){_WORD}+@{_WORD}+")


class Running:
    """Which job runs here, as the log tells it of all that the job says: on one thread, until it ends."""

    def __init__(self) -> None:
        self._now: ContextVar[Mapping[str, str]] = ContextVar("running")

    @contextmanager
    def within(self, job: str, run: str = "") -> Iterator[None]:
        """Say that a job runs, by a name of this run that nothing else has, of our own where it has none."""
        before = self._now.set({"job": job, "run": run or secrets.token_hex(4)})
        try:
            yield
        finally:
            self._now.reset(before)

    def fields(self) -> Mapping[str, str]:
        """Return the job and its run; nothing outside of jobs."""
        return self._now.get({})


class _Plain(logging.Formatter):
    """Writes `time level event field=value …`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Write one event; a traceback follows on lines of its own."""
        line = super().format(record)
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        first, *rest = line.split("\n", 1)
        return _without_addresses("\n".join([f"{first} {fields}".rstrip(), *rest]))


class _Json(logging.Formatter):
    """Writes an object with time, level, logger, event, machine, process, thread, and the fields of the event."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self._running = running
        self._machine = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """Write one event, a traceback included, on one line."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            "machine": self._machine,
            "process": record.process,
            "thread": record.threadName,
            **self._running.fields(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        for name, value in _fields(record).items():
            told.setdefault(name, value)
        return json.dumps({name: _shown(value) for name, value in told.items()})


def to_terminal(form: str, running: Running) -> None:
    """Send events of feeder, and warnings of the libraries, to standard error, in one of `FORMS`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form, running))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("feeder").setLevel(logging.INFO)
    # That a job is still running when it is due again is how a busy site lives.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def formatter(form: str, running: Running) -> logging.Formatter:
    """Return what writes events in a form."""
    return _Json(running) if form == JSON else _Plain()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _shown(value: object) -> object:
    """Return a value as JSON has it: numbers as they are, all else as text."""
    if value is None or isinstance(value, bool | int):
        return value
    return _without_addresses(str(value))


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("***@***", text)
