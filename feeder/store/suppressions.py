"""Suppressions: addresses that must not be mailed, known by their keyed hashes alone."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, select

from feeder.model.subscribers import Cause, Suppression
from feeder.store import dialects, tables
from feeder.store.hashes import Hashes

_COLUMNS = tables.suppressions.c


class Suppressions:
    """The list of one site."""

    def __init__(self, connection: Connection, hashes: Hashes) -> None:
        self._connection = connection
        self._hashes = hashes

    def key(self, address: str) -> str:
        """Return the keyed hash that stands for an address."""
        return self._hashes.address(address)

    def add(self, address: str, cause: Cause, now: datetime, reason: str = "") -> None:
        """Put an address on the list; one that is there for the same cause stays as it is."""
        self.add_key(self.key(address), cause, now, reason)

    def add_key(self, address_key: str, cause: Cause, now: datetime, reason: str = "") -> None:
        """Put an address on the list of which only the keyed hash is known."""
        row = {"address_key": address_key, "cause": cause, "at": now, "reason": reason}
        self._connection.execute(dialects.insert_new(self._connection, tables.suppressions).values(row))

    def lift(self, address: str, causes: Collection[Cause]) -> bool:
        """Take an address off the list, for these causes; tell whether it was there for one of them."""
        where = (_COLUMNS.address_key == self.key(address), _COLUMNS.cause.in_(causes))
        return self._connection.execute(delete(tables.suppressions).where(*where)).rowcount > 0

    def of(self, address: str) -> list[Suppression]:
        """Return why an address must not be mailed, oldest first; empty when it may."""
        query = select(tables.suppressions).where(_COLUMNS.address_key == self.key(address))
        rows = self._connection.execute(query.order_by(_COLUMNS.at, _COLUMNS.cause))
        return [Suppression(Cause(row.cause), row.at, row.reason) for row in rows]

    def among(self, address_keys: Collection[str]) -> set[str]:
        """Return those of some keyed hashes that are on the list."""
        query = select(_COLUMNS.address_key).where(_COLUMNS.address_key.in_(address_keys))
        return set(self._connection.execute(query).scalars())

    def erased(self) -> Iterator[tuple[str, datetime]]:
        """Tell the keyed hashes of all who were erased, and when."""
        query = select(_COLUMNS.address_key, _COLUMNS.at).where(_COLUMNS.cause == Cause.ERASURE)
        for row in self._connection.execute(query):
            yield row.address_key, row.at
