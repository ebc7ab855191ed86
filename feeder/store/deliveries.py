"""Deliveries: claimed, attempted, and what came of them.

The rules are those of the delivery contract; the numbers in the docstrings are its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    func,
    select,
    update,
)

from feeder.model.deliveries import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryRecord,
    Lost,
    Outcome,
    Refused,
    State,
)
from feeder.model.subscribers import Reader
from feeder.store import dialects, preferences, steps, tables
from feeder.store.dialects import AnyRow

_DELIVERY = tables.deliveries.c


class Deliveries:
    """The ledger of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────

    def recover(self, now: datetime) -> int:
        """End the leases of all claims: whoever holds the site's lock knows that their owners are dead."""
        return self._connection.execute(
            update(tables.deliveries)
            .where(
                steps.UNDER_WAY,
                _DELIVERY.state.in_([State.CLAIMED, State.ATTEMPTED]),
                _DELIVERY.lease_until > now,
            )
            .values(lease_until=now)
        ).rowcount

    def abandon(self, owner: str, now: datetime) -> int:
        """End the leases of all claims of one who is dead, for others to take; one who wakes is fenced out by them."""
        claimed = tables.literally(_DELIVERY.state, State.CLAIMED, State.ATTEMPTED)
        return self._connection.execute(
            update(tables.deliveries)
            .where(claimed, _DELIVERY.owner == owner, _DELIVERY.lease_until > now)
            .values(lease_until=now)
        ).rowcount

    def close_uncertain(self, now: datetime) -> int:
        """Close attempts whose lease ended without an outcome; they count as served (14)."""
        closed = self._connection.execute(
            update(tables.deliveries)
            .where(steps.UNDER_WAY, _DELIVERY.state == State.ATTEMPTED, _DELIVERY.lease_until <= now)
            .values(state=State.UNCERTAIN, reason="no answer came back", changed=now)
            .returning(_DELIVERY.id)
        )
        ended = list(closed.scalars())
        self._serve(ended)
        return len(ended)

    def claim(self, owner: str, limit: int, now: datetime, until: datetime) -> list[Delivery]:
        """Take up to `limit` deliveries that are ready, with a lease (10); the longest waiting first."""
        values = {"worker": owner, "limit": limit, "now": now, "until": until}
        with dialects.by_index(self._connection):
            found = list(self._connection.execute(steps.CLAIM, values).scalars())
        return [
            _delivery(row) for row in self._connection.execute(steps.CLAIMED, {"told": dict.fromkeys(found)})
        ]

    def empty(self, deliveries: Sequence[Delivery], owner: str, reason: str, now: datetime) -> None:
        """Close claimed deliveries that nothing fitted: no mail, the reason is kept (13)."""
        values = {"told": _ids(deliveries), "worker": owner, "because": reason, "now": now}
        self._serve(list(self._connection.execute(steps.EMPTY, values).scalars()))

    def expire(self, delivery: Delivery, owner: str, reason: str, now: datetime) -> None:
        """Close a claimed delivery that cannot be made; its items flow into the next one."""
        values = {"told": _ids([delivery]), "worker": owner, "because": reason, "now": now}
        self._connection.execute(steps.EXPIRE, values)

    def leave(self, subscriber: int, now: datetime) -> None:
        """Close what still waits for a reader who leaves."""
        self._close_waiting(subscriber, now, State.LEFT, "the reader left")

    def suppress(self, subscriber: int, now: datetime) -> None:
        """Close what still waits for a reader whose address must not be mailed any more."""
        self._close_waiting(subscriber, now, State.SUPPRESSED, "the address must not be mailed")

    def _close_waiting(self, subscriber: int, now: datetime, state: State, reason: str) -> None:
        self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.subscriber_id == subscriber, _DELIVERY.state == State.WAITING)
            .values(state=state, reason=reason, changed=now)
        )

    def attempt(
        self, contents: Mapping[Delivery, int | None], owner: str, now: datetime, until: datetime
    ) -> list[Delivery]:
        """Commit an attempt for a group, leaving out whoever may no longer be mailed (12).

        `contents` says what each brings, which may have come from then on; None for nothing that is kept.
        Returns those of the group to be sent; message data goes out only after the commit. Who has moved
        since the claim, or revoked the links in the message, is claimed anew.
        """
        if not contents:
            return []
        told = {each.id: (each.reader.id, each.reader.links, content) for each, content in contents.items()}
        values = {"told": told, "worker": owner, "now": now, "until": until}
        attempted = self._connection.execute(steps.ATTEMPT, values)
        sent = set(attempted.scalars())
        if len(sent) < len(contents):
            for step in steps.LEFT_OUT:
                self._connection.execute(step, values)
        return [delivery for delivery in contents if delivery.id in sent]

    def record(
        self,
        outcomes: Mapping[Delivery, Outcome],
        owner: str,
        now: datetime,
        retry: Mapping[Delivery, datetime],
    ) -> None:
        """Commit the outcomes of a group, with the cursors, fenced by the lease (13).

        `retry` says when to try again those that were deferred. What they were to bring is forgotten, and no
        copy of it is shown, unless an attempt before may have come: that goes again as it was (14).
        """
        accepted: dict[int, list[str]] = {}
        rows: dict[type[Outcome], list[dict[str, object]]] = {}
        for delivery, outcome in outcomes.items():
            row: dict[str, object] = {"delivery": delivery.id, "worker": owner, "now": now}
            match outcome:
                case Accepted(queue_id):
                    accepted[delivery.id] = [queue_id]
                    continue
                case Deferred(reason):
                    row |= {"because": reason, "retry": retry[delivery], "kept": delivery.content}
                case Refused(reason):
                    row["because"] = reason
                case Lost():
                    continue
            rows.setdefault(type(outcome), []).append(row)
        for kind, some in rows.items():
            self._connection.execute(steps.RECORD[kind], some)
        if accepted:
            values = {"told": accepted, "worker": owner, "now": now}
            self._connection.execute(steps.ACCEPTED, values)
            self._serve(accepted)

    def postpone(self, until: Mapping[Delivery, datetime], owner: str, now: datetime) -> None:
        """Let go of claims that may not leave yet, each until a moment."""
        rows = [
            {"delivery": delivery.id, "worker": owner, "retry": moment, "now": now}
            for delivery, moment in until.items()
        ]
        if rows:
            self._connection.execute(steps.POSTPONE, rows)

    def renew(self, deliveries: Sequence[Delivery], owner: str, until: datetime) -> None:
        """Go on holding attempts that are still under way."""
        values = {"told": _ids(deliveries), "worker": owner, "until": until}
        self._connection.execute(steps.RENEW, values)

    def release(self, deliveries: Sequence[Delivery], owner: str, now: datetime) -> None:
        """Let go of claims, for others to take."""
        self._connection.execute(steps.RELEASE, {"told": _ids(deliveries), "worker": owner, "now": now})

    def _serve(self, deliveries: Iterable[int]) -> None:
        """Move the cursors of the readers of closed deliveries; a welcome moves none (8)."""
        if told := dict.fromkeys(deliveries):
            self._connection.execute(steps.SERVE, {"told": told})

    def any_ready(self, now: datetime) -> bool:
        """Tell whether a delivery could be claimed."""
        return self._connection.execute(steps.ANY_READY, {"now": now}).first() is not None

    def next_ready(self, now: datetime) -> datetime | None:
        """Return when, after `now`, the next delivery may be tried that waits for its time."""
        query = select(func.min(_DELIVERY.not_before, type_=tables.Moment)).where(
            steps.UNDER_WAY, _DELIVERY.not_before > now
        )
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def is_refused_again(self, delivery: Delivery) -> bool:
        """Tell whether the reader's issue before this one was refused, too."""
        before = (
            select(_DELIVERY.state)
            .where(_DELIVERY.subscriber_id == delivery.reader.id, _DELIVERY.id < delivery.id)
            .order_by(_DELIVERY.id.desc())
            .limit(1)
        )
        return self._connection.execute(before).scalar() == State.REFUSED

    # ── Being able to tell ───────────────────────────────────────────────────────────────────────

    def of(self, subscriber: int, limit: int) -> list[DeliveryRecord]:
        """Return the newest deliveries to one reader, newest first."""
        return [_record(row) for row in self._connection.execute(newest_of(subscriber, limit))]

    def counts(self) -> dict[State, int]:
        """Return how many deliveries stand in each state."""
        query = select(_DELIVERY.state, func.count()).group_by(_DELIVERY.state)
        return {State(row[0]): row[1] for row in self._connection.execute(query)}


