"""What deliveries bring is chosen when they are claimed, and rendered once for all who get the same (11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from feeder.digests import periods, rendering, selecting
from feeder.digests.rendering import Issue
from feeder.errors import FeederError
from feeder.model.deliveries import Delivery
from feeder.model.digests import Recipe, Rendered, Unit
from feeder.model.items import Item
from feeder.model.subscribers import Subscriber
from feeder.store import Store, Transaction
from feeder.workflows.planning import not_configured
from feeder.workflows.post import Post, tag_names

_NOTHING = "nothing new that fits the preferences"


@dataclass(slots=True)
class Choice:
    """What claimed deliveries bring: those to be sent, those that bring nothing, those that cannot be made."""

    contents: dict[Delivery, int] = field(default_factory=dict)
    empty: list[Delivery] = field(default_factory=list)
    failed: dict[Delivery, FeederError] = field(default_factory=dict)


def choose(store: Store, post: Post, claimed: Sequence[Delivery], now: datetime) -> Choice:
    """Settle what claimed deliveries bring, and close those that bring nothing.

    An attempt without an outcome goes again with the items that it had.
    """
    choice = Choice()
    fresh = []
    for delivery in claimed:
        if delivery.digest not in post.recipes:
            choice.failed[delivery] = not_configured(delivery.digest)
        elif delivery.attempts and delivery.content is not None:
            choice.contents[delivery] = delivery.content
        else:
            fresh.append(delivery)
    items = _items(store, fresh)
    choice.empty = [delivery for delivery in fresh if not items[delivery]]
    chosen = _rendered(store, post, {delivery: some for delivery, some in items.items() if some})
    with store.transaction() as tx:
        tx.deliveries.choose(chosen, post.owner)
        tx.deliveries.empty(choice.empty, post.owner, _NOTHING, now)
        for delivery, problem in choice.failed.items():
            tx.deliveries.expire(delivery, post.owner, str(problem), now)
    choice.contents |= chosen
    return choice


def _items(store: Store, deliveries: Sequence[Delivery]) -> dict[Delivery, tuple[Item, ...]]:
    """Return the items of each delivery as they are now: what fits, and the reader has not had (11)."""
    with store.reading() as tx:

        @cache
        def arrived(cursor: int, up_to: int) -> list[Item]:
            return tx.items.arrived(cursor, up_to)

        fitting = {}
        for delivery in deliveries:
            reader = delivery.reader
            if delivery.newest is not None:
                found = selecting.newest(tx.items.public(), reader.preferences, delivery.newest)
            else:
                found = selecting.select(arrived(reader.cursor, delivery.up_to), reader.preferences)
            fitting[delivery] = found
        had = tx.items.had(
            [delivery.reader.id for delivery in deliveries if delivery.newest is None],
            {item.id for found in fitting.values() for item in found},
        )
    return {
        # A welcome holds the newest, whatever the reader once had.
        delivery: tuple(
            item for item in found if delivery.newest is not None or item.id not in had[delivery.reader.id]
        )
        for delivery, found in fitting.items()
    }


def _rendered(store: Store, post: Post, items: Mapping[Delivery, tuple[Item, ...]]) -> dict[Delivery, int]:
    """Return the content of each delivery, rendered where nobody has had just that yet."""
    issues: dict[str, tuple[Issue, Sequence[Item]]] = {}
    keys: dict[Delivery, str] = {}
    known: dict[object, str] = {}
    look = post.look()
    for delivery, some in items.items():
        wanted = delivery.reader.preferences
        alike = (
            delivery.digest,
            delivery.period,
            wanted.form,
            wanted.language,
            tuple(item.id for item in some),
        )
        if alike not in known:
            issue = post.issue(post.recipes[delivery.digest], delivery.period, delivery.reader, some)
            known[alike] = rendering.key(issue, look)
            issues[known[alike]] = (issue, some)
        keys[delivery] = known[alike]
    with store.reading() as tx:
        contents = tx.contents.find(issues)
    missing = {key: made for key, made in issues.items() if key not in contents}
    if missing:
        rendered = {key: rendering.render(issue, post.templates) for key, (issue, _) in missing.items()}
        with store.transaction() as tx:
            tx.items.lock()  # before the rows of items, which it names
            for key, (_, held) in missing.items():
                contents[key] = tx.contents.add(key, rendered[key], [item.id for item in held])
    return {delivery: contents[key] for delivery, key in keys.items()}


def preview(store: Store, post: Post, recipe: Recipe, reader: Subscriber, now: datetime) -> Rendered | None:
    """Render what `reader` would get at `now`, or None when there is nothing new; changes nothing."""
    with store.reading() as tx:
        candidates = [
            *tx.items.to_arrive(now),
            *tx.items.arrived(reader.cursor, tx.items.newest_number()),
        ]
        items = _not_had(tx, reader, selecting.select(candidates, reader.preferences))
        names = tag_names(tx, reader)
    if not items:
        return None
    period = ""
    if recipe.unit is not Unit.INSTANT:
        sent_at = max(now, reader.next_issue_at or now)
        period = periods.due(recipe, reader.preferences.rhythm, sent_at).period
    rendered = rendering.render(post.issue(recipe, period, reader, items), post.templates)
    return rendering.address(rendered, post.why(recipe, reader, names), post.links(reader))


def _not_had(tx: Transaction, reader: Subscriber, fitting: Iterable[Item]) -> list[Item]:
    found = list(fitting)
    had = tx.items.had([reader.id], {item.id for item in found})[reader.id]
    return [item for item in found if item.id not in had]
