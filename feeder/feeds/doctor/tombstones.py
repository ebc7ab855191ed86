"""Entries that a feed says are gone. Source: RFC 6721."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from feeder.feeds.doctor import dates, iris, times
from feeder.feeds.doctor.findings import Finding, error, quoted, warning
from feeder.feeds.doctor.nodes import Node

TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"

REF = error("tombstone-ref", "a deleted entry names the id that it had", "RFC 6721, section 3")
WHEN = error("tombstone-when", "a deleted entry says when, as a date of RFC 3339", "RFC 6721, section 3")
ALIVE = warning(
    "tombstone-alive", "what is deleted is not there, unless it was updated since", "RFC 6721, section 3"
)


def check(root: Node, updates: Mapping[str, datetime], now: datetime) -> Iterator[Finding]:
    """Check the tombstones of a feed. `updates` are those of its entries, by id."""
    for stone in root.all("deleted-entry", TOMBSTONES):
        ref, written = (stone.get("ref") or "").strip(), stone.get("when") or ""
        if trouble := iris.trouble(ref):
            yield Finding(REF, stone.place, f"ref {quoted(ref)} {trouble}", "write the id that the entry had")
        when = dates.of_3339(written)
        if when is None:
            yield Finding(
                WHEN, stone.place, f"when {quoted(written)} is another form", dates.mend_3339(written)
            )
            continue
        yield from times.check_one(when, stone.place, now)
        if ref in updates and updates[ref] <= when:
            mend = "leave the entry out, or its tombstone"
            yield Finding(ALIVE, stone.place, f"the entry {quoted(ref)} is there", mend)
