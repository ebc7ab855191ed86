"""Our hub: what was asked of it and is not verified yet, and whom it tells of which documents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.batches import batches
from feeder.model.hub import Crowd, Mode, Subscription, Unverified, Wanted
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow

_requests = tables.hub_requests.c
_COLUMNS = tables.hub_subscriptions.c


class Hub:
    """Requests and subscriptions at the hub of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Requests ─────────────────────────────────────────────────────────────────────────────────

    def crowd(self, wanted: Wanted) -> Crowd:
        """Return how many others there are beside what is wanted, which may be known already."""

        def count(column: Column[str], value: str) -> int:
            table = column.table.c
            is_another = or_(table.callback != wanted.callback, table.topic != wanted.topic)
            query = select(func.count()).where(column == value, is_another)
            return int(self._connection.execute(query).scalar_one())

        return Crowd(
            of_topic=count(_requests.topic, wanted.topic) + count(_COLUMNS.topic, wanted.topic),
            at_host=count(_requests.host, wanted.host) + count(_COLUMNS.host, wanted.host),
            waiting=int(
                self._connection.execute(select(func.count()).select_from(tables.hub_requests)).scalar_one()
            ),
        )

    def has(self, wanted: Wanted) -> bool:
        """Tell whether the callback is subscribed to the topic."""
        same = (_COLUMNS.callback == wanted.callback, _COLUMNS.topic == wanted.topic)
        return bool(self._connection.execute(select(exists().where(*same))).scalar())

    def ask(self, wanted: Wanted, now: datetime) -> None:
        """Write down what was asked, instead of what else the same callback asked about the topic.

        Of what is asked twice at the same moment, one is enough.
        """
        same = (_requests.callback == wanted.callback, _requests.topic == wanted.topic)
        self._connection.execute(delete(tables.hub_requests).where(*same))
        self._connection.execute(
            dialects.insert_new(self._connection, tables.hub_requests).values(
                mode=wanted.mode,
                topic=wanted.topic,
                callback=wanted.callback,
                host=wanted.host,
                lease=int(wanted.lease.total_seconds()),
                secret=wanted.secret,
                tries=0,
                due=now,
            )
        )

    def unverified(self, limit: int, now: datetime) -> list[Unverified]:
        """Return up to `limit` requests that are to be verified, those that wait longest first."""
        query = select(tables.hub_requests).where(_requests.due <= now)
        rows = self._connection.execute(query.order_by(_requests.due, _requests.id).limit(limit))
        return [_unverified(row) for row in rows]

    def put_off(self, request: Unverified, due: datetime) -> None:
        """Write down that nobody answered for a request, which is tried again."""
        self._connection.execute(
            update(tables.hub_requests).where(*_just(request)).values(tries=request.tries + 1, due=due)
        )

    def drop(self, request: Unverified) -> None:
        """Forget a request that came to nothing; what was subscribed before stays in force."""
        self._connection.execute(delete(tables.hub_requests).where(*_just(request)))

    def verified(self, request: Unverified, now: datetime) -> None:
        """Do what was asked, now that the subscriber has said so."""
        self.drop(request)
        wanted = request.wanted
        same = (_COLUMNS.callback == wanted.callback, _COLUMNS.topic == wanted.topic)
        if wanted.mode is Mode.UNSUBSCRIBE:
            self._connection.execute(delete(tables.hub_subscriptions).where(*same))
            return
        terms = {"secret": wanted.secret, "expires": now + wanted.lease, "missed": 0, "over": False}
        renewed = self._connection.execute(update(tables.hub_subscriptions).where(*same).values(terms))
        if not renewed.rowcount:
            new = {"topic": wanted.topic, "callback": wanted.callback, "host": wanted.host}
            self._connection.execute(
                insert(tables.hub_subscriptions).values(**new, **terms, change=0, tries=0)
            )

    # ── Subscriptions ────────────────────────────────────────────────────────────────────────────

    def changed(self, topics: Sequence[str], now: datetime) -> None:
        """Write down that documents have changed; whoever is waited for hears of both changes at once."""
        due = func.coalesce(_COLUMNS.due, literal(now, tables.Moment))
        for some in batches(topics):
            self._connection.execute(
                update(tables.hub_subscriptions)
                .where(_COLUMNS.topic.in_(some))
                .values(change=_COLUMNS.change + 1, due=due, over=False)
            )

    def gone(self, topics: Sequence[str], now: datetime) -> None:
        """Write down that documents are gone, which is all that their subscribers will be told."""
        for some in batches(topics):
            self._connection.execute(
                update(tables.hub_subscriptions)
                .where(_COLUMNS.topic.in_(some))
                .values(change=_COLUMNS.change + 1, due=now, tries=0, over=True)
            )

    def due(self, limit: int, now: datetime) -> list[Subscription]:
        """Return up to `limit` subscribers of one topic who are to be told, or told again."""
        waits = (_COLUMNS.due <= now, _COLUMNS.due.is_not(None), _COLUMNS.expires > now)
        first = select(_COLUMNS.topic).where(*waits).order_by(_COLUMNS.due, _COLUMNS.id).limit(1)
        query = (
            select(tables.hub_subscriptions)
            .where(*waits, _COLUMNS.topic == first.scalar_subquery())
            .order_by(_COLUMNS.due, _COLUMNS.id)
            .limit(limit)
        )
        return [_subscription(row) for row in self._connection.execute(query)]

    def told(self, subscription: Subscription, now: datetime) -> None:
        """Write down that a subscriber has what was sent; a change that came meanwhile is still to be told.

        Also one that another run has told meanwhile: what it sent came before what is older.
        """
        is_last = _COLUMNS.change == subscription.change
        again = func.coalesce(_COLUMNS.due, literal(now, tables.Moment))
        self._connection.execute(
            update(tables.hub_subscriptions)
            .where(_COLUMNS.id == subscription.id)
            .values(due=case((is_last, null()), else_=again), tries=0, missed=0)
        )

    def missed(self, subscription: Subscription) -> None:
        """Write down that a subscriber could not be told of a change, unless another run has done so meanwhile."""
        is_last = _COLUMNS.change == subscription.change
        self._connection.execute(
            update(tables.hub_subscriptions)
            .where(*_still_waits(subscription))
            .values(due=case((is_last, null()), else_=_COLUMNS.due), tries=0, missed=subscription.missed + 1)
        )

    def postpone(self, subscription: Subscription, due: datetime) -> None:
        """Write down that a subscriber was told in vain, and is told again, unless another run has done so meanwhile."""
        self._connection.execute(
            update(tables.hub_subscriptions)
            .where(*_still_waits(subscription))
            .values(due=due, tries=subscription.tries + 1)
        )

    def rest(self, host: str, now: datetime, until: datetime) -> None:
        """Leave a host alone for a while that is in trouble, whatever else is for it."""
        theirs = (_COLUMNS.host == host, _COLUMNS.due <= now, _COLUMNS.due.is_not(None))
        self._connection.execute(update(tables.hub_subscriptions).where(*theirs).values(due=until))

    def end(self, subscription: Subscription) -> None:
        """End a subscription, unless its document has changed, gone or come back meanwhile."""
        as_it_was = (_COLUMNS.change == subscription.change, _COLUMNS.over.is_(subscription.over))
        self._connection.execute(
            delete(tables.hub_subscriptions).where(_COLUMNS.id == subscription.id, *as_it_was)
        )

    def expire(self, now: datetime) -> None:
        """End the subscriptions whose leases are over."""
        self._connection.execute(delete(tables.hub_subscriptions).where(_COLUMNS.expires <= now))

    def count(self, now: datetime) -> dict[str, int]:
        """Return how many subscriptions are in force, by topic."""
        query = select(_COLUMNS.topic, func.count()).where(_COLUMNS.expires > now, _COLUMNS.over.is_(False))
        rows = self._connection.execute(query.group_by(_COLUMNS.topic))
        return {str(row[0]): int(row[1]) for row in rows}


def _still_waits(subscription: Subscription) -> tuple[ColumnElement[bool], ...]:
    """Tell a subscription that waits to be told as it did when it was read."""
    is_it = _COLUMNS.id == subscription.id
    return is_it, _COLUMNS.due.is_not(None), _COLUMNS.tries == subscription.tries


def _just(request: Unverified) -> tuple[ColumnElement[bool], ...]:
    """Tell a request from a later one that has taken its place, and perhaps its id."""
    wanted = request.wanted
    return (
        _requests.id == request.id,
        _requests.tries == request.tries,
        _requests.mode == wanted.mode,
        _requests.lease == int(wanted.lease.total_seconds()),
        _requests.secret == wanted.secret,
    )


def _unverified(row: AnyRow) -> Unverified:
    lease = timedelta(seconds=row.lease)
    return Unverified(row.id, Wanted(Mode(row.mode), row.topic, row.callback, lease, row.secret), row.tries)


def _subscription(row: AnyRow) -> Subscription:
    return Subscription(
        row.id, row.topic, row.callback, row.secret, row.change, row.tries, row.missed, row.over
    )
