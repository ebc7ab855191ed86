"""What goes wrong with a database and a query, in one line of our words, without secrets."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from feeder.errors import SourceError
from feeder.markup import html

_SECRETS = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
_CAUSE_CHARACTERS = 300

# What databases say when they refuse to write: SQLite (sqlite.org/rescode.html), PostgreSQL's
# read_only_sql_transaction, and MySQL's ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION.
_REFUSES_TO_WRITE: set[object] = {"SQLITE_READONLY", "SQLITE_AUTH", "25006", 1792}
# PostgreSQL's words for WITH … DELETE; its code stands for everything that it does not support.
_WRITES_WITHIN = "data-modifying statements"
# PostgreSQL's query_canceled, MySQL's ER_QUERY_TIMEOUT, MariaDB's ER_STATEMENT_TIMEOUT.
_TIMED_OUT: set[object] = {"SQLITE_INTERRUPT", "57014", 3024, 1969}
_LOCKED: set[object] = {"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", 1205}
# Drivers raise ValueError and its like, when a value does not fit into Python's types; sqlite3 has
# a Warning for several statements.
_FAILURES = (SQLAlchemyError, sqlite3.Warning, OSError, ValueError, ArithmeticError, TypeError)


@dataclass(frozen=True, slots=True)
class Failures:
    """Translates what goes wrong with the query of `thing`, which may take `longest`, at an address."""

    thing: str
    address: URL
    longest: timedelta

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """Translate what goes wrong on the way to the database."""
        try:
            yield
        except _FAILURES as error:
            if _codes(error) & _LOCKED:
                raise self._locked() from error
            rule = f"its database cannot be reached ({self._cause(error)})"
            raise SourceError(self.thing, rule, "check its address, and whether it is there") from error

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Translate what goes wrong with the query."""
        try:
            yield
        except _FAILURES as error:
            raise self._complaint(error) from error

    def too_long(self) -> SourceError:
        """Say that the query takes longer than it may."""
        seconds = f"{self.longest.total_seconds():g}"
        return SourceError(
            self.thing, f"its query takes longer than {seconds} seconds", "select less, or add an index"
        )

    def _complaint(self, error: BaseException) -> SourceError:
        codes, cause = _codes(error), self._cause(error)
        if codes & _REFUSES_TO_WRITE or _WRITES_WITHIN in cause:
            return writes(self.thing)
        if codes & _TIMED_OUT:
            return self.too_long()
        if codes & _LOCKED:
            return self._locked()
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return SourceError(self.thing, f"its database has gone away ({cause})", "wait until it is back")
        return SourceError(
            self.thing, f"its query fails ({cause})", "mend it, or let feeder read what it names"
        )

    def _locked(self) -> SourceError:
        return SourceError(self.thing, "its database is locked by another program", "wait until that is done")

    def _cause(self, error: BaseException) -> str:
        """Return the database's own words, on one line."""
        found = _driver_error(error)
        match found.args:
            case (int(), str(words), *_):  # as MySQL's drivers tell it
                said = words
            case _:
                said = str(found)
        cause = said.strip().partition("\n")[0] or type(found).__name__
        for secret in self._secrets():
            cause = cause.replace(secret, "***")
        return html.excerpt(cause, _CAUSE_CHARACTERS)

    def _secrets(self) -> list[str]:
        named = [value for key, value in self.address.query.items() if _SECRETS.search(key)]
        texts = [value for value in named if isinstance(value, str)]
        return [secret for secret in (self.address.password, *texts) if secret]


def writes(thing: str) -> SourceError:
    """Say that a query writes."""
    return SourceError(
        thing, "its query writes, and feeder only reads", "write a SELECT that changes nothing"
    )


def _codes(error: BaseException) -> set[object]:
    """Return the names and numbers that a driver gives to what happened."""
    cause = _driver_error(error)
    named = {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)}
    return named | {each for each in cause.args if isinstance(each, int)}


def _driver_error(error: BaseException) -> BaseException:
    found = getattr(error, "orig", None)
    return found if isinstance(found, BaseException) else error
