"""The ledger, read: what became of issues and deliveries, for people who ask."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import State
from feeder.model.items import Item
from feeder.model.reports import Backlog, Brought, Progress, Report, Sender
from feeder.store import steps, tables
from feeder.store.deliveries import newest_of
from feeder.store.dialects import AnyRow
from feeder.store.items import Items

_DELIVERY = tables.deliveries.c
_ITEM = tables.items.c
_HELD = tables.literally(_DELIVERY.state, State.CLAIMED, State.ATTEMPTED)

Issue = tuple[str, str]
"""A digest, and a period of it."""


class Ledger:
    """The deliveries of one site, for whoever only looks."""

    def __init__(self, connection: Connection, items: Items) -> None:
        self._connection = connection
        self._items = items

    def open(self) -> dict[Issue, Backlog]:
        """Tell of each issue of which any delivery is still to be settled how many are, and since when."""
        # By state first: an index of all deliveries has no states, and none of them is walked through for its order.
        each = (_DELIVERY.state, _DELIVERY.digest, _DELIVERY.period)
        query = select(*each, func.count().label("total"), func.min(_DELIVERY.planned).label("planned"))
        found: dict[Issue, Backlog] = {}
        for row in self._connection.execute(query.where(steps.UNDER_WAY).group_by(*each)):
            issue = (row.digest, row.period)
            more = Backlog({State(row.state): row.total}, row.planned)
            found[issue] = found.get(issue, Backlog()) + more
        return dict(sorted(found.items()))

    def periods(self, digest: str, limit: int) -> list[str]:
        """Return the periods of a digest that were planned last, newest first."""
        newest: dict[str, int] = {}
        # One look into the index for each: a digest has few periods, and each has many deliveries.
        after = ""
        while True:
            follows = (_DELIVERY.digest == digest, _DELIVERY.period > after)
            found = self._connection.execute(select(func.min(_DELIVERY.period)).where(*follows)).scalar()
            if found is None:
                break
            newest[found] = self.newest(digest, found) or 0
            after = found
        return sorted(newest, key=lambda period: -newest[period])[:limit]

    def newest(self, digest: str, period: str) -> int | None:
        """Return the delivery (its id) of an issue that was planned last; None: no such issue."""
        query = select(func.max(_DELIVERY.id)).where(_DELIVERY.digest == digest, _DELIVERY.period == period)
        found: int | None = self._connection.execute(query).scalar()
        return found

    def issue(self, digest: str, period: str, *since: datetime) -> Progress | None:
        """Tell how far an issue is; `lately` counts what was accepted at each of `since` or later. None: no such issue."""
        query = (
            select(
                _DELIVERY.state,
                func.count().label("total"),
                func.min(_DELIVERY.planned).label("planned"),
                func.max(_DELIVERY.changed).label("changed"),
                *(func.count().filter(_accepted(moment)) for moment in since),
            )
            .where(_DELIVERY.digest == digest, _DELIVERY.period == period)
            .group_by(_DELIVERY.state)
        )
        rows = self._connection.execute(query).all()
        if not rows:
            return None
        return Progress(
            digest,
            period,
            {State(row.state): row.total for row in rows},
            min(row.planned for row in rows),
            max(row.changed for row in rows),
            [sum(counts) for counts in zip(*(row[4:] for row in rows), strict=True)],
        )

    def cursors(self, digest: str, period: str) -> dict[int, int]:
        """Return for an issue how many readers whose delivery waits were served up to which arrival."""
        reader = tables.subscribers.c
        query = (
            select(reader.cursor, func.count().label("readers"))
            .join(tables.deliveries, _DELIVERY.subscriber_id == reader.id)
            .where(_DELIVERY.digest == digest, _DELIVERY.period == period, _DELIVERY.state == State.WAITING)
            .group_by(reader.cursor)
        )
        return {row.cursor: row.readers for row in self._connection.execute(query)}

    def senders(self, now: datetime) -> list[Sender]:
        """Return who holds deliveries that are under way, by name."""
        query = (
            select(
                _DELIVERY.owner, func.count().label("held"), func.max(_DELIVERY.lease_until).label("until")
            )
            .where(
                _HELD,
                _DELIVERY.lease_until > now,
            )
            .group_by(_DELIVERY.owner)
            .order_by(_DELIVERY.owner)
        )
        return [Sender(row.owner, row.held, row.until) for row in self._connection.execute(query)]

    def of(self, subscriber: int, limit: int) -> list[Report]:
        """Return the newest deliveries to a reader, newest first."""
        return [_report(row) for row in self._connection.execute(newest_of(subscriber, limit))]

    def brought(self, delivery: int) -> Brought | None:
        """Return what a delivery (its id) brought; None while that is not chosen, or for no delivery."""
        chosen = (_DELIVERY.id == delivery, _DELIVERY.content_id.is_not(None))
        row = self._connection.execute(select(tables.deliveries).where(*chosen)).first()
        return Brought(row.subscriber_id, row.digest, row.period, row.content_id) if row else None

    def items(self, content: int) -> Sequence[Item]:
        """Return the public items of a content (its id): pieces, then appearances, each newest first."""
        query = (
            select(_ITEM.id)
            .join(tables.content_items, tables.content_items.c.item_id == _ITEM.id)
            .where(tables.content_items.c.content_id == content, _ITEM.number.is_not(None))
            .order_by(_ITEM.kind.desc(), _ITEM.posted.desc(), _ITEM.uid)
        )
        return self._items.in_order(list(self._connection.execute(query).scalars()))


def _accepted(since: datetime) -> ColumnElement[bool]:
    return and_(_DELIVERY.state == State.ACCEPTED, _DELIVERY.changed >= since)


def _report(row: AnyRow) -> Report:
    return Report(
        digest=row.digest,
        period=row.period,
        state=State(row.state),
        planned=row.planned,
        changed=row.changed,
        attempts=row.attempts,
        items=row.items,
        reason=row.reason,
        queue_id=row.queue_id or "",
        due=row.not_before if row.state == State.WAITING else None,
    )
