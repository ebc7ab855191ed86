"""A post from the REST interface of a WordPress as a draft."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feeder.markup import html, text, urls
from feeder.model.items import Draft
from feeder.sources.wordpress import drafts
from feeder.sources.wordpress.drafts import Blog, Written
from feeder.sources.wordpress.lists import Entry, Names

FIELDS = "id,title,content,excerpt"

_TITLE_CHARACTERS = 60

# Each part stops at the next "<" that it may not cross, and takes a tag as a whole, so that hostile
# text costs no more than its length.
_FIGURE = re.compile(
    r"<div\b(?=[^<>]*\bwp-caption\b)[^<>]*+>((?:\s*<(?:a|img)\b[^<>]*+>|\s*</a>)*+)\s*+"
    r"<p\b(?=[^<>]*\bwp-caption-text\b)[^<>]*+>([^<]*(?:<(?!/?(?:p|div)\b)[^<]*)*+)</p>\s*+</div>",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"<figure\b[^<]*+(?:<(?!/?figure\b)[^<]*+)*+</figure>", re.IGNORECASE)
_MORE = re.compile(r'<span id="more-\d+"></span>')
_READ_ON = re.compile(r"\bclass=[\"'][^\"'<>]*\b(?:more-link|read-more)\b", re.IGNORECASE)
_CUT = re.compile(r"(?:\[(?:…|\.\.\.)\]|…|\.\.\.)$")
_SPACE = re.compile(r"\s+")


def is_protected(row: Mapping[str, Any]) -> bool:
    """Whether a post has got a password since it was listed."""
    content = row.get("content")
    return isinstance(content, dict) and bool(content.get("protected"))


def named(row: Mapping[str, Any]) -> str:
    """Return what messages call a post."""
    title = html.excerpt(drafts.plain(_rendered(row, "title")), _TITLE_CHARACTERS)
    return f"post “{title}” ({row['id']})" if title else f"post {row['id']}"


def draft(thing: str, blog: Blog, entry: Entry, names: Names, row: Mapping[str, Any]) -> Draft:
    """Return a public post as a piece; `row` has its `FIELDS`, and `entry` the rest.

    Raises: DraftRefused, when it is too large, or has no date, or neither title nor text.
    """
    shown = _shown(_rendered(row, "content"))
    author = drafts.plain(names.authors.get(entry.author, ""))
    written = Written(
        key=entry.key,
        title=_rendered(row, "title"),
        shown=shown,
        posted=_moment(entry.date),
        date=entry.date,
        excerpt=_excerpt(_rendered(row, "excerpt"), shown),
        tags=tuple(names.tags[tag] for tag in entry.tags if tag in names.tags),
        authors=(author,) if author else (),
        slug=entry.slug,
        featured=str(entry.featured) if entry.featured else "",
    )
    # Only the text counts as written: themes and plugins change what stands around it all the time.
    return drafts.piece(thing, blog, written, html.to_text)


def of_outlet(draft: Draft, entry: Entry, outlet: str) -> Draft:
    """Return a draft that names no outlet as printed by this one, where its post is."""
    if not outlet or draft.url or draft.outlet:
        return draft
    return replace(draft, outlet=outlet, url=entry.link if urls.is_web(entry.link) else None)


def _shown(content: str) -> str:
    """Return the text with figures for pictures that a theme of old frames otherwise."""
    return _FIGURE.sub(r"<figure>\1<figcaption>\2</figcaption></figure>", _MORE.sub("", text.scrub(content)))


def _excerpt(excerpt: str, shown: str) -> str:
    """Return the excerpt that the author wrote; empty for the beginning of the text that WordPress takes."""
    said = html.to_text(excerpt)
    if not said or said.endswith(("[…]", "[...]")) or _READ_ON.search(excerpt):
        return ""
    beginning = _CUT.sub("", _SPACE.sub("", said))
    texts = (html.to_text(each) for each in (shown, _FIGURES.sub("", shown)))
    is_taken = any(_SPACE.sub("", each).startswith(beginning) for each in texts)
    return "" if is_taken else excerpt


def _moment(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _rendered(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    rendered = value.get("rendered") if isinstance(value, dict) else None
    return rendered if isinstance(rendered, str) else ""
