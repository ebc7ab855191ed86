"""Addresses and their parts: slugs in every script, absolute addresses, what counts as the web."""

import re
import unicodedata
from hashlib import blake2b
from urllib.parse import quote, unquote, urlsplit

from feeder.markup import text

SLUG_CHARACTERS = 60
URL_CHARACTERS = 2000

# Latin letters that Unicode does not decompose, as people write them in addresses.
_LATIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ı": "i",
        "ĸ": "k",
    }
)
# What may stand in a path segment besides letters, digits and "_.-~" (RFC 3986, section 3.3), and "/".
_PATH = "/!$&'()*+,;=:@"
# Parameters of campaigns, feeds and social networks, which no page needs.
_CAME_FROM = re.compile(
    r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|cmpid|ref|rss|source|src|smid|partner)(?:=|$)", re.IGNORECASE
)
_RESOLVERS = {"doi.org", "dx.doi.org", "www.doi.org"}
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[\x21-\x7e]+")
_ILLEGAL = re.compile(r'["<>\^`{|}]|%(?![0-9A-Fa-f]{2})')
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\]")


def slug(name: str, fallback: str = "x") -> str:
    """Return a name's part of an address: lower case, words joined by "-".

    Latin letters lose their marks, other scripts stay as they are.
    At most SLUG_CHARACTERS characters, without "/" and never empty: a name that holds no letter
    and no digit becomes `fallback` and a short digest of the name, the same at every call.
    Different names may have equal slugs.
    """
    folded = unicodedata.normalize("NFKD", text.scrub(name)).casefold().translate(_LATIN)
    letters = _hyphenated(unicodedata.normalize("NFKD", folded))
    short = unicodedata.normalize("NFC", letters)[:SLUG_CHARACTERS].strip("-")
    return short or f"{fallback}-{_digest(name)}"


def absolute(base: str, path: str) -> str:
    """Return the address of `path`, given in plain text, below the address `base`."""
    return f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=_PATH)}"


def is_web(url: str) -> bool:
    """Tell whether this is an absolute http(s) address that may be shown as a link.

    It has a host, no credentials, no whitespace, no control character and no backslash, and at
    most URL_CHARACTERS characters.
    """
    if len(url) > URL_CHARACTERS or _NOT_IN_URL.search(url):
        return False
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_host and "@" not in parts.netloc


def legal(url: str) -> str:
    """Return a web address with the marks escaped that none may hold, as browsers do when they ask for it.

    Source: RFC 3987, section 3.1.
    """
    return _ILLEGAL.sub(lambda found: quote(found[0]), url)


def address_key(url: str) -> str:
    """Return the form in which web addresses are compared, to find the same work twice.

    Without scheme, `www.`, port, trailing slash, fragment, and what only tells where a reader came from.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    query = sorted(part for part in parts.query.split("&") if part and not _CAME_FROM.match(part))
    return "?".join(filter(None, [host + parts.path.rstrip("/"), "&".join(query)]))


def doi(url: str) -> str | None:
    """Return the DOI to which a web address resolves, as `10.1000/182`. Source: ISO 26324, DOI Handbook 2.2."""
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    is_doi = parts.hostname in _RESOLVERS and _DOI.fullmatch(name)
    return name if is_doi else None


def origin(url: str) -> str:
    """Return the scheme and host of a web address, as the address of its home page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}/"


def _hyphenated(decomposed: str) -> str:
    """Keep letters and digits, marks of other than Latin letters, and one "-" for all between."""
    kept: list[str] = []
    base = ""
    for character in decomposed:
        category = unicodedata.category(character)[0]
        if category in "LN":
            base = character
            kept.append(character)
        elif category == "M" and base:
            if not _is_latin(base):
                kept.append(character)
        elif base:
            base = ""
            kept.append("-")
    return "".join(kept)


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


def _digest(name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
