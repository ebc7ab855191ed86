"""Where an item leads: the outlet's page, its own, and what belongs to it. Pure.

There is one alternate. RFC 4287 (section 4.1.2) allows one for each language, but readers take the first
or the last that they find, and would lead to a translation: those are related, with their language.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from feeder.feeds.imprint import Imprint
from feeder.model.items import Item

_RELATED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page; `hreflang` and `title` may be empty."""

    rel: str
    href: str
    hreflang: str = ""
    title: str = ""


def links(item: Item, imprint: Imprint) -> list[Link]:
    """Return the links of an item, the alternate first; without an address and pages it has none."""
    main = imprint.address_of(item)
    if main is None:
        return list(_to_related(item, imprint))
    found = [Link("alternate", main, item.language or "")]
    page = imprint.page_of(item)
    if page and page != main:
        found.append(Link("related", page))
    found += _to_related(item, imprint)
    if item.outlet and (item.url or item.outlet.home):
        found.append(Link("via", item.url or item.outlet.home or "", title=item.outlet.name))
    return found


def _to_related(item: Item, imprint: Imprint) -> Iterator[Link]:
    for other in item.related[:_RELATED_AT_MOST]:
        address = imprint.address_of(other)
        if address:
            yield Link("related", address, other.language or "", other.title)
