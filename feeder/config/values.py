"""What a value can be: rules by kind, each in words and as a function."""

import ipaddress
import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cronsim import CronSim, CronSimError

from feeder.errors import ConfigurationError
from feeder.model.feeds import Format
from feeder.model.items import Kind
from feeder.net import dns
from feeder.subscribers import addresses

NAME = "(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*"
NAME_WORDS = "must be a name of small letters, digits and hyphens between them, at most 40 marks"
SOME_TEXT = "must be one line of text without control characters, not empty"
LAST_PORT = 65535
FIELDS = ("tag", "outlet", "author", "kind", "language")  # what a declared feed can select by

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SERVER = r"(?P<scheme>https?)://(\[(?P<six>.+)\]|(?P<host>[^\[\]:/?#@]+))(:(?P<port>[0-9]{1,5}))?"
_FOLDER_URL = re.compile(_SERVER + r"(?P<path>(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)")
_WEB_URL = re.compile(_SERVER + r"(?P<path>([/?#]\S*)?)")
_HAS_CREDENTIALS = re.compile("(?i)https?://[^/?#]*@")
_CRON_FIELDS = 5
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


class HasCredentialsError(ValueError):
    """A web address with a user or a password in it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be: in words, and as a function that makes it a setting or raises ValueError.

    `example` keeps the rule, and has the type that values must have.
    Nobody is shown a value that is `secret`.
    """

    words: str
    example: str | int | bool | list[str] | list[int]
    setting: Callable[[Any], object]
    secret: bool = False


# ── Text ─────────────────────────────────────────────────────────────────────────────────────────


def clean(text: str, but: str = "\n") -> str:
    """Refuse control characters, which could end a header where nobody expects it, `but` for some.

    Raises: ValueError.
    """
    if any(unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} and mark not in but for mark in text):
        raise ValueError(text)
    return text.strip()


def line(words: str, example: str, shape: str = ".*", setting: Callable[[str], object] = str) -> Rule:
    """Make a rule for one line of text of some shape; spaces around it do not count."""

    def checked(text: str) -> object:
        if "\n" in text or not re.fullmatch(shape, clean(text)):
            raise ValueError(text)
        return setting(clean(text))

    return Rule(words, example, checked)


def perhaps(rule: Rule) -> Rule:
    """Make a rule that also takes an empty text, for what is not told."""
    return replace(
        rule,
        words=f"{rule.words}, or empty",
        setting=lambda text: rule.setting(text) if text.strip() else "",
    )


def secret(rule: Rule) -> Rule:
    """Make a rule for values that nobody is shown."""
    return replace(rule, secret=True)


def list_of(part: Rule, words: str, example: str) -> Rule:
    """Make a rule for a list, perhaps empty, in which each part keeps a rule for text."""

    def checked(parts: list[object]) -> tuple[object, ...]:
        if not all(isinstance(text, str) for text in parts):
            raise ValueError(parts)
        return tuple(part.setting(text) for text in parts)

    return Rule(words, [example], checked)


def thing(text: str) -> str:
    """Return what items can have, as FIELD:WORDS; words alone are a tag. Raises: ValueError."""
    name, colon, words = text.partition(":")
    name, words = name.strip(), words.strip()
    if not (colon and name.isalpha()):
        return f"tag:{text.strip()}"
    if not words or name not in FIELDS or (name == "kind" and words not in set(Kind)):
        raise ValueError(text)
    return f"{name}:{words}"


def formats(names: list[object]) -> tuple[Format, ...]:
    """Return formats of feeds in their order, Atom among them. Raises: ValueError."""
    chosen = {Format(str(name)) for name in names}
    if Format.ATOM not in chosen:
        raise ValueError(names)
    return tuple(each for each in Format if each in chosen)


def query(text: str) -> str:
    """Return a query that says something; its lines may be indented with tabs."""
    if not clean(text, "\n\t"):
        raise ValueError(text)
    return clean(text, "\n\t")


# ── Numbers and times ────────────────────────────────────────────────────────────────────────────


def whole(first: int, last: int, example: int) -> Rule:
    """Make a rule for a whole number from `first` to `last`."""

    def checked(number: int) -> int:
        if not first <= number <= last:
            raise ValueError(number)
        return number

    return Rule(f"must be a whole number from {first} to {last}", example, checked)


def wholes(first: int, last: int, most: int, example: list[int]) -> Rule:
    """Make a rule for a list of at most `most` whole numbers, perhaps empty, each from `first` to `last`."""
    one = whole(first, last, first)

    def checked(numbers: list[object]) -> tuple[object, ...]:
        if len(numbers) > most or not all(type(number) is int for number in numbers):
            raise ValueError(numbers)
        return tuple(map(one.setting, numbers))

    return Rule(f"must be a list of at most {most} whole numbers from {first} to {last}", example, checked)


