"""An entry of Atom, and what it is told to come from."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from feeder.feeds.doctor import constructs, dates, links, texts
from feeder.feeds.doctor.findings import Finding, Place, Rule, error, quoted, warning
from feeder.feeds.doctor.nodes import Node
from feeder.feeds.doctor.times import Dated

ID_MISSING = error("id-missing", "an entry has an id", "RFC 4287, section 4.1.2")
TITLE_MISSING = error("title-missing", "an entry has a title", "RFC 4287, section 4.1.2")
TITLE_EMPTY = warning("title-empty", "a title says something", "RFC 4287, section 4.2.14")
UPDATED_MISSING = error("updated-missing", "an entry has a date of update", "RFC 4287, section 4.1.2")
NOTHING_TO_SHOW = error(
    "no-content", "an entry without content has an alternate link", "RFC 4287, section 4.1.2"
)
SUMMARY_MISSING = error(
    "summary-missing",
    "content that lies elsewhere, or is packed as base64, has a summary",
    "RFC 4287, section 4.1.2",
)
CONTENT_TYPE = error(
    "content-type", "the type of content is text, html, xhtml or a media type", "RFC 4287, section 4.1.3.1"
)
CONTENT_HTML = warning("content-html", "escaped HTML has the type html", "RFC 4287, section 4.1.3.1")
CONTENT_SRC = error("content-src", "content that lies elsewhere is empty here", "RFC 4287, section 4.1.3.2")
SRC_TYPE = warning(
    "content-src-type", "content that lies elsewhere has a media type", "RFC 4287, section 4.1.3.2"
)
DUPLICATE = error(
    "id-duplicate",
    "each entry has its own id: readers show one of those that share one",
    "RFC 4287, section 4.1.1",
)
VERSIONS = warning(
    "id-versions", "a feed lists the newest version of an entry: readers show one", "RFC 4287, section 4.1.1"
)
SOURCE = warning("source-incomplete", "a source has id, title and updated", "RFC 4287, section 4.2.11")

_ONCE = ("content", "id", "published", "rights", "source", "summary", "title", "updated")
_KNOWN = frozenset({*_ONCE, "author", "category", "contributor", "link"})
_SHOWN_TYPES = {"text", "html", "xhtml"}
_MINT = "add <id>urn:uuid:…</id>, minted once and kept for good"


def check(entry: Node, now: datetime) -> Iterator[Finding]:
    """Check one entry."""
    yield from constructs.check_known(entry, _KNOWN)
    yield from constructs.check_once(entry, _ONCE)
    yield from _needs(entry, "id", ID_MISSING, _MINT)
    yield from _needs(entry, "title", TITLE_MISSING, "add <title>, in plain words")
    yield from _needs(
        entry, "updated", UPDATED_MISSING, "add <updated>, the time of the last change that matters"
    )
    for node in entry.all("id")[:1]:
        yield from constructs.check_id(node)
    for title in entry.all("title")[:1]:
        if not title.text.strip():
            yield Finding(TITLE_EMPTY, title.place, "it is empty", "write the first words of the text")
    for name in ("title", "summary", "rights"):
        for node in entry.all(name)[:1]:
            yield from constructs.check_text(node)
    for name in ("published", "updated"):
        for node in entry.all(name)[:1]:
            yield from constructs.check_date(node, now)
    yield from constructs.check_people(entry)
    yield from constructs.check_categories(entry)
    yield from links.check(entry.all("link"))
    yield from _content(entry)
    yield from _source(entry)


def ident(entry: Node) -> str:
    """Return the id of an entry; empty if it has none."""
    node = entry.first("id")
    return "" if node is None else node.text.strip()


def dated(entry: Node) -> Dated:
    """Return the dates of an entry."""
    published, updated = entry.first("published"), entry.first("updated")
    place = (updated or published or entry).place
    return Dated(place, constructs.moment(published), constructs.moment(updated))


def has_author(entry: Node) -> bool:
    """Tell whether somebody is named for an entry itself, or for its source."""
    source = entry.first("source")
    return bool(entry.all("author") or (source is not None and source.all("author")))


def check_ids(entries: Sequence[Node]) -> Iterator[Finding]:
    """Check that no two entries have one id."""
    first: dict[str, Node] = {}
    for entry in entries:
        name = ident(entry)
        if not name:
            continue
        other = first.setdefault(name, entry)
        if other is entry:
            continue
        is_version = dated(other).updated != dated(entry).updated
        found = f"{quoted(name)} is that of {other.path} as well"
        mend = "leave the older out" if is_version else "give each entry an id of its own"
        place = (entry.first("id") or entry).place
        yield Finding(VERSIONS if is_version else DUPLICATE, place, found, mend)


def _needs(entry: Node, name: str, rule: Rule, mend: str) -> Iterator[Finding]:
    if not entry.all(name):
        yield Finding(rule, entry.place, f"it has no {name}", mend)


def _content(entry: Node) -> Iterator[Finding]:
    content = entry.first("content")
    if content is None:
        if not any(link.rel == "alternate" for link in links.read(entry.all("link"))):
            yield Finding(
                NOTHING_TO_SHOW,
                entry.place,
                "it has neither content nor alternate link",
                "add a link to its page, or its text",
            )
        return
    kind = (content.get("type") or "text").strip()
    if kind not in _SHOWN_TYPES and not links.MEDIA_TYPE.fullmatch(kind):
        mend = "write html for text with tags"
        yield Finding(CONTENT_TYPE, content.place, f"it is {quoted(kind)}", mend)
    if content.get("src") is not None:
        yield from _elsewhere(entry, content)
    elif kind in _SHOWN_TYPES:
        yield from _shown(content, kind)
    elif kind.lower() == "text/html":
        yield Finding(CONTENT_HTML, content.place, f"it is {quoted(kind)}", "write html")
    elif not kind.lower().startswith("text/") and not _is_xml(kind):
        yield from _summary(entry, content.place, f"it is packed as {quoted(kind)}")


def _is_xml(kind: str) -> bool:
    return kind.lower().endswith(("+xml", "/xml"))


def _shown(content: Node, kind: str) -> Iterator[Finding]:
    yield from constructs.check_type(content, kind)
    if kind == "xhtml":
        yield from texts.check_xhtml(content)
    elif kind == "html" and not content.children:
        yield from texts.check_html(content.text, content.place, is_based=content.is_based)


def _elsewhere(entry: Node, content: Node) -> Iterator[Finding]:
    yield from _summary(entry, content.place, "it lies elsewhere")
    if content.text.strip() or content.children:
        yield Finding(CONTENT_SRC, content.place, "it has src and text", "leave one of them out")
    if not links.MEDIA_TYPE.fullmatch((content.get("type") or "").strip()):
        yield Finding(SRC_TYPE, content.place, "it has no type", "write its type, such as audio/mpeg")


def _summary(entry: Node, place: Place, found: str) -> Iterator[Finding]:
    if not entry.all("summary"):
        yield Finding(SUMMARY_MISSING, place, found, "add a <summary>")


def _source(entry: Node) -> Iterator[Finding]:
    for source in entry.all("source")[:1]:
        missing = [name for name in ("id", "title", "updated") if not source.all(name)]
        if missing:
            names = ", ".join(missing)
            yield Finding(
                SOURCE, source.place, f"it lacks {names}", "take them from the feed that it comes from"
            )
        for node in source.all("id")[:1]:
            yield from constructs.check_id(node)
        for node in source.all("updated")[:1]:
            if dates.of_3339(node.text) is None:
                mend = dates.mend_3339(node.text)
                yield Finding(constructs.DATE, node.place, f"{quoted(node.text)} is another form", mend)
