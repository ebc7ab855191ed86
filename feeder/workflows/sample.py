"""A sample: one issue to one address, to be looked at. It stands in no ledger, and moves no cursor."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from feeder.digests import periods, rendering
from feeder.errors import ConfigurationError, NotFound
from feeder.mail.composing import Own
from feeder.model import ids
from feeder.model.deliveries import Delivery, Envelope, Outcome
from feeder.model.digests import Recipe, Unit
from feeder.model.subscribers import Preferences, Reader, Status
from feeder.store import Store, Transaction
from feeder.subscribers import addresses
from feeder.templating.speech import marked
from feeder.workflows import choosing
from feeder.workflows.post import Post, tag_names

_NOBODY = 0
"""The id of no reader, and of no delivery."""

_EVERYTHING = 2**62
"""The cursor of one for whom nothing is new."""

_NEWEST = 10
"""So many of the newest items are shown where nothing is new."""

_SUBJECT = marked("[Test] %(subject)s")
_REASON = "you signed up for it"


def send_sample(store: Store, post: Post, recipe: Recipe, address: str, now: datetime) -> Outcome:
    """Send one issue of a digest to an address, marked as a test.

    A reader gets what they would get now, or the newest items where nothing is new; whoever is no
    reader gets those as a new reader would, with links that lead to nobody's choices.
    Raises: ConfigurationError, for an address that must not be mailed; NotFound, where there is no item.
    """
    address = addresses.checked(address)
    with store.reading() as tx:
        reader = _reader(tx, post, recipe, address, now)
        found = choosing.ahead(tx, recipe, reader, now)
        if not found.all:
            found = choosing.newest(tx, recipe, reader, _NEWEST)
        names = tag_names(tx, reader)
        note = tx.notes.waiting(recipe.name)
    if not found.all:
        raise NotFound(f"an item for the {recipe.name} digest", "is not in the store", "add one first")
    delivery = Delivery(_NOBODY, reader, recipe.name, _period(recipe, reader, now), 0, now)
    words = note.html if note else ""
    issue = post.issue(recipe, delivery.period, reader, found.items, found.corrections, words)
    rendered = rendering.render(issue, post.templates)
    speech = post.templates.into(issue.language).speech
    rendered = replace(rendered, subject=speech.say(_SUBJECT, subject=rendered.subject))
    message = post.mould(recipe, delivery, rendered).fill(_own(post, recipe, delivery, names, now), post.dkim)
    (outcome,) = post.transport.send_group([(Envelope(post.mail.sender, address), message)])
    return outcome


def _reader(tx: Transaction, post: Post, recipe: Recipe, address: str, now: datetime) -> Reader:
    """Return the reader with an address as a reader of this digest, or one that nobody is."""
    reader = tx.subscribers.find(address)
    causes = ", ".join(each.cause for each in tx.suppressions.of(address))
    if causes or (reader is not None and reader.status in (Status.LEFT, Status.SUPPRESSED)):
        raise ConfigurationError(
            f"--to {address}", f"must not be mailed ({causes or 'the reader left'})", "name another address"
        )
    if reader is None or reader.status is not Status.ACTIVE:
        wanted = Preferences(recipe.name, post.site.zone)
        return Reader(_NOBODY, address, wanted, _EVERYTHING, now, _REASON)
    return replace(reader, preferences=replace(reader.preferences, digest=recipe.name))


def _period(recipe: Recipe, reader: Reader, now: datetime) -> str:
    if recipe.unit is Unit.INSTANT:
        return ""
    return periods.due(recipe, reader.preferences.rhythm, now).period


def _own(post: Post, recipe: Recipe, delivery: Delivery, names: Mapping[str, str], now: datetime) -> Own:
    """Return what a sample has of its own: never the id of the issue itself, which mailboxes show once."""
    uid = ids.mint(post.space, "sample", delivery.reader.address, recipe.name, now.isoformat())
    message_id = f"<{uid.removeprefix('urn:uuid:')}@{post.domain}>"
    address = post.templates.address
    # Of what stands in no ledger there is no copy on the web.
    why = post.why(recipe, delivery.reader, names)
    own = replace(post.own(delivery, why), message_id=message_id, copy="", rest=address(""))
    if delivery.reader.id != _NOBODY:
        return own
    return replace(own, unsubscribe=address("unsubscribe/test"), preferences=address("preferences/test"))
