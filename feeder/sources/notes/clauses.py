"""The clauses of a sentence: its heads, and the region that belongs to each."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from feeder.model.appearances import Role
from feeder.sources.notes import proof
from feeder.sources.notes.grammar import Proof, Side
from feeder.sources.notes.names import Listed, may_be_outlet
from feeder.sources.notes.sentence import Found, Sentence

# "thanks to X, which quotes me": the outlet is the subject, whatever leads to it.
RELATIVE = re.compile(
    r",? |,? (?:which|who|that|die|der|das|qui|que)(?: (?:\w+ly|also|have|has|had|since|even))* ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a sentence that belongs to one head."""

    start: int
    end: int
    found: Found


def regions(sentence: Sentence) -> list[Region]:
    """Return the regions of the sentence, in order."""
    heads = _merged(sentence, _proven(sentence, _matches(sentence)))
    edges = [0, *(_edge(sentence, one, other) for one, other in pairwise(heads)), len(sentence.text)]
    return [
        Region(start, end, _judged(sentence, found, start, end))
        for found, start, end in zip(heads, edges, edges[1:], strict=False)
    ]


def _matches(sentence: Sentence) -> list[list[Found]]:
    """Return all heads; those that overlap in one list, in the order of the table."""
    found: list[list[Found]] = [[sentence.resumed]] if sentence.resumed else []
    for head in sentence.grammar.heads:
        for match in head.pattern.finditer(sentence.text):
            if match.end() > match.start():
                _add(found, Found(match.start(), match.end(), head))
    return sorted(found, key=lambda each: each[0].start)


def _add(found: list[list[Found]], new: Found) -> None:
    clashes = [each for each in found if each[0].start < new.end and new.start < each[0].end]
    if not clashes:
        found.append([new])
    elif len(clashes) == 1:
        clashes[0].append(new)


def _proven(sentence: Sentence, heads: list[list[Found]]) -> list[Found]:
    """Return of each overlapping list the first that tells of the author."""
    proven: list[Found] = []
    for overlapping in heads:
        floor = proven[-1].end if proven else 0
        free = (each for each in overlapping if each.start >= floor)
        first = next((each for each in free if proof.is_proven(sentence, each, floor)), None)
        if first is not None:
            proven.append(first)
    return proven


def _merged(sentence: Sentence, heads: list[Found]) -> list[Found]:
    """Put heads together that tell of one thing: "gave an interview", "my comments ended up in"."""
    merged: list[Found] = []
    for found in heads:
        if not merged or announces(sentence, merged[-1]):
            merged.append(found)
            continue
        last = merged[-1]
        between = [
            listed
            for listed in sentence.lists
            if last.end <= listed.first < found.start and _counts(last, listed)
        ]
        parted = sentence.boundaries(between[-1].end if between else last.end, found.start)
        if last.head.side is Side.BOTH and any(listed.end <= last.start for listed in sentence.lists):
            parted = sentence.boundaries(last.end, found.start)
        if last.head.side is Side.BEFORE and found.head.side is Side.BOTH and between:
            # A final verb of the next clause: "X hat mich befragt, und in Y werde ich zitiert".
            parted = parted or sentence.boundaries(last.end, between[0].start)
        travels = found.head.proof is Proof.WORK
        goes_on = (
            travels or found.head.side is Side.BEFORE or last.head.role is None or _has_own(sentence, found)
        )
        if last.head.role is not None and found.head.role is None and not parted:
            continue
        if parted or (between and goes_on):
            merged.append(found)
        elif between:
            merged[-1] = replace(last, stops=(*last.stops, found.start))
        else:
            merged[-1] = _together(last, found)
    return merged


def announces(sentence: Sentence, found: Found) -> bool:
    """Tell whether a head only announces those after it: "some media this week: spoke to X"."""
    return sentence.text[found.start : found.end].rstrip().endswith(":")


def _has_own(sentence: Sentence, found: Found) -> bool:
    """Tell whether an outlet follows a head at once."""
    near = [
        listed for listed in sentence.lists if 0 <= listed.start - found.end <= 1 and listed.names[0].known
    ]
    return bool(near) and near[0].lead in found.head.leads and found.head.side is Side.AFTER


def _counts(found: Found, listed: Listed) -> bool:
    of_talk = found.head.role is Role.TALK
    likely = any(may_be_outlet(name, listed.lead, of_talk=of_talk, in_list=False) for name in listed.names)
    return any(name.known for name in listed.names) or (likely and listed.lead in found.head.leads)


def _edge(sentence: Sentence, one: Found, other: Found) -> int:
    """Return where the region of one head ends and that of the next begins."""
    between = [listed for listed in sentence.lists if one.end <= listed.first < other.start]
    if other.head.side is Side.BEFORE:
        subjects = [listed for listed in between if listed.is_subject and listed.names[0].known]
        if subjects:
            return subjects[-1].start
        if between and RELATIVE.fullmatch(sentence.text[between[-1].end : other.start]):
            return between[-1].start
    if other.head.proof is Proof.WORK and other.head.side is Side.BOTH and one.head.role is None:
        passive = re.compile(r"\b(?:wurden?|ist|sind|haben?|hat)\b").search(
            sentence.text, one.end, other.start
        )
        if passive:
            return passive.start()
    parted = sentence.boundaries(one.end, other.start)
    if not parted:
        return other.start
    is_final = one.head.side is Side.BOTH and any(listed.end <= one.start for listed in sentence.lists)
    return parted[0][1] if is_final else parted[-1][1]


def _judged(sentence: Sentence, found: Found, start: int, end: int) -> Found:
    """Note whether what a head tells of did not take place."""
    grammar = sentence.grammar
    gap = sentence.text[start : found.start]
    before = gap[_last_part(gap) :]
    cancelled = grammar.cancelled_before.search(
        f"{before} {sentence.text[found.start : found.end]} "
    ) or grammar.cancelled_after.search(sentence.text, found.end, _cancellable(sentence, found.end, end))
    return replace(found, is_cancelled=bool(cancelled))


def _cancellable(sentence: Sentence, start: int, end: int) -> int:
    """Return how far words may tell that something did not take place: not into another main clause."""
    other = re.compile(r";(?! (?:it|this|that|which|es|cela)\b)").search(sentence.text, start, end)
    return other.start() if other else end


def _last_part(gap: str) -> int:
    parts = [match.end() for match in re.finditer(r"[;:]|\bbut\b|\baber\b|\bmais\b|\bpero\b", gap)]
    return parts[-1] if parts else 0


def _together(one: Found, other: Found) -> Found:
    """Return two heads as one: the first, with the outlets of both."""
    first, second = one.head, other.head
    role, side = first.role, first.side
    if role is None:
        role, side = second.role, second.side
    elif second.role is Role.TALK and role is Role.INTERVIEWED:
        role = Role.TALK
    if side is Side.AFTER:
        side = second.side if second.side is not Side.AFTER and second.role is not None else side
    joined = replace(
        first,
        role=role,
        side=side,
        leads=first.leads | second.leads,
        topics=first.topics or second.topics,
        takes_topic=first.takes_topic,
    )
    return Found(one.start, one.end, joined, (*one.stops, other.start))
