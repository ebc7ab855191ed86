"""From the store into the published tree: only what a change touches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain

from feeder import feeds, websub
from feeder.errors import FeederError
from feeder.feeds import selections
from feeder.model.batches import batched
from feeder.model.feeds import LISTS, Dirt, Document, Written
from feeder.model.trees import Ground
from feeder.store import Store, Transaction
from feeder.workflows import arrange, editions, mirror, trees
from feeder.workflows.press import Press
from feeder.workflows.release import release
from feeder.workflows.sheets import Sheet, sheets
from feeder.workflows.trees import Begun
from feeder.workflows.walks import Dirty, Everything

_AT_ONCE = 50
"""How many sheets are put before one transaction takes off their dirty rows."""

_LOOK, _SHAPE, _RULE = "look", "shape", "rule"
"""The facts that remember what documents and entries were made with, and how feeds were arranged."""


@dataclass(slots=True)
class Published:
    """What a publish did, by path; `unchanged` were rendered and stood there already.

    `put`, `taken_off` and `purged` are how many objects and addresses that was in a bucket and before caches.
    """

    released: int = 0
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[FeederError] = field(default_factory=list)
    put: int = 0
    taken_off: int = 0
    purged: int = 0
    told: set[str] = field(default_factory=set, repr=False, compare=False)


Progress = Callable[[Iterable[Sheet], int], Iterable[Sheet]]
"""Walks through sheets, of which there are so many, and shows how far it is."""


def publish(store: Store, press: Press, now: datetime, *, progress: Progress) -> Published:
    """Release what is due, and write the documents of all that changed since the last publish.

    Reasons are taken off after the documents stand, so a crash before repeats the put. Then the
    bucket gets what changed, if there is one; what it does not take waits for the next publish.
    Of two that publish at the same time, on whatever machines, the one that began later goes on.
    Raises: PublishError; Superseded; StoreError.
    """
    report = Published(released=release(store, now))
    if press.publish.pages:
        editions.close(store, press.recipes, press.site.zone, now)
    with store.reading() as tx:
        tree = trees.known(tx)
        has_another_look = tx.facts.get(_LOOK) != press.look()
        has_work = _has_work(tx, now)
    found = trees.look(press, tree, now)
    is_new = found.ground is Ground.NEW or has_another_look
    if not found.may_publish:
        report.refused.append(trees.ask(store, press, found, now))
        return report
    if is_new or has_work:
        begun = trees.begin(store, press, found, now)
        if is_new:
            _put_a_new_look(begun, press, now, report)
        else:
            press.folder.fence.begin(begun.claim)
        _publish(begun, press, now, progress, report)
    else:
        trees.answer(store, found)
    mirrored = mirror.mirror(store, press)
    report.put, report.taken_off, report.purged = mirrored.put, mirrored.removed, mirrored.purged
    report.refused += mirrored.problems
    return report


def _publish(begun: Begun, press: Press, now: datetime, progress: Progress, report: Published) -> None:
    reading = begun.turn.store.reading
    arrange.arrange(begun.turn.transaction, press.chosen, press.publish.entries, now)
    with reading() as tx:
        total = tx.documents.count_dirty()
    _put_all(begun, press, progress(sheets(reading, press, Dirty()), total), now, report)
    _remove_stale(begun, press, now, report)


def publish_all(store: Store, press: Press, now: datetime, *, progress: Progress) -> Published:
    """Publish everything anew: repairs a tree that somebody damaged. Unchanged files stay untouched."""
    with store.transaction() as tx:
        tx.items.lock()  # before the facts, as everybody does
        doubt(tx)
    return publish(store, press, now, progress=progress)


def doubt(tx: Transaction) -> None:
    """Let the next publish make everything anew: nothing is known of what is published."""
    for fact in (_LOOK, _SHAPE, _RULE, mirror.BUCKET):
        tx.facts.remember(fact, "")
    trees.doubt(tx)


def check(store: Store, press: Press, now: datetime) -> list[str]:
    """Return the paths at which the tree differs from the store, or the bucket from the tree; write nothing."""
    with store.reading() as tx:
        is_arranged = tx.facts.get(_LOOK) == press.look() and not _has_work(tx, now)
    with store.reading() if is_arranged else store.rehearsal() as tx:

        def opening() -> nullcontext[Transaction]:
            return nullcontext(tx)

        if not is_arranged:
            _begin_a_new_look(tx, press)
            arrange.arrange(opening, press.chosen, press.publish.entries, now)
        made, differing = set[str](), []
        for sheet in chain([Sheet(Dirt(), _assets(press))], sheets(opening, press, Everything())):
            made.update(sheet.kept)
            for document in sheet.documents:
                made.add(document.path)
                if press.folder.differs(document):
                    differing.append(document.path)
        left = set(tx.documents.paths()) - made
        lacking = mirror.lacking(tx, press)
    return sorted({*differing, *(path for path in left if press.folder.holds(path)), *lacking})


def _has_work(tx: Transaction, now: datetime) -> bool:
    return (
        tx.documents.any_dirty()
        or tx.listings.any_tombstones(now - arrange.TOMBSTONES)
        or bool(tx.documents.stale("", 1))
    )


# ── A new look ───────────────────────────────────────────────────────────────────────────────────


def _put_a_new_look(begun: Begun, press: Press, now: datetime, report: Published) -> None:
    """Mark everything, since settings, templates or the folder are others than at the last publish.

    Only then is the sign left in the folder: one that has it is taken for whole.
    """
    with begun.turn.transaction() as tx:
        tx.items.lock()
        _begin_a_new_look(tx, press)
        tx.facts.remember(_LOOK, "")  # until what belongs to it stands
    press.folder.fence.begin(begun.claim)
    _put(begun, press, [Sheet(Dirt(), _assets(press))], now, report)
    with begun.turn.transaction() as tx:
        tx.facts.remember(_LOOK, press.look())


def _begin_a_new_look(tx: Transaction, press: Press) -> None:
    """Mark everything, and keep of what was worked out before only what would be the same."""
    shape, rule = press.shape(), arrange.rule(press.declared, press.publish.entries)
    if tx.facts.get(_SHAPE) != shape:
        tx.entries.drop_all()
        tx.facts.remember(_SHAPE, shape)
    tx.feeds.stand([selections.subject_of(feed) for feed in press.declared.values()])
    tx.documents.suspect()
    tx.documents.mark_all(changed=tx.facts.get(_RULE) != rule)
    tx.documents.mark_path(LISTS)
    tx.editions.mark_all()
    tx.facts.remember(_RULE, rule)


def _assets(press: Press) -> list[Document]:
    # The pages for signing up are no part of the tree, but have its looks.
    if not (press.publish.pages or press.templates.signup):
        return []
    return [Document(f"assets/{name}", content) for name, content in press.templates.assets().items()]


def _remove_stale(begun: Begun, press: Press, now: datetime, report: Published) -> None:
    """Take off what nothing made again since everything was to be made anew."""
    after = ""
    while True:
        with begun.turn.store.reading() as tx:
            stale = tx.documents.stale(after, _AT_ONCE)
        if not stale:
            return
        with press.folder.fence.held(begun.claim):
            _removed(press, stale, report)
        with begun.turn.transaction() as tx:
            _note_for_hubs(tx, press, [], stale, now)
            tx.documents.forget(stale)
            mirror.queue(tx, press, [], stale)
        after = stale[-1]


# ── Putting ──────────────────────────────────────────────────────────────────────────────────────


def _put_all(begun: Begun, press: Press, work: Iterable[Sheet], now: datetime, report: Published) -> None:
    """Put some sheets after others; while some wait for the disk, the next are rendered."""
    with ThreadPoolExecutor(1, "publish") as writer:
        put = writer.submit(lambda: None)
        for some in batched(work, _AT_ONCE):
            put.result()
            put = writer.submit(_put, begun, press, some, now, report)
        put.result()


def _put(begun: Begun, press: Press, some: Sequence[Sheet], now: datetime, report: Published) -> None:
    """Put what stands on some sheets, pages of items before feeds, and remember it."""
    pages, others = ([sheet for sheet in some if bool(sheet.told) is told] for told in (False, True))
    there = _there(begun.turn.store, some)
    removed = [path for sheet in some for path in sheet.removed]
    with press.folder.fence.held(begun.claim):
        written = [each for part in (pages, others) for each in _documents(press, part, there, now, report)]
        _removed(press, removed, report)
    for refusal in (refusal for sheet in some for refusal in sheet.refused):
        if str(refusal) not in report.told:  # by another feed, in the same words
            report.told.add(str(refusal))
            report.refused.append(refusal)
    with begun.turn.transaction() as tx:
        tx.items.lock()  # before the rows of feeds, as everybody does
        trees.stand(tx, press, begun)
        _note_for_hubs(tx, press, written, removed, now)
        tx.feeds.told({feed: updated for sheet in some for feed, updated in sheet.told.items()})
        for sheet in some:
            for policy, entries in sheet.entries.items():
                tx.entries.keep(entries, policy)
        tx.documents.remember(written)
        tx.documents.trust([path for sheet in some for path in sheet.kept])
        tx.documents.forget(removed)
        mirror.queue(tx, press, [each.path for each in written if each.at == now], removed)
        tx.documents.done(*(sheet.dirt for sheet in some))


def _there(store: Store, some: Sequence[Sheet]) -> dict[str, Written]:
    with store.reading() as tx:
        return tx.documents.written({document.path for sheet in some for document in sheet.documents})


def _documents(
    press: Press, some: Sequence[Sheet], there: Mapping[str, Written], now: datetime, report: Published
) -> list[Written]:
    """Put documents, several at a time: each waits for the disk. Return what stands there then."""
    # Two items may show one picture.
    documents = list({document.path: document for sheet in some for document in sheet.documents}.values())
    if not documents:
        return []
    written = []
    for document in documents:
        digest = sha256(document.content).hexdigest()
        before = there.get(document.path)
        since = before.at if before and before.hash == digest else now
        written.append(Written(document.path, digest, len(document.content), since))
    changed = press.folder.put(documents, [each.at for each in written], press.changes.tell)
    report.written += changed
    report.unchanged += len(documents) - len(changed)
    return written


def _note_for_hubs(
    tx: Transaction, press: Press, written: Sequence[Written], removed: Sequence[str], now: datetime
) -> None:
    """Write down which feeds hubs have to tell of: those whose bytes are others than the store remembers.

    The same transaction remembers them anew, so that after a crash nobody misses a change.
    """
    if not press.hubs:
        return
    topics = [each for each in written if feeds.media_type(each.path)]
    there = tx.documents.written([each.path for each in topics])
    changed = [each.path for each in topics if each.path not in there or there[each.path].hash != each.hash]
    tx.pings.add(websub.others(press.site, press.publish), changed, now)
    tx.hub.changed(changed, now)
    tx.hub.gone([path for path in removed if feeds.media_type(path)], now)


def _removed(press: Press, paths: Sequence[str], report: Published) -> None:
    # Told before it is so, and perhaps twice, so that after a crash no address was left out.
    press.changes.tell([path for path in paths if press.folder.holds(path)])
    report.removed += [path for path in paths if press.folder.remove(path)]
