"""A source: a feed in RSS, Atom or JSON Feed.

An entry is known by its id, else by its link; ids that entries with different links share tell
nothing apart, so such entries are known by their links from then on. A feed shows the newest of what
there is: what falls out of it is not gone.

    choosing     which entries are taken, and as what
    drafts       an entry as a draft
    documents    bytes become a channel, or an error that says what they are instead
    xmlfeed      RSS and Atom, by what feedparser finds;  parser: feedparser itself
    jsonfeed     JSON Feed
    entries      what a feed says, whatever its format
    archive      for once, a whole feed with its older pages
"""

import email.utils
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from feeder import net
from feeder.errors import DraftRefused, SourceError
from feeder.model import settings
from feeder.model.items import Broken, Draft, Kind, Mark, NotModified, Past, Reading, Told, Unchanged
from feeder.sources.syndication import choosing, documents, drafts
from feeder.sources.syndication.documents import Fetched
from feeder.sources.syndication.drafts import Manner
from feeder.sources.syndication.entries import Channel, Entry, Keyed, keyed, shared_ids

MAX_BYTES = 20_000_000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
# Counted up when the same entries give other drafts than before.
FORMAT = 1

_NOT_MODIFIED = 304
_MAX_SHARED = 1_000
_FIRST_HONEST_YEAR = 1995


@dataclass(frozen=True, slots=True)
class _Visit:
    """What a walk through the entries needs: all of it was fetched before."""

    manner: Manner
    entries: Sequence[Keyed | Entry]
    marks: Mapping[str, Mark]


class Feed:
    """Reads a feed, unchanged ones and unchanged entries at little cost."""

    def __init__(self, feed: settings.Syndication, site: settings.Site, client: net.Client) -> None:
        """Take the settings.

        Raises: ConfigurationError, for rules that cannot be understood.
        """
        self.name = feed.name
        self._feed = feed
        self._site = site
        self._client = client
        self._rules = choosing.choice(feed)
        self._thing = f"source {feed.name}"

    def read(self, past: Past) -> Reading | NotModified:
        """Ask for the feed, and tell its entries, the oldest first.

        Raises: SourceError, when it cannot be had, or is no feed.
        """
        validators = self._validators(past.state)
        answer = self._ask(validators)
        if answer.status == _NOT_MODIFIED:
            if validators:
                return NotModified()
            raise SourceError(self._thing, "says that it has not changed, unasked (304)", "wait")
        content_type = answer.headers.get("content-type", "")
        channel = documents.read(Fetched(self._thing, answer.content, answer.url, content_type))
        shared = shared_ids(channel.entries) | frozenset(past.state.get("shared", ()))
        entries = list(keyed(channel.entries, shared))[::-1]
        marks = past.marks_at([each.key for each in entries if isinstance(each, Keyed)])
        manner = Manner(self._thing, channel, self._site, self._feed.outlet, channel.title)
        return Reading(
            told=self._told(_Visit(manner, entries, marks)),
            complete=True,
            window=True,
            state=self._state(answer, shared),
            # What was known by a shared id comes back under its link.
            missing=shared,
        )

    def _ask(self, validators: Mapping[str, str]) -> net.Answer:
        try:
            return self._client.get(
                self._feed.url,
                headers=validators,
                accept=ACCEPT,
                allow_private=self._feed.allow_private,
                max_bytes=MAX_BYTES,
            )
        except net.RequestFailed as failure:
            raise SourceError(
                self._thing, f"{failure.thing}: {failure.rule}", failure.mend, retry_after=failure.retry_after
            ) from failure

    def _validators(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Return what makes the request a conditional one, while nothing else shapes the drafts now."""
        if state.get("shape") != self._shape():
            return {}
        found = {"If-None-Match": state.get("etag"), "If-Modified-Since": state.get("modified")}
        return {name: value for name, value in found.items() if value}

    def _state(self, answer: net.Answer, shared: frozenset[str]) -> dict[str, Any]:
        modified = answer.headers.get("last-modified", "")
        return {
            "shape": self._shape(),
            "etag": answer.headers.get("etag", ""),
            "modified": modified if _is_honest(modified, answer.headers.get("date", "")) else "",
            "shared": sorted(shared)[:_MAX_SHARED],
        }

    def _shape(self) -> str:
        """Return a digest of all that shapes the drafts, besides the feed."""
        feed, site = self._feed, self._site
        rules = (feed.kind, feed.only, feed.skip, feed.pieces, feed.appearances)
        return _digest((FORMAT, feed.url, feed.outlet, rules, site.public_url, site.language))

    def _told(self, visit: _Visit) -> Iterator[Told]:
        for refusal in visit.manner.channel.refused:
            yield Broken(frozenset(), refusal)
        about = _digest((self._shape(), *_shaping(visit.manner.channel)))
        for each in visit.entries:
            if isinstance(each, Entry):
                yield Broken(frozenset(), drafts.keyless(each, self._thing))
                continue
            version = _digest((about, each.entry))
            mark = visit.marks.get(each.key)
            if mark is not None and mark.version == version:
                yield Unchanged(mark.key)
            elif kind := choosing.kind_of(each.entry, self._rules):
                yield _draft(each, kind, visit.manner, version)


def _draft(found: Keyed, kind: Kind, manner: Manner, version: str) -> Draft | Broken:
    try:
        made = drafts.draft(found, kind, manner)
    except DraftRefused as refusal:
        return Broken(frozenset({found.key}), refusal)
    return replace(made, place=found.key, version=version)


def _shaping(channel: Channel) -> tuple[object, ...]:
    """Return what a feed says for all of its entries."""
    return channel.title, channel.address, channel.language, channel.authors


def _is_honest(modified: str, date: str) -> bool:
    """Tell whether a server's date can be held against it.

    Some say 1970, or a time to come, and answer "not modified" for ever to whoever repeats it.
    """
    try:
        changed = email.utils.parsedate_to_datetime(modified)
        now = email.utils.parsedate_to_datetime(date) if date else changed
        return changed.year >= _FIRST_HONEST_YEAR and _aware(changed) <= _aware(now)
    except (ValueError, TypeError, OverflowError):
        return False


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _digest(of: object) -> str:
    return blake2b(repr(of).encode(), digest_size=16).hexdigest()
