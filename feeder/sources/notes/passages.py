"""One sentence of a note, and what it adds to what the sentences before it told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from feeder.model.appearances import Proposal, Role
from feeder.sources.notes import groups, languages, names, topics
from feeder.sources.notes.gazetteer import Gazetteer
from feeder.sources.notes.grammar import Grammar, Head, Proof, Side, words
from feeder.sources.notes.groups import Group, Story
from feeder.sources.notes.names import Name
from feeder.sources.notes.reading import Link, Note
from feeder.sources.notes.sentence import Found, Sentence

_TRAVELS = {Role.REPUBLISHED, Role.TRANSLATED}
_MINE = re.compile(r"\b(?:my|mine|mein\w*|mon|ma|mi)\b", re.IGNORECASE)
# "spoke to X about Y, which was picked up by Z"
_WHICH = re.compile(
    r"\W*(?:which|that|both of which|all of which|and)(?: \w+)? (?:was|were|got|has|have|had|went"
    r"|then|picked|republished|reprinted|carried|translated)\b"
    r"|\W*and(?: \w+ly| then| later| also)? ?$"
)
_THAT = re.compile(
    r"\W*(?:but |sadly,? |alas,? |unfortunately,? )?(?:it|that|this|which|the|das|es|cela|la|el)\b",
    re.IGNORECASE,
)
# "Listen here": a sentence that only holds the link.
_POINTER = re.compile(
    r"\b(?:here|listen|watch|link|recording|video|audio|online|hier|nachhören|ici|écouter|aquí"
    r"|escuchar)\b",
    re.IGNORECASE,
)
# Words that let outlets alone follow: "Some radio, too. X on Y, and Z on W."
_MEDIA = re.compile(
    r"\b(?:media|press|radio|tv|television|interviews?|appearances|in the news|broadcast\w*|podcasts?"
    r"|airwaves"
    r"|quoted|Medien|Presse|Interviews|médias|presse|entretiens|medios|prensa|entrevistas)\b",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(r" ?(?:[.:;,(!–—-]|$)|,? (?:on|about|again|too|as well|zu|zum|zur|über|sur|sobre)\b")
_ADDS = re.compile(r",? (?:too|as well|also|likewise|auch|aussi|también)\W*$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|led|ran|says?|said|reports?|reported|will|would|wrote|writes|calls|called"
    r"|asks)\b"
)
_COLON = re.compile(r"(?<=[\ue000\ue001])(?::| [–—-])(?= )")
_SPOKEN = Head(
    re.compile(r"$^"), Role.INTERVIEWED, words("to with for on in by from at via _"), proof=Proof.NONE
)
_DECLINED = re.compile(
    r"\W*(?:but |so |in the end |of course |naturally )*I (?:didn['’]t|did not|declined|refused"
    r"|said no|couldn['’]t|would not|wouldn['’]t"
    r"|turned (?:it|them) down)\b[^,;]{0,12}\W*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(slots=True)
class Told:
    """What the sentences read so far have told, and the head that the next may go on with."""

    proposals: list[Proposal] = field(default_factory=list)
    head: Head | None = None
    recent: int = 0  # how many proposals there were before the last sentence that told some
    after_work: bool = False
    of_media: bool = False  # a sentence that named nobody spoke of media


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
        self._gazetteer = gazetteer
        self._sentence = Sentence(text, names.lists(text, known, grammar, linked), grammar)

    def read(self, told: Told) -> None:
        """Add what this sentence tells."""
        stories = groups.stories(replace(self._sentence, after_work=told.after_work))
        resumed = self._resumed(told)
        if resumed and not self._tells_of_first(stories):
            stories = groups.stories(replace(resumed, after_work=told.after_work))
        if not any(story.groups or story.printed for story in stories):
            self._look_back(told)
            told.of_media = told.of_media or bool(_MEDIA.search(self._sentence.text))
        else:
            told.recent = len(told.proposals)
        self._let_travel(stories)
        self._cancel(stories)
        found = [group for story in stories for group in story.groups]
        self._share_opening(stories, found)
        for story, following in zip_longest(stories, stories[1:]):
            told.proposals.extend(self._proposals_of(story, following))
        if stories:
            last = stories[-1]
            goes_on = last.groups and not last.groups[-1].is_cancelled
            told.head = last.region.found.head if goes_on else None
            told.after_work = any(story.region.found.head.role is None for story in stories)

    def _tells_of_first(self, stories: Sequence[Story]) -> bool:
        """Tell whether the first list of names has been taken for outlets, or for what printed."""
        first = self._sentence.lists[0].first if self._sentence.lists else -1
        printed = [name.start for story in stories for name in story.printed]
        taken = [name.start for story in stories for group in story.groups for name in group.names]
        return first in printed + taken

    def _resumed(self, told: Told) -> Sentence | None:
        """Return the sentence with the last one's head, if it goes on with it: "And to X about Y", "X on Y"."""
        sentence = self._sentence
        opening = sentence.grammar.again.match(sentence.text)
        begin = opening.end() if opening else len(sentence.text) - len(sentence.text.lstrip("-–—•*· "))
        first = sentence.lists[0] if sentence.lists else None
        if first is None or not first.names[0].known or sentence.text[begin : first.start].strip(" –—-•*·"):
            return None
        is_fragment = _FRAGMENT.match(sentence.text, first.end) and not _FINITE.search(
            sentence.text, first.end
        )
        head = told.head or (_SPOKEN if told.of_media else None)
        if head is None or head.role is None:
            return None
        if first.lead in head.leads and (opening or first.lead):
            leads = head.leads if opening else head.leads | {""}
        elif is_fragment and (told.of_media or _ADDS.match(sentence.text, first.end)):
            leads = head.leads | {"", first.lead}
        else:
            return None
        resumed = replace(
            head, leads=leads, side=Side.AFTER, proof=Proof.NONE, takes_topic=False, topics=_COLON
        )
        return replace(sentence, resumed=Found(begin, begin, resumed))

    def _look_back(self, told: Told) -> None:
        """Give a link of its own sentence to the last proposal, or drop that if it was cancelled."""
        if not told.proposals:
            return
        last = told.proposals[-1]
        text, grammar = self._sentence.text, self._sentence.grammar
        if grammar.cancelled_after.search(text) and _THAT.match(text):
            told.proposals.pop()
            return
        if _DECLINED.match(text):
            del told.proposals[told.recent :]
            return
        if topic := self._summed_up():
            told.proposals[told.recent :] = [
                each if each.topic else replace(each, topic=topic) for each in told.proposals[told.recent :]
            ]
        if self._links and last.url is None and _POINTER.search(self._words):
            told.proposals[-1] = replace(last, url=self._links[0].url)

    def _summed_up(self) -> str:
        """Return the topic that a sentence without outlets tells: "Both were about X"; empty if it tells none."""
        opening = self._sentence.grammar.sums_up.match(self._sentence.text)
        return self._words[slice(*topics.rest(self._sentence, opening.end()))] if opening else ""

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
                if before and not story.groups and story.loose_topic is None:
                    story.loose_topic = before.loose_topic
                before = story

    def _take_topic(self, group: Group, before: Story) -> None:
        between = self._words[before.groups[-1].end : group.start] if before.groups else ""
        travelled = [each.topic for each in before.groups if each.role in _TRAVELS or _WHICH.match(between)]
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
            written = self._words[name.start : name.end]
            known = name.known or self._gazetteer.named(written)
            yield Proposal(
                outlet=known.name if known else written,
                topic=self._words[slice(*group.topic)] if group.topic else "",
                role=group.role,
                url=url,
                phrase=phrase,
                language=language or (known.language if known else None),
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
            if lacking and not is_own and begin <= (link.start + link.end) // 2 < end:
                nearest = min(lacking, key=lambda place: abs(group.names[place].start - link.start))
                urls[nearest] = link.url
        return urls

    def _own_url(self, name: Name) -> str | None:
        return next(
            (link.url for link in self._links if link.start < name.end and name.start < link.end), None
        )

    def _share_opening(self, stories: Sequence[Story], found: Sequence[Group]) -> None:
        """Give a topic that opens the sentence, or a list of outlets, to all that tell none."""
        first = found[0].topic if found else None
        if not first or first[0] > found[0].names[0].start:
            return
        opens_list = self._sentence.text.startswith(":", first[1])
        if opens_list or first[0] < stories[0].region.found.start:
            for group in found:
                group.topic = group.topic or first
