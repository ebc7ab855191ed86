"""A source: a query to any database that SQLAlchemy reaches, one row an item; nothing is written there.

    access     one question, with nothing changed there;  failures: what goes wrong, in our words
    columns    which column holds which field
    rows       a row as a draft

What rows say is read by `frontmatter`.
"""

import pickle
import weakref
from collections.abc import Iterator
from tempfile import TemporaryFile

from feeder.errors import DraftRefused, SourceError
from feeder.model import settings
from feeder.model.items import Broken, NotModified, Past, Reading, Told, Unchanged
from feeder.sources.sql import access, columns, rows
from feeder.sources.sql.access import LIMITS, Limits
from feeder.sources.sql.rows import Row

_WELL = {"well": True}
"""The state after a reading that broke nothing."""


class Query:
    """Reads all rows of a query. An item's key is the row's `key`, or its `url`. Every reading is complete.

    Rows wait on disk until the last has come: a query that fails half-way tells nothing, no
    connection is held while drafts are made, and memory holds the keys only.
    """

    def __init__(self, source: settings.Database, site: settings.Site, limits: Limits = LIMITS) -> None:
        self.name = source.name
        self._thing = f"source {source.name}"
        self._source = source
        self._site = site
        self._limits = limits

    def read(self, past: Past) -> Reading | NotModified:
        """Run the query to its end, or say that it gives what it gave when nothing was broken.

        Raises: SourceError, when it cannot be run, does not end in time, writes, or lacks a column.
        """
        query = access.check(self._thing, self._source.query)
        marks = past.marks()
        waiting = _Rows()
        with access.ask(self._thing, self._source.url, query, self._limits) as answer:
            layout = columns.layout(self._thing, self._source, answer.columns)
            shape = rows.shape(self._source, self._site)
            reader = rows.Reader(self._thing, layout, shape, marks)
            try:
                for number, written in enumerate(answer.rows, 1):
                    waiting.add(reader.read(number, written))
            except OSError as error:
                rule = f"its rows cannot be set aside ({error.strerror})"
                raise SourceError(self._thing, rule, "make room in the folder for temporary files") from error
        missing = frozenset(mark.key for place, mark in marks.items() if place not in waiting.keys)
        if past.state == _WELL and waiting.are_unchanged and not missing:
            return NotModified()
        return Reading(self._told(waiting), complete=True, state=_WELL, missing=missing)

    def _told(self, waiting: "_Rows") -> Iterator[Told]:
        for row in waiting:
            key = _key(row)
            if key in waiting.doubles:
                rule = "another row has the same key"
                refusal = DraftRefused(rows.named(self._thing, key), rule, "give each a key of its own")
                yield Broken(frozenset({key}), refusal)
            elif isinstance(row, Row):
                yield self._draft(row)
            else:
                yield row

    def _draft(self, row: Row) -> Told:
        try:
            return rows.draft(self._thing, row, self._site)
        except DraftRefused as refusal:
            return Broken(frozenset({row.key}), refusal)


class _Rows:
    """What has been read, in a file without a name. It can be walked through once, and is then gone."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.doubles: set[str] = set()
        self.are_unchanged = True
        self._file = TemporaryFile()  # noqa: SIM115 - it is closed with the last row, or with this
        weakref.finalize(self, self._file.close)

    def add(self, row: Row | Unchanged | Broken) -> None:
        """Append a row. Raises: OSError, when the disk is full."""
        if key := _key(row):
            (self.doubles if key in self.keys else self.keys).add(key)
        self.are_unchanged &= isinstance(row, Unchanged) and key not in self.doubles
        pickle.dump(row, self._file)

    def __iter__(self) -> Iterator[Row | Unchanged | Broken]:
        with self._file:
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                yield pickle.load(self._file)  # noqa: S301 - written above, into a file that only we can reach


def _key(row: Row | Unchanged | Broken) -> str:
    """Return the key of a row; empty if it has none."""
    return next(iter(row.keys), "") if isinstance(row, Broken) else row.key
