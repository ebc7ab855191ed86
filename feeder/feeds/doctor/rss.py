"""A feed in RSS 2.0, or in one of the versions before it.

Source: https://www.rssboard.org/rss-specification, and the board's profile of best practices.
"""

from collections.abc import Iterator, Sequence

from feeder.feeds.doctor import archives, discovery, items, links, rssparts, texts, times
from feeder.feeds.doctor.discovery import Claim, Claims
from feeder.feeds.doctor.findings import Finding, advice, error, quoted, warning
from feeder.feeds.doctor.nodes import ATOM, DUBLIN_CORE, Node
from feeder.feeds.doctor.subjects import Family, Seen, Subject

VERSION_MISSING = error("version-missing", "rss tells its version", "RSS 2.0, What is RSS?")
OLD = warning("format-old", "RSS 2.0 is the version that is kept", "RSS 2.0, Roadmap")
NAMESPACE = error("namespace", "RSS's own elements have no namespace", "RSS 2.0, Extending RSS")
CHANNEL = error("channel", "rss holds one channel", "RSS 2.0, What is RSS?")
ASTRAY = error("item-astray", "items stand in the channel", "RSS 2.0, elements of channel")
NEEDED = error(
    "channel-element-missing", "a channel has title, link and description", "RSS 2.0, required elements"
)
EMPTY = warning("channel-element-empty", "a channel's title and description say something", "RSS 2.0")
IMAGE = error("image", "an image has url, title and link", "RSS 2.0, image")
TTL = warning("ttl", "ttl is a number of minutes", "RSS 2.0, ttl")
NO_DATES = advice("dates-missing", "items have a pubDate: readers cannot sort without", "RSS 2.0, pubDate")

_NEEDED = {
    "title": "add <title>, the name of the feed",
    "link": "add <link>, the address of the site",
    "description": "add <description>, a sentence on what the feed is about",
}
_ONCE = (
    *_NEEDED,
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "generator",
    "docs",
    "cloud",
    "ttl",
    "image",
    "rating",
    "textInput",
    "skipHours",
    "skipDays",
)
_KNOWN = frozenset({*_ONCE, "category", "item"})
_PRESENT = "2.0"
_HOW = f'<atom:link rel="self" href="…" type="application/rss+xml"/>, with xmlns:atom="{ATOM}" at the root'


def examine(root: Node, subject: Subject) -> Seen:
    """Examine a root called `rss`."""
    version = (root.get("version") or "").strip()
    channels = root.all("channel")
    if not channels:
        found = Finding(CHANNEL, root.place, "it holds no channel", "put all into a <channel>")
        return Seen(Family.RSS, f"RSS {version}".strip(), (), [found])
    within = channels[0].all("item")
    findings = _findings(root, channels[0], within, subject)
    return Seen(Family.RSS, f"RSS {version}".strip(), tuple(map(items.ident, within)), findings)


def _findings(root: Node, channel: Node, within: Sequence[Node], subject: Subject) -> Iterator[Finding]:
    version = (root.get("version") or "").strip()
    yield from _root(root, version)
    yield from _metadata(channel, subject)
    for item in within:
        yield from items.check(item, subject.now)
    if version == _PRESENT:
        yield from items.check_guids(within)
    yield from _dates(channel, within)
    yield from _addresses(channel, within, subject)


def _root(root: Node, version: str) -> Iterator[Finding]:
    if root.namespace:
        found = f"they are in {quoted(root.namespace)}"
        yield Finding(NAMESPACE, root.place, found, "take xmlns= off the root; keep those with a prefix")
    if not version:
        yield Finding(VERSION_MISSING, root.place, "it tells no version", 'write <rss version="2.0">')
    elif version != _PRESENT:
        mend = "publish RSS 2.0, or Atom 1.0"
        yield Finding(OLD, root.place, f"it is version {quoted(version)}", mend)
    for again in root.all("channel")[1:2]:
        yield Finding(CHANNEL, again.place, "there is more than one", "make a feed of each")
    for item in root.all("item")[:1]:
        yield Finding(ASTRAY, item.place, "there are some beside it", "move them into <channel>")


def _metadata(channel: Node, subject: Subject) -> Iterator[Finding]:
    yield from rssparts.check_known(channel, _KNOWN)
    yield from rssparts.check_once(channel, _ONCE)
    for name, mend in _NEEDED.items():
        node = channel.first(name)
        if node is None:
            yield Finding(NEEDED, channel.place, f"it has no {name}", mend)
        elif name != "link" and not node.text.strip():
            yield Finding(EMPTY, node.place, "it is empty", "write what the feed is about")
    for node in channel.all("title")[:1]:
        yield from texts.check_plain(node.text, node.place)
    for node in channel.all("link"):
        yield from rssparts.check_link(node)
    for name in ("pubDate", "lastBuildDate"):
        for node in channel.all(name)[:1]:
            yield from rssparts.check_date(node, subject.now)
    for name in ("managingEditor", "webMaster"):
        for node in channel.all(name)[:1]:
            yield from rssparts.check_person(node)
    yield from _details(channel)


def _details(channel: Node) -> Iterator[Finding]:
    for node in channel.all("ttl")[:1]:
        if not node.text.strip().isdigit():
            yield Finding(TTL, node.place, f"it is {quoted(node.text)}", "write digits, or leave it out")
    for image in channel.all("image")[:1]:
        missing = [name for name in ("url", "title", "link") if not image.all(name)]
        if missing:
            yield Finding(IMAGE, image.place, f"it lacks {', '.join(missing)}", "add them, or leave it out")


def _dates(channel: Node, within: Sequence[Node]) -> Iterator[Finding]:
    dated = [items.dated(item) for item in within]
    if within and not any(entry.published for entry in dated):
        has_other = any(item.all("date", DUBLIN_CORE) for item in within)
        if not has_other:
            mend = "add <pubDate> to each, the date of its publication"
            yield Finding(NO_DATES, within[0].place, "no item has a pubDate", mend)
    yield from times.check_entries(dated)
    node = channel.first("lastBuildDate")
    built = rssparts.moment(node)
    if node is not None and built is not None:
        yield from times.check_feed(times.BUILT_BEFORE, built, node.place, dated)


def _addresses(channel: Node, within: Sequence[Node], subject: Subject) -> Iterator[Finding]:
    nodes = channel.all("link", ATOM)
    yield from links.check(nodes)
    for item in within:
        yield from links.check(item.all("link", ATOM))
    found = links.read(nodes)
    yield from archives.check(channel, found, subject)
    claims = Claims(channel.place, _HOW, links.claims(found, "self"), links.claims(found, "hub"))
    yield from discovery.check(claims, subject, discovery.SELF_MISSING_RSS)
    shown = [node for parent in (channel, *within) for node in parent.all("link")]
    yield from discovery.check_schemes([Claim(node.place, node.text.strip()) for node in shown], subject)
