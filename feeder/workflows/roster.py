"""A list of people, before it comes in: what form it has, and what its columns are taken for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe
from feeder.subscribers import columns, records, writing
from feeder.subscribers.columns import Layout
from feeder.subscribers.records import Record
from feeder.subscribers.writing import Shape, Writing

_LOOKED_AT = 100
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of a list, and what the site has for those of whom nothing is said.

    `service` names a ready map, or is empty; `columns` tells for a field its column. `tags` are slugs.
    """

    recipes: Mapping[str, Recipe]
    digest: str
    zone: str
    service: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    must_have: str = ""
    tags: tuple[str, ...] = ()
    waived: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list will be read: its form, what its columns are taken for, and a value of each."""

    path: Path
    writing: Writing
    layout: Layout
    choices: Choices
    examples: Mapping[str, str] = field(default_factory=dict)


def plan(path: Path, choices: Choices) -> Plan:
    """Look at a list, and decide how it is read.

    Raises: ConfigurationError for a file that is no list, whose addresses cannot be found, or that
    tells of nobody that they agreed, while no reason says why that is not needed.
    """
    try:
        with path.open("rb") as file:
            found = writing.look(path.name, file.read(writing.LOOK))
    except OSError as error:
        raise ConfigurationError(
            str(path), f"cannot be read ({error.strerror})", "name a file of CSV or JSON"
        ) from error
    layout = columns.layout(path.name, found.names, choices.service, choices.columns)
    if "confirmed" not in layout.places and not choices.waived:
        raise ConfigurationError(
            path.name,
            f"has no column that tells when people agreed ({columns.listed(found.names)})",
            "say --map confirmed=COLUMN, or --consent-waived REASON, which is kept as the proof",
        )
    planned = Plan(path, found, layout, choices)
    return replace(planned, examples=_examples(planned))


def _examples(planned: Plan) -> dict[str, str]:
    examples: dict[str, str] = {}
    with opened(planned) as text:
        for row in islice(records.records(text, planned.writing), _LOOKED_AT):
            if isinstance(row, Record):
                told = zip(planned.writing.names, row.cells, strict=True)
                examples = {name: cell for name, cell in told if cell.strip()} | examples
    return examples


@contextmanager
def opened(planned: Plan) -> Iterator[TextIO]:
    """Open a list to be read from its beginning."""
    encoding = planned.writing.encoding
    # Bytes that are no UTF-8 become marks that no text has, so that only their own line is refused.
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with planned.path.open(encoding=encoding, errors=errors, newline="", buffering=_BUFFER_BYTES) as text:
        yield text


def about(planned: Plan) -> int:
    """Guess how many rows a list has, by what they mostly hold once."""
    mark = b"{" if planned.writing.shape is Shape.JSON else b"\n"
    with planned.path.open("rb") as file:
        return sum(chunk.count(mark) for chunk in iter(partial(file.read, _BUFFER_BYTES), b""))
