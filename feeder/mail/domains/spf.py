"""Which addresses may mail for a domain (SPF), as a receiver finds out. Source: RFC 7208."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote

from feeder.net.dns import Dns, Silent

Address = IPv4Address | IPv6Address

_MOST_LOOKUPS = 10
_MOST_VOID = 2
_MOST_NAMES = 10
"""Section 4.6.4: terms that ask the DNS, answers with nothing in them, and hosts or names behind one term."""

_MOST_CHARACTERS = 253

_TERM = re.compile(
    r"(?P<sign>[-+?~]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?::(?P<value>[^\s]*?))?"
    r"(?:/(?P<four>\d{1,3}))?(?://(?P<six>\d{1,3}))?"
)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)")
_MACRO = re.compile(r"%(?:\{([slodiphvSLODIPHV])(\d*)(r?)([.+,/_=-]*)\}|([%_-]))")
_WORD = {"%": "%", "_": " ", "-": "%20"}


class Result(StrEnum):
    """What a record says of an address (section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a word of the standard
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_BY_SIGN = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out, and why where nothing did. `visited` are the domains whose records were read."""

    result: Result
    why: str = ""
    lookups: int = 0
    visited: tuple[str, ...] = ()


def evaluate(dns: Dns, address: Address, domain: str, sender: str) -> Verdict:
    """Return whether an address may mail for a domain; `sender` is the whole address that messages come from."""
    evaluation = _Evaluation(dns, address, sender)
    try:
        result, why = evaluation.of(domain), ""
    except _Broken as error:
        result, why = Result.PERMERROR, str(error)
    except Silent as error:
        result, why = Result.TEMPERROR, f"the DNS does not answer for {error.name}"
    return Verdict(result, why, evaluation.lookups, tuple(evaluation.visited))


class _Broken(Exception):
    """A record that no receiver can use."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A mechanism: what it says if it matches, and what it looks at."""

    result: Result
    name: str
    value: str | None
    four: int
    six: int


@dataclass(slots=True)
class _Evaluation:
    """One address on its way through a record, and those that it includes."""

    dns: Dns
    address: Address
    sender: str
    lookups: int = 0
    voids: int = 0
    visited: list[str] = field(default_factory=list)

    def of(self, domain: str) -> Result:
        """Return what the record of a domain says. Raises: _Broken, Silent."""
        self.visited.append(domain)
        record = _record(domain, self.dns.texts(domain))
        if record is None:
            return Result.NONE
        terms, redirect = _parsed(domain, record)
        for term in terms:
            if self._matches(term, domain):
                return term.result
        if redirect is None or any(term.name == "all" for term in terms):
            return Result.NEUTRAL
        self._count()
        return self._included(self._expanded(redirect, domain))

    def _included(self, domain: str) -> Result:
        result = self.of(domain)
        if result is Result.NONE:
            raise _Broken(f"{domain}, which it includes, has no record")
        return result

    def _matches(self, term: _Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.name in {"ip4", "ip6"}:
            return self.address in _network(term)
        self._count()
        target = domain if term.value is None else self._expanded(term.value, domain)
        match term.name:
            case "include":
                return self._included(target) is Result.PASS
            case "exists":
                return bool(self._answered(self.dns.addresses(target, 4)))
            case "ptr":
                return self._is_called(target)
        found = self._addresses if term.name == "a" else self._addresses_of_exchangers
        return self._is_one_of(found(target), term)

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > _MOST_LOOKUPS:
            raise _Broken(f"it takes more than {_MOST_LOOKUPS} lookups")

    def _answered(self, found: Sequence[str]) -> Sequence[str]:
        self.voids += not found
        if self.voids > _MOST_VOID:
            raise _Broken(f"more than {_MOST_VOID} of its lookups find nothing")
        return found

    def _addresses(self, host: str) -> Sequence[str]:
        return self._answered(self.dns.addresses(host, self.address.version))

    def _addresses_of_exchangers(self, domain: str) -> Iterator[str]:
        hosts = self._answered(self.dns.exchangers(domain))
        if len(hosts) > _MOST_NAMES:
            raise _Broken(f"{domain} has more than {_MOST_NAMES} mail servers")
        for host in filter(None, hosts):
            yield from self._addresses(host)

    def _is_one_of(self, found: Iterable[str], term: _Term) -> bool:
        length = term.four if self.address.version == 4 else term.six  # noqa: PLR2004 - of IP
        return any(self.address in ip_network(f"{each}/{length}", strict=False) for each in found)

    def _is_called(self, domain: str) -> bool:
        """Tell whether a name of the address is the domain's, and leads back (section 5.5)."""
        try:
            names = self.dns.names(self.address)[:_MOST_NAMES]
            return any(
                f".{name}".endswith(f".{domain.lower()}")
                and str(self.address) in self.dns.addresses(name, self.address.version)
                for name in names
            )
        except Silent:
            return False

    def _expanded(self, text: str, domain: str) -> str:
        """Fill in what a record says in macros (section 7)."""
        if "%" in _MACRO.sub("", text):
            raise _Broken(f"{text!r} is no name")
        local, _, own = self.sender.rpartition("@")
        values = {
            "s": self.sender,
            "l": local or "postmaster",
            "o": own,
            "d": domain,
            "i": _dotted(self.address),
            "p": "unknown",
            "h": domain,
            "v": "in-addr" if self.address.version == 4 else "ip6",  # noqa: PLR2004 - of IP
        }
        filled = _MACRO.sub(lambda found: _filled(found, values), text).rstrip(".")
        while len(filled) > _MOST_CHARACTERS and "." in filled:
            filled = filled.partition(".")[2]
        return filled


def _filled(found: re.Match[str], values: dict[str, str]) -> str:
    letter, digits, backwards, delimiters, word = found.groups()
    if word:
        return _WORD[word]
    parts = re.split(f"[{re.escape(delimiters or '.')}]", values[letter.lower()])
    if backwards:
        parts.reverse()
    if digits:
        parts = parts[-int(digits) :]
    filled = ".".join(parts)
    return quote(filled, safe="") if letter.isupper() else filled


def _dotted(address: Address) -> str:
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))  # noqa: PLR2004 - of IP


