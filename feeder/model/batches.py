"""Long lists, some at a time: statements name only so many values, and transactions stay short."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

BATCH = 500
"""How many keys or ids one query names, and how many drafts one transaction takes."""

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


def batches(values: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts of `size`, the last one perhaps shorter."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def batched(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Walk through anything once, `size` values at a time."""
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some


def unique(values: Iterable[H]) -> list[H]:
    """Return each value once, in the order of first appearance."""
    return list(dict.fromkeys(values))
