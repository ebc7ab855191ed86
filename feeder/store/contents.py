"""Contents: rendered once for all readers who get just these items."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from feeder.model.digests import Rendered
from feeder.store import dialects, tables


class Contents:
    """What was rendered, and of which items."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> int | None:
        """Return the id of the content with this key, if it was rendered."""
        found: int | None = self._connection.execute(
            select(tables.contents.c.id).where(tables.contents.c.key == key)
        ).scalar()
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

    def of(self, delivery: int) -> Rendered:
        """Return what was rendered for a delivery whose content is chosen."""
        query = (
            select(tables.contents)
            .join(tables.deliveries, tables.deliveries.c.content_id == tables.contents.c.id)
            .where(tables.deliveries.c.id == delivery)
        )
        row = self._connection.execute(query).one()
        return Rendered(row.subject, row.text, row.html)
