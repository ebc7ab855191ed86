"""Bylines: which paragraphs only say by whom a piece is, or who that is. Pure."""

import re
from collections.abc import Sequence
from itertools import islice

from feeder.sources.wordpress.blocks import HEADINGS, ITALIC, TITLE_CHARACTERS, Block, is_all

_BYLINE_CHARACTERS = 800
_NAME_WORDS = 20
_BY_WORDS = 12

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


def signature(by: Block | None, rest: Sequence[Block]) -> tuple[Block | None, Sequence[Block]]:
    """Return the byline, and the text without it. A byline below the text counts before one above."""
    last = next((place for place in reversed(range(len(rest))) if rest[place].words), None)
    if last is None or not is_signature(rest[last]):
        return by, rest
    text_only = [*rest[:last], *rest[last + 1 :]]
    return rest[last], [by, *text_only] if by else text_only


def is_signature(block: Block) -> bool:
    """Tell of a paragraph in italics like "Ada Fjordman is director of …", and of "By Ada Fjordman"."""
    if block.tag != "p" or block.has_picture or len(block.words) > _BYLINE_CHARACTERS:
        return False
    return is_by(block) or (is_all(block.tree, ITALIC) and _tells_of_author(block.words))


def is_by(block: Block) -> bool:
    """Tell of "By Ada Fjordman", which may be a heading too."""
    if block.tag not in {"p", *HEADINGS} or block.has_picture:
        return False
    said = block.words
    if len(said) > TITLE_CHARACTERS or not _BY.match(said):
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
