"""Elements of XML, with the paths that lead to them."""

from collections import Counter
from functools import cached_property

from lxml import etree

from feeder.feeds.doctor import iris
from feeder.feeds.doctor.findings import Place

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"

PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.georss.org/georss": "georss",
    "https://podcastindex.org/namespace/1.0": "podcast",
}
"""Vocabularies that readers know, and how they are mostly called."""

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
XHTML = "http://www.w3.org/1999/xhtml"

_NAME_CHARACTERS = 40


class Node:
    """An element, and the path that leads to it."""

    def __init__(self, element: etree._Element, path: str) -> None:
        self.element = element
        self.path = path

    @property
    def name(self) -> str:
        """The name without its namespace."""
        return local(self.element)

    @property
    def namespace(self) -> str:
        """The namespace; empty if it has none."""
        return namespace(self.element)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.path, self.element.sourceline)

    @cached_property
    def children(self) -> list["Node"]:
        """The elements within, in their order; of several with one name, each has its number."""
        found = [child for child in self.element if isinstance(child.tag, str)]
        names = [_shown(child) for child in found]
        totals = Counter(names)
        numbers: Counter[str] = Counter()
        children = []
        for child, name in zip(found, names, strict=True):
            numbers[name] += 1
            number = f"[{numbers[name]}]" if totals[name] > 1 else ""
            children.append(Node(child, f"{self.path}/{name}{number}"))
        return children

    def all(self, name: str, namespace: str | None = None) -> list["Node"]:
        """Return the children with a name, in this element's own namespace unless another is given."""
        found = self._by_name.get(name)
        if not found:
            return []
        wanted = self.namespace if namespace is None else namespace
        return [child for child in found if child.namespace == wanted]

    def first(self, name: str, namespace: str | None = None) -> "Node | None":
        """Return the first of them, if there is any."""
        return next(iter(self.all(name, namespace)), None)

    @cached_property
    def text(self) -> str:
        """All text within, as it stands."""
        return "".join(self.element.itertext())

    def get(self, attribute: str) -> str | None:
        """Return the value of an attribute, if it is there."""
        value = self.element.get(attribute)
        return None if value is None else str(value)

    @property
    def is_based(self) -> bool:
        """Whether relative addresses within are said to belong to an absolute one."""
        bases = (one.get(XML_BASE) for one in (self.element, *self.element.iterancestors()))
        return any(base and not iris.is_relative(str(base).strip()) for base in bases)

    @cached_property
    def _by_name(self) -> dict[str, list["Node"]]:
        found: dict[str, list[Node]] = {}
        for child in self.children:
            found.setdefault(child.name, []).append(child)
        return found


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace.

    lxml's own QName refuses names that its parser of HTML has let through.
    """
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """Return an element's namespace; empty if it has none."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def _shown(element: etree._Element) -> str:
    prefix = element.prefix or PREFIXES.get(namespace(element), "") if _is_foreign(element) else ""
    return shown(prefix or "", local(element))


def shown(prefix: str, name: str) -> str:
    """Return a name as paths hold it; a stranger may make names of any length."""
    cut = name if len(name) <= _NAME_CHARACTERS else f"{name[:_NAME_CHARACTERS]}…"
    return f"{prefix[:_NAME_CHARACTERS]}:{cut}" if prefix else cut


def _is_foreign(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is None or namespace(parent) != namespace(element)
