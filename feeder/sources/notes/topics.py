"""Topics: the words that introduce them, and where they end."""

import re
from dataclasses import dataclass

from feeder.sources.notes.grammar import Side
from feeder.sources.notes.names import Listed
from feeder.sources.notes.scope import Scope

_MARKS = " .,;:!?)–—-&/"
_QUOTES = " “”„‘\"'«:("
# What a topic cannot end with: it belongs to what follows.
_TAIL = re.compile(
    r"(?:^|[,;]? )(?:and|or|und|sowie|et|ou|y|o|the|a|an|der|die|das|dem|den|le|la|les|l'|el|los|las"
    r"|also|then"
    r"|as well as|to|appeared|ended up|landed|featured|surfaced|is|are|was|were|has|have|had|been"
    r"|got|wurden?|est|sont|fue|fueron)$",
    re.IGNORECASE,
)
_VERB = re.compile(r" (?:has|have|had|is|was|are|were|got|gets|went|appeared|ist|wurde|hat|a été|fue|ha)\b")
_SUBJECT = re.compile(r",|\b(?:I|we|ich|wir|habe|j['’]ai|hablé)\b")
_AND = re.compile(r"\b(?:and|or|und|oder|et|ou|y|o)\b")
_QUESTION = re.compile(r" ?(?:what|how|why|whether|was|wie|ob)\b")
# Prepositions that are too common to end the name of an occasion: "after the attack on the mosque".
_COMMON = {"on", "over", "zu", "sur", "de", "um"}
_LISTED_WORDS = 5
_OPENING_WORDS = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that introduce a topic, and where it begins. `is_weak`: an occasion, as "after"."""

    start: int
    end: int
    is_weak: bool


def introductions(scope: Scope) -> list[Topic]:
    """Return the words that introduce topics, but for those that lead to an outlet of the head."""
    grammar, region, head = scope.sentence.grammar, scope.region, scope.head
    patterns = [(grammar.topics, False), (grammar.weak_topics, True)]
    if head.topics:
        patterns.append((head.topics, False))
    found: list[Topic] = []
    for pattern, is_weak in patterns:
        for match in pattern.finditer(scope.sentence.text, region.start, region.end):
            overlaps = any(each.start < match.end() and match.start() < each.end for each in found)
            is_other = _leads_to_outlet(scope, match.start()) or _is_of_other_clause(scope, match)
            if match[0] and not overlaps and not is_other:
                found.append(Topic(match.start(), match.end(), is_weak))
    follows = any(0 <= each.start - region.found.end <= 1 for each in found)
    if head.takes_topic and not follows:
        found.append(Topic(region.found.start, region.found.end, is_weak=False))
    return sorted(found, key=lambda each: each.start)


def replaces(scope: Scope, held: Topic, topic: Topic) -> bool:
    """Tell whether a topic says more than the occasion before it: "after the vote about turnout"."""
    if not held.is_weak or topic.is_weak:
        return False
    text = scope.sentence.text
    is_common = text[topic.start : topic.end].lower() in _COMMON
    return not is_common or bool(_QUESTION.match(text, topic.end))


def words(scope: Scope, topic: Topic, limit: int) -> tuple[int, int] | None:
    """Return the place of a topic's words, without what only follows it; None if none are left."""
    found = scope.region.found
    stops = [each for each in (*found.stops, found.start) if each > topic.end]
    text = scope.sentence.text[topic.end : min([limit, scope.region.end, *stops])]
    if found.head.role is None:
        text = _before(text, _VERB)
    if topic.start < found.start:
        text = _before(text, _SUBJECT)
    text = _trimmed(scope, _up_to_list_end(_before(text, scope.sentence.grammar.topic_ends)))
    begin = topic.end + len(text) - len(text.lstrip(_QUOTES))
    end = topic.end + len(text)
    return (begin, end) if begin < end else None


def _leads_to_outlet(scope: Scope, at: int) -> bool:
    """Tell whether a preposition as "on" introduces the outlet: "on NAME", where none was told before."""
    led = next((each for each in scope.lists if each.start == at), None)
    if led is None or not (led.names[0].known or led.names[0].is_medium):
        return False
    if led.lead not in scope.head.leads or led.names[0].owns:
        return False
    return (
        led.first < scope.region.found.start or not _has_outlet(scope, led) or scope.parting(at) is not None
    )


def _is_of_other_clause(scope: Scope, match: re.Match[str]) -> bool:
    """Tell whether words before the head belong to a clause of their own, and do not open this one."""
    start, found = scope.region.start, scope.region.found
    if match.end() > found.start or found.head.side is not Side.AFTER:
        return False
    opens = len(scope.sentence.text[start : match.start()].split()) <= _OPENING_WORDS
    return not opens and bool(scope.sentence.boundaries(match.end(), found.start))


def _has_outlet(scope: Scope, before: Listed) -> bool:
    earlier = [each for each in scope.lists if scope.region.found.end <= each.first < before.start]
    return any(each.lead in scope.head.leads and scope.outlets(each) for each in earlier)


def _before(text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text)
    return text[: match.start()] if match else text


def _trimmed(scope: Scope, text: str) -> str:
    while True:
        shorter = _TAIL.sub("", text.rstrip(_MARKS))
        shorter = scope.sentence.grammar.trailing.sub("", shorter).rstrip(_MARKS)
        if shorter == text:
            return text
        text = shorter


def _up_to_list_end(text: str) -> str:
    """Cut at a comma, unless what follows goes on with a list: "ISIS, al Qaeda and others"."""
    parts = text.split(",")
    for count, part in enumerate(parts[1:], 2):
        if len(part.split()) > _LISTED_WORDS * (2 if _AND.search(part) else 1):
            break
        if _AND.search(part):
            return ",".join(parts[:count])
    return parts[0]
