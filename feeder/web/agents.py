"""Which program asks, and for how many people, by what its User-Agent says. Pure.

Feedly/1.0 (+http://www.feedly.com/fetcher.html; 37 subscribers; like FeedFetcher-Google)
Feedbin feed-id:1373711 - 142 subscribers
Mozilla/5.0 (compatible; theoldreader.com; 5 subscribers; feed-id=5f3c)
"""

import re

from feeder.model.readership import Agent

_MOST = 100_000_000
"""Who says more says nothing."""

_SUBSCRIBERS = re.compile(r"(?<![\w.,-])([0-9]{1,9}) (?:subscriber|reader|user)s?\b", re.IGNORECASE)
_FEED_ID = re.compile(r"\bfeed-?id[:=] ?([A-Za-z0-9]{1,40})", re.IGNORECASE)
_NAME = re.compile(
    r"(?:Mozilla/[0-9.]+ \(compatible; )?([A-Za-z][A-Za-z0-9._]*(?: (?!feed-?id)[A-Za-z][A-Za-z0-9._]*){0,3})"
)
_ROBOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|preview|monitor", re.IGNORECASE)


def read(user_agent: bytes) -> Agent | None:
    """Return who asks; None for robots, and for who says nothing."""
    text = user_agent.decode("latin-1")
    name = _NAME.match(text)
    if name is None:
        return None
    told = _SUBSCRIBERS.search(text)
    if told is None:
        return None if _ROBOT.search(text) else Agent(name[1])
    if int(told[1]) > _MOST:
        return None
    feed_id = _FEED_ID.search(text)
    return Agent(name[1][:40], int(told[1]), feed_id[1] if feed_id else "")
