"""What readers and caches are told of a document beside its bytes, whoever serves it."""

import re
from dataclasses import dataclass
from mimetypes import MimeTypes

from feeder import feeds

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
    """What is told of a document: its type, whether compressing it helps, and how long it keeps."""

    media_type: str
    is_text: bool
    cache_control: str


def of(path: str) -> Kind:
    """Return the kind of a document by its path from the root, which begins with a slash."""
    told = media_type(path)
    return Kind(told, bool(_TEXT.fullmatch(told)), _cache_control(path))


def is_archive(path: str) -> bool:
    """Tell whether a document is an archive of a feed, by its path from the root."""
    return _ARCHIVE.fullmatch(path) is not None


def media_type(path: str) -> str:
    """Return the type of a document by its path from the root; it is the same on every machine."""
    if is_archive(path):
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
    return _DAY if is_archive(path) else _QUARTER_HOUR
