"""What the server said: types, caching, packing, redirects."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from feeder.feeds.doctor import dates, iris
from feeder.feeds.doctor.findings import WHOLE, Finding, Place, advice, error, quoted, warning
from feeder.feeds.doctor.subjects import Family, Said, Seen, Subject

TYPE_PAGE = error(
    "type-page", "a feed is served as what it is: readers look for a page's feeds", "RFC 9110, section 8.3"
)
TYPE = warning("type", "a feed is served as what it is", "RFC 9110, section 8.3; RFC 4287, section 7")
NO_VALIDATOR = warning(
    "validator-missing",
    "a feed has an ETag or a Last-Modified: without, readers fetch all of it each time",
    "RFC 9110, section 8.8",
)
ETAG = warning("etag", "an ETag stands in quotation marks", "RFC 9110, section 8.8.3")
MODIFIED = warning(
    "last-modified", "Last-Modified is a date in the past that is true", "RFC 9110, section 8.8.2"
)
NO_304 = warning(
    "not-modified", "what has not changed is answered with 304", "RFC 9110, sections 13.1 and 15.4.5"
)
RESTLESS = warning(
    "restless",
    "the same entries are the same bytes: readers mark what differs",
    "FreshRSS#1840; RFC 9110, 8.8",
)
GZIP = warning("gzip", "a large feed is sent packed to whoever takes it so", "RFC 9110, section 8.4")
VARY = advice("vary", "what is packed for some says Vary: Accept-Encoding", "RFC 9110, section 12.5.5")
NO_STORE = warning(
    "no-store", "a public feed may be kept: readers ask again with its ETag", "RFC 9111, section 5.2.2.5"
)
STALE = advice("max-age", "a feed is fresh for a day at most, or news come late", "RFC 9111, section 5.2.2.1")
PLAIN = advice("http", "a public site is served by https", "RFC 9325; practice")
MOVED = advice("moved", "readers are given the address where it leads in the end", "RFC 9110, section 15.4")
LARGE = warning("size-large", "a feed has under 500 kB", "practice: readers stop at 1 to 5 MB")
HUGE = error("size-huge", "a feed has under 5 MB", "commafeed#1580; miniflux#2374; The Old Reader")

LARGE_BYTES = 500_000
HUGE_BYTES = 5_000_000
PACKED_BYTES = 100_000

_XML = {"application/xml", "text/xml"}
_TYPES = {
    Family.ATOM: ("application/atom+xml", _XML),
    Family.RSS: ("application/rss+xml", _XML),
    Family.RDF: ("application/rdf+xml", _XML | {"application/rss+xml"}),
    Family.JSON: ("application/feed+json", {"application/json"}),
}
_PAGES = {"text/html", "application/xhtml+xml"}
_ETAG = re.compile(r'(?:W/)?"[^"]*"')
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})")
_A_DAY = 86_400
_OK = 200
_NOT_MODIFIED = 304
_TOLERANCE = timedelta(hours=1)
_FIRST_HONEST_YEAR = 1995


def check(subject: Subject, seen: Seen) -> Iterator[Finding]:
    """Check the size, and all that the server said, if there was one."""
    yield from _size(subject)
    said = subject.said
    if said is None:
        return
    yield from _type(said, seen)
    yield from _validators(said, subject.now)
    yield from _conditions(said)
    yield from _packing(said, len(subject.content))
    yield from _cache(said)
    yield from _address(said)


def shown_size(size_bytes: int) -> str:
    """Return a size as people say it."""
    if size_bytes < 1000:  # noqa: PLR2004 - a kilobyte
        return f"{size_bytes} bytes"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"  # noqa: PLR2004


def _size(subject: Subject) -> Iterator[Finding]:
    size_bytes = len(subject.content)
    if size_bytes >= LARGE_BYTES:
        mend = (
            "list fewer entries, or summaries of the older ones, and put the others into archives (RFC 5005)"
        )
        rule = HUGE if size_bytes >= HUGE_BYTES else LARGE
        yield Finding(rule, WHOLE, f"it has {shown_size(size_bytes)}", mend)


def _type(said: Said, seen: Seen) -> Iterator[Finding]:
    if seen.family not in _TYPES:
        return
    wanted, others = _TYPES[seen.family]
    given, place = said.media_type, Place("header Content-Type")
    if given == wanted or given in others:
        return
    mend = f"serve it as {wanted}" + ("" if seen.family is Family.JSON else "; charset=utf-8")
    found = f"it is {quoted(given)}" if given else "there is none"
    yield Finding(TYPE_PAGE if given in _PAGES else TYPE, place, found, mend)


def _validators(said: Said, now: datetime) -> Iterator[Finding]:
    etag, modified = said.headers.get("etag", ""), said.headers.get("last-modified", "")
    if not etag and not modified:
        yield Finding(
            NO_VALIDATOR,
            Place("header ETag"),
            "there is no ETag and no Last-Modified",
            "let the server send one: files have both",
        )
    if etag and not _ETAG.fullmatch(etag.strip()):
        yield Finding(ETAG, Place("header ETag"), f"it is {quoted(etag)}", "put it between quotation marks")
    if modified:
        mail = dates.of_822(modified)
        is_true = (
            mail is not None and mail.moment.year >= _FIRST_HONEST_YEAR and mail.moment <= now + _TOLERANCE
        )
        if not is_true:
            mend = "give the date of the newest entry, or leave the header out"
            yield Finding(MODIFIED, Place("header Last-Modified"), f"it is {quoted(modified)}", mend)


def _conditions(said: Said) -> Iterator[Finding]:
    asked = (("If-None-Match", said.again.by_etag), ("If-Modified-Since", said.again.by_date))
    if not said.again.same:
        found = "asked again at once, it sent other bytes"
        yield Finding(RESTLESS, WHOLE, found, "keep clocks, counters and random ids out of it")
        return
    for name, status in asked:
        if status not in {None, _NOT_MODIFIED}:
            told = {_OK: "all of it", 0: "nothing"}.get(status or 0, f"status {status}")
            mend = "let the server compare it, and what lies between pass it on"
            yield Finding(
                NO_304, Place(f"header {name}"), f"asked with what it said itself, it sent {told}", mend
            )


def _packing(said: Said, size_bytes: int) -> Iterator[Finding]:
    packed = said.headers.get("content-encoding", "").strip().lower()
    if packed in {"", "identity"}:
        if size_bytes > PACKED_BYTES:
            found = f"{shown_size(size_bytes)} came as they are"
            yield Finding(GZIP, Place("header Content-Encoding"), found, "switch gzip on for feeds")
    elif not re.search(r"accept-encoding|\*", said.headers.get("vary", ""), re.IGNORECASE):
        mend = "add it, or caches send it to those who cannot unpack"
        yield Finding(VARY, Place("header Vary"), f"it is packed as {packed}, and does not say so", mend)


def _cache(said: Said) -> Iterator[Finding]:
    control, place = said.headers.get("cache-control", "").lower(), Place("header Cache-Control")
    if "no-store" in control:
        yield Finding(NO_STORE, place, f"it is {quoted(control)}", "write max-age=900, say")
    elif (age := _MAX_AGE.search(control)) and int(age[1]) > _A_DAY:
        yield Finding(STALE, place, f"it is {quoted(control)}", "write max-age=900, say")


def _address(said: Said) -> Iterator[Finding]:
    if iris.normal(said.asked) != iris.normal(said.url):
        mend = f"tell them {said.url}"
        yield Finding(MOVED, WHOLE, f"{quoted(said.asked)} leads to {quoted(said.url)}", mend)
    if said.url.startswith("http:") and not _is_at_home(iris.host(said.url)):
        yield Finding(PLAIN, WHOLE, "it came by http", "get a certificate, and redirect to https")


def _is_at_home(host: str) -> bool:
    """Tell whether a host is this machine, or none that the public has a certificate for."""
    return host == "localhost" or host.replace(".", "").isdigit() or ":" in host or "." not in host
