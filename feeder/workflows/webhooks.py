"""What providers post is acted on, once for each post that they made."""

from datetime import datetime

from feeder.mail.webhooks import proofs
from feeder.mail.webhooks.calls import Told
from feeder.store import Store, Transaction
from feeder.tokens import Signer
from feeder.workflows import returns

_JOB = "webhook"


def take(store: Store, signer: Signer, provider: str, told: Told, now: datetime) -> int:
    """Act on what a provider told, whose proof was verified; return on how many reports.

    The mark is written last: what breaks off in the middle is told again, and acted on once all the same.
    Raises: StoreError; the provider is to post it again then.
    """
    if not told.returns:
        return 0
    slot = f"{provider} {told.mark}"
    with store.reading() as tx:
        if tx.runs.is_claimed(_JOB, slot):
            return 0
    for each in told.returns:
        returns.take_on_word(store, signer, each, now)
    with store.transaction() as tx:
        tx.runs.claim(_JOB, slot, now)
    return len(told.returns)


def forget(tx: Transaction, now: datetime) -> None:
    """Forget which posts came, of which none would be taken any more."""
    tx.runs.forget(_JOB, now - proofs.KEPT)
