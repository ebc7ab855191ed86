"""What is examined, and what it turned out to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from feeder.feeds.doctor.findings import Finding


@dataclass(frozen=True, slots=True)
class Again:
    """What a server answered when it was asked once more, on condition that something is new.

    The statuses are None where it gave nothing to ask with, and 0 where no answer came. `same`: it sent the same bytes, or none.
    """

    by_etag: int | None = None
    by_date: int | None = None
    same: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said about the bytes.

    `asked` is the address that was asked, `url` where it led. `headers` have names in small letters,
    `links` are those of the `Link` header by relation.
    """

    asked: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    again: Again = Again()

    @property
    def media_type(self) -> str:
        """The type of the content in small letters; empty when none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Subject:
    """Some bytes, the present, and what is known of their address.

    `published_as` is the address that the feed's own site gives it, so that a self link has to
    say just that.
    """

    content: bytes = field(repr=False)
    now: datetime
    said: Said | None = None
    published_as: str = ""

    @property
    def address(self) -> str:
        """Where readers find it; empty if that is unknown."""
        return self.said.url if self.said else self.published_as


class Family(Enum):
    """What a document is, as far as its type is concerned."""

    ATOM = "Atom"
    RSS = "RSS"
    RDF = "RSS 1.0"
    JSON = "JSON Feed"
    PAGE = "HTML"
    OTHER = "no feed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a document is, the ids of its entries in their order, and what there is to say about it.

    The findings are told once, and may be many.
    """

    family: Family
    format: str
    ids: tuple[str, ...]
    findings: Iterable[Finding]
