"""A feed in Atom 1.0. Source: RFC 4287."""

from collections.abc import Iterator, Sequence

from feeder.feeds.doctor import archives, constructs, discovery, entries, links, times, tombstones
from feeder.feeds.doctor.discovery import Claims
from feeder.feeds.doctor.findings import Finding, error, listed, quoted, warning
from feeder.feeds.doctor.nodes import ATOM, Node
from feeder.feeds.doctor.subjects import Family, Seen, Subject

NAMESPACE = error("namespace", "Atom's elements are in Atom's namespace", "RFC 4287, section 2")
OLD = error("format-old", "Atom 0.3 was a draft, which readers have forgotten", "RFC 4287")
ENTRY_ALONE = error("entry-alone", "a feed is a <feed>; an entry alone is none", "RFC 4287, section 2")
NEEDED = error("feed-element-missing", "a feed has id, title and updated", "RFC 4287, section 4.1.1")
AUTHOR = error("author-missing", "a feed has an author, or each entry has", "RFC 4287, section 4.1.1")
ID_SHARED = warning("id-of-feed", "the id of a feed is none of its entries'", "RFC 4287, section 4.2.6")

DRAFT = "http://purl.org/atom/ns#"

_ONCE = ("generator", "icon", "id", "logo", "rights", "subtitle", "title", "updated")
_KNOWN = frozenset({*_ONCE, "author", "category", "contributor", "entry", "link"})
_MENDS = {
    "id": "add <id>, a tag: or urn:uuid: that is kept for good",
    "title": "add <title>",
    "updated": "add <updated>, the date of the newest entry",
}
_HOW = '<link rel="self" href="…"/>'


def examine(feed: Node, subject: Subject) -> Seen:
    """Examine a root called `feed`, or `entry`, in whatever namespace."""
    if feed.namespace == DRAFT:
        mend = f'write Atom 1.0, with xmlns="{ATOM}"'
        return Seen(Family.ATOM, "Atom 0.3", (), [Finding(OLD, feed.place, "it is Atom 0.3", mend)])
    if feed.name == "entry":
        found = Finding(ENTRY_ALONE, feed.place, "it is an entry alone", "put it into a <feed>")
        return Seen(Family.ATOM, "an entry of Atom", (), [found])
    within = feed.all("entry")
    return Seen(Family.ATOM, "Atom 1.0", tuple(map(entries.ident, within)), _findings(feed, within, subject))


def _findings(feed: Node, within: Sequence[Node], subject: Subject) -> Iterator[Finding]:
    if feed.namespace != ATOM:
        found = f"its namespace is {quoted(feed.namespace)}" if feed.namespace else "it has no namespace"
        yield Finding(NAMESPACE, feed.place, found, f'write xmlns="{ATOM}"')
    yield from _metadata(feed, subject)
    yield from _authors(feed, within)
    for entry in within:
        yield from entries.check(entry, subject.now)
    yield from _ids(feed, within)
    yield from _dates(feed, within)
    yield from _addresses(feed, within, subject)
    updates = {entries.ident(entry): moment for entry in within if (moment := entries.dated(entry).updated)}
    yield from tombstones.check(feed, updates, subject.now)


def _metadata(feed: Node, subject: Subject) -> Iterator[Finding]:
    yield from constructs.check_known(feed, _KNOWN)
    yield from constructs.check_once(feed, _ONCE)
    for name, mend in _MENDS.items():
        if not feed.all(name):
            yield Finding(NEEDED, feed.place, f"it has no {name}", mend)
    yield from _identity(feed, subject)
    for name in ("title", "subtitle", "rights"):
        for node in feed.all(name)[:1]:
            yield from constructs.check_text(node)
    for title in feed.all("title")[:1]:
        if not title.text.strip():
            yield Finding(entries.TITLE_EMPTY, title.place, "it is empty", "name the feed")
    yield from constructs.check_people(feed)
    yield from constructs.check_categories(feed)


def _identity(feed: Node, subject: Subject) -> Iterator[Finding]:
    for node in feed.all("id")[:1]:
        yield from constructs.check_id(node)
    for node in feed.all("updated")[:1]:
        for finding in constructs.check_date(node, subject.now):
            # A feed that never had an entry was never updated, and any date says so.
            if finding.rule is not times.ANCIENT or feed.all("entry"):
                yield finding


def _authors(feed: Node, within: Sequence[Node]) -> Iterator[Finding]:
    if feed.all("author"):
        return
    without = [entry.path.rpartition("/")[2] for entry in within if not entries.has_author(entry)]
    if without:
        found = f"it has none, and neither {'has' if len(without) == 1 else 'have'} {listed(without)}"
        yield Finding(AUTHOR, feed.place, found, "add <author><name>…</name></author> to the feed")


def _ids(feed: Node, within: Sequence[Node]) -> Iterator[Finding]:
    yield from entries.check_ids(within)
    own = entries.ident(feed)
    for entry in within:
        node = entry.first("id")
        if node is not None and own and node.text.strip() == own:
            yield Finding(ID_SHARED, node.place, "it is that of the feed", "give each its own")


def _dates(feed: Node, within: Sequence[Node]) -> Iterator[Finding]:
    dated = [entries.dated(entry) for entry in within]
    yield from times.check_entries(dated)
    node = feed.first("updated")
    updated = constructs.moment(node)
    if node is not None and updated is not None:
        yield from times.check_feed(times.OLDER, updated, node.place, dated)


def _addresses(feed: Node, within: Sequence[Node], subject: Subject) -> Iterator[Finding]:
    nodes = feed.all("link")
    yield from links.check(nodes)
    found = links.read(nodes)
    yield from archives.check(feed, found, subject)
    claims = Claims(feed.place, _HOW, links.claims(found, "self"), links.claims(found, "hub"))
    yield from discovery.check(claims, subject, discovery.SELF_MISSING)
    of_entries = [link for entry in within for link in links.read(entry.all("link"))]
    shown = links.claims([*found, *of_entries], "alternate")
    yield from discovery.check_schemes(shown, subject)
