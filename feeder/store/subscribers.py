"""Subscribers: who they are, what they want, and when they are due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, case, exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.errors import NotFound
from feeder.model.batches import batched
from feeder.model.digests import Rhythm
from feeder.model.subscribers import Consent, Preferences, Status, Subscriber
from feeder.store import dialects, newcomers, preferences, rhythms, tables
from feeder.store.dialects import AnyRow
from feeder.store.hashes import Hashes

_COLUMNS = tables.subscribers.c
_SUPPRESSION = tables.suppressions.c
_RHYTHM = tables.rhythms.c
_AT_ONCE = 1_000

_SHARED: Mapping[str, ColumnElement[Any]] = {
    "next_issue_at": rhythms.NEXT_ISSUE_AT,
    "last_period": rhythms.LAST_PERIOD,
}
_READERS: Select[Any] = select(
    *(_SHARED[each.name].label(each.name) if each.name in _SHARED else each for each in _COLUMNS)
)
"""Readers whose columns say when they are due, alone or with a rhythm."""

_RHYTHMIC = ("digest", "zone", "hour", "day")
_BEFORE = select(
    *(_COLUMNS[name] for name in _RHYTHMIC),
    rhythms.NEXT_ISSUE_AT.label("due"),
    rhythms.LAST_PERIOD.label("last"),
    rhythms.POSTPONED.label("postponed"),
).with_for_update(key_share=True, of=tables.subscribers)


def mailable(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whoever may be mailed at `now`: has neither left, nor paused, nor been suppressed."""
    awake = or_(_COLUMNS.paused_until.is_(None), _COLUMNS.paused_until <= now)
    return (_COLUMNS.status == Status.ACTIVE) & awake


def suppressed() -> ColumnElement[bool]:
    """Whose address must not be mailed, whatever their status says."""
    return exists().where(_SUPPRESSION.address_key == _COLUMNS.address_key)


