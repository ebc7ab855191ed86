"""What a bucket of an object store holds of the tree, and in which order changes get there."""

import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256


class Stage(IntEnum):
    """How far a change of the tree is on its way out; one stage is done before the next begins."""

    PARTS = 1
    """Put what others name."""
    LISTS = 2
    """Put what names them: live feeds, and pages that are lists."""
    GONE = 3
    """Remove what nothing names any more."""
    PURGE = 4
    """Tell whoever keeps copies in front."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: the digest of what was put there, and by what the store tells its versions apart.

    The digest is empty where somebody else put it. A store has tags, versions, or both.
    """

    path: str
    digest: str
    etag: str
    version: str


_PARTS = re.compile(r"(media|assets|item)/.+|(.+/)?(archive/[0-9]+\.xml|page/[0-9]+/index\.html)|issue/.+/.+")


def is_shown(path: str) -> bool:
    """Tell whether a document is for readers; rules for web servers, which a bucket is none of, begin with "_"."""
    return not path.startswith("_")


def stage_of(path: str) -> Stage:
    """Return at which stage a document is put, by its path."""
    return Stage.PARTS if _PARTS.fullmatch(path) else Stage.LISTS


def digest(content_hash: str, fields: dict[str, str]) -> str:
    """Return the digest of an object: of its content's, and of the header fields that it is served with."""
    told = "\n".join([content_hash, *(f"{name}: {value}" for name, value in sorted(fields.items()))])
    return sha256(told.encode()).hexdigest()
