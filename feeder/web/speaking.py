"""The language in which somebody is answered. Pure."""

import re
from collections.abc import Collection

from feeder.markup import languages

_MOST_CHARACTERS = 512
_RANGE = re.compile(r"\s*([A-Za-z0-9*-]+)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")


def choose(wanted: str, accepted: str, known: Collection[str], otherwise: str) -> str:
    """Choose a language: the one that was asked for by name, else one that the browser accepts, else `otherwise`.

    `known` are the tags of the languages that can be spoken, `accepted` is the field Accept-Language.
    Source: RFC 9110, 12.5.4; RFC 4647, 3.4 (lookup).
    """
    for tag in (wanted, *_ranges(accepted)):
        found = _lookup(tag, known)
        if found:
            return found
    return otherwise


def _ranges(accepted: str) -> list[str]:
    """Return the languages of a field, best first."""
    found = [_RANGE.fullmatch(part) for part in accepted[:_MOST_CHARACTERS].split(",")]
    weighed = [(float(part[2] or 1), part[1]) for part in found if part]
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight]


def _lookup(tag: str, known: Collection[str]) -> str | None:
    """Return the known language that a tag names, or its beginning does; Chinese on the mainland is simplified."""
    by_name = {each.lower(): each for each in known}
    wanted = languages.tag(tag).lower()
    if wanted in ("zh", "zh-cn", "zh-sg"):
        wanted = "zh-hans"
    while wanted:
        if wanted in by_name:
            return by_name[wanted]
        wanted = wanted.rpartition("-")[0]
    return None
