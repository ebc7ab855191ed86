"""The published tree, as any web server would serve it, before all that is not in it.

This is plain ASGI, with messages that were made when a file was read: a framework's routes and
answers cost more than all that is done here.
"""

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from feeder import feeds, websub
from feeder.feeds.redirects import Gone, Moved
from feeder.model.settings import Settings
from feeder.web import answers, coding, conditional, large, paths, since
from feeder.web.answers import NO_BODY, Answer
from feeder.web.documents import INDEX, Documents, Folder
from feeder.web.forms import Document, File
from feeder.web.kinds import Kinds
from feeder.web.limits import Limit
from feeder.web.looks import Looks
from feeder.web.readers import Readers
from feeder.web.redirects import Redirects
from feeder.web.since import Since

_ADDRESSES = 4096
_CHOICES = 1024
_LONGEST_BYTES = 256
"""A longer field is understood, but not remembered."""
_METHODS = ("GET", "HEAD")


class _Place(NamedTuple):
    path: str  # as it was asked for, from the root of the tree
    file: str  # what stands there
    is_feed: bool


class _Wants(NamedTuple):
    """What a request says of what it wants, field by field."""

    accepted: bytes | None
    none_match: bytes | None
    modified_since: bytes | None
    manipulations: bytes | None
    agent: bytes


class Tree:
    """Answers GET and HEAD of what stands in the tree; everything else is for the pages that act.

    `own` are the first parts of those pages' addresses, which come before the tree. `readers` counts who
    asks for feeds.
    """

    def __init__(self, settings: Settings, app: ASGIApp, own: frozenset[str], readers: Readers) -> None:
        site, publish = settings.site, settings.publish
        self._app = app
        self._own = own
        self._prefix = unquote(urlsplit(site.public_url).path).rstrip("/")
        looks = Looks()
        self._documents = Documents(publish.folder, Kinds(site.public_url, websub.hubs(site, publish)), looks)
        self._redirects = Redirects(publish.folder, site.public_url, looks)
        self._limit = Limit(settings.web.rate)
        self._readers = readers
        self._since = Since()
        self._place = lru_cache(_ADDRESSES)(self._where)
        self._choose = lru_cache(_CHOICES)(coding.choose)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the tree, or hand the request on."""
        place = None
        if scope["type"] == "http" and len(scope["raw_path"]) <= paths.LONGEST_BYTES:
            place = self._place(scope["raw_path"])
        if place is None:
            await self._app(scope, receive, send)
            return
        rule = self._redirects.of(place.path)
        found = self._documents.kept(place.file) or await self._documents.find(place.file)
        if rule is None and found is None:
            await self._app(scope, receive, send)
            return
        start, body = self._answer(scope, place, rule, found)
        if scope["method"] == "HEAD":
            body = NO_BODY
        if not isinstance(body, File):
            await send(start)
            await send(body)
        elif not await large.sent(start, body, send):
            await self(scope, receive, send)

    def _where(self, raw_path: bytes) -> _Place | None:
        path = paths.below(raw_path, self._prefix)
        if path is None or path[1:].partition("/")[0] in self._own:
            return None
        is_feed = feeds.media_type(path) is not None
        return _Place(path, path + INDEX if path.endswith("/") else path, is_feed)

    def _answer(
        self, scope: Scope, place: _Place, rule: Moved | Gone | None, found: Document | Folder | None
    ) -> Answer:
        """Decide how to answer: the rules come before what stands there."""
        if scope["method"] not in _METHODS:
            return answers.method_not_allowed()
        if isinstance(rule, Moved):
            return answers.moved(rule.address)
        if isinstance(found, Document):
            return self._about(found, place, rule, scope)
        if rule:
            return self._counted(answers.gone(None), scope)
        # The address is a relative one, since a proxy may have changed what stands before it.
        name = (place.path or self._prefix).rpartition("/")[2]
        return answers.moved(f"./{quote(name)}/")

    def _about(self, document: Document, place: _Place, rule: Gone | None, scope: Scope) -> Answer:
        """Decide how to answer about a document, by what the client takes and what it has."""
        wants = _wants(scope["headers"])
        short = wants.accepted is None or len(wants.accepted) <= _LONGEST_BYTES
        chosen = (self._choose if short else coding.choose)(wants.accepted, document.codings)
        if chosen is None:
            return answers.not_acceptable()
        form = document.forms[chosen]
        if rule:
            return self._counted(answers.gone(form), scope)
        takes_part = place.is_feed and scope["method"] == "GET" and self._heard(document, place, wants, scope)
        none_match, modified_since = wants.none_match, wants.modified_since
        if conditional.has_current(none_match, modified_since, form.etag, document.modified, time.time()):
            return form.unchanged, NO_BODY
        part = None
        if takes_part:
            part = self._since.answer(place.path, document, form, wants.accepted, none_match)
        return self._counted(part or (form.start, form.body), scope)

    def _heard(self, document: Document, place: _Place, wants: _Wants, scope: Scope) -> bool:
        """Count who asks for a feed; tell whether they take just what is new, and know this version from now on."""
        self._readers.came(place.path[1:], _client(scope), wants.agent)
        if not since.is_asked_for(wants.manipulations):
            return False
        self._since.remember(place.path, document)
        return True

    def _counted(self, answer: Answer, scope: Scope) -> Answer:
        """Give an answer with a body, unless the client has had enough of them."""
        if scope["method"] == "HEAD":
            return answer
        seconds = self._limit.wait(_client(scope), time.monotonic_ns())
        return answers.too_many(seconds) if seconds else answer


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope["client"] else ""


def _wants(fields: Iterable[tuple[bytes, bytes]]) -> _Wants:
    accepted = none_match = modified_since = manipulations = None
    agent = b""
    for name, value in fields:
        if name == b"accept-encoding":
            accepted = value if accepted is None else accepted + b"," + value
        elif name == b"if-none-match":
            none_match = value if none_match is None else none_match + b"," + value
        elif name == b"if-modified-since":
            modified_since = value if modified_since is None else b""  # two dates are none
        elif name == b"a-im":
            manipulations = value if manipulations is None else manipulations + b"," + value
        elif name == b"user-agent":
            agent = value
    return _Wants(accepted, none_match, modified_since, manipulations, agent)
