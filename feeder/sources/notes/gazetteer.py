"""The outlet list, and where a text names its outlets."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from feeder.model.appearances import KnownOutlet, Policy

LIST = Path(__file__).parents[1] / "outlets.toml"

# Below this many letters, one wrong letter makes another name.
_FUZZY_LETTERS = 6
_MAX_WORDS = 8
# Words that differ from a name by one letter.
_WORDS = {
    "politics",
    "forbids",
    "reuter",
    "merkur",
    "vanguards",
    "globes",
    "reforms",
    "survivals",
    "economics",
    "ankara",
    "angara",
    "namibia",
    "politik",
    "politiker",
    "respect",
    "zenit",
}

# German adjectives in names, and names that take an "s" as owners.
_BENDS = re.compile(r"[A-ZÄÖÜ]\w{2,}e")
_OWNS = re.compile(r"\w{4,}[ldtkr]")

_WORD = re.compile(r"[^\W_]+")
# What may stand between the words of one name: "Al-Jazeera", "L'Express", "RFE/RL", "F.A.Z.".
_WITHIN = re.compile(r"[ .'’&/+-]{0,3}")
_ARTICLE_WORDS = {"the", "der", "die", "das", "le", "la", "les", "l", "el", "los", "il", "i", "de", "het"}
_ABBREVIATION = re.compile(r"[A-Z0-9][A-Z0-9.&/]*[A-Z0-9.]")
# "the Foreign Affairs Committee": the name of something else that begins like an outlet's.
_BODY = re.compile(
    r" (?:Select |Sub)?(?:Committee|Council|Commission|Department|Ministry|Bill|Act|Association|Bank"
    r"|Group|Minister|Square|Street)\b"
)
_CASELESS = re.compile(r"[\u0590-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names an outlet. `is_word`: the name is an ordinary word, too."""

    start: int
    end: int
    outlet: KnownOutlet
    is_word: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    outlet: KnownOutlet
    words: tuple[str, ...]
    is_word: bool


class Gazetteer:
    """Outlets by all their names.

    Where two share a name, the text's language decides, then the later one has it.
    """

    def __init__(self, outlets: Iterable[KnownOutlet]) -> None:
        self.outlets: Mapping[str, KnownOutlet] = {each.name: each for each in outlets}
        self._names: dict[str, list[_Name]] = {}
        self._caseless: dict[str, KnownOutlet] = {}
        self._shortened: dict[str, list[str]] = {}
        for outlet in self.outlets.values():
            self._add(outlet)
        for key, names in self._names.items():
            if any(not name.is_word and _may_be_misspelt(name) for name in names):
                for short in _deletions(key):
                    self._shortened.setdefault(short, []).append(key)

    def find(self, text: str, language: str) -> list[Mention]:
        """Return the places that name an outlet, in order, none within another.

        The longest name wins. A name with at least six letters may have one letter wrong,
        missing, added or swapped with its neighbour; abbreviations may not.
        """
        words = list(_WORD.finditer(text))
        found: list[Mention] = list(self._find_caseless(text))
        place = 0
        while place < len(words):
            mention, taken = self._longest_at(text, words, place, language)
            if mention is not None:
                found.append(mention)
            place += taken
        return sorted(found, key=lambda each: each.start)

    def named(self, name: str) -> KnownOutlet | None:
        """Return the outlet of this name or alias, if it is known."""
        known = self._names.get(_key(_words(name)))
        return known[0].outlet if known else self._caseless.get(name)

    def _add(self, outlet: KnownOutlet) -> None:
        names = [(name, name in outlet.words) for name in (outlet.name, *outlet.aliases)]
        for name, is_word in [*names, *((word, True) for word in outlet.words)]:
            if _CASELESS.search(name):
                self._caseless[name] = outlet
                continue
            words = tuple(_words(name))
            is_bare = len([word for word in words if word.lower() not in _ARTICLE_WORDS]) == 1
            guarded = is_word or (is_bare and len(words) > 1 and outlet.language == "en")
            for variant in _variants(words, outlet.language):
                for key in _keys(variant, outlet.language):
                    self._names.setdefault(key, []).insert(0, _Name(outlet, variant, guarded))

    def _find_caseless(self, text: str) -> Iterator[Mention]:
        if not _CASELESS.search(text):
            return
        taken = 0
        pattern = "|".join(re.escape(name) for name in sorted(self._caseless, key=len, reverse=True))
        for match in re.finditer(pattern, text) if pattern else ():
            if match.start() >= taken:
                taken = match.end()
                yield Mention(match.start(), match.end(), self._caseless[match[0]])

    def _longest_at(
        self, text: str, words: list[re.Match[str]], place: int, language: str
    ) -> tuple[Mention | None, int]:
        """Return the mention that begins with this word, if any, and the number of words to pass."""
        for count in range(_reach(text, words, place), 0, -1):
            window = words[place : place + count]
            name = self._name(window, language)
            if name is None:
                continue
            end = window[-1].end()
            if _BODY.match(text, end) or (name.is_word and _goes_on(text, end)):
                continue
            return Mention(window[0].start(), end, name.outlet, name.is_word), count
        return None, 1

    def _name(self, window: list[re.Match[str]], language: str) -> _Name | None:
        written = [match[0] for match in window]
        key = _key(written)
        if key in self._names:
            return _of_language([each for each in self._names[key] if _is(each, written, language)], language)
        if not written[0][0].isupper() or sum(map(len, written)) < _FUZZY_LETTERS - 1:
            return None
        return self._nearly(key, written, language)

    def _nearly(self, key: str, written: list[str], language: str) -> _Name | None:
        """Return a name that differs by one letter."""
        candidates = {each for short in (key, *_deletions(key)) for each in self._shortened.get(short, ())}
        if key in _WORDS:
            return None
        near = sorted(each for each in candidates if _differ_by_one(key, each) and key != f"{each}s")
        names = [name for each in near for name in self._names[each] if not name.is_word]
        return _of_language([each for each in names if _is_capitalized_like(written, each.words)], language)


