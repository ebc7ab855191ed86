"""Which items an issue holds for one reader. Pure."""

from collections.abc import Iterable, Sequence
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


def fits(item: Item, preferences: Preferences) -> bool:
    """Tell whether a reader with these preferences wants this item."""
    tags = {tag.slug for tag in item.tags}
    return (
        item.kind in preferences.kinds
        and (not preferences.any_tags or not tags.isdisjoint(preferences.any_tags))
        and tags.isdisjoint(preferences.no_tags)
    )


def select(candidates: Iterable[Item], preferences: Preferences) -> list[Item]:
    """Choose the items of one issue for one reader.

    `candidates` are newest first, and so is the choice: pieces, then appearances.
    Empty: send nothing.
    """
    return _in_sections([item for item in candidates if fits(item, preferences)])


def newest(public: Iterable[Item], preferences: Preferences, limit: int) -> list[Item]:
    """Choose the newest `limit` items that fit, of all that are public, newest first."""
    return _in_sections(list(islice((item for item in public if fits(item, preferences)), limit)))


def _in_sections(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.kind is Kind.APPEARANCE)
