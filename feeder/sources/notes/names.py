"""Where a sentence names outlets: known ones, likely ones, and lists of them with what leads to them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feeder.model.appearances import KnownOutlet
from feeder.sources.notes import spelling
from feeder.sources.notes.gazetteer import Gazetteer, Mention
from feeder.sources.notes.grammar import FIRST, REST, Grammar

# What introduces the outlet that one speaks to, and hardly ever a place.
_SURE_LEADS = {"to", "by", "par", "por", "avec", "con"}
_LEADS = {"with", "for", "mit", "von", "bei", "beim", "der", "dem"}
_CONVERSED = {"to", "with", "by", "mit", "von", "avec", "par", "con", "por"}
_WHOLE_NAME = 5
_PERSON = 2
_GAP_WORDS = 4
_ARTICLE_WORDS = 3
_JOINT = 50


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a sentence. `known` is None for one that the outlet list lacks."""

    start: int
    end: int
    written: str
    known: KnownOutlet | None = None
    is_linked: bool = False
    has_article: bool = False
    owns: bool = False  # "the BBC's coverage": what follows is not the outlet, but its

    @property
    def is_medium(self) -> bool:
        """Whether it says itself that it names an outlet: "Meridian Gazette"."""
        return bool(spelling.IS_MEDIUM.search(self.written))


@dataclass(frozen=True, slots=True)
class Listed:
    """Names that stand together, and the word that leads to them; `start` is where that stands."""

    start: int
    lead: str
    names: tuple[Name, ...]

    @property
    def is_subject(self) -> bool:
        """Whether no preposition leads to it. German "der" may be an article only."""
        return self.lead in {"", "der"}

    @property
    def first(self) -> int:
        """Where the first name begins."""
        return self.names[0].start

    @property
    def end(self) -> int:
        """Where the last name ends."""
        return self.names[-1].end


def known_names(
    sentence: str, gazetteer: Gazetteer, language: str, linked: Sequence[tuple[int, int]]
) -> list[Name]:
    """Return the known outlets that a sentence names, with what belongs to their names."""
    names: list[Name] = []
    for mention in _whole(sentence, gazetteer.find(sentence, language)):
        if names and mention.start < names[-1].end:
            names[-1] = _narrowed(sentence, names[-1], mention)
            continue
        start, end = _with_quotes(sentence, mention.start, _extended(sentence, mention.end))
        start = _with_people(sentence, names[-1].end if names else 0, start)
        owner = spelling.POSSESSIVE.match(sentence, end)
        name = Name(start, end, mention.outlet.name, mention.outlet, owns=bool(owner))
        names.append(replace(name, is_linked=_is_linked(name, linked)))
    return names


def _narrowed(sentence: str, name: Name, part: Mention) -> Name:
    """Return a name for the part of its outlet that it goes on with: "the BBC's Newsnight"."""
    is_part = name.known is not None and sentence[: part.start].endswith("'s ")
    return replace(name, written=part.outlet.name, known=part.outlet) if is_part else name


