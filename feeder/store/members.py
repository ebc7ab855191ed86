"""Who works for the site: processes that tell by and by that they live, by the database's own clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from feeder.model.members import Member
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow, Present

_MEMBER = tables.members.c

_MISSED = 3.5
"""So many beats are missing when a process is taken for dead."""

_LIVES = _MEMBER.seen + _MEMBER.beats * _MISSED >= Present()


class Members:
    """The processes of one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def join(self, member: Member) -> None:
        """Add a process, or what it is now; it lives."""
        row = {
            "id": member.id,
            "machine": member.machine,
            "process": member.process,
            "roles": list(member.roles),
            "version": member.version,
            "began": member.began,
            "beats": member.beats.total_seconds(),
            "seen": Present(),
        }
        self._connection.execute(dialects.upsert(self._connection, tables.members, "id").values(row))

    def beat(self, member: str) -> bool:
        """Tell that a process lives; False where it was taken for dead, and is known no more."""
        lives = update(tables.members).where(_MEMBER.id == member).values(seen=Present())
        return self._connection.execute(lives).rowcount == 1

    def leave(self, member: str) -> None:
        """Forget a process."""
        self._connection.execute(delete(tables.members).where(_MEMBER.id == member))

    def silent(self) -> list[str]:
        """Return who was not heard of for too long. Nobody else takes them for dead in this transaction."""
        query = select(_MEMBER.id).where(~_LIVES).with_for_update(skip_locked=True)
        return list(self._connection.execute(query).scalars())

    def all(self) -> Sequence[Member]:
        """Return all processes, those that began first at first."""
        query = select(tables.members, _LIVES.label("is_alive")).order_by(_MEMBER.began, _MEMBER.id)
        return [_member(row) for row in self._connection.execute(query)]


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
        is_alive=bool(row.is_alive),
    )
