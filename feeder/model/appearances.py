"""Appearances as they are proposed from a note, and the outlets that are known by name."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the author does in someone else's output."""

    INTERVIEWED = "interviewed"
    QUOTED = "quoted"
    TALK = "talk"
    TRANSLATED = "translated"
    REPUBLISHED = "republished"


class Policy(StrEnum):
    """How much of a text its outlet allows others to show."""

    FULL = "full"
    SUMMARY = "summary"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class KnownOutlet:
    """An outlet of the outlet list.

    `language` is a BCP 47 tag. `aliases` are further names and abbreviations. `words` are names
    that are also ordinary words, as "Zeit" and "Times"; they need more proof than others.
    """

    name: str
    home: str | None = None
    language: str | None = None
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    policy: Policy = Policy.LINK


@dataclass(frozen=True, slots=True)
class Proposal:
    """An appearance that a note mentions, for the author to accept, mend or drop.

    `outlet` is the name in the outlet list, or the name as written if that does not know it.
    `topic` is in the words of the note, empty if it tells none; `phrase` is the part of the note
    that says it all. `language` is that of the appearance, as far as it shows.
    """

    outlet: str
    topic: str
    role: Role
    url: str | None
    phrase: str
    language: str | None = None
