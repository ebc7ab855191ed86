"""Appearances that the notes of pieces propose: accepted, mended or dropped, and each asked about once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin

from feeder.errors import StoreError
from feeder.markup import text, urls
from feeder.model.appearances import KnownOutlet, Proposal
from feeder.model.batches import batches
from feeder.model.items import Draft, Item, Kind
from feeder.sources import hand, notes
from feeder.sources.notes.gazetteer import Gazetteer, load_gazetteer
from feeder.store import Store, Transaction
from feeder.workflows import curate, merge

_ACCEPTED, _DROPPED = "accepted", "dropped"
_RULE = "rule"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and the id of the piece whose note it is from; None for a note without a piece."""

    item: str | None
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Choice:
    """Which proposals are meant: of one piece or, without a name, of all; by outlet, by words of the topic."""

    piece: str | None = None
    outlet: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class _Open:
    """A proposal about which nobody has decided, with the piece whose note it is from."""

    piece: Item
    proposal: Proposal

    @property
    def name(self) -> str:
        """What it is known by, although words of the note change: its outlet and topic."""
        return f"{self.proposal.outlet} | {self.proposal.topic}".casefold()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How proposals are accepted: when, why, and what is mended of a single one, by field of a draft."""

    now: datetime
    reason: str
    mended: Mapping[str, Any] = field(default_factory=dict)


def proposals_of_note(note: str, outlets: Iterable[KnownOutlet] = ()) -> list[Proposed]:
    """Return what a note mentions, HTML or plain text; `outlets` are the site's own."""
    return [Proposed(None, proposal) for proposal in notes.propose(note, load_gazetteer(outlets))]


def proposals(store: Store, name: str | None, outlets: Iterable[KnownOutlet]) -> list[Proposed]:
    """Return what the note of one piece mentions, or those of all public pieces, newest first.

    Those that were accepted or dropped are left out.
    Raises: NotFound.
    """
    found = _chosen(store, Choice(name), load_gazetteer(outlets))
    return [Proposed(one.piece.uid, one.proposal) for one in found]


def accept(store: Store, choice: Choice, outlets: Iterable[KnownOutlet], how: Acceptance) -> list[Item]:
    """Make appearances of the proposals that are meant. Accepting what was accepted changes nothing.

    Raises: NotFound; StoreError, when nothing is open that is meant, or several are to be mended
    alike, or the piece will not be public.
    """
    found = _chosen(store, choice, load_gazetteer(outlets))
    _check(choice, found, how)
    return _accept(store, found, how)


def accept_within(tx: Transaction, ids: Sequence[int], gazetteer: Gazetteer, now: datetime) -> list[Item]:
    """Accept what the notes of a few new or changed items (ids) propose: of pieces that may be public.

    Of what was merged, the note is that of the whole. For the transaction that brought them in,
    and has locked the items.
    """
    found = tx.items.with_ids(ids)
    wholes = {item.merged_into for item in found if item.merged_into is not None} - {*ids}
    found += tx.items.with_ids(sorted(wholes))
    pieces = [item for item in found if _may_be_read(item) and _may_show(item)]
    return _accept_within(tx, _open(tx, pieces, gazetteer), Acceptance(now, _RULE)) if pieces else []


def drop(store: Store, choice: Choice, outlets: Iterable[KnownOutlet], now: datetime, reason: str) -> int:
    """Drop for good the proposals that are meant, and return how many these were.

    Raises: NotFound; StoreError, when nothing is open that is meant.
    """
    found = _chosen(store, choice, load_gazetteer(outlets))
    _check(choice, found, Acceptance(now, reason))
    with store.transaction() as tx:
        tx.items.lock()
        for one in found:
            tx.curation.judge(one.piece.id, one.name, _DROPPED, None, now)
            tx.curation.record(one.piece.id, now, "drop", reason, _words(one.proposal))
    return len(found)


def _chosen(store: Store, choice: Choice, gazetteer: Gazetteer) -> list[_Open]:
    outlet = gazetteer.named(choice.outlet)
    wanted = _key(outlet.name if outlet else choice.outlet)
    with store.reading() as tx:
        items = list(tx.items.public()) if choice.piece is None else [merge.survivor(tx, choice.piece)]
        found = _open(tx, [item for item in items if _may_be_read(item)], gazetteer)
    return [
        one
        for one in found
        if wanted in {"", _key(one.proposal.outlet)} and _key(choice.topic) in _key(one.proposal.topic)
    ]


