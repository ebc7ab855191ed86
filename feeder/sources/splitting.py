"""A post of WordPress, taken apart: the author's note, and the printed piece that follows it.

The piece's title, a heading or a paragraph in bold, parts the two. Around the piece's text stand its
picture, its standfirst and its byline. Whatever does not look like one of these stays in the text,
and no word is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from feeder.markup import html as markup
from feeder.markup import text, urls
from feeder.model.items import Picture

_NOTE_BLOCKS = 8
_NOTE_CHARACTERS = 4000
_SHORT_NOTE_BLOCKS = 3
_SHORT_NOTE_CHARACTERS = 600
_TITLE_CHARACTERS = 300
_OUTLET_CHARACTERS = 80
_STANDFIRST_CHARACTERS = 500
_BYLINE_CHARACTERS = 800
_CREDIT_CHARACTERS = 160
_SLUG_WORD_CHARACTERS = 3
_SLUG_WORDS = 3
_SLUG_SHARE = 0.6
_NESTED_GROUPS = 4

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BOLD_RANK = 7
_BOLD = ("strong", "b")
_ITALIC = ("em", "i", "cite")
_BLOCKS = {
    *("article", "aside", "blockquote", "details", "div", "dl", "figcaption", "figure", "hr", "ol"),
    *("p", "pre", "section", "table", "ul"),
    *_HEADINGS,
}
_NOTE_TAGS = {"", "div", "hr", "ol", "p", "ul"}
_AFTER_NOTE = {*_HEADINGS, "figure", "img", "table", "hr"}
_CONTAINERS = {"div", "section", "article", "aside", "blockquote", "ul", "ol"}
_VOID = {"area", "br", "col", "hr", "img", "wbr"}

# Sanitized HTML is regular: all tags are closed, and every attribute is in double quotes.
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^\s"<>=]+="[^"]*")*)>|[^<]+')
_GROUP = re.compile(r"<(div|section)>(.*)</\1>", re.DOTALL)
_OPENS_BOLD = re.compile(r"<p\b[^<>]*>\s*(?:<(?:a|em|i|span|u)\b[^<>]*>\s*){0,4}<(?:strong|b)\b")
_WORD = re.compile(r"\w+")

# "New piece for", "Ein neuer Beitrag für", "Une tribune dans", "Una columna en", "Un articolo per".
_ANNOUNCES = re.compile(
    r"(?:[^\W_]+\W+){0,10}?(?:pieces?|articles?|op-?eds?|columns?|comment|commentary|essay|post|paper|report"
    r"|chapter|review|beitrag|artikel|kommentar|kolumne|text|aufsatz|tribune|chronique|texte|artículo|columna"
    r"|tribuna|articolo|pezzo|editoriale)\W+(?:[^\W_]+\W+){0,4}?(?:for|in|für|im|pour|dans|para|en|per|su|sul)\b",
    re.IGNORECASE,
)
_AGENCY = (
    r"(?:AAP|AFP|Alamy|Anadolu|ANP|ANSA|AP|Belga|Bloomberg|Corbis|dpa|EFE|EPA|Flickr|Getty(?: Images)?|imago"
    r"|iStock|Keystone|Kyodo|Magnum|NurPhoto|PA|REUTERS|Reuters|Shutterstock|TASS|Unsplash|Wikimedia(?: Commons)?"
    r"|Xinhua)"
)
_CREDIT_LABEL = (
    r"(?i:(?:photo|picture|image|crédits?|bild|foto)?[ -]?(?:credits?|crédits?|source|courtesy(?= of)|copyright)"
    r"(?:[ -](?:photos?|images?))?"
    r"|(?:photo(?:graph|grapher|graphie|s)?|picture|pictures|image|images|pic|foto|fotos|bild|bilder|quelle)"
    r")\s*:"
    r"|(?i:(?:photo|photograph|picture|image|foto|bild)\s+(?:by|von|de|par|di|courtesy\s+of)\s)|(?i:courtesy\s+of\s)|©"
)
_CREDITS = (
    # Within a sentence only a capital or a bracket begins a credit: not in "a mirror image: the bridge".
    re.compile(rf"(?:^[(\[]?|(?<=[\s|–—-])(?:[(\[]|(?=[A-Z©])))(?:{_CREDIT_LABEL})"),
    re.compile(rf"[(\[](?=[^()\[\]]*\b{_AGENCY}\b)[^()\[\]]*[)\]]\.?$"),
    # After a sentence or a bar: words in capitals, an agency among them.
    re.compile(
        rf"(?:^|(?<=[.!?…;|–—”’\"\n-])\s*)(?<!\w)(?=[^\n]*\b{_AGENCY}\b)"
        r"(?:[A-Z]\.|[A-Z][^\s.!?]*)(?:\s+(?:via|for|by|and|&|[A-Z]\.|[A-Z/][^\s.!?]*)){0,8}\.?$"
    ),
)
_BY = re.compile(r"(?:By|BY|Von|VON|Par|PAR|Por|POR|Di|DI)\s+(?=[^\W\d_a-z])")
_SIGNS = {
    *("is", "are", "was", "were", "has", "writes", "teaches", "works", "heads", "leads", "directs"),
    *("edits", "ist", "sind", "war", "schreibt", "lehrt", "arbeitet", "leitet", "est", "sont", "écrit"),
    *("enseigne", "dirige", "es", "son", "escribe", "è", "sono", "scrive", "insegna", "é", "são"),
    *("escreve"),
}
_AUTHORS = (
    "the author",
    "the writer",
    "der autor",
    "die autorin",
    "l'auteur",
    "el autor",
    "la autora",
    "l'autore",
)
_SMALL_WORDS = {
    *("a", "al", "and", "at", "bin", "da", "de", "del", "della", "der", "di", "du", "e", "el", "et"),
    *("for", "in", "la", "le", "of", "the", "und", "van", "von", "y", "zu"),
}
_NO_NAMES = {
    *("A", "All", "An", "Ces", "Cet", "Cette", "Das", "Der", "Die", "Dieser", "Dieses", "El", "Este"),
    *("I", "Il", "In", "La", "Le", "Les", "Los", "Questo", "That", "The", "These", "This", "We"),
}
_NAME_WORDS = 20
_BY_WORDS = 12


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
    blocks = _blocks(html)
    place = _title_place(blocks, base, title)
    if place is None:
        url, outlet = announced(html, base)
        return Parts(html, url=url, outlet=outlet)
    heading, after = blocks[place], blocks[place + 1 :]
    before: Sequence[_Block] = blocks[:place]
    url, outlet = _printed(before, heading, base)
    head, rest = _head(after, base)
    figure = head.get("picture")
    if figure is None:
        figure, before = _last_picture(before, base)
    signature, rest = _signature(head.get("byline"), rest)
    standfirst = head.get("standfirst")
    body = _joined(rest)
    if _title_place(_blocks(body), base, title) is not None:
        body = f"<article>{body}</article>"
    return Parts(
        body=body,
        note=_joined(_without_rule(before)),
        title=heading.words,
        url=url,
        outlet=outlet,
        picture=_picture(figure, base) if figure else None,
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
            links = [] if _is_all(element, _BOLD) else list(_links_elsewhere(element, base))
            return (links[0][0], _outlet(links[0][1])) if links else (None, None)
    return None, None


def parted(caption: str) -> tuple[str, str]:
    """Return a plain caption without its credit, and the credit with the words that say so."""
    start = max(0, len(caption) - _CREDIT_CHARACTERS)
    for credit in _CREDITS:
        if found := credit.search(caption, start):
            about = text.line(caption[: found.start()]).rstrip(" |–—-·•,;")
            return about, text.line(caption[found.start() :]).lstrip("|–—-·• ")
    return text.line(caption), ""


def caption_of(image: etree._Element) -> tuple[str, str]:
    """Return caption and credit of a picture that stands in a figure."""
    figure = next(image.iterancestors("figure"), None)
    caption = None if figure is None else figure.find(".//figcaption")
    return ("", "") if caption is None else parted(_lines(caption))


def says_the_same(title: str, other: str) -> bool:
    """Tell whether two titles differ in case and punctuation only."""
    return text.line(title) == text.line(other) or _bare(title) == _bare(other) != []


def elements(html: str) -> Iterator[etree._Element]:
    """Yield the elements within a text, in order."""
    yield from _tree(html).iterdescendants("*")


def address(src: str, base: str) -> str | None:
    """Return the absolute address of a picture; None if it has none that can be shown."""
    try:
        absolute = urljoin(base, src.strip())
    except ValueError:
        return None
    return absolute if src.strip() and urls.is_web(absolute) else None


def words(element: etree._Element) -> str:
    """Return the text of an element on one line."""
    return text.line(_lines(element))


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands at the top level: a block element, or (tag "") a run of text between two."""

    html: str
    tag: str

    @property
    def words(self) -> str:
        return text.line(markup.to_text(self.html))

    @property
    def tree(self) -> etree._Element:
        return _tree(self.html)

    @property
    def has_picture(self) -> bool:
        return "<img" in self.html

    @property
    def is_title(self) -> bool:
        """Whether it can be a title: a heading of any kind, with some words, not too many."""
        return self.rank > 0 and not self.has_picture and 0 < len(self.words) <= _TITLE_CHARACTERS

    @property
    def rank(self) -> int:
        """How high a heading it is, from 1; a paragraph in bold is the lowest; 0 is none."""
        return _HEADINGS.get(self.tag, 0) or self._linked_rank or self._bold_rank

    @property
    def _linked_rank(self) -> int:
        if self.tag or not self.html.startswith("<a "):
            return 0
        outer = list(self.tree)
        is_heading = len(outer) == 1 and len(outer[0]) == 1 and words(outer[0]) == words(outer[0][0])
        return _HEADINGS.get(str(outer[0][0].tag), 0) if is_heading else 0

    @property
    def _bold_rank(self) -> int:
        return _BOLD_RANK if _OPENS_BOLD.match(self.html) and _is_all(self.tree, _BOLD) else 0


