"""Feeds, what a change touched of them, and the documents that stand in the tree."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model import ids
from feeder.model.batches import batches
from feeder.model.feeds import Dirt, Feed, Selection, TagCount, Written
from feeder.store import dialects, tables

_FEEDS = select(tables.feeds, tables.tags.c.name, tables.tags.c.slug).outerjoin(
    tables.tags,
    and_(tables.feeds.c.selection == Selection.TAG, tables.feeds.c.subject == tables.tags.c.id),
)


_SUBJECTS = (tables.dirty.c.feed_id, tables.dirty.c.item_id, tables.dirty.c.path)
"""What a dirty row can be about, in the order of `Dirt`."""


class Documents:
    """Feeds, dirty rows and documents."""

    def __init__(self, connection: Connection, space: UUID) -> None:
        self._connection = connection
        self._space = space

    # ── Feeds ────────────────────────────────────────────────────────────────────────────────────

    def ensure_everything(self) -> None:
        """Make the feed of everything, unless it is there."""
        self._add(Selection.EVERYTHING, 0, "")

    def add_tag(self, tag: int, key: str) -> None:
        """Make the feed of a tag, by the tag's id and key."""
        self._add(Selection.TAG, tag, key)

    def _add(self, selection: Selection, subject: int, key: str) -> None:
        uid = ids.mint(self._space, "feed", selection, key)
        row = {"selection": selection, "subject": subject, "uid": uid, "total": 0}
        self._connection.execute(dialects.insert_new(self._connection, tables.feeds).values(row))

    def with_ids(self, feeds: Sequence[int]) -> list[Feed]:
        """Return those of `feeds` (ids) that there are, in their order."""
        query = _FEEDS.where(tables.feeds.c.id.in_(feeds)).order_by(tables.feeds.c.id)
        return [_feed(row) for row in self._connection.execute(query)]

    def everything(self) -> Feed:
        """Return the feed of everything."""
        query = _FEEDS.where(tables.feeds.c.selection == Selection.EVERYTHING)
        return _feed(self._connection.execute(query).one())

    def feeds(self) -> list[Feed]:
        """Return all feeds that are to be published, the feed of everything first, then by slug."""
        query = _FEEDS.where(_SHOWN).order_by(tables.feeds.c.selection, tables.tags.c.slug)
        return [_feed(row) for row in self._connection.execute(query)]

    def told(self, feed: int, updated: datetime) -> None:
        """Remember the newest update that a feed has told, so that it never goes back."""
        self._connection.execute(
            update(tables.feeds).where(tables.feeds.c.id == feed).values(updated=updated)
        )

    def tags(self) -> list[TagCount]:
        """Return all tags that public items carry, by name."""
        query = (
            select(tables.tags.c.key, tables.tags.c.name, tables.tags.c.slug, tables.feeds.c.total)
            .join(tables.feeds, tables.feeds.c.subject == tables.tags.c.id)
            .where(tables.feeds.c.selection == Selection.TAG, tables.feeds.c.total > 0)
        )
        # Sorted here: databases have orders of their own, and documents must not differ by them.
        rows = sorted(self._connection.execute(query), key=lambda row: row.key)
        return [TagCount(row.name, row.slug, row.total) for row in rows]

    # ── Dirty rows ───────────────────────────────────────────────────────────────────────────────

    def leave(self, items: Sequence[int]) -> None:
        """Mark public items (ids) that are about to change or to go: all that shows them as they were."""
        for some in batches(items):
            self._mark(tables.items.c.id.in_(some), -1)

    def enter(self, items: Sequence[int]) -> None:
        """Mark public items (ids) as they now stand: pages, pictures, and the feeds that they belong to."""
        for some in batches(items):
            self._mark(tables.items.c.id.in_(some), 1)

    def enter_released(self, first: int, last: int) -> None:
        """Mark the items that got the numbers from `first` to `last`, and their feeds."""
        self._mark(tables.items.c.number.between(first, last), 1)

    def mark_all(self) -> None:
        """Mark every feed that is to be published, and the page of every public item."""
        self._insert(tables.dirty.c.feed_id, select(tables.feeds.c.id).where(_SHOWN))
        public = select(tables.items.c.id).where(tables.items.c.number.is_not(None))
        self._insert(tables.dirty.c.item_id, public)

    def _mark(self, which: ColumnElement[bool], sign: int) -> None:
        """Mark what shows these items, and count them into their feeds, or out of them."""
        touched = select(tables.items.c.id).where(which)
        links = tables.item_tags.c
        tagged = select(links.tag_id, func.count().label("items")).where(links.item_id.in_(touched))
        tags = self._connection.execute(tagged.group_by(links.tag_id)).all()
        items = self._connection.execute(select(func.count()).where(which)).scalar_one()
        if not items:
            return
        counts = [(Selection.TAG, tag, count) for tag, count in tags]
        self._count([(Selection.EVERYTHING, 0, items), *counts], sign)
        posted = select(tables.items.c.posted).where(tables.items.c.id == links.item_id).scalar_subquery()
        self._connection.execute(
            update(tables.item_tags)
            .where(links.item_id.in_(touched))
            .values(posted=posted if sign > 0 else None)
        )
        pictures = select(tables.item_pictures.c.path).where(tables.item_pictures.c.item_id.in_(touched))
        self._insert(tables.dirty.c.item_id, touched)
        self._insert(tables.dirty.c.path, pictures)

    def _count(self, counts: Sequence[tuple[Selection, int, int]], sign: int) -> None:
        """Mark feeds, named by what they select, and add to how many items they have."""
        feeds = tables.feeds.c
        this = and_(feeds.selection == bindparam("which"), feeds.subject == bindparam("what"))
        rows = [{"which": which, "what": what, "more": sign * items} for which, what, items in counts]
        added = update(tables.feeds).where(this).values(total=feeds.total + bindparam("more"))
        self._connection.execute(added, rows)
        dirty = insert(tables.dirty).from_select(["feed_id"], select(feeds.id).where(this))
        self._connection.execute(dirty, rows)

    def _insert(self, column: Column[Any], subjects: Select[Any]) -> None:
        self._connection.execute(insert(tables.dirty).from_select([column.name], subjects))

    def dirty(self) -> Dirt:
        """Return what the tree does not show yet."""
        return Dirt(*(self._marked(column) for column in _SUBJECTS))

    def _marked(self, column: Column[Any]) -> dict[Any, list[int]]:
        query = select(column, tables.dirty.c.id).where(column.is_not(None)).order_by(column)
        marked: dict[Any, list[int]] = {}
        for subject, reason in self._connection.execute(query):
            marked.setdefault(subject, []).append(reason)
        return marked

    def done(self, *dirt: Dirt) -> None:
        """Take off the reasons in `dirt`; those that came since stay, whatever their order."""
        for some in batches([reason for each in dirt for reason in each.reasons()]):
            self._connection.execute(delete(tables.dirty).where(tables.dirty.c.id.in_(some)))

    # ── Documents ────────────────────────────────────────────────────────────────────────────────

    def written(self, paths: Iterable[str]) -> dict[str, Written]:
        """Return what stands at those of `paths` where something does."""
        query = select(tables.documents).where(tables.documents.c.path.in_(list(paths)))
        return {row.path: _written(row) for row in self._connection.execute(query)}

    def remember(self, documents: Sequence[Written]) -> None:
        """Remember what stands in the tree; of bytes that stood there before, since when stays."""
        there = self.written([document.path for document in documents])
        rows = [
            {"path": new.path, "hash": new.hash, "size": new.size, "written": new.at}
            for new in documents
            if new.path not in there or there[new.path].hash != new.hash
        ]
        if rows:
            self._connection.execute(dialects.upsert(self._connection, tables.documents, "path"), rows)

    def paths(self) -> set[str]:
        """Return all paths at which something stands."""
        return set(self._connection.execute(select(tables.documents.c.path)).scalars())

    def shown_pictures(self, paths: Iterable[str]) -> set[str]:
        """Return those of `paths` at which public items have pictures."""
        query = (
            select(tables.item_pictures.c.path)
            .join(tables.items, tables.items.c.id == tables.item_pictures.c.item_id)
            .where(tables.items.c.number.is_not(None))
        )
        found: set[str] = set()
        for some in batches(list(paths)):
            shown = query.where(tables.item_pictures.c.path.in_(some))
            found |= set(self._connection.execute(shown).scalars())
        return found

    def beyond_feeds(self, items: Sequence[int]) -> list[int]:
        """Return those of `items` (ids) that have pictures to put, or are public no more."""
        pictured = select(tables.item_pictures.c.item_id).where(tables.item_pictures.c.item_id.in_(items))
        withdrawn = select(tables.items.c.id).where(
            tables.items.c.id.in_(items), tables.items.c.number.is_(None)
        )
        return sorted(set(self._connection.execute(pictured.union(withdrawn)).scalars()))

    def forget(self, paths: Sequence[str]) -> None:
        """Remember that nothing stands at these paths any more."""
        for some in batches(paths):
            self._connection.execute(delete(tables.documents).where(tables.documents.c.path.in_(some)))


_SHOWN = or_(
    tables.feeds.c.selection == Selection.EVERYTHING,
    tables.feeds.c.updated.is_not(None),
    tables.feeds.c.total > 0,
)
"""Feeds that have public items, or once had: the tags of drafts are nobody's business."""


def _feed(row: dialects.AnyRow) -> Feed:
    return Feed(
        id=row.id,
        uid=row.uid,
        selection=Selection(row.selection),
        slug=row.slug or "",
        name=row.name or "",
        updated=row.updated,
        total=row.total,
    )


def _written(row: dialects.AnyRow) -> Written:
    return Written(row.path, row.hash, row.size, row.written)
