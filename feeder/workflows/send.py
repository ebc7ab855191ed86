"""Issues go out: planned, claimed, chosen, attempted, recorded, as the delivery contract says."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from feeder.digests import periods, quiet, rendering, selecting
from feeder.digests.quiet import Quiet
from feeder.digests.rendering import Issue, Links
from feeder.errors import ConfigurationError, FeederError, MailError
from feeder.mail import composing
from feeder.mail.composing import Frame
from feeder.mail.transports import Transport
from feeder.model import ids
from feeder.model.deliveries import (
    Accepted,
    Deferred,
    Delivery,
    Envelope,
    Lost,
    Message,
    Refused,
    State,
)
from feeder.model.digests import Recipe, Rendered, Unit
from feeder.model.items import Item
from feeder.model.settings import Delivery as DeliverySettings
from feeder.model.settings import Mail, Site
from feeder.model.subscribers import Subscriber
from feeder.store import Store, Transaction
from feeder.templating import Templates
from feeder.tokens import Purpose, Signer
from feeder.workflows.allowed import Policies, shown

_AT_ONCE = 100
"""How many deliveries a worker claims at a time."""

_BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long a deferred delivery waits after its first, second … attempt; then as after the last."""

_QUIET = "quiet"
"""Under this name the site remembers what it knows of the quiet before an instant digest."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Post:
    """What issues are made with, and the way out. `owner` is this worker's name on its claims."""

    site: Site
    mail: Mail
    delivery: DeliverySettings
    recipes: Mapping[str, Recipe]
    templates: Templates
    signer: Signer
    transport: Transport
    space: UUID
    owner: str
    policies: Policies = field(default_factory=dict)

    def issue(self, recipe: Recipe, period: str, reader: Subscriber, items: Sequence[Item]) -> Issue:
        """Return an issue of these items, with no more of each than its outlet allows."""
        shown_items = [shown(item, self.policies) for item in items]
        return Issue(recipe, period, reader.preferences.form, shown_items, self.language(reader))

    def language(self, reader: Subscriber) -> str:
        """Return the language in which a reader is spoken to."""
        return reader.preferences.language or self.site.language

    def look(self) -> str:
        """Return what, beside the items, shapes every issue."""
        return f"{self.templates.fingerprint}{sorted(self.policies.items()) or ''}"


@dataclass(slots=True)
class Sent:
    """What a round of sending did: how many were planned, how many ended in which state, what failed.

    `failed` counts the reasons for which messages were deferred or refused.
    """

    planned: int = 0
    outcomes: Counter[State] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    problems: list[FeederError] = field(default_factory=list)


def send_due(store: Store, post: Post, clock: Clock, *, stopped: Callable[[], bool]) -> Sent:
    """Send what waits, then plan and send what is due.

    What waits goes first, so that planning expires only what could not be sent. The caller has
    released items just before: by the present, even where `clock` is ahead of it to see what
    would be due, since an embargo ends when it ends.
    """
    report = Sent()
    _send_waiting(store, post, clock, stopped, report)
    plan(store, post, clock(), report)
    _send_waiting(store, post, clock, stopped, report)
    report.problems += [
        MailError(
            f"{times} message{'s' * (times > 1)}",
            f"not delivered ({reason})",
            "mend that; those deferred go again",
        )
        for reason, times in report.failed.items()
    ]
    return report


def plan(store: Store, post: Post, now: datetime, report: Sent) -> None:
    """Plan an issue for every reader who is due, once for each moment."""
    _plan_instant(store, post, now, report)
    with store.reading() as tx:
        if not tx.subscribers.due_rhythms(now):
            return
    with store.transaction() as tx:
        if not tx.runs.claim("plan", now.isoformat(), now):
            return
        dues, unknown = [], set()
        for rhythm in tx.subscribers.due_rhythms(now):
            recipe = post.recipes.get(rhythm.digest)
            if recipe is None:
                unknown.add(rhythm.digest)
                continue
            dues.append(periods.due(recipe, rhythm, now))
        report.planned += tx.issues.plan(dues, tx.items.newest_number(), now, post.delivery.late)
    report.problems += [_not_configured(name) for name in sorted(unknown)]