def _blocks(html: str, groups: int = _NESTED_GROUPS) -> list[_Block]:
    """Return what stands side by side in regular HTML; nothing of any other."""
    blocks: list[_Block] = []
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


def _block(html: str, tag: str, groups: int) -> list[_Block]:
    """Return one block; of a bare element that only groups blocks, these; of white space, none."""
    group = _GROUP.fullmatch(html) if groups and tag in {"div", "section"} else None
    within = _blocks(group[2], groups - 1) if group else []
    if within and all(block.tag for block in within):
        return within
    return [_Block(html.strip(), tag)] if html.strip() else []


def _title_place(blocks: Sequence[_Block], base: str, known: str) -> int | None:
    """Return where the title of a printed piece stands that the text before it announces."""
    first = next((place for place, block in enumerate(blocks[: _NOTE_BLOCKS + 1]) if block.is_title), None)
    if first is None or not all(map(_may_be_in_note, blocks[:first])):
        return None
    note = [block for block in blocks[:first] if block.words]
    links = [link for block in note for link in _links_elsewhere(block.tree, base)]
    # Of two headings in a row one may be a kicker: the outlet's name, or a series.
    row = [block for block in blocks[first : first + 2] if block.is_title]
    marked = next((block for block in row if _is_marked(block, links, base, known)), None)
    highest = row[0] if row[0].rank == _BOLD_RANK else min(row, key=lambda block: block.rank)
    place = first + row.index(marked or highest)
    if sum(len(block.words) for block in note) > _NOTE_CHARACTERS:
        return None
    return place if marked or _announces(note, bool(links), blocks[place:]) else None


