"""An issue's size: mail programs cut off long HTML, so feeder shortens first. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from feeder.model.digests import Depth, Part
from feeder.model.items import Item

MAX_HTML_BYTES = 90_000
"""Gmail clips a message at 102 kB of HTML, and relays may add to it."""


def fit(items: Sequence[Item], depth: Depth, fits: Callable[[Sequence[Part]], bool]) -> list[Part]:
    """Return as much of `items`, each at most at `depth`, as fits.

    While it is too much, full parts become short ones, then short ones become titles, then titles
    are left out; the oldest first each time. What is left when nothing fits is nothing.
    """
    whole = [Part(item, depth) for item in items]
    if not items or fits(whole):
        return whole
    steps = len(items) * (len(Depth) - list(Depth).index(depth))
    return _cut(whole, bisect_left(range(steps), True, key=lambda step: fits(_cut(whole, step))))


def _cut(whole: Sequence[Part], steps: int) -> list[Part]:
    """Return the parts after so many steps, each of which takes something from one item."""
    rounds, rest = divmod(steps, len(whole))
    oldest_first = sorted(whole, key=lambda part: (part.item.posted, part.item.uid))
    once_more = {part.item.id for part in oldest_first[:rest]}
    shorter = [_shorter(part, rounds + (part.item.id in once_more)) for part in whole]
    return [part for part in shorter if part is not None]


def _shorter(part: Part, steps: int) -> Part | None:
    depths = list(Depth)
    left = depths[depths.index(part.depth) + steps :]
    return Part(part.item, left[0]) if left else None
