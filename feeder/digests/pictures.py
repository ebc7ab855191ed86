"""How large pictures are shown in mail: some mail programs know no other width than the one that is written."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import imagesize

from feeder.model.items import Picture

WIDEST = 552
"""The width of an issue's text, in pixels."""

# Sanitized HTML is regular: every attribute in double quotes, which no value holds.
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels; a height that is not known is 0."""

    width: int
    height: int

    def within(self, widest: int) -> "Size":
        """Return the size in which it is no wider than this."""
        if self.width <= widest:
            return self
        return Size(widest, max(1, round(self.height * widest / self.width)) if self.height else 0)


def shown_at(picture: Picture, widest: int = WIDEST) -> Size:
    """Return the size of a picture in an issue: as wide as its text, unless it is known to be smaller."""
    known = _size_of(picture.file) if picture.file else None
    return known.within(widest) if known else Size(widest, 0)


def fitted(html: str, pictures: Sequence[Picture], source_of: Callable[[Picture], str]) -> str:
    """Return the sanitized HTML of an article with its pictures no wider than an issue, as far as that is known.

    `pictures` are those that may be shown in it, and `source_of` tells the address of one.
    """
    if "<img" not in html:
        return html
    files = {source_of(picture): picture.file for picture in pictures}

    def sized(found: re.Match[str]) -> str:
        attributes = dict(_ATTRIBUTE.findall(found[1]))
        width, height = attributes.pop("width", ""), attributes.pop("height", "")
        file = files.get(unescape(attributes.get("src", "")))
        size = (_size_of(file) if file else None) or _written(width, height)
        if size is not None:
            attributes |= _attributes(size.within(WIDEST))
        return "".join(["<img", *(f' {name}="{value}"' for name, value in attributes.items()), ">"])

    return _IMG.sub(sized, html)


def _attributes(size: Size) -> dict[str, str]:
    return {"width": f"{size.width}"} | ({"height": f"{size.height}"} if size.height else {})


def _written(width: str, height: str) -> Size | None:
    if not width.isdecimal() or not int(width):
        return None
    return Size(int(width), int(height) if height.isdecimal() else 0)


def _size_of(file: Path) -> Size | None:
    """Look into a file for the size of its picture; None where it does not say, or is gone."""
    width, height = imagesize.get(file)
    return Size(width, height) if width > 0 and height > 0 else None
