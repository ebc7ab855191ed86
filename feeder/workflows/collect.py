"""From a source into the store."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import TYPE_CHECKING

from feeder.errors import FeederError, SourceError
from feeder.model.batches import batched, batches
from feeder.model.changes import Change, Changed, Known, New, Same, Tally, Visit
from feeder.model.items import Broken, Draft, Mark, NotModified, Past, Reading, Told, Unchanged
from feeder.sources import Source, changes
from feeder.store import Store, Transaction
from feeder.store.sources import SourceState
from feeder.workflows import turns, twins
from feeder.workflows.turns import Turn

if TYPE_CHECKING:
    from feeder.sources.notes.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Rules:
    """What is done with what comes in, beside taking it in.

    `merging` is the rule for the same work from two sources. With a gazetteer, what notes propose
    is accepted without asking.
    """

    merging: str = "propose"
    gazetteer: "Callable[[], Gazetteer] | None" = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source is visited, and what is done with what it tells.

    It is visited `every` so often, and after failures ever more seldom, down to `slowest`.
    """

    every: timedelta = timedelta(minutes=5)
    slowest: timedelta = timedelta(minutes=5)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of reading a source.

    `held` is how many items it no longer lists and that stay until a person confirms.
    `twins` is how many pairs of items look like one work, `merged` how many became one by the
    site's rule, `accepted` how many appearances its notes told.
    """

    source: str
    tally: Tally
    refused: Sequence[FeederError] = ()
    held: int | None = None
    twins: int = 0
    merged: int = 0
    accepted: int = 0


@dataclass(slots=True)
class _Found:
    """What a walk through a reading has found so far."""

    tally: Counter[type] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    refused: list[FeederError] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    twins: int = 0
    merged: int = 0
    accepted: int = 0


def collect(
    store: Store, source: Source, now: datetime, *, announce: bool, confirmed: bool, manner: Manner = Manner()
) -> Collected:
    """Bring the store up to what a source has.

    Some drafts at a time are one transaction; what a complete reading does not tell is gone, and a
    large removal waits until it is `confirmed`. Killed at any moment, the next run reads again.
    Of two readings of one source, the one that began later goes on, and the other changes nothing more.
    Raises: SourceError, remembered with the source, when it cannot be read; Superseded; StoreError.
    """
    turn = turns.take(store, f"collect:{source.name}")
    with store.reading() as tx:
        state = tx.sources.state(source.name)
    try:
        reading = source.read(_past(store, state))
        if isinstance(reading, NotModified):
            return _unchanged(turn, state, now)
        found = _walk(turn, state, reading, Visit(now, state.last_complete, announce), manner)
    except SourceError as error:
        next_try = now + _wait(state.failures, manner, error)
        with turn.transaction() as tx:
            tx.sources.failed(source.name, str(error), now, next_try)
        raise
    return _close(turn, state, reading, found, now, confirmed)


def is_left_alone(store: Store, name: str, now: datetime) -> bool:
    """Tell whether a source has failed, and its next try is still to come."""
    with store.reading() as tx:
        next_try = tx.sources.state(name).next_try
    return next_try is not None and now < next_try


def apply(
    store: Store, source: str, drafts: Sequence[Draft], visit: Visit, *, rules: Rules | None = None
) -> Tally:
    """Compare drafts with the store and make their changes, some of them in a transaction."""
    found = _Found()
    for some in batches(drafts):
        with store.transaction() as tx:
            tx.items.lock()
            known = tx.items.known(source, [draft.key for draft in some])
            made = [changes.compare(known.get(draft.key), draft, visit) for draft in some]
            _make(tx, source, made, found, visit.now, rules)
    return _tally(found)


def _past(store: Store, state: SourceState) -> Past:
    """Return what a source is told; of a held removal, as though nothing had been read since.

    A person may have confirmed it, or brought the files back.
    """

    def marks() -> dict[str, Mark]:
        with store.reading() as tx:
            return tx.items.marks(state.name)

    def marks_at(places: Sequence[str]) -> dict[str, Mark]:
        with store.reading() as tx:
            return tx.items.marks_at(state.name, places)

    def has(key: str, title: str) -> bool:
        with store.reading() as tx:
            return tx.items.has(state.name, key, title)

    return Past({} if state.held else state.state, marks, marks_at, has)


def _unchanged(turn: Turn, state: SourceState, now: datetime) -> Collected:
    with turn.transaction() as tx:
        well = replace(state, last_read=now, last_complete=now, problem=None, failures=0, next_try=None)
        tx.sources.remember(well)
    return Collected(state.name, Tally())


def _walk(turn: Turn, state: SourceState, reading: Reading, visit: Visit, manner: Manner) -> _Found:
    """Take in all that a reading tells; what the first complete one could not take is back catalogue still."""
    found = _Found()
    at_first = replace(visit, last_complete=None)
    missing = _missing(turn.store, state.name, reading)
    window_since = state.first_complete if reading.window else None
    for some in batched(reading.told):
        drafts = _sorted_out(some, found)
        if not drafts:
            continue
        with turn.transaction() as tx:
            tx.items.lock()
            known = tx.items.known(state.name, [draft.key for draft in drafts])
            strangers = [draft for draft in drafts if draft.key not in known]
            scrolled_in = {draft.key for draft in strangers if changes.is_older(draft, window_since)}
            known |= _moved(tx, state.name, missing, strangers)
            catalogue = scrolled_in.union(state.unread)
            made = [
                changes.compare(known.get(draft.key), draft, at_first if draft.key in catalogue else visit)
                for draft in drafts
            ]
            _make(tx, state.name, made, found, visit.now, manner.rules)
    return found


def _sorted_out(told: Sequence[Told], found: _Found) -> list[Draft]:
    """Note what is there, unchanged or broken, and return the drafts, which are to be compared."""
    drafts = []
    for each in told:
        match each:
            case Draft(key=key):
                drafts.append(each)
                found.taken.add(key)
            case Unchanged(key):
                found.tally[Same] += 1
                found.taken.add(key)
            case Broken(keys, refusal):
                found.broken |= keys
                found.refused.append(refusal)
    return drafts


def _missing(store: Store, source: str, reading: Reading) -> dict[str, str]:
    """Return the keys of the items that a reading misses, by substance."""
    if not reading.missing:
        return {}
    with store.reading() as tx:
        known = tx.items.known(source, sorted(reading.missing))
    return changes.by_substance(known)


def _moved(
    tx: Transaction, source: str, missing: Mapping[str, str], strangers: Sequence[Draft]
) -> dict[str, Known]:
    """Give items that come back under another key that key, so that they keep their ids."""
    # A title alone, such as a programme's, is too little to know an item by.
    likely = [draft for draft in strangers if draft.substance in missing and (draft.body or draft.url)]
    known = tx.items.known(source, [missing[draft.substance] for draft in likely])
    moved = {}
    for draft in likely:
        there = known.pop(missing[draft.substance], None)
        if there is not None and there.substance == draft.substance:
            tx.items.rekey(there.id, draft.key)
            moved[draft.key] = there
    return moved


def _make(
    tx: Transaction,
    source: str,
    made: Sequence[Change],
    found: _Found,
    now: datetime,
    rules: Rules | None,
) -> None:
    """Make changes, look among the other sources' items for the same works, and read the notes."""
    added = tx.items.apply(source, made)
    touched = [*added.values(), *(each.known.id for each in made if isinstance(each, Changed))]
    if touched and rules:
        matched = twins.match_within(tx, touched, rules.merging, now)
        found.twins += matched.proposed
        found.merged += matched.merged
        if rules.gazetteer:
            from feeder.workflows import accept  # noqa: PLC0415 - it brings the grammar of notes

            found.accepted += len(accept.accept_within(tx, touched, rules.gazetteer(), now))
    found.touched += touched
    found.tally.update(type(change) for change in made)


