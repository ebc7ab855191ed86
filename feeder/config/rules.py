"""What can be set, and what each value must be.

`TABLES` is the whole configuration on one page; `config/feeder.example.toml` explains it key by key.
"""

import ipaddress
import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feeder.errors import ConfigurationError
from feeder.model.digests import Unit
from feeder.subscribers import addresses

NAME = "[a-z0-9][a-z0-9-]{0,39}"
NAME_WORDS = "must be a name of small letters, digits and hyphens, at most 40 marks"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PUBLIC_URL = re.compile(
    r"(?P<scheme>https?)://(\[(?P<six>.+)\]|(?P<host>[^\[\]:/?#@]+))(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)"
)
_CRON_FIELDS = 5
_LAST_PORT = 65535
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be: in words, and as a function that makes it a setting or raises ValueError.

    `example` keeps the rule, and has the type that values must have.
    """

    words: str
    example: str | int | bool
    setting: Callable[[Any], object]


# ── Rules by kind of value ───────────────────────────────────────────────────────────────────────


def _clean(text: str) -> str:
    """Refuse characters that could end a header where nobody expects it; newlines may stay."""
    if any(unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} and mark != "\n" for mark in text):
        raise ValueError(text)
    return text.strip()


def _line(words: str, example: str, shape: str = ".*", setting: Callable[[str], object] = str) -> Rule:
    """Make a rule for one line of text of some shape; spaces around it do not count."""

    def checked(text: str) -> object:
        if "\n" in text or not re.fullmatch(shape, _clean(text)):
            raise ValueError(text)
        return setting(_clean(text))

    return Rule(words, example, checked)


def _whole(first: int, last: int, example: int) -> Rule:
    """Make a rule for a whole number from `first` to `last`."""

    def checked(number: int) -> int:
        if not first <= number <= last:
            raise ValueError(number)
        return number

    return Rule(f"must be a whole number from {first} to {last}", example, checked)


def _host(text: str) -> str:
    looks_like_a_number = text.rpartition(".")[2].isdigit()
    if re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) and not looks_like_a_number:
        return text.lower()
    return str(ipaddress.ip_address(text))


def _public_url(text: str) -> str:
    found = _PUBLIC_URL.fullmatch(text)
    if not found or not 1 <= int(found["port"] or 1) <= _LAST_PORT:
        raise ValueError(text)
    host = _host(found["host"]) if found["host"] else f"[{ipaddress.IPv6Address(found['six'])}]"
    port = f":{int(found['port'])}" if found["port"] else ""
    return f"{found['scheme']}://{host}{port}{found['path'].removesuffix('/')}/"


def _zone(text: str) -> str:
    try:
        return zoneinfo.ZoneInfo(text).key
    except (OSError, zoneinfo.ZoneInfoNotFoundError) as error:  # a folder of zones; no such zone
        raise ValueError(text) from error


def _cron(text: str) -> str:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - for the reason below

    if len(text.split()) != _CRON_FIELDS:  # cronsim would take a sixth, for seconds
        raise ValueError(text)
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:  # nonsense; a day that never comes
        raise ValueError(text) from error
    return text


def _sender(text: str) -> str:
    try:
        return addresses.checked(text)
    except ConfigurationError as error:
        raise ValueError(text) from error


def _duration(text: str) -> timedelta:
    return int(text[:-1]) * _UNITS[text[-1]]


def duration_text(duration: timedelta) -> str:
    """Write a duration of whole seconds as the configuration does, in its largest whole unit."""
    unit = next(unit for unit, length in _UNITS.items() if not duration % length)
    return f"{duration // _UNITS[unit]}{unit}"


_TEXT = _line("must be one line of text without control characters", "A few words")
_TEXTS = Rule("must be text without control characters", "Street 1, City", _clean)
_SOME_TEXT = "must be one line of text without control characters, not empty"
_FOLDER = _line("must be a folder, relative to the site's or from /, without ~", "content", "[^~].*", Path)
_DURATION = _line(
    'must be a whole number from 1 and s, m, h or d, such as "5m"', "5m", "[1-9][0-9]{0,4}[smhd]", _duration
)

# ── What can be set ──────────────────────────────────────────────────────────────────────────────

TABLES: dict[str, dict[str, Rule]] = {
    "site": {
        "title": _line(_SOME_TEXT, "My work", ".+"),
        "author": _line(_SOME_TEXT, "Your Name", ".+"),
        "public_url": _line(
            "must be http:// or https://, a host and perhaps a folder, in plain letters, without ? and #",
            "https://example.org/",
            setting=_public_url,
        ),
        "id": _TEXT,
        "description": _TEXTS,
        "language": _line("must be a language tag", "en", "[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"),
        "zone": _line("must be the name of a time zone", "Europe/Berlin", setting=_zone),
        "postal_address": _TEXTS,
    },
    "store": {
        "url": _line("must be the address of a database", "sqlite:///feeder.db", "[a-z][a-z0-9+_]*://.*"),
    },
    "publish": {
        "folder": _FOLDER,
        "entries": _whole(1, 500, 50),
    },
    "mail": {
        "folder": _FOLDER,
        "sender": _line("must be a plain mail address", "feeder@example.org", setting=_sender),
        "sender_name": _TEXT,
    },
    "templates": {
        "folder": _FOLDER,
    },
    "delivery": {
        "late": _DURATION,
        "lease": _DURATION,
        "group": _whole(1, 10, 10),
        "uncertain": _line(
            "must be at-least-once or at-most-once", "at-least-once", "at-least-once|at-most-once"
        ),
    },
    "web": {
        "host": _line("must be a host name or an IP address", "127.0.0.1", setting=_host),
        "port": _whole(0, _LAST_PORT, 8000),  # 0 takes any free port
    },
    "sources": {
        "type": _line("must be folder", "folder", "folder"),
        "path": _FOLDER,
        "every": _DURATION,
        "announce": Rule("must be true or false", False, bool),
    },
    "digests": {
        "cron": _line(
            "must be a cron expression of five fields that comes round", "0 8 * * mon", setting=_cron
        ),
        "unit": _line("must be day, week, month or slot", "slot", setting=Unit),
        "title": _line(_SOME_TEXT, "Weekly digest", ".+"),
        "template": _line(NAME_WORDS, "digest", NAME),
    },
}
NAMED = ("sources", "digests")  # each of these holds one table for each name
REQUIRED = {"site": ("title", "author"), "sources": ("path",), "digests": ("cron", "title")}


def rule_of(key: tuple[str, ...]) -> Rule | None:
    """Find the rule of `("web", "port")` or `("sources", "content", "path")`; None for unknown keys."""
    parts = 3 if key[0] in NAMED else 2
    return TABLES.get(key[0], {}).get(key[-1]) if len(key) == parts else None


def is_table(key: tuple[str, ...]) -> bool:
    """Say whether `key` is that of a table: `("web",)`, `("sources",)`, `("sources", "content")`."""
    return bool(key) and key[0] in TABLES and len(key) <= (2 if key[0] in NAMED else 1)


def keys(name: str) -> list[tuple[str, ...]]:
    """List all keys that can be set, those of named tables for `name`."""
    return [
        (table, name, key) if table in NAMED else (table, key)
        for table, rules in TABLES.items()
        for key in rules
    ]
