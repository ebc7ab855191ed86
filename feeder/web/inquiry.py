"""A question that may take long, such as one to a database that is cut off, and whose answer nobody waits for.

It is asked on a thread of its own, one at a time: however many ask, they cost no more than one does.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from feeder.errors import FeederError, StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What came back: an answer, or None and why not; when (by `time.monotonic`), and after how many seconds."""

    answer: T | None
    problem: FeederError | None
    at: float
    took: float


class Inquiry(Generic[T]):
    """A question. Its answer is good for `fresh` seconds, and for `spared` times as long as it took.

    Whoever asks waits for `patience` seconds at most. Safe to share between threads.
    """

    def __init__(self, ask: Callable[[], T], fresh: float, patience: float, spared: float = 0) -> None:
        self._ask = ask
        self._fresh = fresh
        self._patience = patience
        self._spared = spared
        self._settled = threading.Condition()
        self._began: float | None = None  # None while nobody asks
        self._found: Found[T] | None = None

    def latest(self) -> Found[T] | None:
        """Return what came back last, where that is old after asking anew; None while nothing ever came back."""
        with self._settled:
            if self._began is None and not self._is_good():
                # It ends with the process, which need not wait for an answer.
                threading.Thread(target=self._run, name="inquiry", daemon=True).start()
                self._began = time.monotonic()
            if self._began is not None:
                left = self._began + self._patience - time.monotonic()
                self._settled.wait_for(lambda: self._began is None, left)
            return self._found

    @property
    def is_overdue(self) -> bool:
        """Whether a question has waited for its answer for longer than anybody does."""
        began = self._began
        return began is not None and time.monotonic() - began >= self._patience

    def _is_good(self) -> bool:
        found = self._found
        return found is not None and time.monotonic() < found.at + max(self._fresh, self._spared * found.took)

    def _run(self) -> None:
        began = time.monotonic()
        answer, problem = None, None
        try:
            answer = self._ask()
        except FeederError as error:
            problem = error
        except Exception:
            log.exception("a question could not be answered")
            problem = StoreError("the store", "cannot be asked", "report this: it is our fault")
        now = time.monotonic()
        with self._settled:
            self._found, self._began = Found(answer, problem, now, now - began), None
            self._settled.notify_all()
