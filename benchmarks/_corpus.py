"""A synthetic body of work: Markdown files with front matter, and the feeds to expect of them.

About 600 words a piece, with headings, lists, links and emphasis; about four tags a piece, by a
zipf law, each tag used at least once; one of eight outlets; a piece every three hours.
The same arguments give the same bytes anywhere.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

ENTRIES = 20
"""How many items a feed lists, in feeder and in its peers."""

_SEED = 20_260_101
_WORDS = 600
_ENTRY = re.compile(rb"<entry[ >].*?</entry>", re.DOTALL)
_FULL_BYTES = 2_500
"""No entry with the whole text is shorter, and none without it as long."""

_START = datetime(2020, 1, 1, 6, tzinfo=UTC)
_EVERY = timedelta(hours=3)
OUTLETS = (
    "Harbour Weekly",
    "The Northern Post",
    "Signal & Noise",
    "Field Notes",
    "City Ledger",
    "Open Desk",
    "Long Reads",
    "Morning Brief",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece, and how its file is written."""

    number: int
    title: str
    outlet: str
    tags: tuple[str, ...]
    body: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.number:05d}.md"

    @property
    def text(self) -> str:
        """What stands in its file: front matter that feeder and Hugo both read, and Markdown."""
        date = _START + self.number * _EVERY
        return (
            f'---\ntitle: "{self.title}"\nslug: piece-{self.number:05d}\ndate: {date:%Y-%m-%dT%H:%M:%SZ}\n'
            f'tags: [{", ".join(self.tags)}]\noutlet: "{self.outlet}"\n---\n\n{self.body}'
        )


@dataclass(frozen=True, slots=True)
class Feeds:
    """How many feeds there are, one a tag, and how many entries they list together."""

    feeds: int
    entries: int


def counted(files: Iterable[Path]) -> Feeds:
    """Count written Atom feeds, and their entries that hold a text."""
    entries = [_ENTRY.findall(file.read_bytes()) for file in files]
    full = sum(len(entry) > _FULL_BYTES for of_feed in entries for entry in of_feed)
    return Feeds(len(entries), full)


class Corpus:
    """So many pieces with so many tags."""

    def __init__(self, pieces: int, tags: int) -> None:
        self.pieces = pieces
        self.tags = Tags(tags)
        self._vocabulary = vocabulary()

    def piece(self, number: int) -> Piece:
        """Return a piece by its number; 0 is the oldest."""
        rng = seeded(_SEED * 1_000_003 + number)
        at_least = self._at_least(number)
        tags = self.tags.draw(rng, rng.choice((2, 3, 4, 4, 5, 6)), at_least)
        title = " ".join(rng.choice(self._vocabulary) for _ in range(7)).capitalize()
        return Piece(number, title, OUTLETS[number % len(OUTLETS)], tags, self._body(rng, number))

    def write(self, folder: Path) -> Feeds:
        """Write one file a piece, and return what the feeds of all tags are to hold."""
        folder.mkdir(parents=True)
        carried: Counter[str] = Counter()
        for number in range(self.pieces):
            piece = self.piece(number)
            (folder / piece.file).write_text(piece.text, encoding="utf-8")
            carried.update(piece.tags)
        return Feeds(len(carried), sum(min(ENTRIES, often) for often in carried.values()))

    def _at_least(self, number: int) -> range:
        """Return the tags that this piece carries so that each tag is used at least once."""
        if number >= self.pieces:
            return range(0)
        first, end = (n * len(self.tags) // self.pieces for n in (number, number + 1))
        if len(self.tags) > self.pieces:
            return range(first, end)
        before = (number - 1) * len(self.tags) // self.pieces
        return range(first, first + (first != before))

    def _body(self, rng: Random, number: int) -> str:
        paragraphs, left = [], _WORDS
        while left > 0:
            length = min(left, rng.randint(50, 110))
            left -= length
            paragraphs.append(self._paragraph(rng, number, length))
        return "\n\n".join(paragraphs) + "\n"

    def _paragraph(self, rng: Random, number: int, length: int) -> str:
        words = [rng.choice(self._vocabulary) for _ in range(length)]
        for end in range(9, length, 14):
            words[end] += "."
            words[end + 1 : end + 2] = [word.capitalize() for word in words[end + 1 : end + 2]]
        words[0] = words[0].capitalize()
        words[3 % length] = f"**{words[3 % length]}**"
        if length > 20:  # noqa: PLR2004 - long enough for a link and an emphasis
            words[12] = f"[{words[12]}](https://example.org/{words[13].strip('.*').lower()})"
            words[20] = f"*{words[20]}*"
        paragraph = " ".join(words) + "."
        match rng.random():
            case luck if luck < 0.15:  # noqa: PLR2004 - a heading before every seventh
                return "## " + " ".join(words[:5]).replace("*", "") + "\n\n" + paragraph
            case luck if luck < 0.25:  # noqa: PLR2004 - every tenth is a list
                return "\n".join("- " + " ".join(words[at : at + 10]) for at in range(0, length, 10))
            case luck if luck < 0.30:  # noqa: PLR2004 - every twentieth holds code
                return f"{paragraph} `{self._vocabulary[number % len(self._vocabulary)]}(x)`"
        return paragraph


class Tags:
    """So many tags, of which the second is half as frequent as the first, the third a third, and so on."""

    def __init__(self, count: int) -> None:
        weights = [1 / (place + 1) for place in range(count)]
        total = sum(weights)
        self._up_to = list(accumulate(weight / total for weight in weights))

    def __len__(self) -> int:
        return len(self._up_to)

    def draw(self, rng: Random, count: int, at_least: range = range(0)) -> tuple[str, ...]:
        """Draw different tags, the most frequent first, with those of `at_least` among them."""
        drawn = set(at_least)
        while len(drawn) < min(count, len(self)):
            drawn.add(min(bisect(self._up_to, rng.random()), len(self) - 1))
        return tuple(f"tag-{place:03d}" for place in sorted(drawn))


def vocabulary() -> list[str]:
    """Return 4,000 words of no language."""
    rng = seeded(_SEED)
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    words: set[str] = set()
    while len(words) < 4_000:  # noqa: PLR2004
        words.add("".join(rng.choice(syllables) for _ in range(rng.choice((1, 2, 2, 3, 3, 4)))))
    return sorted(words)


def seeded(seed: int) -> Random:
    """Return dice that fall the same for the same seed."""
    return Random(seed)  # noqa: S311 - nothing secret