class Subscribers:
    """The readers of one site."""

    def __init__(self, connection: Connection, hashes: Hashes) -> None:
        self._connection = connection
        self._hashes = hashes

    def add(
        self,
        address: str,
        wanted: Preferences,
        cursor: int,
        next_issue_at: datetime | None,
        reason: str,
        now: datetime,
        consent: Consent | None = None,
    ) -> int:
        """Add a confirmed reader and return the id. The address must not be there yet."""
        return self._add(
            address,
            wanted,
            now,
            status=Status.ACTIVE,
            cursor=cursor,
            reason=reason,
            consent=preferences.written_consent(consent),
            **self._due(wanted, next_issue_at),
        )

    def add_pending(self, address: str, wanted: Preferences, now: datetime) -> int:
        """Add somebody who has yet to confirm, and return the id. The address must not be there yet."""
        return self._add(
            address,
            wanted,
            now,
            status=Status.PENDING,
            cursor=0,
            next_issue_at=None,
            reason="",
            consent=None,
        )

    def _add(self, address: str, wanted: Preferences, now: datetime, **columns: object) -> int:
        row = {
            "address": address,
            "address_key": self._hashes.address(address),
            "created": now,
            "links": 0,
            "postponed": False,
            **preferences.columns(wanted),
            **columns,
        }
        return dialects.inserted(self._connection, tables.subscribers, row)

    def add_all(self, people: Mapping[str, newcomers.Row], cursor: int) -> set[str]:
        """Add confirmed readers by the thousand, as rows by the keyed hashes of their addresses.

        Returns the hashes of those that were there already, whatever their status: they stay as they are.
        """
        if not people:
            return set()

        @cache
        def place(digest: str, zone: str, hour: int | None, day: int | None, due: int) -> rhythms.Place:
            rhythm, moment = Rhythm(digest, hour, day, zone), datetime.fromtimestamp(due, UTC)
            return rhythms.place(self._connection, rhythm, moment)

        rows = [newcomers.added(row, key, cursor, place) for key, row in people.items()]
        there = dialects.add_rows(
            self._connection, tables.subscribers, "address_key", newcomers.COLUMNS, rows
        )
        return {str(key) for key in there}

    def many_came(self) -> None:
        """Let PostgreSQL look at who is there now: it would plan the next issue as if they were few."""
        dialects.learn(self._connection, [tables.subscribers])

    def among(self, address_keys: Iterable[str]) -> set[str]:
        """Return those of some keyed hashes that are a reader's, whatever the status."""
        found: set[str] = set()
        for some in batched(address_keys):
            query = select(_COLUMNS.address_key).where(_COLUMNS.address_key.in_(some))
            found.update(self._connection.execute(query).scalars())
        return found

    def activate(
        self,
        subscriber: int,
        wanted: Preferences,
        cursor: int,
        next_issue_at: datetime | None,
        reason: str,
        consent: Consent | None,
    ) -> None:
        """Make a reader active who has confirmed, or come back; what was missed meanwhile stays missed."""
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber)
            .values(
                status=Status.ACTIVE,
                before=None,
                cursor=cursor,
                reason=reason,
                consent=preferences.written_consent(consent),
                **preferences.columns(wanted),
                **self._due(wanted, next_issue_at),
                last_period=rhythms.LAST_PERIOD,
                postponed=False,
            )
        )

    def ask_again(self, subscriber: int, now: datetime) -> None:
        """Count the days from now, after which one who has not confirmed is forgotten."""
        self._change(subscriber, created=now)

    def prefer(self, subscriber: int, wanted: Preferences, next_issue_at: datetime | None) -> None:
        """Give a reader other preferences; an issue that was put off stays so, unless it comes at another time."""
        columns = preferences.columns(wanted)
        before = self._connection.execute(_BEFORE.where(_COLUMNS.id == subscriber)).first()
        if before is None:
            return
        comes_as_before = before.due == next_issue_at
        rhythm = [columns[name] for name in _RHYTHMIC]
        stays = comes_as_before and rhythm == [*before[: len(_RHYTHMIC)]] and wanted.paused_until is None
        if not stays:
            stays_put_off = comes_as_before and before.postponed
            due = _alone(next_issue_at) if stays_put_off else self._due(wanted, next_issue_at)
            columns |= {**due, "last_period": before.last, "postponed": stays_put_off}
        self._change(subscriber, **columns)

    def _due(self, wanted: Preferences, next_issue_at: datetime | None) -> dict[str, object]:
        """Return the columns that say when the next issue comes: with a rhythm, if it comes when that does."""
        if next_issue_at is None or wanted.paused_until is not None:
            return _alone(next_issue_at)
        rhythm, joined = rhythms.place(self._connection, wanted.rhythm, next_issue_at)
        alone = next_issue_at if rhythm is None else None
        return {"next_issue_at": alone, "rhythm_id": rhythm, "joined": joined}

    def move(self, subscriber: int, address: str) -> None:
        """Give a reader another address, and revoke the links in mails to the old one, but for leaving."""
        key = self._hashes.address(address)
        old = select(_COLUMNS.address_key).where(_COLUMNS.id == subscriber).scalar_subquery()
        self._connection.execute(update(tables.subscribers).where(_COLUMNS.was == old).values(was=key))
        self._change(subscriber, address=address, address_key=key, links=_COLUMNS.links + 1)

    def revoke_links(self, subscriber: int) -> None:
        """Make the links in all earlier mails useless, but for those that unsubscribe."""
        self._change(subscriber, links=_COLUMNS.links + 1)

    def leave(self, subscriber: int) -> None:
        """Take a reader off; one who has left already, or is unknown, stays so."""
        stays = _COLUMNS.status.in_([Status.LEFT, Status.ERASED])
        is_suppressed = _COLUMNS.status == Status.SUPPRESSED
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber, ~stays)
            .values(
                status=case((is_suppressed, Status.SUPPRESSED), else_=Status.LEFT),
                before=case((is_suppressed, Status.LEFT), else_=None),
                **{**rhythms.ALONE, "next_issue_at": None},
            )
        )

    def suppress(self, subscriber: int) -> None:
        """Mark a reader whose address must not be mailed any more; who has not confirmed gets no mail anyway."""
        stays = _COLUMNS.status.in_([Status.SUPPRESSED, Status.ERASED, Status.PENDING])
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber, ~stays)
            .values(status=Status.SUPPRESSED, before=_COLUMNS.status, **rhythms.ALONE)
        )

    def restore(self, subscriber: int, cursor: int) -> None:
        """Give back the status that a suppression interrupted; what was missed meanwhile stays missed."""
        self._connection.execute(
            update(tables.subscribers)
            .where(_COLUMNS.id == subscriber, _COLUMNS.status == Status.SUPPRESSED)
            .values(status=func.coalesce(_COLUMNS.before, Status.LEFT), before=None, cursor=cursor)
        )

    def erase(self, subscriber: int) -> None:
        """Forget everything about a reader but that deliveries once went to somebody.

        The keyed hash of the address stays, so that links in old mails still unsubscribe whoever has it.
        """
        self._change(
            subscriber,
            address="",
            was=_COLUMNS.address_key,
            address_key=f"erased-{subscriber}",
            status=Status.ERASED,
            before=None,
            zone="UTC",
            hour=None,
            day=None,
            any_tags=[],
            no_tags=[],
            kinds=[],
            language="",
            reason="",
            consent=None,
            last_period=None,
            paused_until=None,
            **_alone(None),
        )

    def forget_pending(self, before: datetime) -> list[int]:
        """Return those who have not confirmed and were asked before a moment (ids), to be forgotten."""
        is_pending = tables.literally(_COLUMNS.status, Status.PENDING)
        query = select(_COLUMNS.id).where(is_pending, _COLUMNS.created < before)
        return list(self._connection.execute(query).scalars())

    def delete(self, subscriber: int) -> None:
        """Delete somebody to whom no issue ever went."""
        self._connection.execute(tables.subscribers.delete().where(_COLUMNS.id == subscriber))

    def find(self, address: str) -> Subscriber | None:
        """Return the reader with this address, whatever its case."""
        return self.find_by_key(self._hashes.address(address))

    def find_by_key(self, address_key: str) -> Subscriber | None:
        """Return the reader for whose address a keyed hash stands."""
        return self._first(_READERS.where(_COLUMNS.address_key == address_key))

    def _first(self, query: Select[Any]) -> Subscriber | None:
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

    def behind(self, subscriber: int) -> Subscriber | None:
        """Return who is meant today by a link that unsubscribes: the reader, locked.

        For one who was erased it is whoever has the address now.
        """
        reader = self.locked(subscriber)
        if reader is None or reader.status is not Status.ERASED:
            return reader
        was = select(_COLUMNS.was).where(_COLUMNS.id == subscriber).scalar_subquery()
        return self._locked(_COLUMNS.address_key == was)

    def locked(self, subscriber: int) -> Subscriber | None:
        """Return the reader with this id, whom nobody else changes until the transaction ends."""
        return self._locked(_COLUMNS.id == subscriber)

    def find_locked(self, address: str) -> Subscriber | None:
        """Return the reader with this address, whom nobody else changes until the transaction ends."""
        return self._locked(_COLUMNS.address_key == self._hashes.address(address))

    def _locked(self, which: ColumnElement[bool]) -> Subscriber | None:
        return self._first(_READERS.where(which).with_for_update(key_share=True, of=tables.subscribers))

    def with_id(self, subscriber: int) -> Subscriber | None:
        """Return the reader with this id."""
        return self._first(_READERS.where(_COLUMNS.id == subscriber))

    def count(self) -> int:
        """Return how many readers there are, of whatever status."""
        return int(self._connection.execute(select(func.count()).where(_here())).scalar_one())

    def all(self) -> Iterator[Subscriber]:
        """Tell all readers, in the order in which they came; a million of them take no more memory than few."""
        last = 0
        while True:
            query = _READERS.where(_COLUMNS.id > last, _here()).order_by(_COLUMNS.id).limit(_AT_ONCE)
            rows = self._connection.execute(query).all()
            yield from map(_subscriber, rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].id

    def any_due(self, now: datetime) -> bool:
        """Tell whether anybody's next issue is due at `now`."""
        return any(self._connection.execute(query.limit(1)).first() for query in _due(now))

    def due_rhythms(self, now: datetime) -> Sequence[Rhythm]:
        """Return the distinct rhythms of all readers whose next issue is due at `now`."""
        rows = (row for query in _due(now) for row in self._connection.execute(query.distinct()))
        return list({rhythms.of(row): None for row in rows})

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next issue after `now` is due, of anybody's."""
        goes_with_it = select(_COLUMNS.id).where(_COLUMNS.rhythm_id == _RHYTHM.id).limit(1)
        queries = (
            select(func.min(_COLUMNS.next_issue_at, type_=tables.Moment)).where(_COLUMNS.next_issue_at > now),
            select(_RHYTHM.next_issue_at)
            .where(_RHYTHM.next_issue_at > now, goes_with_it.scalar_subquery().is_not(None))
            .order_by(_RHYTHM.next_issue_at)
            .limit(1),
        )
        found: list[datetime | None] = [self._connection.execute(query).scalar() for query in queries]
        return min((moment for moment in found if moment), default=None)

    def _change(self, subscriber: int, **columns: object) -> None:
        self._connection.execute(update(tables.subscribers).where(_COLUMNS.id == subscriber).values(columns))


