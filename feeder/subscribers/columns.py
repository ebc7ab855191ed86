"""What each column of a list is taken for. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from feeder.errors import ConfigurationError
from feeder.model.batches import unique
from feeder.subscribers import own
from feeder.subscribers.maps import FIELDS, PLAIN, READY, Map

_MAYBE_POSTAL = ("address",)
"""Taken for where mail goes only if nothing else can be."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a person stand in a row; `source` says whose export it is."""

    names: tuple[str, ...]
    places: Mapping[str, int]
    source: Map

    @property
    def is_own(self) -> bool:
        """Whether feeder wrote the list itself."""
        return self.source is own.MAP

    def cell(self, field: str, cells: Sequence[str]) -> str:
        """Return the cell of a row that holds a field, empty for none."""
        place = self.places.get(field)
        return "" if place is None else cells[place]

    def name(self, field: str) -> str:
        """Return the name of the column that holds a field, empty for none."""
        return self.names[self.places[field]] if field in self.places else ""

    def unused(self) -> list[str]:
        """Return the names of the columns that mean nothing."""
        used = set(self.places.values())
        return [name for place, name in enumerate(self.names) if place not in used and name]


def layout(thing: str, names: Sequence[str], service: str, chosen: Mapping[str, str]) -> Layout:
    """Find the columns that hold fields: those that a person has chosen, else those of the service's map.

    `service` is empty for a file of no known origin, and then feeder's own exports are known by their
    heading. `chosen` tells for a field its column. Columns that nothing names mean nothing.
    Raises: ConfigurationError, when no column, or more than one, can be the address, or a chosen one
    is not there.
    """
    source = READY[service] if service else own.MAP if own.is_own(names) else PLAIN
    places = {field: _chosen(names, field, column, source) for field, column in chosen.items()}
    for field, columns in [*source.columns.items(), ("address", _MAYBE_POSTAL)]:
        if field not in places:
            place = _place(thing, names, columns, field, is_sure=bool(service))
            places |= {} if place is None else {field: place}
    if "address" not in places:
        raise ConfigurationError(
            thing,
            f"has no column that is known to hold addresses ({listed(names)})",
            "say --map address=COLUMN",
        )
    return Layout(tuple(names), places, source)


def key(name: str) -> str:
    """Return a name as it is compared."""
    return "".join(filter(str.isalnum, name.casefold()))


def listed(names: Iterable[str]) -> str:
    """Return names of columns as they can be shown: no terminal obeys what stands in a file."""
    return "".join(mark if mark.isprintable() else "�" for mark in ", ".join(names))


def parts(cell: str) -> list[str]:
    """Return the parts of a cell that holds several: a part a line, or with commas or semicolons between them.

    Mailchimp puts each tag into quotes.
    """
    lines = cell.splitlines()
    if "".join(lines) != cell:
        return [part for part in map(str.strip, lines) if part]
    delimiter = ";" if ";" in cell and "," not in cell else ","
    row = next(csv.reader([cell], delimiter=delimiter, skipinitialspace=True), [])
    return [part for part in map(str.strip, row) if part]


_MEANT = {
    key(column) for each in (PLAIN, *READY.values()) for names in each.columns.values() for column in names
}


def may_mean_something(name: str) -> bool:
    """Tell whether some map names a column so."""
    return key(name) in _MEANT


def _place(
    thing: str, names: Sequence[str], columns: Sequence[str], field: str, *, is_sure: bool
) -> int | None:
    """Return where the best of `columns` stands; in a file of no known origin an address must be the only one."""
    keys = [key(name) for name in names]
    by_wish = [
        [place for place, each in enumerate(keys) if each == wish] for wish in unique(map(key, columns))
    ]
    found = [places for places in by_wish if places] or [[]]
    alike = list(chain(*found)) if field == "address" and not is_sure else found[0]
    if len(alike) > 1:
        both = " and ".join(f"{names[place]!r}" for place in alike)
        raise ConfigurationError(
            thing, f"has several columns for the {field}: {both}", f"say --map {field}=COLUMN, and which"
        )
    return alike[0] if alike else None


def _chosen(names: Sequence[str], field: str, column: str, source: Map) -> int:
    fields = [*FIELDS, *(each for each in source.columns if each not in FIELDS)]
    if field not in fields:
        raise ConfigurationError(
            f"--map {field}={column}", "names no field", f"fields are {', '.join(fields)}"
        )
    exact = [place for place, name in enumerate(names) if name == column]
    found = exact or [place for place, name in enumerate(names) if key(name) == key(column)]
    if len(found) != 1:
        rule = "names a column that is there several times" if found else "names a column that is not there"
        raise ConfigurationError(f"--map {field}={column}", rule, f"columns are {listed(names)}")
    return found[0]
