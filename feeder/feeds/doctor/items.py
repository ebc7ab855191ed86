"""An item of RSS."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from feeder.feeds.doctor import iris, rssparts, texts
from feeder.feeds.doctor.findings import Finding, Rule, advice, error, quoted, warning
from feeder.feeds.doctor.nodes import CONTENT, Node
from feeder.feeds.doctor.times import Dated

EMPTY = error("item-empty", "an item has a title or a description", "RSS 2.0, elements of item")
NO_DESCRIPTION = advice(
    "description-missing",
    "beside content:encoded a description holds the summary",
    "RSS profile, content:encoded",
)
GUID_MISSING = warning(
    "guid-missing", "an item has a guid: without one, each change makes it new", "RSS profile, guid"
)
GUID_EMPTY = error("guid-empty", "a guid tells an item from all others", "RSS 2.0, guid")
GUID_DUPLICATE = error(
    "guid-duplicate", "each item has its own guid: readers show one of those that share one", "RSS 2.0, guid"
)
GUID_NO_LINK = error(
    "guid-permalink", "a guid is an address, unless isPermaLink says “false”", "RSS 2.0, guid"
)
GUID_FLAG = error("guid-flag", "isPermaLink is “true” or “false”", "RSS 2.0, guid")
ENCLOSURE = error("enclosure", "an enclosure has url, length and type", "RSS 2.0, enclosure")
ENCLOSURE_LENGTH = error(
    "enclosure-length", "an enclosure's length is a number of bytes", "RSS 2.0, enclosure"
)
ENCLOSURE_URL = error(
    "enclosure-url", "an enclosure's url is an address of http or https", "RSS 2.0, enclosure"
)
ENCLOSURES = warning(
    "enclosure-many", "an item has one enclosure: readers take the first or the last", "RSS profile"
)
SOURCE = error("source-url", "a source has the url of its feed", "RSS 2.0, source")

_ONCE = ("title", "link", "description", "author", "comments", "guid", "pubDate", "source")
_KNOWN = frozenset({*_ONCE, "category", "enclosure"})
_NEEDED = ("url", "length", "type")


def check(item: Node, now: datetime) -> Iterator[Finding]:
    """Check one item, but for what a version without guids cannot have."""
    yield from rssparts.check_known(item, _KNOWN)
    yield from rssparts.check_once(item, _ONCE)
    if not any(node.text.strip() for name in ("title", "description") for node in item.all(name)):
        yield Finding(EMPTY, item.place, "it has neither title nor description", "add one of them")
    for node in item.all("title")[:1]:
        yield from texts.check_plain(node.text, node.place)
    for name in ("link", "comments"):
        for node in item.all(name)[:1]:
            yield from rssparts.check_link(node)
    for node in item.all("pubDate")[:1]:
        yield from rssparts.check_date(node, now)
    for node in item.all("author"):
        yield from rssparts.check_person(node)
    yield from _content(item)
    yield from _enclosures(item)
    for node in item.all("source"):
        if not iris.is_web((node.get("url") or "").strip()):
            yield Finding(SOURCE, node.place, "it has no address as url", "write it there")


def check_guids(items: Sequence[Node]) -> Iterator[Finding]:
    """Check the guids of all items, of RSS 2.0."""
    first: dict[str, Node] = {}
    for item in items:
        node = item.first("guid")
        if node is None:
            mend = 'add <guid isPermaLink="false">, minted once and kept for good'
            yield Finding(GUID_MISSING, item.place, "it has no guid", mend)
            continue
        yield from _guid(node)
        guid = node.text.strip()
        if guid and first.setdefault(guid, item) is not item:
            found = f"{quoted(guid)} is that of {first[guid].path} as well"
            yield Finding(GUID_DUPLICATE, node.place, found, "give each item a guid of its own")


def ident(item: Node) -> str:
    """Return the guid of an item, else its link; empty if it has neither."""
    found = (item.first("guid"), item.first("link"))
    return next((text for node in found if node is not None and (text := node.text.strip())), "")


def dated(item: Node) -> Dated:
    """Return the date of an item."""
    node = item.first("pubDate")
    return Dated((node or item).place, rssparts.moment(node), None)


def _guid(node: Node) -> Iterator[Finding]:
    guid, flag = node.text.strip(), node.get("isPermaLink")
    if not guid:
        yield Finding(GUID_EMPTY, node.place, "it is empty", "mint one, and keep it for good")
    elif flag not in {None, "true", "false"}:
        mend = "write false, unless it is the item's address"
        yield Finding(GUID_FLAG, node.place, f"it is {quoted(flag or '')}", mend)
    elif flag != "false" and not iris.is_web(guid):
        yield Finding(GUID_NO_LINK, node.place, f"{quoted(guid)} is no address", 'add isPermaLink="false"')


def _content(item: Node) -> Iterator[Finding]:
    encoded, description = item.all("encoded", CONTENT), item.all("description")
    if encoded and not description:
        mend = "add <description> with a sentence or two"
        yield Finding(NO_DESCRIPTION, encoded[0].place, "there is no description", mend)
    for node in (*encoded[:1], *description[:1]):
        yield from texts.check_html(node.text, node.place, is_based=node.is_based)


def _enclosures(item: Node) -> Iterator[Finding]:
    found = item.all("enclosure")
    for node in found:
        missing = [name for name in _NEEDED if not (node.get(name) or "").strip()]
        length, url = (node.get("length") or "").strip(), (node.get("url") or "").strip()
        if missing:
            mend = "add them; a length that is not known is 0"
            yield Finding(ENCLOSURE, node.place, f"it lacks {', '.join(missing)}", mend)
        if length and not (length.isascii() and length.isdigit()):
            yield _wrong(ENCLOSURE_LENGTH, node, length, "write digits alone")
        if url and not iris.is_web(url):
            yield _wrong(ENCLOSURE_URL, node, url, "write its whole address, with https:// and host")
    for node in found[1:2]:
        mend = "leave one, and list all as media:content"
        yield Finding(ENCLOSURES, node.place, f"there are {len(found)}", mend)


def _wrong(rule: Rule, node: Node, value: str, mend: str) -> Finding:
    return Finding(rule, node.place, f"it is {quoted(value)}", mend)
