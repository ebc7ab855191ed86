"""Moving a site from SQLite to PostgreSQL: a million subscribers, a million items with two tags each.

    .venv/bin/python benchmarks/moving.py [--rows 1000000] [--runs 1]

`feeder store move` as a process, to a PostgreSQL server of our own (Debian's package). Its peer is the floor: the
bare COPY of the same rows, by psql from files, in one transaction, into the same empty tables with the same keys and
indexes; it checks nothing. A tenth of the rows is moved too, since memory must not grow with them.

Goals: no more than three times the floor, which reads once and looks at nothing; memory under 150 MB, and flat.
"""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from statistics import median

import _databases
import _measuring
import _sites
from _databases import Database
from _measuring import Run
from _sites import Site

from feeder.store import tables

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows}) "
_FILLED = (
    """INSERT INTO tags (id, name, key, slug) {numbers}
       SELECT n, 'Subject ' || n, 'subject ' || n, 'subject-' || n FROM numbers WHERE n <= 500""",
    """INSERT INTO items (id, uid, source, key, slug, kind, title, url, posted, revised, number, shown, announced,
           withheld, hidden, place, version, correction, address_key, title_key, language, pictures, note, standfirst,
           summary, body, medium, role, topic, fingerprint, substance) {numbers}
       SELECT n, printf('urn:uuid:%032x', n), 'blog', 'post-' || n, 'slug-' || n, 'piece', 'Title number ' || n,
           'https://paper.example/' || n, 1400000000 + n, 1400000000 + n, n, 1, 1, 0, 0, 'post-' || n || '.md', hex(n),
           '', 'paper.example/' || n, 'titlenumber' || n, 'en', '[]', '', '', 'A summary.',
           '<p>' || hex(randomblob(250)) || '</p>', '', '', '', hex(randomblob(16)), hex(randomblob(16)) FROM numbers""",
    """INSERT INTO item_tags (item_id, position, tag_id) {numbers}
       SELECT n, p, 1 + (n * (7 + p)) % min(500, {rows}) FROM numbers, (SELECT 0 AS p UNION SELECT 1)""",
    """INSERT INTO listings (item_id, feed_id, posted, updated, archive, open) {numbers}
       SELECT n, 1, 1400000000 + n, 1400000000 + n, n / 50, 0 FROM numbers""",
    """INSERT INTO subscribers (id, address, address_key, status, digest, zone, hour, any_tags, no_tags, kinds, form,
           language, cursor, created, reason, consent, links, next_issue_at, postponed) {numbers}
       SELECT n, 'reader-' || n || '@example.org', lower(hex(randomblob(16))), 'active', 'weekly', 'Europe/Berlin',
           n % 24, '["subject-' || (n % 500) || '"]', '[]', '[]', 'full', 'en', n, 1700000000, 'you signed up for it',
           '{{"origin": "import", "at": 1700000000, "wording": "Yes, send me the digest."}}', 0, 1800000000, 0
       FROM numbers""",
)


def fill(site: Site, rows: int) -> None:
    """Put rows into the site's SQLite file, a statement a table."""
    site.feeder("store", "upgrade")
    with closing(sqlite3.connect(site.store)) as database:
        database.execute(
            "PRAGMA cache_size = -500000"
        )  # keys are hashes, whose index would be read from the disk
        database.execute("PRAGMA synchronous = OFF")
        for statement in _FILLED:
            database.execute(statement.format(numbers=_NUMBERS.format(rows=rows), rows=rows))
        database.commit()


def moved(site: Site, address: str, rows: int) -> Run:
    """Move the site."""
    run = site.feeder("store", "move", address)
    for table, count in (("items", rows), ("item_tags", 2 * rows), ("subscribers", rows)):
        _measuring.check(f"rows of {table}", f"{table}: {count} rows" in run.output, expected=True)
    return run


def floor(folder: Path, filled: str, empty: Site, address: str) -> Run:
    """Copy the rows of a database into the empty tables of another."""
    empty.feeder("store", "upgrade")
    names = [table.name for table in tables.CARRIED]
    for name in names:
        with (folder / name).open("wb") as file:
            command = ["psql", "-X", "-q", "-d", filled, "-c", f"COPY {name} TO STDOUT"]
            subprocess.run(command, check=True, stdout=file)  # noqa: S603 - our own names
    script = folder / "floor.sql"
    script.write_text(
        "\n".join(
            ["BEGIN;", f"TRUNCATE {', '.join(names)};"]
            + [f"\\copy {name} FROM '{folder / name}'" for name in names]
            + ["COMMIT;"]
        )
    )
    return _measuring.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", script], folder)


def _row(name: str, folder: Path, database: Database, rows: int, runs: int) -> list[list[str]]:
    place = folder / f"rows-{rows}"
    place.mkdir()
    site = _sites.make(place / "site")
    _measuring.apart(fill, site, rows)
    costs: dict[str, list[Run]] = {name: [], "floor": []}
    for turn in range(runs):
        addresses = []
        for kind in costs:
            (place / f"{kind.split()[0].strip(',').lower()}-{turn}").mkdir()
            addresses.append(database(place / f"{kind.split()[0].strip(',').lower()}-{turn}"))
        target, other = addresses
        costs[name].append(moved(site, target, rows))
        empty = _sites.make(place / f"empty-{turn}", STORE__URL=other)
        costs["floor"].append(floor(place, target, empty, other))
    base = _measuring.wall(costs["floor"])
    return [
        [
            kind if kind == name else f"floor, {rows:,}",
            f"{median(run.wall for run in found):.1f}",
            f"{median(run.cpu for run in found):.1f}",
            f"{median(run.peak_mb for run in found):.0f}",
            f"{median(run.wall for run in found) / base:.1f}",
        ]
        for kind, found in costs.items()
    ]


def main() -> None:
    """Measure, and print a table."""
    parser = _measuring.parser(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    rows = [["", "wall s", "CPU s", "peak MB", "to the floor"]]
    with _measuring.scratch() as folder, _databases.all_kinds(folder, "postgresql") as databases:
        for size in (arguments.rows // 10, arguments.rows):
            name = f"feeder store move, {size:,}"
            some = _row(name, folder, databases["PostgreSQL"], size, arguments.runs)
            _measuring.say("\n".join(map(str, some)))
            rows += some
    _measuring.say(_measuring.aligned(rows))


if __name__ == "__main__":
    main()
