"""Which parts of this process show that they live: each beats, and whoever looks is told who has fallen silent."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class _Part:
    """How long a part may be silent, and when it last beat, both in seconds; the latter by `time.monotonic`."""

    within: float
    last: float


class Beats:
    """The parts of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._parts: dict[str, _Part] = {}

    def expect(self, name: str, within: timedelta) -> Callable[[], None]:
        """Expect a part to beat again within a time, from now on; return what it calls to beat."""
        self._parts[name] = _Part(within.total_seconds(), time.monotonic())

        def beat() -> None:
            part = self._parts.get(name)
            if part:
                self._parts[name] = replace(part, last=time.monotonic())

        return beat

    def forget(self, name: str) -> None:
        """Expect a part no more: it has come to its end as it should."""
        self._parts.pop(name, None)

    def silence(self) -> dict[str, float]:
        """Return for how many seconds each part has been silent."""
        now = time.monotonic()
        return {name: now - part.last for name, part in list(self._parts.items())}

    def silent(self) -> list[str]:
        """Return the parts that should have beaten since, by name."""
        now = time.monotonic()
        return sorted(name for name, part in list(self._parts.items()) if now - part.last > part.within)
