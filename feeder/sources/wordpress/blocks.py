"""The blocks of sanitized HTML that stand side by side, and what they look like. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from feeder.markup import html as markup
from feeder.markup import text

TITLE_CHARACTERS = 300
_NESTED_GROUPS = 4

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BOLD_RANK = 7
BOLD = ("strong", "b")
ITALIC = ("em", "i", "cite")
_BLOCKS = {
    *("article", "aside", "blockquote", "details", "div", "dl", "figcaption", "figure", "hr", "ol"),
    *("p", "pre", "section", "table", "ul"),
    *HEADINGS,
}
_VOID = {"area", "br", "col", "hr", "img", "wbr"}

# Sanitized HTML is regular: all tags are closed, and every attribute is in double quotes.
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^\s"<>=]+="[^"]*")*)>|[^<]+')
_GROUP = re.compile(r"<(div|section)>(.*)</\1>", re.DOTALL)
_OPENS_BOLD = re.compile(r"<p\b[^<>]*>\s*(?:<(?:a|em|i|span|u)\b[^<>]*>\s*){0,4}<(?:strong|b)\b")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands at the top level: a block element, or (tag "") a run of text between two."""

    html: str
    tag: str

    @property
    def words(self) -> str:
        """Its text on one line."""
        return text.line(markup.to_text(self.html))

    @property
    def tree(self) -> etree._Element:
        """An element that holds it."""
        return _tree(self.html)

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture anywhere in it."""
        return "<img" in self.html

    @property
    def is_title(self) -> bool:
        """Whether it can be a title: a heading of any kind, with some words, not too many."""
        return self.rank > 0 and not self.has_picture and 0 < len(self.words) <= TITLE_CHARACTERS

    @property
    def rank(self) -> int:
        """How high a heading it is, from 1; a paragraph in bold is the lowest; 0 is none."""
        return HEADINGS.get(self.tag, 0) or self._linked_rank or self._bold_rank

    @property
    def _linked_rank(self) -> int:
        if self.tag or not self.html.startswith("<a "):
            return 0
        outer = list(self.tree)
        is_heading = len(outer) == 1 and len(outer[0]) == 1 and words(outer[0]) == words(outer[0][0])
        return HEADINGS.get(str(outer[0][0].tag), 0) if is_heading else 0

    @property
    def _bold_rank(self) -> int:
        return BOLD_RANK if _OPENS_BOLD.match(self.html) and is_all(self.tree, BOLD) else 0


def blocks_of(html: str, groups: int = _NESTED_GROUPS) -> list[Block]:
    """Return what stands side by side in regular HTML; nothing of any other."""
    blocks: list[Block] = []
    open_tags: list[str] = []
    start = position = 0
    while position < len(html):
        token = _TOKEN.match(html, position)
        if token is None:
            return []
        closing, tag = token[1], token[2]
        if closing:
            if not open_tags or open_tags.pop() != tag:
                return []
        elif tag in _BLOCKS and not open_tags:
            blocks += _block(html[start:position], "", groups)
            start = position
        if tag and not closing and tag not in _VOID:
            open_tags.append(tag)
        position = token.end()
        if tag in _BLOCKS and not open_tags:
            blocks += _block(html[start:position], tag, groups)
            start = position
    return [] if open_tags else blocks + _block(html[start:], "", groups)


def joined(blocks: Sequence[Block]) -> str:
    """Return the HTML of blocks, one below the other."""
    return "\n".join(block.html for block in blocks)


def elements(html: str) -> Iterator[etree._Element]:
    """Yield the elements within a text, in order."""
    yield from _tree(html).iterdescendants("*")


def words(element: etree._Element) -> str:
    """Return the text of an element on one line."""
    return text.line(lines(element))


def lines(element: etree._Element) -> str:
    """Return the text of an element in its lines."""
    return markup.to_text(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def is_all(element: etree._Element, tags: Sequence[str]) -> bool:
    """Tell whether all words of an element stand in such tags."""
    if not _WORD.search("".join(element.itertext())):
        return False
    copy = _tree(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    etree.strip_elements(copy, *tags, with_tail=False)
    return not _WORD.search("".join(copy.itertext()))


def _block(html: str, tag: str, groups: int) -> list[Block]:
    """Return one block; of a bare element that only groups blocks, these; of white space, none."""
    group = _GROUP.fullmatch(html) if groups and tag in {"div", "section"} else None
    within = blocks_of(group[2], groups - 1) if group else []
    if within and all(block.tag for block in within):
        return within
    return [Block(html.strip(), tag)] if html.strip() else []


def _tree(html: str) -> etree._Element:
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    root = etree.HTML(f"<div>{html}</div>", parser)
    body = root.find("body/div")
    return etree.Element("div") if body is None else body
