"""The compressed copies of a document: those that lie beside it, or one of our own.

Each file of a tree is replaced by itself, so a copy may for a moment be of another version. What
does not decode to the very document is not sent.
"""

from pathlib import Path

from feeder.feeds.publishers import coders
from feeder.web import coding

_CODINGS = {".gz": coding.GZIP, ".br": coding.BROTLI}

_CODERS = coders.installed()


def of(content: bytes, file: Path) -> dict[str, bytes]:
    """Return the copies of the document in `file` by coding; where none by gzip fits, one is made.

    None is larger than the document. A copy by Brotli is left where nobody can look into it.
    """
    copies = {}
    for ending, coder in _CODERS.items():
        copy = _beside(file, ending)
        if copy is not None and coder.gives_back(copy, content):
            copies[_CODINGS[ending]] = copy
        elif _CODINGS[ending] == coding.GZIP:
            copies[coding.GZIP] = coder.compress(content)
    return {name: copy for name, copy in copies.items() if len(copy) < len(content)}


def _beside(file: Path, ending: str) -> bytes | None:
    try:
        return file.with_name(f"{file.name}{ending}").read_bytes()
    except OSError:
        return None
