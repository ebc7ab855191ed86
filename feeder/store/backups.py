"""All rows of a site in a form that every database takes: a line of JSON each, its values in the order of the columns.

Moments are seconds since 1970, as they are stored, and bytes are in base64. What is told of the columns says how to
take them back, so that a backup is read by later versions: at the revision that it was made at, and then brought to
the newest by the same steps as a database of that time.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from feeder.errors import StoreError
from feeder.model.batches import batched
from feeder.store import dialects, migrations, tables
from feeder.store.moving import Progress

_AT_ONCE = 1_000

_KINDS: Mapping[str, TypeEngine[Any]] = {
    "text": Text(),
    "number": BigInteger(),
    "yes or no": Boolean(),
    "bytes": LargeBinary(),
    "json": JSON(),
    "json or nothing": JSON(none_as_null=True),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, and its columns with their kinds."""

    table: str
    columns: Sequence[tuple[str, str]]


Lines = Callable[[str], Iterable[bytes]]
"""Returns the lines of a table, by its name."""


def shapes() -> list[Shape]:
    """Return all tables of a site, in an order in which none names rows of a later one."""
    return [
        Shape(table.name, [(column.name, _kind(column)) for column in table.columns])
        for table in tables.CARRIED
    ]


def lines(connection: Connection, table: str) -> Iterator[bytes]:
    """Tell all rows of a table, as the transaction of `connection` sees them."""
    query = select(tables.metadata.tables[table]).execution_options(stream_results=True, yield_per=_AT_ONCE)
    for row in connection.execute(query):
        yield json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"


def put_back(
    connection: Connection, revision: str, wanted: Sequence[Shape], told: Lines, progress: Progress
) -> None:
    """Put these tables, of a revision, in the place of all that there is; then bring them to the newest revision.

    Raises: StoreError, for rows that cannot be taken. The caller undoes the transaction then.
    """
    if revision != migrations.HEAD:
        for table in reversed(tables.metadata.sorted_tables):
            table.drop(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        migrations.step_by_step(connection, revision)
    made = [_table(shape) for shape in wanted]
    for table in reversed(made):
        connection.execute(table.delete())  # also what every new store begins with
    for table in progress(made, len(made)):
        for some in batched(told(table.name), _AT_ONCE):
            connection.execute(insert(table), [_row(table, line) for line in some])
        dialects.renumber(connection, table)
    if revision != migrations.HEAD:
        migrations.step_by_step(connection)


def holds_work(connection: Connection) -> bool:
    """Tell whether a database holds anything that somebody could miss."""
    kept = (tables.items, tables.subscribers, tables.suppressions)
    return any(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in kept)


def _table(shape: Shape) -> Table:
    columns = [Column(name, _KINDS[kind]) for name, kind in shape.columns]
    return Table(shape.table, MetaData(), *columns)


def _row(table: Table, line: bytes) -> dict[str, object]:
    try:
        values = json.loads(line)
        return {
            column.name: _value(column, value) for column, value in zip(table.columns, values, strict=True)
        }
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(
            f"table {table.name} of the backup", "has a row that cannot be read", "take another backup"
        ) from error


def _value(column: Column[Any], value: object) -> object:
    return b64decode(str(value)) if isinstance(column.type, LargeBinary) and value is not None else value


def _plain(value: object) -> object:
    match value:
        case datetime():
            return int(value.timestamp())
        case bytes():
            return b64encode(value).decode()
        case _:
            return value


def _kind(column: Column[Any]) -> str:
    match column.type:
        case JSON():
            return "json or nothing" if column.nullable else "json"
        case LargeBinary():
            return "bytes"
        case Boolean():
            return "yes or no"
        case Text() | String():
            return "text"
        case _:
            return "number"
