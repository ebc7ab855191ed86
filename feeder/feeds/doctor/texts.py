"""Titles that hold HTML where they must not, HTML that is escaped twice, acts, or leads nowhere."""

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

from lxml import etree

from feeder.feeds.doctor import iris, nodes
from feeder.feeds.doctor.findings import Finding, Place, quoted, warning
from feeder.feeds.doctor.nodes import Node
from feeder.feeds.doctor.xmlfeeds import SCRIPT

HTML_IN_TEXT = warning(
    "html-in-text",
    "plain text is shown as it stands, tags and all",
    "RFC 4287, section 3.1.1.1; RSS profile; JSON Feed",
)
ESCAPED_TWICE = warning(
    "escaped-twice",
    "what is escaped once too often is shown as code",
    "RFC 4287, section 3.1.1; RSS profile; JSON Feed",
)
RELATIVE = warning(
    "relative-in-content",
    "readers show content far from its page, so that relative addresses lead nowhere",
    "RFC 4287, section 2 (xml:base); RSS profile",
)

_PAIR = re.compile(
    r"</(?:a|abbr|b|blockquote|cite|code|del|div|em|font|h[1-6]|i|ins|li|mark|p|q|s|small|span|strong|sub|sup|u)\s*>"
    r"|<(?:br|hr|img)\b[^<>]{0,200}>",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCKS = re.compile(r"&lt;(?:p|div|br|h[1-6]|ul|ol|blockquote|figure|img|a)\b", re.IGNORECASE)
_ADDRESSES = ("href", "src", "poster")
_HANDLER = re.compile(r"on[a-z]+")
_PLAIN = "write plain text, escaped once"


def check_plain(text: str, place: Place) -> Iterator[Finding]:
    """Check text that readers show as it stands. One tag by name may be what it is about."""
    if found := _PAIR.search(text):
        yield Finding(HTML_IN_TEXT, place, f"it holds the tag {quoted(found[0])}", _PLAIN)
    elif reference := _reference(text):
        yield Finding(ESCAPED_TWICE, place, f"it holds {quoted(reference)}", _PLAIN)


def check_html_title(html: str, place: Place) -> Iterator[Finding]:
    """Check a title that says that it is HTML."""
    once = unescape(html)
    if reference := _reference(once):
        yield Finding(ESCAPED_TWICE, place, f"it shows {quoted(reference)}", "escape it once")
    elif (found := _PAIR.search(once)) and not _PAIR.search(html):
        yield Finding(ESCAPED_TWICE, place, f"it shows the tag {quoted(found[0])}", "escape it once")


def check_html(html: str, place: Place, *, is_based: bool) -> Iterator[Finding]:
    """Check content of HTML. `is_based`: an absolute address is told for what is relative in it."""
    if "<" not in html:
        if found := _BLOCKS.search(html):
            yield Finding(
                ESCAPED_TWICE, place, f"it shows {quoted(unescape(found[0]))} as text", "escape it once"
            )
        return
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    # lxml makes nothing of a page without any element.
    page = etree.HTML(b"<html>" + html.encode("utf-8", "replace"), parser)
    if page is not None:
        yield from _check_elements(page, place, is_based=is_based)


def check_xhtml(node: Node) -> Iterator[Finding]:
    """Check content whose elements stand in the feed itself."""
    yield from _check_elements(node.element, node.place, is_based=node.is_based)


def _check_elements(root: etree._Element, place: Place, *, is_based: bool) -> Iterator[Finding]:
    acting: list[str] = []
    relative: list[str] = []
    for element in root.iter("{*}*"):
        name = nodes.local(element).lower()
        if name == "script":
            acting.append("<script>")
        if name == "base":
            is_based = True
        acting += [key for key in map(str, element.attrib) if _HANDLER.fullmatch(key)]
        addresses = [str(element.get(key) or "").strip() for key in _ADDRESSES]
        acting += [address for address in addresses if address[:11].lower() == "javascript:"]
        relative += [address for address in addresses if _leads_nowhere(address)]
    if acting:
        yield Finding(SCRIPT, place, f"it holds {quoted(acting[0])}{_others(acting)}", "leave it out")
    if relative and not is_based:
        found = f"{quoted(relative[0])} is relative{_others(relative)}"
        yield Finding(RELATIVE, place, found, "write whole addresses, with https:// and host")


def _leads_nowhere(address: str) -> bool:
    return bool(address) and address[0] != "#" and iris.is_relative(address)


def _others(found: list[str]) -> str:
    return f", and {len(found) - 1} more" if len(found) > 1 else ""


def _reference(text: str) -> str:
    """Return the first reference to a character in some text; empty if there is none."""
    for found in _REFERENCE.finditer(text):
        if found[0][1] == "#" or found[0][1:] in html5:
            return found[0]
    return ""
