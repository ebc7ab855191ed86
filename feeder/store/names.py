"""Tags, outlets and authors: found by name, or made, each with a slug of its own."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, select

from feeder.markup import text, urls
from feeder.model.batches import batches, unique
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
        self._asked: set[str] = set()
        self._spelled: dict[str, int] = {}

    def find(self, name: str) -> int | None:
        """Return the id that `name` has, if it has one."""
        if name not in self._spelled:
            self.find_all([name])
            found = self._found.get(key(name))
            if found is None:
                return None
            self._spelled[name] = found
        return self._spelled[name]

    def find_all(self, names: Iterable[str]) -> None:
        """Look up many names at once, so that `find` and `get` need not ask for each."""
        wanted = sorted({key(name) for name in set(names) - self._spelled.keys()} - self._asked)
        if not wanted:
            return
        self._asked.update(wanted)
        query = select(self._table.c.key, self._table.c.id)
        for some in batches(wanted):
            for row in self._connection.execute(query.where(self._table.c.key.in_(some))):
                self._found[row.key] = row.id

    def get(self, name: str, **columns: str | None) -> int:
        """Return the id of `name`, made where there is none; it keeps this spelling and slug."""
        found = self.find(name)
        shown = text.line(name)
        while found is None:
            # Another transaction may take the slug, or make the name, between looking and inserting.
            (slug,) = free_slugs(self._connection, self._table, [urls.slug(shown)])
            row = {"name": shown, "key": key(name), "slug": slug, **columns}
            self._asked.discard(key(name))
            found = dialects.inserted_new(self._connection, self._table, row) or self.find(name)
        self._found[key(name)] = found
        self._asked.add(key(name))
        return found


def free_slugs(connection: Connection, table: Table, wanted: Sequence[str]) -> list[str]:
    """Return for each of `wanted` itself, or `wanted-2` and so on, whichever no row has yet, nor another."""
    taken: set[str] = set()
    for some in batches(unique(wanted)):
        taken |= set(connection.execute(select(table.c.slug).where(table.c.slug.in_(some))).scalars())
    often = Counter(wanted)
    for slug in often:
        if slug in taken or often[slug] > 1:
            like = dialects.begins_with(connection, table.c.slug, f"{slug}-")
            taken |= set(connection.execute(select(table.c.slug).where(like)).scalars())
    return [_free(slug, taken) for slug in wanted]


def _free(wanted: str, taken: set[str]) -> str:
    slug, next_number = wanted, 2
    while slug in taken:
        slug, next_number = f"{wanted}-{next_number}", next_number + 1
    taken.add(slug)
    return slug
