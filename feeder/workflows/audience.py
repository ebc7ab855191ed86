"""The audience comes in from a list.

A list is read as it comes, thousands of rows at a time, each time in a transaction of its own: after a
crash whole batches are there, and importing again finds them there and goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from feeder.digests import periods
from feeder.model.digests import Rhythm
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Preferences
from feeder.store import Store, Transaction
from feeder.subscribers import records
from feeder.subscribers.judging import Judge, LeftOut
from feeder.subscribers.records import Record, Unreadable
from feeder.subscribers.seen import Seen
from feeder.subscribers.wishes import Terms
from feeder.workflows import roster
from feeder.workflows.roster import Plan

THERE = "is a reader here already"
STAYS = "is a reader here, and must not be mailed by this list"
KEPT_OUT = "must not be mailed, as was known here"
LISTED = "must not be mailed, as is known here now"
AGAIN = "is on this list a second time"

Row = Record | Unreadable
Walk = Callable[[Iterable[Row], int], Iterable[Row]]
"""A way to go through about so many rows, perhaps showing how far it is."""

_AT_ONCE = 20_000
"""How many rows one transaction takes: the fewer, the more often the same pages of an index are written."""

_TAGS_KEPT = 10_000


class Note(NamedTuple):
    """Why the row that begins in a line was not taken."""

    line: int
    why: LeftOut


Report = Callable[[Sequence[Note]], None]
"""Takes notes, in the order of the lines."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of a list: each was taken, or passed over for a reason.

    `remarks` counts what was passed over within rows that were taken.
    """

    rows: int = 0
    taken: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)


def take_in(store: Store, planned: Plan, now: datetime, report: Report, progress: Walk) -> Tally:
    """Make readers of all on a list who agreed, and see to it that those who have left get no mail.

    Whoever is known here stays as they are. A second time changes nothing. Raises: StoreError.
    """

    def meet(batch: _Batch) -> list[Note]:
        with store.transaction() as tx:
            cursor = tx.items.newest_number()
            return _meet(
                tx, batch, lambda people: tx.subscribers.add_all(people, cursor), tx.suppressions.add_all
            )

    return _walk(store, planned, now, report, progress, meet)


def rehearse(
    store: Store, planned: Plan, now: datetime, report: Report, progress: Walk, most: int | None = None
) -> Tally:
    """Tell what `take_in` would do with all rows, or the first `most`, and change nothing. Raises: StoreError."""

    def meet(batch: _Batch) -> list[Note]:
        with store.reading() as tx:
            return _meet(tx, batch, tx.subscribers.among, tx.suppressions.among)

    return _walk(store, planned, now, report, progress, meet, most)


@dataclass(slots=True)
class _Batch:
    """Some rows, judged: who is to become a reader and who must not be mailed, by lines, and all the others."""

    column: str
    rows: int = 0
    newcomers: list[tuple[int, Newcomer]] = field(default_factory=list)
    outsiders: list[tuple[int, Outsider]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def _walk(
    store: Store,
    planned: Plan,
    now: datetime,
    report: Report,
    progress: Walk,
    meet: Callable[[_Batch], list[Note]],
    most: int | None = None,
) -> Tally:
    judge = Judge(planned.layout, planned.writing, _terms(store, planned, now))
    seen, tally = Seen(), Tally(remarks=judge.remarks)
    total = roster.about(planned) if most is None else most
    with roster.opened(planned) as text:
        rows = iter(progress(islice(records.records(text, planned.writing), most), total))
        judged = partial(_judged, judge=judge, seen=seen, column=planned.layout.name("address"))
        batches = iter(lambda: judged(islice(rows, _AT_ONCE)), None)
        for rows_met, notes in _while_the_next_is_made(batches, meet):
            tally.rows += rows_met
            tally.taken += rows_met - len(notes)
            tally.passed.update(note.why.reason for note in notes)
            report(notes)
    return tally


def _while_the_next_is_made(
    batches: Iterable[_Batch], meet: Callable[[_Batch], list[Note]]
) -> Iterator[tuple[int, list[Note]]]:
    """Meet each batch in another thread while the next one is judged, since a server works while we do.

    Tells for each how many rows it had, and the notes.
    """
    with ThreadPoolExecutor(1) as hand:
        before: tuple[int, Future[list[Note]]] | None = None
        for batch in batches:
            if before:
                yield before[0], before[1].result()
            before = batch.rows, hand.submit(meet, batch)
        if before:
            yield before[0], before[1].result()


def _judged(rows: Iterable[Row], judge: Judge, seen: Seen, column: str) -> _Batch | None:
    """Judge rows one by one, so that none of their other cells stays in memory; None if there are no more."""
    batch = _Batch(column)
    for row in rows:
        batch.rows += 1
        verdict = judge.judge(row.cells) if isinstance(row, Record) else LeftOut(row.reason)
        if isinstance(verdict, LeftOut):
            batch.notes.append(Note(row.line, verdict))
        elif not seen.add(verdict.address.lower()):
            batch.notes.append(Note(row.line, LeftOut(AGAIN, column, verdict.address)))
        elif isinstance(verdict, Newcomer):
            batch.newcomers.append((row.line, verdict))
        else:
            batch.outsiders.append((row.line, verdict))
    return batch if batch.rows else None


def _meet(
    tx: Transaction,
    batch: _Batch,
    add: Callable[[dict[str, Newcomer]], set[str]],
    suppress: Callable[[dict[str, Outsider]], set[str]],
) -> list[Note]:
    """Let people in and keep others out; return notes of all rows of a batch that did not become readers.

    `add` and `suppress` return who was there before; keys are keyed hashes of addresses.
    """
    key = tx.suppressions.key
    newcomers = {key(new.address): (line, new) for line, new in batch.newcomers}
    outsiders = {key(out.address): (line, out) for line, out in batch.outsiders}
    kept_out = tx.suppressions.among(newcomers)
    there = add({each: new for each, (_, new) in newcomers.items() if each not in kept_out})
    readers = tx.subscribers.among(outsiders)
    known = suppress({each: out for each, (_, out) in outsiders.items() if each not in readers})
    notes = [
        *batch.notes,
        *_notes(KEPT_OUT, kept_out, newcomers, batch.column),
        *_notes(THERE, there, newcomers, batch.column),
        *_notes(STAYS, readers, outsiders, batch.column),
        *_notes(KEPT_OUT, known, outsiders, batch.column),
        *_notes(LISTED, outsiders.keys() - readers - known, outsiders, batch.column),
    ]
    return sorted(notes)


def _notes(
    reason: str, keys: Iterable[str], people: Mapping[str, tuple[int, Newcomer | Outsider]], column: str
) -> Iterator[Note]:
    for key in keys:
        line, person = people[key]
        yield Note(line, LeftOut(reason, column, person.address))


def _terms(store: Store, planned: Plan, now: datetime) -> Terms:
    choices = planned.choices

    @lru_cache(_TAGS_KEPT)
    def find_tag(name: str) -> str | None:
        with store.reading() as tx:
            tag = tx.items.tag(name)
        return tag.slug if tag else None

    @lru_cache
    def due(rhythm: Rhythm, start: datetime) -> datetime | None:
        return periods.next_issue_at(choices.recipes[rhythm.digest], rhythm, start)

    def first_issue(wanted: Preferences) -> datetime | None:
        start = wanted.paused_until or now
        return due(wanted.rhythm, max(now, start))

    return Terms(
        file=planned.path.name.encode("utf-8", "replace").decode(),  # it is kept in the store
        now=now,
        recipes=choices.recipes,
        digest=choices.digest,
        zone=choices.zone,
        find_tag=find_tag,
        first_issue=first_issue,
        must_have=choices.must_have,
        tags=choices.tags,
        waived=choices.waived,
    )
