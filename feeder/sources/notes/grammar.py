"""What a language's grammar of notes consists of.

The tables are in `english`, `german`, `french` and `spanish`. Their patterns are matched against a
sentence in which every known outlet is masked by `\ue000` and as many `\ue001` as it has further
letters, so that `NAME` stands for "an outlet here".
"""

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from feeder.model.appearances import Role

FIRST, REST = "\ue000", "\ue001"
NAME = f"{FIRST}{REST}*"


class Side(Enum):
    """Where a head has its outlets."""

    AFTER = auto()  # "spoke to X"; before it only where the sentence opens: "On X, I spoke about"
    BEFORE = auto()  # its subject: "X quoted me"
    BOTH = auto()  # verbs that may end the sentence: "mit X habe ich gesprochen"


class Proof(Enum):
    """What shows that a head speaks of the author."""

    NONE = auto()  # it says so itself: "quoted me", "my comments"
    VERB = auto()  # no one else may be its subject: "(I) spoke"
    NOUN = auto()  # it is new in the sentence, and nobody else's: "an interview with X"
    WORK = auto()  # the sentence speaks of a text of the author's: "my piece was reprinted"


@dataclass(frozen=True, slots=True)
class Head:
    """Words that tell of an appearance, or (without a `role`) of something that is none.

    `leads` are the prepositions and articles that introduce its outlets; "" is none.
    `topics` are prepositions that introduce a topic after these words only.
    `takes_topic`: its object is the topic ("discussed X").
    """

    pattern: re.Pattern[str]
    role: Role | None
    leads: frozenset[str]
    side: Side = Side.AFTER
    proof: Proof = Proof.VERB
    topics: re.Pattern[str] | None = None
    takes_topic: bool = False


@dataclass(frozen=True, slots=True)
class Grammar:
    """The tables of one language. Patterns ignore case."""

    code: str
    stopwords: frozenset[str]
    heads: tuple[Head, ...]
    leads: re.Pattern[str]  # every preposition or article that can stand before an outlet
    articles: re.Pattern[str]  # and what else may stand between the two
    and_: re.Pattern[str]  # what joins the outlets of a list, and clauses
    topics: re.Pattern[str]
    weak_topics: re.Pattern[str]  # occasions: a topic only if no other follows
    topic_ends: re.Pattern[str]
    trailing: re.Pattern[str]  # what a topic may end with, but is not part of it
    myself: re.Pattern[str]
    others: re.Pattern[str]
    adverbs: re.Pattern[str]  # what may stand between the beginning of a clause and its verb
    cancelled_before: re.Pattern[str]
    cancelled_after: re.Pattern[str]
    work: re.Pattern[str]  # a text of the author's
    sums_up: re.Pattern[str]  # what opens a sentence that tells the topic of those before it
    again: re.Pattern[str]  # how a sentence goes on with the last one's verb
    talk_leads: frozenset[str] = field(default_factory=frozenset)


def words(written: str) -> frozenset[str]:
    """Return the words of a string as a set; "_" stands for none, and for a space."""
    return frozenset("" if word == "_" else word.replace("_", " ") for word in written.split())


def pattern(written: str) -> re.Pattern[str]:
    """Compile a pattern that ignores case; NAME in it stands for a masked outlet."""
    return re.compile(written.replace("NAME", NAME), re.IGNORECASE)


def alternatives(written: str, before: str = r"\b", after: str = r"\b") -> re.Pattern[str]:
    """Compile a list of alternatives, one a line, that begin and end with a word."""
    lines = [" ".join(line.split()) for line in written.strip().splitlines()]
    return pattern(f"{before}(?:{'|'.join(lines)}){after}")
