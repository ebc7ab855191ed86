"""Links: what is known of the addresses at which outlets have items.

A row says of an item's address what was found there. Where the item has another address since, the
row says nothing, until somebody looks.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, insert, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.links import Copy, Link, Standing
from feeder.store import tables

_columns = tables.links.c
_items = tables.items.c
_LINKS = tuple(column for column in _columns if column.name != "host")
_IS_CURRENT = and_(_items.id == _columns.item_id, _items.url == _columns.url)


class Links:
    """The links of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enrol(self, now: datetime, limit: int) -> int:
        """Take in the items that came since the last time, at most `limit`; return how many.

        The caller has locked the items: so none comes later with an earlier id.
        """
        last = select(func.coalesce(func.max(_columns.item_id), 0)).scalar_subquery()
        query = select(_items.id, _items.url).where(_items.id > last).order_by(_items.id).limit(limit)
        rows = [_row(Link(item, url or "", now)) for item, url in self._connection.execute(query)]
        if rows:
            self._connection.execute(insert(tables.links), rows)
        return len(rows)

    def take_due(self, now: datetime, later: datetime, limit: int, per_host: int) -> list[Link]:
        """Return the links of public items to be looked at now, at most `limit`, and so many of one host.

        What is due and has no address for the public is put off until `later`.
        """
        is_due = _columns.next_check <= now
        is_public = and_(_items.id == _columns.item_id, _items.number.is_not(None), _items.url.is_not(None))
        others = update(tables.links).where(is_due, ~exists().where(is_public)).values(next_check=later)
        self._connection.execute(others)
        self._renew(is_due)
        place = func.row_number().over(
            partition_by=_columns.host, order_by=(_columns.next_check, _columns.item_id)
        )
        ranked = select(*_LINKS, place.label("place")).where(is_due).subquery()
        query = (
            select(ranked).where(ranked.c.place <= per_host).order_by(ranked.c.next_check, ranked.c.item_id)
        )
        return [_link(row) for row in self._connection.execute(query.limit(limit))]

    def of(self, item: int) -> Link | None:
        """Return the link of an item (its id); None where it has none, or has another since the last look."""
        return next(iter(self._current([_columns.item_id == item])), None)

    def standing(self, standings: Collection[Standing]) -> list[Link]:
        """Return the links of public items that stand so, by item."""
        return self._current([_columns.standing.in_(standings), _items.number.is_not(None)])

    def record(self, link: Link) -> None:
        """Record what was found; what a person decided stays, and so does what was found at a later look."""
        row = _row(link)
        looked = {
            name: row[name]
            for name in ("next_check", "standing", "said", "checked", "since", "strikes", "target")
        }
        found = {name: row[name] for name in ("copy_url", "copy_taken", "asked")}
        is_it = and_(_columns.item_id == link.item, _columns.url == link.url)
        is_later = or_(_columns.checked.is_(None), _columns.checked <= literal(link.checked, tables.Moment))
        self._connection.execute(update(tables.links).where(is_it, is_later).values(looked | found))

    def begin(self, item: int, url: str, now: datetime) -> Link:
        """Return the link of an item, which has this address now, whatever is known of it."""
        known = self.of(item)
        if known:
            return known
        link = Link(item, url, now)
        self._connection.execute(tables.links.delete().where(_columns.item_id == item))
        self._connection.execute(insert(tables.links).values(_row(link)))
        return link

    def rest(self, host: str, until: datetime) -> None:
        """Leave a host alone until a moment."""
        is_before = and_(_columns.host == host, _columns.next_check < until)
        self._connection.execute(update(tables.links).where(is_before).values(next_check=until))

    def decline(self, item: int, target: str) -> None:
        """Remember that the author does not want the link of an item to lead to `target`."""
        declined = update(tables.links).where(_columns.item_id == item)
        self._connection.execute(declined.values(declined=target, target=None, standing=Standing.WELL))

    def agree(self, item: int, at: datetime | None) -> None:
        """Remember that the author agreed to show an archived copy; None: does so no more."""
        self._connection.execute(update(tables.links).where(_columns.item_id == item).values(agreed=at))

    def copies(self, items: Sequence[int]) -> dict[int, Copy]:
        """Return the archived copies of `items` (ids) that the author agreed to show."""
        found: dict[int, Copy] = {}
        for some in batches(items):
            agreed = (_columns.item_id.in_(some), _columns.agreed.is_not(None))
            found |= {link.item: link.copy for link in self._current(agreed) if link.copy}
        return found

    def _renew(self, which: ColumnElement[bool]) -> None:
        """Forget what is known of addresses that items no longer have."""
        query = select(_items.id, _items.url, _columns.next_check).where(
            which, _items.id == _columns.item_id, _items.url != _columns.url
        )
        for item, url, due in self._connection.execute(query).all():
            renewed = update(tables.links).where(_columns.item_id == item)
            self._connection.execute(renewed.values(_row(Link(item, url, due))))

    def _current(self, which: Collection[ColumnElement[bool]]) -> list[Link]:
        query = select(*_LINKS).where(_IS_CURRENT, *which).order_by(_columns.item_id)
        return [_link(row) for row in self._connection.execute(query)]


def _row(link: Link) -> dict[str, Any]:
    return {
        "item_id": link.item,
        "url": link.url,
        "host": link.host,
        "next_check": link.next_check,
        "standing": link.standing,
        "said": link.said,
        "checked": link.checked,
        "since": link.since,
        "strikes": link.strikes,
        "target": link.target,
        "declined": link.declined,
        "copy_url": link.copy.url if link.copy else None,
        "copy_taken": link.copy.taken if link.copy else None,
        "asked": link.asked,
        "agreed": link.agreed,
    }


def _link(row: Row[Any]) -> Link:
    return Link(
        item=row.item_id,
        url=row.url,
        next_check=row.next_check,
        standing=Standing(row.standing),
        said=row.said,
        checked=row.checked,
        since=row.since,
        strikes=row.strikes,
        target=row.target,
        declined=row.declined,
        copy=Copy(row.copy_url, row.copy_taken) if row.copy_url else None,
        asked=row.asked,
        agreed=row.agreed,
    )
