"""A due issue for ten million readers on PostgreSQL: planned, and then written down as sending does.

    .venv/bin/python benchmarks/ten_million.py [--readers 10000000] [--sent 200000] [--bare]

Readers are put in by one statement, with 1,000 preferences and 120 rhythms, as after an earlier issue. The issue is
planned by `planning.plan`. Then deliveries are claimed, attempted in groups, said to bring a content, and recorded as
accepted, with the cursors of their readers: as `workflows/send.py` does, without mail. With `--bare` the same rows are
first put into an empty ledger by one bare statement, which says how fast the machine is just now.

Goals: planned in under 60 s and 150 MB; 20,000 rows of the ledger a second, each with its attempt, its content, its
outcome and its cursor.
"""

import argparse
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import _databases
import _measuring
import _readers
import _sites
from planning import BARE, ZONES
from sqlalchemy import Connection, text

from feeder.app import App
from feeder.model.deliveries import Accepted, Delivery
from feeder.store import Transaction, dialects, tables
from feeder.workflows import planning

_DUE = datetime(2026, 11, 29, 12, tzinfo=UTC)
"""A Sunday: the slots of that week are over in all zones."""

_CLAIMED, _GROUP = 1_000, 100
"""How many are claimed at a time, and how many outcomes and attempts are committed together."""

_RHYTHMS = """
    INSERT INTO rhythms (digest, zone, hour, day, next_issue_at, postponed, period, rounds)
    SELECT DISTINCT 'weekly', (CAST(:zones AS text[]))[n % 20 + 1], n % 24, -1, :due, false, '2026-W47', 1
    FROM generate_series(0, 999) AS n
"""
_SUBSCRIBERS = """
    INSERT INTO subscribers (address, address_key, status, digest, zone, hour, any_tags, no_tags, kinds, form, language,
        cursor, created, reason, consent, links, rhythm_id, joined, postponed)
    SELECT 'reader-' || n || '@example.org', md5(CAST(n AS text)), 'active', 'weekly', zone, hour,
        json_build_array('subject-' || n % 50, 'subject-' || (n % 1000 / 50 + 50)), '[]', '[]', 'short', 'en',
        0, :due, 'you signed up for it',
        json_build_object('origin', 'import', 'asked', :due, 'confirmed', :due, 'form', 'list.csv',
            'wording', 'Yes, send me the digest.', 'language', 'en'),
        0, rhythms.id, 0, false
    FROM generate_series(1, :readers) AS n
    JOIN rhythms ON zone = (CAST(:zones AS text[]))[n % 20 + 1] AND hour = n % 1000 % 24
"""


def main() -> None:
    """Measure once, and print what it cost."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--readers", type=int, default=10_000_000)
    parser.add_argument("--sent", type=int, default=200_000)
    parser.add_argument("--bare", action="store_true")
    arguments: argparse.Namespace = parser.parse_args()
    with _measuring.scratch() as folder, _databases.all_kinds(folder, "postgresql") as databases:
        place = folder / "ten-million" / "site"
        place.mkdir(parents=True)
        site = _sites.make(place, STORE__URL=databases["PostgreSQL"](place))
        with _readers.opened(site) as app:
            _measure(app, arguments)


def _measure(app: App, arguments: argparse.Namespace) -> None:
    readers = arguments.readers
    with _told("readers put in by one statement", readers):
        _fill(app, readers)
    if arguments.bare:
        with _told("bare rows of the ledger", readers), app.store.transaction() as tx:
            _connection(tx).exec_driver_sql(BARE)
        with app.store.transaction() as tx:
            _connection(tx).exec_driver_sql("TRUNCATE deliveries RESTART IDENTITY CASCADE")
        _readers.tidy(app)
    with _told("planned", readers):
        planned, problems = planning.plan(app.store, app.post, _DUE)
    _measuring.check("planned", (planned, list(problems)), (readers, []))
    _sizes(app, planned)
    with _told("claimed, attempted, brought, accepted", arguments.sent):
        _send(app, arguments.sent)
    _sizes(app, planned)


def _fill(app: App, readers: int) -> None:
    due = int(_DUE.timestamp()) - 300
    values = {"zones": list(ZONES), "due": due, "readers": readers}
    with app.store.transaction() as tx:
        connection = _connection(tx)
        for statement in (_RHYTHMS, _SUBSCRIBERS):
            connection.execute(text(statement), values)
    _readers.tidy(app)


def _send(app: App, rows: int) -> None:
    """Write down that so many were sent, as sending does."""
    now = until = _DUE
    until += timedelta(minutes=10)
    with app.store.transaction() as tx:
        content = dialects.inserted(
            _connection(tx), tables.contents, {"key": "k", "subject": "", "text": "", "html": ""}
        )
    written = 0
    while written < rows:
        with app.store.transaction() as tx:
            claimed = tx.deliveries.claim("me", _CLAIMED, now, until)
        sent: list[Delivery] = []
        for start in range(0, len(claimed), _GROUP):
            with app.store.transaction() as tx:
                _record(tx, sent, now)
                group = dict.fromkeys(claimed[start : start + _GROUP], content)
                sent = tx.deliveries.attempt(group, "me", now, until)
        with app.store.transaction() as tx:
            _record(tx, sent, now)
        written += len(claimed)
    with app.store.reading() as tx:
        _measuring.check("accepted", tx.deliveries.counts()["accepted"], written)


def _record(tx: Transaction, sent: list[Delivery], now: datetime) -> None:
    tx.deliveries.record({each: Accepted(f"250 {each.id}") for each in sent}, "me", now, {})


def _sizes(app: App, rows: int) -> None:
    with app.store.reading() as tx:
        found = _connection(tx).exec_driver_sql(
            "SELECT pg_table_size('deliveries'), pg_indexes_size('deliveries')"
        )
        heap, indexes = found.one()
    _measuring.say(f"  the ledger: {heap / rows:.0f} bytes a row, and {indexes / rows:.0f} of indexes")


@contextmanager
def _told(what: str, rows: int) -> Iterator[None]:
    """Say how long something took, how busy the machine is, and how much memory this process has had at most."""
    began, cpu = time.monotonic(), time.process_time()
    yield
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _measuring.say(
        f"{rows:,} {what}: {wall:.1f} s, {rows / wall:,.0f} rows/s; {cpu:.1f} s of our own processor time,"
        f" {peak:.0f} MB; load {os.getloadavg()[0]:.1f}"
    )


def _connection(tx: Transaction) -> Connection:
    return tx.subscribers._connection  # noqa: SLF001 - what no feeder does


if __name__ == "__main__":
    main()
