"""Contents: rendered once for all readers who get just these items."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select

from feeder.model.batches import batched
from feeder.model.digests import Rendered
from feeder.store import dialects, tables


class Contents:
    """What was rendered, and of which items."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the ids of those contents that were rendered, by their keys."""
        found = {}
        for some in batched(keys):
            query = select(tables.contents.c.key, tables.contents.c.id).where(tables.contents.c.key.in_(some))
            found.update({row.key: row.id for row in self._connection.execute(query)})
        return found

    def add(self, key: str, rendered: Rendered, items: Sequence[int]) -> int:
        """Keep what was rendered of `items` (ids), or find that another worker did meanwhile."""
        row = {"key": key, "subject": rendered.subject, "text": rendered.text, "html": rendered.html}
        content = dialects.inserted_new(self._connection, tables.contents, row)
        if content is None:
            there = select(tables.contents.c.id).where(tables.contents.c.key == key)
            return int(self._connection.execute(there).scalar_one())
        self._connection.execute(
            insert(tables.content_items), [{"content_id": content, "item_id": item} for item in items]
        )
        return content

    def all_of(self, contents: Iterable[int]) -> dict[int, Rendered]:
        """Return what was rendered, by the ids of contents."""
        found = {}
        for some in batched(contents):
            rows = self._connection.execute(select(tables.contents).where(tables.contents.c.id.in_(some)))
            found.update({row.id: Rendered(row.subject, row.text, row.html) for row in rows})
        return found
