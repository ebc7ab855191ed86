"""A post of WordPress as a draft: a piece with the note that announces it, and its lead picture.

The export and the REST interface tell a post each in its own way; both are first `Written`.
"""

import email.utils
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from feeder.errors import DraftRefused
from feeder.markup import html, text, urls
from feeder.model.items import Draft, Kind, Picture
from feeder.sources import captions, substance
from feeder.sources.wordpress import pictures, rendering, splitting
from feeder.sources.wordpress.blocks import elements
from feeder.sources.wordpress.splitting import Parts

MAX_BYTES = 2_000_000

_TITLE_CHARACTERS = 80
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>\n?")
_YEAR = re.compile(r" \d{4} ")
_NUMBER = re.compile(r"\bwp-image-(\d+)\b")
_PICTURE_FILE = re.compile(r"\.(?:avif|gif|jpe?g|png|svg|webp)$", re.IGNORECASE)
# WordPress keeps smaller copies of a picture beside it, with their size in the name.
_SIZE = re.compile(r"-(?:\d+x\d+|scaled)(?=\.\w+$)")


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


@dataclass(frozen=True, slots=True)
class Written:
    """A published post, however it was told.

    `title`, `excerpt` and `tags` are HTML, `shown` is the text as WordPress shows it, `authors` are
    plain names, `featured` is the number of a picture; each is empty where there is none.
    `posted` is None where its `date` is none.
    """

    key: str
    title: str
    shown: str
    posted: datetime | None
    date: str
    excerpt: str = ""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    slug: str = ""
    featured: str = ""


def draft(thing: str, blog: Blog, post: Post) -> Draft:
    """Return a published post of an export as a piece.

    Raises: DraftRefused, as `piece` does.
    """
    content = text.scrub(post.text("content:encoded"))
    _check_size(thing, content)
    login = post.text("dc:creator")
    author = blog.authors.get(login) or text.line(login)
    written = Written(
        key=text.line(post.text("guid")),
        title=post.text("title"),
        shown=rendering.rendered(content),
        posted=_moment(post.text("wp:post_date_gmt")) or _rss_moment(post.text("pubDate")),
        date=post.text("wp:post_date_gmt") or post.text("pubDate"),
        excerpt=post.text("excerpt:encoded"),
        tags=post.tags,
        authors=(author,) if author else (),
        slug=post.text("wp:post_name"),
        featured=post.meta.get("_thumbnail_id", ""),
    )
    return piece(thing, blog, written, lambda _: content)


def piece(thing: str, blog: Blog, written: Written, significant: Callable[[str], str]) -> Draft:
    """Return a published post as a piece, under the post's title.

    Its body holds the printed title, where that differs, the text, and the byline.
    `significant` gives, of the sanitized text, what counts as a change of it.

    Raises: DraftRefused, when it is too large, or has no key, no date, or neither title nor text.
    """
    _check_size(thing, written.shown)
    whole = _EMPTY_PARAGRAPH.sub("", html.sanitize(written.shown, blog.address)).strip()
    title = _title(thing, written, whole)
    parts = splitting.split(whole, blog.address, title)
    picture = _picture(blog, written, parts.picture)
    # The substance was counted with this link before posts were split: counting the better one
    # would show every such post as revised.
    counted, _ = splitting.announced(whole, blog.address)
    return Draft(
        key=_key(thing, written),
        kind=Kind.PIECE,
        title=title,
        substance=substance(title, significant(whole), counted),
        url=parts.url,
        outlet=parts.outlet,
        posted=_posted(thing, written),
        tags=tuple(dict.fromkeys(filter(None, map(plain, written.tags)))),
        authors=written.authors,
        language=blog.language or None,
        picture=picture,
        note=parts.note,
        standfirst=parts.standfirst,
        summary=html.to_text(written.excerpt),
        body=_body(blog, parts, title, picture),
        slug=_slug(written),
    )


def plain(written: str) -> str:
    """Return a name as people read it: WordPress stores names as HTML."""
    return text.line(html.to_text(written))


def _check_size(thing: str, content: str) -> None:
    if len(content.encode()) > MAX_BYTES:
        raise DraftRefused(thing, f"is over {MAX_BYTES // 1_000_000} MB", "shorten it in WordPress")


def _key(thing: str, written: Written) -> str:
    if not written.key:
        raise DraftRefused(thing, "has no guid", "export it anew")
    return written.key


def _title(thing: str, written: Written, body: str) -> str:
    title = plain(written.title) or html.excerpt(html.to_text(body), _TITLE_CHARACTERS)
    if not title:
        raise DraftRefused(thing, "has neither a title nor a text", "give it a title in WordPress")
    return title


def _slug(written: Written) -> str:
    name = unquote(written.slug)
    return urls.slug(name) if name else ""


def _posted(thing: str, written: Written) -> datetime:
    if written.posted is None:
        raise DraftRefused(
            thing, f"its date “{text.line(written.date)}” is none", "set its date in WordPress"
        )
    return written.posted


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


def _body(blog: Blog, parts: Parts, title: str, picture: Picture | None) -> str:
    """Return the printed title, text and byline; the picture too, if the draft does not tell all of it."""
    heading = "" if splitting.says_the_same(parts.title, title) else parts.heading
    figure = "" if _tells(blog, parts, picture) else parts.figure
    return "\n".join(filter(None, (heading, figure, parts.body, parts.signature)))


def _tells(blog: Blog, parts: Parts, picture: Picture | None) -> bool:
    """Whether a picture stands for the one of the post, which has no links that would be lost."""
    if picture is None or parts.picture is None or _file(picture) != _file(parts.picture):
        return False
    links = (link.get("href", "") for link in elements(parts.figure) if link.tag == "a")
    return all(_leads_home(blog, link) or link == parts.url for link in links)


def _file(picture: Picture) -> str:
    return _SIZE.sub("", urlsplit(picture.src).path)


def _leads_home(blog: Blog, link: str) -> bool:
    """Whether a link leads to a picture or a page of the blog, or nowhere."""
    if not urls.is_web(link):
        return not link
    parts = urlsplit(link)
    return parts.hostname == urlsplit(blog.address).hostname or bool(_PICTURE_FILE.search(parts.path))


def _picture(blog: Blog, written: Written, lead: Picture | None) -> Picture | None:
    """Return the featured picture, or else the one that leads the piece, or the first in the text."""
    images = list(_images(written.shown, blog.address))
    featured = written.featured
    in_text = next((picture for number, picture in images if number == featured), None) if featured else None
    attached = blog.attachments.get(featured)
    if attached and urls.is_web(attached.src):
        if lead and _file(lead) == _file(attached):
            in_text = lead
        alt = in_text.alt if in_text else ""
        said = in_text if in_text and (in_text.caption or in_text.credit) else _credited(attached)
        return replace(attached, alt=alt or attached.alt, caption=said.caption, credit=said.credit)
    return in_text or lead or (images[0][1] if images else None)


def _credited(picture: Picture) -> Picture:
    caption, credit = captions.parted(picture.caption)
    return replace(picture, caption=caption, credit=credit)


def _images(shown: str, base: str) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures of a text, each with its number in WordPress if it has one."""
    for element in elements(shown):
        if element.tag == "img" and (src := pictures.address(element.get("src", ""), base)):
            number = _NUMBER.search(element.get("class", ""))
            caption, credit = pictures.caption_of(element)
            alt = text.line(element.get("alt", ""))
            yield number[1] if number else "", Picture(src, alt, caption, credit)
