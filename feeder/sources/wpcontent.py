"""What WordPress does to a post's raw content before it shows it.

Block posts are shown as they stand. Classic posts get their paragraphs from blank lines, and their
figures from shortcodes.
"""

import re
from html import escape, unescape

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BLOCK_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)\n?", re.DOTALL)
# Each pattern stops at the next "[" or "<" that it may not cross, so that hostile text costs no more
# than its length.
_CAPTION = re.compile(
    r"\[(?:wp_)?caption\b([^\[\]]*)\]([^\[]*(?:\[(?!/?(?:wp_)?caption\b)[^\[]*)*)\[/(?:wp_)?caption\]"
)
_OLD_CAPTION = re.compile(r"""\bcaption=(?:"([^"]*)"|'([^']*)')""")
_CAPTIONED = re.compile(r"\s*((?:<a\s[^<>]*>\s*)?<img\s[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL)
_EMBED = re.compile(r"\[embed\b[^\[\]]*\]\s*(https?://[^\s\[\]<>\"]+)\s*\[/embed\]")

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


def rendered(content: str) -> str:
    """Return the HTML of a post's scrubbed raw content, not yet sanitized."""
    has_blocks = "<!-- wp:" in content
    written = (_BLOCK_COMMENT if has_blocks else _COMMENT).sub("", content)
    shown = _EMBED.sub(_link, _CAPTION.sub(_figure, written))
    return shown if has_blocks else paragraphs(shown)


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


def _figure(shortcode: re.Match[str]) -> str:
    """Turn a caption shortcode into a figure; without a picture it stays as it is."""
    attributes, inner = shortcode.groups()
    captioned = _CAPTIONED.match(inner)
    if not captioned:
        return shortcode[0]
    picture, words = captioned.groups()
    old = _OLD_CAPTION.search(attributes)
    caption = words.strip() or (old[1] or old[2] or "" if old else "")
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"\n\n<figure>{picture}{below}</figure>\n\n"


def _link(shortcode: re.Match[str]) -> str:
    address = escape(unescape(shortcode[1]))
    return f'<a href="{address}">{address}</a>'
