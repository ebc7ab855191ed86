"""Items as feeds show them: made once, and kept until the item changes.

Most of what a feed shows after a change is what it showed before. All of it can be made again.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from feeder.model.appearances import Policy
from feeder.model.batches import batches
from feeder.model.feeds import Entry
from feeder.store import dialects, tables

_columns = tables.entries.c
_TEXTS = ("atom", "rss", "json", "page", "line")
_OF_ENTRY = [_columns.item_id, *(_columns[name] for name in _TEXTS)]


class Entries:
    """The entries of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, items: Sequence[int], policy: Policy) -> dict[int, Entry]:
        """Return the entries that are kept of `items` (ids), showing as much as `policy` says."""
        found: dict[int, Entry] = {}
        for some in batches(items):
            query = select(*_OF_ENTRY).where(_columns.item_id.in_(some), _columns.policy == policy)
            found |= {row.item_id: Entry(*row) for row in self._connection.execute(query)}
        return found

    def keep(self, entries: Sequence[Entry], policy: Policy) -> None:
        """Keep entries that show as much as `policy` says."""
        rows = [
            {"item_id": entry.item, "policy": policy} | {name: getattr(entry, name) for name in _TEXTS}
            for entry in entries
        ]
        if rows:
            upsert = dialects.upsert(self._connection, tables.entries, "item_id", "policy")
            self._connection.execute(upsert, rows)

    def drop(self, items: Sequence[int]) -> None:
        """Keep no entries of `items` (ids) any more."""
        for some in batches(items):
            self._connection.execute(delete(tables.entries).where(_columns.item_id.in_(some)))

    def drop_all(self) -> None:
        """Keep no entries any more."""
        self._connection.execute(delete(tables.entries))
