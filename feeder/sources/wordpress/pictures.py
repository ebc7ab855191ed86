"""The pictures of a post: where they are, and what is said of them. Pure."""

from collections.abc import Sequence
from urllib.parse import urljoin

from lxml import etree

from feeder.markup import text, urls
from feeder.model.items import Picture
from feeder.sources import captions
from feeder.sources.wordpress.blocks import HEADINGS, Block, lines


def picture(block: Block, base: str) -> Picture | None:
    """Return the one picture that a block holds, with no text but a caption."""
    if not block.has_picture or block.tag not in {"", "div", "figure", "p", *HEADINGS}:
        return None
    tree = block.tree
    images = list(tree.iter("img"))
    caption = tree.find(".//figcaption")
    about = "" if caption is None else lines(caption)
    src = address(images[0].get("src", ""), base) if len(images) == 1 else None
    if src is None or text.line(about) != block.words:
        return None
    shown, credit = captions.parted(about)
    return Picture(src, text.line(images[0].get("alt", "")), shown, credit)


def last(note: Sequence[Block], base: str) -> tuple[Block | None, Sequence[Block]]:
    """Return the picture nearest to the title, and the note without it."""
    place = next((place for place in reversed(range(len(note))) if picture(note[place], base)), None)
    return (None, note) if place is None else (note[place], [*note[:place], *note[place + 1 :]])


def address(src: str, base: str) -> str | None:
    """Return the absolute address of a picture; None if it has none that can be shown."""
    try:
        absolute = urljoin(base, src.strip())
    except ValueError:
        return None
    return absolute if src.strip() and urls.is_web(absolute) else None


def caption_of(image: etree._Element) -> tuple[str, str]:
    """Return caption and credit of a picture that stands in a figure."""
    figure = next(image.iterancestors("figure"), None)
    caption = None if figure is None else figure.find(".//figcaption")
    return ("", "") if caption is None else captions.parted(lines(caption))
