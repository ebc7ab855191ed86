"""What all feeds of XML have to keep: they are well-formed, and declare nothing that acts.

Nothing is ever resolved or loaded: no entity, no document type, no stylesheet.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import islice

from lxml import etree

from feeder.feeds.doctor import nodes
from feeder.feeds.doctor.findings import WHOLE, Finding, Place, error, quoted, warning
from feeder.feeds.doctor.nodes import PREFIXES, XHTML, Node
from feeder.markup import text

MAX_TAGS = 1_000_000
"""More than this is no feed, and would take too much memory. Most tags of a large feed are HTML's."""
MAX_ELEMENTS = 300_000
MAX_REFERENCES = 1_000

ILL_FORMED = error("ill-formed", "a feed is well-formed XML", "XML 1.0, section 2.1")
LIMITS = error("beyond-limits", "a document stays within what XML parsers take", "libxml2, its limits")
NOT_FIRST = error(
    "declaration-not-first", "nothing stands before the XML declaration", "XML 1.0, section 2.8"
)
ENTITIES = error(
    "entities", "a feed declares no entities: readers refuse them", "OWASP, XML external entities"
)
DOCTYPE = warning("doctype", "a feed has no document type: many readers refuse it", "XML 1.0, section 2.8")
REFERENCE = error(
    "reference", "a feed refers to no entities: readers load no document types", "XML 1.0, section 4.1"
)
XSLT = warning(
    "xslt",
    "browsers are dropping XSLT, and warn of it on the whole page",
    "whatwg/html#11523, and Chrome's plan for 2026",
)
SCRIPT = warning("script", "a feed holds no scripts: readers take them out", "RFC 4287, section 8.1")
NAMESPACE_NEAR = warning(
    "namespace-near", "namespaces are compared character by character", "Namespaces in XML 1.0, section 2.3"
)

_CODES = {
    number: name
    for name, number in vars(etree.ErrorTypes).items()
    if isinstance(number, int) and name[:1] != "_"
}
_END = re.compile(r",? ?line \d+, column \d+$")
_ESCAPE = "write & as &amp; and < as &lt; in all text"
# What happened, in plainer words where libxml2 speaks of itself, and the mend.
_MENDS = {
    "ERR_TAG_NAME_MISMATCH": ("", "close every element that is opened, the inner ones first"),
    "ERR_GT_REQUIRED": ("", "close the tag with >"),
    "ERR_ENTITYREF_SEMICOL_MISSING": ("a bare & stands in text, or a reference without ;", _ESCAPE),
    "ERR_NAME_REQUIRED": ("a bare & or < stands in text", _ESCAPE),
    "ERR_LT_IN_ATTRIBUTE": ("a bare < stands in an attribute", _ESCAPE),
    "ERR_DOCUMENT_END": ("something follows the end of the document", "take it out"),
    "ERR_DOCUMENT_EMPTY": ("it does not begin with a tag", "write a feed of Atom, RSS or JSON Feed"),
    "ERR_TAG_NOT_FINISHED": ("", "it breaks off: look whether it is written, and sent, to its end"),
    "ERR_CDATA_NOT_FINISHED": ("a CDATA section has no end", "end it with ]]>"),
    "ERR_MISPLACED_CDATA_END": ("]]> stands in text", "write ]]&gt; in all text"),
    "ERR_ATTRIBUTE_REDEFINED": ("", "give each attribute once"),
    "ERR_ATTRIBUTE_NOT_STARTED": (
        "the value of an attribute has no quotation marks",
        "put the values of attributes between them",
    ),
    "ERR_INVALID_CHAR": ("", "leave the character out: XML cannot hold it, not even by its number"),
    "ERR_HYPHEN_IN_COMMENT": ("a comment holds a double hyphen", "take it out"),
}
_UNDECLARED = {"ERR_UNDECLARED_ENTITY", "WAR_UNDECLARED_ENTITY"}
_ENTITY = re.compile(r"Entity '([^']+)'")
_PREFIX = re.compile(r"Namespace prefix (\S+)")
_DECLARATION = re.compile(r"\s+(<\?xml\s(?:[^?]|\?(?!>)){0,300}\?>)")
_NEAR = re.compile(r"^https?://(?:www\.)?|[/#]+$")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The root of a document, None if there is none, and what was wrong on the way to it."""

    root: Node | None
    findings: tuple[Finding, ...]


def parse(document: str) -> Parsed:
    """Parse text without characters that XML forbids; see `encodings`."""
    findings: list[Finding] = []
    declaration = _DECLARATION.match(document)
    if declaration:
        found = "the document begins with blank space or lines"
        mend = "take it out: mostly a script prints it before the feed"
        findings.append(Finding(NOT_FIRST, Place("", 1, 1), found, mend))
        document = document.replace(declaration[1], " " * len(declaration[1]), 1)
    if document.count("<") > MAX_TAGS:
        found = f"it has over {MAX_TAGS:,} tags"
        return Parsed(None, (*findings, Finding(LIMITS, WHOLE, found, "list fewer entries")))
    try:
        root = etree.fromstring(document.encode("utf-8", "replace"), _parser())
    except etree.XMLSyntaxError as trouble:
        return Parsed(None, (*findings, _ill_formed(trouble)))
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        found = f"it has over {MAX_ELEMENTS:,} elements"
        return Parsed(None, (*findings, Finding(LIMITS, WHOLE, found, "list fewer entries")))
    findings += _declared(root)
    findings += _unresolved(root)
    findings += _namespaces(root)
    return Parsed(Node(root, _name(root)), tuple(findings))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",  # of what was decoded before, whatever the document declares
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )


def _name(root: etree._Element) -> str:
    return nodes.shown(root.prefix or "", nodes.local(root))


def _ill_formed(trouble: etree.XMLSyntaxError) -> Finding:
    line, column = trouble.position
    place = Place("", line or 1, column or 1)
    told = " ".join(_END.sub("", trouble.msg or "it cannot be parsed").split())
    code = _CODES.get(trouble.code or 0, "")
    if code == "ERR_RESOURCE_LIMIT":
        return Finding(LIMITS, place, text.line(told), "write a plainer document")
    words, mend = _explained(code, told)
    return Finding(ILL_FORMED, place, text.line(words or told), text.line(mend))


def _explained(code: str, told: str) -> tuple[str, str]:
    if code in _UNDECLARED and (named := _ENTITY.search(told)):
        return (
            f"{quoted(f'&{named[1]};')} is not declared",
            f"it belongs to HTML; write {_numbered(named[1])}",
        )
    if code == "NS_ERR_UNDEFINED_NAMESPACE" and (named := _PREFIX.search(told)):
        known = next((uri for uri, prefix in PREFIXES.items() if prefix == named[1]), "…")
        return (
            f"the prefix {quoted(named[1])} is not declared",
            f'write xmlns:{named[1][:40]}="{known}" at the root',
        )
    return _MENDS.get(code, ("", _ESCAPE))


def _numbered(entity: str) -> str:
    character = html5.get(f"{entity};", "")
    return f"&#{ord(character)};" if len(character) == 1 else "the character itself"


def _unresolved(root: etree._Element) -> Iterator[Finding]:
    """Find references that only a document type explains, and put HTML's characters in their place."""
    found = list(islice(root.iter(etree.Entity), MAX_REFERENCES))
    for reference in found[:1]:
        name = str(reference.name)  # type: ignore[attr-defined]
        place = Place("", reference.sourceline)
        mend = f"write {_numbered(name)}"
        yield Finding(REFERENCE, place, f"it holds {quoted(f'&{name};')}", mend)
    for reference in found:
        character = html5.get(f"{reference.name};", "?")  # type: ignore[attr-defined]
        _put_instead(reference, character + (reference.tail or ""))


