"""Holds RSS documents against RSS 2.0.11, the best practices profile, and what feeder promises beyond them."""

import re
from collections import Counter
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPE = "application/rss+xml"

DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d:\d\d \+0000"
)
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

_OF_CHANNEL = [
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "category",
    "generator",
    "docs",
    "cloud",
    "ttl",
    "image",
    "rating",
    "textInput",
    "skipHours",
    "skipDays",
    "item",
]
_OF_ITEM = [
    "title",
    "link",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "source",
]
_OFTEN = {"category", "item", "enclosure"}


def violations(document: bytes, address: str) -> list[str]:
    """Return what is wrong with a document at `address`."""
    rss = etree.fromstring(document)
    if (rss.tag, rss.get("version"), len(rss), rss[0].tag) != ("rss", "2.0", 1, "channel"):
        return ["it is no rss 2.0 with one channel"]
    channel = rss[0]
    found = _names(channel, _OF_CHANNEL) + _about_channel(channel, address)
    items = channel.findall("item")
    for item in items:
        found += _about_item(item)
    guids = Counter(item.findtext("guid") for item in items)
    return found + [f"{guid} stands {times} times" for guid, times in guids.items() if times > 1]


def entry_ids(document: bytes) -> list[str]:
    """Return the ids of the items, in their order."""
    return [made.text or "" for made in etree.fromstring(document).iterfind("channel/item/guid")]


def _names(element: etree._Element, known: list[str]) -> list[str]:
    names = Counter(str(child.tag) for child in element if not str(child.tag).startswith("{"))
    found = [f"{element.tag!r} has {name}, which RSS does not know" for name in names if name not in known]
    return found + [
        f"{element.tag!r} has {n} of {name}" for name, n in names.items() if n > 1 and name not in _OFTEN
    ]


def _about_channel(channel: etree._Element, address: str) -> list[str]:
    wanted = ("title", "link", "description")
    found = [f"the channel has no {name}" for name in wanted if not channel.findtext(name)]
    if not _is_web(channel.findtext("link")):
        found.append("the channel's link is no address")
    if not LANGUAGE.fullmatch(channel.findtext("language") or ""):
        found.append("the channel's language is none")
    if not DATE.fullmatch(channel.findtext("lastBuildDate") or ""):
        found.append(f"the channel was built on {channel.findtext('lastBuildDate')!r}")
    own = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if [(link.get("href"), link.get("type")) for link in own] != [(address, TYPE)]:
        found.append(f"the channel's own link is not {address}")
    return found


def _about_item(item: etree._Element) -> list[str]:
    found = _names(item, _OF_ITEM)
    if not (item.findtext("title") or item.findtext("description")):
        found.append("an item with neither title nor description")
    guid = item.find("guid")
    if guid is None or not guid.text or guid.get("isPermaLink") != "false" or _is_web(guid.text):
        found.append("an item without a guid, or with one that is its address")
    if not DATE.fullmatch(item.findtext("pubDate") or ""):
        found.append(f"an item of {item.findtext('pubDate')!r}")
    link = item.find("link")
    if link is not None and not _is_web(link.text):
        found.append(f"an item's link is {link.text!r}")
    if not all(name.text for name in item.findall(f"{DC}creator")) or item.find("author") is not None:
        found.append("an author without a name, or with a mail address")
    # A reader that sees `description` last takes it for the content.
    order = [child.tag for child in item if child.tag in {"description", f"{CONTENT}encoded"}]
    if order != ["description", f"{CONTENT}encoded"]:
        found.append(f"an item has {order}")
    return found + _about_names(item)


def _about_names(item: etree._Element) -> list[str]:
    domains = [(made.get("domain"), made.text) for made in item.findall("category")]
    sources = [(made.get("url"), made.text) for made in item.findall("source")]
    wrong = [each for each in (*domains, *sources) if not (_is_web(each[0]) and each[1])]
    return [f"a category or source is {each}" for each in wrong]


def _is_web(address: str | None) -> bool:
    parts = urlsplit(address or "")
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
