"""What the author decides: appearances are proposed here; accepting them comes with a later version."""

from collections.abc import Sequence
from dataclasses import dataclass

from feeder.model.appearances import Proposal
from feeder.model.items import Item, Kind
from feeder.sources import notes
from feeder.sources.notes.gazetteer import Gazetteer, load_gazetteer
from feeder.store import Store


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and the id of the piece whose note it is from; None for a note without a piece."""

    item: str | None
    proposal: Proposal


def proposals_of_note(note: str) -> list[Proposed]:
    """Return what a note mentions, HTML or plain text."""
    return [Proposed(None, proposal) for proposal in notes.propose(note, load_gazetteer())]


def proposals(store: Store, name: str | None) -> list[Proposed]:
    """Return what the note of one piece mentions, or those of all public pieces, newest first.

    Raises: NotFound.
    """
    with store.reading() as tx:
        items: Sequence[Item] = list(tx.items.public()) if name is None else [tx.items.get(name)]
    gazetteer = load_gazetteer()
    pieces = [item for item in items if item.kind is Kind.PIECE and item.note]
    return [proposed for piece in pieces for proposed in _proposed(piece, gazetteer)]


def _proposed(piece: Item, gazetteer: Gazetteer) -> list[Proposed]:
    found = notes.propose(
        piece.note,
        gazetteer,
        printed_by=piece.outlet.name if piece.outlet else None,
        language=piece.language,
    )
    return [Proposed(piece.uid, proposal) for proposal in found]