def _open(tx: Transaction, pieces: Sequence[Item], gazetteer: Gazetteer) -> list[_Open]:
    """Return what the notes of pieces propose and nobody has decided about."""
    judged = tx.curation.judged([piece.id for piece in pieces])
    found = (_Open(piece, proposal) for piece in pieces for proposal in _proposed(piece, gazetteer))
    return [one for one in found if (one.piece.id, one.name) not in judged]


def _proposed(piece: Item, gazetteer: Gazetteer) -> list[Proposal]:
    found = notes.propose(
        piece.note,
        gazetteer,
        printed_by=piece.outlet.name if piece.outlet else None,
        language=piece.language,
    )
    return [replace(proposal, url=_absolute(proposal.url, piece)) for proposal in found]


def _absolute(url: str | None, piece: Item) -> str | None:
    """Return a link of a note as a web address; one that leads nowhere is none."""
    try:
        address = urljoin(piece.url or "", url or "")
    except ValueError:
        return None
    return address if url and urls.is_web(address) else None


def _accept(store: Store, found: Sequence[_Open], how: Acceptance) -> list[Item]:
    made: list[Item] = []
    for some in batches(found):
        with store.transaction() as tx:
            tx.items.lock()
            made += _accept_within(tx, some, how)
    return made


def _accept_within(tx: Transaction, found: Sequence[_Open], how: Acceptance) -> list[Item]:
    pieces = {item.id: item for item in tx.items.with_ids([one.piece.id for one in found])}
    judged = tx.curation.judged(list(pieces))
    return [
        _make(tx, pieces[one.piece.id], one, how)
        for one in found
        if (one.piece.id, one.name) not in judged and _may_show(pieces[one.piece.id])
    ]


def _make(tx: Transaction, piece: Item, one: _Open, how: Acceptance) -> Item:
    """Make an appearance; it is news if its piece is, and never before it."""
    posted = max(how.now, piece.posted) if piece.announced else piece.posted
    draft = _draft(piece, one, how)
    known = tx.items.known(hand.SOURCE, [draft.key])
    if known:
        item = tx.items.with_ids([known[draft.key].id])[0]
    else:
        item = curate.put(tx, draft, posted, piece, announced=piece.announced)
    tx.curation.judge(piece.id, one.name, _ACCEPTED, item.id, how.now)
    tx.curation.record(item.id, how.now, "accept", how.reason, _words(one.proposal))
    return item


def _draft(piece: Item, one: _Open, how: Acceptance) -> Draft:
    said = one.proposal
    spoken = json.dumps([piece.uid, said.outlet, said.topic, said.role])
    given = {
        "kind": Kind.APPEARANCE,
        "outlet": said.outlet,
        "topic": said.topic,
        "role": said.role.value,
        "url": said.url,
        "language": said.language or piece.language,
        "tags": tuple(tag.name for tag in piece.tags),
        "authors": tuple(author.name for author in piece.authors),
    }
    key = blake2b(spoken.encode(), digest_size=16).hexdigest()
    return hand.draft(key, given | dict(how.mended))


def _check(choice: Choice, found: Sequence[_Open], how: Acceptance) -> None:
    thing = f"item {choice.piece!r}" if choice.piece else "the notes"
    mend = f"`feeder appearance propose{f' {choice.piece}' if choice.piece else ''}` tells what is open"
    if not found and choice.piece:
        raise StoreError(thing, "proposes nothing such that is still open", mend)
    if how.mended and len(found) != 1:
        raise StoreError(
            thing,
            f"proposes {len(found)} such appearances, and one can be mended",
            "name --outlet and --topic",
        )
    if choice.piece and not all(_may_show(one.piece) for one in found):
        raise StoreError(thing, "is a draft, hidden or gone", "accept its appearances when it is public")


def _may_be_read(item: Item) -> bool:
    return item.kind is Kind.PIECE and bool(item.note)


def _may_show(piece: Item) -> bool:
    return not (piece.withheld or piece.hidden or piece.gone)


def _words(proposal: Proposal) -> dict[str, Any]:
    return {
        "outlet": proposal.outlet,
        "topic": proposal.topic,
        "role": proposal.role.value,
        "url": proposal.url,
        "phrase": proposal.phrase,
    }


def _key(name: str) -> str:
    return text.line(name).casefold()
