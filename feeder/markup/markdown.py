"""Markdown to HTML, as authors write it: CommonMark with tables, strikethrough and footnotes."""

import pyromark

from feeder.markup import text

# Smart punctuation stays off: the author's quotes are the author's.
_COMMONMARK = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_FOOTNOTES
)


def to_html(markdown: str) -> str:
    """Return the HTML of Markdown. Raw HTML passes through: `html.sanitize` must follow."""
    return _COMMONMARK.html(text.scrub(markdown))
