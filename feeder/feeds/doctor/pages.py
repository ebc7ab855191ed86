"""A page where a feed was hoped for, and the feeds that it advertises.

Source: https://www.rssboard.org/rss-autodiscovery.
"""

import re
from urllib.parse import urljoin

from lxml import etree

from feeder.feeds.doctor.findings import Finding, Place, error, listed
from feeder.feeds.doctor.subjects import Family, Seen

PAGE = error("page", "readers subscribe to a feed", "RSS autodiscovery")

_HEAD_CHARACTERS = 500_000
_TYPES = {
    "application/atom+xml": "Atom",
    "application/rss+xml": "RSS",
    "application/feed+json": "JSON Feed",
    "application/rdf+xml": "RSS 1.0",
}
_BEGINNING = re.compile(
    r"\s*(?:<\?(?>.*?\?>)\s*|<!--(?>.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_page(text: str) -> bool:
    """Tell whether a document begins as HTML does."""
    return _BEGINNING.match(text[:_HEAD_CHARACTERS]) is not None


def examine(text: str, address: str) -> Seen:
    """Say that a page is a page, and which feeds it advertises. `address` is its own, if it is known."""
    found = _advertised(text, address)
    told = listed(f"{where} ({what})" for where, what in found) if found else "none"
    mend = (
        "check one of these"
        if found
        else 'add <link rel="alternate" type="application/atom+xml" href="…"> to its head'
    )
    finding = Finding(PAGE, Place(line=1), f"it is a page, and advertises {told}", mend)
    return Seen(Family.PAGE, "a page of HTML", (), [finding])


def _advertised(text: str, address: str) -> list[tuple[str, str]]:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    # lxml makes nothing of a page without any element.
    page = etree.HTML(b"<html>" + text[:_HEAD_CHARACTERS].encode("utf-8", "replace"), parser)
    found: dict[str, str] = {}
    for link in page.iter("link"):
        kind = _TYPES.get((link.get("type") or "").lower().strip())
        if kind and "alternate" in (link.get("rel") or "").lower().split():
            found.setdefault(_joined(address, str(link.get("href") or "")), kind)
    found.pop("", None)
    return list(found.items())


def _joined(address: str, href: str) -> str:
    try:
        return urljoin(address, href.strip()) if href.strip() else ""
    except ValueError:
        return ""
