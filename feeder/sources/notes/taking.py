"""Which lists of names the grammar gives to a head, and which are part of a topic, or of nothing."""

import re
from collections.abc import Iterator, Sequence

from feeder.sources.notes.clauses import RELATIVE
from feeder.sources.notes.grammar import Proof, Side
from feeder.sources.notes.names import Listed, may_be_outlet
from feeder.sources.notes.scope import Scope
from feeder.sources.notes.topics import Topic

# Without a preposition a list must stand near its head: "told X".
_NEAR = 25
_OPENING = 40
# What may stand between an outlet and its topic.
_PASSED = (re.compile(r" again| too| also| \(|,"), re.compile(r" \([^()]{2,30}\),?"))
# "thanks to X for printing it"
_PRINTED = re.compile(
    r" for (?:publishing|printing|running|taking|carrying|commissioning|hosting (?:it|this)"
    r"|(?:an? )?(?:\w+ )?(?:review|space)\b)"
)
_ADDS = re.compile(r"as well as|along with|sowie|ainsi que|así como")


def taken(scope: Scope, topics: Sequence[Topic]) -> Iterator[Listed]:
    """Yield the lists that belong to the head, in order."""
    has_outlets = topic_first = False
    begun = -1
    for listed in scope.lists:
        floor = max(begun, scope.region.found.start if listed.first > scope.region.found.start else 0)
        opened = [each for each in topics if floor <= each.start and each.end <= listed.first]
        last = opened[-1] if opened else None
        renewed = topic_first and last is not None and opens_next(scope, last)
        rule = _Rule(scope, topics, last.end if last else -1, has_outlets=has_outlets and not renewed)
        if scope.outlets(listed) and rule.takes(listed):
            topic_first = topic_first or (not has_outlets and last is not None)
            has_outlets = True
            begun = listed.end
            yield listed


def opens_next(scope: Scope, topic: Topic) -> bool:
    """Tell whether a topic belongs to outlets after it, as the first did: "on A for X and on B for Y"."""
    follows = any(each.start > topic.end and each.lead in scope.head.leads for each in scope.lists)
    return follows and stands_apart(scope, topic)


def stands_apart(scope: Scope, topic: Topic) -> bool:
    """Tell whether a conjunction or punctuation stands right before a topic."""
    parted = scope.sentence.boundaries(scope.region.start, topic.start)
    return bool(parted) and parted[-1][1] == topic.start


class _Rule:
    """What holds at one place: `topic` is where the last topic began, -1 if none is open."""

    def __init__(self, scope: Scope, topics: Sequence[Topic], topic: int, *, has_outlets: bool) -> None:
        self._scope = scope
        self._topics = topics
        self._topic = topic
        self._has_outlets = has_outlets
        self._leads = scope.head.leads

    def takes(self, listed: Listed) -> bool:
        """Tell whether a list is the head's."""
        if listed.first < self._scope.region.found.start:
            return self._before_head(listed)
        if self._scope.head.side is Side.BEFORE and not self._has_outlets:
            return bool(listed.lead) and listed.lead in self._leads and self._topic < 0
        if _PRINTED.match(self._scope.sentence.text, listed.end):
            return False
        if listed.names[0].owns and listed.lead in {"on", "über", "sur", "sobre"}:
            return False
        return self._after_head(listed) if self._topic < 0 else self._after_topic(listed)

    def _before_head(self, listed: Listed) -> bool:
        scope, head = self._scope, self._scope.head
        between = scope.sentence.text[listed.end : scope.region.found.start]
        if head.side is Side.BEFORE:
            subjects = [
                each for each in scope.lists if each.first < scope.region.found.start and each.is_subject
            ]
            return bool(RELATIVE.fullmatch(between)) or (bool(subjects) and listed is subjects[-1])
        if head.side is Side.BOTH:
            return listed.lead in self._leads
        modifies = re.fullmatch(r"(?: [a-zà-þ-]+){0,2} ", between)  # "a NAME video interview"
        if modifies and head.proof is Proof.NOUN and listed.is_subject:
            return True
        return (
            bool(listed.lead)
            and listed.lead in self._leads
            and self._opens(listed)
            and len(between) < _OPENING
        )

    def _opens(self, listed: Listed) -> bool:
        """Tell whether only adverbs stand before a list in its clause."""
        stretch = self._scope.sentence.text[self._scope.region.start : listed.start]
        adverbs = self._scope.sentence.grammar.adverbs
        return not re.search(r"\w", re.sub(rf"\b{adverbs.pattern}\b", "", stretch, flags=re.IGNORECASE))

    def _after_head(self, listed: Listed) -> bool:
        if listed.lead not in self._leads or self._is_of_person(listed):
            return False
        if self._has_outlets:
            return self._scope.parting(listed.start) is not None
        return bool(listed.lead) or listed.first - self._scope.region.found.end < _NEAR

    def _is_of_person(self, listed: Listed) -> bool:
        """Tell whether somebody else is told of in a list of appearances: "In the press: Ana Roe in X"."""
        between = self._scope.sentence.text[self._scope.region.found.end : listed.start]
        found = self._scope.region.found
        is_announced = self._scope.sentence.text[found.start : found.end].rstrip().endswith(":")
        return is_announced and bool(re.search(r"[A-ZÀ-Þ][\w.'’-]+ [A-ZÀ-Þ][\w.'’-]+ $", between))

    def _after_topic(self, listed: Listed) -> bool:
        """Tell whether a list goes on with the head's outlets, or is part of the topic before it."""
        if not self._is_likely(listed):
            return False
        parted = self._scope.parting(listed.start)
        if parted is None:
            is_led = bool(listed.lead) and listed.lead in self._leads
            return is_led and not self._has_outlets and listed.start > self._topic + 1
        if listed.lead:
            return listed.lead in self._leads
        if parted == ":" and not self._has_outlets:
            return True
        return bool(_ADDS.search(parted)) or self._has_topic(listed)

    def _is_likely(self, listed: Listed) -> bool:
        """Tell whether a list holds a name that looks like an outlet's wherever it stands."""
        of_talk = self._scope.is_talk(listed)
        return any(may_be_outlet(name, "", of_talk=of_talk, in_list=name.is_linked) for name in listed.names)

    def _has_topic(self, listed: Listed) -> bool:
        """Tell whether a topic of its own follows a list."""
        passed = (pattern.match(self._scope.sentence.text, listed.end) for pattern in _PASSED)
        ends = {listed.end, *(match.end() for match in passed if match)}
        return any(at <= each.start <= at + 1 for each in self._topics for at in ends)
