"""The audience comes in from a list.

A list is read as it comes, thousands of rows at a time, each time in a transaction of its own: after a
crash whole batches are there, and importing again finds them there and goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from feeder.digests import periods
from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe, Rhythm
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Preferences
from feeder.store import Store, Transaction
from feeder.subscribers import columns, records, writing
from feeder.subscribers.columns import Layout
from feeder.subscribers.judging import Judge, LeftOut
from feeder.subscribers.records import Record, Unreadable
from feeder.subscribers.seen import Seen
from feeder.subscribers.wishes import Terms
from feeder.subscribers.writing import Shape, Writing

THERE = "is a reader here already"
STAYS = "is a reader here, and must not be mailed by this list"
KEPT_OUT = "must not be mailed, as was known here"
LISTED = "must not be mailed, as is known here now"
AGAIN = "is on this list a second time"

Row = Record | Unreadable
Walk = Callable[[Iterable[Row], int], Iterable[Row]]
"""A way to go through about so many rows, perhaps showing how far it is."""

_AT_ONCE = 10_000
"""How many rows one transaction takes: the fewer, the more often the same pages of an index are written."""

_LOOKED_AT = 100
_TAGS_KEPT = 10_000
_BUFFER_BYTES = 1 << 20


# ── What will be done ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of a list, and what the site has for those of whom nothing is said.

    `service` names a ready map, or is empty; `columns` tells for a field its column. `tags` are slugs.
    """

    recipes: Mapping[str, Recipe]
    digest: str
    zone: str
    service: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    must_have: str = ""
    tags: tuple[str, ...] = ()
    waived: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list will be read: its form, what its columns are taken for, and a value of each."""

    path: Path
    writing: Writing
    layout: Layout
    choices: Choices
    examples: Mapping[str, str]


def plan(path: Path, choices: Choices) -> Plan:
    """Look at a list, and decide how it is read.

    Raises: ConfigurationError for a file that is no list, whose addresses cannot be found, or that
    tells of nobody that they agreed, while no reason says why that is not needed.
    """
    try:
        with path.open("rb") as file:
            found = writing.look(path.name, file.read(writing.LOOK))
    except OSError as error:
        raise ConfigurationError(
            str(path), f"cannot be read ({error.strerror})", "name a file of CSV or JSON"
        ) from error
    layout = columns.layout(path.name, found.names, choices.service, choices.columns)
    if "confirmed" not in layout.places and not choices.waived:
        raise ConfigurationError(
            path.name,
            f"has no column that tells when people agreed ({', '.join(found.names)})",
            "say --map confirmed=COLUMN, or --consent-waived REASON, which is kept as the proof",
        )
    return Plan(path, found, layout, choices, _examples(path, found))


def _examples(path: Path, found: Writing) -> dict[str, str]:
    examples: dict[str, str] = {}
    with _opened(path, found) as text:
        for row in islice(records.records(text, found), _LOOKED_AT):
            if isinstance(row, Record):
                told = zip(found.names, row.cells, strict=True)
                examples = {name: cell for name, cell in told if cell.strip()} | examples
    return examples


@contextmanager
def _opened(path: Path, found: Writing) -> Iterator[TextIO]:
    # Bytes that are no UTF-8 become marks that no text has, so that only their own line is refused.
    errors = "surrogateescape" if found.encoding.startswith("utf-8") else "replace"
    with path.open(encoding=found.encoding, errors=errors, newline="", buffering=_BUFFER_BYTES) as text:
        yield text


# ── Coming in ────────────────────────────────────────────────────────────────────────────────────


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
    total = _about(planned) if most is None else most
    with _opened(planned.path, planned.writing) as text:
        rows = iter(progress(islice(records.records(text, planned.writing), most), total))
        while batch := _judged(islice(rows, _AT_ONCE), judge, seen, planned.layout.name("address")):
            notes = sorted(batch.notes + meet(batch))
            tally.rows += batch.rows
            tally.taken += batch.rows - len(notes)
            tally.passed.update(note.why.reason for note in notes)
            report(notes)
    return tally


def _judged(rows: Iterable[Row], judge: Judge, seen: Seen, column: str) -> "_Batch | None":
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
    """Let people in and keep others out; return notes of all who did not become readers.

    `add` and `suppress` return who was there before; keys are keyed hashes of addresses.
    """
    key = tx.suppressions.key
    newcomers = {key(new.address): (line, new) for line, new in batch.newcomers}
    outsiders = {key(out.address): (line, out) for line, out in batch.outsiders}
    kept_out = tx.suppressions.among(newcomers)
    there = add({each: new for each, (_, new) in newcomers.items() if each not in kept_out})
    readers = tx.subscribers.among(outsiders)
    known = suppress({each: out for each, (_, out) in outsiders.items() if each not in readers})
    return [
        *_notes(KEPT_OUT, kept_out, newcomers, batch.column),
        *_notes(THERE, there, newcomers, batch.column),
        *_notes(STAYS, readers, outsiders, batch.column),
        *_notes(KEPT_OUT, known, outsiders, batch.column),
        *_notes(LISTED, outsiders.keys() - readers - known, outsiders, batch.column),
    ]


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


def _about(planned: Plan) -> int:
    """Guess how many rows there are, by what they mostly hold once."""
    mark = b"{" if planned.writing.shape is Shape.JSON else b"\n"
    with planned.path.open("rb") as file:
        return sum(chunk.count(mark) for chunk in iter(partial(file.read, _BUFFER_BYTES), b""))