def _may_be_in_note(block: _Block) -> bool:
    return block.tag in _NOTE_TAGS or (block.tag == "figure" and block.has_picture)


def _is_marked(title: _Block, links: Sequence[tuple[str, str]], base: str, known: str) -> bool:
    """Tell whether a heading shows by itself that it is the piece's title."""
    said = title.words
    is_named = says_the_same(said, known) or any(_is_named(url, said) for url, _ in links)
    return is_named or any(_links_elsewhere(title.tree, base))


def _announces(note: Sequence[_Block], links: bool, piece: Sequence[_Block]) -> bool:
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
    return is_short and (says_so or rank != _BOLD_RANK)


def _printed(note: Sequence[_Block], heading: _Block, base: str) -> tuple[str | None, str | None]:
    """Return the address of the piece and the name of its outlet."""
    links = [link for block in note for link in _links_elsewhere(block.tree, base)]
    url = next((url for url, _ in _links_elsewhere(heading.tree, base)), None)
    if url is None:
        named = [link for link in links if _is_named(link[0], heading.words)] or links
        return (named[0][0], _outlet(named[0][1])) if named else (None, None)
    names = [name for link, name in links if _is_same_site(link, url)] or [name for _, name in links]
    return url, _outlet(names[0]) if names else None


def _head(blocks: Sequence[_Block], base: str) -> tuple[dict[str, _Block], Sequence[_Block]]:
    """Return what stands between title and text, by its role, and the rest."""
    found: dict[str, _Block] = {}
    for place, block in enumerate(blocks):
        rest = blocks[place + 1 :]
        if _picture(block, base):
            role = "picture"
        elif _is_by(block):
            role = "byline"
        elif _is_standfirst(block, rest):
            role = "standfirst"
        else:
            break
        if role in found:
            break
        found[role] = block
    return found, blocks[len(found) :]


