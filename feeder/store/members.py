"""Who works for the site: processes that tell by and by that they live, by the database's own clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from feeder.model.members import Member
from feeder.store import dialects, migrations, tables
from feeder.store.dialects import AnyRow, Present

_MEMBER = tables.members.c

_MISSED = 3
"""So many beats are missing when a process is taken for dead."""

LIVES = _MEMBER.seen + _MEMBER.beats * _MISSED >= Present()
"""Holds for processes that were heard of not long ago."""


class Members:
    """The processes of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def join(self, member: Member) -> None:
        """Add a process, or what it is now; it lives.

        Raises: StoreNewer when it could not use the store any more.
        """
        dialects.lock_schema(self._connection)  # nobody takes away meanwhile what its program uses
        migrations.check(self._connection)
        row = {
            "id": member.id,
            "machine": member.machine,
            "process": member.process,
            "roles": list(member.roles),
            "version": member.version,
            "began": member.began,
            "beats": member.beats.total_seconds(),
            "seen": Present(),
            "ahead": _ahead(member.seen),
            "revision": migrations.HEAD,
            "engine": member.engine,
            "setup": member.setup,
        }
        self._connection.execute(dialects.upsert(self._connection, tables.members, "id").values(row))

    def beat(self, member: str, now: datetime) -> bool:
        """Tell that a process lives, whose clock shows `now`; False where it was taken for dead, and is known no more."""
        told = {"seen": Present(), "ahead": _ahead(now)}
        lives = update(tables.members).where(_MEMBER.id == member).values(told)
        return self._connection.execute(lives).rowcount == 1

    def leave(self, member: str) -> None:
        """Forget a process."""
        self._connection.execute(delete(tables.members).where(_MEMBER.id == member))

    def silent(self) -> list[str]:
        """Return who was not heard of for too long. Nobody else takes them for dead in this transaction."""
        query = select(_MEMBER.id).where(~LIVES).with_for_update(skip_locked=True)
        return list(self._connection.execute(query).scalars())

    def all(self) -> Sequence[Member]:
        """Return all processes, those that began first at first."""
        query = select(tables.members, LIVES.label("is_alive")).order_by(_MEMBER.began, _MEMBER.id)
        return [_member(row) for row in self._connection.execute(query)]


def _ahead(now: datetime) -> ColumnElement[float]:
    return now.timestamp() - Present()


def _member(row: AnyRow) -> Member:
    return Member(
        id=row.id,
        machine=row.machine,
        process=row.process,
        roles=tuple(row.roles),
        version=row.version,
        began=row.began,
        beats=timedelta(seconds=row.beats),
        seen=datetime.fromtimestamp(row.seen, UTC),
        ahead=timedelta(seconds=row.ahead or 0),
        revision=row.revision,
        engine=row.engine,
        setup=row.setup,
        is_alive=bool(row.is_alive),
    )
