"""One sentence of a note, and what it adds to what the sentences before it told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from feeder.model.appearances import Proposal, Role
from feeder.sources.notes import groups, languages, names
from feeder.sources.notes.gazetteer import Gazetteer
from feeder.sources.notes.grammar import Grammar, Head, Proof
from feeder.sources.notes.groups import Group, Story
from feeder.sources.notes.names import Name
from feeder.sources.notes.reading import Link, Note
from feeder.sources.notes.sentence import Sentence

_TRAVELS = {Role.REPUBLISHED, Role.TRANSLATED}
_MINE = re.compile(r"\b(?:my|mine|mein\w*|mon|ma|mi)\b", re.IGNORECASE)
_THAT = re.compile(
    r"\W*(?:but |sadly,? |alas,? |unfortunately,? )?(?:it|that|this|which|the|das|es|cela|la|el)\b",
    re.IGNORECASE,
)
# "Listen here": a sentence that only holds the link.
_POINTER = re.compile(
    r"\b(?:here|listen|watch|link|recording|video|audio|online|hier|nachhören|ici|écouter|aquí|escuchar)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(slots=True)
class Told:
    """What the sentences read so far have told, and the head that the next may go on with."""

    proposals: list[Proposal] = field(default_factory=list)
    head: Head | None = None
    after_work: bool = False


class Passage:
    """One sentence of a note; places are within it."""

    def __init__(self, note: Note, start: int, end: int, grammar: Grammar, gazetteer: Gazetteer) -> None:
        self._words = note.text[start:end]
        self._links = [
            Link(max(start, link.start) - start, min(end, link.end) - start, link.url)
            for link in note.links
            if link.start < end and start < link.end
        ]
        linked = [(link.start, link.end) for link in self._links]
        plain = _ADDRESS.sub(lambda match: " " * len(match[0]), self._words).replace("’", "'")
        known = names.known_names(plain, gazetteer, grammar.code, linked)
        text = names.masked(plain, known)
        self._sentence = Sentence(text, names.lists(text, known, grammar, linked), grammar)

    def read(self, told: Told) -> None:
        """Add what this sentence tells."""
        stories = groups.stories(replace(self._sentence, after_work=told.after_work))
        if not stories and told.head and (resumed := self._resumed(told.head)):
            stories = groups.stories(resumed)
        if not any(story.groups or story.printed for story in stories):
            self._look_back(told)
        self._let_travel(stories)
        self._cancel(stories)
        found = [group for story in stories for group in story.groups]
        _share_opening(stories, found)
        for story, following in zip_longest(stories, stories[1:]):
            told.proposals.extend(self._proposals_of(story, following))
        if stories:
            last = stories[-1]
            goes_on = last.groups and not last.groups[-1].is_cancelled
            told.head = last.region.found.head if goes_on else None
            told.after_work = any(story.region.found.head.role is None for story in stories)

    def _resumed(self, head: Head) -> Sentence | None:
        """Return the sentence with the last one's head, if it goes on with it: "And to X about Y"."""
        sentence = self._sentence
        opening = sentence.grammar.again.match(sentence.text)
        begin = opening.end() if opening else 0
        first = sentence.lists[0] if sentence.lists else None
        if first is None or head.role is None or first.lead not in head.leads or not first.names[0].known:
            return None
        if sentence.text[begin : first.start].strip() or not (opening or first.lead):
            return None
        leads = head.leads if opening else head.leads | {""}
        begins = re.compile(re.escape(sentence.text[:begin] or first.lead), re.IGNORECASE)
        resumed = replace(head, pattern=begins, leads=leads, proof=Proof.NONE, takes_topic=False)
        return replace(sentence, grammar=replace(sentence.grammar, heads=(resumed,)))

    def _look_back(self, told: Told) -> None:
        """Give a link of its own sentence to the last proposal, or drop that if it was cancelled."""
        if not told.proposals:
            return
        last = told.proposals[-1]
        text, grammar = self._sentence.text, self._sentence.grammar
        if grammar.cancelled_after.search(text) and _THAT.match(text):
            told.proposals.pop()
        elif self._links and last.url is None and _POINTER.search(self._words):
            told.proposals[-1] = replace(last, url=self._links[0].url)

    def _let_travel(self, stories: Sequence[Story]) -> None:
        """Find the outlet, or the topic, of a text that travelled in the words before.

        A text that "was translated into X" by nobody named belongs to the outlet that had it.
        """
        before: Story | None = None
        told = [group for story in stories for group in story.groups]
        for story in stories:
            head = story.region.found.head
            if before and head.role in _TRAVELS and story.groups:
                self._take_topic(story.groups[0], before)
            elif before and head.proof is Proof.WORK:
                self._let_translation_travel(story, before, told)
            if story.groups or story.printed or before is None:
                before = story

    def _take_topic(self, group: Group, before: Story) -> None:
        travelled = [each.topic for each in before.groups if each.role in _TRAVELS]
        if group.topic is None and travelled:
            group.topic = travelled[-1]
        elif group.topic is None and _MINE.search(self._words[: group.start]):
            group.topic = before.loose_topic

    def _let_translation_travel(self, story: Story, before: Story, told: Sequence[Group]) -> None:
        start = story.region.found.start
        if story.region.found.head.role is not Role.TRANSLATED and not languages.named(self._words[start:]):
            return
        end = languages.end_of_name(self._words, story.region.found.end)
        if before.groups:
            last = before.groups[-1]
            last.role, last.end = Role.TRANSLATED, max(last.end, end)
        elif before.printed and not any(each.role in _TRAVELS for each in told):
            # The words that tell of it stand for the outlet, so that their link counts, not the original's.
            name = replace(before.printed[-1], start=start, end=max(end, start + 1))
            story.groups.append(Group(Role.TRANSLATED, [name], before.region.found.start, end, start))

    def _cancel(self, stories: Sequence[Story]) -> None:
        """Let a cancellation in a region without outlets count for the one before."""
        cancelled = self._sentence.grammar.cancelled_after
        for one, other in pairwise(stories):
            region = other.region
            if not other.groups and cancelled.search(self._sentence.text, region.start, region.end):
                for group in one.groups:
                    group.is_cancelled = True

    def _proposals_of(self, story: Story, following: Story | None) -> Iterator[Proposal]:
        """Yield the proposals of a region; what a region without outlets links belongs to the one before."""
        is_empty = following is None or not (following.groups or following.printed)
        limit = len(self._words) if is_empty else story.region.end
        for place, group in enumerate(story.groups):
            begin = group.start if place else min(group.start, story.region.start)
            end = story.groups[place + 1].start if place + 1 < len(story.groups) else limit
            if not group.is_cancelled:
                yield from self._proposals(group, self._urls(group, begin, end))

    def _proposals(self, group: Group, urls: Sequence[str | None]) -> Iterator[Proposal]:
        begin = min([group.start, *(name.start for name in group.names)])
        end = max(group.end, group.topic[1] if group.topic else 0)
        phrase = self._words[begin:end].strip(" ,;")
        language = languages.named(self._words[begin : end + 20])
        for name, url in zip(group.names, urls, strict=True):
            yield Proposal(
                outlet=name.known.name if name.known else self._words[name.start : name.end],
                topic=self._words[slice(*group.topic)] if group.topic else "",
                role=group.role,
                url=url,
                phrase=phrase,
                language=language or (name.known.language if name.known else None),
            )

    def _urls(self, group: Group, begin: int, end: int) -> list[str | None]:
        """Return the link of each name: its own; what else is linked belongs to the nearest without."""
        urls: list[str | None] = [self._own_url(name) for name in group.names]
        elsewhere = [name for listed in self._sentence.lists for name in listed.names if name.known]
        for link in self._links:
            is_own = any(
                link.start < name.end and name.start < link.end for name in [*elsewhere, *group.names]
            )
            lacking = [place for place, url in enumerate(urls) if url is None]
            if lacking and not is_own and begin <= link.start < end:
                nearest = min(lacking, key=lambda place: abs(group.names[place].start - link.start))
                urls[nearest] = link.url
        return urls

    def _own_url(self, name: Name) -> str | None:
        return next(
            (link.url for link in self._links if link.start < name.end and name.start < link.end), None
        )


def _share_opening(stories: Sequence[Story], found: Sequence[Group]) -> None:
    """Give a topic that opens the sentence to all that tell none."""
    first = found[0].topic if found else None
    if first and first[0] < min(found[0].names[0].start, stories[0].region.found.start):
        for group in found:
            group.topic = group.topic or first
