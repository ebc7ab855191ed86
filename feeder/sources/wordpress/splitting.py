"""A post of WordPress, taken apart: the author's note, and the printed piece that follows it.

The piece's title, a heading or a paragraph in bold, parts the two. Around the piece's text stand its
picture, its standfirst and its byline. Whatever does not look like one of these stays in the text,
and no word is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree

from feeder.markup import text, urls
from feeder.model.items import Picture
from feeder.sources.wordpress import bylines, pictures
from feeder.sources.wordpress.blocks import (
    BOLD,
    BOLD_RANK,
    HEADINGS,
    ITALIC,
    Block,
    blocks_of,
    elements,
    is_all,
    joined,
    words,
)

_NOTE_BLOCKS = 8
_NOTE_CHARACTERS = 4000
_SHORT_NOTE_BLOCKS = 3
_SHORT_NOTE_CHARACTERS = 600
_OUTLET_CHARACTERS = 80
_STANDFIRST_CHARACTERS = 500
_SLUG_WORD_CHARACTERS = 3
_SLUG_WORDS = 3
_SLUG_SHARE = 0.6

_NOTE_TAGS = {"", "div", "hr", "ol", "p", "ul"}
_AFTER_NOTE = {*HEADINGS, "figure", "img", "table", "hr"}
_CONTAINERS = {"div", "section", "article", "aside", "blockquote", "ul", "ol"}

_WORD = re.compile(r"\w+")

# "New piece for", "Ein neuer Beitrag für", "Une tribune dans", "Una columna en", "Un articolo per".
_ANNOUNCES = re.compile(
    r"(?:[^\W_]+\W+){0,10}?(?:pieces?|articles?|op-?eds?|columns?|comment|commentary|essay|post|paper|report"
    r"|chapter|review|beitrag|artikel|kommentar|kolumne|text|aufsatz|tribune|chronique|texte|artículo|columna"
    r"|tribuna|articolo|pezzo|editoriale)\W+(?:[^\W_]+\W+){0,4}?(?:for|in|für|im|pour|dans|para|en|per|su|sul)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a post is made of.

    `note` and `body` are HTML, and the body is the printed text only; `title`, `standfirst` and
    `byline` are plain text, empty where there is none. `url` and `outlet` are where it was printed.
    `heading`, `figure` and `signature` are title, picture and byline as HTML, as they were written.
    """

    body: str
    note: str = ""
    title: str = ""
    url: str | None = None
    outlet: str | None = None
    picture: Picture | None = None
    standfirst: str = ""
    byline: str = ""
    heading: str = ""
    figure: str = ""
    signature: str = ""


def split(html: str, base: str, title: str = "") -> Parts:
    """Take a post apart that was sanitized against the address `base`; `title` is the post's own.

    A heading or a paragraph in bold is the piece's title, if a note stands before it, or it links
    elsewhere, or it says what the post's title says. Without one all is body, as it is.
    The picture is taken out where it stands before the text; all others stay.
    A body that could itself be taken for note and piece is put into an `article`, which is never
    taken apart: so splitting a body gives that body.
    """
    html = text.scrub(html)
    blocks = blocks_of(html)
    place = _title_place(blocks, base, title)
    if place is None:
        url, outlet = announced(html, base)
        return Parts(html, url=url, outlet=outlet)
    heading, after = blocks[place], blocks[place + 1 :]
    before: Sequence[Block] = blocks[:place]
    url, outlet = _printed(before, heading, base)
    head, rest = _head(after, base)
    figure = head.get("picture")
    if figure is None:
        figure, before = pictures.last(before, base)
    signature, rest = bylines.signature(head.get("byline"), rest)
    standfirst = head.get("standfirst")
    body = joined(rest)
    if _title_place(blocks_of(body), base, title) is not None:
        body = f"<article>{body}</article>"
    return Parts(
        body=body,
        note=joined(_without_rule(before)),
        title=heading.words,
        url=url,
        outlet=outlet,
        picture=pictures.picture(figure, base) if figure else None,
        standfirst=standfirst.words if standfirst else "",
        byline=signature.words if signature else "",
        heading=heading.html,
        figure=figure.html if figure else "",
        signature=signature.html if signature else "",
    )


def announced(html: str, base: str) -> tuple[str | None, str | None]:
    """Return the address and the name that the first link to elsewhere gives.

    Only the first block with text is asked, and only if it stands before all headings and pictures.
    """
    for element in elements(html):
        if element.tag in _AFTER_NOTE:
            return None, None
        if element.tag not in _CONTAINERS and words(element):
            # A paragraph in bold is a heading.
            links = [] if is_all(element, BOLD) else list(_links_elsewhere(element, base))
            return (links[0][0], _outlet(links[0][1])) if links else (None, None)
    return None, None


def says_the_same(title: str, other: str) -> bool:
    """Tell whether two titles differ in case and punctuation only."""
    return text.line(title) == text.line(other) or _bare(title) == _bare(other) != []


