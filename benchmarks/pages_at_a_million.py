"""How long each page that acts takes, in a site with a million readers and 500 subjects.

    .venv/bin/python benchmarks/pages_at_a_million.py [--readers 1000000] [--requests 300] [--store URL]

A site with 2,000 pieces is published, and readers are put straight into its store: SQLite, or an empty
database of PostgreSQL by its address. Then `feeder run` is asked, by one connection and for one page
after another, each time about another reader, taken at random; all that it does besides, such as
answering what was asked and sending letters, it does meanwhile. The links to pages that confirm and undo
are taken from those letters. The service's use of the processors is told for each request, too, with
what it does besides: other work on the machine adds to all times, but to these.

Goal: less than 50 ms for each page.
"""

import argparse
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from quopri import decodestring
from random import Random
from statistics import median, quantiles
from urllib.parse import urlencode

import _measuring
import _readers
from _readers import Service
from _sites import Site

from feeder.tokens import Purpose, Signer

_PIECES, _TAGS = 2_000, 500
_LINK = re.compile(rb"https?://[^\s/]+(/(?:confirm|undo)/[\w-]+)")
_FORM = "application/x-www-form-urlencoded"

Form = dict[str, str] | list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of request: the path and the form of each, None to look only."""

    name: str
    asked: Iterable[tuple[str, Form | None]]


def main() -> None:
    """Make the site, measure, and print a table."""
    arguments = _arguments()
    with _measuring.scratch() as folder:
        site = _readers.made(folder, _PIECES, _TAGS, arguments.store)
        with _readers.opened(site) as app:
            began = time.monotonic()
            _readers.fill(app, arguments.readers)
            _measuring.say(f"{arguments.readers:,} readers put in in {time.monotonic() - began:.0f} s")
            with _readers.service(site) as running:
                pages = _pages(site, app.signer, arguments.readers, arguments.requests)
                rows = [[page.name, *_cells(running, page)] for page in pages]
        _measuring.say(_measuring.aligned([["ms", "median", "95 %", "min–max", "processor"], *rows]))


# ── The pages ────────────────────────────────────────────────────────────────────────────────────


def _pages(site: Site, signer: Signer, readers: int, requests: int) -> Iterator[Page]:
    dice = Random(1)  # noqa: S311 - nothing here is a secret
    some = [dice.randrange(readers) + 1 for _ in range(requests)]

    def own(path: str, purpose: Purpose, end: datetime | None = None) -> list[str]:
        return [f"/{path}/{signer.sign(purpose, reader, end=end)}" for reader in some]

    preferences, leaving = own("preferences", Purpose.PREFERENCES), own("unsubscribe", Purpose.UNSUBSCRIBE)
    account = own("account", Purpose.ACCOUNT, datetime.now(UTC) + timedelta(hours=12))
    save: list[tuple[str, str]] = [("do", "save"), ("scope", "all"), ("kind", "piece"), ("digest", "daily")]
    find = {"do": "find", "scope": "some", "search": "tag-1"}

    yield Page("subscribe: look", [("/subscribe", None)] * requests)
    yield Page("subscribe: ask for unknown addresses", _asks(f"new-{n}@example.net" for n in range(requests)))
    yield Page("subscribe: ask for readers' addresses", _asks(_readers.address(n - 1) for n in some))
    confirm = _links(site, b"/confirm/", requests)
    yield Page("confirm: look", _looks(confirm))
    yield Page("confirm: press", [(path, {}) for path in confirm])
    yield Page("preferences: look", _looks(preferences))
    yield Page("preferences: find subjects", [(path, find) for path in preferences])
    yield Page("preview", _looks(f"{path}/preview" for path in preferences))
    yield Page("preferences: save", [(path, save) for path in preferences])
    undo = _links(site, b"/undo/", len(set(some)))
    yield Page("undo: look", _looks(undo))
    yield Page("undo: press", [(path, {}) for path in undo])
    yield Page("account: look", _looks(account))
    yield Page("account: data.json", _looks(f"{path}/data.json" for path in account))
    moves = [{"do": "move", "address": f"moved-{n}@example.net"} for n in range(requests)]
    yield Page("account: move", list(zip(account, moves, strict=True)))
    yield Page("unsubscribe: look", _looks(leaving))
    yield Page("unsubscribe: leave", [(path, {}) for path in leaving])
    yield Page("unsubscribe: come back", [(path, {"do": "return"}) for path in leaving])


def _asks(addresses: Iterable[str]) -> list[tuple[str, Form | None]]:
    return [("/subscribe", {"address": address}) for address in addresses]


def _looks(paths: Iterable[str]) -> list[tuple[str, Form | None]]:
    return [(path, None) for path in paths]


def _links(site: Site, to: bytes, expected: int) -> list[str]:
    """Wait for the letters that lead to pages of a kind, and return the paths of those pages."""

    def found() -> set[str]:
        letters = (decodestring(file.read_bytes()) for file in (site.folder / "mail" / "new").iterdir())
        links = (link for letter in letters for link in _LINK.findall(letter) if link.startswith(to))
        return {link.decode() for link in links}

    _readers.wait(lambda: len(found()) >= expected)
    return sorted(found())


# ── Times ────────────────────────────────────────────────────────────────────────────────────────


def _cells(running: Service, page: Page) -> list[str]:
    """Ask for all of a page's requests, and return what they took: by the clock, and of the processors."""
    used = running.cpu_ms()
    times = list(_times(running, page))
    used = running.cpu_ms() - used
    spread = f"{min(times):.1f}–{max(times):.1f}"
    return [
        f"{median(times):.1f}",
        f"{quantiles(times, n=20)[-1]:.1f}",
        spread,
        f"{used / len(times):.1f}",
    ]


def _times(running: Service, page: Page) -> Iterator[float]:
    """Send requests one after another, and tell how many milliseconds each took."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    for path, form in page.asked:
        began = time.perf_counter()
        if form is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, urlencode(form), {"Content-Type": _FORM})
        answer = connection.getresponse()
        answer.read()
        yield 1000 * (time.perf_counter() - began)
        _measuring.check(f"{page.name}, {path}", answer.status, 200)
    connection.close()


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--store", default="", metavar="URL", help="the address of an empty database")
    return parser.parse_args()


if __name__ == "__main__":
    main()
