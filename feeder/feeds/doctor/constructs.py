"""What Atom's feeds, entries and sources are made of: ids, texts, dates, people, categories."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from feeder.feeds.doctor import dates, iris, texts, times
from feeder.feeds.doctor.findings import Finding, error, quoted, warning
from feeder.feeds.doctor.nodes import XHTML, Node

ID = error("id", "an id is an absolute IRI, and never changes", "RFC 4287, section 4.2.6")
ID_ODD = warning("id-odd", "an id keeps the rules of its scheme", "RFC 9562; RFC 4151")
ID_SPACED = warning("id-spaced", "ids are compared character by character", "RFC 4287, section 4.2.6.1")
DATE = error("date", "a date is written by RFC 3339", "RFC 4287, section 3.3")
TEXT_TYPE = error("text-type", "the type of a text is text, html or xhtml", "RFC 4287, section 3.1.1")
TEXT_MARKUP = error(
    "text-markup", "text and HTML hold no elements: they are escaped", "RFC 4287, section 3.1.1"
)
DIV = error("xhtml-div", "XHTML stands in one div of its own namespace", "RFC 4287, section 3.1.1.3")
NAME = error("person-name", "a person has one name", "RFC 4287, section 3.2.1")
EMAIL = error("person-email", "an email is an address", "RFC 4287, section 3.2.3")
TERM = error("category-term", "a category has a term", "RFC 4287, section 4.2.2.1")
SCHEME = error("category-scheme", "a category's scheme is an absolute IRI", "RFC 4287, section 4.2.2.2")
MANY = error("element-many", "it is there once", "RFC 4287, sections 4.1.1 and 4.1.2")
UNKNOWN = error("element-unknown", "Atom's namespace holds Atom's elements only", "RFC 4287, section 6")

_MINT = "write a tag: or urn:uuid: that you keep for good"
_MEANT = {
    "pubdate": "published",
    "issued": "published",
    "created": "published",
    "lastbuilddate": "updated",
    "modified": "updated",
    "description": "summary or subtitle",
    "guid": "id",
    "tagline": "subtitle",
    "copyright": "rights",
    "item": "entry",
    "url": "link, or uri for a person",
    "tag": "category",
    "keywords": "category",
    "image": "logo",
}


def check_id(node: Node) -> Iterator[Finding]:
    """Check an id."""
    written, trimmed = node.text, node.text.strip()
    if trouble := iris.trouble(trimmed):
        yield Finding(ID, node.place, f"{quoted(written)} {trouble}", _MINT)
        return
    if written != trimmed:
        yield Finding(ID_SPACED, node.place, "space stands around it", "write it close to its tags")
    if oddity := iris.oddity(trimmed):
        yield Finding(ID_ODD, node.place, f"{quoted(trimmed)} {oddity}", _MINT)


def check_date(node: Node, now: datetime) -> Iterator[Finding]:
    """Check a date against its form, and against the present."""
    moment = dates.of_3339(node.text)
    if moment is None:
        yield Finding(DATE, node.place, f"{quoted(node.text)} is another form", dates.mend_3339(node.text))
    else:
        yield from times.check_one(moment, node.place, now)


def moment(node: Node | None) -> datetime | None:
    """Return the moment that a date names, if there is one that can be read."""
    return None if node is None else dates.of_3339(node.text) or dates.guess(node.text)


def check_text(node: Node) -> Iterator[Finding]:
    """Check a title, a subtitle, a summary or rights."""
    kind = node.get("type") or "text"
    if kind not in {"text", "html", "xhtml"}:
        yield Finding(TEXT_TYPE, node.place, f"it is {quoted(kind)}", "write html, or text without tags")
        return
    yield from check_type(node, kind)
    if kind == "xhtml":
        yield from texts.check_xhtml(node)
    elif node.children:
        return
    elif kind == "text":
        yield from texts.check_plain(node.text, node.place)
    elif node.name in {"title", "subtitle", "rights"}:
        yield from texts.check_html_title(node.text, node.place)
    else:
        yield from texts.check_html(node.text, node.place, is_based=node.is_based)


def check_type(node: Node, kind: str) -> Iterator[Finding]:
    """Check that a text or content holds what its type says."""
    children = node.children
    if kind in {"text", "html"} and children:
        found = f"{quoted(kind)} holds the element {quoted(children[0].name)}"
        yield Finding(TEXT_MARKUP, children[0].place, found, "escape it, or say type xhtml, within a div")
    if kind == "xhtml":
        is_div = [(child.name, child.namespace) for child in children] == [("div", XHTML)]
        if not is_div:
            mend = f'put all into one <div xmlns="{XHTML}">'
            yield Finding(DIV, node.place, "it does not", mend)


def check_people(parent: Node) -> Iterator[Finding]:
    """Check the authors and contributors of a feed, an entry or a source."""
    for person in (*parent.all("author"), *parent.all("contributor")):
        names = [text for name in person.all("name") if (text := name.text.strip())]
        if len(names) != 1:
            found = f"it has {len(names) or 'no'} names"
            yield Finding(NAME, person.place, found, "write one <name>, a person to each element")
        for email in person.all("email"):
            if email.text.strip().count("@") != 1:
                mend = "write one, or leave it out"
                yield Finding(EMAIL, email.place, f"{quoted(email.text)} is no address", mend)


def check_categories(parent: Node) -> Iterator[Finding]:
    """Check the categories of a feed or an entry."""
    for category in parent.all("category"):
        scheme = category.get("scheme")
        if not (category.get("term") or "").strip():
            mend = 'write it as an attribute: <category term="…"/>'
            yield Finding(TERM, category.place, "it has no term", mend)
        if scheme is not None and (trouble := iris.trouble(scheme.strip())):
            mend = "write an address of yours, or leave it out"
            yield Finding(SCHEME, category.place, f"{quoted(scheme)} {trouble}", mend)


def check_once(parent: Node, names: Sequence[str]) -> Iterator[Finding]:
    """Check that no element is there twice that may be there once."""
    for name in names:
        for again in parent.all(name)[1:2]:
            yield Finding(MANY, again.place, f"there is more than one <{name}>", "leave the others out")


def check_known(parent: Node, known: Set[str]) -> Iterator[Finding]:
    """Check that Atom knows the elements that say they are Atom's."""
    for child in parent.children:
        if child.namespace != parent.namespace or child.name in known:
            continue
        meant = next((name for name in known if name.lower() == child.name.lower()), "")
        meant = meant or _MEANT.get(child.name.lower(), "")
        mend = f"write <{meant}>" if meant else "give it a namespace of its own"
        yield Finding(UNKNOWN, child.place, f"there is no {quoted(child.name)} here", mend)
