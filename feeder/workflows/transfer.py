"""Work that comes in once, and a site that moves."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from feeder.errors import DraftRefused
from feeder.model.changes import Tally, Visit
from feeder.model.items import Draft
from feeder.sources import wxr
from feeder.store import Store
from feeder.store.items import BATCH
from feeder.store.moving import Moved, Progress
from feeder.workflows.collect import apply

Found = Draft | DraftRefused


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import, and what could not be taken."""

    source: str
    tally: Tally
    refused: tuple[DraftRefused, ...]


def import_wxr(
    store: Store,
    path: Path,
    now: datetime,
    *,
    announce: bool,
    progress: Callable[[Iterable[Found], int], Iterable[Found]],
) -> Imported:
    """Import a WordPress export, as back catalogue unless `announce`; a second time changes nothing.

    A file that is broken anywhere is refused as a whole; posts that it does not hold stay.
    Raises: SourceError, StoreError.
    """
    export = wxr.inspect(path)
    source = f"wxr:{urlsplit(export.address).netloc}"
    visit = Visit(now, last_complete=None, announce=announce)
    total, refused = Tally(), []
    for some in _batches(progress(wxr.read(path), export.posts)):
        drafts = [found for found in some if isinstance(found, Draft)]
        refused += [found for found in some if isinstance(found, DraftRefused)]
        tally = apply(store, source, drafts, visit)
        total = replace(
            total,
            new=total.new + tally.new,
            changed=total.changed + tally.changed,
            same=total.same + tally.same,
        )
    return Imported(source, total, tuple(refused))


def move(store: Store, target: Store, *, progress: Progress) -> list[Moved]:
    """Copy a site to another database, which must be empty, and check every table there.

    The caller holds the site's lock: nothing is published or sent meanwhile. The site itself stays
    as it is. Raises: StoreError.
    """
    return store.copy_to(target, progress)


def _batches(found: Iterable[Found]) -> Iterator[list[Found]]:
    remaining = iter(found)
    while some := list(islice(remaining, BATCH)):
        yield some
