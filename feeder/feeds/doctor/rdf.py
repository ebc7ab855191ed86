"""A feed in RSS 1.0 or 0.90, which are RDF, and old.

Source: https://web.resource.org/rss/1.0/spec.
"""

from collections.abc import Iterator, Sequence

from feeder.feeds.doctor.findings import Finding, error, quoted, warning
from feeder.feeds.doctor.nodes import Node
from feeder.feeds.doctor.subjects import Family, Seen

OLD = warning("format-old", "most readers are made for Atom and RSS 2.0", "RSS 2.0, Roadmap; practice")
CHANNEL = error("channel", "rdf:RDF holds a channel", "RSS 1.0, section 5.3")
NEEDED = error("channel-element-missing", "a channel has title, link and description", "RSS 1.0, section 5.3")
ITEM = error("item-element-missing", "an item has title and link", "RSS 1.0, section 5.5")
ABOUT = error("item-about", "an item names itself by rdf:about", "RSS 1.0, section 5.5")
DUPLICATE = error("id-duplicate", "each item has its own rdf:about", "RSS 1.0, section 5.5")

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "http://purl.org/rss/1.0/": "RSS 1.0",
    "http://my.netscape.com/rdf/simple/0.9/": "RSS 0.90",
    "http://channel.netscape.com/rdf/simple/0.9/": "RSS 0.90",
}

_ABOUT = f"{{{RDF}}}about"


def namespace(root: Node) -> str:
    """Return which of the namespaces of RSS a root called `rdf:RDF` holds; empty if none."""
    return next((child.namespace for child in root.children if child.namespace in NAMESPACES), "")


def examine(root: Node) -> Seen:
    """Examine a root that holds one of `NAMESPACES`."""
    own = namespace(root)
    within = root.all("item", own)
    ids = tuple(_ident(item) for item in within)
    return Seen(Family.RDF, NAMESPACES[own], ids, _findings(root, own, within))


def _ident(item: Node) -> str:
    link = item.first("link")
    return item.get(_ABOUT) or ("" if link is None else link.text.strip())


def _findings(root: Node, own: str, within: Sequence[Node]) -> Iterator[Finding]:
    yield Finding(OLD, root.place, f"it is {NAMESPACES[own]}", "publish Atom 1.0 or RSS 2.0 beside it")
    channel = root.first("channel", own)
    if channel is None:
        yield Finding(CHANNEL, root.place, "it holds no channel", "add <channel>")
    else:
        for name in ("title", "link", "description"):
            if not channel.all(name):
                yield Finding(NEEDED, channel.place, f"it has no {name}", f"add <{name}>")
    seen: set[str] = set()
    for item in within:
        for name in ("title", "link"):
            if not item.all(name):
                yield Finding(ITEM, item.place, f"it has no {name}", f"add <{name}>")
        about = item.get(_ABOUT)
        if not about and own.endswith("/1.0/"):
            yield Finding(ABOUT, item.place, "it has no rdf:about", "add rdf:about with its address")
        elif about in seen:
            yield Finding(DUPLICATE, item.place, f"{quoted(about or '')} is there twice", "give each its own")
        seen.add(about or "")
