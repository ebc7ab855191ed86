"""Atom's links: in feeds and entries of Atom, and in channels of RSS."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeder.feeds.doctor import iris
from feeder.feeds.doctor.discovery import Claim
from feeder.feeds.doctor.findings import Finding, error, quoted, warning
from feeder.feeds.doctor.nodes import Node

NO_HREF = error("link-href", "a link has an href", "RFC 4287, section 4.2.7.1")
BAD_HREF = error("link-address", "a link's href is an address", "RFC 4287, section 4.2.7.1")
RELATIVE = warning(
    "link-relative", "a relative link needs xml:base: files and copies have no address", "RFC 4287, section 2"
)
TYPE = error("link-type", "a link's type is a media type", "RFC 4287, section 4.2.7.3")
LANGUAGE = error("link-hreflang", "a link's hreflang is a language tag", "RFC 4287, section 4.2.7.4")
LENGTH = warning("link-length", "a link's length is a number of bytes", "RFC 4287, section 4.2.7.6")
ALTERNATES = error(
    "alternate-many", "alternates differ in type or hreflang", "RFC 4287, sections 4.1.1 and 4.1.2"
)

MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&.+^_-]+/[A-Za-z0-9!#$&.+^_-]+(?:\s*;.*)?")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_LONG_REL = "http://www.iana.org/assignments/relation/"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, its relation in short."""

    node: Node
    rel: str
    href: str

    @property
    def claim(self) -> Claim:
        """What it says."""
        return Claim(self.node.place, self.href)


def read(nodes: Sequence[Node]) -> list[Link]:
    """Read the links that lead somewhere."""
    found = [
        Link(
            node,
            (node.get("rel") or "alternate").strip().removeprefix(_LONG_REL),
            (node.get("href") or "").strip(),
        )
        for node in nodes
    ]
    return [link for link in found if link.href]


def claims(links: Sequence[Link], rel: str) -> list[Claim]:
    """Return what links of one relation say."""
    return [link.claim for link in links if link.rel == rel]


def check(nodes: Sequence[Node]) -> Iterator[Finding]:
    """Check each of the links of a feed or an entry, and their alternates together."""
    for node in nodes:
        if not (node.get("href") or "").strip():
            yield Finding(NO_HREF, node.place, "it has no href", "write where it leads, or leave it out")
        yield from _attributes(node)
    links = read(nodes)
    for link in links:
        yield from _address(link)
    yield from _alternates(links)


def _address(link: Link) -> Iterator[Finding]:
    trouble = iris.trouble(link.href)
    if trouble == "is relative":
        if not link.node.is_based and link.rel != "self":
            mend = "write its whole address, with https:// and host"
            yield Finding(RELATIVE, link.node.place, f"{quoted(link.href)} {trouble}", mend)
    elif trouble:
        mend = "write it as browsers show it when it is copied"
        yield Finding(BAD_HREF, link.node.place, f"{quoted(link.href)} {trouble}", mend)


def _attributes(node: Node) -> Iterator[Finding]:
    media, language, length = (node.get(name) for name in ("type", "hreflang", "length"))
    if media is not None and not MEDIA_TYPE.fullmatch(media.strip()):
        yield Finding(
            TYPE, node.place, f"it is {quoted(media)}", "write one such as text/html, or leave it out"
        )
    if language is not None and not LANGUAGE_TAG.fullmatch(language.strip()):
        yield Finding(LANGUAGE, node.place, f"it is {quoted(language)}", "write one such as en or de-CH")
    if length is not None and not (length.isascii() and length.strip().isdigit()):
        yield Finding(LENGTH, node.place, f"it is {quoted(length)}", "write digits, or leave it out")


def _alternates(links: Sequence[Link]) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for link in links:
        if link.rel != "alternate":
            continue
        kind = ((link.node.get("type") or "").lower(), (link.node.get("hreflang") or "").lower())
        if kind in seen:
            told = " ".join(filter(None, kind)) or "no type and no language"
            mend = "keep the one; give the others another rel, such as related or enclosure"
            yield Finding(ALTERNATES, link.node.place, f"it is one more with {told}", mend)
        seen.add(kind)
