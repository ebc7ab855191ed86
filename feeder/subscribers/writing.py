"""In which form a list of people is, found by a look at its beginning. Pure."""

import codecs
import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from feeder.errors import ConfigurationError

LOOK = 65_536
"""So many bytes are looked at."""

_MOST_COLUMNS = 1_000
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTED = re.compile(r'"[^"]*"?')


class Shape(StrEnum):
    """How rows are told apart."""

    CSV = "CSV"
    JSON = "JSON"
    LINES = "JSON Lines"


@dataclass(frozen=True, slots=True)
class Writing:
    """How a list is written, and what its columns are called.

    Without a heading they are called by numbers from 1, and `email` where an address stands.
    """

    shape: Shape
    encoding: str
    names: tuple[str, ...]
    delimiter: str = ","
    is_headed: bool = True

    def __str__(self) -> str:
        encoding = "UTF-16" if "16" in self.encoding else "UTF-8"
        return (
            f"CSV with {_DELIMITERS[self.delimiter]}, {encoding}" if self.shape is Shape.CSV else self.shape
        )


def look(thing: str, start: bytes) -> Writing:
    """Find the form of a list in its first `LOOK` bytes.

    Raises: ConfigurationError for what is no list: empty, an archive, of another encoding.
    """
    encoding, text = _decoded(thing, start)
    first = text.lstrip()[:1]
    if not first:
        raise ConfigurationError(thing, "is empty", "name a file with a heading and rows")
    is_cut = len(start) >= LOOK
    if first == "[":
        return Writing(Shape.JSON, encoding, _fields(thing, _objects(text)))
    if first == "{":
        lines = text.split("\n")[: -1 if is_cut else None]
        return Writing(Shape.LINES, encoding, _fields(thing, [_loaded(line) for line in lines]))
    return _csv(thing, encoding, text, is_cut=is_cut)


def _decoded(thing: str, start: bytes) -> tuple[str, str]:
    if start.startswith(b"PK\x03\x04"):
        raise ConfigurationError(
            thing,
            "is an archive, or a spreadsheet of Excel",
            "unpack it, or save it as “CSV UTF-8”, and name that",
        )
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in start[:2]:  # UTF-16 without its mark: half of what is ASCII is NUL
        encoding = "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    try:
        return encoding, codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError as error:
        line = start.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{thing}, line {line}",
            "is not UTF-8; perhaps it is Windows-1252, as Excel's plain “CSV” is",
            "save it as “CSV UTF-8”",
        ) from error


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _csv(thing: str, encoding: str, text: str, *, is_cut: bool) -> Writing:
    lines = io.StringIO(text, newline="").readlines()
    heading = next(line for line in lines if line.strip())
    outside = _QUOTED.sub("", heading)
    delimiter = max(_DELIMITERS, key=outside.count)
    try:
        names = next(row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row)
    except csv.Error as error:
        raise ConfigurationError(
            thing, f"has a heading that cannot be read ({error})", "mend its first line"
        ) from error
    if len(names) > _MOST_COLUMNS or "\0" in heading or (is_cut and len(lines) == 1):
        raise ConfigurationError(
            thing, "is no list: its first line is no heading", "name a file of CSV or JSON"
        )
    # An address is no name of a column: plain lists of addresses come without a heading.
    addresses = [place for place, name in enumerate(names) if "@" in name]
    if addresses:
        numbers = [str(place) for place in range(1, len(names) + 1)]
        if len(addresses) == 1:
            numbers[addresses[0]] = "email"
        return Writing(Shape.CSV, encoding, tuple(numbers), delimiter, is_headed=False)
    return Writing(Shape.CSV, encoding, tuple(name.strip() for name in names), delimiter)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def _objects(text: str) -> list[object]:
    """Return the objects of a list that begins like this, as far as they are whole."""
    decoder = json.JSONDecoder()
    found: list[object] = []
    place = text.index("[") + 1
    while True:
        place += len(text) - place - len(text[place:].lstrip(" \t\r\n,"))
        try:
            told, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return found
        found.append(told)


def _loaded(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _fields(thing: str, objects: Sequence[object]) -> tuple[str, ...]:
    names = dict.fromkeys(name for told in objects if isinstance(told, dict) for name in told)
    if not names:
        raise ConfigurationError(
            thing, "is JSON, but no list of objects", "write [{…}, {…}], or an object on each line"
        )
    return tuple(names)[:_MOST_COLUMNS]
