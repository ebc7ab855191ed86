"""Deliveries: claimed, attempted, and what came of them.

The rules are those of the delivery contract; the numbers in the docstrings are its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Connection,
    Text,
    Update,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import (
    OPEN,
    Accepted,
    Deferred,
    Delivery,
    DeliveryRecord,
    Lost,
    Outcome,
    Refused,
    State,
)
from feeder.model.subscribers import Status, Subscriber
from feeder.store import tables
from feeder.store.approvals import unapproved
from feeder.store.dialects import AnyRow
from feeder.store.holds import held
from feeder.store.subscribers import Subscribers, mailable, suppressed

_DELIVERY = tables.deliveries.c
_READER = tables.subscribers.c


_LEFT_OUT = (
    (_READER.status == Status.LEFT, State.LEFT, "the reader left"),
    (_READER.status == Status.ERASED, State.LEFT, "the reader left, and was erased"),
    (_READER.status == Status.PENDING, State.EXPIRED, "the reader has not confirmed"),
    (
        suppressed() | (_READER.status == Status.SUPPRESSED),
        State.SUPPRESSED,
        "the address must not be mailed",
    ),
    (_READER.status == Status.ACTIVE, State.EXPIRED, "the reader paused"),
)
"""What becomes of the delivery to a reader who may not be mailed at the attempt; the first that holds."""

_RECORDED: Mapping[type[Outcome], Mapping[str, object]] = {
    Accepted: {"state": State.ACCEPTED, "reason": "", "queue_id": bindparam("queue_id", type_=Text)},
    Deferred: {
        "state": State.WAITING,
        "reason": bindparam("reason", type_=Text),
        "not_before": bindparam("retry", type_=tables.Moment),
        "owner": None,
        "content_id": None,  # nobody has it: it is made anew of what there is then
    },
    Refused: {"state": State.REFUSED, "reason": bindparam("reason", type_=Text)},
}
"""What is written of each outcome; the rest of the row stays."""


class Deliveries:
    """The ledger of one site."""

    def __init__(self, connection: Connection, subscribers: Subscribers) -> None:
        self._connection = connection
        self._subscribers = subscribers

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────

    def recover(self, now: datetime) -> int:
        """End the leases of all claims: whoever holds the site's lock knows that their owners are dead."""
        return self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.state.in_([State.CLAIMED, State.ATTEMPTED]), _DELIVERY.lease_until > now)
            .values(lease_until=now)
        ).rowcount

    def close_uncertain(self, now: datetime) -> int:
        """Close attempts whose lease ended without an outcome; they count as served (14)."""
        closed = self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.state == State.ATTEMPTED, _DELIVERY.lease_until <= now)
            .values(state=State.UNCERTAIN, reason="no answer came back", changed=now)
            .returning(_DELIVERY.id)
        )
        ended = list(closed.scalars())
        self._serve(_DELIVERY.id.in_(ended))
        return len(ended)

    def claim(self, owner: str, limit: int, now: datetime, until: datetime) -> list[Delivery]:
        """Take up to `limit` deliveries that are ready, with a lease (10); the longest waiting first."""
        waits = and_(_DELIVERY.state == State.WAITING, _DELIVERY.not_before <= now)
        abandoned = and_(_DELIVERY.state.in_([State.CLAIMED, State.ATTEMPTED]), _DELIVERY.lease_until <= now)
        ready = (
            select(_DELIVERY.id)
            .where(
                _DELIVERY.state.in_(OPEN),
                or_(waits, abandoned),
                ~held(_DELIVERY.digest),
                ~unapproved(_DELIVERY.digest, _DELIVERY.period),
            )
            .order_by(_DELIVERY.not_before, _DELIVERY.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = self._connection.execute(
            update(tables.deliveries)
            .where(_DELIVERY.id.in_(ready))
            .values(state=State.CLAIMED, owner=owner, lease_until=until, changed=now)
            .returning(_DELIVERY.id)
        )
        found = list(claimed.scalars())
        query = (
            select(tables.deliveries)
            .where(_DELIVERY.id.in_(found))
            .order_by(_DELIVERY.not_before, _DELIVERY.id)
        )
        rows = self._connection.execute(query).all()
        readers = self._subscribers.with_ids([row.subscriber_id for row in rows])
        return [_delivery(row, readers[row.subscriber_id]) for row in rows]

    def choose(self, contents: Mapping[Delivery, int], owner: str) -> None:
        """Say which content each claimed delivery brings (11)."""
        mine = _mine(bindparam("delivery"), owner, State.CLAIMED)
        changes = update(tables.deliveries).where(mine).values(content_id=bindparam("content"))
        self._each(changes, [{"delivery": each.id, "content": content} for each, content in contents.items()])

    def empty(self, deliveries: Sequence[Delivery], owner: str, reason: str, now: datetime) -> None:
        """Close claimed deliveries that nothing fitted: no mail, the reason is kept (13)."""
        if not deliveries:
            return
        closed = self._connection.execute(
            update(tables.deliveries)
            .where(_mine_of(deliveries, owner, State.CLAIMED))
            .values(state=State.EMPTY, reason=reason, changed=now)
            .returning(_DELIVERY.id)
        )
        self._serve(_DELIVERY.id.in_(list(closed.scalars())))

    def expire(self, delivery: Delivery, owner: str, reason: str, now: datetime) -> None:
        """Close a claimed delivery that cannot be made; its items flow into the next one."""
        self._connection.execute(
            update(tables.deliveries)
            .where(_mine(delivery.id, owner, State.CLAIMED))
            .values(state=State.EXPIRED, reason=reason, changed=now)
        )

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
        self, group: Sequence[Delivery], owner: str, now: datetime, until: datetime
    ) -> list[Delivery]:
        """Commit an attempt for a group, leaving out whoever may no longer be mailed (12).

        Returns those of the group to be sent; message data goes out only after the commit. Who has moved
        since the claim, or revoked the links in the message, is claimed anew.
        """
        if not group:
            return []
        mine = _mine_of(group, owner, State.CLAIMED)
        as_claimed = [(delivery.reader.id, delivery.reader.links) for delivery in group]
        # Locked, so that nobody leaves between being looked at and the commit.
        may = _DELIVERY.subscriber_id.in_(
            select(_READER.id)
            .where(mailable(now), ~suppressed())
            .with_for_update(read=True)
            .where(tuple_(_READER.id, _READER.links).in_(as_claimed))
        )
        attempted = self._connection.execute(
            update(tables.deliveries)
            .where(mine, may, ~held(_DELIVERY.digest))
            .values(state=State.ATTEMPTED, attempts=_DELIVERY.attempts + 1, lease_until=until, changed=now)
            .returning(_DELIVERY.id)
        )
        sent = set(attempted.scalars())
        if len(sent) < len(group):
            self._leave_out(mine, now)
        return [delivery for delivery in group if delivery.id in sent]

    def _leave_out(self, mine: ColumnElement[bool], now: datetime) -> None:
        """Settle those of a claimed group that were not attempted."""
        changed = exists().where(_READER.id == _DELIVERY.subscriber_id, mailable(now), ~suppressed())
        self._connection.execute(
            update(tables.deliveries)
            .where(mine, changed)
            .values(state=State.WAITING, owner=None, lease_until=None, changed=now)
        )
        for holds, state, reason in _LEFT_OUT:
            theirs = exists().where(_READER.id == _DELIVERY.subscriber_id, holds)
            self._connection.execute(
                update(tables.deliveries).where(mine, theirs).values(state=state, reason=reason, changed=now)
            )

    def record(
        self,
        outcomes: Mapping[Delivery, Outcome],
        owner: str,
        now: datetime,
        retry: Mapping[Delivery, datetime],
    ) -> None:
        """Commit the outcomes of a group, with the cursors, fenced by the lease (13).

        `retry` says when to try again those that were deferred.
        """
        rows: dict[type[Outcome], list[dict[str, object]]] = {}
        for delivery, outcome in outcomes.items():
            row: dict[str, object] = {"delivery": delivery.id}
            match outcome:
                case Accepted(queue_id):
                    row["queue_id"] = queue_id
                case Deferred(reason):
                    row |= {"reason": reason, "retry": retry[delivery]}
                case Refused(reason):
                    row["reason"] = reason
                case Lost():  # uncertain when the lease has ended (14)
                    continue
            rows.setdefault(type(outcome), []).append(row)
        mine = _mine(bindparam("delivery"), owner, State.ATTEMPTED)
        for kind, changes in _RECORDED.items():
            self._each(
                update(tables.deliveries).where(mine).values(changed=now, **changes), rows.get(kind, [])
            )
        taken = [delivery.id for delivery, outcome in outcomes.items() if isinstance(outcome, Accepted)]
        if taken:
            self._serve(and_(_DELIVERY.id.in_(taken), _DELIVERY.state == State.ACCEPTED))

    def renew(self, deliveries: Sequence[Delivery], owner: str, until: datetime) -> None:
        """Go on holding attempts that are still under way."""
        mine = _mine_of(deliveries, owner, State.ATTEMPTED)
        self._connection.execute(update(tables.deliveries).where(mine).values(lease_until=until))

    def release(self, deliveries: Sequence[Delivery], owner: str, now: datetime) -> None:
        """Let go of claims, for others to take."""
        self._connection.execute(
            update(tables.deliveries)
            .where(_mine_of(deliveries, owner, State.CLAIMED))
            .values(state=State.WAITING, owner=None, lease_until=None, changed=now)
        )

    def _each(self, change: Update, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._connection.execute(change, rows)

    def _serve(self, which: ColumnElement[bool]) -> None:
        """Move the cursors of the readers of closed deliveries; a welcome moves none (8)."""
        served = select(_DELIVERY.subscriber_id, _DELIVERY.up_to).where(which, _DELIVERY.newest.is_(None))
        reached = served.cte("served")
        self._connection.execute(
            update(tables.subscribers)
            .where(_READER.id == reached.c.subscriber_id, _READER.cursor < reached.c.up_to)
            .values(cursor=reached.c.up_to)
        )

    # ── Being able to tell ───────────────────────────────────────────────────────────────────────

    def of(self, subscriber: int, limit: int) -> list[DeliveryRecord]:
        """Return the newest deliveries to one reader, newest first."""
        held = (
            select(func.count())
            .where(tables.content_items.c.content_id == _DELIVERY.content_id)
            .scalar_subquery()
        )
        query = (
            select(tables.deliveries, held.label("items"))
            .where(_DELIVERY.subscriber_id == subscriber)
            .order_by(_DELIVERY.id.desc())
            .limit(limit)
        )
        return [_record(row) for row in self._connection.execute(query)]

    def counts(self) -> dict[State, int]:
        """Return how many deliveries stand in each state."""
        query = select(_DELIVERY.state, func.count()).group_by(_DELIVERY.state)
        return {State(row[0]): row[1] for row in self._connection.execute(query)}


def _mine(delivery: int | BindParameter[int], owner: str, state: State) -> ColumnElement[bool]:
    return and_(_DELIVERY.id == delivery, _DELIVERY.owner == owner, _DELIVERY.state == state)


def _mine_of(deliveries: Sequence[Delivery], owner: str, state: State) -> ColumnElement[bool]:
    ids = [delivery.id for delivery in deliveries]
    return and_(_DELIVERY.id.in_(ids), _DELIVERY.owner == owner, _DELIVERY.state == state)


def _delivery(row: AnyRow, reader: Subscriber) -> Delivery:
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
