"""What outlets allow others to show of their texts."""

from collections.abc import Iterable, Mapping

from feeder.feeds import content
from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.items import Item

Policies = Mapping[str, Policy]
"""What outlets allow, by their names without case. An outlet that is not in it allows all."""


def policies(outlets: Iterable[KnownOutlet]) -> Policies:
    """Return what a site's own outlets allow, by each of their names."""
    return {name.casefold(): outlet.policy for outlet in outlets for name in (outlet.name, *outlet.aliases)}


def shown(item: Item, allowed: Policies, most: Policy = Policy.FULL) -> Item:
    """Return an item with no more than its outlet allows, and no more than `most`."""
    policy = allowed.get(item.outlet.name.casefold(), Policy.FULL) if item.outlet else Policy.FULL
    order = list(Policy)
    return content.cut(item, order[max(order.index(policy), order.index(most))])
