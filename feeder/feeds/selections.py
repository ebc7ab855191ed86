"""Which feeds list an item: decided by what it is, not by its texts. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from feeder.markup import languages, text
from feeder.model.feeds import EVERYTHING, Selection, Subject
from feeder.model.items import Card, Item, Kind
from feeder.model.settings import Declared
from feeder.templating.speech import Speech, marked

KINDS = {
    Kind.PIECE: Subject(Selection.KIND, "pieces", marked("Pieces")),
    Kind.APPEARANCE: Subject(Selection.KIND, "appearances", marked("Appearances")),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A declared feed, and what items must have, in the form in which that is compared."""

    subject: Subject
    all: frozenset[str]
    any: frozenset[str]
    none: frozenset[str]

    def fits(self, things: frozenset[str]) -> bool:
        """Tell whether an item that has `things` belongs to it."""
        return self.all <= things and not self.none & things and (not self.any or bool(self.any & things))


def chosen(declared: Iterable[Declared]) -> list[Chosen]:
    """Make the feeds that a site declares ready to be asked."""
    return [
        Chosen(subject_of(feed), _compared(feed.all), _compared(feed.any), _compared(feed.none))
        for feed in declared
    ]


def subject_of(declared: Declared) -> Subject:
    """Return the subject of a declared feed."""
    return Subject(Selection.DECLARED, declared.name, declared.name)


def declared_as(subject: Subject, declared: Mapping[str, Declared]) -> Declared | None:
    """Return what the site declares of a subject; None for one that it does not declare, or no more."""
    return declared.get(subject.slug) if subject.selection is Selection.DECLARED else None


def subjects(card: Card, declared: Iterable[Chosen]) -> list[Subject]:
    """Return the subjects of all feeds that list an item while it is public."""
    things = frozenset(_things(card))
    return [EVERYTHING, *own(card), *(feed.subject for feed in declared if feed.fits(things))]


def own(item: Card | Item) -> list[Subject]:
    """Return the subjects that an item names itself: its kind, tags, authors, outlet and language."""
    found = [KINDS[item.kind]]
    found += [Subject(Selection.TAG, tag.slug, tag.name) for tag in item.tags]
    found += [Subject(Selection.AUTHOR, author.slug, author.name) for author in item.authors]
    if item.outlet:
        found.append(Subject(Selection.OUTLET, item.outlet.slug, item.outlet.name))
    if item.language:
        found.append(language(item.language))
    return found


def language(tag: str) -> Subject:
    """Return the subject of a language."""
    canonical = languages.canonical(tag)
    return Subject(Selection.LANGUAGE, canonical, canonical)


def named(subject: Subject) -> Subject:
    """Return a subject that is new with the name that people shall read: languages are known by their tags."""
    if subject.selection is not Selection.LANGUAGE:
        return subject
    from feeder.templating import spoken  # noqa: PLC0415 - it takes a while, and is seldom needed

    return replace(subject, name=spoken.name(subject.slug))


def told(subject: Subject, speech: Speech) -> Subject:
    """Return a subject with its name in another language, as far as it is none that somebody gave it."""
    match subject.selection:
        case Selection.KIND:
            return replace(subject, name=speech.gettext(subject.name))
        case Selection.LANGUAGE if not speech.is_english:
            return replace(subject, name=speech.language(subject.slug))
        case _:
            return subject


def _things(card: Card) -> Iterator[str]:
    """Return all that an item has, as FIELD:WORDS."""
    yield f"kind:{card.kind}"
    named = {"tag": card.tags, "author": card.authors, "outlet": [card.outlet] if card.outlet else []}
    for field, names in named.items():
        # By names alone: what is one's slug may be another's name, as with C++ and C.
        yield from (_thing(f"{field}:{name.name}") for name in names)
    parts = (card.language or "").lower().split("-")
    # Who wants German wants that of Austria, too.
    yield from (f"language:{'-'.join(parts[:end])}" for end in range(1, len(parts) + 1))


def _compared(things: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_thing, things))


def _thing(thing: str) -> str:
    return text.line(thing).casefold()
