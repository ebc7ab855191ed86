"""Planning an issue for a million readers who are all due, of a thousand different preferences and twenty zones.

    .venv/bin/python benchmarks/planning.py [--readers 1000000] [--runs 3] [--only sqlite]

Each run is a process of its own that plans for all of them, on SQLite and on a PostgreSQL server of our own
(Debian's package), as after an earlier issue. Its peer is the floor: the same rows put into an empty ledger by one
bare statement that selects all readers. A tenth and a hundredth of the readers are
planned too, since memory must not grow with them.

Goals: under 20 s on PostgreSQL, 30 s on SQLite; memory under 150 MB, and flat from 10,000 readers to 1,000,000.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import _databases
import _measuring
import _readers
import _sites
from _databases import Database
from _measuring import Run
from _sites import Site

from feeder.model.batches import batches
from feeder.model.newcomers import Newcomer
from feeder.model.subscribers import Consent, Origin, Preferences
from feeder.store import newcomers

_TOGETHER = 20_000
_PREFERENCES = 1_000
ZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Kyiv", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "America/Lima", "Africa/Lagos", "Africa/Nairobi",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo", "Asia/Dubai", "Australia/Adelaide",
    "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip

_PLAN = """
import os, sys
from datetime import datetime
from pathlib import Path
from feeder import config
from feeder.app import App
from feeder.workflows import planning
with App(config.load(Path(sys.argv[1]), os.environ)) as app:
    print(planning.plan(app.store, app.post, datetime.fromisoformat(sys.argv[2]))[0])
"""

BARE = """
    INSERT INTO deliveries (subscriber_id, digest, period, up_to, planned, state, not_before, attempts, reason, changed)
    SELECT id, digest, '2026-W48', 1, 1, 'waiting', 1, 0, '', 1 FROM subscribers WHERE status = 'active'
"""
"""Puts what planning does into an empty ledger, and looks at nothing."""

_FLOOR = f"""
import os, sys, time
from pathlib import Path
from feeder import config
from feeder.app import App
with App(config.load(Path(sys.argv[1]), os.environ)) as app, app.store.transaction() as tx:
    tx.subscribers._connection.exec_driver_sql({BARE!r})
"""

_DUE = datetime(2026, 11, 23, 12, tzinfo=UTC)


def fill(site: Site, readers: int) -> None:
    """Put readers in who are due."""
    now = datetime.now(UTC).replace(microsecond=0)
    consent = Consent(Origin.IMPORT, now, now, "list.csv", "Yes, send me the digest.", "en")
    with _readers.opened(site) as app:
        for numbers in batches(range(readers), _TOGETHER):
            with app.store.transaction() as tx:
                people = {
                    tx.suppressions.key(f"reader-{number}@example.org"): newcomers.row(
                        Newcomer(
                            f"reader-{number}@example.org",
                            _wanted(number),
                            _DUE - timedelta(minutes=5),
                            now,
                            "you signed up for it",
                            consent,
                        )
                    )
                    for number in numbers
                }
                tx.subscribers.add_all(people, 0)


def _wanted(number: int) -> Preferences:
    kind = number % _PREFERENCES
    tags = (f"subject-{kind % 50}", f"subject-{kind // 50 + 50}")
    return Preferences("weekly", ZONES[kind % len(ZONES)], tags, hour=kind % 24)


def _anew(site: Site) -> None:
    """Let everybody be due again."""
    with _readers.opened(site) as app:
        with app.store.transaction() as tx:
            run = tx.subscribers._connection.exec_driver_sql  # noqa: SLF001
            run("DELETE FROM deliveries")
            run("DELETE FROM runs")
            due = int((_DUE - timedelta(minutes=5)).timestamp())
            run(f"UPDATE rhythms SET next_issue_at = {due}, period = NULL, rounds = 1")  # noqa: S608
        _readers.tidy(app)


def planned(site: Site, readers: int) -> Run:
    """Plan for all of them."""
    _anew(site)
    file = site.folder / "config" / "feeder.toml"
    command: Sequence[str | Path] = [sys.executable, "-c", _PLAN, file, _DUE.isoformat()]
    run = _measuring.run(command, site.folder, site.environment)
    _measuring.check("planned", run.output.split()[-1], str(readers))
    return run


def floor(site: Site) -> Run:
    """Write the same rows by two bare statements."""
    _anew(site)
    command = [sys.executable, "-c", _FLOOR, site.folder / "config" / "feeder.toml"]
    return _measuring.run(command, site.folder, site.environment)


def main() -> None:
    """Measure in turns, and print a table."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgresql"], default="")
    arguments: argparse.Namespace = parser.parse_args()
    rows = [["", "wall s", "min–max", "CPU s", "peak MB", "to the floor"]]
    with _measuring.scratch() as folder, _databases.all_kinds(folder, arguments.only) as databases:
        for name, database in databases.items():
            sizes = (arguments.readers // 100, arguments.readers // 10, arguments.readers)
            rows += [_row(f"{name}, {size:,}", folder, database, size, arguments.runs) for size in sizes]
    _measuring.say(_measuring.aligned(rows))


def _row(name: str, folder: Path, database: Database, readers: int, runs: int) -> list[str]:
    place = folder / f"site-{readers}" / name.split(",", maxsplit=1)[0].lower()
    place.mkdir(parents=True)
    site = _sites.make(place, STORE__URL=database(place))
    _measuring.apart(fill, site, readers)
    costs = _measuring.in_turns(runs, {name: lambda: planned(site, readers), "floor": lambda: floor(site)})
    walls = [run.wall for run in costs[name]]
    return [
        name,
        f"{median(walls):.2f}",
        f"{min(walls):.2f}–{max(walls):.2f}",
        f"{median(run.cpu for run in costs[name]):.2f}",
        f"{median(run.peak_mb for run in costs[name]):.0f}",
        f"{median(walls) / _measuring.wall(costs['floor']):.1f}",
    ]


if __name__ == "__main__":
    main()
