"""Lists of tags, `v=DKIM1; p=…`, as DKIM and DMARC write them. Pure. Source: RFC 6376, 3.2."""

import re

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)


def read(text: str) -> dict[str, str]:
    """Return the values of tags, by their names in small letters. Raises: ValueError for what is no such list."""
    found: dict[str, str] = {}
    for part in text.strip().removesuffix(";").split(";"):
        tag = _TAG.fullmatch(part)
        if not tag or tag[1].lower() in found:
            raise ValueError(text)
        found[tag[1].lower()] = tag[2].strip()
    return found
