"""What a change touched and the tree does not show yet, and the documents that stand in the tree."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batched, batches
from feeder.model.feeds import LISTS, Dirt, Part, Selection, Written
from feeder.store import dialects, tables
from feeder.store.feeds import SHOWN

_ALL = 2**31
"""More than there can be."""

_dirty = tables.dirty.c
_feeds = tables.feeds.c
_documents = tables.documents.c


class Documents:
    """Dirty rows and documents."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Dirty rows ───────────────────────────────────────────────────────────────────────────────

    def touch(self, items: Sequence[int]) -> None:
        """Mark items (ids) that are about to change, or have changed, and the pictures that they show."""
        for some in batches(items):
            there = select(tables.items.c.id).where(tables.items.c.id.in_(some))
            self._insert(_dirty.item_id, there, changed=True)
            pictures = tables.item_pictures.c
            self._insert(_dirty.path, select(pictures.path).where(pictures.item_id.in_(some)))

    def show_again(self, items: Sequence[int]) -> None:
        """Mark items (ids) that have not changed themselves, but are shown otherwise."""
        for some in batches(items):
            self._insert(_dirty.item_id, select(tables.items.c.id).where(tables.items.c.id.in_(some)))

    def touch_emptied(self, items: Sequence[int]) -> None:
        """Mark the feeds without items that have a subject of some items (ids): whether they are gone depends on these."""
        emptied = and_(_feeds.total == 0, _feeds.updated.is_not(None), _feeds.standing.is_(False))
        if not self._connection.execute(select(exists().where(emptied))).scalar():
            return
        for some in batches(items):
            of_some = tables.items.c.id.in_(some)
            found = list(
                self._connection.execute(select(_feeds.id).where(emptied, _has_subject_of(of_some))).scalars()
            )
            self.mark(map(Part, found))
            if found:
                self.mark_path(LISTS)

    def touch_released(self, first: int, last: int) -> None:
        """Mark the items that got the numbers from `first` to `last`."""
        released = tables.items.c.number.between(first, last)
        self._insert(_dirty.item_id, select(tables.items.c.id).where(released), changed=True)

    def mark(self, parts: Iterable[Part]) -> None:
        """Mark parts of feeds."""
        for some in batched(parts):
            rows = [{"feed_id": part.feed, "archive": part.archive, "changed": False} for part in some]
            self._connection.execute(insert(tables.dirty), rows)

    def mark_path(self, path: str) -> None:
        """Mark a path at which something else may have to stand."""
        self._connection.execute(insert(tables.dirty).values(path=path, changed=False))

    def mark_all(self, *, changed: bool) -> None:
        """Mark every public item, and every feed that is published, with its archives.

        If all are `changed`, so is whatever any feed lists.
        """
        items = tables.items.c
        which: ColumnElement[bool] = items.number.is_not(None)
        if changed:
            which = or_(which, items.id.in_(select(tables.listings.c.item_id)))
        self._insert(_dirty.item_id, select(items.id).where(which), changed=changed)
        feeds = select(tables.feeds.c.id, tables.feeds.c.archives).where(SHOWN)
        for feed, archives in self._connection.execute(feeds).all():
            self.mark(Part(feed, archive) for archive in (None, *range(1, archives + 1)))

    def _insert(self, column: Column[Any], subjects: Select[Any], *, changed: bool = False) -> None:
        rows = subjects.add_columns(true() if changed else false())
        self._connection.execute(insert(tables.dirty).from_select([column.name, "changed"], rows))

    def any_dirty(self) -> bool:
        """Tell whether the tree has to change."""
        return bool(self._connection.execute(select(exists(select(_dirty.id)))).scalar())

    def count_dirty(self) -> int:
        """Return how many reasons there are to make something anew, several of them perhaps for the same."""
        return int(self._connection.execute(select(func.count()).select_from(tables.dirty)).scalar_one())

    def changed_items(self, after: int, limit: int) -> list[int]:
        """Return items (ids) that have changed and are not arranged yet, whose ids come after `after`, in order."""
        changed = select(_dirty.item_id).where(_dirty.item_id > after, _dirty.changed.is_(True)).distinct()
        return list(self._connection.execute(changed.order_by(_dirty.item_id).limit(limit)).scalars())

    def arranged(self, items: Sequence[int]) -> None:
        """Say that which feeds list these items (ids) is arranged, so that they can be shown."""
        for some in batches(items):
            self._connection.execute(
                update(tables.dirty).where(_dirty.item_id.in_(some)).values(changed=False)
            )

    def dirty_items(self, after: int, limit: int) -> Dirt:
        """Return the dirty items that are arranged, whose ids come after `after`, at most `limit`, in order.

        What changes later is no reason yet: the next publish arranges it first.
        """
        is_arranged = _dirty.changed.is_(False)
        subjects = select(_dirty.item_id).where(_dirty.item_id > after, is_arranged).distinct()
        found = self._reasons(subjects.order_by(_dirty.item_id).limit(limit), _dirty.item_id, is_arranged)
        return Dirt(items=found)

    def dirty_feed_ids(self) -> list[int]:
        """Return the feeds (ids) of which any part is dirty."""
        feeds = select(_dirty.feed_id).where(_dirty.feed_id.is_not(None)).distinct()
        return list(self._connection.execute(feeds.order_by(_dirty.feed_id)).scalars())

    def dirty_feeds(self, after: int, limit: int) -> Dirt:
        """Return the dirty parts of the feeds whose ids come after `after`, of at most `limit` feeds."""
        feeds = select(_dirty.feed_id).where(_dirty.feed_id > after).distinct()
        some = list(self._connection.execute(feeds.order_by(_dirty.feed_id).limit(limit)).scalars())
        parts: dict[Part, list[int]] = {}
        query = select(_dirty.feed_id, _dirty.archive, _dirty.id).where(_dirty.feed_id.in_(some))
        for feed, archive, reason in self._connection.execute(query.order_by(_dirty.feed_id, _dirty.id)):
            parts.setdefault(Part(feed, archive), []).append(reason)
        return Dirt(parts=parts)

    def dirty_paths(self, after: str, limit: int) -> Dirt:
        """Return the dirty paths that come after `after`, at most `limit`, in order."""
        subjects = select(_dirty.path).where(_dirty.path > after).distinct()
        return Dirt(paths=self._reasons(subjects.order_by(_dirty.path).limit(limit), _dirty.path))

    def dirt(self) -> Dirt:
        """Return all that is dirty, arranged or not."""
        every = select(_dirty.item_id).where(_dirty.item_id.is_not(None)).distinct()
        items = self._reasons(every.order_by(_dirty.item_id), _dirty.item_id)
        return Dirt(items, self.dirty_feeds(0, _ALL).parts, self.dirty_paths("", _ALL).paths)

    def _reasons(
        self, subjects: Select[Any], column: Column[Any], *which: ColumnElement[bool]
    ) -> dict[Any, list[int]]:
        some = list(self._connection.execute(subjects).scalars())
        marked: dict[Any, list[int]] = {subject: [] for subject in some}
        for each in batches(some):
            query = select(column, _dirty.id).where(column.in_(each), *which).order_by(_dirty.id)
            for subject, reason in self._connection.execute(query):
                marked[subject].append(reason)
        return marked

    def done(self, *dirt: Dirt) -> None:
        """Take off the reasons in `dirt`; those that came since stay, whatever their order."""
        for some in batches([reason for each in dirt for reason in each.reasons()]):
            self._connection.execute(delete(tables.dirty).where(_dirty.id.in_(some)))

    # ── Documents ────────────────────────────────────────────────────────────────────────────────

    def written(self, paths: Iterable[str]) -> dict[str, Written]:
        """Return what stands at those of `paths` where something does."""
        found: dict[str, Written] = {}
        for some in batches(list(paths)):
            query = select(tables.documents).where(_documents.path.in_(some))
            for row in self._connection.execute(query):
                found[row.path] = Written(row.path, row.hash, row.size, row.written)
        return found

    def remember(self, documents: Sequence[Written]) -> None:
        """Remember what stands in the tree."""
        rows = [
            {"path": new.path, "hash": new.hash, "size": new.size, "written": new.at, "stale": False}
            for new in documents
        ]
        if rows:
            self._connection.execute(dialects.upsert(self._connection, tables.documents, "path"), rows)

    def forget(self, paths: Sequence[str]) -> None:
        """Remember that nothing stands at these paths any more."""
        for some in batches(paths):
            self._connection.execute(delete(tables.documents).where(_documents.path.in_(some)))

    def suspect(self) -> None:
        """Take all that stands in the tree for stale, until it is made again."""
        self._connection.execute(update(tables.documents).values(stale=True))

    def trust(self, paths: Sequence[str]) -> None:
        """Take what stands at these paths for what should."""
        for some in batches(paths):
            trusted = update(tables.documents).where(_documents.path.in_(some))
            self._connection.execute(trusted.values(stale=False))

    def stale(self, after: str, limit: int) -> list[str]:
        """Return the paths after `after` at which nothing was made again, at most `limit`, in order."""
        query = select(_documents.path).where(_documents.stale.is_(True), _documents.path > after)
        return list(self._connection.execute(query.order_by(_documents.path).limit(limit)).scalars())

    def paths(self) -> Iterator[str]:
        """Return all paths at which something stands."""
        yield from self._connection.execute(select(_documents.path).order_by(_documents.path)).scalars()

    def with_pictures(self, paths: Sequence[str]) -> list[int]:
        """Return the public items (ids) that have pictures at any of `paths`, in order."""
        query = (
            select(tables.item_pictures.c.item_id)
            .join(tables.items, tables.items.c.id == tables.item_pictures.c.item_id)
            .where(tables.items.c.number.is_not(None))
        )
        found: set[int] = set()
        for some in batches(paths):
            found |= set(
                self._connection.execute(query.where(tables.item_pictures.c.path.in_(some))).scalars()
            )
        return sorted(found)


def _has_subject_of(items: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell the feeds of the tags, authors, outlets and languages of some items."""

    def named(selection: Selection, slugs: Select[Any]) -> ColumnElement[bool]:
        return and_(_feeds.selection == selection, _feeds.slug.in_(slugs))

    def linked(links: Table, names: Table, column: str) -> Select[Any]:
        joined = select(names.c.slug).join(links, links.c[column] == names.c.id)
        return joined.join(tables.items, tables.items.c.id == links.c.item_id).where(items)

    outlets = select(tables.outlets.c.slug).join(
        tables.items, tables.items.c.outlet_id == tables.outlets.c.id
    )
    return or_(
        named(Selection.TAG, linked(tables.item_tags, tables.tags, "tag_id")),
        named(Selection.AUTHOR, linked(tables.item_authors, tables.authors, "author_id")),
        named(Selection.OUTLET, outlets.where(items)),
        named(Selection.LANGUAGE, select(tables.items.c.language).where(items)),
    )
