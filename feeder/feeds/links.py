"""Where an item leads: the outlet's page, its own, and what belongs to it. Pure.

Source: RFC 4287, section 4.2.7 (relations) and 4.1.2 (one alternate a type and language).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from feeder.feeds.imprint import Imprint
from feeder.model.appearances import Role
from feeder.model.items import Item, Related

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
    spoken = {item.language}
    for other in item.related:
        if _is_translation(item, other) and other.language and other.language not in spoken:
            address = imprint.address_of(other)
            if address:
                spoken.add(other.language)
                found.append(Link("alternate", address, other.language, other.title))
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


def _is_translation(item: Item, other: Related) -> bool:
    """Tell whether one of two that belong together is a translation of the other."""
    return Role.TRANSLATED in {item.role, other.role}