def _put_instead(node: etree._Element, words: str) -> None:
    before, parent = node.getprevious(), node.getparent()
    if parent is None:
        return
    if before is None:
        parent.text = (parent.text or "") + words
    else:
        before.tail = (before.tail or "") + words
    parent.remove(node)


def _declared(root: etree._Element) -> Iterator[Finding]:
    """Find what stands before the root: a document type, and stylesheets that act."""
    document = root.getroottree().docinfo
    if document.internalDTD is not None and any(True for _ in document.internalDTD.iterentities()):
        found = "its document type declares some, which were left alone"
        yield Finding(ENTITIES, WHOLE, found, "leave the document type out, and write the characters")
    elif document.doctype:
        yield Finding(DOCTYPE, WHOLE, f"it has {quoted(document.doctype)}", "leave it out")
    for before in root.itersiblings(preceding=True):
        if isinstance(before, etree._ProcessingInstruction) and _is_xslt(before):  # noqa: SLF001 - it has no other name
            mend = "leave it out, and link a page for people instead"
            yield Finding(XSLT, Place("xml-stylesheet", before.sourceline), "there is one of XSLT", mend)


def _is_xslt(instruction: etree._ProcessingInstruction) -> bool:
    if instruction.target != "xml-stylesheet":
        return False
    words = (instruction.text or "").lower()
    return any(mark in words for mark in ("text/xsl", "application/xslt", ".xsl"))


def _namespaces(root: etree._Element) -> Iterator[Finding]:
    """Find vocabularies whose address is nearly right, so that no reader knows them; and scripts."""
    first: dict[str, etree._Element] = {}
    for element in root.iter("{*}*"):
        first.setdefault(nodes.namespace(element), element)
        is_script = element.tag == f"{{{XHTML}}}script"
        if is_script and element.getparent() is root:
            yield Finding(SCRIPT, Place("script", element.sourceline), "there is one", "leave it out")
    for namespace, element in first.items():
        known = _KNOWN.get(_NEAR.sub("", namespace.lower()))
        # What a wrong one at the root means, the format itself says.
        if known and known != namespace and element is not root:
            place = Place(_name(element), element.sourceline)
            yield Finding(NAMESPACE_NEAR, place, f"{quoted(namespace)} is another", f"write {known}")


_KNOWN = {_NEAR.sub("", uri.lower()): uri for uri in PREFIXES}
