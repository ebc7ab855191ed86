"""What readers and caches are told of a document beside its bytes."""

import re
from dataclasses import dataclass
from mimetypes import MimeTypes

from feeder import feeds, websub
from feeder.markup import urls

_OTHERS = {
    "atom": "application/atom+xml; charset=utf-8",
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "opml": "text/x-opml; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
}
_ARCHIVE = re.compile(r".*/archive/[0-9]+\.xml")
_TEXT = re.compile(r"text/.*|application/(?:.+\+)?(?:xml|json)(?:;.*)?|image/svg\+xml")

_QUARTER_HOUR = "public, max-age=900"
_HOUR = "public, max-age=3600"
_DAY = "public, max-age=86400"
_FOR_EVER = "public, max-age=31536000, immutable"

_KNOWN_ANYWHERE = MimeTypes(filenames=())


@dataclass(frozen=True, slots=True)
class Kind:
    """What is told of a document: its type, whether compressing it helps, how long it keeps, and its links."""

    media_type: str
    is_text: bool
    cache_control: str
    link: str | None

    def fields(self) -> dict[str, str]:
        """Return the header fields of every answer about it, whether or not its bytes are sent."""
        told = {"Cache-Control": self.cache_control}
        if self.is_text:
            told["Vary"] = "Accept-Encoding"
        if self.link:
            told["Link"] = self.link
        return told


class Kinds:
    """The kinds of a site's documents. All addresses in them are public ones, whatever was asked for."""

    def __init__(self, public_url: str, hubs: tuple[str, ...]) -> None:
        self._public_url = public_url
        self._hubs = hubs

    def of(self, path: str) -> Kind:
        """Return the kind of a document by its path from the root, which begins with a slash."""
        told = media_type(path)
        return Kind(told, bool(_TEXT.fullmatch(told)), _cache_control(path), self._link(path))

    def _link(self, path: str) -> str | None:
        """Return where a feed is by its own account, and who tells of its changes; None for what is no feed.

        Nobody tells of changes of archives. Source: WebSub, section 4.
        """
        is_archive = _ARCHIVE.fullmatch(path)
        if not (is_archive or feeds.media_type(path)):
            return None
        return websub.link(urls.absolute(self._public_url, path), () if is_archive else self._hubs)


def media_type(path: str) -> str:
    """Return the type of a document by its path from the root; it is the same on every machine."""
    if _ARCHIVE.fullmatch(path):
        return _OTHERS["atom"]
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower()
    known = feeds.media_type(path) or _OTHERS.get(ending)
    return known or _KNOWN_ANYWHERE.guess_type(name)[0] or "application/octet-stream"


def _cache_control(path: str) -> str:
    """Return how long a document may be kept without asking again."""
    if path.startswith("/media/"):
        return _FOR_EVER  # its name holds a digest of its bytes
    if path.startswith("/assets/"):
        return _HOUR
    return _DAY if _ARCHIVE.fullmatch(path) else _QUARTER_HOUR
