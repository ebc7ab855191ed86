"""RSS and Atom, in every version: what feedparser finds becomes a channel with its entries. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.entities import html5
from typing import Any

from feeder.markup import html, languages, text
from feeder.model.items import Picture
from feeder.sources import captions
from feeder.sources.syndication import parser
from feeder.sources.syndication.entries import (
    Channel,
    Entry,
    Written,
    absolute,
    exactly,
    moment,
    people,
    tags,
)
from feeder.sources.syndication.parser import IllFormed

_HTML = {"text/html", "application/xhtml+xml"}
_PICTURE_FILE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)(?:[?#]|$)", re.IGNORECASE)
# A feed of feeder's says among the categories what an entry is, and where it appeared.
_OWN_SCHEME = re.compile(r"/(?:kind|outlet)/\Z")
# WordPress.com puts a portrait of the writer among the pictures of each post.
_PORTRAIT = re.compile(r"https?://[^/]*\bgravatar\.com/")
_LOOSE_CHARACTERS = 5_000_000
_END_CHARACTERS = 1_000

_ASIDE = r"<!\[CDATA\[(?:(?!\]\]>).)*+(?:\]\]>|\Z)|<!--(?:(?!-->).)*+(?:-->|\Z)"
_AMPERSAND = re.compile(
    rf"({_ASIDE})|&(?:(#[0-9]{{1,7}}|#x[0-9a-f]{{1,6}}|\w{{1,31}});)?", re.DOTALL | re.IGNORECASE
)
_ENTRY = re.compile(rf"{_ASIDE}|<(item|entry)[\s>/]", re.DOTALL | re.IGNORECASE)
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENDS = re.compile(
    r"</(?:rss|feed|(?:\w+:)?RDF|channel|entry)\s*>(?:\s|<!--(?>.*?-->))*+\Z", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where entries come from: the feed's own address, its home page, and what kind of feed it is."""

    base: str
    address: str
    is_atom: bool
    is_feeders: bool


def channel(document: str, base: str) -> Channel | None:
    """Return the feed that a document without a document type holds; None where it is another kind of XML.

    `base` is where it came from, as far as that is known. What is ill-formed is mended, or read
    loosely, where it is plain that nothing of it was lost.

    Raises: IllFormed, TooMany.
    """
    found = _parsed(document, base)
    if not found.version:
        return None
    about = dict(found.feeddata)
    links = about.get("links", ())
    site = _alternate(links) or about.get("link") or ""
    address = absolute(base, site) or _linked(links, "self", base) or base
    is_atom = found.version.startswith("atom")
    generator = str(about.get("generator", ""))
    origin = _Origin(base, address, is_atom, generator == "feeder")
    entries = tuple(_entry(dict(entry), origin) for entry in found.entries)
    return Channel(
        title=_plain(_written(about.get("title_detail"))),
        address=address,
        language=languages.tag(str(about.get("language") or "")),
        # The editor of RSS answers for the feed, and has not written all of it.
        authors=_authors(about) if is_atom else (),
        generator=generator,
        older=_linked(links, "prev-archive", address) or _linked(links, "next", address),
        entries=entries,
    )


def _parsed(document: str, base: str) -> Any:
    try:
        return parser.strictly(document, base)
    except IllFormed as error:
        mended = _AMPERSAND.sub(_reference, document)
        try:
            return parser.strictly(mended, base)
        except IllFormed:
            return _loosely(mended, base, error)


def _loosely(document: str, base: str, error: IllFormed) -> Any:
    """Parse what cannot be mended, if it is whole and every entry that begins in it is found.

    Raises: IllFormed.
    """
    if not _ENDS.search(document[-_END_CHARACTERS:]):
        raise IllFormed(error.line, "it breaks off before its end") from error
    if len(document) > _LOOSE_CHARACTERS:
        raise error
    found = parser.loosely(document, base)
    begun = sum(1 for each in _ENTRY.finditer(document) if each[1])
    if not found.entries or len(found.entries) != begun:
        raise error
    return found


def _reference(found: re.Match[str]) -> str:
    """Return a reference that XML knows for one of HTML, and for an ampersand that is none."""
    aside, name = found.groups()
    if aside:
        return str(aside)
    if name is None:
        return "&amp;"
    if name.startswith("#"):
        number = int(f"0{name[1:]}", 0) if name[1] in "xX" else int(name[1:])
        return found[0] if number < 0x110000 and text.scrub(chr(number)) else ""  # noqa: PLR2004 - Unicode's end
    if name in _OF_XML:
        return found[0]
    letters = html5.get(f"{name};")
    if letters is None:
        return f"&amp;{name};"
    return "".join(_MARKUP.get(letter, letter) for letter in letters)


def _entry(told: Mapping[str, Any], origin: _Origin) -> Entry:
    contents = [_written(each, origin.base) for each in told.get("content", ()) if _is_text(each)]
    content = next((each for each in contents if each.words), Written())
    summary = _summary(told, origin.base)
    base = _base(told) or origin.address
    categories = told.get("tags", ())
    about = [
        each for each in categories if not (origin.is_feeders and _OWN_SCHEME.search(each["scheme"] or ""))
    ]
    return Entry(
        id=exactly(str(told.get("id", ""))),
        link=_link(told, base),
        title=_written(told.get("title_detail"), origin.base),
        # Both are the same where a feed has but one of them.
        summary=summary if content.words else Written(),
        content=content if content.words else summary,
        published=_moment(told, "published") or _moment(told, "created"),
        updated=_moment(told, "updated"),
        printed=moment(str(told.get("prism_publicationdate", ""))),
        tags=tags(_labels(about, is_html=not origin.is_atom)),
        authors=_authors(told),
        language=_language(told),
        outlet=_plain(_source(told.get("source"))),
        picture=_picture(told, base),
        medium=_medium(told),
    )


