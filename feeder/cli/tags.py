"""Tags as people name them in commands."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.app import App


def slugs(app: "App", names: Iterable[str], *, reserve: bool = True) -> tuple[str, ...]:
    """Return the slugs of tags; one that no item has yet is said, and reserved unless nothing may change."""
    found = []
    for name in names:
        with app.store.reading() as tx:
            tag = tx.items.tag(name)
        if tag is None:
            print(f"feeder: no item is tagged {name!r} yet", file=sys.stderr)
            if not reserve:
                continue
            with app.store.transaction() as tx:
                tag = tx.items.reserve_tag(name)
        found.append(tag.slug)
    return tuple(dict.fromkeys(found))
