"""HTML of an article, as it may stand within a page."""

import re

_HEADING = re.compile(r"<(/?)h([1-6])\b")
# Sanitized HTML is regular: every attribute in double quotes, which no value holds.
_IMG_WITHOUT_ALT = re.compile(r'(<img(?: (?!alt=)[a-z]+="[^"]*")*)>')

_LOWEST = 6


def embedded(html: str, level: int) -> str:
    """Return the sanitized HTML of an article as it may stand under a heading of some level.

    Its own headings begin one level below that, and leave out none on the way down, so that the
    page has one outline. Pictures that nobody described count as decoration.
    """
    if "<h" in html:
        html = _with_headings(html, level)
    return _IMG_WITHOUT_ALT.sub(r'\1 alt="">', html) if "<img" in html else html


def _with_headings(html: str, level: int) -> str:
    above: list[int] = []

    def placed(found: re.Match[str]) -> str:
        end, own = found[1], int(found[2])
        if not end:
            while above and above[-1] >= own:
                above.pop()
            above.append(own)
        return f"<{end}h{min(level + len(above), _LOWEST)}"

    return _HEADING.sub(placed, html)
