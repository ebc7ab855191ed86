"""Tags, outlets and authors: found by name, or made, each with a slug of its own."""

from sqlalchemy import Connection, Table, select

from feeder.markup import text, urls
from feeder.store import dialects


def key(name: str) -> str:
    """Return the form in which names are compared: case and spacing do not tell them apart."""
    return text.line(name).casefold()


class Names:
    """One table of names, with what was found kept for the length of a transaction."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection = connection
        self._table = table
        self._found: dict[str, int] = {}

    def find(self, name: str) -> int | None:
        """Return the id that `name` has, if it has one."""
        wanted = key(name)
        if wanted not in self._found:
            query = select(self._table.c.id).where(self._table.c.key == wanted)
            found = self._connection.execute(query).scalar()
            if found is None:
                return None
            self._found[wanted] = found
        return self._found[wanted]

    def add(self, name: str, **columns: str | None) -> int:
        """Make a row for a name that has none; it keeps this spelling and slug."""
        shown = text.line(name)
        found: int | None = None
        while found is None:
            # Another transaction may take the slug, or make the name, between looking and inserting.
            slug = free_slug(self._connection, self._table, urls.slug(shown))
            row = {"name": shown, "key": key(name), "slug": slug, **columns}
            found = dialects.inserted_new(self._connection, self._table, row) or self.find(name)
        self._found[key(name)] = found
        return found


def free_slug(connection: Connection, table: Table, wanted: str) -> str:
    """Return `wanted`, or `wanted-2` and so on, whichever no row of `table` has yet."""
    taken = set(
        connection.execute(
            select(table.c.slug).where(
                (table.c.slug == wanted) | table.c.slug.startswith(f"{wanted}-", autoescape=True)
            )
        ).scalars()
    )
    slug, next_number = wanted, 2
    while slug in taken:
        slug, next_number = f"{wanted}-{next_number}", next_number + 1
    return slug
