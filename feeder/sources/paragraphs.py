"""Paragraphs from blank lines, as WordPress makes them; feeds with plain text need them too. Pure."""

import re

_BLOCK = (
    "address|article|aside|blockquote|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_BLOCK_TAG = re.compile(rf"(<(?:/?(?:{_BLOCK})\b|/?(?:script|style)\b)[^<>]*>)", re.IGNORECASE)
_NAME = re.compile(r"</?([a-z0-9]+)", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_VERBATIM = {"pre", "script", "style"}
# Within these, text is never parted into paragraphs.
_PHRASING = {"dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "summary"} | _VERBATIM
# Where text stands directly in these it is a paragraph, even without a blank line.
_FLOW = {"", "blockquote"}


def paragraphs(content: str) -> str:
    """Make paragraphs of what blank lines part, and line breaks of other line ends.

    Blocks that the author wrote are left alone, preformatted ones wholly.
    """
    parts = _BLOCK_TAG.split(content)
    shown: list[str] = []
    open_blocks: list[str] = []
    for place, part in enumerate(parts):
        if place % 2:
            shown.append(part)
            _enter_or_leave(open_blocks, part)
        else:
            shown.append(_text(part, open_blocks[-1] if open_blocks else ""))
    return "".join(shown)


def _enter_or_leave(open_blocks: list[str], tag: str) -> None:
    found = _NAME.match(tag)
    name = found[1].lower() if found else ""
    if not tag.startswith("</"):
        if name != "hr":
            open_blocks.append(name)
    elif name in open_blocks:
        while open_blocks.pop() != name:
            pass


def _text(written: str, block: str) -> str:
    """Return the text between two block tags, standing in `block` ("" is the post itself)."""
    if block in _VERBATIM:
        return written
    chunks = [chunk for chunk in (each.strip() for each in _BLANK_LINE.split(written)) if chunk]
    is_parted = block not in _PHRASING and (block in _FLOW or len(chunks) > 1)
    lines = [chunk.replace("\n", "<br>\n") for chunk in chunks]
    return "".join(f"<p>{each}</p>\n" for each in lines) if is_parted else "<br>\n".join(lines)
