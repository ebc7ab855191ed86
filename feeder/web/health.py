"""Whether this process lives, and whether it may be given work: what supervisors ask, and strangers may know.

Nobody is told more than that, and nobody waits for a store that does not answer.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from starlette.responses import JSONResponse, Response

from feeder.app import App
from feeder.store.migrations import Fit
from feeder.web.beats import Beats
from feeder.web.headers import PRIVATE
from feeder.web.inquiry import Inquiry

_THREADS = 4

_FRESH_SECONDS, _PATIENCE_SECONDS = 1, 1
"""How long it is good to know how the store is, and how long whoever asks waits to be told."""


class Health:
    """What is known of the health of one process; `beats` are those of its parts.

    It is told on `threads` of its own: where all others wait for a store that does not answer, these say so.
    """

    def __init__(self, app: App, beats: Beats | None = None) -> None:
        self.beats = beats or Beats()
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="health")
        self._store = Inquiry(app.store.condition, _FRESH_SECONDS, _PATIENCE_SECONDS)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Say from now on that this process stops, and may not be given more."""
        self._stopping.set()

    def close(self) -> None:
        """Tell nobody any more."""
        self.threads.shutdown(wait=False)

    def troubles(self) -> list[str]:
        """Return why this process may not be given work; nothing where it may. Takes a second at most."""
        store = self._trouble_of_store()
        silent = [f"{name} is silent" for name in self.beats.silent()]
        return [*(["it stops"] if self._stopping.is_set() else []), *silent, *([store] if store else [])]

    def has_store(self) -> bool:
        """Tell whether the store can be used. Takes a second at most."""
        return not self._trouble_of_store()

    def _trouble_of_store(self) -> str:
        found = self._store.latest()
        if found is None or self._store.is_overdue:
            return "the store does not answer"
        if found.answer is None:
            return "the store cannot be used"
        if found.answer.fit not in (Fit.SAME, Fit.UNFINISHED, Fit.AHEAD):
            return f"the store is at revision {found.answer.revision}, and this program wants {found.answer.newest}"
        return ""


def alive(health: Health) -> Response:
    """Answer whether this process lives: 503 where a part of it has fallen silent, so that it is started anew."""
    silent = health.beats.silent()
    return _told({"alive": not silent, **({"silent": silent} if silent else {})}, not silent)


def ready(health: Health) -> Response:
    """Answer whether this process may be given work, and if not, 503 and why."""
    troubles = health.troubles()
    return _told({"ready": not troubles, **({"reasons": troubles} if troubles else {})}, not troubles)


def _told(shape: dict[str, object], is_well: bool) -> Response:
    return JSONResponse(shape, 200 if is_well else 503, headers=PRIVATE)
