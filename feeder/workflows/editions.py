"""Editions: when the cutoff of a digest has come in the site's zone, what it selects since the last stays together."""

from collections.abc import Mapping
from datetime import datetime

from feeder.digests import periods, selecting
from feeder.model.batches import batches
from feeder.model.digests import Recipe, Rhythm, Unit
from feeder.model.feeds import Part
from feeder.model.issues import Edition
from feeder.store import Store, Transaction


def close(store: Store, recipes: Mapping[str, Recipe], zone: str, now: datetime) -> None:
    """Close the editions whose cutoff has come; the caller has just released what is due.

    A digest that has had none begins with an empty one: what came before it was never its news.
    Instant digests, which are about single items, have none.
    """
    with store.reading() as tx:
        newest = tx.editions.newest()
    for recipe in recipes.values():
        if recipe.unit is Unit.INSTANT:
            continue
        period = periods.due(recipe, Rhythm(recipe.name, None, None, zone), now).period
        if _is_due(newest.get(recipe.name), period, now):
            with store.transaction() as tx:
                _close(tx, recipe, period, now)


def _is_due(last: Edition | None, period: str, now: datetime) -> bool:
    return last is None or (last.period != period and last.closed <= now)


def _close(tx: Transaction, recipe: Recipe, period: str, now: datetime) -> None:
    up_to = tx.items.lock()
    last = tx.editions.newest().get(recipe.name)
    if not _is_due(last, period, now):  # another machine was first, perhaps with a later one
        return
    items = tx.editions.arrived(recipe.name, last.up_to, up_to) if last else []
    fitting = [
        card.id
        for some in batches(items)
        for card in tx.items.cards(some)
        if selecting.in_recipe(card, recipe)
    ]
    tx.editions.close(recipe.name, period, up_to, fitting, now)
    if fitting:
        tx.documents.mark([Part(tx.feeds.everything().id)])  # the home page leads there
