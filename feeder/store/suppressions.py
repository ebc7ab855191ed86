"""Suppressions: addresses that must not be mailed, known by their keyed hashes alone."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select

from feeder.model.batches import batched, batches
from feeder.model.newcomers import Outsider
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

    def add_all(self, outsiders: Mapping[str, Outsider]) -> set[str]:
        """Put addresses on the list by the thousand, by their keyed hashes; those that are there stay as they are.

        Returns the hashes of those that were there already.
        """
        there = self.among(outsiders)
        rows = [
            {"address_key": key, "cause": cause, "at": each.since, "reason": each.reason}
            for key, each in outsiders.items()
            if key not in there
            for cause in each.causes
        ]
        for some in batches(rows):
            self._connection.execute(dialects.insert_new(self._connection, tables.suppressions), some)
        return there

    def lift(self, address: str, causes: Collection[Cause]) -> bool:
        """Take an address off the list, for these causes; tell whether it was there for one of them."""
        where = (_COLUMNS.address_key == self.key(address), _COLUMNS.cause.in_(causes))
        return self._connection.execute(delete(tables.suppressions).where(*where)).rowcount > 0

    def of(self, address: str) -> list[Suppression]:
        """Return why an address must not be mailed, oldest first; empty when it may."""
        query = select(tables.suppressions).where(_COLUMNS.address_key == self.key(address))
        rows = self._connection.execute(query.order_by(_COLUMNS.at, _COLUMNS.cause))
        return [Suppression(Cause(row.cause), row.at, row.reason) for row in rows]

    def causes(self, addresses: Iterable[str]) -> dict[str, list[Cause]]:
        """Return why those of some addresses must not be mailed that are on the list."""
        by_key = {self.key(address): address for address in addresses}
        query = select(_COLUMNS.address_key, _COLUMNS.cause).where(_COLUMNS.address_key.in_(by_key))
        found: dict[str, list[Cause]] = {}
        for row in self._connection.execute(query.order_by(_COLUMNS.cause)):
            found.setdefault(by_key[row.address_key], []).append(Cause(row.cause))
        return found

    def among(self, address_keys: Iterable[str]) -> set[str]:
        """Return those of some keyed hashes, perhaps many, that are on the list."""
        if not self._connection.execute(select(exists(select(_COLUMNS.address_key)))).scalar():
            return set()  # as when the first audience comes in
        found: set[str] = set()
        for some in batched(address_keys):
            query = select(_COLUMNS.address_key).where(_COLUMNS.address_key.in_(some))
            found.update(self._connection.execute(query).scalars())
        return found
