"""Entries: an item in every format, and how many of them fit into a feed."""

from collections.abc import Callable, Collection, Sequence

from feeder.errors import DocumentRefused
from feeder.feeds import atom, jsonfeed, rss
from feeder.feeds.imprint import Imprint
from feeder.feeds.pages import Parts
from feeder.markup import text
from feeder.model.feeds import Entry, Format
from feeder.model.items import Item

BUDGET_BYTES = 500_000
"""How large a feed gets: readers refuse feeds of some megabytes, and JSON Feed asks for less than this."""

_ENTRIES_BYTES = BUDGET_BYTES - 20_000
"""How much of that entries get: the rest is for what a feed says of itself, and of what was deleted."""

_STONE_BYTES = 120
"""How many bytes a tombstone takes."""

_TEXTS = (
    "uid", "title", "note", "standfirst", "summary", "body", "medium", "role", "topic", "correction", "slug", "url", "language"
)  # fmt: skip

_WRITERS = {Format.ATOM: atom.entry, Format.RSS: rss.entry, Format.JSON: jsonfeed.entry}


def made(item: Item, formats: Sequence[Format], parts: Callable[[Item], Parts], imprint: Imprint) -> Entry:
    """Make the entry of an item, in these formats and with the parts that pages show of it.

    Raises: DocumentRefused, for what no document can hold.
    """
    try:
        check(item)
        texts = {each: _WRITERS[each](item, imprint) if each in formats else b"" for each in Format}
        return Entry(item.id, texts[Format.ATOM], texts[Format.RSS], texts[Format.JSON], *parts(item))
    except (ValueError, TypeError) as error:
        raise refusal(item, error) from error


def written(entry: Entry, wanted: Format) -> bytes:
    """Return an entry in one format."""
    match wanted:
        case Format.ATOM:
            return entry.atom
        case Format.RSS:
            return entry.rss
        case Format.JSON:
            return entry.json


def within_budget(
    entries: Sequence[Entry],
    short: Callable[[Entry], Entry],
    archived: Collection[int] = (),
    stones: int = 0,
) -> list[Entry]:
    """Return the entries, newest first, that fit into one feed, by their size in Atom.

    Where they take too many bytes, beside so many tombstones (`stones`), the oldest become `short`,
    then the oldest are left out: first those of the items (ids) in `archived`, which are told elsewhere.
    """
    room = _ENTRIES_BYTES - stones * _STONE_BYTES
    fitting = list(entries)
    size = sum(len(entry.atom) for entry in fitting)
    for place in reversed(range(len(fitting))):
        if size <= room:
            break
        size -= len(fitting[place].atom)
        fitting[place] = short(fitting[place])
        size += len(fitting[place].atom)
    oldest_first = list(reversed(fitting))
    oldest_first.sort(key=lambda entry: entry.item not in archived)
    for entry in oldest_first[:-1]:
        if size <= room:
            break
        size -= len(entry.atom)
        fitting.remove(entry)
    return fitting


def refusal(item: Item, error: Exception) -> DocumentRefused:
    """Name an item that is left out, and why."""
    problem = DocumentRefused(
        f"item {item.uid} ({item.title!r})", f"cannot be published ({error})", "mend it at its source"
    )
    problem.__cause__ = error
    return problem


def check(item: Item) -> None:
    """Raise ValueError for an item with a character that no document can hold, also where only its page shows it."""
    pictures = [item.picture, *item.pictures] if item.picture else item.pictures
    told = {name: getattr(item, name) or "" for name in _TEXTS}
    told |= {"tags": "".join(tag.name for tag in item.tags)}
    told |= {"authors": "".join(author.name for author in item.authors)}
    told |= {"outlet": item.outlet.name if item.outlet else ""}
    told |= {"pictures": "".join(f"{one.src}{one.alt}{one.caption}{one.credit}" for one in pictures)}
    for name, words in told.items():
        wrong = text.forbidden(words)
        if wrong:
            raise ValueError(f"its {name} holds the character {wrong}")
