"""The way from every older schema to the page in `tables`, by Alembic.

A new database is made by the same steps, so that there is one way only.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from feeder.errors import StoreNewer

HEAD = "0011"
"""The newest revision; a test holds it against the files."""

_FOLDER = Path(__file__).parent


def revision(connection: Connection) -> str | None:
    """Return the revision of the database, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """Bring the database to `HEAD` in the transaction of `connection`.

    Raises: StoreNewer when a later version of feeder made it.
    """
    # Alembic takes a while to import, and a database is seldom behind.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreNewer(
            "the store",
            f"was made by a later version of feeder ({error})",
            "install that version, or a later one",
        ) from error
