"""What was posted, what is wrong with it, and what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from feeder.model.returns import Return


class Forged(Exception):
    """It proves nothing: it may be anybody's, or an old one sent again."""


class Unreadable(Exception):
    """It is the provider's, and no report that we understand; nor will it be when it comes again."""


@dataclass(frozen=True, slots=True)
class Post:
    """What was posted. The names of `headers` are in small letters; `body` is as it came."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What a post tells of mail that came back; `mark` is the same when it is posted again."""

    mark: str
    returns: Sequence[Return] = ()


class Hook(Protocol):
    """What reads the posts of one provider."""

    def read(self, post: Post, now: datetime) -> Told:
        """Return what a post tells, once it is proved to be the provider's.

        Raises: Forged, Unreadable; RequestFailed, when what proves it cannot be fetched just now.
        """
        ...
