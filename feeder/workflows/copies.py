"""Copies: a reader's own issue on the web, for its reader and whomever they pass it on to."""

from collections.abc import Sequence
from dataclasses import dataclass

from feeder.digests import copying
from feeder.model.digests import Recipe
from feeder.model.items import Item
from feeder.model.subscribers import Status, Subscriber
from feeder.store import Store
from feeder.templating import Templates
from feeder.templating.speech import marked
from feeder.tokens import Purpose, Signer

_WHY = marked("This is a copy on the web, without the links that are its reader's own.")


@dataclass(frozen=True, slots=True)
class Copy:
    """An issue as it went to a reader, rendered for all who got the same."""

    reader: Subscriber
    digest: str
    period: str
    html: str
    content: int


def find(store: Store, signer: Signer, token: str) -> Copy | None:
    """Return the issue whose copy a link leads to; None if it is no link or was revoked, or the reader erased."""
    claim = signer.verify(Purpose.COPY, token)
    if claim is None:
        return None
    with store.reading() as tx:
        told = tx.ledger.brought(claim.subject)
        reader = tx.subscribers.with_id(told.subscriber) if told else None
        if told is None or reader is None:
            return None
        if reader.status is Status.ERASED or reader.links != claim.generation:
            return None
        rendered = tx.contents.all_of([told.content])[told.content]
    return Copy(reader, told.digest, told.period, rendered.html, told.content)


def page(copy: Copy, templates: Templates, rest: str) -> str:
    """Return the HTML of a copy; `rest` is the address at which all of its items stand."""
    return copying.without_reader(copy.html, templates.speech.gettext(_WHY), rest)


def items(store: Store, copy: Copy) -> Sequence[Item]:
    """Return the items of an issue that are public, whether or not the mail had room for them, newest first."""
    with store.reading() as tx:
        return tx.ledger.items(copy.content)


def title(copy: Copy, recipe: Recipe | None) -> str:
    """Return what the digest of a copy is called, as far as there is still one."""
    return recipe.title if recipe else copy.digest
