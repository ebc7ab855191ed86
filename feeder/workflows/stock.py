"""Entries for the feeds that are rendered now: those that the store keeps, and those that must be made."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from feeder.errors import DocumentRefused
from feeder.feeds import content
from feeder.model.appearances import Policy
from feeder.model.feeds import Entry
from feeder.model.items import Item
from feeder.store import Transaction
from feeder.workflows.allowed import shown
from feeder.workflows.press import Press


class Stock:
    """Entries as one transaction sees them.

    `made` are those that were made for it, by how much they show, and `refused` the items (ids)
    of which none can be made, each named.
    """

    def __init__(self, tx: Transaction, press: Press, *, anew: bool = False) -> None:
        self._tx = tx
        self._press = press
        self._anew = anew
        self._found: dict[Policy, dict[int, Entry]] = {policy: {} for policy in Policy}
        self.made: dict[Policy, list[Entry]] = {policy: [] for policy in Policy}
        self.refused: dict[int, DocumentRefused] = {}

    def fetch(self, items: Iterable[int], policy: Policy) -> None:
        """Have the entries of `items` (ids) ready, showing as much as `policy` and their outlets allow."""
        found = self._found[policy]
        wanted = [item for item in dict.fromkeys(items) if item not in found and item not in self.refused]
        if wanted and not self._anew:
            found |= self._tx.entries.find(wanted, policy)
        for item in with_related(self._tx, [item for item in wanted if item not in found]):
            try:
                found[item.id] = self._press.renderer.entry(shown(item, self._press.policies, policy))
            except DocumentRefused as refusal:
                self.refused[item.id] = refusal
                continue
            self.made[policy].append(found[item.id])

    def take(self, items: Iterable[int], policy: Policy) -> list[Entry]:
        """Return the entries of `items` (ids) in their order, without those that were refused."""
        wanted = list(items)
        self.fetch(wanted, policy)
        return [self._found[policy][item] for item in wanted if item not in self.refused]

    def short(self, entry: Entry, policy: Policy) -> Entry:
        """Return an entry of the same item that takes little room. It is seldom asked for, and not kept."""
        (item,) = self._tx.items.with_ids([entry.item])
        return self._press.renderer.entry(content.brief(shown(item, self._press.policies, policy)))


def with_related(tx: Transaction, items: Sequence[int]) -> list[Item]:
    """Return `items` (ids) in their order, each with what belongs to it."""
    if not items:
        return []
    related = tx.items.related(items)
    return [replace(item, related=tuple(related.get(item.id, ()))) for item in tx.items.in_order(items)]
