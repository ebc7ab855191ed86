"""Which feeds list an item: decided by what it is, not by its texts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from feeder.markup import languages, things
from feeder.markup.things import Wanted
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
    """A declared feed, and what items must have to belong to it."""

    subject: Subject
    wanted: Wanted


def chosen(declared: Iterable[Declared]) -> list[Chosen]:
    """Make the feeds that a site declares ready to be asked."""
    return [Chosen(subject_of(feed), things.wanted(feed.all, feed.any, feed.none)) for feed in declared]


def subject_of(declared: Declared) -> Subject:
    """Return the subject of a declared feed."""
    return Subject(Selection.DECLARED, declared.name, declared.name)


def declared_as(subject: Subject, declared: Mapping[str, Declared]) -> Declared | None:
    """Return what the site declares of a subject; None for one that it does not declare, or no more."""
    return declared.get(subject.slug) if subject.selection is Selection.DECLARED else None


def subjects(card: Card, declared: Iterable[Chosen]) -> list[Subject]:
    """Return the subjects of all feeds that list an item while it is public."""
    has = things.of(card)
    return [EVERYTHING, *own(card), *(feed.subject for feed in declared if feed.wanted.fits(has))]


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
