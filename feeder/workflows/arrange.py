"""Which feeds list what changed: decided for each dirty item, before anything is rendered.

An item that is public no more leaves a tombstone in each feed that listed it; one that only left
a subject leaves none. What every feed has to show anew is marked.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feeder import __version__
from feeder.feeds import selections
from feeder.feeds.selections import Chosen
from feeder.markup import text
from feeder.model.batches import BATCH, batches
from feeder.model.feeds import LISTS, Feed, Member, Part, Selection, Subject, Tombstone
from feeder.model.items import Card
from feeder.model.settings import Declared
from feeder.store import Transaction

TOMBSTONES = timedelta(days=90)
"""How long a feed tells of an item that is public no more."""

NOBODY = 0
"""In place of a feed (id): the items of an emptied feed did not all go to one other."""

_OPEN_AT_MOST = 150
"""So many summaries fit into a feed, whatever it is allowed to list: what is open must never be cut."""

_RENAMED = {Selection.TAG, Selection.OUTLET, Selection.AUTHOR}
"""Selections by names that people may change."""

Writing = Callable[[], AbstractContextManager[Transaction]]
"""Begins a transaction that may write."""


@dataclass(slots=True)
class _Moves:
    """What arranging some items does to the feeds."""

    put: dict[tuple[int, int], Member] = field(default_factory=dict)
    taken: list[tuple[int, int]] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    heirs: dict[int, int | None] = field(default_factory=dict)
    parts: set[Part] = field(default_factory=set)


def rule(declared: Mapping[str, Declared], entries: int) -> str:
    """Return a digest of what, beside the items, decides which feeds list them, and where."""
    return f"{__version__}-{entries}-{sorted(declared.items())}"


def arrange(writing: Writing, declared: Sequence[Chosen], entries: int, now: datetime) -> None:
    """Let the feeds list what is dirty as it is now, and mark all parts of feeds that it touches.

    What is arranged can be shown; what changes after it has been arranged waits for the next time.
    A feed's live documents hold at most `entries` items.
    Raises: StoreError.
    """
    after, more = 0, True
    while more:
        with writing() as tx:
            tx.items.lock()
            if tx.listings.any_tombstones(now - TOMBSTONES):
                tx.listings.forget_tombstones(now - TOMBSTONES)
            some = tx.documents.changed_items(after, BATCH)
            _arrange(tx, some, declared, now)
            tx.documents.arranged(some)
            more = len(some) == BATCH
            after = some[-1] if some else after
            # Only at the end is it known which items are the oldest, whatever their order of arrival.
            for feeds in batches([] if more else tx.documents.dirty_feed_ids()):
                _close(tx, feeds, min(entries, _OPEN_AT_MOST))


def _arrange(tx: Transaction, items: Sequence[int], declared: Sequence[Chosen], now: datetime) -> None:
    cards = tx.items.cards(items)
    wanted = {card.id: selections.subjects(card, declared) if card.is_public else [] for card in cards}
    feeds = _feeds_about(tx, {subject for subjects in wanted.values() for subject in subjects})
    held = tx.listings.of(items)
    listing = {feed for feeds_of in held.values() for feed in feeds_of}
    by_id = {feed.id: feed for feed in (*feeds.values(), *tx.feeds.with_ids(list(listing)))}
    moves = _Moves()
    for card in cards:
        have, want = held[card.id], {feeds[subject].id: subject for subject in wanted[card.id]}
        for feed in want:
            _hold(moves, feed, card, have.get(feed))
        left = have.keys() - want.keys()
        for feed in left:
            _let_go(moves, feed, card, have[feed])
        _follow(by_id, moves, left, want.keys() - have.keys())
        if not (card.is_public or text.forbidden(card.uid)):
            tx.listings.bury(_with_left_to(tx, left), Tombstone(card.uid, card.gone or now))
    tx.entries.drop(items)
    tx.editions.mark(items)
    tx.listings.raise_up([card.uid for card in cards if card.is_public])
    _record(tx, by_id, moves)
    _mark_related(tx, items)


def _feeds_about(tx: Transaction, subjects: Iterable[Subject]) -> dict[Subject, Feed]:
    found = tx.feeds.known(subjects)
    new = sorted(set(subjects) - found.keys(), key=lambda subject: (subject.selection, subject.slug))
    return found | (tx.feeds.about(map(selections.named, new)) if new else {})


def _hold(moves: _Moves, feed: int, card: Card, there: Member | None) -> None:
    """Let a feed hold an item; one that was revised is open again, wherever it is."""
    moves.parts.add(Part(feed))
    if there is None:
        moves.put[feed, card.id] = Member(card.posted, card.updated)
        moves.counts[feed] += 1
        return
    moves.parts.add(Part(feed, there.archive))
    member = replace(
        there, posted=card.posted, updated=card.updated, open=there.open or card.updated > there.updated
    )
    if member != there:
        moves.put[feed, card.id] = member


def _let_go(moves: _Moves, feed: int, card: Card, there: Member) -> None:
    moves.parts |= {Part(feed), Part(feed, there.archive)}
    moves.taken.append((feed, card.id))
    moves.counts[feed] -= 1


def _follow(feeds: Mapping[int, Feed], moves: _Moves, left: Iterable[int], joined: Iterable[int]) -> None:
    """Where an item left one subject for just one other, the first may have been renamed to that.

    It was not, if others went elsewhere since something joined it. An item that went nowhere, or
    from several or to several, tells nothing about it.
    """
    for selection in _RENAMED:
        olds, news = (
            [feed for feed in some if feeds[feed].subject.selection is selection] for some in (left, joined)
        )
        if len(olds) == len(news) == 1:
            (old,), (heir,) = olds, news
            before = moves.heirs.get(old, feeds[old].heir)
            moves.heirs[old] = heir if before in {None, heir} else NOBODY


def _record(tx: Transaction, feeds: Mapping[int, Feed], moves: _Moves) -> None:
    """Write down what was decided; `feeds` are as they were before."""
    tx.listings.put(moves.put)
    tx.listings.take_off(moves.taken)
    tx.feeds.count(moves.counts)
    # What has items again is left to nobody any more.
    tx.feeds.leave_to(
        moves.heirs
        | {feed: None for feed, count in moves.counts.items() if count > 0 and feeds[feed].heir is not None}
    )
    turned = [
        feed
        for feed, count in moves.counts.items()
        if bool(feeds[feed].total) != bool(feeds[feed].total + count)
    ]
    for feed in turned:
        moves.parts |= {Part(feed, number) for number in range(1, feeds[feed].archives + 1)}
    # Where feeds moved to, what they are to hold now stands; and where their heirs end, they are on their own.
    moves.parts |= {Part(feed) for feed in _in_line(tx, turned)}
    tx.documents.mark(moves.parts)
    if turned:
        tx.documents.mark_path(LISTS)


def _with_left_to(tx: Transaction, feeds: Iterable[int]) -> set[int]:
    """Return feeds (ids), and the emptied ones whose items went there, and were seen at their places, too."""
    found = new = set(feeds)
    while new:
        new = {feed.id for feed in tx.feeds.left_to(list(new))} - found
        found = found | new
    return found


def _in_line(tx: Transaction, feeds: Sequence[int]) -> set[int]:
    """Return the feeds (ids) to which the items of some went, and those whose items went to them, by whatever way."""
    found: set[int] = set()
    new = set(feeds)
    while new:
        found |= _with_left_to(tx, new)
        new = {feed.heir for feed in tx.feeds.with_ids(list(found)) if feed.heir} - found
    return found


def _mark_related(tx: Transaction, items: Sequence[int]) -> None:
    """Mark what shows the pieces of appearances that changed, and the appearances of pieces."""
    related = tx.items.belonging(items)
    tx.entries.drop(related)
    tx.documents.show_again(related)
    tx.documents.mark(tx.listings.parts(related))
    tx.editions.mark(related)


def _close(tx: Transaction, feeds: Sequence[int], most: int) -> None:
    """Close the oldest items of overfull feeds into archives, each half as long as the live documents."""
    size = max(1, most // 2)
    overfull = tx.listings.overfull(feeds, most)
    for feed in tx.feeds.with_ids(list(overfull)):
        too_many = overfull[feed.id] - most
        closed = -(-too_many // size) * size
        archives = tx.listings.close(feed.id, closed, size, feed.archives)
        tx.feeds.archived(feed.id, archives)
        # The newest archive so far gets a successor.
        changed = range(max(1, feed.archives), archives + 1)
        tx.documents.mark(Part(feed.id, archive) for archive in (None, *changed))
