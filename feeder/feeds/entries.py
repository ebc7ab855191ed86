"""Entries in every format, made once for all feeds that list an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from feeder.errors import DocumentRefused
from feeder.feeds import atom, content, jsonfeed, rss
from feeder.feeds.imprint import Imprint
from feeder.model.appearances import Policy
from feeder.model.feeds import Format
from feeder.model.items import Item

BUDGET_BYTES = 500_000
"""How large a feed gets: readers refuse feeds of some megabytes, and JSON Feed asks for less than this."""

_KEPT = 1000
"""How many entries are kept."""

_WRITERS = {Format.ATOM: atom.entry, Format.RSS: rss.entry, Format.JSON: jsonfeed.entry}


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in each format."""

    item: Item
    texts: dict[Format, bytes]

    @property
    def size(self) -> int:
        """How many bytes it takes in Atom."""
        return len(self.texts[Format.ATOM])


@dataclass(frozen=True, slots=True)
class Made:
    """The entries of some items, newest first, and by the items' ids what no document can hold, each named."""

    entries: Sequence[Entry]
    refused: Mapping[int, DocumentRefused]

    def texts(self, wanted: Format) -> list[bytes]:
        """Return the entries in one format."""
        return [entry.texts[wanted] for entry in self.entries]


class Entries:
    """Makes entries, and keeps those that were made last."""

    def __init__(self, formats: Sequence[Format], imprint: Imprint) -> None:
        self._formats = formats
        self._imprint = imprint
        self._entry = lru_cache(_KEPT)(self._make)

    def made(self, items: Sequence[Item]) -> Made:
        """Return the entries of items, which come newest first.

        Where they take too many bytes, the oldest become summaries, then the oldest are left out.
        """
        entries: list[Entry] = []
        refused: dict[int, DocumentRefused] = {}
        for item in items:
            try:
                entries.append(self._entry(item))
            except DocumentRefused as refusal:
                refused[item.id] = refusal
        size = sum(entry.size for entry in entries)
        for place in reversed(range(len(entries))):
            if size <= BUDGET_BYTES:
                break
            short = self._entry(content.cut(entries[place].item, Policy.SUMMARY))
            size += short.size - entries[place].size
            entries[place] = short
        while size > BUDGET_BYTES and len(entries) > 1:
            size -= entries.pop().size
        return Made(entries, refused)

    def _make(self, item: Item) -> Entry:
        try:
            _check_characters(item)
            return Entry(item, {made: _WRITERS[made](item, self._imprint) for made in self._formats})
        except (ValueError, TypeError) as error:
            raise refusal(item, error) from error


def refusal(item: Item, error: Exception) -> DocumentRefused:
    """Name an item that is left out, and why."""
    problem = DocumentRefused(
        f"item {item.uid} ({item.title!r})", f"cannot be published ({error})", "mend it at its source"
    )
    problem.__cause__ = error
    return problem


def _check_characters(item: Item) -> None:
    """Raise ValueError for what no file can hold, also in words that only its page shows."""
    pictures = [item.picture, *item.pictures] if item.picture else item.pictures
    told = [words for one in pictures for words in (one.src, one.alt, one.caption, one.credit)]
    names = [name.name for name in (*item.tags, *item.authors, *filter(None, [item.outlet]))]
    texts = (item.title, item.note, item.standfirst, item.summary, item.body, item.medium, item.role)
    others = (item.topic, item.correction, item.slug, item.url or "", item.language or "")
    "".join([*texts, *others, *told, *names]).encode()