def _plan_instant(store: Store, post: Post, now: datetime, report: Sent) -> None:
    """Plan the instant digests when it has been quiet for a while after what is new (7)."""
    with store.reading() as tx:
        before, newest = _quiet(tx), tx.items.newest_number()
    if before is not None and before.seen == newest and not before.is_over(now):
        return
    with store.transaction() as tx:
        newest = tx.items.newest_number()
        # A site that knows nothing has planned all that there is.
        heard = quiet.noticed(_quiet(tx) or Quiet(newest, newest, now, now), newest, now)
        if heard.is_over(now):
            names = [recipe.name for recipe in post.recipes.values() if recipe.unit is Unit.INSTANT]
            planned, all_of_them = tx.issues.plan_instant(names, heard.seen, now)
            report.planned += planned
            # Whoever has an issue in flight gets this one when it has landed.
            heard = replace(heard, planned=heard.seen) if all_of_them else heard
        moments = (heard.first.isoformat(), heard.last.isoformat())
        tx.facts.remember(_QUIET, json.dumps([heard.seen, heard.planned, *moments]))


def _quiet(tx: Transaction) -> Quiet | None:
    known = tx.facts.get(_QUIET)
    if known is None:
        return None
    seen, planned, first, last = json.loads(known)
    return Quiet(seen, planned, datetime.fromisoformat(first), datetime.fromisoformat(last))


def recover(store: Store, now: datetime) -> int:
    """Take back what a killed run had claimed; the caller holds the site's lock."""
    with store.transaction() as tx:
        return tx.deliveries.recover(now)


def preview(store: Store, post: Post, recipe: Recipe, reader: Subscriber, now: datetime) -> Rendered | None:
    """Render what `reader` would get at `now`, or None when there is nothing new; changes nothing."""
    with store.reading() as tx:
        arrived = tx.items.arrived(reader.cursor, tx.items.newest_number())
        items = _fitting(tx, reader, [*tx.items.to_arrive(now), *arrived])
        names = _tag_names(tx, reader)
    if not items:
        return None
    period = ""
    if recipe.unit is not Unit.INSTANT:
        sent_at = max(now, reader.next_issue_at or now)
        period = periods.due(recipe, reader.preferences.rhythm, sent_at).period
    rendered = rendering.render(post.issue(recipe, period, reader, items), post.templates)
    return rendering.address(rendered, _why(post, recipe, reader, names), _links(post, reader))


def _send_waiting(store: Store, post: Post, clock: Clock, stopped: Callable[[], bool], report: Sent) -> None:
    while not stopped():
        now = clock()
        with store.transaction() as tx:
            if post.delivery.uncertain == "at-most-once":
                report.outcomes[State.UNCERTAIN] += tx.deliveries.close_uncertain(now)
            claimed = tx.deliveries.claim(post.owner, _AT_ONCE, now, now + post.delivery.lease)
        if not claimed:
            return
        chosen = [delivery for delivery in claimed if _choose(store, post, delivery, clock(), report)]
        for start in range(0, len(chosen), post.delivery.group):
            if stopped():
                return
            _send_group(store, post, chosen[start : start + post.delivery.group], clock, report)


def _choose(store: Store, post: Post, delivery: Delivery, now: datetime, report: Sent) -> bool:
    """Settle what a claimed delivery brings; close it, and return False, when that is nothing.

    An attempt without an outcome goes again with the items that it had.
    """
    recipe = post.recipes.get(delivery.digest)
    if recipe is None:
        problem = _not_configured(delivery.digest)
        with store.transaction() as tx:
            tx.deliveries.expire(delivery, post.owner, str(problem), now)
        report.outcomes[State.EXPIRED] += 1
        return False
    if delivery.attempts and delivery.content is not None:
        return True
    with store.reading() as tx:
        items = _items(tx, delivery)
    if not items:
        with store.transaction() as tx:
            tx.deliveries.empty(delivery, post.owner, "nothing new that fits the preferences", now)
        report.outcomes[State.EMPTY] += 1
        return False
    issue = post.issue(recipe, delivery.period, delivery.reader, items)
    key = rendering.key(issue, post.look())
    with store.reading() as tx:
        content = tx.contents.find(key)
    if content is None:
        rendered = rendering.render(issue, post.templates)
        with store.transaction() as tx:
            tx.items.lock()  # before the rows of items, which it names
            content = tx.contents.add(key, rendered, [item.id for item in items])
    with store.transaction() as tx:
        tx.deliveries.choose(delivery, post.owner, content)
    return True


def _items(tx: Transaction, delivery: Delivery) -> list[Item]:
    reader = delivery.reader
    if delivery.newest is not None:
        return selecting.newest(tx.items.public(), reader.preferences, delivery.newest)
    return _fitting(tx, reader, tx.items.arrived(reader.cursor, delivery.up_to))


