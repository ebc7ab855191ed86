"""Likely slips in an address: `gmial.com` is somebody's domain, but seldom the one that was meant. Pure."""

from difflib import SequenceMatcher

_COMMON = (
    "126.com", "163.com", "aol.com", "bluewin.ch", "btinternet.com", "comcast.net", "email.com", "fastmail.com", "free.fr",
    "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.co.uk",
    "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "icloud.com", "laposte.net",
    "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr", "outlook.com",
    "outlook.de", "outlook.fr", "posteo.de", "proton.me", "protonmail.com", "qq.com", "sfr.fr", "sina.com",
    "t-online.de", "telefonica.net", "tiscali.it", "verizon.net", "wanadoo.fr", "web.de", "yahoo.co.uk",
    "yahoo.com", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "yandex.ru", "ymail.com", "zoho.com",
)  # fmt: skip
"""Where most people have their mail, in the countries whose languages feeder speaks."""

_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com",
    "ner": "net", "nte": "net", "ogr": "org", "rog": "org",
}  # fmt: skip

_COUNTRY_LETTERS = 2

_ALIKE = 0.8
"""From here on two names are alike, as difflib measures it: one letter is wrong, missing, too much, or two changed places."""


def meant(address: str) -> str | None:
    """Return the address that was probably meant instead of this one; None for one that looks right."""
    local, _, domain = address.rpartition("@")
    if domain in _COMMON:
        return None
    near = max(_COMMON, key=lambda common: _likeness(domain, common))
    name, dot, ending = domain.rpartition(".")
    if _likeness(domain, near) >= _ALIKE and _is_one_slip(domain, near) and not _is_abroad(domain, near):
        return f"{local}@{near}"
    if ending in _ENDINGS:
        return f"{local}@{name}{dot}{_ENDINGS[ending]}"
    return None


def _is_abroad(domain: str, common: str) -> bool:
    """Tell whether one is the other's name in another country: large providers are at home in many."""
    (name, _, country), (home, _, other) = domain.rpartition("."), common.rpartition(".")
    return name == home and len(country) == len(other) == _COUNTRY_LETTERS


def _likeness(domain: str, common: str) -> float:
    return SequenceMatcher(None, domain, common, autojunk=False).ratio()


def _is_one_slip(one: str, other: str) -> bool:
    """Tell whether one letter was added, left out or replaced, or two neighbours changed places."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    middle, middle_of_other = one[start : len(one) - end], other[start : len(other) - end]
    return (len(middle) <= 1 and len(middle_of_other) <= 1) or middle == middle_of_other[::-1]
