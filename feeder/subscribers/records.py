"""Lists of people, read as rows of text: CSV, JSON and JSON Lines; a row that cannot be read is told, too.

Pure: whoever opened the file hands in its beginning, and then its text. Lines are those of the file
itself, from 1: a cell may hold several.
"""

import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TextIO

from feeder.subscribers import columns
from feeder.subscribers.writing import Shape, Writing

LONGEST_LINE = 1_000_000
"""Characters; also of one object. What is longer is no row about a person."""

_LONGEST_CELL = 131_072  # as the csv module has it
_CHUNK = 65_536
_BETWEEN = re.compile(r"\s*\[?[\s,]*")


class Record(NamedTuple):
    """One row: the cells are those that the heading names."""

    line: int
    cells: list[str]


class Unreadable(NamedTuple):
    """Something that is no row, and why."""

    line: int
    reason: str


def records(text: TextIO, writing: Writing) -> Iterator[Record | Unreadable]:
    """Tell the rows of a list from its beginning on, one at a time. Empty lines are none."""
    match writing.shape:
        case Shape.CSV:
            return _of_csv(text, writing)
        case Shape.LINES:
            return _of_lines(text, writing)
        case Shape.JSON:
            return _of_json(text, writing)


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────


class _BadLine(NamedTuple):
    """A line that no row can hold, and why."""

    reason: str


_Line = str | _BadLine


class _Lines:
    """The lines of a text; those of a row that failed can be told again.

    `told` are the lines of the present row, as far as they were asked for.
    """

    def __init__(self, text: TextIO) -> None:
        self.told: list[_Line] = []
        self._again: deque[_Line] = deque()
        self._readline = text.readline

    def __iter__(self) -> Iterator[str]:
        """Tell the lines from here on; after one that is bad, begin anew."""
        told, again, readline = self.told, self._again, self._readline  # there may be millions
        while line := again.popleft() if again else readline(LONGEST_LINE):
            if isinstance(line, str) and (len(line) == LONGEST_LINE or "\0" in line or not line.isascii()):
                line = self._looked_into(line)
            told.append(line)
            if isinstance(line, _BadLine):
                return
            yield line

    def give_up(self) -> str:
        """Keep nothing of the row but its first line, since what follows may be good rows; tell what a bad line says."""
        last = self.told[-1]
        self._again.extendleft(reversed(self.told[1:]))
        del self.told[1:]
        return last.reason if isinstance(last, _BadLine) else ""

    def _looked_into(self, line: str) -> _Line:
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            while (more := self._readline(_CHUNK)) and not more.endswith(("\n", "\r")):
                pass
            return _BadLine(f"is longer than {LONGEST_LINE:,} characters")
        flaw = _flaw(line)
        return _BadLine(flaw) if flaw else line


def _flaw(text: str) -> str:
    """Tell why no database can hold a text; empty if one can."""
    if "\0" in text:
        return "holds a NUL byte"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # bytes that were no UTF-8 stand for themselves
            return "is not UTF-8"
    return ""


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _of_csv(text: TextIO, writing: Writing) -> Iterator[Record | Unreadable]:
    lines, line, width, is_heading = _Lines(text), 1, len(writing.names), writing.is_headed
    reader = csv.reader(lines, delimiter=writing.delimiter, strict=True)
    while True:
        lines.told.clear()
        try:
            cells = next(reader)
        except (StopIteration, csv.Error) as error:
            if not lines.told:
                return
            yield Unreadable(line, lines.give_up() or _told(error))
            reader = csv.reader(lines, delimiter=writing.delimiter, strict=True)
        else:
            if len(cells) == width and not is_heading:
                yield Record(line, cells)
            elif len(cells) == width:
                is_heading = False
            elif cells:
                yield Unreadable(
                    line, f"has {'more' if len(cells) > width else 'fewer'} cells than the heading"
                )
        line += len(lines.told)


def _told(error: Exception) -> str:
    if "field limit" in str(error):
        return f"has a cell that does not end, or is longer than {_LONGEST_CELL:,} characters"
    return "has quotes that cannot be understood"


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def _of_lines(text: TextIO, writing: Writing) -> Iterator[Record | Unreadable]:
    lines, number = _Lines(text), 0
    while True:
        for line in lines:
            number += 1
            lines.told.clear()
            if line.strip():
                yield _loaded(number, line, writing)
        if not lines.told:
            return
        number += 1
        yield Unreadable(number, lines.give_up())
        lines.told.clear()


def _loaded(number: int, line: str, writing: Writing) -> Record | Unreadable:
    try:
        return _record(number, json.loads(line), writing)
    except (ValueError, RecursionError):
        return Unreadable(number, "is no JSON")


def _of_json(text: TextIO, writing: Writing) -> Iterator[Record | Unreadable]:
    """Read a list of objects, some of them at a time; after one that is no JSON nothing can be told apart."""
    decoder = json.JSONDecoder()
    line, place, rest = 1, 0, text.read(_CHUNK)
    while True:
        before, place = place, _next(rest, place)
        line += rest.count("\n", before, place)
        try:
            told, end = decoder.raw_decode(rest, place)
        except (ValueError, RecursionError):
            more = text.read(max(_CHUNK, len(rest) - place)) if len(rest) - place < LONGEST_LINE else ""
            if more:
                rest, place = rest[place:] + more, 0
                continue
            if rest[place : place + 1] != "]" or rest[place + 1 :].strip():
                yield Unreadable(line, "is no JSON, and so is all that follows")
            return
        yield _record(line, told, writing)
        line += rest.count("\n", place, end)
        place = end


def _next(text: str, place: int) -> int:
    """Return where the next object may begin."""
    found = _BETWEEN.match(text, place)
    return found.end() if found else place


def _record(line: int, told: object, writing: Writing) -> Record | Unreadable:
    if not isinstance(told, dict):
        return Unreadable(line, "is no JSON object")
    late = [name for name in told.keys() - set(writing.names) if columns.may_mean_something(name)]
    if late:
        # Such as that somebody has left: what it means was not decided before.
        return Unreadable(line, f"has a field {min(late)!r}, which the first ones have not")
    cells = [_cell(told.get(name)) for name in writing.names]
    flaw = _flaw("".join(cells))
    if flaw or max(map(len, cells), default=0) > _LONGEST_CELL:
        return Unreadable(line, flaw or f"has a value that is longer than {_LONGEST_CELL:,} characters")
    return Record(line, cells)


def _cell(value: object) -> str:
    """Return a value as a cell would hold it; of a list each part ends its line, so that it may hold commas."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return "".join(f"{_part(each)}\n" for each in value)
        case _:
            return str(value)


def _part(value: object) -> str:
    name = value.get("name") if isinstance(value, Mapping) else value
    return _cell(name).replace("\n", " ")
