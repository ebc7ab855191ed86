"""When a request must be over."""

import threading
import time
from datetime import timedelta
from math import inf


class Overdue(Exception):
    """The whole time of a request is over."""


class Deadline(threading.local):
    """When the request of this thread must be over.

    Connections outlive requests and serve those of other threads, so they ask here.
    """

    _ends = inf

    def begin(self, whole: timedelta) -> None:
        """Give this thread's request its time."""
        self._ends = time.monotonic() + whole.total_seconds()

    def left(self) -> float:
        """Return the seconds that are left; none or less when it is over."""
        return self._ends - time.monotonic()
