"""What items have, and what is wanted of them, as FIELD:WORDS in the form in which that is compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feeder.markup import text
from feeder.model.items import Card, Item


@dataclass(frozen=True, slots=True)
class Wanted:
    """What items must have: all of some things, any of some, none of some."""

    all: frozenset[str]
    any: frozenset[str]
    none: frozenset[str]

    def fits(self, things: frozenset[str]) -> bool:
        """Tell whether what has `things` is wanted."""
        return self.all <= things and not self.none & things and (not self.any or bool(self.any & things))


def wanted(all_: Iterable[str], any_: Iterable[str], none: Iterable[str]) -> Wanted:
    """Make what people wrote ready to be compared."""
    return Wanted(*(frozenset(map(_compared, things)) for things in (all_, any_, none)))


def of(item: Card | Item) -> frozenset[str]:
    """Return all that an item has."""
    return frozenset(_of(item))


def _of(item: Card | Item) -> Iterator[str]:
    yield f"kind:{item.kind}"
    named = {"tag": item.tags, "author": item.authors, "outlet": [item.outlet] if item.outlet else []}
    for field, names in named.items():
        # By names alone: what is one's slug may be another's name, as with C++ and C.
        yield from (_compared(f"{field}:{name.name}") for name in names)
    parts = (item.language or "").lower().split("-")
    # Who wants German wants that of Austria, too.
    yield from (f"language:{'-'.join(parts[:end])}" for end in range(1, len(parts) + 1))


def _compared(thing: str) -> str:
    return text.line(thing).casefold()
