"""The way from every older schema to the page in `tables`, by Alembic.

A new database is made as the page says, at once; a test holds that the steps lead to the same.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable

from feeder.errors import StoreNewer
from feeder.store import tables

HEAD = "0012"
"""The newest revision; a test holds it against the files."""

_FOLDER = Path(__file__).parent

_REVISIONS = Table(  # just as Alembic makes it
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def revision(connection: Connection) -> str | None:
    """Return the revision of the database, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """Make the schema in an empty database, or bring an older one to `HEAD`, in the transaction of `connection`.

    Raises: StoreNewer when a later version of feeder made it.
    """
    if revision(connection) is None:
        _at_once(connection)
    else:
        step_by_step(connection)


def _at_once(connection: Connection) -> None:
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
    connection.execute(_REVISIONS.insert().values(version_num=HEAD))


def step_by_step(connection: Connection, to: str = HEAD) -> None:
    """Go the steps from where the database is to a revision. Raises: StoreNewer."""
    # Alembic takes a while to import, and a database is seldom behind.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise StoreNewer(
            "the store",
            f"was made by a later version of feeder ({error})",
            "install that version, or a later one",
        ) from error
