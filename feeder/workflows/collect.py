"""From a source into the store."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeder.errors import FeederError, SourceError
from feeder.model.changes import Changed, New, Same, Tally, Visit
from feeder.model.items import Draft, NotModified, Reading
from feeder.sources import Source, changes
from feeder.store import Store
from feeder.store.items import BATCH
from feeder.store.sources import SourceState


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of reading a source.

    `held` is how many items it no longer lists and that stay until a person confirms.
    """

    source: str
    tally: Tally
    refused: Sequence[FeederError] = ()
    held: int | None = None


def collect(store: Store, source: Source, now: datetime, *, announce: bool, confirmed: bool) -> Collected:
    """Bring the store up to what a source has.

    A page of drafts is one transaction; what a complete reading no longer lists is gone, and a
    large removal waits until it is `confirmed`. Killed at any moment, the next run reads again.
    Raises: SourceError, remembered with the source, when it cannot be read; StoreError.
    """
    with store.reading() as tx:
        state = tx.sources.state(source.name)
    try:
        # A held removal is looked at anew: a person may have confirmed it, or brought the files back.
        reading = source.read({} if state.held else state.state)
    except SourceError as error:
        with store.transaction() as tx:
            tx.sources.failed(source.name, str(error), now)
        raise
    match reading:
        case NotModified():
            with store.transaction() as tx:
                tx.sources.remember(replace(state, last_read=now, last_complete=now, problem=None))
            return Collected(source.name, Tally())
        case Reading():
            visit = Visit(now, state.last_complete, announce)
            _rename(store, source.name, reading)
            found = _apply_reading(store, state, reading, visit)
            return _close(store, state, reading, found, now, confirmed)


def apply(store: Store, source: str, drafts: Sequence[Draft], visit: Visit) -> Tally:
    """Compare drafts with the store and make their changes, a transaction for each `BATCH`."""
    found: Counter[type] = Counter()
    for some in _batches(drafts):
        with store.transaction() as tx:
            tx.items.lock()
            known = tx.items.known(source, [draft.key for draft in some])
            for draft in some:
                change = changes.compare(known.get(draft.key), draft, visit)
                tx.items.apply(source, change)
                found[type(change)] += 1
    return Tally(new=found[New], changed=found[Changed], same=found[Same])


def _rename(store: Store, source: str, reading: Reading) -> None:
    """Give items whose file was moved their new keys, so that they keep their ids.

    A file was moved where one key is missing, another is new, and both say the same in substance.
    """
    if not reading.complete:
        return
    with store.transaction() as tx:
        tx.items.lock()
        listed = tx.items.listed(source)
        missing = changes.gone(listed, _present(reading))
        if missing:
            # A title alone, such as a programme's, is too little to know an item by.
            strangers = [
                draft for draft in reading.drafts if draft.key not in listed and (draft.body or draft.url)
            ]
            for item, key in changes.moved(tx.items.substances(missing), strangers).items():
                tx.items.rekey(item, key)


def _apply_reading(store: Store, state: SourceState, reading: Reading, visit: Visit) -> Tally:
    """Apply all drafts; what the first complete reading could not take is back catalogue still."""
    if not state.unread:
        return apply(store, state.name, reading.drafts, visit)
    late = [draft for draft in reading.drafts if draft.key in state.unread]
    others = [draft for draft in reading.drafts if draft.key not in state.unread]
    one = apply(store, state.name, late, replace(visit, last_complete=None))
    other = apply(store, state.name, others, visit)
    return Tally(one.new + other.new, one.changed + other.changed, one.same + other.same)


def _close(
    store: Store, state: SourceState, reading: Reading, found: Tally, now: datetime, confirmed: bool
) -> Collected:
    """Take off what is gone, and remember the reading."""
    with store.transaction() as tx:
        tx.items.lock()
        if tx.sources.state(state.name) != state:
            # Another reading began after this one and has ended: it knows better what is gone.
            return Collected(state.name, found, reading.refused)
        listed = tx.items.listed(state.name)
        gone = changes.gone(listed, _present(reading)) if reading.complete else []
        held = len(gone) if changes.must_be_confirmed(len(gone), len(listed)) and not confirmed else None
        if held is None:
            tx.items.remove(gone, now)
        complete = reading.complete and held is None
        taken = {draft.key for draft in reading.drafts}
        broken_at_first = reading.present if state.first_complete is None else frozenset(state.unread)
        tx.sources.remember(
            SourceState(
                name=state.name,
                state=reading.state,
                first_complete=state.first_complete or (now if complete else None),
                last_complete=now if complete else state.last_complete,
                last_read=now,
                problem=_problem(reading.refused),
                held=held,
                unread=tuple(sorted(broken_at_first - taken)),
            )
        )
    tally = replace(found, gone=0 if held else len(gone))
    return Collected(state.name, tally, reading.refused, held)


def _present(reading: Reading) -> set[str]:
    return {draft.key for draft in reading.drafts} | reading.present


def _problem(refused: Sequence[FeederError]) -> str | None:
    if not refused:
        return None
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return f"{refused[0]}{more}"


def _batches(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    for start in range(0, len(drafts), BATCH):
        yield drafts[start : start + BATCH]
