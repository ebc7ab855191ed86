"""A doctor for feeds, ours or not: bytes, and what was said about them, become findings. Pure.

    subjects     what is examined, and what it turned out to be
    findings     rules, places, findings, reports
    encodings    bytes become text
    xmlfeeds     what all feeds of XML have to keep;  nodes: elements and their paths
    atom         feeds of Atom;  entries: their entries;  constructs: what both are made of
    links        Atom's links, also in RSS;  archives: RFC 5005;  tombstones: RFC 6721
    rss          channels of RSS;  items: their items;  rssparts: what both are made of;  rdf: RSS 1.0
    jsonfeed     JSON Feed;  jsonitems: its items;  jsonshapes: types of values
    discovery    self and hub, in every format
    dates        dates by RFC 3339 and RFC 822;  times: what the dates of a feed say together
    iris         addresses and ids;  texts: titles and content
    http         what the server said, and the size
    pages        a page where a feed was hoped for
    siblings     the documents of one feed in several formats

No input makes it fail: what it cannot read, it says so of.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from feeder.feeds.doctor import atom, encodings, findings, http, jsonfeed, pages, rdf, rss, siblings, xmlfeeds
from feeder.feeds.doctor.findings import WHOLE, Finding, Place, Report, Rule, Severity, error, quoted
from feeder.feeds.doctor.nodes import Node
from feeder.feeds.doctor.subjects import Again, Family, Said, Seen, Subject

__all__ = [
    "Again",
    "Finding",
    "Place",
    "Report",
    "Rule",
    "Said",
    "Severity",
    "Subject",
    "examine",
    "siblings",
]

EMPTY = error("empty", "a feed holds something", "XML 1.0, section 2.1")
NO_FEED = error("no-feed", "a feed is Atom, RSS or JSON Feed", "RFC 4287; RSS 2.0; JSON Feed 1.1")

_GZIP = b"\x1f\x8b"
_KNOWN_OTHERS = {
    "opml": ("a list of feeds (OPML)", "check the feeds in it"),
    "urlset": ("a sitemap", "give the address of a feed"),
    "sitemapindex": ("a list of sitemaps", "give the address of a feed"),
}


def examine(subject: Subject) -> Report:
    """Examine a document, and report all that is wrong with it. Never fails, whatever the bytes."""
    seen = _look(subject)
    # How a page is served is nothing to the readers of its feeds.
    served = () if seen.family is Family.PAGE else http.check(subject, seen)
    kept, more = findings.gather(chain(served, seen.findings))
    return Report(seen.format, seen.ids, len(subject.content), kept, more)


def _look(subject: Subject) -> Seen:
    content = subject.content
    if not content.strip(b" \t\r\n\0"):
        return _nothing("", [Finding(EMPTY, WHOLE, "it is empty", "look whether the feed is still written")])
    if content.startswith(_GZIP):
        return _nothing(
            "a file of gzip", [Finding(NO_FEED, WHOLE, "it is packed by gzip", "unpack it first")]
        )
    if encodings.is_json(content):
        decoded = encodings.of_json(content)
        return _with(decoded.findings, jsonfeed.examine(decoded.text, subject))
    content_type = subject.said.headers.get("content-type", "") if subject.said else None
    decoded = encodings.of_xml(content, content_type)
    if pages.is_page(decoded.text):
        return pages.examine(decoded.text, subject.address)
    parsed = xmlfeeds.parse(encodings.without_forbidden(decoded.text))
    before = (*decoded.findings, *parsed.findings)
    seen = _nothing("ill-formed XML", []) if parsed.root is None else _of_root(parsed.root, subject)
    return _with(chain(before, encodings.forbidden(decoded.text)), seen)


def _of_root(root: Node, subject: Subject) -> Seen:
    name = root.name.lower()
    if name in {"feed", "entry"}:
        return atom.examine(root, subject)
    if name == "rss":
        return rss.examine(root, subject)
    if root.namespace == rdf.RDF and rdf.namespace(root):
        return rdf.examine(root)
    known, mend = _KNOWN_OTHERS.get(name, (f"XML that begins with {quoted(f'<{root.path}>')}", ""))
    mend = mend or "give the address of a feed"
    return _nothing(known, [Finding(NO_FEED, root.place, f"it is {known}", mend)])


def _nothing(known: str, found: Sequence[Finding]) -> Seen:
    return Seen(Family.OTHER, known, (), found)


def _with(before: Iterable[Finding], seen: Seen) -> Seen:
    return Seen(seen.family, seen.format, seen.ids, _chained(before, seen.findings))


def _chained(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[Finding]:
    yield from before
    yield from after
