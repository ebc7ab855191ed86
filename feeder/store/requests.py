"""Requests: what was asked for an address, and is done only when whoever reads its mail confirms it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal, select, update

from feeder.model.subscribers import Ask, Matter, Preferences, Request
from feeder.store import dialects, preferences, tables
from feeder.store.dialects import AnyRow
from feeder.store.hashes import Hashes

_COLUMNS = tables.requests.c


class Requests:
    """What was asked of one site."""

    def __init__(self, connection: Connection, hashes: Hashes) -> None:
        self._connection = connection
        self._hashes = hashes

    def add(
        self,
        ask: Ask,
        address: str,
        now: datetime,
        expires: datetime,
        *,
        subscriber: int | None = None,
        wish: Preferences | None = None,
        form: str = "",
        wording: str = "",
        language: str = "",
        network: bytes | None = None,
    ) -> int:
        """Write down what was asked, and return its id. Of the network only a keyed hash is kept."""
        row = {
            "ask": ask,
            "address": address,
            "address_key": self._hashes.address(address),
            "subscriber_id": subscriber,
            "wish": preferences.written(wish) if wish else None,
            "form": form,
            "wording": wording,
            "language": language,
            "network": None if network is None else self._hashes.network(network),
            "asked": now,
            "expires": expires,
            "mailed": False,
            "confirmed": False,
        }
        return dialects.inserted(self._connection, tables.requests, row)

    def unanswered(self, limit: int, asks: Collection[Ask] = tuple(Ask)) -> list[Request]:
        """Return up to `limit` requests of these kinds of which nobody has decided yet, oldest first.

        They are locked, so that two who answer never take the same.
        """
        query = (
            select(tables.requests)
            .where(_COLUMNS.answered.is_(None), _COLUMNS.ask.in_(asks))
            .order_by(_COLUMNS.asked, _COLUMNS.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_request(row) for row in self._connection.execute(query)]

    def answered(self, request: int, now: datetime, subscriber: int | None = None) -> None:
        """Write down that a request got no letter, and whose it is where that is known."""
        known = {} if subscriber is None else {"subscriber_id": subscriber}
        self._change(request, answered=now, **known)

    def mailed(self, request: int, subscriber: int, now: datetime) -> None:
        """Write down that a letter goes out about a request, and whose it is."""
        self._change(request, answered=now, mailed=True, subscriber_id=subscriber)

    def get(self, request: int) -> Request | None:
        """Return a request."""
        return self._first(select(tables.requests).where(_COLUMNS.id == request))

    def locked(self, request: int) -> Request | None:
        """Return a request that nobody else changes until the transaction ends."""
        return self._first(select(tables.requests).where(_COLUMNS.id == request).with_for_update())

    def _first(self, query: Select[Any]) -> Request | None:
        row = self._connection.execute(query).first()
        return _request(row) if row else None

    def confirmed(self, request: int, now: datetime) -> None:
        """Write down that a request was confirmed, and done."""
        self._change(request, confirmed=True, closed=now)

    def close(self, address: str, now: datetime, subscriber: int | None = None) -> None:
        """Let all open requests for an address, and for its reader, come to nothing."""
        theirs = _COLUMNS.address_key == self._hashes.address(address)
        values: dict[str, object] = {
            "closed": now,
            "answered": func.coalesce(_COLUMNS.answered, literal(now, tables.Moment)),
        }
        if subscriber is not None:
            theirs |= _COLUMNS.subscriber_id == subscriber
            values["subscriber_id"] = func.coalesce(_COLUMNS.subscriber_id, subscriber)
        self._connection.execute(
            update(tables.requests).where(theirs, _COLUMNS.closed.is_(None)).values(values)
        )

    def letters_about(self, address: str, asks: Collection[Ask], since: datetime) -> list[datetime]:
        """Return when letters went to an address about what was asked since, and not confirmed, newest first."""
        query = (
            select(_COLUMNS.answered)
            .where(
                _COLUMNS.address_key == self._hashes.address(address),
                _COLUMNS.ask.in_(asks),
                _COLUMNS.mailed.is_(True),
                _COLUMNS.confirmed.is_(False),
                _COLUMNS.asked >= since,
            )
            .order_by(_COLUMNS.answered.desc())
        )
        return list(self._connection.execute(query).scalars())

    def confirmations_since(self, moment: datetime) -> int:
        """Return how many letters that ask for a confirmation went out since a moment, whenever that was asked for."""
        letter = tables.letters.c
        asking = letter.matter.in_([Matter.CONFIRM, Matter.MOVE])
        query = select(func.count()).where(letter.created >= moment, asking)
        return int(self._connection.execute(query).scalar_one())

    def of(self, subscriber: int) -> list[Request]:
        """Return what was asked for a reader, oldest first."""
        query = select(tables.requests).where(_COLUMNS.subscriber_id == subscriber).order_by(_COLUMNS.id)
        return [_request(row) for row in self._connection.execute(query)]

    def forget_networks(self, before: datetime) -> None:
        """Forget where requests came from that are older than a moment."""
        where = (_COLUMNS.asked < before, _COLUMNS.network.is_not(None))
        self._connection.execute(update(tables.requests).where(*where).values(network=None))

    def forget(self, before: datetime) -> None:
        """Forget requests that are older than a moment."""
        self._connection.execute(delete(tables.requests).where(_COLUMNS.asked < before))

    def forget_all_of(self, addresses: Sequence[str], subscriber: int) -> None:
        """Forget all requests for these addresses, and those of a reader."""
        keys = [self._hashes.address(address) for address in addresses]
        where = _COLUMNS.address_key.in_(keys) | (_COLUMNS.subscriber_id == subscriber)
        self._connection.execute(delete(tables.requests).where(where))

    def _change(self, request: int, **columns: object) -> None:
        self._connection.execute(update(tables.requests).where(_COLUMNS.id == request).values(columns))


def _request(row: AnyRow) -> Request:
    return Request(
        id=row.id,
        ask=Ask(row.ask),
        address=row.address,
        asked=row.asked,
        expires=row.expires,
        subscriber=row.subscriber_id,
        wish=preferences.from_written(row.wish) if row.wish else None,
        form=row.form,
        wording=row.wording,
        language=row.language,
        mailed=row.mailed,
        confirmed=row.confirmed,
        closed=row.closed,
    )
