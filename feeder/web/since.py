"""What is new in a feed, for who has an older version and can put the two together.

Source: RFC 3229, whose 226 answers are for no cache that does not know it.
"""

import re
from collections import OrderedDict
from functools import lru_cache

from feeder.feeds import deltas
from feeder.feeds.publishers.coders import coders
from feeder.web import coding
from feeder.web.answers import Answer
from feeder.web.coding import GZIP, IDENTITY
from feeder.web.forms import Document, File, Form

_VERSIONS = 2000
"""How many versions of documents are remembered, by the marks of their entries."""
_DELTAS = 32

_FEED = re.compile(
    rb"(?:^|,)[ \t]*feed[ \t]*(?:;[ \t]*q=(?:0\.0*[1-9][0-9]*|1(?:\.0+)?)[ \t]*)?(?:,|$)", re.IGNORECASE
)
_TAG = re.compile(rb'"([0-9a-f]{32})(?:-[a-z]+)?"')
"""A tag of ours: the digest of a document, and the coding in which it was sent."""

_OF_THE_WHOLE = {b"content-length", b"etag", b"cache-control", b"vary"}


def is_asked_for(accepted: bytes | None) -> bool:
    """Tell whether a client takes just what is new, by the value of its A-IM field."""
    return accepted is not None and _FEED.search(accepted) is not None


class Since:
    """Remembers the last versions of feeds that went to clients which ask for what is new."""

    def __init__(self) -> None:
        self._marks: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._gzip = coders(brotli=False)[".gz"]
        self._delta = lru_cache(_DELTAS)(self._made)

    def remember(self, path: str, document: Document) -> None:
        """Remember the version of a feed's document that is told to a client."""
        body = document.forms[IDENTITY].body
        tag = _TAG.fullmatch(document.forms[IDENTITY].etag)
        if isinstance(body, File) or tag is None:
            return
        place = (path, tag[1])
        if place not in self._marks:
            self._marks[place] = deltas.marks(_file(path), body["body"])
        self._marks.move_to_end(place)
        if len(self._marks) > _VERSIONS:
            self._marks.popitem(last=False)

    def answer(
        self, path: str, document: Document, whole: Form, accepted: bytes | None, none_match: bytes | None
    ) -> Answer | None:
        """Answer with what is new since a version that the client says it has.

        None where that is not known, and where the whole document, in the form in which it would be sent,
        is not longer. `accepted` is the value of Accept-Encoding.
        """
        body = document.forms[IDENTITY].body
        chosen = coding.choose(accepted, (GZIP, IDENTITY))
        if chosen is None or isinstance(body, File) or isinstance(whole.body, File):
            return None
        for tag in _TAG.finditer(none_match or b""):
            older = self._marks.get((path, tag[1]))
            content = None if older is None else self._delta(_file(path), body["body"], older, chosen)
            if content is not None and len(content) < len(whole.body["body"]):
                return _part(document, content, chosen, whole.etag, tag[0])
        return None

    def _made(self, file: str, content: bytes, older: bytes, chosen: str) -> bytes | None:
        delta = deltas.since(file, content, older)
        return self._gzip.compress(delta) if delta is not None and chosen == GZIP else delta


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _part(document: Document, content: bytes, chosen: str, etag: bytes, base: bytes) -> Answer:
    whole = document.forms[IDENTITY].start
    told = [
        *((name, value) for name, value in whole["headers"] if name not in _OF_THE_WHOLE),
        *([(b"content-encoding", GZIP.encode("ascii"))] if chosen == GZIP else []),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"etag", etag),
        (b"im", b"feed"),
        (b"delta-base", base),
        # Who knows RFC 3229 may keep it (section 10.9); all others would take it for the whole.
        (b"cache-control", b"no-store, im"),
        (b"vary", b"A-IM, If-None-Match, Accept-Encoding"),
    ]
    return {**whole, "status": 226, "headers": told}, {"type": "http.response.body", "body": content}
