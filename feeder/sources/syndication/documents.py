"""Bytes from somewhere become a channel, or an error that says what they are instead."""

import codecs
import re
from dataclasses import dataclass, field

from lxml import etree

from feeder.errors import SourceError
from feeder.markup import text
from feeder.sources.syndication import jsonfeed
from feeder.sources.syndication.entries import MAX_ENTRIES, Channel, absolute

_ENCODINGS = re.compile(r"(?:utf|iso-?8859|cp|koi8|gb|big5|euc|shift|mac|windows|ascii|latin)", re.IGNORECASE)
_BOMS = {
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF16_LE: "utf-16",
}
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})""")
_CONTROLS = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"}

_BEFORE = re.compile(r"(?:\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b([^\[\]<>]*)(>?)", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_FEEDS = {"rss", "rdf", "feed", "channel", "entry"}
_EXPORT = "http://wordpress.org/export/"
_HEAD_BYTES = 200_000
_FEED_TYPES = {"application/atom+xml", "application/rss+xml", "application/feed+json", "application/rdf+xml"}
_SHOWN_FEEDS = 5
_GIVE_A_FEED = "give the address of a feed"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is to be read: `thing` names it in messages, `url` is where it came from, if that is known."""

    thing: str
    content: bytes = field(repr=False)
    url: str = ""
    content_type: str = ""


def read(fetched: Fetched) -> Channel:
    """Return the feed in RSS, Atom or JSON Feed that some bytes are.

    Raises: SourceError, when they are something else, are too many entries, are ill-formed so that
    entries might be lost, or declare entities.
    """
    if not fetched.content.strip():
        raise SourceError(fetched.thing, "is empty", "look whether the feed is still there")
    document = _decoded(fetched).lstrip("\ufeff \t\r\n\0")
    if document.startswith(("{", "[")):
        return jsonfeed.channel(fetched.thing, document, fetched.url)
    return _of_xml(fetched, _without_doctype(fetched, document))


def _decoded(fetched: Fetched) -> str:
    """Return the text: by its mark, by what the server says, by what it says itself, or by trying."""
    content = fetched.content
    told = _CHARSET.search(fetched.content_type)
    declared = _DECLARED.match(content)
    guesses = [
        next((encoding for mark, encoding in _BOMS.items() if content.startswith(mark)), ""),
        told[1] if told else "",
        declared[1].decode() if declared else "",
        "utf-8",
        "cp1252",
    ]
    for encoding in filter(_ENCODINGS.match, guesses):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("latin-1")


def _without_doctype(fetched: Fetched, document: str) -> str:
    """Leave out what old versions of RSS declare; nothing that defines entities is read at all."""
    start = _match_end(_BEFORE, document)
    doctype = _DOCTYPE.match(document, start)
    if doctype is None:
        return document
    name = doctype[1].split()[:1]
    if name and name[0].lower() == "html":
        raise _web_page(fetched)
    if not doctype[2]:
        raise SourceError(fetched.thing, "declares entities, as no feed needs", _GIVE_A_FEED)
    return document[:start] + document[doctype.end() :]


def _match_end(pattern: re.Pattern[str], document: str) -> int:
    found = pattern.match(document)
    return found.end() if found else 0


def _of_xml(fetched: Fetched, document: str) -> Channel:
    root = _ROOT.match(document, _match_end(_BEFORE, document))
    if root is None:
        raise SourceError(fetched.thing, "is neither XML nor JSON", _GIVE_A_FEED)
    if root[1].lower() == "html":
        raise _web_page(fetched)
    if root[1].lower() not in _FEEDS:
        raise _no_feed(fetched, root[1])
    if _EXPORT in document[root.start() : document.find(">", root.start())]:
        rule = "is an export of WordPress, which holds more than the public may see"
        raise SourceError(fetched.thing, rule, "take it in with `feeder import wxr`")
    # feedparser takes longer to import than many commands take to run.
    from feeder.sources.syndication import parser, xmlfeed  # noqa: PLC0415

    try:
        found = xmlfeed.channel(document.translate(_CONTROLS), fetched.url)
    except parser.IllFormed as error:
        rule = f"is ill-formed XML ({error.why}, line {error.line})"
        raise SourceError(fetched.thing, rule, "tell whoever publishes it") from error
    except parser.TooMany as error:
        raise SourceError(fetched.thing, f"has over {MAX_ENTRIES} entries", "give a shorter feed") from error
    if found is None:
        raise _no_feed(fetched, root[1])
    return found


def _no_feed(fetched: Fetched, root: str) -> SourceError:
    return SourceError(
        fetched.thing, f"is XML, but no feed (it begins with <{text.line(root)[:40]}>)", _GIVE_A_FEED
    )


def _web_page(fetched: Fetched) -> SourceError:
    feeds = _announced(fetched)
    mend = f"it announces {', '.join(feeds)}: take one of these" if feeds else _GIVE_A_FEED
    return SourceError(fetched.thing, "is a web page, not a feed", mend)


def _announced(fetched: Fetched) -> list[str]:
    """Return the feeds that a page announces in its head."""
    # lxml makes nothing of a page without any element.
    page = etree.HTML(b"<html>" + fetched.content[:_HEAD_BYTES])
    feeds = [
        absolute(fetched.url, link.get("href") or "")
        for link in page.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").lower().strip() in _FEED_TYPES
    ]
    return list(dict.fromkeys(filter(None, feeds)))[:_SHOWN_FEEDS]
