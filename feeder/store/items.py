"""Items: found, changed, numbered, and selected for feeds and digests."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.errors import NotFound
from feeder.markup import urls
from feeder.model import ids
from feeder.model.changes import Change, Changed, Known, New, Same
from feeder.model.feeds import Feed, Selection
from feeder.model.items import Draft, Item, Name
from feeder.store import dialects, tables
from feeder.store.documents import Documents
from feeder.store.names import Names, free_slug, key
from feeder.store.rows import COLUMNS, draft_columns, item_of, named_of

BATCH = 500
"""How many keys or ids one query names."""

T = TypeVar("T")

_ARRIVAL = "arrival"
_PUBLIC = tables.items.c.number.is_not(None)
_NEWEST_FIRST = (tables.items.c.posted.desc(), tables.items.c.uid)


class Items:
    """The items of one site."""

    def __init__(self, connection: Connection, space: UUID, documents: Documents) -> None:
        self._connection = connection
        self._space = space
        self._documents = documents
        self._tags = Names(connection, tables.tags)
        self._outlets = Names(connection, tables.outlets)
        self._authors = Names(connection, tables.authors)

    # ── What a source tells ──────────────────────────────────────────────────────────────────────

    def known(self, source: str, keys: Sequence[str]) -> dict[str, Known]:
        """Return what is held of those items of `source` that have one of `keys`, by key."""
        columns = tables.items.c
        found = {}
        for some in _batches(keys):
            query = select(columns.key, *_KNOWN).where(columns.source == source, columns.key.in_(some))
            for row in self._connection.execute(query):
                found[row.key] = _known(row)
        return found

    def listed(self, source: str) -> dict[str, int]:
        """Return key and id of all items that `source` was last seen to have."""
        query = select(tables.items.c.key, tables.items.c.id).where(
            tables.items.c.source == source, tables.items.c.gone.is_(None)
        )
        return {row.key: row.id for row in self._connection.execute(query)}

    def substances(self, items: Sequence[int]) -> dict[int, str]:
        """Return the substance of each of `items` (ids)."""
        query = select(tables.items.c.id, tables.items.c.substance)
        found: dict[int, str] = {}
        for some in _batches(items):
            rows = self._connection.execute(query.where(tables.items.c.id.in_(some)))
            found |= {row.id: row.substance for row in rows}
        return found

    def rekey(self, item: int, key: str) -> None:
        """Let an item be known at its source by another key; its id and address stay."""
        self._connection.execute(update(tables.items).where(tables.items.c.id == item).values(key=key))

    def apply(self, source: str, change: Change) -> None:
        """Make a change, and mark what it touches of what the public sees."""
        match change:
            case New(draft, fingerprint, posted, announced):
                self._add(source, draft, fingerprint, posted, announced)
            case Changed():
                self._change(change)
            case Same():
                pass

    def remove(self, items: Sequence[int], now: datetime) -> None:
        """Take items that are gone at their source out of the public's sight; their ids are kept."""
        for some in _batches(items):
            self._documents.mark(self._public(some))
            self._connection.execute(
                update(tables.items).where(tables.items.c.id.in_(some)).values(gone=now, number=None)
            )

    def _add(self, source: str, draft: Draft, fingerprint: str, posted: datetime, announced: bool) -> None:
        row = {
            **draft_columns(draft),
            "uid": self._new_uid(source, draft.key),
            "source": source,
            "key": draft.key,
            "outlet_id": self._outlet(draft),
            "posted": posted,
            "revised": posted,
            "shown": False,
            "announced": announced,
            "fingerprint": fingerprint,
        }
        item: int | None = None
        while item is None:
            # Another transaction may take the slug between looking and inserting.
            row["slug"] = free_slug(self._connection, tables.items, urls.slug(draft.slug or draft.title))
            item = dialects.inserted_new(self._connection, tables.items, row)
            if item is None and self.known(source, [draft.key]):
                return  # or have read the same item from the same source
        self._link(item, draft)

    def _new_uid(self, source: str, key: str) -> str:
        """Mint an id that no item has: one that was moved keeps that of the key which it had first."""
        uid = ids.mint(self._space, "item", source, key)
        again = 1
        while self._connection.execute(select(exists().where(tables.items.c.uid == uid))).scalar():
            again += 1
            uid = ids.mint(self._space, "item", source, key, str(again))
        return uid

    def _change(self, change: Changed) -> None:
        item = change.known.id
        if change.known.released:
            self._documents.mark([item])  # the feeds that list it as it was
        row = {
            **draft_columns(change.draft),
            "outlet_id": self._outlet(change.draft),
            "posted": change.posted,
            "revised": change.revised,
            "announced": change.announced,
            "fingerprint": change.fingerprint,
            "gone": None,
        }
        if not change.public:
            row["number"] = None
        self._connection.execute(update(tables.items).where(tables.items.c.id == item).values(row))
        for links in (tables.item_tags, tables.item_authors, tables.item_pictures):
            self._connection.execute(links.delete().where(links.c.item_id == item))
        self._link(item, change.draft)
        if change.known.released and change.public:
            self._documents.mark([item])  # and those that list it as it is

    def _link(self, item: int, draft: Draft) -> None:
        """Write down which tags, authors and pictures an item has."""
        tags = _unique(self._tag(name) for name in draft.tags)
        authors = _unique(self._authors.find(name) or self._authors.add(name) for name in draft.authors)
        for table, column, names in (
            (tables.item_tags, "tag_id", tags),
            (tables.item_authors, "author_id", authors),
        ):
            rows = [{"item_id": item, "position": n, column: name} for n, name in enumerate(names)]
            if rows:
                self._connection.execute(insert(table), rows)
        paths = {picture.src for picture in draft.pictures}
        if paths:
            shown = [{"item_id": item, "path": path} for path in sorted(paths)]
            self._connection.execute(insert(tables.item_pictures), shown)

    def _tag(self, name: str) -> int:
        there = self._tags.find(name)
        if there is not None:
            return there
        tag = self._tags.add(name)
        self._documents.add_tag(tag, key(name))
        return tag

    def _outlet(self, draft: Draft) -> int | None:
        if draft.outlet is None:
            return None
        there = self._outlets.find(draft.outlet)
        if there is not None:
            return there
        uid = ids.mint(self._space, "outlet", key(draft.outlet))
        home = urls.origin(draft.url) if draft.url else None
        return self._outlets.add(draft.outlet, uid=uid, home=home)

    def _public(self, items: Sequence[int]) -> list[int]:
        query = select(tables.items.c.id).where(tables.items.c.id.in_(items), _PUBLIC)
        return list(self._connection.execute(query).scalars())

    # ── Numbers ──────────────────────────────────────────────────────────────────────────────────

    def newest_number(self) -> int:
        """Return the newest arrival, 0 before the first."""
        query = select(tables.numbers.c.value).where(tables.numbers.c.name == _ARRIVAL)
        return self._connection.execute(query).scalar() or 0

    def any_to_release(self, now: datetime) -> bool:
        """Tell whether there is an item whose time has come."""
        return bool(self._connection.execute(select(exists().where(_due(now)))).scalar())

    def release(self, now: datetime) -> int:
        """Give the items whose time has come their numbers, oldest first; return how many.

        Source: the delivery contract, 1: whoever sees a number sees all below it.
        """
        first = self.lock() + 1
        place = func.row_number().over(order_by=(tables.items.c.posted, tables.items.c.uid))
        order = select(tables.items.c.id, place.label("place")).where(_due(now)).cte("due")
        numbered = self._connection.execute(
            update(tables.items)
            .where(tables.items.c.id == order.c.id)
            .values(number=first - 1 + order.c.place, shown=True)
        )
        released = dialects.affected(self._connection, numbered)
        if released:
            last = first - 1 + released
            self._connection.execute(
                update(tables.numbers).where(tables.numbers.c.name == _ARRIVAL).values(value=last)
            )
            self._documents.mark_released(first, last)
        return released

    def lock(self) -> int:
        """Wait for whoever else changes what is public, and return the newest arrival.

        Transactions that change items, tags or outlets call this first: one order of locks for all,
        and nothing that is compared changes before it is applied. The counter's row stays locked
        until the transaction ends, so numbers become visible in order.
        """
        self._connection.execute(
            dialects.insert_new(self._connection, tables.numbers).values(name=_ARRIVAL, value=0)
        )
        counter = tables.numbers.c.value
        locked = self._connection.execute(
            update(tables.numbers)
            .where(tables.numbers.c.name == _ARRIVAL)
            .values(value=counter)
            .returning(counter)
        )
        return int(locked.scalar_one())

    # ── What people and feeds ask for ────────────────────────────────────────────────────────────

    def matching(self, feed: Feed, limit: int) -> list[Item]:
        """Return the newest public items of a feed, newest first, at most `limit`."""
        return self._items(_of(feed, COLUMNS).order_by(*_NEWEST_FIRST).limit(limit))

    def count(self, feed: Feed) -> int:
        """Return how many public items a feed has."""
        query = _of(feed, select(func.count()).select_from(tables.items))
        return int(self._connection.execute(query).scalar_one())

    def newest(self, limit: int) -> list[Item]:
        """Return the newest items, public or not, newest first, at most `limit`."""
        return self._items(COLUMNS.order_by(*_NEWEST_FIRST).limit(limit))

    def with_ids(self, items: Sequence[int]) -> list[Item]:
        """Return those of `items` (ids) that there are, newest first."""
        return self._items(COLUMNS.where(tables.items.c.id.in_(items)).order_by(*_NEWEST_FIRST))

    def get(self, name: str) -> Item:
        """Return the item that has this id (`urn:uuid:…`), slug or key.

        Raises: NotFound.
        """
        named = or_(
            tables.items.c.uid == name,
            tables.items.c.uid == f"urn:uuid:{name}",
            tables.items.c.slug == name,
            tables.items.c.key == name,
        )
        found = self._items(COLUMNS.where(named).order_by(*_NEWEST_FIRST).limit(1))
        if not found:
            raise NotFound(f"item {name!r}", "is not in the store", "`feeder item list` shows all")
        return found[0]

    def tag_names(self, slugs: Sequence[str]) -> dict[str, str]:
        """Return the names of those of `slugs` that are tags', by slug."""
        found: dict[str, str] = {}
        for some in _batches(slugs):
            query = select(tables.tags.c.slug, tables.tags.c.name).where(tables.tags.c.slug.in_(some))
            found |= {row.slug: row.name for row in self._connection.execute(query)}
        return found

    def reserve_tag(self, name: str) -> Name:
        """Return the tag that has this name or slug, made where there is none.

        So that who waits for a tag that nobody wrote about yet gets this one, and no other that
        has the same slug.
        """
        self.lock()
        there = self.tag(name)
        if there is not None:
            return there
        query = select(tables.tags.c.id, tables.tags.c.name, tables.tags.c.slug)
        row = self._connection.execute(query.where(tables.tags.c.id == self._tag(name))).one()
        return Name(row.id, row.name, row.slug)

    def tag(self, name: str) -> Name | None:
        """Return the tag that has this name or slug."""
        columns = tables.tags.c
        query = select(columns.id, columns.name, columns.slug).where(
            or_(columns.key == key(name), columns.slug == name)
        )
        row = self._connection.execute(query).first()
        return Name(row.id, row.name, row.slug) if row else None

    # ── What readers have not had ────────────────────────────────────────────────────────────────

    def arrived(self, cursor: int, up_to: int) -> list[Item]:
        """Return the announced items with cursor < number ≤ up_to, newest first."""
        range_ = tables.items.c.number.between(cursor + 1, up_to)
        announced = tables.items.c.announced.is_(True)
        return self._items(COLUMNS.where(range_, announced).order_by(*_NEWEST_FIRST))

    def to_arrive(self, now: datetime) -> list[Item]:
        """Return the announced items that the next release at `now` would number, newest first."""
        announced = tables.items.c.announced.is_(True)
        return self._items(COLUMNS.where(_due(now), announced).order_by(*_NEWEST_FIRST))

    def public(self) -> Iterator[Item]:
        """Return all public items, newest first, back catalogue included, a batch at a time."""
        offset = 0
        while some := self._items(
            COLUMNS.where(_PUBLIC).order_by(*_NEWEST_FIRST).limit(BATCH).offset(offset)
        ):
            yield from some
            offset += len(some)

    def had(self, subscriber: int, items: Sequence[int]) -> set[int]:
        """Return those of `items` (ids) that accepted deliveries brought to a subscriber."""
        query = (
            select(tables.content_items.c.item_id)
            .join(tables.deliveries, tables.deliveries.c.content_id == tables.content_items.c.content_id)
            .where(tables.deliveries.c.subscriber_id == subscriber, tables.deliveries.c.state == "accepted")
        )
        found: set[int] = set()
        for some in _batches(items):
            found.update(
                self._connection.execute(query.where(tables.content_items.c.item_id.in_(some))).scalars()
            )
        return found

    def _items(self, query: Select[Any]) -> list[Item]:
        rows = self._connection.execute(query).all()
        found = [row.id for row in rows]
        tags: dict[int, list[Name]] = {}
        authors: dict[int, list[Name]] = {}
        for some in _batches(found):
            tags |= named_of(self._connection, tables.item_tags, "tag_id", tables.tags, some)
            authors |= named_of(self._connection, tables.item_authors, "author_id", tables.authors, some)
        return [item_of(row, tags.get(row.id, ()), authors.get(row.id, ())) for row in rows]


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        tables.items.c.number.is_(None),
        tables.items.c.posted <= now,
        tables.items.c.withheld.is_(False),
        tables.items.c.gone.is_(None),
    )


_KNOWN = (
    tables.items.c.id,
    tables.items.c.fingerprint,
    tables.items.c.substance,
    tables.items.c.posted,
    tables.items.c.revised,
    tables.items.c.shown,
    tables.items.c.announced,
    tables.items.c.withheld,
    tables.items.c.number,
    tables.items.c.gone,
)


def _known(row: Any) -> Known:
    return Known(
        id=row.id,
        fingerprint=row.fingerprint,
        substance=row.substance,
        posted=row.posted,
        revised=row.revised,
        released=row.number is not None,
        shown=row.shown,
        announced=row.announced,
        withheld=row.withheld,
        gone=row.gone is not None,
    )


def _of(feed: Feed, query: Select[Any]) -> Select[Any]:
    match feed.selection:
        case Selection.EVERYTHING:
            return query.where(_PUBLIC)
        case Selection.TAG:
            tag = select(tables.feeds.c.subject).where(tables.feeds.c.id == feed.id).scalar_subquery()
            tagged = select(tables.item_tags.c.item_id).where(tables.item_tags.c.tag_id == tag)
            return query.where(_PUBLIC, tables.items.c.id.in_(tagged))


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _unique(names: Iterator[int]) -> list[int]:
    return list(dict.fromkeys(names))
