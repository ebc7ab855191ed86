"""What a person says of issues: stop, go on, these words above the next one, yes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feeder.digests import selecting
from feeder.errors import ConfigurationError, NotFound
from feeder.markup import html, markdown
from feeder.model.digests import Recipe
from feeder.model.issues import ALL_MAIL, EVERY_DIGEST, Approval, Hold, Note
from feeder.model.items import Item
from feeder.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """An issue that waits for a person: for how many readers, and what most of them would choose from."""

    approval: Approval
    readers: int
    items: Sequence[Item]


def pause(store: Store, digest: str, reason: str, now: datetime) -> Hold:
    """Stop a digest, or with `EVERY_DIGEST` all of them: no further group is attempted. Returns the hold in force."""
    with store.transaction() as tx:
        return tx.holds.add(digest, reason, now)


def resume(store: Store, digest: str) -> bool:
    """Let a digest go on, or lift what stopped all of them, or all mail; False when there was no such hold."""
    with store.transaction() as tx:
        also = digest == EVERY_DIGEST and tx.holds.lift(ALL_MAIL)
        return tx.holds.lift(digest) or also


def write_note(store: Store, digest: str, written: str, base: str, now: datetime) -> Note:
    """Put words in Markdown above the next issue of a digest; `base` is where their relative links start.

    Raises: ConfigurationError, when they say nothing.
    """
    scrubbed = html.sanitize(markdown.to_html(written), base).strip()
    if not scrubbed:
        raise ConfigurationError(
            "the note", "says nothing", "write a few words, or take it away with --clear"
        )
    with store.transaction() as tx:
        tx.notes.set(digest, written, scrubbed, now)
    return Note(digest, written, scrubbed, now, None)


def awaiting(store: Store, recipe: Recipe, period: str | None) -> Waiting:
    """Return the issue of a digest that waits for a person: that of a period, or else the newest.

    Raises: NotFound.
    """
    with store.reading() as tx:
        for approval in tx.approvals.open():
            if approval.digest == recipe.name and period in (None, approval.period):
                return _waiting(tx, recipe, approval)
    raise NotFound(
        f"an issue of {recipe.name}{f' called {period}' if period else ''} that waits for approval",
        "is not there",
        "`feeder digest status` shows what is under way",
    )


def _waiting(tx: Transaction, recipe: Recipe, approval: Approval) -> Waiting:
    cursors = Counter(tx.ledger.cursors(approval.digest, approval.period))
    most = cursors.most_common(1)
    items = tx.items.arrived(most[0][0], approval.up_to) if most else []
    return Waiting(approval, cursors.total(), [item for item in items if selecting.is_news(item, recipe)])


def approve(store: Store, approval: Approval, now: datetime) -> bool:
    """Let an issue go out; False when somebody else was faster."""
    with store.transaction() as tx:
        return tx.approvals.approve(approval.digest, approval.period, now)
