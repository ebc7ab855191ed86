"""One region of a sentence, and what can be asked about places in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feeder.model.appearances import Role
from feeder.sources.notes.clauses import Region
from feeder.sources.notes.grammar import Head
from feeder.sources.notes.names import Listed, Name, may_be_outlet
from feeder.sources.notes.sentence import Sentence

# Small words that may stand between a conjunction and a list, as in "and some more in X".
_SMALL_WORDS = re.compile(
    r"\b(?:also|here|there|amongst? others|amongst?|others|including|notably|even|then|later|the"
    r"|again|to|some more|more|another|auch|dann|der|die|das"
    r"|in (?:English|German|French|Spanish|Italian|Russian|Arabic|Chinese|Turkish))\b"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A region with the lists of names that stand in it."""

    sentence: Sentence
    region: Region
    lists: Sequence[Listed]

    @property
    def head(self) -> Head:
        """The head of the region."""
        return self.region.found.head

    def is_talk(self, listed: Listed) -> bool:
        """Tell whether a list says where the author gave a talk: "spoke at X"."""
        if self.head.role is Role.INTERVIEWED:
            return listed.lead in self.sentence.grammar.talk_leads
        return self.head.role is Role.TALK

    def outlets(self, listed: Listed) -> list[Name]:
        """Return the names of a list that can be outlets."""
        of_talk, in_list = self.is_talk(listed), len(listed.names) > 1
        return [
            name
            for name in listed.names
            if may_be_outlet(name, listed.lead, of_talk=of_talk, in_list=in_list)
        ]

    def parting(self, place: int) -> str | None:
        """Return the conjunction or punctuation right before a place; None if there is none."""
        parted = self.sentence.boundaries(self.region.start, place)
        if not parted:
            return None
        start, end = parted[-1]
        between = _SMALL_WORDS.sub("", self.sentence.text[end:place])
        return None if re.search(r"\w{4,}", between) else self.sentence.text[start:end]


def of_region(sentence: Sentence, region: Region) -> Scope:
    """Return the scope of a region."""
    lists = [each for each in sentence.lists if region.start <= each.first < region.end]
    return Scope(sentence, region, [_after(region, each) for each in lists])


def _after(region: Region, listed: Listed) -> Listed:
    """Return a list without a lead that stands before the head: "to do X"."""
    if listed.start < region.found.end <= listed.first:
        return replace(listed, start=listed.first, lead="")
    return listed