def newest_of(subscriber: int, limit: int) -> Select[Any]:
    """Ask for the newest deliveries to one reader, newest first, with the number of their `items`."""
    content = tables.content_items.c.content_id == _DELIVERY.content_id
    items = select(func.count()).where(content).scalar_subquery().label("items")
    theirs = select(tables.deliveries, items).where(_DELIVERY.subscriber_id == subscriber)
    return theirs.order_by(_DELIVERY.id.desc()).limit(limit)


def _ids(deliveries: Iterable[Delivery]) -> dict[int, None]:
    return dict.fromkeys(delivery.id for delivery in deliveries)


def _delivery(row: AnyRow) -> Delivery:
    reader = Reader(
        id=row.subscriber_id,
        address=row.address,
        preferences=preferences.in_short(row),
        cursor=row.cursor,
        created=row.created,
        reason=row.reason,
        links=row.links,
    )
    return Delivery(
        id=row.id,
        reader=reader,
        digest=row.digest,
        period=row.period,
        up_to=row.up_to,
        planned=row.planned,
        newest=row.newest,
        attempts=row.attempts,
        content=row.content_id,
    )


def _record(row: AnyRow) -> DeliveryRecord:
    return DeliveryRecord(
        digest=row.digest,
        period=row.period,
        state=State(row.state),
        planned=row.planned,
        changed=row.changed,
        attempts=row.attempts,
        reason=row.reason,
        items=row.items,
    )
