"""In which content coding a document is sent.

Source: RFC 9110, sections 12.4.2 and 12.5.3.
"""

import re

IDENTITY, GZIP, BROTLI = "identity", "gzip", "br"
PREFERRED = (BROTLI, GZIP, IDENTITY)
"""Smallest first."""

_MEMBER = re.compile(
    r"(?P<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_ALIASES = {"x-gzip": GZIP}
_NOT_ASKED_FOR = 0.0001
"""What says nothing against a document as it is comes after all that is asked for."""


def choose(accepted: bytes | None, codings: tuple[str, ...]) -> str | None:
    """Choose one of the codings in which a document is there, or None when none is acceptable.

    `accepted` is the value of Accept-Encoding, or None; what cannot be read in it is not asked for.
    Of codings with equal weight the smaller document is sent.
    """
    if accepted is None:
        return IDENTITY
    weights = _weights(accepted.decode("latin-1"))
    anything = weights.get("*", 0.0)
    unlisted = {IDENTITY: weights.get("*", _NOT_ASKED_FOR)}
    best, chosen = 0.0, None
    for coding in PREFERRED:
        if coding not in codings:
            continue
        weight = weights.get(coding, unlisted.get(coding, anything))
        if weight > best:
            best, chosen = weight, coding
    return chosen


def _weights(accepted: str) -> dict[str, float]:
    weights = {}
    for member in accepted.split(","):
        if found := _MEMBER.fullmatch(member.strip(" \t")):
            coding = found["coding"].lower()
            weights[_ALIASES.get(coding, coding)] = float(found["weight"] or 1)
    return weights
