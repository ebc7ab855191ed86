"""A source for once: a whole feed, from a file, or from an address with all its older pages.

Older pages are those of a paged or an archived feed (RFC 5005), of JSON Feed, and of WordPress, whose
feeds have pages without saying so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from feeder import net
from feeder.errors import FeederError, SourceError
from feeder.markup import text, urls
from feeder.sources.syndication import ACCEPT, MAX_BYTES, documents
from feeder.sources.syndication.documents import Fetched
from feeder.sources.syndication.entries import Channel, Entry

MAX_FILE_BYTES = 50_000_000
MAX_PAGES = 100

_NOT_FOUND = 404
_WORDPRESS = re.compile(r"\bwordpress\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a feed holds, the newest first. `name` is what the store calls it, `thing` what messages do."""

    name: str
    thing: str
    channel: Channel
    refused: tuple[FeederError, ...] = field(default=())


def read(place: str, client: net.Client) -> Whole:
    """Read the feed in a file, or at an address.

    Raises: SourceError, when it cannot be had, is no feed, or one of its pages is missing.
    """
    if urls.is_web(place):
        return _at_address(place, client)
    if "://" in place:
        rule = "is no address of the web that can be asked"
        raise SourceError("the address", rule, "write http:// or https://, and neither name nor password")
    return _in_file(Path(place))


def _in_file(path: Path) -> Whole:
    thing = str(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(thing, f"is over {MAX_FILE_BYTES // 1_000_000} MB", "give a shorter feed")
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(thing, f"cannot be read ({error.strerror})", "check its name and rights") from error
    channel = documents.read(Fetched(thing, content))
    return Whole(_name(channel, str(path.resolve())), thing, channel, channel.refused)


def _at_address(url: str, client: net.Client) -> Whole:
    pages = list(_pages(url, client))
    newest = pages[0]
    refused: list[FeederError] = [refusal for page in pages for refusal in page.refused]
    host = urlsplit(url).netloc
    if len(pages) == MAX_PAGES and pages[-1].older:
        rule = f"has over {MAX_PAGES} pages, of which the older ones were not read"
        refused.append(SourceError(host, rule, "import the export of its program instead"))
    entries = tuple(entry for page in pages for entry in page.entries)
    return Whole(_name(newest, url), host, replace(newest, entries=entries), tuple(refused))


def _name(channel: Channel, place: str) -> str:
    """Name a feed by its own address, wherever it was read: ids such as “1” are its own, too."""
    address = channel.address or place
    return f"feed:{urls.address_key(address) if urls.is_web(address) else text.line(address)}"


def _pages(url: str, client: net.Client) -> Iterator[Channel]:
    """Yield a feed and its older pages, each once, as far as they bring anything new."""
    seen: set[str] = set()
    known: set[Entry] = set()
    next_page, number = url, 1
    while next_page and next_page not in seen and number <= MAX_PAGES:
        seen.add(next_page)
        page = _page(next_page, client, url)
        if page is None or (number > 1 and known.issuperset(page.entries)):
            return
        known.update(page.entries)
        number += 1
        yield page
        is_numbered = not page.older and _WORDPRESS.search(page.generator)
        next_page = _numbered(url, number) if is_numbered else page.older


def _page(url: str, client: net.Client, first: str) -> Channel | None:
    """Return a page; None where WordPress says that there is none with this number."""
    # Whoever gives an address of their own network means it; where it leads to from there is checked.
    is_home = urlsplit(url).netloc == urlsplit(first).netloc
    try:
        answer = client.get(url, accept=ACCEPT, allow_private=is_home, max_bytes=MAX_BYTES)
    except net.RequestFailed as failure:
        if failure.status == _NOT_FOUND and _is_numbered(url, first):
            return None
        raise SourceError(
            failure.thing, failure.rule, failure.mend, retry_after=failure.retry_after
        ) from failure
    content_type = answer.headers.get("content-type", "")
    return documents.read(Fetched(urlsplit(url).netloc, answer.content, answer.url, content_type))


def _numbered(url: str, number: int) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode({"paged": number})]))
    return urlunsplit(parts._replace(query=query))


def _is_numbered(url: str, first: str) -> bool:
    return any(url == _numbered(first, number) for number in range(2, MAX_PAGES + 1))
