"""A source: a WordPress, by its REST interface.

    roots        where the site has its REST interface
    lists        what the site has, and which version of it
    texts        the texts of posts, on their way
    posts        a post of the REST interface as a draft
    rest         questions, and what answers mean

    wxr          a source for once: the export file;  rendering: its raw texts as WordPress shows them

    drafts       what both have in common: a post as a draft
    splitting    a post taken apart: the author's note, and the printed piece that follows it
    blocks       what stands side by side in a post;  bylines, pictures: which of it is one

All questions are asked before the first draft is told, so that a failure half-way touches nothing;
the texts wait in a file meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import Any

from feeder import net
from feeder.errors import DraftRefused
from feeder.model import settings
from feeder.model.items import Broken, Draft, Mark, NotModified, Past, Reading, Told, Unchanged
from feeder.sources.wordpress import lists, posts, roots, texts
from feeder.sources.wordpress.drafts import Blog
from feeder.sources.wordpress.lists import Entry, Names
from feeder.sources.wordpress.rest import Refusal, Rest, Row
from feeder.sources.wordpress.roots import Found
from feeder.sources.wordpress.texts import Texts

# Counted up when the same posts give other drafts than before.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the site has: where it was asked, its public posts, and the version of each."""

    found: Found
    entries: Mapping[int, Entry] = field(repr=False)
    names: Names = field(repr=False)
    versions: Mapping[int, str] = field(repr=False)
    whole: bool

    @property
    def digest(self) -> str:
        return blake2b(repr(self.versions).encode(), digest_size=16).hexdigest()

    def mark(self, entry: Entry) -> Mark:
        return Mark(entry.key, self.versions[entry.number])


class WordPress:
    """Reads the public posts of a blog. An item's place is the number of its post, its key the guid."""

    def __init__(self, source: settings.WordPress, site: settings.Site, client: net.Client) -> None:
        self.name = source.name
        self._source = source
        self._site = site
        self._client = client
        self._thing = f"source {source.name}"

    def read(self, past: Past) -> Reading | NotModified:
        """Compare all that the blog has with what the store holds, and read what differs.

        It is complete unless the blog says that it has more posts than it lists.
        Raises: SourceError, before anything is told.
        """
        survey = self._survey(past.state)
        if survey.whole and past.state.get("digest") == survey.digest:
            return NotModified()
        held = {int(place): mark for place, mark in past.marks().items() if place.isdecimal()}
        rest = self._rest(survey.found)
        if survey.whole:
            lists.check_gone(rest, sorted(held.keys() - survey.entries.keys()))
        wanted = [
            number for number, entry in survey.entries.items() if held.get(number) != survey.mark(entry)
        ]
        fetched = texts.fetch(rest, wanted, posts.FIELDS)
        keys = {entry.key for entry in survey.entries.values()}
        return Reading(
            told=self._told(survey, wanted, fetched, held),
            complete=survey.whole,
            state=self._state(survey),
            missing=frozenset(mark.key for mark in held.values()) - keys if survey.whole else frozenset(),
        )

    def _survey(self, state: Mapping[str, Any]) -> _Survey:
        """Look at all that the site has, at the place where its REST interface was, or is now."""
        if state.get("url") == self._source.url:
            found = Found(state["home"], state["language"], state["base"])
            try:
                return self._survey_at(found)
            except Refusal as refusal:
                if not refusal.is_not_there:
                    raise
        return self._survey_at(roots.find(self._thing, self._source, self._client))

    def _survey_at(self, found: Found) -> _Survey:
        rest = self._rest(found)
        listing = lists.posts(rest)
        names = lists.names(rest, listing.entries.values())
        others = (FORMAT, found.home, self._language(found), self._site.author, self._source.outlet)
        versions = {number: lists.version(entry, names, others) for number, entry in listing.entries.items()}
        return _Survey(found, listing.entries, names, versions, listing.whole)

    def _rest(self, found: Found) -> Rest:
        return Rest(self._thing, self._source, self._client, found.base)

    def _language(self, found: Found) -> str:
        return found.language or self._site.language

    def _told(
        self, survey: _Survey, wanted: Sequence[int], fetched: Texts, held: Mapping[int, Mark]
    ) -> Iterator[Told]:
        for number in sorted(survey.entries.keys() - wanted):
            yield Unchanged(survey.entries[number].key)
        for number, why in fetched.broken.items():
            thing = f"{self._thing}, post {number}"
            yield _broken(survey.entries[number], held, DraftRefused(thing, why.rule, why.mend))
        blog = self._blog(survey)
        for row in fetched.read():
            entry = survey.entries[row["id"]]
            if not posts.is_protected(row):
                try:
                    told: Told = self._draft(survey, blog, entry, row)
                except DraftRefused as refusal:
                    told = _broken(entry, held, refusal)
                yield told

    def _blog(self, survey: _Survey) -> Blog:
        pictures = {str(number): picture for number, picture in survey.names.pictures.items()}
        return Blog(survey.found.home, self._language(survey.found), authors={}, attachments=pictures)

    def _draft(self, survey: _Survey, blog: Blog, entry: Entry, row: Row) -> Draft:
        thing = f"{self._thing}, {posts.named(row)}"
        draft = posts.draft(thing, blog, entry, survey.names, row)
        return replace(
            posts.of_outlet(draft, entry, self._source.outlet),
            # Some sites tell nobody who writes there.
            authors=draft.authors or tuple(filter(None, [self._site.author])),
            place=str(entry.number),
            version=survey.versions[entry.number],
        )

    def _state(self, survey: _Survey) -> dict[str, str]:
        state = {"url": self._source.url, **asdict(survey.found)}
        return state | {"digest": survey.digest} if survey.whole else state


def _broken(entry: Entry, held: Mapping[int, Mark], refusal: DraftRefused) -> Broken:
    keys = {entry.key, held[entry.number].key} if entry.number in held else {entry.key}
    return Broken(frozenset(keys), refusal)
