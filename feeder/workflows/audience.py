"""The audience comes in from a list.

A list is read as it comes, thousands of rows at a time, each time in a transaction of its own: after a
crash whole batches are there, and importing again finds them there and goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from feeder.digests import periods
from feeder.model.digests import Rhythm
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Preferences
from feeder.store import Store, Transaction, newcomers
from feeder.subscribers import records
from feeder.subscribers.judging import Judge, LeftOut
from feeder.subscribers.records import Record, Unreadable
from feeder.subscribers.seen import Seen
from feeder.subscribers.wishes import Terms
from feeder.workflows import roster
from feeder.workflows.ahead import ahead
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

    tally = _walk(store, planned, now, report, progress, meet)
    if tally.taken > _AT_ONCE:
        with store.transaction() as tx:
            tx.subscribers.many_came()
    return tally


def rehearse(
    store: Store, planned: Plan, now: datetime, report: Report, progress: Walk, most: int | None = None
) -> Tally:
    """Tell what `take_in` would do with all rows, or the first `most`, and change nothing. Raises: StoreError."""

    def meet(batch: _Batch) -> list[Note]:
        with store.reading() as tx:
            return _meet(tx, batch, tx.subscribers.among, tx.suppressions.among)

    return _walk(store, planned, now, report, progress, meet, most)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows, judged: who is to become a reader and who must not be mailed, by lines, and why others are neither.

    `remarks` are those of all rows so far.
    """

    column: str
    rows: int
    newcomers: list[tuple[int, newcomers.Row]]
    outsiders: list[tuple[int, Outsider]]
    notes: list[Note]
    remarks: Counter[str]


def _walk(
    store: Store,
    planned: Plan,
    now: datetime,
    report: Report,
    progress: Walk,
    meet: Callable[[_Batch], list[Note]],
    most: int | None = None,
) -> Tally:
    tally = Tally()
    total = roster.about(planned) if most is None else most
    with roster.opened(planned) as text:
        rows = progress(islice(records.records(text, planned.writing), most), total)
        batches: Iterable[_Batch] = _judged(store, planned, now, iter(rows))
        if total > _AT_ONCE:
            store.close()  # what judges opens connections of its own
            batches = ahead(batches)
        for batch in batches:
            notes = meet(batch)
            tally.rows += batch.rows
            tally.taken += batch.rows - len(notes)
            tally.passed.update(note.why.reason for note in notes)
            tally.remarks = batch.remarks
            report(notes)
            del batch  # it is large, and the next one comes now
    return tally


def _judged(store: Store, planned: Plan, now: datetime, rows: Iterator[Row]) -> Iterator[_Batch]:
    judge, seen = Judge(planned.layout, planned.writing, _terms(store, planned, now)), Seen()
    column = planned.layout.name("address")
    yield from iter(lambda: _batch(islice(rows, _AT_ONCE), judge, seen, column), None)


def _batch(rows: Iterable[Row], judge: Judge, seen: Seen, column: str) -> _Batch | None:
    """Judge rows one by one, so that nothing else of them stays in memory; None if there are none."""
    people: list[tuple[int, newcomers.Row]] = []
    outsiders: list[tuple[int, Outsider]] = []
    notes, count = [], 0
    for row in rows:
        count += 1
        verdict = judge.judge(row.cells) if isinstance(row, Record) else LeftOut(row.reason)
        if isinstance(verdict, LeftOut):
            notes.append(Note(row.line, verdict))
        elif not seen.add(verdict.address.lower()):
            notes.append(Note(row.line, LeftOut(AGAIN, column, verdict.address)))
        elif isinstance(verdict, Newcomer):
            people.append((row.line, newcomers.row(verdict)))
        else:
            outsiders.append((row.line, verdict))
    return _Batch(column, count, people, outsiders, notes, judge.remarks) if count else None


def _meet(
    tx: Transaction,
    batch: _Batch,
    add: Callable[[dict[str, newcomers.Row]], set[str]],
    suppress: Callable[[dict[str, Outsider]], set[str]],
) -> list[Note]:
    """Let people in and keep others out; return notes of all rows of a batch that did not become readers.

    `add` and `suppress` return who was there before; keys are keyed hashes of addresses.
    """
    key = tx.suppressions.key
    arriving = {key(row[0]): (line, row) for line, row in batch.newcomers}
    outsiders = {key(out.address): (line, out) for line, out in batch.outsiders}
    kept_out = tx.suppressions.among(arriving)
    there = add({each: row for each, (_, row) in arriving.items() if each not in kept_out})
    readers = tx.subscribers.among(outsiders)
    known = suppress({each: out for each, (_, out) in outsiders.items() if each not in readers})
    notes = [
        *batch.notes,
        *_notes(KEPT_OUT, kept_out, arriving, batch.column),
        *_notes(THERE, there, arriving, batch.column),
        *_notes(STAYS, readers, outsiders, batch.column),
        *_notes(KEPT_OUT, known, outsiders, batch.column),
        *_notes(LISTED, outsiders.keys() - readers - known, outsiders, batch.column),
    ]
    return sorted(notes)


def _notes(
    reason: str, keys: Iterable[str], people: Mapping[str, tuple[int, newcomers.Row | Outsider]], column: str
) -> Iterator[Note]:
    for key in keys:
        line, (address, *_) = people[key]
        yield Note(line, LeftOut(reason, column, address))


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
