"""Topics: the words that introduce them, and where they end."""

import re
from dataclasses import dataclass
from itertools import pairwise

from feeder.sources.notes.grammar import Grammar, Side
from feeder.sources.notes.names import Listed
from feeder.sources.notes.scope import Scope
from feeder.sources.notes.sentence import Sentence

_MARKS = " .,;:!?)–—-&/"
_QUOTES = " “”„‘\"'«:("
# What a topic cannot end with: it belongs to what follows.
_TAIL = re.compile(
    r"(?:^|[,;]? )(?:and|or|und|sowie|et|ou|y|o|the|a|an|der|die|das|dem|den|le|la|les|l'|el|los|las"
    r"|also|then|my|our|mein\w*|mon|ma|mi"
    r"|as well as|to|appeared|ended up|landed|featured|surfaced|is|are|was|were|has|have|had|been"
    r"|got|wurden?|est|sont|fue|fueron)$",
    re.IGNORECASE,
)
_VERB = re.compile(r" (?:has|have|had|is|was|are|were|got|gets|went|appeared|ist|wurde|hat|a été|fue|ha)\b")
_PREDICATE = re.compile(
    r" (?:(?:is|are|was|were|has been|have been)(?: (?:in|on|by|used|live|run|well|still|worth|also))?"
    r"|remains?|applies|apply|holds?|stands?|seems?)"
)
_OBJECT = re.compile(
    r" ?(?:and )?(?!(?:and|at|in|on|for|then|also|later|again|to|more|once"
    r"|both)\b)(?:[\w'’-]+ )*\w{3,} $"
)
_SUBJECT = re.compile(r",|\b(?:I|we|ich|wir|habe|j['’]ai|hablé)\b")
_AND = re.compile(r"\b(?:and|or|und|oder|et|ou|y|o)\b")
_QUESTION = re.compile(r" ?(?:what|how|why|whether|who|where|which|when|was|wie|ob|wer|wo)\b")
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
            ends_head = region.found.start < match.start() and match.end() == region.found.end
            is_title = scope.sentence.text[match.start() - 1 : match.start()] in set('“"«„‘')
            if match[0] and not overlaps and not is_other and not is_title and not ends_head:
                found.append(Topic(match.start(), match.end(), is_weak))
    follows = any(0 <= each.start - region.found.end <= 1 for each in found)
    if head.takes_topic and not follows:
        found.append(Topic(region.found.start, region.found.end, is_weak=False))
        found.extend(_further_objects(scope))
    return sorted(found, key=lambda each: each.start)


def _further_objects(scope: Scope) -> list[Topic]:
    """Return what begins a topic that is an object after the first: "discussed A with X and B with Y"."""
    led = [
        each for each in scope.lists if each.lead in scope.head.leads and each.start > scope.region.found.end
    ]
    objects: list[Topic] = []
    for one, other in pairwise(led):
        parted = scope.sentence.boundaries(one.end, other.start)
        if parted and _OBJECT.match(scope.sentence.text[parted[0][1] : other.start]):
            objects.append(Topic(parted[0][1], parted[0][1], is_weak=False))
    return objects


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
    begin, end = _place(scope.sentence.grammar, text, topic.end)
    return (begin, end) if begin < end else None


def rest(sentence: Sentence, start: int) -> tuple[int, int]:
    """Return the place of a topic's words from here to the end of a sentence; it may be empty."""
    return _place(sentence.grammar, sentence.text[start:], start)


def _place(grammar: Grammar, text: str, start: int) -> tuple[int, int]:
    text = _trimmed(grammar, _up_to_list_end(text[: _end(grammar, text)]))
    return start + len(text) - len(text.lstrip(_QUOTES)), start + len(text)


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


def _end(grammar: Grammar, text: str) -> int:
    """Return where a topic ends. The verbs that would end another belong to a question: "why it remains"."""
    is_question = _QUESTION.match(text)
    ends = (
        each
        for each in grammar.topic_ends.finditer(text)
        if not (is_question and _PREDICATE.fullmatch(each[0]))
    )
    return next((each.start() for each in ends if each.start() > 0 or not is_question), len(text))


def _trimmed(grammar: Grammar, text: str) -> str:
    while True:
        shorter = _TAIL.sub("", text.rstrip(_MARKS))
        shorter = grammar.trailing.sub("", shorter).rstrip(_MARKS)
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
