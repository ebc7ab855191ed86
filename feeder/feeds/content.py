"""What a feed shows of an item: its HTML, and its summary as plain text."""

from html import escape
from zoneinfo import ZoneInfo

from feeder.markup import dates, html
from feeder.model.items import Item, Picture
from feeder.model.settings import Site
from feeder.templating import Templates, source_of

_SUMMARY_CHARACTERS = 300


def content(item: Item, site: Site, templates: Templates) -> str:
    """Return an item as HTML: the note, where it was printed, the picture, the text."""
    picture = item.lead_picture
    parts = [
        item.note,
        _printed(item, site),
        _figure(picture, source_of(picture, templates)) if picture else "",
        f"<p><strong>{escape(item.standfirst)}</strong></p>" if item.standfirst else "",
        item.body,
    ]
    return "\n".join(part for part in parts if part)


def summary(item: Item) -> str:
    """Return an item in a sentence or two of plain text; never empty."""
    return (
        html.excerpt(item.summary or item.standfirst, _SUMMARY_CHARACTERS)
        or html.beginning(item.note, _SUMMARY_CHARACTERS)
        or html.beginning(item.body, _SUMMARY_CHARACTERS)
        or item.title
    )


def _printed(item: Item, site: Site) -> str:
    """Say where and when an item appeared: its date may be long before it was announced."""
    outlet = escape(item.outlet.name) if item.outlet else ""
    if outlet and item.url:
        outlet = f'<a href="{escape(item.url)}">{outlet}</a>'
    published = escape(dates.day(item.published, ZoneInfo(site.zone))) if item.published else ""
    told = ", ".join(part for part in (outlet, published) if part)
    return f"<p>{told}</p>" if told else ""


def _figure(picture: Picture, source: str) -> str:
    words = " ".join(part for part in (picture.caption, picture.credit) if part)
    caption = f"<figcaption>{escape(words)}</figcaption>" if words else ""
    return f'<figure><img src="{escape(source)}" alt="{escape(picture.alt)}">{caption}</figure>'
