"""What WordPress does to a post's raw content before it shows it.

Block posts are shown as they stand. Classic posts get their paragraphs from blank lines, and their
figures from shortcodes.
"""

import re
from html import escape, unescape

from feeder.sources.paragraphs import paragraphs

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


def rendered(content: str) -> str:
    """Return the HTML of a post's scrubbed raw content, not yet sanitized."""
    has_blocks = "<!-- wp:" in content
    written = (_BLOCK_COMMENT if has_blocks else _COMMENT).sub("", content)
    shown = _EMBED.sub(_link, _CAPTION.sub(_figure, written))
    return shown if has_blocks else paragraphs(shown)


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