def duration(text: str) -> timedelta:
    """Read a number and a unit."""
    return int(text[:-1]) * _UNITS[text[-1]]


def duration_text(length: timedelta) -> str:
    """Write a duration of whole seconds as the configuration does, in its largest whole unit."""
    if not length:
        return "0s"
    unit = next(unit for unit, one in _UNITS.items() if not length % one)
    return f"{length // _UNITS[unit]}{unit}"


def zone(text: str) -> str:
    """Return the name of a time zone. Raises: ValueError."""
    try:
        return zoneinfo.ZoneInfo(text).key
    except (OSError, zoneinfo.ZoneInfoNotFoundError) as error:  # a folder of zones; no such zone
        raise ValueError(text) from error


def cron(text: str) -> str:
    """Return a cron expression that comes round. Raises: ValueError."""
    if len(text.split()) != _CRON_FIELDS:  # cronsim would take a sixth, for seconds
        raise ValueError(text)
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:  # nonsense; a day that never comes
        raise ValueError(text) from error
    return text


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────


def host(text: str) -> str:
    """Return a host name or an IP address. Raises: ValueError."""
    looks_like_a_number = text.rpartition(".")[2].isdigit()
    if re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) and not looks_like_a_number:
        return text.lower()
    return str(ipaddress.ip_address(text))


def is_near(host_name: str) -> bool:
    """Tell whether a host is this machine, or one in a network of one's own, by its name or address alone."""
    try:
        return ipaddress.ip_address(host_name.strip("[]")).is_private
    except ValueError:
        return re.fullmatch(r"(.+\.)?(localhost|local|lan|internal)|[^.]+", host_name) is not None


def network(text: str) -> str:
    """Return an IP address, or a network of them such as 10.0.0.0/8. Raises: ValueError."""
    return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))


def resolver(text: str) -> str:
    """Return the IP address of a DNS server, perhaps with a port. Raises: ValueError."""
    dns.address_and_port(text)
    return text


def outbound(text: str) -> str:
    """Return an IP address, or `include:` and a domain. Raises: ValueError."""
    if text.startswith("include:"):
        return f"include:{host(text.removeprefix('include:'))}"
    return str(ipaddress.ip_address(text))


def folder_url(text: str) -> str:
    """Return a web address that ends in a slash. Raises: ValueError, HasCredentialsError."""
    server, path = _server_and_path(_FOLDER_URL, text)
    return f"{server}{path.removesuffix('/')}/"


def web_url(text: str) -> str:
    """Return a web address, its path as written. Raises: ValueError, HasCredentialsError."""
    return "".join(_server_and_path(_WEB_URL, text))


def contact(text: str) -> str:
    """Return a mail address, or an https address that can stand in a header's comment.

    Raises: ValueError, HasCredentialsError.
    """
    if not text.startswith("https://"):
        return mail_address(text)
    # A comment is ASCII, and its end is a parenthesis (RFC 9110, section 5.6.5).
    if not text.isascii() or re.search(r"[()\\]", text):
        raise ValueError(text)
    return web_url(text)


def mail_address(text: str) -> str:
    """Return a plain mail address. Raises: ValueError."""
    try:
        address = addresses.checked(text)
    except ConfigurationError as error:
        raise ValueError(text) from error
    # Every server must take mail from it, and many know ASCII only.
    if not address.isascii():
        raise ValueError(text)
    return address


def _server_and_path(shape: re.Pattern[str], text: str) -> tuple[str, str]:
    if _HAS_CREDENTIALS.match(text):
        raise HasCredentialsError
    found = shape.fullmatch(text)
    if not found or not 1 <= int(found["port"] or 1) <= LAST_PORT:
        raise ValueError(text)
    name = host(found["host"]) if found["host"] else f"[{ipaddress.IPv6Address(found['six'])}]"
    port = f":{int(found['port'])}" if found["port"] else ""
    return f"{found['scheme']}://{name}{port}", found["path"]


# ── Rules that several keys share ────────────────────────────────────────────────────────────────

TEXT = line("must be one line of text without control characters", "A few words")
TEXTS = Rule("must be text without control characters", "Street 1, City", clean)
FOLDER = line("must be a folder, relative to the site's or from /, without ~", "content", "[^~].*", Path)
FILE = line(
    "must be a file, relative to the site's folder or from /, without ~", "changed.txt", "[^~].*", Path
)
DURATION = line(
    'must be a whole number from 1 and s, m, h or d, such as "5m"', "5m", "[1-9][0-9]{0,4}[smhd]", duration
)
DURATION_OR_NONE = line(
    'must be a whole number from 0 and s, m, h or d, such as "5m"',
    "5m",
    "(0|[1-9][0-9]{0,4})[smhd]",
    duration,
)
YES_NO = Rule("must be true or false", False, bool)
LANGUAGE = line("must be a language tag", "en", r"(?=.{1,35}$)[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
