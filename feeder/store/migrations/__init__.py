"""The way from every older schema to the page in `tables`, by Alembic.

A new database is made as the page says, at once; a test holds that the steps lead to the same.

Steps are of two kinds, so that old and new programs can work with one database at a time. What comes `before` only
adds, and old programs go on beside it. What comes `after` takes away what only they used, and waits until none of
them works any more. So the database says which programs it is for: `oldest` is the last step that took away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable

from feeder.errors import StoreNewer
from feeder.store import tables

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

BEFORE, AFTER = "0017", "0018"
"""The newest revision of each kind; a test holds them against the files. A program needs its `BEFORE`, not its `AFTER`."""

HEAD = max(BEFORE, AFTER)
"""The newest revision."""

_FOLDER = Path(__file__).parent

_REVISIONS = Table(  # as Alembic makes it, and `oldest`, which a step adds
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    Column("oldest", String(32)),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is on the way: at a `revision`, for programs that know all steps up to `oldest`."""

    revision: str
    oldest: str


class Fit(Enum):
    """How a database and this program fit."""

    EMPTY = "empty"
    BEHIND = "lacks what this program needs"
    UNFINISHED = "holds what only earlier versions use"
    SAME = "as this program wants it"
    AHEAD = "has more than this program knows"
    BEYOND = "lacks what this program needs, since a later version took it away"


def place(connection: Connection) -> Place | None:
    """Return where the database is; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    every = text(
        "SELECT version_num, alembic_version.* FROM alembic_version"
    )  # which may have no `oldest` yet
    found = connection.execute(every).mappings().first()
    return Place(found["version_num"], found.get("oldest") or "") if found else None


def fit(there: Place | None) -> Fit:
    """Tell how a database fits this program."""
    match there:
        case None:
            return Fit.EMPTY
        case Place(oldest=oldest) if oldest > HEAD:
            return Fit.BEYOND
        case Place(revision=revision) if revision < BEFORE:
            return Fit.BEHIND
        case Place(revision=revision) if revision < HEAD:
            return Fit.UNFINISHED
        case Place(revision=revision) if revision > HEAD:
            return Fit.AHEAD
        case _:
            return Fit.SAME


def check(connection: Connection) -> None:
    """Make sure that this program may use the database. Raises: StoreNewer."""
    there = place(connection)
    if there and fit(there) is Fit.BEYOND:
        raise StoreNewer(
            "the store",
            f"was brought to revision {there.revision} by a later version of feeder,"
            f" and this one, which knows {HEAD}, can use it no more",
            "install that version, or a later one",
        )


def check_known(connection: Connection) -> None:
    """Make sure that this program knows all that the database holds. Raises: StoreNewer."""
    there = place(connection)
    if there and there.revision > HEAD:
        raise StoreNewer(
            "the store",
            f"is at revision {there.revision} of a later version of feeder, and holds what this one does not know",
            "do this with that version, or a later one",
        )


def at_once(connection: Connection) -> None:
    """Make the newest schema in an empty database."""
    for table in tables.metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in table.indexes:
            made = str(CreateIndex(index).compile(connection))
            where = index.info.get("where", "")
            if connection.dialect.name == "sqlite":
                # Which finds such an index by the letter, and is asked for 1 and 0.
                where = where.replace("IS TRUE", "IS 1").replace("IS FALSE", "IS 0")
            connection.exec_driver_sql(f"{made} WHERE {where}" if where else made)
    connection.execute(CreateTable(_REVISIONS))
    connection.execute(_REVISIONS.insert().values(version_num=HEAD, oldest=AFTER))


def step_by_step(connection: Connection, to: str = HEAD) -> None:
    """Go the steps from where the database is to a revision. Raises: StoreNewer."""
    # Alembic takes a while to import, and a database is seldom behind.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
        oldest = next(_taking_away(ScriptDirectory.from_config(config), to, "base"), "")
    except CommandError as error:
        raise StoreNewer(
            "the store",
            f"was made by a later version of feeder ({error})",
            "install that version, or a later one",
        ) from error
    if any(column["name"] == "oldest" for column in inspect(connection).get_columns("alembic_version")):
        connection.execute(_REVISIONS.update().values(oldest=oldest))


def taken_away(there: str, to: str) -> str:
    """Return the last step between two revisions that takes away; empty for none."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return next(_taking_away(ScriptDirectory(str(_FOLDER)), to, there), "")


def _taking_away(steps: "ScriptDirectory", to: str, there: str) -> Iterator[str]:
    """Yield the steps that take away, the last at first."""
    for step in steps.iterate_revisions(to, there):
        if step.module.kind == "after":
            yield step.revision
