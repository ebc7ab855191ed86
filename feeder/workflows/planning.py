"""Issues are planned, for all who are due, as the delivery contract says (4 to 7)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from feeder.digests import periods, quiet
from feeder.digests.quiet import Quiet
from feeder.errors import ConfigurationError
from feeder.model.digests import Due, Recipe, Unit
from feeder.store import Store, Transaction
from feeder.workflows.post import Post

_QUIET = "quiet"
"""Under this name the site remembers what it knows of the quiet before an instant digest."""


def plan(
    store: Store, post: Post, now: datetime, follow: Callable[[Transaction], None] | None = None
) -> tuple[int, Sequence[ConfigurationError]]:
    """Plan an issue for every reader who is due, once for each moment.

    What is to `follow` where any were planned happens in the same transaction.
    Returns how many were planned, and a problem for each digest that has readers and is not configured.
    """
    planned = _plan_instant(store, post, now, follow)
    with store.reading() as tx:
        if not tx.subscribers.any_due(now):
            return planned, []
    with store.transaction() as tx:
        if not tx.runs.claim("plan", now.isoformat(), now):
            return planned, []
        newest, unknown = tx.items.newest_number(), set()
        dues: list[Due] = []
        for rhythm in tx.subscribers.due_rhythms(now):
            recipe = post.recipes.get(rhythm.digest)
            if recipe is None:
                unknown.add(rhythm.digest)
            else:
                dues.append(periods.due(recipe, rhythm, now))
        issues = {(due.rhythm.digest, due.period) for due in dues}
        known = {issue: tx.approvals.up_to(*issue) for issue in issues}
        frozen = {issue: up_to for issue, up_to in known.items() if up_to is not None}
        undo = {recipe.name: recipe.undo for recipe in post.recipes.values()}
        fresh = tx.issues.plan(dues, newest, now, post.delivery.late, frozen=frozen, undo=undo)
        for digest, period in sorted(fresh):  # the author's words belong to the earlier one
            _begin(tx, post.recipes[digest], period, frozen.get((digest, period), newest), now)
        if fresh and follow:
            follow(tx)
        planned += sum(fresh.values())
    return planned, [not_configured(name) for name in sorted(unknown)]


def _begin(tx: Transaction, recipe: Recipe, period: str, up_to: int, now: datetime) -> None:
    """Give an issue that was planned the author's words that wait for it, and let it wait for a person (9)."""
    tx.notes.bind(recipe.name, period, now)
    if recipe.approval:
        tx.approvals.ask(recipe.name, period, up_to, now)


def next_due(store: Store, now: datetime) -> datetime | None:
    """Return when, after `now`, something is to be planned or sent, as far as that is known by now."""
    with store.reading() as tx:
        heard = _quiet(tx)
        moments = [tx.subscribers.next_due(now), tx.deliveries.next_ready(now)]
    if heard is not None and heard.seen > heard.planned:
        moments.append(heard.over_at)
    return min((moment for moment in moments if moment and moment > now), default=None)


def not_configured(digest: str) -> ConfigurationError:
    """Return the problem of a digest that has readers and no recipe."""
    return ConfigurationError(
        f"digest {digest!r}", "has readers but is not configured", f"add [digests.{digest}] again"
    )


def _plan_instant(
    store: Store, post: Post, now: datetime, follow: Callable[[Transaction], None] | None
) -> int:
    """Plan the instant digests when it has been quiet for a while after what is new (7)."""
    with store.reading() as tx:
        before, newest = _quiet(tx), tx.items.newest_number()
    if before is not None and before.seen == newest and not before.is_over(now):
        return 0
    planned = 0
    with store.transaction() as tx:
        tx.facts.locked(_QUIET)  # or two who plan at once would not see what the other one has planned
        newest = tx.items.newest_number()
        # A site that knows nothing has planned all that there is.
        heard = quiet.noticed(_quiet(tx) or Quiet(newest, newest, now, now), newest, now)
        if heard.is_over(now):
            all_of_them = True
            for recipe in (each for each in post.recipes.values() if each.unit is Unit.INSTANT):
                fresh, nobody_held_back = tx.issues.plan_instant(recipe.name, heard.seen, now)
                if fresh:
                    _begin(tx, recipe, str(heard.seen), heard.seen, now)
                planned += fresh
                all_of_them = all_of_them and nobody_held_back
            # Whoever has an issue in flight gets this one when it has landed.
            heard = replace(heard, planned=heard.seen) if all_of_them else heard
        if planned and follow:
            follow(tx)
        moments = (heard.first.isoformat(), heard.last.isoformat())
        tx.facts.remember(_QUIET, json.dumps([heard.seen, heard.planned, *moments]))
    return planned


def _quiet(tx: Transaction) -> Quiet | None:
    known = tx.facts.get(_QUIET)
    if not known:
        return None
    seen, planned, first, last = json.loads(known)
    return Quiet(seen, planned, datetime.fromisoformat(first), datetime.fromisoformat(last))
