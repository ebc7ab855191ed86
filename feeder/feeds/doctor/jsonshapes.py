"""JSON as a feed is written in: values with paths, and the types that they have to have."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feeder.feeds.doctor import iris
from feeder.feeds.doctor.findings import Finding, Place, error, quoted, warning

BROKEN = error("ill-formed", "a feed is JSON", "RFC 8259, section 2")
LIMITS = error("beyond-limits", "a document stays within what readers take", "RFC 8259, section 9")
TWICE = warning(
    "key-twice", "an object has each key once: readers take the first or the last", "RFC 8259, section 4"
)
TYPE = error("value-type", "each key has values of its type", "JSON Feed 1.1")
ADDRESS = warning("address", "an address is a whole one", "JSON Feed 1.1")
UNKNOWN = warning("key-unknown", "keys of one's own begin with _", "JSON Feed 1.1, Extensions")

MOST_BRACKETS = 300_000
"""More than this is no feed, and would take too much memory."""

_NAMES = {str: "text", list: "a list", dict: "an object", bool: "true or false", float: "a number"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an object may hold: the type of each key, and which of them are addresses."""

    types: Mapping[str, type]
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a document holds, None if it is no JSON, and what was wrong with it."""

    value: Any  # Any: it is a stranger's, and each value is checked before it is used
    findings: tuple[Finding, ...]


def parse(document: str) -> Parsed:
    """Parse a document."""
    if document.count("{") + document.count("[") > MOST_BRACKETS:
        found = f"it has over {MOST_BRACKETS:,} brackets"
        return Parsed(None, (Finding(LIMITS, Place(), found, "list fewer items"),))
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            keys = [key for key, _ in found]
            twice.append(next(key for key in made if keys.count(key) > 1) if len(keys) < _MANY else "one")
        return made

    try:
        value = json.loads(document, object_pairs_hook=pairs, parse_constant=_no_number)
    except json.JSONDecodeError as trouble:
        place = Place("", trouble.lineno, trouble.colno)
        mend = (
            "write it by a library for JSON; mostly a comma or a quotation mark is one too many, or missing"
        )
        return Parsed(None, (Finding(BROKEN, place, f"it is not: {trouble.msg}", mend),))
    except (ValueError, RecursionError) as trouble:
        told = "it nests too deep" if isinstance(trouble, RecursionError) else str(trouble)
        return Parsed(None, (Finding(BROKEN, Place(), told[:200], "write it by a library for JSON"),))
    mend = "leave one out"
    return Parsed(
        value, tuple(Finding(TWICE, Place(quoted(key)), "it is there twice", mend) for key in twice[:_MANY])
    )


def check(value: Mapping[str, Any], path: str, shape: Shape) -> Iterator[Finding]:
    """Check the keys of an object, the types of their values, and its addresses."""
    for key, found in value.items():
        expected = shape.types.get(key)
        if expected is None:
            if not key.startswith("_"):
                yield _unknown(key, path, shape)
        elif not is_a(found, expected):
            wanted = _NAMES[expected]
            place = Place(_within(path, key))
            yield Finding(TYPE, place, f"it is {_named(found)}", f"write {wanted}, or leave it out")
        elif key in shape.addresses and (trouble := iris.trouble(found.strip())):
            mend = "write it with https:// and host" if found else "leave it out"
            yield Finding(ADDRESS, Place(_within(path, key)), f"{quoted(found)} {trouble}", mend)


def is_a(found: object, expected: type) -> bool:
    """Tell whether a value is of a type; numbers are `float`, and true is none."""
    if expected is float:
        return isinstance(found, int | float) and not isinstance(found, bool)
    return isinstance(found, expected)


def text(value: Mapping[str, Any], key: str) -> str:
    """Return the text that a key holds; empty if it holds none."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def objects(value: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the objects in the list that a key holds, with their numbers from 0."""
    found = value.get(key)
    return [
        (at, one) for at, one in enumerate(found if isinstance(found, list) else ()) if isinstance(one, dict)
    ]


_MANY = 1000


def _unknown(key: str, path: str, shape: Shape) -> Finding:
    plain = key.lower().replace("_", "").replace("-", "")
    meant = next((name for name in shape.types if name.replace("_", "") == plain), "")
    meant = meant or {"link": "url", "guid": "id", "entries": "items", "body": "content_html"}.get(plain, "")
    mend = f"write {meant}" if meant in shape.types else "begin it with _, or leave it out"
    return Finding(UNKNOWN, Place(_within(path, key)), "JSON Feed has no such key here", mend)


def _within(path: str, key: str) -> str:
    shown = key if key.isidentifier() and len(key) <= 40 else quoted(key)  # noqa: PLR2004 - as names are
    return f"{path}.{shown}" if path else shown


def _named(found: object) -> str:
    if found is None:
        return "null"
    return next((name for kind, name in _NAMES.items() if is_a(found, kind)), "something else")


def _no_number(name: str) -> float:
    raise ValueError(f"it holds {name}, which is no JSON")
