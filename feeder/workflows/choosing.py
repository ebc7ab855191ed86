"""What deliveries bring is chosen when they are claimed, and rendered once for all who get the same (11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from feeder.digests import periods, rendering, selecting
from feeder.digests.rendering import Issue
from feeder.digests.selecting import Selected
from feeder.errors import FeederError
from feeder.model.deliveries import Delivery
from feeder.model.digests import Recipe, Rendered, Unit
from feeder.model.items import Item
from feeder.model.subscribers import Reader, Subscriber
from feeder.store import Store, Transaction
from feeder.workflows.planning import not_configured
from feeder.workflows.post import Post, tag_names

_NOTHING = "nothing new that fits the preferences"

_Had = frozenset[tuple[int, datetime]]
"""The items (ids) that a reader has had, each with when the newest issue that held it was planned."""


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
        elif delivery.content is not None:
            choice.contents[delivery] = delivery.content
        else:
            fresh.append(delivery)
    with store.reading() as tx:
        selected = _selected(tx, post, fresh)
    choice.empty = [delivery for delivery in fresh if not selected[delivery].all]
    chosen = _rendered(store, post, {each: found for each, found in selected.items() if found.all})
    if choice.empty or choice.failed:
        with store.transaction() as tx:
            tx.deliveries.empty(choice.empty, post.owner, _NOTHING, now)
            for delivery, problem in choice.failed.items():
                tx.deliveries.expire(delivery, post.owner, str(problem), now)
    choice.contents |= chosen
    return choice


def _selected(tx: Transaction, post: Post, deliveries: Sequence[Delivery]) -> dict[Delivery, Selected]:
    """Select what each delivery brings, as it is now. What many readers have alike is looked at once."""

    @cache
    def arrived(cursor: int, up_to: int) -> list[Item]:
        return tx.items.arrived(cursor, up_to)

    @cache
    def wanted(cursor: int, up_to: int, digest: str, wish: selecting.Wish) -> list[Item]:
        recipe = post.recipes[digest]
        candidates = [item for item in arrived(cursor, up_to) if selecting.is_news(item, recipe)]
        return selecting.select(candidates, wish)

    @cache
    def brought(cursor: int, up_to: int, digest: str, wish: selecting.Wish, had: _Had) -> Selected:
        return selecting.brought(arrived(cursor, up_to), wanted(cursor, up_to, digest, wish), dict(had))

    windows = {each: (each.reader.cursor, each.up_to) for each in deliveries if each.newest is None}
    items = {item.id for window in set(windows.values()) for item in arrived(*window)}
    had = tx.items.had([each.reader.id for each in windows], items)
    return {
        each: brought(
            *windows[each],
            each.digest,
            selecting.wish(each.reader.preferences),
            frozenset(had[each.reader.id].items()),
        )
        if each in windows
        else newest(tx, post.recipes[each.digest], each.reader, each.newest or 0)
        for each in deliveries
    }


def _rendered(store: Store, post: Post, selected: Mapping[Delivery, Selected]) -> dict[Delivery, int]:
    """Return the content of each delivery, rendered where nobody has had just that yet."""
    look, alike = post.look(), dict[object, str]()
    issues: dict[str, tuple[Issue, Selected]] = {}
    keys: dict[Delivery, str] = {}
    with store.reading() as tx:
        words = {
            (digest, period): tx.notes.of(digest, period)
            for digest, period in {(each.digest, each.period) for each in selected}
        }
    for each, found in selected.items():
        wanted = each.reader.preferences
        same = (each.digest, each.period, wanted.form, wanted.language, found.ids)
        if same not in alike:
            issue = post.issue(
                post.recipes[each.digest],
                each.period,
                each.reader,
                found.items,
                found.corrections,
                words[each.digest, each.period],
            )
            alike[same] = rendering.key(issue, look)
            issues[alike[same]] = (issue, found)
        keys[each] = alike[same]
    with store.reading() as tx:
        contents = tx.contents.find(issues)
    missing = {key: made for key, made in issues.items() if key not in contents}
    if missing:
        rendered = {key: rendering.render(issue, post.templates) for key, (issue, _) in missing.items()}
        with store.transaction() as tx:
            tx.items.lock()  # before the rows of items, which it names
            for key, (_, found) in missing.items():
                contents[key] = tx.contents.add(key, rendered[key], [item.id for item in found.all])
    return {each: contents[key] for each, key in keys.items()}


def ahead(tx: Transaction, recipe: Recipe, reader: Reader, now: datetime) -> Selected:
    """Select what an issue would bring a reader at `now`."""
    arrived = [*tx.items.to_arrive(now), *tx.items.arrived(reader.cursor, tx.items.newest_number())]
    fitting = [item for item in arrived if selecting.is_news(item, recipe)]
    wanted = selecting.select(fitting, selecting.wish(reader.preferences))
    had = tx.items.had([reader.id], {item.id for item in arrived})[reader.id]
    return selecting.brought(arrived, wanted, had)


def newest(tx: Transaction, recipe: Recipe, reader: Reader, limit: int) -> Selected:
    """Select the newest that fit, whatever the reader has had (8)."""
    candidates = (item for item in tx.items.public() if selecting.in_recipe(item, recipe))
    return Selected(tuple(selecting.newest(candidates, selecting.wish(reader.preferences), limit)))


def preview(store: Store, post: Post, recipe: Recipe, reader: Subscriber, now: datetime) -> Rendered | None:
    """Render what `reader` would get at `now`, or None when there is nothing new; changes nothing."""
    with store.reading() as tx:
        found = ahead(tx, recipe, reader, now)
        names = tag_names(tx, reader)
        note = tx.notes.waiting(recipe.name)
    if not found.all:
        return None
    period = ""
    if recipe.unit is not Unit.INSTANT:
        sent_at = max(now, reader.next_issue_at or now)
        period = periods.due(recipe, reader.preferences.rhythm, sent_at).period
    words = note.html if note else ""
    issue = post.issue(recipe, period, reader, found.items, found.corrections, words)
    rendered = rendering.render(issue, post.templates)
    return rendering.address(rendered, post.why(recipe, reader, names), post.links(reader))
