"""An entry of a feed as a draft. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from urllib.parse import unquote, urlsplit, urlunsplit

from feeder.errors import DraftRefused
from feeder.markup import html, text, urls
from feeder.model import settings
from feeder.model.items import Draft, Kind
from feeder.sources import substance
from feeder.sources.paragraphs import paragraphs
from feeder.sources.syndication.choosing import plain
from feeder.sources.syndication.entries import Channel, Entry, Keyed, Written

MAX_BYTES = 2_000_000

_TITLE_CHARACTERS = 80
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"<img(?: [a-z]+=\"[^\"]*\")*>")
_DOT = re.compile(r' (?:width|height)="[01](?:px)?"')
_CAMPAIGN = re.compile(r"utm_\w+(?:=|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How entries are taken: what their feed and their site say for all of them.

    `outlet` is that of all entries; empty, it is what the entry itself says, or else `else_outlet`.
    """

    thing: str
    channel: Channel
    site: settings.Site
    outlet: str = ""
    else_outlet: str = ""


def draft(keyed: Keyed, kind: Kind, manner: Manner) -> Draft:
    """Return an entry as an item of some kind.

    Where there is only one text, it is the body. A text without markup gets its paragraphs from
    blank lines. An entry without a title is called by the beginning of its text.

    Raises: DraftRefused, when it is too large, or has neither a title nor a text.
    """
    entry = keyed.entry
    if len(entry.content.words.encode("utf-8", "replace")) > MAX_BYTES:
        raise _refused(keyed, manner, f"is over {MAX_BYTES // 1_000_000} MB", "shorten it at its source")
    base = entry.link or manner.channel.address or manner.site.public_url
    body = _html(entry.content, base)
    title = text.line(plain(entry.title)) or html.excerpt(html.to_text(body), _TITLE_CHARACTERS)
    if not title:
        raise _refused(keyed, manner, "has neither a title nor a text", "give it a title")
    own_page = _own_page(entry.link, manner.site)
    url = None if own_page else _without_campaign(entry.link) or None
    posted = entry.published or entry.updated
    return Draft(
        key=keyed.key,
        kind=kind,
        title=title,
        substance=substance(title, _words(entry.content), url),
        url=url,
        outlet=text.line(manner.outlet or entry.outlet or manner.else_outlet) or None,
        published=entry.printed or posted,
        posted=as_moment(posted) if posted else None,
        tags=entry.tags,
        authors=entry.authors or manner.channel.authors,
        language=entry.language or manner.channel.language or manner.site.language,
        picture=entry.picture,
        summary=_summary(entry.summary, body),
        body=body,
        medium=entry.medium if kind is Kind.APPEARANCE else "",
        slug=own_page,
    )


def as_moment(found: object) -> datetime | None:
    """Return a moment as it is, and the first one of a day."""
    if isinstance(found, datetime) or found is None:
        return found
    return datetime.fromisoformat(str(found)).replace(tzinfo=UTC)


def named(keyed: Keyed, thing: str) -> str:
    """Return what messages call an entry."""
    title = text.line(plain(keyed.entry.title))
    return f"{thing}, entry “{html.excerpt(title or keyed.key, _TITLE_CHARACTERS)}”"


def keyless(entry: Entry, thing: str) -> DraftRefused:
    """Return why an entry without id and link cannot be taken."""
    named_so = named(Keyed("without a title", entry), thing)
    return DraftRefused(named_so, "has neither an id nor a link to know it by", "give it an id")


def _refused(keyed: Keyed, manner: Manner, rule: str, mend: str) -> DraftRefused:
    return DraftRefused(named(keyed, manner.thing), rule, mend)


def _html(written: Written, base: str) -> str:
    """Return a text as sanitized HTML, without the dots that tell who reads it.

    Relative addresses start where the feed says; else from the entry's own page, which is where such
    texts come from, and not from the feed's, as would be exact.
    """
    if not written.is_html:
        return html.sanitize(paragraphs(escape(text.scrub(written.words).strip(), quote=False)), base).strip()
    told = written.base if urls.is_web(written.base) else base
    return _PICTURE.sub(_unless_dot, html.sanitize(written.words, told)).strip()


def _unless_dot(picture: re.Match[str]) -> str:
    return "" if len(_DOT.findall(picture[0])) == 2 else picture[0]  # noqa: PLR2004 - width and height


def _summary(written: Written, body: str) -> str:
    """Return a summary as plain text; empty where it only says what the body says."""
    summary = plain(written)
    return "" if text.line(summary) == text.line(html.to_text(body)) else summary


def _words(written: Written) -> str:
    """Return the words of a text, which is what counts when it changes.

    Many feeds put counters, advertisements and signed addresses into the markup, which change with
    every reading.
    """
    words = unescape(_TAG.sub(" ", written.words)) if written.is_html else written.words
    return text.line(words)


def _without_campaign(link: str) -> str:
    """Return an address without the parameters that count where readers come from."""
    parts = urlsplit(link)
    kept = [part for part in parts.query.split("&") if not _CAMPAIGN.match(part)]
    return urlunsplit(parts._replace(query="&".join(kept))) if kept != parts.query.split("&") else link


def _own_page(link: str, site: settings.Site) -> str:
    """Return the slug of the item's own page, where that is what the link leads to."""
    start = urls.absolute(site.public_url, "item/")
    slug = unquote(link.removeprefix(start).removesuffix("/")) if link.startswith(start) else ""
    return slug if slug == urls.slug(slug) else ""
