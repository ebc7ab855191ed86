"""Addresses and ids: what they have to look like, and when two of them are one."""

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Source: RFC 3987, section 2.2, by what it leaves out.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0<>\"{}|\\^`\ud800-\udfff]")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Source: RFC 4151, section 2.1, as it is used: names of hosts may hold "_".
_TAG = re.compile(r"tag:[^\s,:/]+,[0-9]{4}(?:-[0-9]{2}){0,2}:.*", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_KEPT = "/?:@!$&'()*+,;=-._~%"


def is_relative(address: str) -> bool:
    """Tell whether an address has no scheme, so that it needs another to lead anywhere."""
    return not _SCHEME.match(address)


def trouble(iri: str) -> str:
    """Return what keeps some text from being an absolute IRI, empty if nothing does."""
    if not iri:
        return "is empty"
    if found := _FORBIDDEN.search(iri):
        character = ord(found[0])
        return "holds a space" if character == ord(" ") else f"holds the character U+{character:04X}"
    if is_relative(iri):
        return "is relative"
    return "" if _has_host(iri) else "has no host"


def oddity(iri: str) -> str:
    """Return what is wrong with an absolute IRI by the rules of its scheme, empty if nothing is."""
    scheme = iri.partition(":")[0].lower()
    if scheme == "urn" and iri[:9].lower() == "urn:uuid:" and not _UUID.fullmatch(iri):
        return "is no UUID"
    return "lacks a date or an authority" if scheme == "tag" and not _TAG.fullmatch(iri) else ""


def is_web(address: str) -> bool:
    """Tell whether this is an absolute http(s) address."""
    return not trouble(address) and address.partition(":")[0].lower() in _PORTS


def normal(address: str) -> str:
    """Return the form in which addresses are compared: what cannot matter is the same.

    Source: RFC 3986, section 6.2.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return address
    host = (parts.hostname or "").lower()
    scheme = parts.scheme.lower()
    netloc = host if port in {None, _PORTS.get(scheme)} else f"{host}:{port}"
    path, query = (_requoted(part) for part in (parts.path or "/", parts.query))
    return urlunsplit((scheme, netloc, path, query, ""))


def differ_by_scheme(one: str, other: str) -> bool:
    """Tell whether two addresses differ in http and https alone."""
    first, second = normal(one), normal(other)
    return first != second and first.partition(":")[2] == second.partition(":")[2]


def host(address: str) -> str:
    """Return the host of an address; empty if it has none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _has_host(iri: str) -> bool:
    return iri.partition(":")[0].lower() not in _PORTS or bool(host(iri))


def _requoted(part: str) -> str:
    # An escaped "/" or "%" is another than a plain one, so these stay as they are.
    kept = re.sub(r"%(2[fF]|25|3[fF]|23)", lambda found: f"%25{found[1].upper()}", part)
    return quote(unquote(kept, errors="surrogateescape"), safe=_KEPT, errors="replace")