def _close(
    turn: Turn, state: SourceState, reading: Reading, found: _Found, now: datetime, confirmed: bool
) -> Collected:
    """Take off what is gone, and remember the reading."""
    with turn.transaction() as tx:
        tx.items.lock()
        listed = tx.items.listed(state.name) if reading.complete and not reading.window else {}
        gone = changes.gone(listed, found.taken | found.broken)
        kept = tx.curation.still_told(gone)
        gone = sorted({*gone} - kept)
        held = len(gone) if changes.must_be_confirmed(len(gone), len(listed)) and not confirmed else None
        if held is None:
            tx.curation.lose(sorted(kept))
            tx.items.remove(gone, now)
            twins.unite_again(tx, gone, now)
        complete = reading.complete and held is None
        broken_at_first = found.broken if state.first_complete is None else set(state.unread)
        tx.sources.remember(
            SourceState(
                name=state.name,
                state={} if found.refused else reading.state,
                first_complete=state.first_complete or (now if complete else None),
                last_complete=now if complete else state.last_complete,
                last_read=now,
                problem=_problem(found.refused),
                held=held,
                unread=tuple(sorted(broken_at_first - found.taken)),
            )
        )
    tally = replace(_tally(found), gone=0 if held else len(gone))
    return Collected(
        state.name,
        tally,
        tuple(found.refused),
        held,
        twins=found.twins,
        merged=found.merged,
        accepted=found.accepted,
    )


def _wait(failures: int, manner: Manner, error: SourceError) -> timedelta:
    """Return how long to leave a source alone: twice as long after each failure, and not all at once."""
    doubled = min(manner.every * (1 << min(failures + 1, 10)), manner.slowest)
    jittered = doubled * SystemRandom().uniform(0.8, 1.0)
    return max(manner.every, jittered, error.retry_after or timedelta())


def _tally(found: _Found) -> Tally:
    return Tally(new=found.tally[New], changed=found.tally[Changed], same=found.tally[Same])


def _problem(refused: Sequence[FeederError]) -> str | None:
    if not refused:
        return None
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return f"{refused[0]}{more}"