def load_gazetteer(extra: Iterable[KnownOutlet] = ()) -> Gazetteer:
    """Return the outlets that travel with feeder, with a site's own in place of those of their name."""
    return _gazetteer(tuple(extra))


@lru_cache(maxsize=2)
def _gazetteer(extra: tuple[KnownOutlet, ...]) -> Gazetteer:
    outlets = {outlet.name: outlet for outlet in parse(LIST.read_text("utf-8"))}
    for outlet in extra:
        outlets.pop(outlet.name, None)
        outlets[outlet.name] = outlet
    return Gazetteer(outlets.values())


def parse(written: str) -> list[KnownOutlet]:
    """Return the outlets of an outlet list in TOML: a table of tables, by name.

    Raises: ValueError, when it is not TOML or a policy is not one.
    """
    return [_outlet(name, table) for name, table in tomllib.loads(written).items()]


def _outlet(name: str, table: Mapping[str, Any]) -> KnownOutlet:
    return KnownOutlet(
        name,
        home=table.get("home"),
        language=table.get("language"),
        aliases=tuple(table.get("aliases", ())),
        words=tuple(table.get("words", ())),
        policy=Policy(table.get("policy", Policy.LINK)),
    )


def _is(name: _Name, written: list[str], language: str) -> bool:
    """Tell whether a name is meant where its letters stand: in its case, ordinary words in their language."""
    is_foreign = name.is_word and len(name.words) == 1 and name.outlet.language != language
    return not is_foreign and _has_case_of(written, name.words)


def _of_language(names: list[_Name], language: str) -> _Name | None:
    """Return the first name, or the first of an outlet of this language."""
    return next((name for name in names if name.outlet.language == language), names[0] if names else None)


def _words(name: str) -> list[str]:
    return _WORD.findall(name)


def _fold(word: str) -> str:
    """Return a word in small letters without accents."""
    apart = unicodedata.normalize("NFD", word.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return plain.translate({0xF8: "o", 0x142: "l", 0xE6: "ae", 0x131: "i"})


def _key(words: Iterable[str]) -> str:
    return " ".join(map(_fold, words))


def _keys(words: tuple[str, ...], language: str | None) -> set[str]:
    """Return how a name is looked up: German umlauts may be written as two letters."""
    keys = {_key(words)}
    if language == "de":
        spelt = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
        keys.add(_key([word.translate(spelt) for word in words]))
    return keys


def _variants(words: tuple[str, ...], language: str | None) -> list[tuple[str, ...]]:
    """Return a name and how its language bends it: "der Süddeutschen Zeitung", "des Spiegels"."""
    if language != "de":
        return [words]
    bent = tuple(f"{word}n" if _BENDS.fullmatch(word) else word for word in words)
    variants = [words, bent]
    owning = [(*each[:-1], f"{each[-1]}s") for each in variants if _OWNS.fullmatch(each[-1])]
    return [*variants, *owning]


def _reach(text: str, words: list[re.Match[str]], place: int) -> int:
    """Return how many words from here could belong to one name."""
    count = 1
    while count < _MAX_WORDS and place + count < len(words):
        between = text[words[place + count - 1].end() : words[place + count].start()]
        if not _WITHIN.fullmatch(between):
            break
        count += 1
    return count


def _goes_on(text: str, end: int) -> bool:
    """Tell whether a further name follows, so that an ordinary word is part of something else."""
    return bool(
        re.match(
            r" (?:(?:press|news) )?(?:agency|wire|bank)\b"
            r"| (?:of )?[A-ZÀ-Þ](?!\w*['’]s\b)[\w'’-]+",
            text[end:],
        )
    ) and not re.match(r" (?:I|Online|Magazine|TV|Radio|On|In|At|About)\b", text[end:])


def _has_case_of(written: list[str], name: tuple[str, ...]) -> bool:
    return all(
        each == model or (model.lower() in _ARTICLE_WORDS and len(name) > 1) or _fits(each, model)
        for each, model in zip(written, name, strict=True)
    )


def _fits(written: str, model: str) -> bool:
    if _ABBREVIATION.fullmatch(model):
        return written == model
    return not model[0].isupper() or written[0].isupper()


def _is_capitalized_like(written: list[str], name: tuple[str, ...]) -> bool:
    if len(written) != len(name):
        return False
    return all(
        each[0].isupper() or not model[0].isupper() or model.lower() in _ARTICLE_WORDS
        for each, model in zip(written, name, strict=True)
    )


def _may_be_misspelt(name: _Name) -> bool:
    letters = sum(map(len, name.words))
    abbreviates = all(_ABBREVIATION.fullmatch(word) for word in name.words)
    return letters >= _FUZZY_LETTERS and not abbreviates


def _deletions(key: str) -> set[str]:
    return {key[:at] + key[at + 1 :] for at in range(len(key))}


def _differ_by_one(one: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing, added or swapped (Damerau-Levenshtein distance 1)."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]
