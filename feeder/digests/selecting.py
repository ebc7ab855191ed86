"""Which items an issue holds for one reader. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from feeder.markup import things
from feeder.model.digests import Recipe
from feeder.model.items import Card, Item, Kind
from feeder.model.subscribers import Preferences


def in_recipe(item: Card | Item, recipe: Recipe) -> bool:
    """Tell whether a digest is about an item, whoever its readers are."""
    if not (recipe.all or recipe.any or recipe.none):
        return True
    return things.wanted(recipe.all, recipe.any, recipe.none).fits(things.of(item))


def is_news(item: Item, recipe: Recipe) -> bool:
    """Tell whether a digest tells its readers of an item as new: the back catalogue is none."""
    return item.announced and in_recipe(item, recipe)


@dataclass(frozen=True, slots=True)
class Wish:
    """What preferences say of items, and nothing else; many readers share one."""

    kinds: tuple[Kind, ...]
    any_tags: tuple[str, ...]
    no_tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """What an issue brings: items that its reader has not had, and corrections of those that they have."""

    items: tuple[Item, ...] = ()
    corrections: tuple[Item, ...] = ()

    @property
    def all(self) -> tuple[Item, ...]:
        """Items and corrections."""
        return self.items + self.corrections

    @property
    def ids(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids of both."""
        return tuple(item.id for item in self.items), tuple(item.id for item in self.corrections)


def wish(preferences: Preferences) -> Wish:
    """Return what preferences say of items."""
    return Wish(preferences.kinds, preferences.any_tags, preferences.no_tags)


def fits(item: Item, wish: Wish) -> bool:
    """Tell whether a reader with this wish wants this item."""
    tags = {tag.slug for tag in item.tags}
    return (
        item.kind in wish.kinds
        and (not wish.any_tags or not tags.isdisjoint(wish.any_tags))
        and tags.isdisjoint(wish.no_tags)
    )


def select(candidates: Iterable[Item], wish: Wish) -> list[Item]:
    """Choose the items of one issue for readers with this wish.

    `candidates` are newest first, and so is the choice: pieces, then appearances.
    Empty: send nothing.
    """
    return _in_sections([item for item in candidates if fits(item, wish)])


def brought(arrived: Iterable[Item], wanted: Iterable[Item], had: Mapping[int, datetime]) -> Selected:
    """Take what a reader wants and has not had, and the corrections of what they have.

    `arrived` are all items with a new number, `wanted` those of them that fit. `had` says of each item (id)
    that the reader got when the newest issue that held it was planned: who got the item before it was
    corrected is told, whatever they want now.
    """
    return Selected(
        tuple(item for item in wanted if item.id not in had),
        tuple(
            item for item in arrived if item.corrected and item.id in had and had[item.id] <= item.corrected
        ),
    )


def newest(public: Iterable[Item], wish: Wish, limit: int) -> list[Item]:
    """Choose the newest `limit` items that fit, of all that are public, newest first."""
    return _in_sections(list(islice((item for item in public if fits(item, wish)), limit)))


def _in_sections(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.kind is Kind.APPEARANCE)
