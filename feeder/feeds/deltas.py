"""What is new in a feed: a document with those entries alone that an older version did not hold just so.

It works on the bytes of our own documents, in which entries stand one after another and hold none.
Source: RFC 3229, instance manipulations; the one called "feed" is what readers know:
https://bobwyman.typepad.com/main/2004/09/using_rfc3229_w.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from feeder.feeds import atom, jsonfeed, rss

_MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a format writes its entries, what stands between two, and how it says that a feed is complete."""

    entries: re.Pattern[bytes]
    between: bytes
    complete: re.Pattern[bytes]


_SHAPES = {
    atom.FILE: _Shape(
        re.compile(rb"\n  <entry[ >].*?</entry>", re.DOTALL), b"", re.compile(rb"\n *<fh:complete/>")
    ),
    rss.FILE: _Shape(
        re.compile(rb"\n    <item[ >].*?</item>", re.DOTALL), b"", re.compile(rb"\n *<fh:complete/>")
    ),
    # No text has line ends of its own, nor a quotation mark without a backslash.
    jsonfeed.FILE: _Shape(re.compile(rb"(?<=\n)\{.+\}(?=,?\n)"), b",\n", re.compile(rb', "complete": true')),
}


def marks(file: str, content: bytes) -> bytes:
    """Return what tells the entries of a feed's document apart, eight bytes each; `file` is its name."""
    return b"".join(map(_mark, _SHAPES[file].entries.findall(content)))


def since(file: str, content: bytes, older: bytes) -> bytes | None:
    """Return a document with the entries whose marks are not in `older`, the marks of an older version.

    None when nothing can be left out. The document does not say that the feed is complete, since
    what is not in it is still there (RFC 5005, section 2).
    """
    shape = _SHAPES[file]
    known = {older[start : start + _MARK_BYTES] for start in range(0, len(older), _MARK_BYTES)}
    entries: Sequence[re.Match[bytes]] = list(shape.entries.finditer(content))
    new = [entry[0] for entry in entries if _mark(entry[0]) not in known]
    if len(new) == len(entries):
        return None
    head, tail = content[: entries[0].start()], content[entries[-1].end() :]
    return shape.complete.sub(b"", head) + shape.between.join(new) + tail


def _mark(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=_MARK_BYTES).digest()
