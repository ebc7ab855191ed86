"""Subscribers: who they are, what they want, and when they are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.errors import NotFound
from feeder.model.digests import Rhythm
from feeder.model.items import Kind
from feeder.model.subscribers import Form, Preferences, Status, Subscriber
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow

_COLUMNS = tables.subscribers.c


def mailable(now: datetime) -> ColumnElement[bool]:
    """Whoever may be mailed at `now`: has neither left, nor paused, nor been suppressed."""
    awake = or_(_COLUMNS.paused_until.is_(None), _COLUMNS.paused_until <= now)
    return (_COLUMNS.status == Status.ACTIVE) & awake


class Subscribers:
    """The readers of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        address: str,
        preferences: Preferences,
        cursor: int,
        next_issue_at: datetime,
        reason: str,
        now: datetime,
    ) -> int:
        """Add a confirmed reader and return the id. The address must not be there yet."""
        row = {
            "address": address,
            "address_key": address.lower(),
            "status": Status.ACTIVE,
            "cursor": cursor,
            "created": now,
            "reason": reason,
            "next_issue_at": next_issue_at,
            "postponed": False,
            **_preference_columns(preferences),
        }
        return dialects.inserted(self._connection, tables.subscribers, row)

    def come_back(
        self, subscriber: int, preferences: Preferences, cursor: int, next_issue_at: datetime, reason: str
    ) -> None:
        """Make a reader who had left active again; what was missed meanwhile stays missed."""
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber)
            .values(
                status=Status.ACTIVE,
                cursor=cursor,
                next_issue_at=next_issue_at,
                postponed=False,
                paused_until=None,
                reason=reason,
                **_preference_columns(preferences),
            )
        )

    def leave(self, subscriber: int) -> None:
        """Take a reader off; one who has left already, or is unknown, stays so."""
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber, _COLUMNS.status.in_([Status.ACTIVE, Status.PENDING]))
            .values(status=Status.LEFT, next_issue_at=None)
        )

    def find(self, address: str) -> Subscriber | None:
        """Return the reader with this address, whatever its case."""
        query = select(tables.subscribers).where(_COLUMNS.address_key == address.lower())
        row = self._connection.execute(query).first()
        return _subscriber(row) if row else None

    def get(self, address: str) -> Subscriber:
        """Return the reader with this address.

        Raises: NotFound.
        """
        found = self.find(address)
        if found is None:
            raise NotFound(
                f"subscriber {address!r}", "is not in the store", "`feeder subscriber list` shows all"
            )
        return found

    def with_ids(self, subscribers: Sequence[int]) -> dict[int, Subscriber]:
        """Return those of `subscribers` (ids) that there are, by id."""
        query = select(tables.subscribers).where(_COLUMNS.id.in_(subscribers))
        return {row.id: _subscriber(row) for row in self._connection.execute(query)}

    def all(self) -> list[Subscriber]:
        """Return all readers, in the order in which they came."""
        query = select(tables.subscribers).order_by(_COLUMNS.id)
        return [_subscriber(row) for row in self._connection.execute(query)]

    def due_rhythms(self, now: datetime) -> Sequence[Rhythm]:
        """Return the distinct rhythms of all readers whose next issue is due at `now`."""
        query = (
            select(_COLUMNS.digest, _COLUMNS.hour, _COLUMNS.day, _COLUMNS.zone)
            .where(_COLUMNS.next_issue_at <= now, mailable(now))
            .distinct()
        )
        return [Rhythm(row.digest, row.hour, row.day, row.zone) for row in self._connection.execute(query)]


def _preference_columns(preferences: Preferences) -> dict[str, object]:
    return {
        "digest": preferences.digest,
        "zone": preferences.zone,
        "hour": preferences.hour,
        "day": preferences.day,
        "any_tags": list(preferences.any_tags),
        "no_tags": list(preferences.no_tags),
        "kinds": list(preferences.kinds),
        "form": preferences.form,
    }


def _subscriber(row: AnyRow) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        status=Status(row.status),
        preferences=_preferences(row),
        cursor=row.cursor,
        created=row.created,
        reason=row.reason,
        next_issue_at=row.next_issue_at,
        last_period=row.last_period,
        paused_until=row.paused_until,
    )


def _preferences(row: AnyRow) -> Preferences:
    return Preferences(
        digest=row.digest,
        zone=row.zone,
        any_tags=tuple(row.any_tags),
        no_tags=tuple(row.no_tags),
        kinds=tuple(Kind(kind) for kind in row.kinds),
        hour=row.hour,
        day=row.day,
        form=Form(row.form),
    )
