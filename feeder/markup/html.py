"""HTML of articles: made safe, made absolute, and turned into plain text."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from urllib.parse import urljoin

import nh3

from feeder.markup import text

# Layout is not part of an article.
_LAYOUT = {"acronym", "area", "center", "data", "footer", "header", "hgroup", "map", "nav", "rtc", "tt"}
_TAGS = (nh3.ALLOWED_TAGS - _LAYOUT) | {"section", "tfoot"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"alt", "height", "src", "width"},
    "li": {"value"},
    "ol": {"reversed", "start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
# Their text is not for reading, so it goes with them.
_WITH_CONTENT = {"iframe", "noembed", "noframes", "noscript", "script", "style", "template", "textarea"}
_SCHEMES = {"http", "https", "mailto"}

# The parser's time grows with the square of the nesting; no article nests this deep.
_NESTED = 1000
_MAY_NEST = re.compile(r"<(/?)(?!(?:br|col|dd|dt|hr|img|li|p|td|th|tr|wbr)\b)[a-z]", re.IGNORECASE)
_PASSES = 5
_BULLET = "• "

_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Sanitized HTML is regular: every attribute in double quotes, which no value holds.
_IMG_WITHOUT_SRC = re.compile(r'<img(?: (?!src=)[a-z]+="[^"]*")*>')

_BLOCKS = (
    "article aside blockquote div dl details figcaption figure h1 h2 h3 h4 h5 h6 hr ol p pre section table ul"
)
_PARAGRAPHS = set(_BLOCKS.split())
_LINES = {"br", "caption", "dd", "dt", "li", "summary", "tr"}
_CELLS = {"td", "th"}
_BARE_TAG = re.compile(r"<(/?[a-z0-9]+)>")


def sanitize(html: str, base: str, local: Callable[[str], str | None] | None = None) -> str:
    """Return the HTML of an article with nothing in it that acts, tracks by script or lays out.

    Keeps text markup, lists, tables, figures and pictures; attributes for language, direction,
    titles, and sizes. Links lead to http, https and mailto; relative ones are made absolute
    against `base`, a web address. Links within the page lose their target, since no ids are kept.
    `local` is asked for the address of each relative picture: None leaves it to `base`, an empty
    answer leaves the picture out. A picture without an address is left out.
    Sanitizing twice changes nothing. HTML that nests beyond reason becomes text.
    """
    html = text.scrub(html)
    if not html:
        return ""
    if _is_tangled(html):
        return _bare(html)
    if local is not None and "<img" in html.lower():
        html = _with_pictures(html, local)
    return _settled(html, base)


def to_text(html: str, bullet: str = "- ") -> str:
    """Return the text of HTML, for mail and excerpts.

    Blocks are paragraphs with a blank line between them, list items begin with a `bullet`, cells are
    parted by " | "; of links only the text remains, and nothing of pictures. Takes any input.
    """
    html = text.scrub(html)
    bare = _bare(html) if _is_tangled(html) else _BARE.clean(html)
    page = _Page(bullet)
    for place, part in enumerate(_BARE_TAG.split(bare)):
        if place % 2:
            page.tag(part)
        else:
            page.write(unescape(part))
    return text.scrub(page.text()).strip()


def excerpt(plain: str, limit: int) -> str:
    """Return the beginning of a text on one line, in at most `limit` characters.

    A text that is cut ends in "…", after a whole word where the script has words.
    """
    whole = text.line(plain)
    if len(whole) <= limit:
        return whole
    if limit < 1:
        return ""
    end = limit - 1
    word_end = whole.rfind(" ", 0, end + 1)
    # A space in the first half says that the script, or this text, does not part its words.
    if word_end > end // 2:
        end = word_end
    while end and unicodedata.category(whole[end]).startswith("M"):
        end -= 1
    return whole[:end].rstrip(" ,;:.•") + "…"


def beginning(html: str, limit: int) -> str:
    """Return the excerpt of the text of HTML, and turn no more of it into text than that takes.

    On one line a hyphen would not tell where the points of a list begin: they are told by bullets.
    """
    if not html:
        return ""
    size = max(4 * limit, 1000)
    while size < len(html):
        text_so_far = to_text(html[: html.rfind("<", 0, size)], _BULLET)
        if len(text.line(text_so_far)) > limit:
            return excerpt(text_so_far, limit)
        size *= 4
    return excerpt(to_text(html, _BULLET), limit)


def _settled(html: str, base: str) -> str:
    """Clean until cleaning changes nothing.

    One pass is not enough: removing an element can change how the rest nests, and a combining
    mark that stood as a character reference can merge with a tag's own ">" in NFC.
    """
    cleaner = _cleaner(base)
    for _ in range(_PASSES):
        clean = text.scrub(_IMG_WITHOUT_SRC.sub("", cleaner.clean(html)))
        if clean == html:
            return clean
        html = clean
    return _bare(html)


@lru_cache(maxsize=64)
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative=lambda url: _resolved(url, base),
        link_rel=None,
    )


_BARE = nh3.Cleaner(
    tags=_PARAGRAPHS | _LINES | _CELLS,
    clean_content_tags=_WITH_CONTENT,
    attributes={"*": set()},  # without this nh3 keeps some on every tag
    link_rel=None,
)


def _resolved(url: str, base: str) -> str | None:
    """Make an address absolute. What this returns is checked again by the next pass."""
    if url.lstrip().startswith("#"):
        return None
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return None


def _with_pictures(html: str, local: Callable[[str], str | None]) -> str:
    """Put `local` addresses in place of those of relative pictures. The result is not yet safe."""

    def address(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) != ("img", "src") or not _is_relative(value.strip()):
            return value
        found = local(value.strip())
        return value if found is None else found or None

    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=address,
        url_relative="pass_through",
        link_rel=None,
    ).clean(html)


def _is_relative(url: str) -> bool:
    return not url.startswith("//") and not _HAS_SCHEME.match(url)


def _is_tangled(html: str) -> bool:
    if html.count("<") <= _NESTED:
        return False
    steps = (-1 if tag[1] else 1 for tag in _MAY_NEST.finditer(html))
    return any(depth > _NESTED for depth in accumulate(steps, lambda depth, step: max(0, depth + step)))


def _bare(html: str) -> str:
    """Return the text between the tags, as HTML."""
    words = unescape(re.sub(r"<[^<>]*>?", " ", html))
    return escape(text.scrub(words), quote=False).replace("\xa0", "&nbsp;")


class _Page:
    """Plain text as it is written: pieces, and the gap that the next one needs."""

    def __init__(self, bullet: str) -> None:
        self._bullet = bullet
        self._pieces: list[str] = []
        self._line_breaks = 0
        self._space = False
        self._lead = ""
        self._lists = 0
        self._preformatted = False

    def text(self) -> str:
        return "".join(self._pieces)

    def write(self, words: str) -> None:
        """Add text: as it is within `pre`, else with its whitespace collapsed."""
        if self._preformatted:
            self._put(words)
            return
        self._space = self._space or words[:1].isspace()
        if joined := " ".join(words.split()):
            self._put(joined)
            self._space = words[-1].isspace()

    def tag(self, tag: str) -> None:
        """Note what an opening or closing tag means for the text that follows."""
        name = tag.removeprefix("/")
        opens = name == tag
        if name in {"ul", "ol"}:
            self._lists = max(0, self._lists + (1 if opens else -1))
        if name in _PARAGRAPHS:
            self._break(1 if self._in_item(name) else 2)
        elif name in _LINES:
            self._break(self._line_breaks + 1 if name == "br" else 1)
        elif opens and self._pieces and not self._line_breaks:
            self._lead = " | "
        if name == "li" and opens:
            self._lead = self._bullet
        if name == "pre":
            self._preformatted = opens

    def _in_item(self, name: str) -> bool:
        return self._lists > (1 if name in {"ul", "ol"} else 0)

    def _break(self, lines: int) -> None:
        self._line_breaks = max(self._line_breaks, min(lines, 2))
        self._space = False

    def _put(self, words: str) -> None:
        if not words:
            return
        if self._pieces and self._line_breaks:
            self._pieces.append("\n" * self._line_breaks)
        elif self._pieces and self._space and not self._lead:
            self._pieces.append(" ")
        self._pieces.append(self._lead + words)
        self._line_breaks, self._space, self._lead = 0, False, ""
