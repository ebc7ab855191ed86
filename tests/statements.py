"""Puts a statement into SQL once a process, where each store would do it anew.

Whoever uses feeder opens one store; tests open thousands, and a third of what a store costs them is that. SQLAlchemy
keeps what it has made of a statement by the dialect for which it did so. Here all dialects of a kind are taken for
the same, and all engines keep it in one place.
"""

from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_MADE: Final[LRUCache[Any, Any]] = LRUCache(2_000)


class _AlikeInAll:
    """A dialect that keeps what it has made of statements with all others of its kind."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_MADE)


class SQLite(_AlikeInAll, SQLiteDialect_pysqlite):
    """SQLite's dialect."""

    supports_statement_cache = True  # asked of each class itself


class PostgreSQL(_AlikeInAll, PGDialect_psycopg):
    """PostgreSQL's dialect."""

    supports_statement_cache = True


def make_once() -> None:
    """Let all stores that are opened from now on share what is made of their statements."""
    registry.register("sqlite", __name__, SQLite.__name__)
    registry.register("postgresql.psycopg", __name__, PostgreSQL.__name__)
