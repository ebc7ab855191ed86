"""Lists of people that are written: all readers, all that is known of one, and who was not taken from a list.

They are full of addresses: files are made so that only their owner may read them.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from feeder.errors import ConfigurationError, NotFound
from feeder.model.batches import batched
from feeder.model.deliveries import DeliveryRecord
from feeder.model.returns import Returned
from feeder.model.subscribers import Choice, Letter, Request, Subscriber, Suppression
from feeder.store import Store, Transaction
from feeder.subscribers import formulas, own
from feeder.workflows.audience import Note, Report

Walk = Callable[[Iterable[Subscriber], int], Iterable[Subscriber]]
"""A way to go through so many readers, perhaps showing how far it is."""

_AT_ONCE = 1_000
_MOST_DELIVERIES = 100_000


# ── All readers ──────────────────────────────────────────────────────────────────────────────────


def csv_of(store: Store, progress: Walk) -> Iterator[str]:
    """Tell the whole audience as CSV, as it is at one moment; importing it needs no map. Raises: StoreError."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(own.COLUMNS)
    for told in _audience(store, progress):
        writer.writerow(own.cells(told))
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def json_of(store: Store, progress: Walk) -> Iterator[str]:
    """Tell the whole audience as a list of JSON objects, one a line. Raises: StoreError."""
    before = "[\n"
    for told in _audience(store, progress):
        yield before + json.dumps(told, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _audience(store: Store, progress: Walk) -> Iterator[dict[str, own.Value]]:
    with store.reading() as tx:
        for some in batched(progress(tx.subscribers.all(), tx.subscribers.count()), _AT_ONCE):
            causes = tx.suppressions.causes(reader.address for reader in some)
            for reader in some:
                yield own.values(reader, causes.get(reader.address, ()))


# ── One person ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an address. `reader` is None where it is only known that it must not be mailed."""

    address: str
    reader: Subscriber | None
    suppressions: list[Suppression]
    deliveries: list[DeliveryRecord]
    requests: list[Request]
    letters: list[Letter]
    choices: list[Choice]
    returned: list[Returned]


def known(store: Store, address: str) -> Known:
    """Return all that is known of an address. Raises: NotFound when nothing is; StoreError."""
    with store.reading() as tx:
        reader, suppressions = tx.subscribers.find(address), tx.suppressions.of(address)
        if reader is not None:
            return _known(tx, reader, suppressions)
    if not suppressions:
        raise NotFound(
            f"address {address!r}", "is not known here", "`feeder subscriber list` shows all readers"
        )
    return Known(address, None, suppressions, [], [], [], [], [])


def _known(tx: Transaction, reader: Subscriber, suppressions: list[Suppression]) -> Known:
    return Known(
        reader.address,
        reader,
        suppressions,
        tx.deliveries.of(reader.id, _MOST_DELIVERIES),
        tx.requests.of(reader.id),
        tx.letters.of(reader.id),
        tx.choices.of(reader.id),
        tx.returns.of(reader.id, _MOST_DELIVERIES),
    )


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def reporting(path: Path) -> Iterator[Report]:
    """Write all notes into a file of CSV; without a note there is none. Raises: ConfigurationError."""
    with written(path) as file:
        writer, is_empty = csv.writer(file), True

        def report(notes: Sequence[Note]) -> None:
            nonlocal is_empty
            if notes and is_empty:
                writer.writerow(("line", "reason", "column", "value"))
                is_empty = False
            for line, (reason, column, value, more) in notes:
                why = f"{reason}: {more}" if more else reason
                writer.writerow((line, *map(formulas.harmless, (why, column, value))))

        yield report
    if is_empty:
        path.unlink()


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Open a file to be written, which only its owner may read. Raises: ConfigurationError."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            str(path), f"cannot be written ({error.strerror})", "name another file"
        ) from error
    with os.fdopen(file, "w", encoding="utf-8", newline="") as text:
        yield text


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a file to be written that takes its place when it is whole. Raises: ConfigurationError."""
    draft = path.with_name(f"{path.name}.part")
    with written(draft) as text:
        yield text
    draft.replace(path)
