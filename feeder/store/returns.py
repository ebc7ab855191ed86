"""Returns: what came back of mail, and was held against an address or not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, select

from feeder.model.returns import Kind, Return, Returned, Sent
from feeder.store import dialects, tables

_COLUMNS = tables.returns.c
_DELIVERY = tables.deliveries.c


class Returns:
    """What came back to one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sent(self, delivery: int) -> Sent | None:
        """Return to whom a delivery went, and when."""
        return self._sent(_sent().where(_DELIVERY.id == delivery))

    def sent_as(self, subscriber: int, queue_id: str) -> Sent | None:
        """Return the delivery to a reader which the server that took it called `queue_id`."""
        theirs = (_DELIVERY.subscriber_id == subscriber, _DELIVERY.queue_id == queue_id)
        return self._sent(_sent().where(*theirs).order_by(_DELIVERY.id.desc()).limit(1))

    def _sent(self, query: Select[Any]) -> Sent | None:
        row = self._connection.execute(query).first()
        return Sent(row.id, row.subscriber_id, row.changed) if row else None

    def add(
        self, subscriber: int, delivery: int | None, told: Return, at: datetime, *, suppressed: bool
    ) -> bool:
        """Write down what came back; False where it is known already, and nothing is to be done about it again.

        A delivery comes back once in each way, however often that is told.
        """
        if delivery is None and self._is_known(subscriber, told.kind, at):
            return False
        row = {
            "subscriber_id": subscriber,
            "delivery_id": delivery,
            "at": at,
            "kind": told.kind,
            "status": told.status,
            "reason": told.reason,
            "suppressed": suppressed,
        }
        added = dialects.insert_new(self._connection, tables.returns).values(row)
        return self._connection.execute(added).rowcount > 0

    def _is_known(self, subscriber: int, kind: Kind, at: datetime) -> bool:
        same = (_COLUMNS.subscriber_id == subscriber, _COLUMNS.kind == kind, _COLUMNS.at == at)
        return bool(self._connection.execute(select(exists().where(*same))).scalar())

    def of(self, subscriber: int, limit: int) -> list[Returned]:
        """Return what came back of mail to a reader last, newest first."""
        query = (
            select(tables.returns, _DELIVERY.digest, _DELIVERY.period)
            .outerjoin(tables.deliveries, _DELIVERY.id == _COLUMNS.delivery_id)
            .where(_COLUMNS.subscriber_id == subscriber)
            .order_by(_COLUMNS.id.desc())
            .limit(limit)
        )
        return list(self._told(query))

    def _told(self, query: Select[Any]) -> Iterator[Returned]:
        for row in self._connection.execute(query):
            yield Returned(
                row.at,
                Kind(row.kind),
                row.status,
                row.reason,
                row.suppressed,
                row.digest or "",
                row.period or "",
            )

    def counts(self, since: datetime) -> dict[Kind, int]:
        """Return how much came back since a moment, by kind."""
        query = select(_COLUMNS.kind, func.count().label("total")).where(_COLUMNS.at >= since)
        return {Kind(row.kind): row.total for row in self._connection.execute(query.group_by(_COLUMNS.kind))}

    def forget(self, before: datetime) -> None:
        """Forget what came back before a moment."""
        self._connection.execute(delete(tables.returns).where(_COLUMNS.at < before))

    def forget_all_of(self, subscriber: int) -> None:
        """Forget all that came back of mail to a reader."""
        self._connection.execute(delete(tables.returns).where(_COLUMNS.subscriber_id == subscriber))


def _sent() -> Select[Any]:
    return select(_DELIVERY.id, _DELIVERY.subscriber_id, _DELIVERY.changed)
