"""What a domain says about mail that cannot be shown to be its own (DMARC), found by walking up its names.

Source: RFC 9989, 4.7 and 4.10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feeder.mail.domains import tags
from feeder.net.dns import Dns

_MOST_LABELS = 7
"""Longer names are cut to so many labels after the first look, so that a walk has eight steps at most."""

POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Record:
    """What stands at `_dmarc` below a domain."""

    domain: str
    said: Mapping[str, str]

    @property
    def suffix(self) -> str:
        """Whether others register names below the domain: y, n, or u where it does not say."""
        return self.said.get("psd", "u").lower()

    def policy(self, domain: str) -> str:
        """Return what is to be done with mail of a domain for which this record was found."""
        wanted = self.said.get("p", "none")
        if domain != self.domain:
            wanted = self.said.get("sp", wanted)
        return wanted.lower()

    def is_strict(self, tag: str) -> bool:
        """Tell whether `adkim` or `aspf` wants just the same domain."""
        return self.said.get(tag, "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class Walk:
    """The records on the way up from a domain, the nearest first, and the domain of its organisation."""

    domain: str
    records: Sequence[Record]
    organization: str

    @property
    def record(self) -> Record | None:
        """The record that counts: that of the domain, else of its organisation, else of the suffix above."""
        wanted = (self.domain, self.organization)
        for name in wanted:
            for record in self.records:
                if record.domain == name:
                    return record
        return next((record for record in self.records if record.suffix == "y"), None)


def walk(dns: Dns, domain: str) -> Walk:
    """Go up from a domain and read what there is. Raises: Silent."""
    domain = domain.lower().rstrip(".")
    records: list[Record] = []
    name = domain
    while name:
        record = _read(name, dns.texts(f"_dmarc.{name}"))
        if record:
            records.append(record)
            if record.suffix in {"y", "n"}:
                break
        labels = name.split(".")[1:]
        name = ".".join(labels[-_MOST_LABELS:])
    return Walk(domain, records, _organization(domain, records))


def is_aligned(dns: Dns, author: Walk, domain: str, tag: str) -> bool:
    """Tell whether a domain that a message proves is the author's, as its record wants it. Raises: Silent."""
    domain = domain.lower()
    if domain == author.domain:
        return True
    if author.record and author.record.is_strict(tag):
        return False
    return walk(dns, domain).organization == author.organization


def _organization(domain: str, records: Sequence[Record]) -> str:
    for record in records:
        if record.suffix == "n":
            return record.domain
        if record.suffix == "y" and record.domain != domain:
            below = domain.removesuffix(f".{record.domain}").rpartition(".")[2]
            return f"{below}.{record.domain}"
    return records[-1].domain if records else domain


def _read(domain: str, texts: Sequence[str]) -> Record | None:
    """Return the record of a domain; of several, none counts."""
    found = [said for said in map(_tags, texts) if said is not None]
    return Record(domain, found[0]) if len(found) == 1 else None


def _tags(text: str) -> Mapping[str, str] | None:
    """Return the tags of a text that is a record; None for any other (4.7)."""
    if not text.replace(" ", "").startswith("v=DMARC1"):
        return None
    try:
        said = tags.read(text)
    except ValueError:
        return None
    # A policy that nobody knows counts as none where reports are asked for, and else spoils the record.
    if said.get("p", "none").lower() not in POLICIES:
        return {**said, "p": "none"} if "rua" in said else None
    return said if said.get("v") == "DMARC1" else None
