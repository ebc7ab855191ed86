"""A sentence as the rules see it: its outlets masked and listed, and the heads that are found in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feeder.sources.notes.grammar import Grammar, Head
from feeder.sources.notes.names import Listed

_PUNCTUATION = re.compile(
    r",|;|:| [–—-]+ |—|\(|\)| (?:but|while|whilst|whereas|aber|während|mais|tandis que|pero|mientras) "
)


@dataclass(frozen=True, slots=True)
class Found:
    """A head in a sentence. `stops` are where further heads begin that belong to it."""

    start: int
    end: int
    head: Head
    stops: tuple[int, ...] = ()
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A masked sentence with its lists of names.

    `after_work`: the sentence before told of a text of the author's. `resumed`: the last sentence's
    head, where this one goes on with it.
    """

    text: str
    lists: Sequence[Listed]
    grammar: Grammar
    after_work: bool = False
    resumed: Found | None = None

    def boundaries(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return what parts clauses between two places: conjunctions and punctuation outside lists."""
        inside = [(listed.first, listed.end) for listed in self.lists]
        found = {match.span() for match in self.grammar.and_.finditer(self.text, start, end)}
        found |= {match.span() for match in _PUNCTUATION.finditer(self.text, start, end)}
        return sorted(span for span in found if not any(a <= span[0] < b for a, b in inside))
