"""What one change, its publishing and a feed's queries cost with 10,000 items, and with a million.

    .venv/bin/python benchmarks/million.py [--items 10000 1000000] [--repeat 100] [--keep DIR]
    .venv/bin/python benchmarks/million.py --postgresql SMALL_URL LARGE_URL

Two stores with small bodies and 500 tags by a zipf law, filled straight through the store: SQLite in a
temporary folder, or in one that is kept for the next time; or two empty databases of PostgreSQL.
Then, in turns and in this process: a source that tells one changed draft, or one new, is collected and
released; a new one with four tags is collected and published, with all documents that it touches; and
what is asked to write a tag's feed, for a frequent, a middle and a rare tag. A feed is asked in both
stores for as many items as the smaller one has of it, at most 50.
Last, on SQLite, `feeder publish` of all feeds (in three formats, without archives and pages) from the
larger store, as a process: its memory.

Goals: with a million, at most one and a half times as long as with 10,000; publishing, at most 1.3
times as long as with 1,000 (`--items 1000 1000000`); no more than 250 MB.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median

import _corpus
import _measuring
import _sites
from _corpus import Tags
from _measuring import Run

from feeder import shipped
from feeder.model import ids
from feeder.model.batches import batches
from feeder.model.changes import New, Tally
from feeder.model.feeds import Feed
from feeder.model.items import Draft, Kind, Past, Reading
from feeder.model.settings import Publish, Site
from feeder.sources import changes, substance
from feeder.store import Store, Transaction, open_store
from feeder.store.sources import SourceState
from feeder.templating import Templates
from feeder.workflows.arrange import arrange
from feeder.workflows.collect import collect
from feeder.workflows.press import Press
from feeder.workflows.publish import publish
from feeder.workflows.release import release

_SOURCE = "benchmark"
_ENTRIES = 50
_TAGS = 500
_RARE = "rare"
_RARE_ITEMS = 10
_TOGETHER = 5_000
_START = datetime(2020, 1, 1, tzinfo=UTC)
_EVERY = timedelta(minutes=1)

Timed = Callable[["Filled"], float]
"""Works on a store and returns how many seconds that took."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A store with so many public items, and its feeds by name, "" for everything."""

    store: Store
    size: int
    feeds: Mapping[str, Feed]
    press: Press


@dataclass(frozen=True, slots=True)
class OneDraft:
    """A source that tells of one draft, and nothing of others."""

    draft: Draft
    name: str = _SOURCE

    def read(self, past: Past) -> Reading:
        """Tell it."""
        return Reading([self.draft], complete=False, state=past.state)


def main() -> None:
    """Fill the stores, measure, and print a table."""
    arguments = _arguments()
    sizes = arguments.items
    with _measuring.scratch() as folder:
        kept = arguments.keep or folder
        kept.mkdir(parents=True, exist_ok=True)
        urls = arguments.postgresql or [f"sqlite:///{kept}/items-{size}.db" for size in sizes]
        filled = [_filled(url, size, folder) for url, size in zip(urls, sizes, strict=True)]
        rows = [["median ms", *(f"{size:,}" for size in sizes), "ratio", *["min–max"] * 2]]
        for name, timed in chain(_changes(), _questions(filled[0])):
            rows.append([name, *_cells(filled, timed, arguments.repeat)])
        for each in filled:
            each.store.close()
        _measuring.say(_measuring.aligned(rows))
        if not arguments.postgresql:
            cost = _published(folder / "site", urls[-1])
            _measuring.say(
                f"all feeds of {sizes[-1]:,} items: {cost.wall:.0f} s, {cost.peak_mb:.0f} MB at the peak"
            )


# ── Filling ──────────────────────────────────────────────────────────────────────────────────────


