"""What outlets allow others to show of their texts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from feeder.markup import html
from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.items import Item

Policies = Mapping[str, Policy]
"""What outlets allow, by their names without case. An outlet that is not in it allows all."""

_SUMMARY_CHARACTERS = 300


def policies(outlets: Iterable[KnownOutlet]) -> Policies:
    """Return what a site's own outlets allow, by each of their names."""
    return {name.casefold(): outlet.policy for outlet in outlets for name in (outlet.name, *outlet.aliases)}


def shown(item: Item, allowed: Policies) -> Item:
    """Return an item with no more than its outlet allows; the note is the author's own, and stays."""
    policy = allowed.get(item.outlet.name.casefold()) if item.outlet else None
    match policy:
        case Policy.LINK:
            return replace(item, standfirst="", summary="", body="", picture=None, pictures=())
        case Policy.SUMMARY:
            summary = item.summary or html.beginning(item.body, _SUMMARY_CHARACTERS)
            return replace(item, summary=summary, body="")
        case _:
            return item