def _is_standfirst(block: _Block, rest: Sequence[_Block]) -> bool:
    """Tell of a short paragraph in italics or bold, or of a heading unlike all that follow."""
    is_plain = not block.has_picture and "<a " not in block.html
    if not is_plain or not 0 < len(block.words) <= _STANDFIRST_CHARACTERS or _is_signature(block):
        return False
    texts = (other for other in rest if other.words)
    following = next(texts, None)
    if following is None or following.tag in _HEADINGS:
        return False
    if block.rank:
        # Where another one like it follows, they are the headings of sections.
        return all(other.rank != block.rank for other in rest)
    return block.tag == "p" and _is_all(block.tree, _ITALIC)


def _signature(by: _Block | None, rest: Sequence[_Block]) -> tuple[_Block | None, Sequence[_Block]]:
    """Return the byline, and the text without it. A byline below the text counts before one above."""
    last = next((place for place in reversed(range(len(rest))) if rest[place].words), None)
    if last is None or not _is_signature(rest[last]):
        return by, rest
    text_only = [*rest[:last], *rest[last + 1 :]]
    return rest[last], [by, *text_only] if by else text_only


def _is_signature(block: _Block) -> bool:
    """Tell of a paragraph in italics like "Ada Fjordman is director of …", and of "By Ada Fjordman"."""
    if block.tag != "p" or block.has_picture or len(block.words) > _BYLINE_CHARACTERS:
        return False
    return _is_by(block) or (_is_all(block.tree, _ITALIC) and _tells_of_author(block.words))


def _is_by(block: _Block) -> bool:
    if block.tag not in {"p", *_HEADINGS} or block.has_picture:
        return False
    said = block.words
    if len(said) > _TITLE_CHARACTERS or not _BY.match(said):
        return False
    names = said.split()[1:]
    return len(names) <= _BY_WORDS and not said.endswith(("?", "!", ":")) and _are_names(names)


def _tells_of_author(said: str) -> bool:
    if said.casefold().replace("’", "'").startswith(_AUTHORS):
        return True
    first = [word.strip(",.;()“”\"'") for word in islice(said.split(), _NAME_WORDS)]
    names = [word for word in first if word not in _SMALL_WORDS][:2]
    is_name = not _NO_NAMES.intersection(first[:1]) and _are_names(names)
    return is_name and any(word in _SIGNS for word in first[2:])


def _are_names(said: Sequence[str]) -> bool:
    """Tell whether at least two words begin with a capital, and all others are small words of names."""
    capitals = [word for word in said if word[:1].isupper()]
    others = [word.strip(",.;") for word in said if not word[:1].isupper()]
    return len(capitals) > 1 and all(word in _SMALL_WORDS for word in others)


def _last_picture(note: Sequence[_Block], base: str) -> tuple[_Block | None, Sequence[_Block]]:
    """Return the picture nearest to the title, and the note without it."""
    place = next((place for place in reversed(range(len(note))) if _picture(note[place], base)), None)
    return (None, note) if place is None else (note[place], [*note[:place], *note[place + 1 :]])


def _picture(block: _Block, base: str) -> Picture | None:
    """Return the one picture that a block holds, with no text but a caption."""
    if not block.has_picture or block.tag not in {"", "div", "figure", "p", *_HEADINGS}:
        return None
    tree = block.tree
    images = list(tree.iter("img"))
    caption = tree.find(".//figcaption")
    about = "" if caption is None else _lines(caption)
    src = address(images[0].get("src", ""), base) if len(images) == 1 else None
    if src is None or text.line(about) != block.words:
        return None
    shown, credit = parted(about)
    return Picture(src, text.line(images[0].get("alt", "")), shown, credit)


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


def _is_all(element: etree._Element, tags: Sequence[str]) -> bool:
    """Tell whether all words of an element stand in such tags."""
    if not _WORD.search("".join(element.itertext())):
        return False
    copy = _tree(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    etree.strip_elements(copy, *tags, with_tail=False)
    return not _WORD.search("".join(copy.itertext()))


def _bare(title: str) -> list[str]:
    return _WORD.findall(re.sub("['’]", "", text.line(title).casefold()).replace("_", " "))


def _without_rule(note: Sequence[_Block]) -> Sequence[_Block]:
    end = len(note)
    while end and note[end - 1].tag == "hr":
        end -= 1
    return note[:end]


def _joined(blocks: Sequence[_Block]) -> str:
    return "\n".join(block.html for block in blocks)


def _lines(element: etree._Element) -> str:
    return markup.to_text(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def _tree(html: str) -> etree._Element:
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    root = etree.HTML(f"<div>{html}</div>", parser)
    body = root.find("body/div")
    return etree.Element("div") if body is None else body
