"""Which entries of a feed are taken, and which of them are appearances. Pure.

A rule is `FIELD:WORDS`, as in `category:Media` or `title:interview with`.
It fits an entry if the words stand in that field as a phrase of whole words, in capitals or not.
Fields are `title`, `author`, `category`, `url`, and `text`, which is all that the entry says in
plain text, its title included.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from feeder.errors import ConfigurationError
from feeder.markup import html, text
from feeder.model import settings
from feeder.model.items import Kind
from feeder.sources.syndication.entries import Entry, Written

FIELDS = ("title", "author", "category", "url", "text")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a field, and the phrase that it has to hold."""

    field: str
    phrase: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules of one feed.

    An entry is taken if it fits one of `only`, where there are any, and none of `skip`. It is a
    piece if it fits one of `pieces`, else an appearance if it fits one of `appearances`, else a `kind`.
    """

    kind: Kind = Kind.PIECE
    only: tuple[Rule, ...] = ()
    skip: tuple[Rule, ...] = ()
    pieces: tuple[Rule, ...] = ()
    appearances: tuple[Rule, ...] = ()


def choice(feed: settings.Syndication) -> Choice:
    """Return the rules of a feed's settings.

    Raises: ConfigurationError, for a rule that is none.
    """
    thing = f"sources.{feed.name}"
    return Choice(
        feed.kind,
        _rules(f"{thing}.only", feed.only),
        _rules(f"{thing}.skip", feed.skip),
        _rules(f"{thing}.pieces", feed.pieces),
        _rules(f"{thing}.appearances", feed.appearances),
    )


def kind_of(entry: Entry, rules: Choice) -> Kind | None:
    """Return what an entry is to be taken as; None where it is not to be taken."""
    fields = _Fields(entry)
    if (rules.only and not fields.fit(rules.only)) or fields.fit(rules.skip):
        return None
    if fields.fit(rules.pieces):
        return Kind.PIECE
    return Kind.APPEARANCE if fields.fit(rules.appearances) else rules.kind


def plain(written: Written) -> str:
    """Return a text of a feed as plain text."""
    return html.to_text(written.words) if written.is_html else text.scrub(written.words).strip()


def _rules(thing: str, written: Iterable[str]) -> tuple[Rule, ...]:
    return tuple(_rule(thing, each) for each in written)


def _rule(thing: str, written: str) -> Rule:
    field, colon, words = written.partition(":")
    field, phrase = field.strip().lower(), text.line(words).casefold()
    if not colon or field not in FIELDS or not phrase:
        mend = f"write FIELD:WORDS, with one of {', '.join(FIELDS)} as the field"
        raise ConfigurationError(f"{thing} = {written!r}", "is no rule", mend)
    before = r"(?<!\w)" if re.match(r"\w", phrase) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", phrase) else ""
    return Rule(field, re.compile(before + re.escape(phrase) + after))


class _Fields:
    """The fields of one entry, each made ready when it is first asked for."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._values = cache(self._made)

    def fit(self, rules: Iterable[Rule]) -> bool:
        """Tell whether one of the rules fits."""
        return any(rule.phrase.search(value) for rule in rules for value in self._values(rule.field))

    def _made(self, field: str) -> list[str]:
        return [text.line(value).casefold() for value in self._written(field)]

    def _written(self, field: str) -> Iterable[str]:
        entry = self._entry
        match field:
            case "title":
                return [plain(entry.title)]
            case "author":
                return entry.authors
            case "category":
                return entry.tags
            case "url":
                return [entry.link]
            case _:
                return [" ".join(map(plain, (entry.title, entry.summary, entry.content)))]