def _fitting(tx: Transaction, reader: Subscriber, candidates: Sequence[Item]) -> list[Item]:
    """Select what fits and the reader has not had.

    Numbers are given anew, and a welcome may have been ahead of the cursor.
    """
    fitting = selecting.select(candidates, reader.preferences)
    had = tx.items.had(reader.id, [item.id for item in fitting])
    return [item for item in fitting if item.id not in had]


def _send_group(store: Store, post: Post, claimed: Sequence[Delivery], clock: Clock, report: Sent) -> None:
    messages = _messages(store, post, claimed, clock(), report)
    now = clock()
    with store.transaction() as tx:
        going = tx.deliveries.attempt(list(messages), post.owner, now, now + post.delivery.lease)
    group = [(Envelope(post.mail.sender, each.reader.address), messages[each]) for each in going]
    outcomes = dict(zip(going, post.transport.send_group(group), strict=True))
    done = clock()
    retry = {delivery: done + _back_off(delivery) for delivery in going}
    with store.transaction() as tx:
        tx.deliveries.record(outcomes, post.owner, done, retry)
    for outcome in outcomes.values():
        report.outcomes[_STATES[type(outcome)]] += 1
        if not isinstance(outcome, Accepted):
            report.failed[outcome.reason] += 1


def _messages(
    store: Store, post: Post, group: Sequence[Delivery], now: datetime, report: Sent
) -> dict[Delivery, Message]:
    """Compose the messages of a group; one that cannot be composed is closed, and keeps no other back."""
    with store.reading() as tx:
        contents = {delivery: tx.contents.of(delivery.id) for delivery in group}
        names = _tag_names(tx, *(delivery.reader for delivery in group))
    messages = {}
    for delivery, rendered in contents.items():
        try:
            messages[delivery] = _compose(post, delivery, rendered, names)
        except ValueError as error:  # of the standard library, about a header
            problem = MailError(
                f"the {delivery.digest} digest for subscriber {delivery.reader.id}",
                f"cannot be composed ({error})",
                "mend the site's title, the sender, or the template of the subject",
            )
            report.problems.append(problem)
            report.outcomes[State.EXPIRED] += 1
            with store.transaction() as tx:
                tx.deliveries.expire(delivery, post.owner, str(problem), now)
    return messages


_STATES = {
    Accepted: State.ACCEPTED,
    Deferred: State.WAITING,
    Refused: State.REFUSED,
    Lost: State.ATTEMPTED,
}


def _compose(post: Post, delivery: Delivery, rendered: Rendered, names: Mapping[str, str]) -> Message:
    recipe = post.recipes[delivery.digest]
    domain = post.mail.sender.rpartition("@")[2]
    links = _links(post, delivery.reader)
    # Whoever was erased and has come back is another reader at the same address: what they get is not the same.
    reader = (delivery.reader.address.lower(), delivery.reader.created.isoformat())
    uid = ids.mint(post.space, "delivery", *reader, delivery.digest, delivery.period)
    frame = Frame(
        sender=post.mail.sender,
        sender_name=post.mail.sender_name,
        list_name=f"{post.site.title}: {post.templates.speech.gettext(recipe.title)}",
        list_id=f"{recipe.name}.{domain}",
        language=post.language(delivery.reader),
        leave=post.mail.leave,
    )
    return composing.compose(
        rendering.address(rendered, _why(post, recipe, delivery.reader, names), links),
        frame,
        delivery.reader.address,
        message_id=f"<{uid.removeprefix('urn:uuid:')}@{domain}>",
        date=delivery.planned,
        unsubscribe=links.unsubscribe,
    )


def _not_configured(digest: str) -> ConfigurationError:
    return ConfigurationError(
        f"digest {digest!r}", "has readers but is not configured", f"add [digests.{digest}] again"
    )


def _why(post: Post, recipe: Recipe, reader: Subscriber, names: Mapping[str, str]) -> str:
    speech = post.templates.into(post.language(reader)).speech
    return rendering.why(recipe, reader.preferences, reader.reason, names, speech)


def _tag_names(tx: Transaction, *readers: Subscriber) -> dict[str, str]:
    slugs = {slug for one in readers for slug in (*one.preferences.any_tags, *one.preferences.no_tags)}
    return tx.items.tag_names(sorted(slugs))


def _links(post: Post, reader: Subscriber) -> Links:
    leaving = post.signer.sign(Purpose.UNSUBSCRIBE, reader.id)
    choosing = post.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
    address = post.templates.address
    return Links(address(f"unsubscribe/{leaving}"), address(f"preferences/{choosing}"))


def _back_off(delivery: Delivery) -> timedelta:
    return _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