def _title_place(blocks: Sequence[Block], base: str, known: str) -> int | None:
    """Return where the title of a printed piece stands that the text before it announces."""
    first = next((place for place, block in enumerate(blocks[: _NOTE_BLOCKS + 1]) if block.is_title), None)
    if first is None or not all(map(_may_be_in_note, blocks[:first])):
        return None
    note = [block for block in blocks[:first] if block.words]
    links = [link for block in note for link in _links_elsewhere(block.tree, base)]
    # Of two headings in a row one may be a kicker: the outlet's name, or a series.
    row = [block for block in blocks[first : first + 2] if block.is_title]
    marked = next((block for block in row if _is_marked(block, links, base, known)), None)
    highest = row[0] if row[0].rank == BOLD_RANK else min(row, key=lambda block: block.rank)
    place = first + row.index(marked or highest)
    if sum(len(block.words) for block in note) > _NOTE_CHARACTERS:
        return None
    return place if marked or _announces(note, bool(links), blocks[place:]) else None


def _may_be_in_note(block: Block) -> bool:
    return block.tag in _NOTE_TAGS or (block.tag == "figure" and block.has_picture)


def _is_marked(title: Block, links: Sequence[tuple[str, str]], base: str, known: str) -> bool:
    """Tell whether a heading shows by itself that it is the piece's title."""
    said = title.words
    is_named = says_the_same(said, known) or any(_is_named(url, said) for url, _ in links)
    return is_named or any(_links_elsewhere(title.tree, base))


def _announces(note: Sequence[Block], links: bool, piece: Sequence[Block]) -> bool:
    """Tell whether text announces what follows, which begins with a heading."""
    rank = piece[0].rank
    says_so = any(_ANNOUNCES.match(block.words) for block in note)
    if links and says_so:
        return True
    # Of several headings of one rank, the first may well open a section of a post without a note.
    if any(block.rank == rank and block.is_title for block in piece[1:]):
        return False
    if links:
        return len(note) <= _SHORT_NOTE_BLOCKS
    is_short = len(note) == 1 and len(note[0].words) <= _SHORT_NOTE_CHARACTERS
    return is_short and (says_so or rank != BOLD_RANK)


def _printed(note: Sequence[Block], heading: Block, base: str) -> tuple[str | None, str | None]:
    """Return the address of the piece and the name of its outlet."""
    links = [link for block in note for link in _links_elsewhere(block.tree, base)]
    url = next((url for url, _ in _links_elsewhere(heading.tree, base)), None)
    if url is None:
        named = [link for link in links if _is_named(link[0], heading.words)] or links
        return (named[0][0], _outlet(named[0][1])) if named else (None, None)
    names = [name for link, name in links if _is_same_site(link, url)] or [name for _, name in links]
    return url, _outlet(names[0]) if names else None


def _head(blocks: Sequence[Block], base: str) -> tuple[dict[str, Block], Sequence[Block]]:
    """Return what stands between title and text, by its role, and the rest."""
    found: dict[str, Block] = {}
    for place, block in enumerate(blocks):
        rest = blocks[place + 1 :]
        if pictures.picture(block, base):
            role = "picture"
        elif bylines.is_by(block):
            role = "byline"
        elif _is_standfirst(block, rest):
            role = "standfirst"
        else:
            break
        if role in found:
            break
        found[role] = block
    return found, blocks[len(found) :]


def _is_standfirst(block: Block, rest: Sequence[Block]) -> bool:
    """Tell of a short paragraph in italics or bold, or of a heading unlike all that follow."""
    is_plain = not block.has_picture and "<a " not in block.html
    if not is_plain or not 0 < len(block.words) <= _STANDFIRST_CHARACTERS or bylines.is_signature(block):
        return False
    texts = (other for other in rest if other.words)
    following = next(texts, None)
    if following is None or following.tag in HEADINGS:
        return False
    if block.rank:
        # Where another one like it follows, they are the headings of sections.
        return all(other.rank != block.rank for other in rest)
    return block.tag == "p" and is_all(block.tree, ITALIC)


def _links_elsewhere(tree: etree._Element, base: str) -> Iterator[tuple[str, str]]:
    """Yield address and words of each link to another site."""
    for link in tree.iter("a"):
        url, said = link.get("href", ""), words(link)
        if said and urls.is_web(url) and urlsplit(url).hostname != urlsplit(base).hostname:
            yield url, said


def _is_same_site(url: str, other: str) -> bool:
    hosts = [(urlsplit(each).hostname or "").removeprefix("www.") for each in (url, other)]
    short, long = sorted(hosts, key=len)
    return short == long or long.endswith(f".{short}")


def _is_named(url: str, title: str) -> bool:
    """Tell whether an address is made of words of the title, as those of newspapers are."""
    said = set(_bare(title))
    for segment in unquote(urlsplit(url).path).split("/"):
        of_url = {
            word for word in _bare(segment) if len(word) >= _SLUG_WORD_CHARACTERS and not word.isdigit()
        }
        common = len(of_url & said)
        if common >= _SLUG_WORDS and common >= _SLUG_SHARE * len(of_url):
            return True
    return False


def _outlet(name: str) -> str | None:
    return name if len(name) <= _OUTLET_CHARACTERS else None


def _bare(title: str) -> list[str]:
    return _WORD.findall(re.sub("['’]", "", text.line(title).casefold()).replace("_", " "))


def _without_rule(note: Sequence[Block]) -> Sequence[Block]:
    end = len(note)
    while end and note[end - 1].tag == "hr":
        end -= 1
    return note[:end]
