"""Which column of a query holds which field of an item. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feeder.errors import SourceError
from feeder.model import settings

FIELDS = (
    "key", "title", "url", "outlet", "published", "posted", "embargo", "tags", "authors", "language",
    "kind", "note", "standfirst", "summary", "body", "image", "medium", "role", "topic", "slug", "draft",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a query, by its place, holds which field; `key` is the field that names a row."""

    places: Mapping[str, int]
    key: str
    changed: int | None


def layout(thing: str, source: settings.Database, columns: Sequence[str]) -> Layout:
    """Find the columns of a query that hold fields. Others mean nothing.

    A row is named by its `key`, or, if the query has no such column, by its `url`.

    Raises: SourceError, when a column that the settings name is not there, or is there twice, or
    no column names the rows.
    """
    if unknown := sorted(source.columns.keys() - set(FIELDS)):
        rule = f"columns.{unknown[0]} is no field of an item"
        raise SourceError(thing, rule, f"fields are {', '.join(FIELDS)}")
    places: dict[str, int] = {}
    for field in FIELDS:
        wanted = source.columns.get(field, field)
        place = _place(thing, columns, wanted)
        if place is not None:
            places[field] = place
        elif field in source.columns:
            raise _lacks(thing, wanted, columns, f"mend columns.{field}")
    changed = _place(thing, columns, source.changed) if source.changed else None
    if source.changed and changed is None:
        raise _lacks(thing, source.changed, columns, "mend `changed`")
    if not places.keys() & {"key", "url"}:
        raise _lacks(thing, "key", columns, "name the one that tells rows apart, as in columns.key = “id”")
    return Layout(places, "key" if "key" in places else "url", changed)


def _place(thing: str, columns: Sequence[str], wanted: str) -> int | None:
    """Return where a column is: one of just that name, or else one that differs in capitals only."""
    exact = [place for place, column in enumerate(columns) if column == wanted]
    alike = [place for place, column in enumerate(columns) if column.casefold() == wanted.casefold()]
    found = exact or alike
    if len(found) > 1:
        rule = f"its query has several columns called {wanted}"
        raise SourceError(thing, rule, f"give the others another name, as in SELECT … AS other_{wanted}")
    return found[0] if found else None


def _lacks(thing: str, column: str, columns: Sequence[str], mend: str) -> SourceError:
    return SourceError(thing, f"its query has no column {column}, only {', '.join(columns)}", mend)