def _whole(sentence: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Put a programme together with its station: "Morning Joe on MSNBC"."""
    whole: list[Mention] = []
    for mention in mentions:
        last = whole[-1] if whole else None
        if (
            last
            and last.outlet is mention.outlet
            and spelling.AIRED.fullmatch(sentence[last.end : mention.start])
        ):
            whole[-1] = replace(last, end=mention.end)
        else:
            whole.append(mention)
    return whole


def masked(sentence: str, names: Iterable[Name]) -> str:
    """Return the sentence with a mask of the same length in place of each name."""
    shown = sentence.replace(FIRST, " ").replace(REST, " ")
    for name in names:
        shown = shown[: name.start] + FIRST + REST * (name.end - name.start - 1) + shown[name.end :]
    return shown


def lists(
    sentence: str, names: Sequence[Name], grammar: Grammar, linked: Sequence[tuple[int, int]]
) -> list[Listed]:
    """Return the lists of names in a masked sentence, in order; a single name is a list, too."""
    everyone = sorted([*names, *_likely_names(sentence, names, grammar, linked)], key=lambda name: name.start)
    found: list[list[Name]] = []
    for name in everyone:
        if (
            found
            and _joins(sentence[found[-1][-1].end : name.start], grammar)
            and _may_be_listed(sentence, found[-1], grammar)
        ):
            found[-1].append(name)
        else:
            found.append([name])
    listed: list[Listed] = []
    for group in found:
        after = listed[-1].end if listed else 0
        start, lead = _lead(sentence, after, group[0].start, grammar)
        listed.append(Listed(start, lead, tuple(group)))
    return listed


def may_be_outlet(name: Name, lead: str, *, of_talk: bool, in_list: bool) -> bool:
    """Tell whether a name that the outlet list lacks may be one, where the grammar says it is."""
    if name.known is not None or name.is_medium or (of_talk and spelling.IS_GATHERING.search(name.written)):
        return True
    if spelling.NO_OUTLET.search(name.written):
        return False
    word_count = len(name.written.split())
    abbreviates = name.written.isupper() and word_count == 1
    if of_talk:
        is_long = lead != "by" and (name.is_linked or abbreviates or word_count > 1)
        return name.has_article or is_long
    if in_list or ((name.has_article or abbreviates) and lead in _SURE_LEADS | _LEADS):
        return True
    if word_count == 1:
        return name.is_linked or (len(name.written) >= _WHOLE_NAME and lead in _SURE_LEADS)
    # Two words are most often a person.
    return name.is_linked and (word_count > _PERSON or "'s " in name.written)


def _may_be_listed(sentence: str, group: Sequence[Name], grammar: Grammar) -> bool:
    """Tell whether a list may go on: not after a place, as in "the vote in Oslo, X on Y"."""
    name = group[-1]
    if name.known or name.is_linked or name.is_medium or len(group) > 1:
        return True
    return _lead(sentence, 0, name.start, grammar)[1] in _CONVERSED


def _is_linked(name: Name, linked: Sequence[tuple[int, int]]) -> bool:
    return any(start < name.end and name.start < end for start, end in linked)


def _extended(sentence: str, end: int) -> int:
    further = spelling.EXTENSION.match(sentence, end)
    return further.end() if further else end


def _with_quotes(sentence: str, start: int, end: int) -> tuple[int, int]:
    quoted = (
        start > 0
        and sentence[start - 1] in spelling.OPENING
        and sentence[end : end + 1] in spelling.CLOSING
        and end < len(sentence)
    )
    return (start - 1, end + 1) if quoted else (start, end)


def _with_people(sentence: str, after: int, start: int) -> int:
    floor = max(after, start - 80)
    before = sentence[floor:start]
    found = spelling.PEOPLE.search(before) or spelling.PART.search(before) or spelling.PLACE.search(before)
    return floor + found.start() if found else start


def _likely_names(
    sentence: str, names: Sequence[Name], grammar: Grammar, linked: Sequence[tuple[int, int]]
) -> list[Name]:
    """Return capitalized words where an outlet could stand: after a preposition, or beside another name."""
    likely: list[Name] = []
    for match in spelling.SEQUENCE.finditer(sentence):
        if any(name.start <= match.end() + 1 and match.start() < name.end for name in names):
            continue
        if spelling.KIND.match(sentence, match.end()):
            continue
        before = sentence[max(0, match.start() - 60) : match.start()]
        before = spelling.PLACE.sub("the ", before)
        start, lead = _lead(before, 0, len(before), grammar)
        follows = bool(likely or names) and _follows_name(sentence, match.start(), [*names, *likely], grammar)
        if not lead and not follows and not spelling.IS_SHOW.search(match[0]):
            continue
        written = spelling.DAY.sub("", match[0]).removesuffix("'s").removesuffix("’s")
        gap = before[start + len(lead) :]
        article = bool(re.search(r"\b(?:the|la|el|le|les|der|dem|die|das)\b", gap, re.IGNORECASE))
        if sum(map(str.isupper, gap)) or len(gap.split()) > _ARTICLE_WORDS:
            continue
        if (
            spelling.NO_OUTLET.search(written)
            and not spelling.IS_MEDIUM.search(written)
            and not spelling.IS_GATHERING.search(written)
        ):
            continue
        end = match.start() + len(written)
        name = Name(
            match.start(),
            end,
            written,
            has_article=article,
            owns=bool(spelling.POSSESSIVE.match(sentence, end)),
        )
        likely.append(replace(name, is_linked=_is_linked(name, linked)))
    return likely


def _follows_name(sentence: str, start: int, names: Sequence[Name], grammar: Grammar) -> bool:
    return any(name.end < start and _joins(sentence[name.end : start], grammar) for name in names)


def _joins(between: str, grammar: Grammar) -> bool:
    if len(between) > _JOINT or ";" in between:
        return False
    if match := spelling.BETWEEN.match(between):
        between = between[match.end() :]
    joint = grammar.and_.match(between)
    return bool(joint) and bool(spelling.DETERMINERS.fullmatch(between[joint.end() :])) if joint else False


def _lead(sentence: str, after: int, before: int, grammar: Grammar) -> tuple[int, str]:
    """Return where the word stands that leads to the name at `before`, and the word; "" if none does."""
    floor = max(after, before - 80)
    stretch = spelling.PLACE.sub("", sentence[floor:before])
    unnamed = spelling.UNNAMED.search(stretch)
    if unnamed and grammar.leads.fullmatch(unnamed["lead"]):
        return before, unnamed["lead"].lower()
    for match in reversed(list(grammar.leads.finditer(stretch))):
        gap = stretch[match.end() :].strip()
        if gap and not _is_gap(gap, grammar):
            break
        lead = match[0].lower()
        return floor + match.start(), lead
    return before, ""


def _is_gap(gap: str, grammar: Grammar) -> bool:
    words = re.findall(r"\S+", gap)
    return len(words) <= _GAP_WORDS and all(grammar.articles.fullmatch(word) for word in words)
