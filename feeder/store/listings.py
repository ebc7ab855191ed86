"""Which items each feed lists: in its live documents, and in archives whose contents are stored.

An item that enters a feed is *open*: it has to stand in the live documents. When more are open than
those hold, the oldest are closed into numbered archives, and stay there. An archived item that is
revised is open again, and stays in its archive as well (RFC 5005, section 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.feeds import Listed, Member, Part, Tombstone
from feeder.store import dialects, tables
from feeder.store.rows import published

_columns = tables.listings.c
_items = tables.items.c
_graves = tables.tombstones.c

_SHOWN = (
    select(
        _columns.feed_id,
        _items.id,
        _columns.posted,
        _items.uid,
        _columns.updated,
        _items.published,
        _columns.archive,
    )
    .join(tables.listings, _columns.item_id == _items.id)
    .where(_items.number.is_not(None))
)
_OF_ONE = _SHOWN.where(_columns.feed_id == bindparam("feed"))
_NEWEST = _OF_ONE.order_by(_columns.posted.desc(), _items.uid).limit(bindparam("most"))
_ARCHIVED = _OF_ONE.where(_columns.archive == bindparam("archive"))
# In no order, so by its own index.
_OPEN = _SHOWN.where(_columns.open.is_(True), _columns.feed_id.in_(bindparam("feeds", expanding=True)))

Place = tuple[int, int]
"""A feed and an item, by their ids."""


class Listings:
    """Which items the feeds of one site list."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Members ──────────────────────────────────────────────────────────────────────────────────

    def of(self, items: Sequence[int]) -> dict[int, dict[int, Member]]:
        """Return how feeds (ids) hold each of `items` (ids)."""
        found: dict[int, dict[int, Member]] = {item: {} for item in items}
        for some in batches(items):
            for row in self._connection.execute(select(tables.listings).where(_columns.item_id.in_(some))):
                member = Member(row.posted, row.updated, row.archive, row.open)
                found[row.item_id][row.feed_id] = member
        return found

    def put(self, members: Mapping[Place, Member]) -> None:
        """Let feeds hold items as given."""
        rows = [
            {
                "feed_id": feed,
                "item_id": item,
                "posted": member.posted,
                "updated": member.updated,
                "archive": member.archive,
                "open": member.open,
            }
            for (feed, item), member in members.items()
        ]
        if rows:
            self._connection.execute(
                dialects.upsert(self._connection, tables.listings, "item_id", "feed_id"), rows
            )

    def take_off(self, places: Iterable[Place]) -> None:
        """Let feeds hold items no more."""
        for some in batches(list(places)):
            held = tuple_(_columns.feed_id, _columns.item_id).in_(some)
            self._connection.execute(delete(tables.listings).where(held))

    # ── What documents show ──────────────────────────────────────────────────────────────────────

    def live(self, feeds: Sequence[int], limit: int) -> dict[int, list[Listed]]:
        """Return what the live documents of some feeds (ids) show: what is open, and the newest of the rest.

        Newest first, at most `limit` each.
        """
        found: dict[int, dict[int, Any]] = {feed: {} for feed in feeds}
        for row in self._connection.execute(_OPEN, {"feeds": feeds}):
            found[row.feed_id][row.id] = row
        for feed, rows in found.items():
            if len(rows) < limit:
                newest = self._connection.execute(_NEWEST, {"feed": feed, "most": limit})
                more = [row for row in newest if row.id not in rows]
                rows |= {row.id: row for row in more[: limit - len(rows)]}
        return {feed: _newest_first(rows.values())[:limit] for feed, rows in found.items()}

    def archived(self, feed: int, archive: int) -> list[Listed]:
        """Return what an archive of a feed shows, newest first."""
        return _newest_first(self._connection.execute(_ARCHIVED, {"feed": feed, "archive": archive}))

    # ── Archives ─────────────────────────────────────────────────────────────────────────────────

    def overfull(self, feeds: Sequence[int], limit: int) -> dict[int, int]:
        """Return those of `feeds` (ids) in which more than `limit` items are open, and how many are."""
        found: dict[int, int] = {}
        for some in batches(feeds):
            query = (
                select(_columns.feed_id, func.count())
                .where(_columns.open.is_(True), _columns.feed_id.in_(some))
                .group_by(_columns.feed_id)
                .having(func.count() > limit)
            )
            found |= {feed: count for feed, count in self._connection.execute(query)}  # noqa: C416 - rows, not pairs
        return found

    def close(self, feed: int, closed: int, size: int, archives: int) -> int:
        """Close the `closed` items of a feed that were updated least lately; return how many archives it has then.

        Those that are in no archive yet go into new ones of `size`, numbered on from `archives`.
        """
        oldest = (
            select(_columns.item_id, _columns.archive, _columns.updated, _columns.posted, _items.uid)
            .join(tables.items, _items.id == _columns.item_id)
            .where(_columns.feed_id == feed, _columns.open.is_(True))
            .order_by(_columns.updated, _columns.posted, _items.uid)
            .limit(closed)
            .subquery()
        )
        unarchived = select(func.count()).select_from(oldest).where(oldest.c.archive.is_(None))
        new = self._connection.execute(unarchived).scalar_one()
        place = func.row_number().over(
            partition_by=oldest.c.archive.is_(None),
            order_by=(oldest.c.updated, oldest.c.posted, oldest.c.uid),
        )
        ranked = select(oldest.c.item_id, place.label("place")).cte("closing")
        number = literal(archives + 1) + (ranked.c.place - 1) // size
        self._connection.execute(
            update(tables.listings)
            .where(_columns.feed_id == feed, _columns.item_id == ranked.c.item_id)
            .values(open=False, archive=case((_columns.archive.is_(None), number), else_=_columns.archive))
        )
        return archives + -(-new // size)

    # ── Tombstones ───────────────────────────────────────────────────────────────────────────────

    def bury(self, feeds: Iterable[int], stone: Tombstone) -> None:
        """Let feeds (ids) tell that an item is public no more."""
        rows = [{"feed_id": feed, "uid": stone.uid, "at": stone.at} for feed in feeds]
        if rows:
            self._connection.execute(
                dialects.upsert(self._connection, tables.tombstones, "feed_id", "uid"), rows
            )

    def raise_up(self, uids: Sequence[str]) -> None:
        """Let no feed tell any more that these items are public no more, and mark the feeds that did."""
        for some in batches(uids):
            self._forget(_graves.uid.in_(some))

    def tombstones(self, feeds: Sequence[int]) -> dict[int, list[Tombstone]]:
        """Return what feeds (ids) tell of items that are public no more, the newest first."""
        found: dict[int, list[Tombstone]] = {feed: [] for feed in feeds}
        for some in batches(feeds):
            query = select(tables.tombstones).where(_graves.feed_id.in_(some))
            for row in self._connection.execute(query.order_by(_graves.at.desc(), _graves.uid)):
                found[row.feed_id].append(Tombstone(row.uid, row.at))
        return found

    def forget_tombstones(self, before: datetime) -> None:
        """Take off the tombstones from before a moment, and mark the feeds that told them."""
        self._forget(_graves.at < before)

    def _forget(self, which: ColumnElement[bool]) -> None:
        feeds = select(_graves.feed_id, false()).where(which).distinct()
        self._connection.execute(insert(tables.dirty).from_select(["feed_id", "changed"], feeds))
        self._connection.execute(delete(tables.tombstones).where(which))

    def any_tombstones(self, before: datetime) -> bool:
        """Tell whether there are tombstones from before a moment."""
        return bool(self._connection.execute(select(exists().where(_graves.at < before))).scalar())

    def parts(self, items: Sequence[int]) -> set[Part]:
        """Return the parts of feeds that show any of `items` (ids)."""
        found: set[Part] = set()
        for some in batches(items):
            query = select(_columns.feed_id, _columns.archive).where(_columns.item_id.in_(some)).distinct()
            for feed, archive in self._connection.execute(query):
                found |= {Part(feed), Part(feed, archive)}
        return found


def _newest_first(rows: Iterable[Any]) -> list[Listed]:
    in_order = sorted(rows, key=lambda row: (-row.posted.timestamp(), row.uid))
    return [
        Listed(row.id, row.posted, row.updated, published(row.published), row.archive is not None)
        for row in in_order
    ]