# ── The record ───────────────────────────────────────────────────────────────────────────────────


def _record(domain: str, texts: Sequence[str]) -> str | None:
    """Return the record among the texts of a domain (section 4.5)."""
    records = [text for text in texts if re.match(r"(?i)v=spf1( |$)", text)]
    if len(records) > 1:
        raise _Broken(f"{domain} has {len(records)} records, and may have one")
    return records[0] if records else None


def _parsed(domain: str, record: str) -> tuple[list[_Term], str | None]:
    """Return the mechanisms of a record, and where it sends on. What cannot be read spoils all (section 4.6)."""
    terms: list[_Term] = []
    modifiers: dict[str, str] = {}
    for word in record.split(" ")[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier:
            name = modifier[1].lower()
            if name in modifiers and name in {"redirect", "exp"}:
                raise _Broken(f"{domain} says {name} twice")
            modifiers[name] = modifier[2]
        elif word:
            terms.append(_term(domain, word))
    if modifiers.get("redirect") == "":
        raise _Broken(f"{domain} sends on to nobody")
    return terms, modifiers.get("redirect")


_TAKES_LENGTHS = {"a", "mx", "ip4", "ip6"}
_TAKES_VALUE: dict[str, bool | None] = {
    **dict.fromkeys(("include", "exists", "ip4", "ip6"), True),
    **dict.fromkeys(("a", "mx", "ptr"), None),
    "all": False,
}
"""Which mechanisms there are, and whether each has a value: yes, no, or None for perhaps."""


def _term(domain: str, word: str) -> _Term:
    unreadable = _Broken(f"{domain} says {word!r}, which nobody understands")
    # An address of version 6 is full of colons, and its only slash is before the length.
    found = _TERM.fullmatch(word)
    name = found["name"].lower() if found else ""
    if not found or name not in _TAKES_VALUE:
        raise unreadable
    needs, value = _TAKES_VALUE[name], found["value"]
    has_lengths = bool(found["four"] or found["six"])
    if (needs is True and not value) or (needs is False and value is not None) or value == "":
        raise unreadable
    if has_lengths and name not in _TAKES_LENGTHS:
        raise unreadable
    term = _Term(_BY_SIGN[found["sign"]], name, value, int(found["four"] or 32), int(found["six"] or 128))
    if name == "ip6":  # whose length stands where that of version 4 does
        term = _Term(term.result, name, value, 32, int(found["four"] or 128))
    _readable(term, unreadable)
    return term


def _readable(term: _Term, unreadable: _Broken) -> None:
    if term.four > 32 or term.six > 128:  # noqa: PLR2004 - bits of addresses
        raise unreadable
    if term.name in {"ip4", "ip6"}:
        try:
            _network(term)
        except ValueError as error:
            raise unreadable from error


def _network(term: _Term) -> IPv4Network | IPv6Network:
    if term.name == "ip4":
        return IPv4Network(f"{IPv4Address(term.value or '')}/{term.four}", strict=False)
    return IPv6Network(f"{IPv6Address(term.value or '')}/{term.six}", strict=False)
