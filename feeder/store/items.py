"""Items: found, changed, numbered, and selected for feeds and digests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, insert, or_, select, true, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.errors import NotFound
from feeder.markup import text, urls
from feeder.model import ids
from feeder.model.batches import BATCH, batched, batches, unique
from feeder.model.changes import Change, Changed, Known, New, Same
from feeder.model.items import Card, Draft, Item, Mark, Name, Related
from feeder.store import dialects, tables
from feeder.store.documents import Documents
from feeder.store.names import Names, free_slugs, key
from feeder.store.rows import CARDS, COLUMNS, card_of, draft_columns, item_of, named_of, related_of

_ARRIVAL = "arrival"
_other = tables.items.alias("other")
_RELATED = (
    select(
        tables.items.c.id.label("item"),
        *(_other.c[name] for name in ("title", "slug", "url", "language", "kind", "role")),
    )
    .where(tables.items.c.id.in_(bindparam("items", expanding=True)), _other.c.number.is_not(None))
    .order_by(_other.c.posted.desc(), _other.c.uid)
)
_PIECES = _RELATED.where(_other.c.id == tables.items.c.piece_id)
_APPEARANCES = _RELATED.where(_other.c.piece_id == tables.items.c.id)
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
        for some in batches(keys):
            query = select(columns.key, *_KNOWN).where(columns.source == source, columns.key.in_(some))
            for row in self._connection.execute(query):
                found[row.key] = _known(row)
        return found

    def marks(self, source: str) -> dict[str, Mark]:
        """Return the marks, by place, of all items that `source` was last seen to have."""
        return self._marks(source, tables.items.c.place != "")

    def marks_at(self, source: str, places: Sequence[str]) -> dict[str, Mark]:
        """Return the marks of those of `places` at which `source` was last seen to have an item."""
        found: dict[str, Mark] = {}
        for some in batches(places):
            found |= self._marks(source, tables.items.c.place.in_(some))
        return found

    def _marks(self, source: str, which: ColumnElement[bool]) -> dict[str, Mark]:
        columns = tables.items.c
        query = select(columns.place, columns.key, columns.version).where(
            columns.source == source, columns.gone.is_(None), which
        )
        return {place: Mark(key, version) for place, key, version in self._connection.execute(query)}

    def has(self, source: str, key: str, title: str) -> bool:
        """Tell whether `source` was last seen to have an item with this key, or a title that compares as this."""
        columns = tables.items.c
        there = (columns.source == source, columns.gone.is_(None))
        alike = [columns.key == key, columns.title_key == text.title_key(title)]
        query = select(or_(*(exists(select(columns.id).where(one, *there)) for one in alike)))
        return bool(self._connection.execute(query).scalar())

    def listed(self, source: str) -> dict[str, int]:
        """Return key and id of all items that `source` was last seen to have."""
        query = select(tables.items.c.key, tables.items.c.id).where(
            tables.items.c.source == source, tables.items.c.gone.is_(None)
        )
        return {key: item for key, item in self._connection.execute(query)}  # noqa: C416 - rows, not pairs

    def rekey(self, item: int, key: str) -> None:
        """Let an item be known at its source by another key; its id and address stay."""
        self._connection.execute(update(tables.items).where(tables.items.c.id == item).values(key=key))

    def at_addresses(self, addresses: Sequence[str]) -> dict[str, list[int]]:
        """Return the items (ids) at each of these web addresses, as addresses are compared."""
        columns = tables.items.c
        keys = {address: urls.address_key(address) for address in addresses}
        found: dict[str, list[int]] = {}
        for some in batches(unique(keys.values())):
            query = select(columns.address_key, columns.id).where(columns.address_key.in_(some))
            for address_key, item in self._connection.execute(query.order_by(columns.id)):
                found.setdefault(address_key, []).append(item)
        return {address: found[key] for address, key in keys.items() if key in found}

    def adopt(self, item: int, uid: str) -> None:
        """Give an item the id by which readers know it; the one that it had becomes an alias."""
        columns = tables.items.c
        old = self._connection.execute(select(columns.uid).where(columns.id == item)).scalar_one()
        if old == uid:
            return
        self._connection.execute(insert(tables.aliases).values(uid=old, item_id=item))
        public = self._public([item])
        self._connection.execute(update(tables.items).where(columns.id == item).values(uid=uid))
        self._documents.touch(public)

    def apply(self, source: str, changes: Sequence[Change]) -> dict[str, int]:
        """Make changes, mark what they touch of what the public sees; return the ids of what is new, by key.

        The caller holds the lock, and has compared each change with what it then found.
        """
        drafts = [change.draft for change in changes if not isinstance(change, Same)]
        self._tags.find_all(name for draft in drafts for name in draft.tags)
        self._authors.find_all(name for draft in drafts for name in draft.authors)
        self._outlets.find_all(draft.outlet for draft in drafts if draft.outlet)
        unseen = [each.known.id for each in changes if isinstance(each, Changed) and not each.known.released]
        self._documents.touch_emptied(unseen)
        added = self._add(source, [change for change in changes if isinstance(change, New)])
        for change in changes:
            if isinstance(change, Changed):
                self._change(change)
        self._documents.touch_emptied([*unseen, *added.values()])
        self._mark_again([change for change in changes if isinstance(change, Same)])
        return added

    def remove(self, items: Sequence[int], now: datetime) -> None:
        """Take items that are gone at their source out of the public's sight; their ids are kept."""
        for some in batches(items):
            self._documents.touch(self._public(some))
            self._documents.touch_emptied(some)
            self._connection.execute(
                update(tables.items).where(tables.items.c.id.in_(some)).values(gone=now, number=None)
            )

    def _add(self, source: str, added: Sequence[New]) -> dict[str, int]:
        if not added:
            return {}
        uids = self._new_uids(source, added)
        slugs = free_slugs(
            self._connection, tables.items, [urls.slug(new.draft.slug or new.draft.title) for new in added]
        )
        rows = [
            {
                **draft_columns(new.draft),
                "uid": uid,
                "source": source,
                "key": new.draft.key,
                "slug": slug,
                "outlet_id": self._outlet(new.draft),
                "posted": new.posted,
                "revised": new.revised or new.posted,
                "shown": False,
                "hidden": False,
                "announced": new.announced,
                "fingerprint": new.fingerprint,
                "correction": "",
            }
            for new, uid, slug in zip(added, uids, slugs, strict=True)
        ]
        made = dialects.inserted_all(self._connection, tables.items, rows)
        self._link(dict(zip(made, [new.draft for new in added], strict=True)))
        return {new.draft.key: item for new, item in zip(added, made, strict=True)}

    def _new_uids(self, source: str, added: Sequence[New]) -> list[str]:
        """Mint ids that no item has: one that was moved keeps that of the key which it had first."""
        uids = [new.uid or ids.mint(self._space, "item", source, new.draft.key) for new in added]
        taken = self._taken(uids)
        for place, new in enumerate(added):
            again = 1
            while uids[place] in taken:
                again += 1
                uids[place] = ids.mint(self._space, "item", source, new.draft.key, str(again))
                taken |= self._taken([uids[place]])
        return uids

    def _taken(self, uids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for some in batches(uids):
            for column in (tables.items.c.uid, tables.aliases.c.uid):
                found |= set(self._connection.execute(select(column).where(column.in_(some))).scalars())
        return found

    def _change(self, change: Changed) -> None:
        item = change.known.id
        if change.known.released:
            self._documents.touch([item])  # with the pictures that it showed
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
        self._link({item: change.draft})
        if change.known.released and change.public:
            self._documents.touch([item])

    def _mark_again(self, same: Sequence[Same]) -> None:
        """Remember where items are now, and in which version, although that says the same."""
        rows = [
            {"item": each.known.id, "place_now": each.draft.place, "version_now": each.draft.version}
            for each in same
            if (each.known.place, each.known.version) != (each.draft.place, each.draft.version)
        ]
        if rows:
            marked = update(tables.items).where(tables.items.c.id == bindparam("item"))
            self._connection.execute(
                marked.values(place=bindparam("place_now"), version=bindparam("version_now")), rows
            )

    def _link(self, drafts: Mapping[int, Draft]) -> None:
        """Write down which tags, authors and pictures items have."""
        tags, authors, pictures = [], [], []
        for item, draft in drafts.items():
            tagged = unique(self._tags.get(name) for name in draft.tags)
            written = unique(self._authors.get(name) for name in draft.authors)
            tags += [{"item_id": item, "position": n, "tag_id": tag} for n, tag in enumerate(tagged)]
            authors += [
                {"item_id": item, "position": n, "author_id": author} for n, author in enumerate(written)
            ]
            paths = sorted({picture.src for picture in draft.pictures})
            pictures += [{"item_id": item, "path": path} for path in paths]
        for table, rows in (
            (tables.item_tags, tags),
            (tables.item_authors, authors),
            (tables.item_pictures, pictures),
        ):
            if rows:
                self._connection.execute(insert(table), rows)

    def _outlet(self, draft: Draft) -> int | None:
        if draft.outlet is None:
            return None
        there = self._outlets.find(draft.outlet)
        if there is not None:
            return there
        uid = ids.mint(self._space, "outlet", key(draft.outlet))
        home = urls.origin(draft.url) if draft.url else None
        return self._outlets.get(draft.outlet, uid=uid, home=home)

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
            self._documents.touch_released(first, last)
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

    def in_order(self, items: Sequence[int]) -> list[Item]:
        """Return those of `items` (ids) that there are, in the order given."""
        found: dict[int, Item] = {}
        for some in batches(unique(items)):
            found |= {item.id: item for item in self.with_ids(some)}
        return [found[item] for item in items if item in found]

    def cards(self, items: Sequence[int]) -> list[Card]:
        """Return what decides which feeds list `items` (ids), without their texts; in the order of their ids."""
        columns = tables.items.c
        rows = self._connection.execute(CARDS.where(columns.id.in_(items)).order_by(columns.id)).all()
        tags, authors = self._names(items)
        return [card_of(row, tags.get(row.id, ()), authors.get(row.id, ())) for row in rows]

    def related(self, items: Sequence[int]) -> dict[int, list[Related]]:
        """Return the public items that belong to each of `items` (ids): its piece, or its appearances."""
        found: dict[int, list[Related]] = {}
        for query in (_PIECES, _APPEARANCES):
            for row in self._connection.execute(query, {"items": items}):
                found.setdefault(row.item, []).append(related_of(row))
        return found

    def belonging(self, items: Sequence[int]) -> list[int]:
        """Return the public items (ids) that belong to `items` (ids): their pieces and appearances."""
        columns = tables.items.c
        pieces = select(columns.piece_id).where(columns.id.in_(items), columns.piece_id.is_not(None))
        belongs = or_(columns.id.in_(pieces), columns.piece_id.in_(items))
        return list(self._connection.execute(select(columns.id).where(belongs, _PUBLIC)).scalars())

    def newest(self, limit: int) -> list[Item]:
        """Return the newest items, public or not, newest first, at most `limit`."""
        return self._items(COLUMNS.order_by(*_NEWEST_FIRST).limit(limit))

    def with_ids(self, items: Sequence[int]) -> list[Item]:
        """Return those of `items` (ids) that there are, newest first."""
        return self._items(COLUMNS.where(tables.items.c.id.in_(items)).order_by(*_NEWEST_FIRST))

    def get(self, name: str) -> Item:
        """Return the item that has this id (`urn:uuid:…`) or once had it, this slug, or key.

        Raises: NotFound.
        """
        aliases = tables.aliases.c
        # A merged item's id is one of the item that it became part of.
        once = select(aliases.item_id).where(aliases.uid.in_([name, f"urn:uuid:{name}"]))
        if found := self._items(COLUMNS.where(tables.items.c.id.in_(once)).limit(1)):
            return found[0]
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
        for some in batches(slugs):
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
        row = self._connection.execute(query.where(tables.tags.c.id == self._tags.get(name))).one()
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
        """Return the items with cursor < number ≤ up_to that are announced or were corrected, newest first."""
        range_ = tables.items.c.number.between(cursor + 1, up_to)
        told = or_(tables.items.c.announced.is_(True), tables.items.c.corrected.is_not(None))
        return self._items(COLUMNS.where(range_, told).order_by(*_NEWEST_FIRST))

    def to_arrive(self, now: datetime) -> list[Item]:
        """Return the announced items that the next release at `now` would number, newest first."""
        announced = tables.items.c.announced.is_(True)
        return self._items(COLUMNS.where(_due(now), announced).order_by(*_NEWEST_FIRST))

    def public(self) -> Iterator[Item]:
        """Return all public items, newest first, back catalogue included, a batch at a time."""
        columns = tables.items.c
        beyond: ColumnElement[bool] = true()
        while some := self._items(COLUMNS.where(_PUBLIC, beyond).order_by(*_NEWEST_FIRST).limit(BATCH)):
            yield from some
            last = some[-1]
            beyond = or_(
                columns.posted < last.posted, and_(columns.posted == last.posted, columns.uid > last.uid)
            )

    def beyond_feeds(self, items: Sequence[int]) -> list[int]:
        """Return those of `items` (ids) that have pictures to put, or are public no more, in order."""
        pictured = select(tables.item_pictures.c.item_id).where(tables.item_pictures.c.item_id.in_(items))
        withdrawn = select(tables.items.c.id).where(
            tables.items.c.id.in_(items), tables.items.c.number.is_(None)
        )
        return sorted(set(self._connection.execute(pictured.union(withdrawn)).scalars()))

    def public_ids(self, after: int, limit: int) -> list[int]:
        """Return public items (ids) whose ids come after `after`, at most `limit`, in order."""
        columns = tables.items.c
        query = select(columns.id).where(_PUBLIC, columns.id > after).order_by(columns.id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def had(self, subscribers: Sequence[int], items: Collection[int]) -> dict[int, dict[int, datetime]]:
        """Return those of `items` (ids) that accepted deliveries brought to each of `subscribers` (ids).

        Each comes with when the newest of these deliveries was planned. Whoever has what was merged into
        an item has the item.
        """
        query = (
            select(
                tables.deliveries.c.subscriber_id,
                tables.content_items.c.item_id,
                func.max(tables.deliveries.c.planned, type_=tables.Moment).label("planned"),
            )
            .join(tables.content_items, tables.deliveries.c.content_id == tables.content_items.c.content_id)
            .where(tables.deliveries.c.state == "accepted")
            .where(tables.among(tables.deliveries.c.subscriber_id, "readers"))
            .group_by(tables.deliveries.c.subscriber_id, tables.content_items.c.item_id)
        )
        found: dict[int, dict[int, datetime]] = {subscriber: {} for subscriber in subscribers}
        wholes = {item: item for item in items} | self._parts(items)
        readers = dict.fromkeys(subscribers)
        for some in batched(wholes):
            told = query.where(tables.content_items.c.item_id.in_(some))
            rows = self._connection.execute(told, {"readers": readers})
            for row in rows:
                had, whole = found[row.subscriber_id], wholes[row.item_id]
                had[whole] = max(row.planned, had.get(whole, row.planned))
        return found

    def _parts(self, items: Collection[int]) -> dict[int, int]:
        """Return what was merged into one of `items` (ids), each with that item."""
        columns = tables.items.c
        found: dict[int, int] = {}
        for some in batched(items):
            query = select(columns.id, columns.merged_into).where(columns.merged_into.in_(some))
            found |= {part: whole for part, whole in self._connection.execute(query)}  # noqa: C416 - rows
        return found

    def _items(self, query: Select[Any]) -> list[Item]:
        rows = self._connection.execute(query).all()
        found = [row.id for row in rows]
        tags, authors = self._names(found)
        return [item_of(row, tags.get(row.id, ()), authors.get(row.id, ())) for row in rows]

    def _names(self, items: Sequence[int]) -> tuple[dict[int, list[Name]], dict[int, list[Name]]]:
        """Return the tags and the authors of each of `items` (ids)."""
        tags: dict[int, list[Name]] = {}
        authors: dict[int, list[Name]] = {}
        for some in batches(items):
            tags |= named_of(self._connection, tables.item_tags, "tag_id", tables.tags, some)
            authors |= named_of(self._connection, tables.item_authors, "author_id", tables.authors, some)
        return tags, authors


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        tables.items.c.number.is_(None),
        tables.items.c.posted <= now,
        tables.items.c.withheld.is_(False),
        tables.items.c.hidden.is_(False),
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
    tables.items.c.place,
    tables.items.c.version,
    tables.items.c.hidden,
    tables.items.c.edited,
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
        place=row.place,
        version=row.version,
        hidden=row.hidden,
        edited=row.edited or {},
    )
