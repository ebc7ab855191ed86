"""feedparser, kept from what it does to a feed besides parsing it.

It would take ids for relative addresses and change them, undo what it takes for a wrong encoding,
mix the words of pictures and podcasts into the text, clean and resolve HTML, which `markup` does,
and spend the square of an entry's size on its authors and tags. Nothing is fetched here.
"""

import xml.sax
import xml.sax.handler
from typing import Any

from feedparser.api import LooseFeedParser, StrictFeedParser

from feeder.sources.syndication.entries import MAX_ENTRIES

# feedparser repairs what it takes for UTF-8 read as Latin-1 where its encoding is called "utf-8" in
# small letters. It would spoil a title that shows such a mistake.
_ENCODING = "UTF-8"
# How feedparser fails where elements end that never began, or stand where they mean nothing.
_BLUNDERS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_OUT_OF_PLACE = "it has elements where they do not belong"
_MAX_TAGS = 200
_MAX_NAMESPACES = 100


class TooMany(Exception):
    """A feed has more entries than are read."""


class IllFormed(Exception):
    """A document is no XML: in which line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line = line
        self.why = why


class _Faithful:
    """What both of feedparser's parsers do otherwise here."""

    can_be_relative_uri = StrictFeedParser.can_be_relative_uri - {"id"}

    def __init__(self, base: str) -> None:
        super().__init__(base, None, _ENCODING)  # type: ignore[call-arg]  # feedparser's parsers follow
        self.resolve_relative_uris = False
        self.sanitize_html = False

    def _start_item(self: Any, attributes: dict[str, str]) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            raise TooMany
        super()._start_item(attributes)  # type: ignore[misc]

    _start_entry = _start_item

    def track_namespace(self: Any, prefix: str | None, uri: str) -> None:
        if len(self.namespaces_in_use) < _MAX_NAMESPACES:
            super().track_namespace(prefix, uri)  # type: ignore[misc]

    def _add_tag(self: Any, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self._get_context().setdefault("tags", [])
        if (term or scheme or label) and len(tags) < _MAX_TAGS:
            tags.append({"term": term, "scheme": scheme, "label": label})

    def _sync_author_detail(self, key: str = "author") -> None:
        """Leave names and mail addresses as they were written."""

    def _end_author(self: Any) -> None:
        written = self.pop("author")
        self.inauthor = 0
        authors = self._get_context().get("authors")
        if authors and written:
            authors[-1].setdefault("name", written)

    # A picture's words stay with the picture.

    def _start_media_title(self: Any, _attributes: dict[str, str]) -> None:
        self.push("media_title", 1)

    def _end_media_title(self: Any) -> None:
        self.pop("media_title")

    def _start_media_description(self: Any, _attributes: dict[str, str]) -> None:
        self.push("media_description", 1)

    def _end_media_description(self: Any) -> None:
        self._tell_of_media("description", self.pop("media_description"))

    def _start_media_credit(self: Any, _attributes: dict[str, str]) -> None:
        self.push("media_credit", 1)

    def _end_media_credit(self: Any) -> None:
        self._tell_of_media("credit", self.pop("media_credit"))

    def _tell_of_media(self: Any, what: str, written: str | None) -> None:
        """Keep some words with the picture or film before them, which mostly holds them."""
        media = dict.get(self._get_context(), "media_content")
        if media and written:
            media[-1].setdefault(what, written)

    # What a podcast says of an episode is its summary only where there is no other.

    def _start_itunes_summary(self: Any, _attributes: dict[str, str]) -> None:
        self.push("itunes_summary", 1)

    def _end_itunes_summary(self: Any) -> None:
        self.pop("itunes_summary")


class _Strict(_Faithful, StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    def startDTD(self, *_doctype: object) -> None:  # noqa: N802 - SAX's name
        raise IllFormed(1, "a document type in an unexpected place")

    def endDTD(self) -> None:  # noqa: N802
        """End what never began."""

    def comment(self, words: str) -> None:
        """Leave comments out."""

    def startCDATA(self) -> None:  # noqa: N802
        """Take text as text."""

    def endCDATA(self) -> None:  # noqa: N802
        """Take text as text."""


class _Loose(_Faithful, LooseFeedParser):  # type: ignore[misc]
    pass


def strictly(document: str, base: str) -> Any:
    """Parse well-formed XML without a document type. The result has `version`, `feeddata`, `entries`.

    Raises: IllFormed, TooMany.
    """
    parser = _Strict(base)
    # Nothing defines entities here: expat stops at a document type, and the caller has left it out.
    sax: Any = xml.sax.make_parser()  # noqa: S317
    sax.setFeature(xml.sax.handler.feature_namespaces, True)
    sax.setFeature(xml.sax.handler.feature_external_ges, False)
    sax.setFeature(xml.sax.handler.feature_external_pes, False)
    sax.setProperty(xml.sax.handler.property_lexical_handler, parser)
    sax.setContentHandler(parser)
    sax.setErrorHandler(parser)
    try:
        sax.feed(document)
        sax.close()
    except xml.sax.SAXParseException as error:
        raise IllFormed(error.getLineNumber() or 0, error.getMessage()) from error
    except xml.sax.SAXException as error:
        raise IllFormed(0, error.getMessage()) from error
    except _BLUNDERS as error:
        raise IllFormed(0, _OUT_OF_PLACE) from error
    return parser


def loosely(document: str, base: str) -> Any:
    """Parse what only looks like XML, as well as may be. The result is like that of `strictly`.

    Raises: IllFormed, TooMany.
    """
    parser = _Loose(base)
    try:
        parser.feed(document)
    except _BLUNDERS as error:
        raise IllFormed(0, _OUT_OF_PLACE) from error
    return parser


def looks_like_html(words: str) -> bool:
    """Guess whether text of RSS, which does not say, is HTML: it closes a tag, or refers to a character."""
    return bool(StrictFeedParser.looks_like_html(words))
