"""A note as plain text with its links, and its sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from feeder.markup import text

_APART = {
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "footer", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td",
    "th", "tr", "ul",
}  # fmt: skip
# Their text is no part of what the author says.
_UNREAD = {"figcaption", "head", "iframe", "noscript", "script", "style", "template", "textarea", "title"}
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"“”]+[^\s<>()\[\]\"“”.,;:!?'’]")
_SENTENCE_END = re.compile(r"[.!?…]+[\"”’'»)]*(?: +|$)|\n")
_ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Gen|Col|Sen|Gov|Rep|Sgt|Lt|vs|etc|No|Nr|bzw|ca|vgl|Hr|Fr|M|Mme"
    r"|e\.g|i\.e|z\.B|z\. B|d\.h|u\.a|p\.ej)|(?:^|[ .(])[A-ZÀ-Þ])\.$"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the place of its words."""

    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Note:
    """The words of a note: single spaces, a line for each paragraph."""

    text: str
    links: tuple[Link, ...]

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Yield the place of each sentence."""
        start = 0
        for match in _SENTENCE_END.finditer(self.text):
            if _is_within_sentence(self.text, start, match):
                continue
            if match.end() > start:
                yield start, len(self.text[: match.end()].rstrip())
            start = match.end()
        if start < len(self.text):
            yield start, len(self.text)


def read(written: str) -> Note:
    """Return the words and links of a note in HTML, or in plain text with bare addresses.

    Takes any text. Captions are left out: they are about pictures.
    """
    page = _Page()
    root = etree.HTML(
        f"<div>{text.scrub(written)}</div>", etree.HTMLParser(remove_comments=True, remove_pis=True)
    )
    if root is not None:
        page.read(root)
    words = "".join(page.pieces).rstrip()
    bare = (Link(found.start(), found.end(), found[0]) for found in _ADDRESS.finditer(words))
    linked = [link for link in page.links if link.start < link.end]
    free = [
        link for link in bare if not any(each.start < link.end and link.start < each.end for each in linked)
    ]
    return Note(words, tuple(sorted([*linked, *free], key=lambda link: link.start)))


def _is_within_sentence(words: str, start: int, end: re.Match[str]) -> bool:
    if end[0] == "\n" or end.end() == len(words):
        return False
    follows = words[end.end() :].lstrip("\"“”‘'«»(¿¡")
    if follows[:1].islower():
        return True
    upto = words[start : end.start() + 1]
    return bool(_ABBREVIATED.search(upto[-12:]))


class _Page:
    """Plain text as it is gathered, with whitespace collapsed."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.links: list[Link] = []
        self._length = 0
        self._gap = ""

    def read(self, root: etree._Element) -> None:
        open_links: list[tuple[etree._Element, int, str]] = []
        unread: etree._Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            name = element.tag if isinstance(element.tag, str) else ""
            if event == "start" and unread is None and name in _UNREAD:
                unread = element
            if unread is None:
                self._visit(event, element, name, open_links)
            elif event == "end" and unread is element:
                unread = None
                self._write(element.tail)

    def _visit(
        self,
        event: str,
        element: etree._Element,
        name: str,
        open_links: list[tuple[etree._Element, int, str]],
    ) -> None:
        if name in _APART:
            self._gap = "\n" if self.pieces else ""
        if event == "start":
            if name == "a" and (url := _target(element)):
                open_links.append((element, len(self.links), url))
                self.links.append(Link(-1, -1, url))
            self._write(element.text, open_links)
            return
        if open_links and open_links[-1][0] is element:
            _, place, url = open_links.pop()
            begun = self.links[place].start
            self.links[place] = Link(begun, self._length, url) if begun >= 0 else Link(0, 0, url)
        self._write(element.tail, open_links)

    def _write(
        self, words: str | None, open_links: list[tuple[etree._Element, int, str]] | None = None
    ) -> None:
        for number, part in enumerate(_BLANK_LINE.split(words or "")):
            if number:
                self._gap = "\n" if self.pieces else ""
            if part[:1].isspace() and not self._gap and self.pieces:
                self._gap = " "
            joined = " ".join(part.split())
            if not joined:
                continue
            self._put(joined, open_links or [])
            if part[-1].isspace():
                self._gap = " "

    def _put(self, joined: str, open_links: list[tuple[etree._Element, int, str]]) -> None:
        self.pieces.extend((self._gap, joined))
        start = self._length + len(self._gap)
        self._length = start + len(joined)
        self._gap = ""
        for _, place, url in open_links:
            if self.links[place].start < 0:
                self.links[place] = Link(start, self._length, url)


def _target(element: etree._Element) -> str:
    """Return where a link leads, if to a page."""
    url = (element.get("href") or "").strip()
    scheme, colon, _ = url.partition(":")
    elsewhere = bool(colon) and "/" not in scheme and scheme.lower() not in {"http", "https"}
    return "" if elsewhere or url.startswith("#") else url