def _filled(url: str, size: int, folder: Path) -> Filled:
    """Open a store, and fill it unless it is full already."""
    store = open_store(url, ids.namespace("https://benchmark.example/"))
    if _public(store) == 0:
        began = time.monotonic()
        for numbers in batches(range(size), _TOGETHER):
            _fill(store, [_draft(number, size) for number in numbers])
        _measuring.say(f"filled with {size:,} items in {time.monotonic() - began:.0f} s")
    _measuring.check(f"{url} holds at least {size} items", _public(store) >= size, expected=True)
    press = _press(folder / f"public-{size}")
    with store.transaction() as tx:
        # As though all of it had been published.
        for name, told in (("look", press.look()), ("shape", press.shape())):
            tx.facts.remember(name, told)
        named = {
            feed.subject.name: feed
            for feed in tx.feeds.shown()
            if not feed.path or feed.path.startswith("tag/")
        }
        return Filled(store, size, named, press)


def _press(public: Path) -> Press:
    public.mkdir()
    site = Site("Benchmark", "Ada", "https://benchmark.example/")
    return Press(site, Publish(public, _ENTRIES), Templates([shipped.templates()], site))


def _public(store: Store) -> int:
    with store.reading() as tx:
        return tx.feeds.everything().total


def _fill(store: Store, drafts: Sequence[Draft]) -> None:
    """Add items, make them public, and take off what would then be written."""
    with store.transaction() as tx:
        tx.items.lock()
        tx.items.apply(_SOURCE, [_new(draft) for draft in drafts])
        tx.items.release(_now())
        tx.sources.remember(SourceState(_SOURCE, first_complete=_START, last_complete=_START))

    arrange(store.transaction, (), _ENTRIES, _now())
    with store.transaction() as tx:
        tx.documents.done(tx.documents.dirt())


