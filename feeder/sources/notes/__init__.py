"""Appearances that a note mentions: which outlets, on which topic, in which role.

    reading      a note as text with links, in sentences
    gazetteer    the outlet list, and where a text names its outlets
    grammar      what a language's tables hold;  english, german, french, spanish: the tables
    spelling     what a name looks like;  english_heads, -_subjects, -_words: the heads of English
    names        lists of names in a sentence, and what leads to them
    sentence     a sentence with its names masked and listed
    proof        whether words tell of the author, or of somebody else
    clauses      the words that tell of appearances, each with its region of the sentence
    scope        one region;  topics: what introduces them and where they end
    taking       which names belong to a region's head, and which are part of a topic
    groups       which outlets share which topic
    passages     one sentence as proposals;  languages: those that it names

Rules and tables only: no network, no model. `propose` never raises, whatever the text.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from feeder.model.appearances import Proposal, Role
from feeder.sources.notes import reading
from feeder.sources.notes.english import ENGLISH
from feeder.sources.notes.french import FRENCH
from feeder.sources.notes.gazetteer import Gazetteer
from feeder.sources.notes.german import GERMAN
from feeder.sources.notes.grammar import Grammar
from feeder.sources.notes.passages import Passage, Told
from feeder.sources.notes.spanish import SPANISH

# A note announces; what is longer than this is a text, and a sentence of that length is none.
MAX_CHARACTERS = 20_000
_MAX_SENTENCE = 1_500
# With so few small words a sentence does not show its language.
_FEW_WORDS = 2

_GRAMMARS = (ENGLISH, GERMAN, FRENCH, SPANISH)


def propose(
    note_html: str, gazetteer: Gazetteer, *, printed_by: str | None = None, language: str | None = None
) -> list[Proposal]:
    """Return the appearances that a note mentions, in its order.

    `note_html` is HTML or plain text. `printed_by` is the outlet that printed the piece itself,
    which does not republish it. `language` is the note's, if known, for words too few to tell.
    Empty: the note names nobody.
    """
    note = reading.read(note_html[:MAX_CHARACTERS])
    grammar = _grammar(note.text, language)
    told = Told()
    for start, end in note.sentences():
        if end - start <= _MAX_SENTENCE:
            passage = Passage(note, start, end, _spoken(note.text[start:end], grammar), gazetteer)
            passage.read(told)
    printer = gazetteer.named(printed_by) if printed_by else None
    printed = {printed_by, printer.name if printer else None}
    return _distinct(
        each for each in told.proposals if each.role is not Role.REPUBLISHED or each.outlet not in printed
    )


def _grammar(text: str, language: str | None) -> Grammar:
    """Return the grammar of the language whose small words are most frequent in a text."""
    counts = _small_words(text)
    likely = [grammar for grammar, count in zip(_GRAMMARS, counts, strict=True) if count == max(counts)]
    hinted = [grammar for grammar in likely if language and language.lower().startswith(grammar.code)]
    return (hinted or likely)[0]


def _spoken(sentence: str, usual: Grammar) -> Grammar:
    """Return the grammar of one sentence: the note's, unless it is plainly in another language."""
    counts = _small_words(sentence)
    is_other = max(counts) > _FEW_WORDS and max(counts) > 2 * counts[_GRAMMARS.index(usual)]
    return _GRAMMARS[counts.index(max(counts))] if is_other else usual


def _small_words(text: str) -> list[int]:
    written = re.findall(r"[^\W\d_]+", text.lower())
    return [sum(word in grammar.stopwords for word in written) for grammar in _GRAMMARS]


def _distinct(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Leave out what repeats an outlet with its topic, but for its link."""
    kept: dict[tuple[str, str], Proposal] = {}
    for each in proposals:
        first = kept.setdefault((each.outlet, each.topic.casefold()), each)
        if first.url is None and each.url:
            kept[each.outlet, each.topic.casefold()] = replace(first, url=each.url)
    return list(kept.values())
