"""Where a site has its REST interface, found out from its address alone.

A WordPress names it in a header and in the page, wherever it is. A site that names none is asked at
the places where WordPress has it by default, and WordPress.com for the sites that it keeps itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from lxml import etree

from feeder import net
from feeder.errors import SourceError
from feeder.markup import languages, text, urls
from feeder.model import settings
from feeder.sources.wordpress.rest import Refusal, Rest, failed

_RELATION = "https://api.w.org/"
# Source: https://developer.wordpress.com/docs/api/ ; their root answers for all sites at once.
_COMMON_HOST = "public-api.wordpress.com"
_VERSION = "wp/v2/"
# Statuses of pages that may still name the interface, or that say nothing about it.
_PAGES = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to: the page itself, its language if it says so, and where REST begins."""

    home: str
    language: str
    base: str


@dataclass(frozen=True, slots=True)
class _Home:
    """The page at the site's address; `named` is where it says that its REST interface is."""

    url: str
    language: str = ""
    named: str | None = None


def find(thing: str, source: settings.WordPress, client: net.Client) -> Found:
    """Ask the site where its REST interface is, and try it.

    Raises: Refusal, when it is there and refuses us, or cannot be reached; SourceError, when there
    is none, or the site names one elsewhere.
    """
    home = _visit(thing, source, client)
    refusals: list[Refusal] = []
    for base in _bases(thing, home):
        try:
            Rest(thing, source, client, base).page("posts", {"per_page": 1, "_fields": "id"})
        except Refusal as refusal:
            if refusal.passing:
                raise
            refusals.append(refusal)
        else:
            return Found(home.url, home.language, base)
    telling = [refusal for refusal in refusals if not refusal.is_not_there]
    if telling:
        raise telling[0]
    rule = "is no WordPress with a REST interface, as far as we can see"
    raise SourceError(thing, rule, "check `url`, or take the site's feed as the source instead")


def _visit(thing: str, source: settings.WordPress, client: net.Client) -> _Home:
    try:
        answer = client.get(
            source.url, accept="text/html", accepted=_PAGES, allow_private=source.allow_private
        )
    except net.RequestFailed as failure:
        raise failed(thing, failure) from failure
    link, language = _said(answer)
    return _Home(answer.url, language, answer.links.get(_RELATION) or link)


def _said(answer: net.Answer) -> tuple[str | None, str]:
    """Return where a page says that the REST interface is, and its language."""
    root = etree.HTML(answer.content, etree.HTMLParser(huge_tree=True)) if answer.content.strip() else None
    if root is None:
        return None, ""
    named = next((link.get("href") for link in root.iter("link") if link.get("rel") == _RELATION), None)
    return named and urljoin(answer.url, named), languages.tag(root.get("lang", ""))


def _bases(thing: str, home: _Home) -> Iterator[str]:
    """Yield where the REST interface may be, the likeliest place first.

    Raises: SourceError, when the site names a stranger's.
    """
    host = urlsplit(home.url).hostname or ""
    if home.named:
        named = urlsplit(home.named)
        if not urls.is_web(home.named) or not (_is_kin(host, named.hostname or "") or _is_common(home.named)):
            rule = f"names a REST interface at another site ({text.line(home.named)[:200]})"
            raise SourceError(thing, rule, "if that is right, give that site's address as `url`")
        if not _is_common(home.named):
            yield f"{_as_safe(home)}{'' if home.named.endswith('/') else '/'}{_VERSION}"
    folder = urljoin(home.url, urlsplit(home.url).path.rstrip("/") + "/")
    yield f"{folder}wp-json/{_VERSION}"
    yield f"{folder}?rest_route=/{_VERSION}"
    if _is_public(host):
        yield f"https://{_COMMON_HOST}/{_VERSION}sites/{host}/"


def _as_safe(home: _Home) -> str:
    """Return the address that a page names; of a page under TLS, under TLS as well.

    Behind a proxy that ends TLS, a WordPress often believes that it is asked by plain HTTP.
    """
    here, there = urlsplit(home.url), urlsplit(home.named or "")
    if (here.scheme, there.scheme) == ("https", "http") and here.hostname == there.hostname:
        return there._replace(scheme="https", netloc=here.netloc).geturl()
    return there.geturl()


def _is_kin(host: str, other: str) -> bool:
    """Tell whether two hosts are one, or one of them is within the other, as api.example.org."""
    short, long = sorted((each.removeprefix("www.") for each in (host, other)), key=len)
    return short == long or long.endswith(f".{short}")


def _is_common(url: str) -> bool:
    return urlsplit(url).hostname == _COMMON_HOST


def _is_public(host: str) -> bool:
    """Tell whether a host may be known to WordPress.com: no number, and no name of a private network."""
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))
    return False
