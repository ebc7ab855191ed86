"""What a region of a sentence says: which outlets share which topic."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from feeder.model.appearances import Role
from feeder.sources.notes import clauses, scope, taking, topics
from feeder.sources.notes.clauses import Region
from feeder.sources.notes.grammar import FIRST, Side
from feeder.sources.notes.names import Listed, Name
from feeder.sources.notes.scope import Scope
from feeder.sources.notes.sentence import Sentence
from feeder.sources.notes.topics import Topic

_ASIDE = re.compile(r" \((?P<topic>[^()]{4,80})\)")
# Brackets that hold no topic.
_REMARK = re.compile(
    r"(?:in|auf|en) \w+$|\W*(?:link|here|hier|ici|aquí|video|audio|paywall\w*|subscri\w+|behind|both"
    r"|again|twice|live"
    r"|no|not|sadly|pdf|print|from|via|see|also|\d|minute)\b|(?-i:[A-Z]{2,6})$|https?:|(?:and|but|yes"
    r"|who|which)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(r" (?:and|und|et|y)(?: was| then| also)* ")
_AND_IN = re.compile(r" and (?:also |then )?(?:in|on|for) (?:an? |some |the )")
_MEDIA = {Role.INTERVIEWED, Role.QUOTED}


@dataclass(slots=True)
class Group:
    """Outlets that share a topic; places are within the sentence. `topic` is None where none is told."""

    role: Role
    names: list[Name]
    start: int
    end: int
    lead: int  # where the word stands that leads to the outlets
    topic: tuple[int, int] | None = None
    opening: Topic | None = None  # what introduces a topic that stands before the outlets
    is_cancelled: bool = False


@dataclass(slots=True)
class Story:
    """What one region tells: its groups, or the outlets that printed, and a topic without a group."""

    region: Region
    groups: list[Group] = field(default_factory=list)
    loose_topic: tuple[int, int] | None = None
    printed: list[Name] = field(default_factory=list)


def stories(sentence: Sentence) -> list[Story]:
    """Return what each region of a sentence tells, in order, with topics that they share."""
    told = [_story(scope.of_region(sentence, region)) for region in clauses.regions(sentence)]
    for one, other in pairwise(told):
        _share(sentence, one, other)
    opening = told[0].loose_topic if told else None
    if opening and (
        clauses.announces(sentence, told[0].region.found) or sentence.text.startswith(":", opening[1])
    ):
        for group in [group for story in told[1:] for group in story.groups]:
            group.topic = group.topic or opening
    return told


def _story(region: Scope) -> Story:
    introduced = topics.introductions(region)
    if region.head.role is not None:
        return _Telling(region, region.head.role, introduced).story()
    printed = [name for listed in region.lists for name in listed.names if name.known]
    topic = topics.words(region, introduced[0], region.region.end) if introduced else None
    return Story(region.region, loose_topic=topic, printed=printed)


def _share(sentence: Sentence, one: Story, other: Story) -> None:
    """Give the topic of one region to the other where its words leave no doubt."""
    if not one.groups:
        return
    last = one.groups[-1]
    if other.loose_topic and not other.groups and last.topic is None:
        last.topic = other.loose_topic
        last.end = max(last.end, other.loose_topic[1])
    if not other.groups:
        return
    following = other.groups[0]
    if following.topic is None and not sentence.boundaries(last.end, following.start):
        following.topic = last.topic
    is_joined = _JOINT.fullmatch(sentence.text[last.end : following.start])
    if following.topic is None and _AND_IN.match(sentence.text, last.end):
        following.topic = last.topic
    if last.topic is None and is_joined and {last.role, following.role} <= _MEDIA:
        last.topic = following.topic


class _Telling:
    """One region, read from left to right."""

    def __init__(self, region: Scope, role: Role, introduced: Sequence[Topic]) -> None:
        self._scope = region
        self._role = role
        self._topics = introduced
        self._held: list[Topic | None] = []  # what introduced the topic of each group
        self._groups: list[Group] = []

    def story(self) -> Story:
        opening: Topic | None = None
        parts: list[Listed | Topic] = [*taking.taken(self._scope, self._topics), *self._topics]
        for part in sorted(parts, key=lambda each: each.start):
            if isinstance(part, Listed):
                self._add(part, opening)
            elif not self._groups:
                opening = self._better(opening, part)
            elif opening and taking.opens_next(self._scope, part):
                opening = part
            elif not (opening and taking.stands_apart(self._scope, part)):
                self._held[-1] = self._better(self._held[-1], part)
        self._set_topics()
        self._fill()
        loose = opening if opening and not self._groups else None
        topic = topics.words(self._scope, loose, self._scope.region.end) if loose else None
        return Story(self._scope.region, self._groups, topic)

    def _add(self, listed: Listed, opening: Topic | None) -> None:
        """Let outlets join the last group, if that has no topic yet, or begin one."""
        names = self._scope.outlets(listed)
        role = Role.TALK if self._scope.is_talk(listed) else self._role
        aside = self._aside(listed)
        if self._groups:
            last = self._groups[-1]
            has_topic = self._held[-1] is not None or last.topic is not None
            if not has_topic and not aside and last.role is role and last.opening == opening:
                last.names.extend(names)
                last.end = listed.end
                return
        found = self._scope.region.found
        start, end = listed.start, listed.end
        if not self._groups:
            start = min(start, found.start)
            end = max(end, found.end) if found.head.side is Side.BOTH else end
        self._held.append(None)
        self._groups.append(Group(role, names, start, end, listed.start, aside, opening, found.is_cancelled))

    def _aside(self, listed: Listed) -> tuple[int, int] | None:
        """Return a topic that stands in brackets behind a name, unless a preposition introduces it."""
        aside = _ASIDE.match(self._scope.sentence.text, listed.end)
        if not aside or _REMARK.match(aside["topic"]) or FIRST in aside["topic"]:
            return None
        if any(aside.start() <= topic.start < aside.end() for topic in self._topics):
            return None
        return aside.span("topic")

    def _better(self, held: Topic | None, topic: Topic) -> Topic:
        """Return which of two counts: the first, unless it is only an occasion."""
        return topic if held is None or topics.replaces(self._scope, held, topic) else held

    def _set_topics(self) -> None:
        """Let each topic end where the next group or the region does."""
        for held, group, following in zip_longest(self._held, self._groups, self._groups[1:]):
            if held is None:
                continue
            limit = following.start if following else self._scope.region.end
            group.topic = topics.words(self._scope, held, limit)
            if group.topic:
                group.end = max(group.end, group.topic[1])

    def _fill(self) -> None:
        """Give the groups without a topic the one that stands before them, or else the last one's."""
        opened: dict[Topic, tuple[int, int] | None] = {}
        for place, group in enumerate(self._groups):
            if group.opening and group.opening not in opened:
                opened[group.opening] = topics.words(self._scope, group.opening, group.lead)
            if group.topic is None and group.opening and (topic := opened[group.opening]):
                group.topic = topic
                group.start = min(group.start, topic[0])
            elif group.topic is None and place:
                group.topic = self._groups[place - 1].topic