def _due(now: datetime) -> tuple[Select[Any], Select[Any]]:
    """Ask for rhythms that have come round for anybody, and for those of readers who are due alone."""
    # One reader of each is enough; and to look for one by the index is what no statistics talk a database out of.
    anybody = select(_COLUMNS.id).where(_COLUMNS.rhythm_id == _RHYTHM.id, mailable(now)).limit(1)
    numbers = (func.coalesce(_COLUMNS[name], rhythms.NONE).label(name) for name in ("hour", "day"))
    return (
        select(_RHYTHM.digest, _RHYTHM.zone, _RHYTHM.hour, _RHYTHM.day).where(
            _RHYTHM.next_issue_at <= now, anybody.scalar_subquery().is_not(None)
        ),
        select(_COLUMNS.digest, _COLUMNS.zone, *numbers).where(_COLUMNS.next_issue_at <= now, mailable(now)),
    )


def _alone(next_issue_at: datetime | None) -> dict[str, object]:
    return {"next_issue_at": next_issue_at, "rhythm_id": None, "joined": None}


def _here() -> ColumnElement[bool]:
    return _COLUMNS.status != Status.ERASED


def _subscriber(row: AnyRow) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        status=Status(row.status),
        preferences=preferences.read(row._asdict()),
        cursor=row.cursor,
        created=row.created,
        reason=row.reason,
        next_issue_at=row.next_issue_at,
        consent=preferences.consent_from(row.consent),
        last_period=row.last_period,
        links=row.links,
    )
