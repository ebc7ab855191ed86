"""What feeds show of an item: its HTML, its summary as plain text, and what is left of it when cut."""

from dataclasses import replace
from html import escape

from feeder.feeds.imprint import Imprint
from feeder.markup import html, languages
from feeder.model.appearances import Policy
from feeder.model.items import Item, Picture

_SUMMARY_CHARACTERS = 300
_BRIEF_TAGS = 3


def content(item: Item, imprint: Imprint) -> str:
    """Return an item as HTML: a correction, the note, where it was printed, the picture, the text.

    Never empty: an item that has none of these shows its summary.
    It says its language and direction itself, since few readers look at those of the feed.
    """
    picture = item.lead_picture
    parts = [
        _correction(item, imprint),
        item.note,
        _printed(item, imprint),
        _figure(picture, imprint.source_of(picture)) if picture else "",
        f"<p><strong>{escape(item.standfirst)}</strong></p>" if item.standfirst else "",
        item.body or (f"<p>{escape(item.summary)}</p>" if item.summary else ""),
    ]
    shown = "\n".join(part for part in parts if part) or f"<p>{escape(summary(item))}</p>"
    direction = languages.direction(item.language or "")
    language = f' lang="{escape(item.language)}"' if item.language else ""
    return f'<div{language} dir="{direction}">\n{shown}\n</div>'


def summary(item: Item) -> str:
    """Return an item in a sentence or two of plain text; never empty."""
    return (
        html.excerpt(item.summary or item.standfirst, _SUMMARY_CHARACTERS)
        or html.beginning(item.note, _SUMMARY_CHARACTERS)
        or html.beginning(item.body, _SUMMARY_CHARACTERS)
        or item.title
    )


def cut(item: Item, policy: Policy) -> Item:
    """Return an item with no more of its outlet's text than `policy` allows; the note is the author's own."""
    match policy:
        case Policy.FULL:
            return item
        case Policy.SUMMARY:
            beginning = item.summary or html.beginning(item.body, _SUMMARY_CHARACTERS)
            lead = item.picture.src if item.picture else None
            pictures = tuple(each for each in item.pictures if each.src == lead)
            return replace(item, summary=beginning, body="", pictures=pictures)
        case Policy.LINK:
            return replace(item, standfirst="", summary="", body="", picture=None, pictures=())


def brief(item: Item) -> Item:
    """Return an item with a summary alone, for feeds that have no room for more."""
    told, tags = summary(item), item.tags[:_BRIEF_TAGS]
    return replace(cut(item, Policy.LINK), note="", correction="", summary=told, tags=tags, related=())


def _correction(item: Item, imprint: Imprint) -> str:
    if not item.correction or item.corrected is None:
        return ""
    heading = imprint.speech.say("Correction, %(day)s:", day=imprint.speech.day(item.corrected))
    return f"<p><strong>{escape(heading)}</strong> {escape(item.correction)}</p>"


def _printed(item: Item, imprint: Imprint) -> str:
    """Say where and when an item appeared: its date may be long before it was announced."""
    outlet = escape(item.outlet.name) if item.outlet else ""
    if outlet and item.url:
        outlet = f'<a href="{escape(item.url)}">{outlet}</a>'
    published = escape(imprint.speech.day(item.published)) if item.published else ""
    told = ", ".join(part for part in (outlet, published) if part)
    return f"<p>{told}</p>" if told else ""


def _figure(picture: Picture, source: str) -> str:
    words = " ".join(part for part in (picture.caption, picture.credit) if part)
    caption = f"<figcaption>{escape(words)}</figcaption>" if words else ""
    return f'<figure><img src="{escape(source)}" alt="{escape(picture.alt)}">{caption}</figure>'