def _draft(number: int, size: int) -> Draft:
    rng = _corpus.seeded(number)
    words = [_WORDS[rng.randrange(len(_WORDS))] for _ in range(40)]
    title = f"{' '.join(words[:6])} {number}"
    body = f"<p>{' '.join(words)}</p>"
    rare = (_RARE,) if number % max(1, size // _RARE_ITEMS) == 0 else ()
    return Draft(
        key=f"piece-{number}",
        kind=Kind.PIECE,
        title=title,
        substance=substance(title, body, None),
        outlet=f"Outlet {number % 50}",
        posted=_START + number * _EVERY,
        tags=_ZIPF.draw(rng, 4) + rare,
        authors=("Ada",),
        language="en",
        body=body,
        place=f"piece-{number}.md",
        version=title,
    )


def _new(draft: Draft) -> New:
    assert draft.posted
    return New(draft, changes.fingerprint(draft), draft.posted, announced=False)


_WORDS = _corpus.vocabulary()
_ZIPF = Tags(_TAGS)


# ── What is measured ─────────────────────────────────────────────────────────────────────────────


def _changes() -> Iterator[tuple[str, Timed]]:
    """Yield what a source can tell: any item changed, or a new one."""
    dice = _corpus.seeded(1)

    def change(filled: Filled) -> float:
        draft = _draft(dice.randrange(filled.size), filled.size)
        title = f"Changed at {time.time_ns()}"
        return _collected(filled.store, replace(draft, title=title, substance=title), Tally(changed=1))

    def add(filled: Filled) -> float:
        key = f"new-{time.time_ns()}"
        draft = replace(_draft(1, filled.size), key=key, title=key, posted=_now(), place=f"{key}.md")
        return _collected(filled.store, draft, Tally(new=1))

    def add_and_publish(filled: Filled) -> float:
        key = f"published-{time.time_ns()}"
        tags = ("tag-000", "tag-007", "tag-050", "tag-300")
        draft = replace(
            _draft(1, filled.size), key=key, title=key, posted=_now(), place=f"{key}.md", tags=tags
        )
        now = _now()
        began = time.perf_counter()
        collect(filled.store, OneDraft(draft), now, announce=False, confirmed=False)
        done = publish(filled.store, filled.press, now, progress=lambda sheets, _: sheets)
        seconds = time.perf_counter() - began
        wanted = {
            f"tag/{tag}/{file}" for tag in tags for file in ("atom.xml", "rss.xml", "feed.json", "index.html")
        }
        _measuring.check("documents of its tags", wanted - set(done.written), set())
        return seconds

    yield "sync of a changed item", change
    yield "sync of a new item", add
    yield "a new item, published", add_and_publish


def _collected(store: Store, draft: Draft, expected: Tally) -> float:
    now = _now()
    began = time.perf_counter()
    done = collect(store, OneDraft(draft), now, announce=False, confirmed=False)
    release(store, now)
    seconds = time.perf_counter() - began
    _measuring.check("items told", done.tally, expected)
    with store.transaction() as tx:
        dirt = tx.documents.dirt()
        _measuring.check("items to be written", len(dirt.items), 1)
        tx.documents.done(dirt)
    return seconds


def _questions(small: Filled) -> Iterator[tuple[str, Timed]]:
    """Yield what is asked to write feeds."""
    tags = sorted((feed for name, feed in small.feeds.items() if name), key=lambda feed: feed.total)
    frequent = tags[-1].subject.name
    middle = next(feed for feed in tags if feed.total >= _ENTRIES).subject.name
    yield "the feed of a tag, by id", _asked(frequent, lambda tx, feed: tx.feeds.with_ids([feed.id]))
    for how, tag in (("frequent", frequent), ("middle", middle), ("rare", _RARE)):
        entries = min(_ENTRIES, small.feeds[tag].total)
        yield f"{entries} items of a {how} tag", _asked(tag, _matching(entries))
    yield f"{_ENTRIES} items of everything", _asked("", _matching(_ENTRIES))
    yield "all subjects", _asked("", lambda tx, _: tx.feeds.counts())
    yield "is anything due?", _asked("", lambda tx, _: tx.items.any_to_release(_now()))
    yield "what is to be written?", _asked("", lambda tx, _: tx.documents.any_dirty())


def _matching(entries: int) -> Callable[[Transaction, Feed], object]:
    def matching(tx: Transaction, feed: Feed) -> None:
        listed = tx.listings.live([feed.id], entries)[feed.id]
        items = tx.items.in_order([each.item for each in listed])
        _measuring.check(f"items of {feed.subject.name}", len(items), entries)

    return matching


def _asked(tag: str, ask: Callable[[Transaction, Feed], object]) -> Timed:
    """Return what asks about a feed in a transaction of its own."""

    def asked(filled: Filled) -> float:
        began = time.perf_counter()
        with filled.store.reading() as tx:
            ask(tx, filled.feeds[tag])
        return time.perf_counter() - began

    return asked


def _published(folder: Path, url: str) -> Run:
    """Publish all feeds of a store, as a process."""
    settings = {"STORE__URL": url, "PUBLISH__ENTRIES": str(_ENTRIES)}
    site = _sites.make(folder, **settings, PUBLISH__PAGES="false", PUBLISH__ARCHIVES="false")
    return site.feeder("publish")


def _cells(filled: Sequence[Filled], timed: Timed, repeat: int) -> list[str]:
    """Time something in both stores in turns; return the medians in ms, their ratio, and the ranges."""
    for each in filled:
        timed(each)  # warms up
    turns = [[1000 * timed(each) for each in filled] for _ in range(repeat)]
    small, large = zip(*turns, strict=True)
    medians = [median(small), median(large)]
    spans = [f"{min(found):.2f}–{max(found):.2f}" for found in (small, large)]
    return [*(f"{each:.2f}" for each in medians), f"{medians[1] / medians[0]:.2f}", *spans]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--items", type=int, nargs=2, default=[10_000, 1_000_000], metavar=("SMALL", "LARGE"))
    parser.add_argument("--repeat", type=int, default=100)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the SQLite stores stay")
    parser.add_argument("--postgresql", nargs=2, metavar=("SMALL_URL", "LARGE_URL"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
