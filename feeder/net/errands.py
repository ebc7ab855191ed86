"""Where a request stands: its way through redirects, and what it may tell whom."""

import re
from base64 import b64encode
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from httpx import URL, Headers, InvalidURL

from feeder.net import addresses
from feeder.net.failures import RequestFailed, shown

REDIRECTS = {301, 302, 303, 307, 308}
PERMANENT = {301, 308}
REFUSED = 400
"""From here on, statuses say no."""
PLEAS = {429, 503}
"""Those that ask us to stay away for a while."""

# Whatever a server says, those of no standard included, as the 999 of some to robots.
_ANY = frozenset(range(200, 1000)) - REDIRECTS

# What would split a request in two (RFC 9110, section 5.5).
_NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Moved:
    """An answer that names another address, as it stands in the header, and by which redirect."""

    location: str
    status: int


@dataclass(frozen=True, slots=True)
class Errand:
    """A request on its way: `trail` is where it was, and last where it goes next.

    `plain` headers are for everyone; the caller's `own` for the origin that the caller named and
    for no other. Without `max_bytes` no content is read. One that takes `content` along goes once.
    """

    trail: tuple[URL, ...]
    plain: Mapping[str, str]
    own: Mapping[str, str]
    accepted: Set[int]
    max_bytes: int | None
    allow_private: bool
    method: str = "GET"
    content: bytes | None = field(default=None, repr=False)

    @property
    def url(self) -> URL:
        """Where it goes next."""
        return self.trail[-1]

    @property
    def thing(self) -> str:
        """What messages call it."""
        here, start = shown(str(self.url)), shown(str(self.trail[0]))
        return here if here == start else f"{here} (where {start} leads)"


def begin(
    url: str,
    *,
    plain: Mapping[str, str],
    own: Mapping[str, str],
    accepted: Set[int],
    max_bytes: int | None,
    allow_private: bool,
    method: str = "GET",
    content: bytes | None = None,
) -> Errand:
    """Return a request to `url` that is allowed to go there.

    Raises: RequestFailed.
    """
    addresses.check(url, allow_private=allow_private)
    for name, value in {**plain, **own}.items():
        # The value may be a secret, so neither the message nor a cause tells it.
        if not _HEADER_NAME.fullmatch(name) or _NOT_IN_HEADER.search(value):
            raise RequestFailed(
                shown(url), f"cannot be asked with the header {name!r}", "take out its line ends"
            )
    try:
        start = URL(url).copy_with(fragment=None)
    except InvalidURL as error:
        raise RequestFailed(shown(url), "is no web address", "correct it") from error
    return Errand((start,), plain, own, accepted, max_bytes, allow_private, method, content)


def begin_look(method: str, url: str, user_agent: str, *, allow_private: bool) -> Errand:
    """Return a request that asks where `url` leads, and takes whatever is said there.

    Raises: RequestFailed.
    """
    plain = {"User-Agent": user_agent, "Accept": "text/html,*/*;q=0.8"}
    return begin(
        url, plain=plain, own={}, accepted=_ANY, max_bytes=None, allow_private=allow_private, method=method
    )


def follow(errand: Errand, moved: Moved, most: int) -> Errand:
    """Return the errand that goes where a redirect leads, with what may be said there.

    An origin that is left is not told the caller's headers again, even when a later redirect
    leads back: whoever stood between chose what is asked.

    Raises: RequestFailed, when it may not go there, or goes in a circle.
    """
    target = _target(errand, moved)
    if target.scheme == "http" and errand.url.scheme == "https":
        raise _refused(errand, f"redirects from https to http ({shown(str(target))})")
    if target in errand.trail:
        steps = " → ".join(shown(str(url)) for url in (*errand.trail[errand.trail.index(target) :], target))
        raise _refused(errand, f"redirects in a circle ({steps})")
    if len(errand.trail) > most:
        raise _refused(errand, f"redirects more than {most} times")
    moved_on = replace(errand, trail=(*errand.trail, target))
    try:
        addresses.check(str(target), allow_private=errand.allow_private)
    except RequestFailed as failure:
        raise RequestFailed(moved_on.thing, failure.rule, failure.mend) from failure
    return moved_on if _is_same_site(errand.url, target) else replace(moved_on, own={})


def headers(errand: Errand, accept_encoding: str) -> Headers:
    """Return what is sent where an errand goes next; in its own headers the caller has the last word."""
    sent = Headers(_encoded(errand.plain))
    sent.update(Headers(_encoded(errand.own)))
    sent["Accept-Encoding"] = accept_encoding
    sent["Host"] = errand.url.netloc.decode("ascii")
    return sent


def _encoded(values: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    # httpx itself would take ASCII only, and an ETag or a name may be anything.
    return [(name.encode(), value.strip().encode()) for name, value in values.items()]


def authorization(user: str, password: str) -> str:
    """Return the header value that proves who asks. Source: RFC 7617."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _target(errand: Errand, moved: Moved) -> URL:
    try:
        return errand.url.join(moved.location.strip()).copy_with(fragment=None)
    except (InvalidURL, ValueError) as error:
        raise _refused(errand, "redirects to what is no web address") from error


def _refused(errand: Errand, rule: str) -> RequestFailed:
    return RequestFailed(errand.thing, rule, "give the address where it leads in the end, if there is one")


def _is_same_site(here: URL, there: URL) -> bool:
    """Tell whether two addresses have one origin, or one differs by TLS alone."""
    is_same_port = _port(here) == _port(there)
    is_upgrade = (here.scheme, _port(here)) == ("http", 80) and (there.scheme, _port(there)) == ("https", 443)
    return here.host == there.host and (is_upgrade or (here.scheme == there.scheme and is_same_port))


def _port(url: URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
