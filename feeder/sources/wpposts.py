"""A post of WordPress as a draft: its link and outlet from the note that opens it, its lead picture."""

import email.utils
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from feeder.errors import DraftRefused
from feeder.markup import html, text, urls
from feeder.model.items import Draft, Kind, Picture
from feeder.sources import substance, wpcontent

MAX_BYTES = 2_000_000

_TITLE_CHARACTERS = 80
_OUTLET_CHARACTERS = 80
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>\n?")
_AFTER_NOTE = {"h1", "h2", "h3", "h4", "h5", "h6", "figure", "img", "table", "hr"}
_CONTAINERS = {"div", "section", "article", "aside", "blockquote", "ul", "ol"}
_YEAR = re.compile(r" \d{4} ")
_NUMBER = re.compile(r"\bwp-image-(\d+)\b")


@dataclass(frozen=True, slots=True)
class Blog:
    """What posts do not say themselves.

    `authors` are display names by log-in, `attachments` pictures by their number.
    """

    address: str
    language: str
    authors: Mapping[str, str]
    attachments: Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Post:
    """A part of an export, as text: a post, or another child of the channel.

    `texts` are by name, as in "wp:post_id", its own text by ""; `meta` are custom fields.
    """

    name: str
    line: int
    texts: Mapping[str, str]
    meta: Mapping[str, str]
    tags: tuple[str, ...]

    def text(self, name: str) -> str:
        """Return a text; empty if there is none."""
        return self.texts.get(name, "")

    @property
    def is_published(self) -> bool:
        """Whether everybody may read it: a post, published, without a password."""
        is_public = self.text("wp:status") == "publish" and not self.text("wp:post_password")
        return self.name == "item" and self.text("wp:post_type") == "post" and is_public


def draft(thing: str, blog: Blog, post: Post) -> Draft:
    """Return a published post as a piece. Its body holds all of it, the note too.

    Raises: DraftRefused, when it is too large, or has no key, no date, or neither title nor text.
    """
    content = text.scrub(post.text("content:encoded"))
    if len(content.encode()) > MAX_BYTES:
        raise DraftRefused(thing, f"is over {MAX_BYTES // 1_000_000} MB", "shorten it in WordPress")
    shown = wpcontent.rendered(content)
    body = _EMPTY_PARAGRAPH.sub("", html.sanitize(shown, blog.address)).strip()
    title = _title(thing, post, body)
    url, outlet = _announced(body, blog)
    return Draft(
        key=_key(thing, post),
        kind=Kind.PIECE,
        title=title,
        substance=substance(title, content, url),
        url=url,
        outlet=outlet,
        posted=_posted(thing, post),
        tags=tuple(dict.fromkeys(filter(None, map(_plain, post.tags)))),
        authors=_authors(blog, post),
        language=blog.language or None,
        picture=_picture(blog, post, shown),
        summary=html.to_text(post.text("excerpt:encoded")),
        body=body,
        slug=_slug(post),
    )


def _plain(written: str) -> str:
    """Return a name as people read it: WordPress stores names as HTML."""
    return text.line(html.to_text(written))


def _key(thing: str, post: Post) -> str:
    key = text.line(post.text("guid"))
    if not key:
        raise DraftRefused(thing, "has no guid", "export it anew")
    return key


def _title(thing: str, post: Post, body: str) -> str:
    title = _plain(post.text("title")) or html.excerpt(html.to_text(body), _TITLE_CHARACTERS)
    if not title:
        raise DraftRefused(thing, "has neither a title nor a text", "give it a title in WordPress")
    return title


def _slug(post: Post) -> str:
    name = unquote(post.text("wp:post_name"))
    return urls.slug(name) if name else ""


def _authors(blog: Blog, post: Post) -> tuple[str, ...]:
    login = post.text("dc:creator")
    author = blog.authors.get(login) or text.line(login)
    return (author,) if author else ()


def _posted(thing: str, post: Post) -> datetime:
    written = post.text("wp:post_date_gmt") or post.text("pubDate")
    moment = _moment(post.text("wp:post_date_gmt")) or _rss_moment(post.text("pubDate"))
    if moment is None:
        raise DraftRefused(thing, f"its date “{text.line(written)}” is none", "set its date in WordPress")
    return moment


def _moment(written: str) -> datetime | None:
    try:
        return datetime.strptime(written.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _rss_moment(written: str) -> datetime | None:
    # WordPress writes the year -0001 for a date that it does not know.
    if not _YEAR.search(written):
        return None
    try:
        moment = email.utils.parsedate_to_datetime(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _announced(body: str, blog: Blog) -> tuple[str | None, str | None]:
    """Return the address and the name that the note's first link to elsewhere gives."""
    note = _note(body)
    for link in () if note is None else note.iter("a"):
        url, outlet = link.get("href", ""), _words(link)
        if outlet and urls.is_web(url) and urlsplit(url).hostname != urlsplit(blog.address).hostname:
            return url, outlet if len(outlet) <= _OUTLET_CHARACTERS else None
    return None, None


def _note(body: str) -> etree._Element | None:
    """Return the first block that holds text, if it stands before all headings and pictures.

    A paragraph that is all bold is a heading.
    """
    for element in _elements(body):
        if element.tag in _AFTER_NOTE:
            return None
        if element.tag not in _CONTAINERS and _words(element):
            bold = "".join("".join(each.itertext()) for each in element.iter("strong", "b"))
            return None if text.line(bold) == _words(element) else element
    return None


def _picture(blog: Blog, post: Post, shown: str) -> Picture | None:
    """Return the featured picture, or else the first in the text."""
    images = list(_images(shown, blog.address))
    featured = post.meta.get("_thumbnail_id", "")
    in_text = next((picture for number, picture in images if number == featured), None) if featured else None
    attached = blog.attachments.get(featured)
    if attached and urls.is_web(attached.src):
        alt = in_text.alt if in_text else ""
        caption = in_text.caption if in_text else ""
        return replace(attached, alt=alt or attached.alt, caption=caption or attached.caption)
    return in_text or (images[0][1] if images else None)


def _images(shown: str, base: str) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures of a text, each with its number in WordPress if it has one."""
    for element in _elements(shown):
        if element.tag == "img" and (src := _address(element.get("src", ""), base)):
            number = _NUMBER.search(element.get("class", ""))
            alt = text.line(element.get("alt", ""))
            yield number[1] if number else "", Picture(src=src, alt=alt, caption=_caption(element))


def _address(src: str, base: str) -> str | None:
    try:
        address = urljoin(base, src.strip())
    except ValueError:
        return None
    return address if src.strip() and urls.is_web(address) else None


def _caption(image: etree._Element) -> str:
    figure = next(image.iterancestors("figure"), None)
    caption = None if figure is None else figure.find(".//figcaption")
    return "" if caption is None else _words(caption)


def _words(element: etree._Element) -> str:
    return text.line("".join(element.itertext()))


def _elements(written: str) -> Iterator[etree._Element]:
    """Yield the elements within a text, in order."""
    root = etree.HTML(f"<div>{written}</div>", etree.HTMLParser(remove_comments=True, remove_pis=True))
    body = root.find("body/div")
    if body is not None:
        yield from body.iterdescendants("*")
