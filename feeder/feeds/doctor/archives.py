"""Complete feeds and archives, in Atom and RSS. Source: RFC 5005."""

import re
from collections.abc import Iterator, Sequence

from feeder.feeds.doctor.findings import Finding, advice, error, quoted, warning
from feeder.feeds.doctor.links import Link
from feeder.feeds.doctor.nodes import Node
from feeder.feeds.doctor.subjects import Subject

HISTORY = "http://purl.org/syndication/history/1.0"

COMPLETE = error(
    "complete-with-more", "a complete feed has no other pages and no archives", "RFC 5005, section 2"
)
BOTH = error(
    "complete-and-archive", "a document is a complete feed or an archive", "RFC 5005, sections 2 and 4"
)
NO_CURRENT = warning("archive-current", "an archive links the current feed", "RFC 5005, section 4")
NO_PREVIOUS = error(
    "archive-prev", "an archive links the one before it, if there is one", "RFC 5005, section 4"
)
ALONE = advice("archive-alone", "an archive links the one before it, if there is one", "RFC 5005, section 4")
ITSELF = error(
    "archive-itself", "an archive is another document than the current feed", "RFC 5005, section 4"
)

_MORE = ("prev-archive", "next-archive", "first", "last", "previous", "prev", "next")
_NUMBER = re.compile(r"(?:^|/)([0-9]{1,9})(?:\.[a-z]+)?/?$")


def check(root: Node, links: Sequence[Link], subject: Subject) -> Iterator[Finding]:
    """Check what a feed says about its other documents."""
    complete, archive = root.first("complete", HISTORY), root.first("archive", HISTORY)
    by_rel = {link.rel: link for link in reversed(links)}
    if complete is not None:
        more = next((by_rel[rel] for rel in _MORE if rel in by_rel), None)
        if more is not None:
            mend = "leave out fh:complete, or the link"
            yield Finding(COMPLETE, more.node.place, f"it links {quoted(more.rel)}", mend)
        if archive is not None:
            yield Finding(BOTH, archive.place, "it says that it is both", "leave out one of them")
    elif archive is not None:
        yield from _archive(archive, by_rel, subject)


def _archive(archive: Node, by_rel: dict[str, Link], subject: Subject) -> Iterator[Finding]:
    current = by_rel.get("current")
    if current is None:
        mend = 'add <link rel="current" href="…"/> with the address of the feed'
        yield Finding(NO_CURRENT, archive.place, "it links no current feed", mend)
    elif "self" in by_rel and by_rel["self"].href == current.href:
        yield Finding(ITSELF, current.node.place, "both have one address", "give the archive its own")
    if "prev-archive" in by_rel:
        return
    number = _NUMBER.search(subject.address or (by_rel["self"].href if "self" in by_rel else ""))
    mend = 'add <link rel="prev-archive" href="…"/> with the address of the next older one'
    if number and int(number[1]) > 1:
        yield Finding(
            NO_PREVIOUS, archive.place, f"it is number {number[1]}, and links no archive before it", mend
        )
    elif not number and "next-archive" not in by_rel:
        yield Finding(ALONE, archive.place, "it links no other", f"if there are older ones, {mend}")
