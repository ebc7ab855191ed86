"""How an issue is laid out: which appearance stands under which piece, outlet and month. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from feeder.model.digests import Part
from feeder.model.items import Item, Kind

LONG = 12
"""Where there are more appearances than these, months have headings, if they are more than one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece, and the appearances that belong to it."""

    part: Part
    under: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Group:
    """Appearances that stand together: several of one outlet, which is named above them, or a single one."""

    outlet: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Month:
    """The appearances of one month; `name` is empty where months have no headings."""

    name: str
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True)
class Layout:
    """The sections of an issue."""

    pieces: Sequence[Entry]
    months: Sequence[Month]


def arranged(parts: Sequence[Part], month_of: Callable[[Item], str]) -> Layout:
    """Arrange the parts of an issue, which keep their order: an outlet stands where its first part would.

    An appearance stands under its piece if the issue shows that.
    """
    under: dict[int, list[Part]] = {part.item.id: [] for part in parts if part.item.kind is Kind.PIECE}
    alone: list[Part] = []
    for part in parts:
        if part.item.kind is Kind.APPEARANCE:
            under.get(part.item.piece or 0, alone).append(part)
    pieces = [Entry(part, under[part.item.id]) for part in parts if part.item.kind is Kind.PIECE]
    return Layout(pieces, _months(alone, month_of))


def _months(parts: Sequence[Part], month_of: Callable[[Item], str]) -> list[Month]:
    months = [(name, list(some)) for name, some in groupby(parts, lambda part: month_of(part.item))]
    if len(parts) <= LONG or len(months) == 1:
        months = [("", list(parts))] if parts else []
    return [Month(name, _groups(some)) for name, some in months]


def _groups(parts: Iterable[Part]) -> list[Group]:
    by_outlet: dict[str, list[Part]] = {}
    for part in parts:
        name = part.item.outlet.name if part.item.outlet else f"\0{part.item.id}"
        by_outlet.setdefault(name, []).append(part)
    return [Group(name if len(some) > 1 else "", some) for name, some in by_outlet.items()]