def _written(detail: Any, base: str = "") -> Written:
    """Return a text; what it says to be relative to is only told if it is not where the feed came from."""
    if not detail:
        return Written()
    told = detail.get("base") or ""
    return Written(detail.get("value") or "", detail.get("type") in _HTML, "" if told == base else told)


def _is_text(content: Mapping[str, Any]) -> bool:
    return content.get("type") in {*_HTML, "text/plain"}


def _summary(told: Mapping[str, Any], base: str) -> Written:
    if told.get("summary_detail"):
        return _written(told["summary_detail"], base)
    # Of an episode, or of a film: plain text, though some write HTML.
    words = told.get("itunes_summary") or ("" if told.get("content") else told.get("media_description")) or ""
    return Written(words, _looks_like_html(words))


def _plain(written: Written) -> str:
    return text.line(html.to_text(written.words) if written.is_html else written.words)


def _looks_like_html(words: str) -> bool:
    return bool(parser.looks_like_html(words))


def _labels(told: Iterable[Mapping[str, str | None]], *, is_html: bool) -> Iterator[str]:
    """Yield the names of categories. RSS does not say whether they are HTML, so that has to be guessed."""
    for tag in told:
        name = tag["label"] or tag["term"] or ""
        yield html.to_text(name) if is_html and _looks_like_html(name) else name


def _authors(told: Mapping[str, Any]) -> tuple[str, ...]:
    return people(str(author.get("name") or "") for author in told.get("authors", ()))


def _language(told: Mapping[str, Any]) -> str:
    details = [told, told.get("title_detail") or {}, *told.get("content", ())]
    return next(filter(None, (languages.tag(str(each.get("language") or "")) for each in details)), "")


def _source(told: Any) -> Written:
    if not told:
        return Written()
    return _written(told.get("title_detail")) if "title_detail" in told else Written(told.get("title") or "")


def _moment(told: Mapping[str, Any], name: str) -> Any:
    return moment(str(told.get(name) or ""), told.get(f"{name}_parsed"))


def _base(told: Mapping[str, Any]) -> str:
    details = [told.get("title_detail"), *told.get("content", ()), told.get("summary_detail")]
    return next((each["base"] for each in details if each and each.get("base")), "")


def _link(told: Mapping[str, Any], base: str) -> str:
    """Return where the entry leads: FeedBurner keeps the address that it replaced."""
    address = told.get("feedburner_origlink") or _alternate(told.get("links", ()))
    if address:
        return absolute(base, address)
    # The id stands in for a link in RSS, and only where it is an address as it stands.
    written = str(told.get("link") or "")
    return absolute("" if told.get("guidislink") else base, written)


def _alternate(links: Iterable[Mapping[str, str]]) -> str:
    found = [link for link in links if link.get("rel") == "alternate" and link.get("href")]
    pages = [link for link in found if link.get("type") in _HTML]
    return (pages or found or [{"href": ""}])[0]["href"]


def _linked(links: Iterable[Mapping[str, str]], relation: str, base: str) -> str:
    found = (link.get("href") or "" for link in links if link.get("rel") == relation)
    return absolute(base, next(found, ""))


def _picture(told: Mapping[str, Any], base: str) -> Picture | None:
    """Return the largest picture among an entry's media; else what is enclosed, a thumbnail, a cover."""
    media = sorted(filter(_is_picture, told.get("media_content", ())), key=_width, reverse=True)
    enclosed = [{"url": link.get("href", "")} for link in _enclosed(told) if _is_picture(link)]
    thumbnails = sorted(told.get("media_thumbnail", ()), key=_width, reverse=True)
    cover = told.get("image")
    covers = [{"url": cover.get("href") or ""}] if isinstance(cover, Mapping) else []
    for each in (*media, *enclosed, *thumbnails, *covers):
        src = absolute(base, each.get("url", ""))
        if src and not _PORTRAIT.match(src):
            caption, credit = captions.parted(_caption(each.get("description", "")))
            return Picture(src, caption=caption, credit=_caption(each.get("credit", "")) or credit)
    return None


def _caption(written: str) -> str:
    return text.line(html.to_text(written) if _looks_like_html(written) else written)


def _is_picture(media: Mapping[str, str]) -> bool:
    said = media.get("medium") or media.get("type", "").partition("/")[0]
    return said == "image" if said else bool(_PICTURE_FILE.search(media.get("url") or media.get("href", "")))


def _width(media: Mapping[str, str]) -> int:
    width = media.get("width", "")[:6]
    return int(width) if width.isascii() and width.isdigit() else 0


def _enclosed(told: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [link for link in told.get("links", ()) if link.get("rel") == "enclosure"]


def _medium(told: Mapping[str, Any]) -> str:
    kinds = [
        each.get("type", "").partition("/")[0] for each in (*_enclosed(told), *told.get("media_content", ()))
    ]
    return next((kind for kind in kinds if kind in {"audio", "video"}), "")
