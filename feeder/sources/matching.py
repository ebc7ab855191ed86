"""When two items look like the same work, and what one item says of both. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from feeder.markup import html, text, urls
from feeder.model.batches import unique
from feeder.model.items import Draft, Item

UNITED = ("tags", "pictures")
"""The fields of a draft in which all that a merged work's places say stands together."""

FILLED = ("note", "standfirst", "summary", "body", "picture")
"""The fields that, where they are empty, take what the next place says."""

_A_DAY = timedelta(days=1)
_WORD = re.compile(r"\w+")


class Likeness(StrEnum):
    """What two items have in common that makes them look like the same work."""

    ADDRESS = "same address"
    TITLE = "same title, outlet and date"


def likeness(one: Item, other: Item) -> Likeness | None:
    """Tell whether two items look like the same work.

    They are of one kind, and have the same address, other than a home page; or the same title, no
    two outlets, and dates within a day of each other.
    """
    if one.kind is not other.kind:
        return None
    if _address(one) and _address(one) == _address(other):
        return Likeness.ADDRESS
    if _has_same_title(one, other) and _may_share_outlet(one, other) and _are_close(one, other):
        return Likeness.TITLE
    return None


def texts_differ(one: Item, other: Item) -> bool:
    """Tell whether both have a text, and not the same: other marks and spacing are no difference."""
    words, other_words = _words(one.body), _words(other.body)
    return bool(words and other_words) and words != other_words


def united(draft: Draft, others: Sequence[Draft]) -> Draft:
    """Return what one item says of a work that `others` tell as well: nothing is lost by merging.

    It has the tags of all, its own first, and where it says nothing, what the first other says.
    Title, link, outlet and dates stay its own.
    """
    every = (draft, *others)
    tags: dict[str, str] = {}
    for tag in (tag for each in every for tag in each.tags):
        tags.setdefault(text.line(tag).casefold(), tag)
    pictures = unique(picture for each in every for picture in each.pictures)
    filled = {name: next(filter(None, (getattr(each, name) for each in every)), None) for name in FILLED}
    said = {name: value for name, value in filled.items() if value}
    return replace(draft, tags=tuple(tags.values()), pictures=tuple(pictures), **said)


def _address(item: Item) -> str | None:
    """Return what its address is known by; a home page is nobody's in particular."""
    known_by = urls.address_key(item.url) if item.url else ""
    return known_by if "/" in known_by or "?" in known_by else None


def _has_same_title(one: Item, other: Item) -> bool:
    return text.title_key(one.title) == text.title_key(other.title)


def _may_share_outlet(one: Item, other: Item) -> bool:
    return one.outlet is None or other.outlet is None or one.outlet.id == other.outlet.id


def _are_close(one: Item, other: Item) -> bool:
    """Compare when both were printed; where that is not known of one, also when they were posted."""
    if one.published and other.published:
        return _within_a_day(one.published, other.published)
    dates, other_dates = (filter(None, (each.published, each.posted)) for each in (one, other))
    others = list(other_dates)
    return any(_within_a_day(some, each) for some in dates for each in others)


def _within_a_day(one: datetime | date, other: datetime | date) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) <= _A_DAY
    return abs(_day(one) - _day(other)) <= _A_DAY


def _day(found: datetime | date) -> date:
    return found.date() if isinstance(found, datetime) else found


def _words(body: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", html.to_text(body)).casefold())
