"""An audience of a million, imported as a whole process, beside the bare insertion of the same rows.

    .venv/bin/python benchmarks/audience.py [--rows 1000000] [--runs 3] [--only sqlite]

An export as Mailchimp writes it is made first: 20 columns, 20 time zones, tags, quoted cells, some with
several lines; of two hundred rows one has no address, two are there a second time, and two tell no
consent. Each run is `feeder subscriber import` into a site that was just made, on SQLite and on a
PostgreSQL server of our own (Debian's package, started for this, on the same disk).
The floor is what that import left in the table of readers, inserted into an empty one by `sqlite3`'s
executemany or psycopg's COPY, 10,000 rows a transaction: nothing read, checked or looked up.

Goals: more than 20,000 rows a second on each; less than 200 MB of memory at the peak.
"""

import argparse
import csv
import json
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import _corpus
import _databases
import _measuring
import _sites
import psycopg
from _databases import Database
from _measuring import Run
from _sites import Site

_TOGETHER = 10_000
_FIRST = datetime(2012, 1, 1)  # noqa: DTZ001 - as Mailchimp writes it, without a zone
_READY_SECONDS = 60
_TAGS = ("ports", "bridges", "locks", "tides", "law")
_ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London", "America/Los_Angeles", "Australia/Sydney",
    "Asia/Kolkata", "Africa/Lagos", "America/Sao_Paulo", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Asia/Shanghai",
    "Asia/Singapore", "America/Chicago", "America/Denver", "Pacific/Auckland", "Africa/Cairo", "Europe/Istanbul", "Asia/Dubai",
)  # fmt: skip
_NAMES = (
    "ada",
    "bo",
    "carl",
    "dora",
    "emil",
    "fritz",
    "gina",
    "hugo",
    "ida",
    "jan",
    "karl",
    "lena",
    "mia",
    "otto",
)
_PROVIDERS = ("gmail.com", "yahoo.com", "outlook.com", "icloud.com", "web.de")
_HEADING = (
    "Email Address", "First Name", "Last Name", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP",
    "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip


def main() -> None:
    """Measure, and print a table."""
    arguments = _arguments()
    with _measuring.scratch() as folder, _databases.all_kinds(folder, arguments.only) as databases:
        export = folder / "members.csv"
        with export.open("w", encoding="utf-8", newline="") as file:
            expected = _write(csv.writer(file), arguments.rows)
        _measuring.say(
            f"{arguments.rows:,} rows, {export.stat().st_size / 1e6:.0f} MB, {expected:,} to be taken"
        )
        costs: dict[str, list[Run]] = {}
        for turn in range(arguments.runs):
            for name, database in databases.items():
                imported, bare = _once(folder / f"{name}-{turn}", database, export, expected)
                costs.setdefault(f"feeder, {name}", []).append(imported)
                costs.setdefault(f"bare, {name}", []).append(bare)
                ratio = f"{imported.wall / bare.wall:.2f} times the floor"
                _measuring.say(f"  {turn + 1}/{arguments.runs} {name}: {imported.wall:.1f} s, {ratio}")
    _measuring.say(_measuring.table(costs))
    for name, runs in costs.items():
        rates = sorted(arguments.rows / run.wall for run in runs)
        _measuring.say(f"{name}: {rates[0]:,.0f}–{rates[-1]:,.0f} rows/s")


def _once(folder: Path, database: Database, export: Path, expected: int) -> tuple[Run, Run]:
    """Import into a new site, then insert what is there now into an empty store of the same kind."""
    folder.mkdir()
    site = _site(folder / "site", database)
    cost = site.feeder("subscriber", "import", "--from", "mailchimp", "--json", export)
    _measuring.check("taken", json.loads(cost.output)["taken"], expected)
    bare = _bare(site, _site(folder / "bare", database))
    shutil.rmtree(folder)
    return cost, bare


def _site(folder: Path, database: Database) -> Site:
    site = _sites.make(folder, STORE__URL=database(folder), SITE__ID=str(folder))
    site.feeder("subscriber", "add", "first@example.net", *(f"--tag={tag}" for tag in _TAGS))
    return site


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


def _write(writer: Any, rows: int) -> int:
    """Write a list, and return how many of its rows are to be taken."""
    rng, taken, before = _corpus.seeded(7), 0, "nobody@example.net"
    writer.writerow(_HEADING)
    for number in range(rows):
        name = rng.choice(_NAMES)
        address, moment = f"{name}.{number}@{_domain(rng)}", _moment(rng)
        said, confirmed = address, moment
        match rng.randrange(200):
            case 0:
                said = address.replace("@", " at ")
            case 1 | 2:
                said = before.upper()
            case 3 | 4:
                confirmed = ""
            case _:
                taken, before = taken + 1, address
        notes = ("", "", "", 'said "hello"', "met in Rome,\nin the rain")[number % 5]
        tags = ",".join(f'"{tag}"' for tag in rng.sample(_TAGS, number % 3))
        writer.writerow(
            [
                said, name.title(), f"{name}, von", number % 5, moment, "192.0.2.7", confirmed, "192.0.2.7", "52.5", "13.4",
                1, 2, rng.choice(_ZONES), "DE", "BE", moment, number, f"{number:010x}", notes, tags,
            ]
        )  # fmt: skip
    return taken


def _domain(rng: Random) -> str:
    """Draw a domain: most people are with few providers."""
    return rng.choice([*_PROVIDERS, *_PROVIDERS, f"example{rng.randrange(2_000)}.org"])


def _moment(rng: Random) -> str:
    return str(_FIRST + timedelta(seconds=rng.randrange(400_000_000)))


# ── The floor ────────────────────────────────────────────────────────────────────────────────────


def _bare(full: Site, empty: Site) -> Run:
    """Insert the readers of one store into another, with nothing but the driver, and time just that."""
    urls = full.environment["FEEDER_STORE__URL"], empty.environment["FEEDER_STORE__URL"]
    seconds = cpu = 0.0
    insert = _insert_into_sqlite if urls[0].startswith("sqlite") else _copy_to_postgresql
    with closing(_connected(urls[0])) as source, closing(_connected(urls[1])) as target:
        target.execute("DELETE FROM subscribers")
        target.commit()
        # One at the server: else all rows would come at once, and what is measured next would be counted from there.
        found = source.cursor() if isinstance(source, sqlite3.Connection) else source.cursor("readers")
        found.execute("SELECT * FROM subscribers ORDER BY id")
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(_TOGETHER):
            plain = [
                tuple(json.dumps(cell) if isinstance(cell, list | dict) else cell for cell in row)
                for row in rows
            ]
            before, used = time.monotonic(), time.process_time()
            insert(target, names, plain)
            target.commit()
            seconds, cpu = seconds + time.monotonic() - before, cpu + time.process_time() - used
    return Run(seconds, cpu, 0, "")


def _connected(url: str) -> Any:
    if not url.startswith("sqlite"):
        return psycopg.connect(url)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):  # as feeder's store has it
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _insert_into_sqlite(target: Any, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(names))
    target.executemany(f"INSERT INTO subscribers ({_listed(names)}) VALUES ({marks})", rows)  # noqa: S608


def _copy_to_postgresql(target: Any, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with target.cursor() as cursor, cursor.copy(f"COPY subscribers ({_listed(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgresql"], default="", help="(default: both)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
