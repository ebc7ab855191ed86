"""An issue's size: mail programs cut off long HTML, so feeder shortens first. Pure."""

from collections.abc import Callable, Sequence

from feeder.model.digests import Depth, Part
from feeder.model.items import Item

MAX_HTML_BYTES = 90_000
"""Gmail clips a message at 102 kB of HTML, and relays may add to it."""

_SHORTER = {Depth.FULL: Depth.SHORT, Depth.SHORT: Depth.TITLE}


def fit(items: Sequence[Item], depth: Depth, size: Callable[[Part], int], room: int) -> list[Part]:
    """Return as much of `items`, each at most at `depth`, as fits into `room` bytes.

    `size` tells what a part takes. While it is too much, full parts become short ones, then
    short ones become titles, then titles are left out; the oldest first each time.
    """
    parts = {item.id: Part(item, depth) for item in items}
    total = sum(size(part) for part in parts.values())
    oldest_first = sorted(items, key=lambda item: (item.posted, item.uid))
    for step in (Depth.FULL, Depth.SHORT, Depth.TITLE):
        for item in oldest_first:
            if total <= room:
                break
            part = parts[item.id]
            if part.depth is not step:
                continue
            total -= size(part)
            if step is Depth.TITLE:
                del parts[item.id]
            else:
                parts[item.id] = Part(item, _SHORTER[step])
                total += size(parts[item.id])
    return list(parts.values())
