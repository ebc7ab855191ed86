"""When the schema changes, while old and new programs may work with it side by side."""

from sqlalchemy import Connection, Text, cast, inspect, literal, select

from feeder.errors import StoreInUse
from feeder.store import migrations, tables
from feeder.store.members import LIVES

_MEMBER = tables.members.c


def upgrade(connection: Connection) -> None:
    """Bring the schema to where this program can work, in the transaction of `connection`.

    What is there already is only added to while processes work for the site: what takes away waits for `finish`.
    Raises: StoreNewer; StoreInUse where an earlier version still uses what is in the way.
    """
    there = migrations.place(connection)
    if there is None:
        migrations.at_once(connection)
        return
    _go(connection, there, migrations.BEFORE if any_members(connection) else migrations.HEAD)


def finish(connection: Connection) -> None:
    """Also take away what only earlier versions used. Raises: StoreNewer; StoreInUse while one of them works."""
    there = migrations.place(connection)
    if there:
        _go(connection, there, migrations.HEAD)


def any_members(connection: Connection) -> bool:
    """Tell whether processes work for the site, or did when they were last heard of."""
    if not inspect(connection).has_table("members"):
        return False
    return connection.execute(select(_MEMBER.id).limit(1)).first() is not None


def _go(connection: Connection, there: migrations.Place, to: str) -> None:
    migrations.check(connection)
    if there.revision >= to:
        return
    if gone := migrations.taken_away(there.revision, to):
        make_sure_that_all_know(connection, gone)
    migrations.step_by_step(connection, to)


def make_sure_that_all_know(connection: Connection, step: str) -> None:
    """Look whether processes live that do not know a step. Raises: StoreInUse."""
    there = inspect(connection)
    if not there.has_table("members"):
        return
    tells = "revision" in {column["name"] for column in there.get_columns("members")}
    knows = _MEMBER.revision if tells else cast(literal(""), Text)
    query = select(_MEMBER.machine, _MEMBER.process, _MEMBER.version).where(LIVES, knows < step)
    older = [f"{row.machine}:{row.process} ({row.version})" for row in connection.execute(query)]
    if older:
        raise StoreInUse(
            "the store",
            f"is used by an earlier version of feeder: {', '.join(sorted(older))}",
            "stop or upgrade these, then run `feeder store upgrade`",
        )
