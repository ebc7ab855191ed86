"""What channels and items of RSS have in common: names of elements, dates, addresses, people."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from feeder.feeds.doctor import dates, iris, times
from feeder.feeds.doctor.findings import Finding, error, quoted, warning
from feeder.feeds.doctor.nodes import Node

CASE = error(
    "element-case", "RSS tells names in capitals from others, and this one is lost", "RSS 2.0; XML 1.0"
)
UNKNOWN = warning("element-unknown", "what RSS does not know has a namespace", "RSS 2.0, Extending RSS")
MANY = error("element-many", "it is there once", "RSS 2.0; RSS profile")
DATE = error(
    "date", "a date is written by RFC 822, with a year of four digits", "RSS 2.0; RFC 822, section 5"
)
DATE_ODD = warning(
    "date-odd", "a date is written by RFC 822, with a year of four digits", "RSS profile; RFC 822"
)
ADDRESS = error("link-address", "a link is an absolute address", "RSS 2.0, elements")
ATTRIBUTES = error(
    "link-attributes", "RSS's own link holds an address as text", "RSS 2.0; RSS profile, atom:link"
)
EMAIL = warning("person-email", "RSS names people by an e-mail address", "RSS 2.0, elements of item")

_VOCABULARIES = {
    "http://purl.org/rss/1.0/modules/content/": ("encoded",),
    "http://purl.org/rss/1.0/modules/syndication/": ("updatePeriod", "updateFrequency", "updateBase"),
    "http://purl.org/dc/elements/1.1/": (
        "creator",
        "date",
        "subject",
        "title",
        "description",
        "language",
        "publisher",
    ),
}
_MEANT = {
    "updated": "pubDate",
    "published": "pubDate",
    "date": "pubDate",
    "summary": "description",
    "content": "description, or content:encoded",
    "id": "guid",
    "entry": "item",
    "creator": "dc:creator",
    "encoded": "content:encoded",
    "tag": "category",
    "keywords": "category",
}


def check_known(parent: Node, known: Set[str]) -> Iterator[Finding]:
    """Check the names of the elements within, in RSS and in what mostly goes with it."""
    for child in parent.children:
        if child.namespace == parent.namespace:
            if child.name in known:
                continue
            if meant := next((name for name in known if name.lower() == child.name.lower()), ""):
                yield Finding(CASE, child.place, f"there is {quoted(child.name)}", f"write <{meant}>")
            else:
                meant = _MEANT.get(child.name.lower(), "")
                mend = f"write <{meant}>" if meant else "declare its namespace, or leave it out"
                yield Finding(UNKNOWN, child.place, f"RSS has no {quoted(child.name)} here", mend)
        elif meant := _meant(child):
            yield Finding(CASE, child.place, f"there is {quoted(child.name)}", f"write <{meant}>")


def _meant(child: Node) -> str:
    names = _VOCABULARIES.get(child.namespace, ())
    near = next((name for name in names if name.lower() == child.name.lower()), child.name)
    return near if near != child.name else ""


def check_once(parent: Node, names: Sequence[str]) -> Iterator[Finding]:
    """Check that no element is there twice that may be there once."""
    for name in names:
        for again in parent.all(name)[1:2]:
            yield Finding(MANY, again.place, f"there is more than one <{name}>", "leave the others out")


def check_date(node: Node, now: datetime) -> Iterator[Finding]:
    """Check a date against its form, and against the present."""
    mail = dates.of_822(node.text)
    if mail is None:
        yield Finding(DATE, node.place, f"{quoted(node.text)} is another form", dates.mend_822(node.text))
        return
    if mail.oddity:
        found = f"{quoted(node.text)} {mail.oddity}"
        yield Finding(DATE_ODD, node.place, found, dates.mend_822(node.text))
    yield from times.check_one(mail.moment, node.place, now)


def moment(node: Node | None) -> datetime | None:
    """Return the moment that a date names, if there is one that can be read."""
    return None if node is None else dates.guess(node.text)


def check_link(node: Node) -> Iterator[Finding]:
    """Check a link of RSS's own."""
    written = node.text.strip()
    if not written and node.get("href"):
        mend = f'write <link>ADDRESS</link> for the page, and <atom:link rel="{node.get("rel") or "self"}"> for others'
        yield Finding(ATTRIBUTES, node.place, "it is written as in Atom", mend)
    elif trouble := iris.trouble(written):
        mend = "write its whole address, with https:// and host"
        yield Finding(ADDRESS, node.place, f"{quoted(written)} {trouble}", mend)


def check_person(node: Node) -> Iterator[Finding]:
    """Check somebody's address."""
    if "@" not in node.text:
        mend = "write <dc:creator> for a name, or address (Name)"
        yield Finding(EMAIL, node.place, f"{quoted(node.text)} is no address", mend)
