"""Holds pages against the HTML Standard, as far as html5lib knows it, and against what feeder promises beyond it."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import html5lib
from html5lib.html5parser import ParseError

Element = ET.Element

_ACTING = ("script", "style", "iframe", "object", "embed", "applet", "base", "audio", "video")
_ONCE = ("title", "main", "header", "h1")
_NOT_LANDMARKS = ("main", "article", "section", "aside", "nav")
_SCHEMES = {"", "http", "https", "mailto", "feed"}
_TYPES = {"Article", "CreativeWork", "Organization", "Person", "Thing", "WebSite"}


class Page:
    """A page, parsed as browsers do; `problem` is the first thing that a browser had to mend."""

    def __init__(self, content: bytes | str) -> None:
        text = content if isinstance(content, str) else content.decode()
        self.root: Element = html5lib.parse(text, namespaceHTMLElements=False)
        self.problem = _problem(text)

    @cached_property
    def parents(self) -> dict[Element, Element]:
        return {child: parent for parent in self.root.iter() for child in parent}

    def all(self, tag: str) -> list[Element]:
        return list(self.root.iter(tag))

    def attributes(self, tag: str) -> list[dict[str, str]]:
        return [dict(element.attrib) for element in self.root.iter(tag)]

    def one(self, tag: str) -> Element:
        (element,) = self.root.iter(tag)
        return element

    def with_class(self, name: str) -> list[Element]:
        return [element for element in self.root.iter() if name in element.get("class", "").split()]

    def with_id(self, id_: str) -> Element:
        (element,) = [element for element in self.root.iter() if element.get("id") == id_]
        return element

    def above(self, element: Element) -> Iterator[Element]:
        while element in self.parents:
            element = self.parents[element]
            yield element

    def rel(self, relation: str, tag: str = "link") -> list[dict[str, str]]:
        return [found for found in self.attributes(tag) if relation in found.get("rel", "").split()]

    @property
    def feeds(self) -> list[str]:
        """Where the feeds are that the page tells programs about, in order."""
        return [link["href"] for link in self.rel("alternate")]

    @property
    def links(self) -> list[str]:
        """All that the page leads to or loads, in order."""
        return [
            element.get(name, "")
            for element in self.root.iter()
            for name in ("href", "src")
            if element.get(name) is not None
        ]


def words(element: Element) -> str:
    """Return the text of an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page."""
    found = [page.problem] if page.problem else []
    for check in (_structure, _outline, _references, _labels, _actions, _microdata):
        found += check(page)
    return found


def things(page: Page) -> list[dict[str, list[str]]]:
    """Return what a page tells machines: properties of each thing by name, with its type as `@type`.

    A property that is a thing itself is told by that thing's name. Source: the HTML Standard, 5.2.
    """
    found = []
    for scope in page.root.iter():
        if scope.get("itemscope") is None:
            continue
        told: dict[str, list[str]] = {
            "@type": [scope.get("itemtype", "").removeprefix("https://schema.org/")]
        }
        for element in _properties(scope):
            for name in element.get("itemprop", "").split():
                told.setdefault(name, []).append(_value(element))
        found.append(told)
    return found


def place(path: str, link: str, public_url: str) -> tuple[str, str] | None:
    """Return the document of the tree to which a link on the page at `path` leads, and the part of it.

    None where it leads elsewhere.
    """
    here = "https://tree.example/"
    inner = link.replace(public_url, here, 1) if link.startswith(public_url) else link
    whole = urlsplit(urljoin(here + path, inner))
    if whole.scheme != "https" or whole.netloc != "tree.example":
        return None
    found = unquote(whole.path.removeprefix("/"))
    return (f"{found}index.html" if found == "" or found.endswith("/") else found), unquote(whole.fragment)


def _problem(text: str) -> str:
    try:
        html5lib.HTMLParser(strict=True).parse(text)
    except ParseError as error:
        return f"not well-formed: {error}"
    return ""


def _structure(page: Page) -> list[str]:
    found = []
    for tag in _ONCE:
        there = [each for each in page.all(tag) if tag != "header" or _is_landmark(page, each)]
        if len(there) != 1:
            found.append(f"{len(there)} of {tag}")
    footers = [each for each in page.all("footer") if _is_landmark(page, each)]
    if len(footers) != 1:
        found.append(f"{len(footers)} footers of the page")
    html = page.one("html")
    if not html.get("lang") or html.get("dir") not in {"ltr", "rtl"}:
        found.append("no language, or no direction")
    if not words(page.root.find("head/title") or page.root) or not page.root.findtext("head/title"):
        found.append("no title")
    names = [nav.get("aria-label") for nav in page.all("nav")]
    if None in names or len(names) != len(set(names)):
        found.append(f"navigation is called {names}")
    return found


def _outline(page: Page) -> list[str]:
    levels = [int(element.tag[1]) for element in page.root.iter() if element.tag in _HEADINGS]
    deeper = [(a, b) for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
    empty = [element.tag for element in page.root.iter() if element.tag in _HEADINGS and not words(element)]
    return [f"h{b} follows h{a}" for a, b in deeper] + [f"{tag} is empty" for tag in empty]


def _references(page: Page) -> list[str]:
    ids = Counter(element.get("id") for element in page.root.iter() if element.get("id") is not None)
    found = [f"id {id_} stands {times} times" for id_, times in ids.items() if times > 1]
    for element in page.root.iter():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            found += [f"nothing has the id {id_}" for id_ in element.get(name, "").split() if id_ not in ids]
    return found


def _labels(page: Page) -> list[str]:
    labelled = {label.get("for") for label in page.all("label")}
    found = [
        f"field {field.get('id')} has no label"
        for field in page.all("input")
        if field.get("type") != "hidden" and field.get("id") not in labelled
    ]
    found += ["img without alt" for image in page.all("img") if image.get("alt") is None]
    nameless = [
        link
        for link in page.all("a")
        if not words(link) and not link.get("aria-label") and link.find(".//img") is None
    ]
    return found + [f"nameless link to {link.get('href')}" for link in nameless]


def _actions(page: Page) -> list[str]:
    found = [f"<{tag}>" for tag in _ACTING if page.all(tag)]
    for element in page.root.iter():
        found += [
            f"{element.tag} has {name}" for name in element.attrib if name.startswith("on") or name == "style"
        ]
    for link in page.links:
        if urlsplit(link).scheme not in _SCHEMES:
            found.append(f"leads to {link}")
    loaded = [link["href"] for link in [*page.rel("stylesheet"), *page.rel("icon"), *page.rel("preload")]]
    return found + [f"loads {link}" for link in loaded if urlsplit(link).netloc]


def _microdata(page: Page) -> list[str]:
    found = []
    for element in page.root.iter():
        if element.get("itemprop") is not None and not any(
            each.get("itemscope") is not None for each in page.above(element)
        ):
            found.append(f"property {element.get('itemprop')} of nothing")
        kind = element.get("itemtype")
        if kind is not None and (
            element.get("itemscope") is None or kind not in {f"https://schema.org/{name}" for name in _TYPES}
        ):
            found.append(f"type {kind}")
    return found


def _is_landmark(page: Page, element: Element) -> bool:
    """Tell whether a header or footer is that of the page, not of a part of it (HTML-AAM)."""
    return not any(each.tag in _NOT_LANDMARKS for each in page.above(element))


def _properties(scope: Element) -> Iterator[Element]:
    for child in scope:
        if child.get("itemprop") is not None:
            yield child
        if child.get("itemscope") is None:
            yield from _properties(child)


def _value(element: Element) -> str:
    if element.get("itemscope") is not None:
        named = [words(each) for each in _properties(element) if each.get("itemprop") == "name"]
        return named[0] if named else ""
    for name in ("content", "href", "src", "datetime"):
        if element.get(name) is not None:
            return element.get(name, "")
    return words(element)


_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
